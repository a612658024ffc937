"""Where things are and with which secrets: environment variables with the prefix DERMCURATE_."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of this machine. None of them changes what a table says."""

    model_config = SettingsConfigDict(env_prefix="DERMCURATE_", extra="ignore", frozen=True)

    workspace: str = Field("workspace", description="Folder of the workspace")
    catalog: Path = Field(Path("data_catalog.yaml"), description="Catalog file")
    contact: str = Field(
        "unset", description="E-mail or URL sent in the User-Agent, so that a host can reach you"
    )
    ncbi_api_key: SecretStr | None = Field(None, description="NCBI key: 10 requests/s, not 3")
    model_api_key: SecretStr | None = Field(None, description="Bearer token of model endpoints")
    pseudonym_key: SecretStr | None = Field(
        None, description="Key of forum pseudonyms; without it one is made in the workspace"
    )
    reddit_client_id: SecretStr | None = Field(
        None, description="Client id that Reddit gave an application, for `api: oauth`"
    )
    reddit_client_secret: SecretStr | None = Field(None, description="Its client secret")
    youtube_cookies: Path | None = Field(None, description="Cookie file for yt-dlp")
    vllm_python: Path | None = Field(
        None, description="Python of the environment in which vLLM is installed"
    )


def load_settings() -> Settings:
    """Read the settings from the environment."""
    return Settings()
