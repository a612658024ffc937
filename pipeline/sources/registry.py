"""Registry: which collector reads which kind of source."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from pipeline.settings import Settings
from pipeline.source_entries import (
    PubMedSource,
    RedditSource,
    Source,
    SourceEntry,
    YouTubeSource,
)
from pipeline.sources.collector import Collector
from pipeline.sources.datasets import DatasetCollector
from pipeline.sources.discourse import DiscourseCollector
from pipeline.sources.http import HttpClient, client_for
from pipeline.sources.pubmed import PubMedCollector
from pipeline.sources.reddit import RedditCollector
from pipeline.sources.reddit_oauth import Credentials
from pipeline.sources.slides import SlidesCollector
from pipeline.sources.webforum import WebForumCollector
from pipeline.sources.youtube import YouTubeCollector
from pipeline.sources.youtube_archive import Archive
from pipeline.store import Workspace

COLLECTORS: dict[str, Any] = {
    "pubmed": PubMedCollector,
    "youtube": YouTubeCollector,
    "reddit": RedditCollector,
    "discourse": DiscourseCollector,
    "webforum": WebForumCollector,
    "slides": SlidesCollector,
    "dataset": DatasetCollector,
}


def make_collector(
    source_id: str,
    entry: SourceEntry,
    settings: Settings,
    workspace: Workspace,
    client: HttpClient | None = None,
) -> Collector:
    """Make the collector of a source; without a client it gets one of its own."""
    client = client or client_for(entry, settings)
    key = _secret(settings.pseudonym_key) or workspace.pseudonym_key()
    made: Collector = COLLECTORS[entry.kind](
        source_id, entry, client, key, **_further(source_id, entry, settings, workspace)
    )
    return made


def _further(
    source_id: str, entry: Source, settings: Settings, workspace: Workspace
) -> dict[str, Any]:
    if isinstance(entry, PubMedSource):
        return {"api_key": _secret(settings.ncbi_api_key), "contact": settings.contact}
    if isinstance(entry, RedditSource):
        return {"credentials": _reddit_credentials(settings)}
    if isinstance(entry, YouTubeSource):
        return {
            "cookies": settings.youtube_cookies,
            "archive": Archive(workspace, source_id, entry.recheck_days, YouTubeCollector.version),
        }
    return {}


def _reddit_credentials(settings: Settings) -> Credentials | None:
    client_id = _secret(settings.reddit_client_id)
    client_secret = _secret(settings.reddit_client_secret)
    return Credentials(client_id, client_secret) if client_id and client_secret else None


def _secret(held: SecretStr | None) -> str | None:
    return held.get_secret_value() if held is not None else None
