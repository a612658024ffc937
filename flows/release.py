"""Release: cut a version from what is captioned."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.opening import open_place
from pipeline import walk
from pipeline.work import Place, open_run


@task(name="cut-release", cache_policy=NO_CACHE, persist_result=False)
def cut_release(place: Place, name: str, version: str | None) -> str:
    """Build a release's version, or return the standing one with the same content."""
    return str(walk.release(place, name, version))


@flow(name="release", persist_result=False)
def release(
    name: str,
    workspace: str = "workspace",
    catalog: str = "data_catalog.yaml",
    caption_set: str | None = None,
    version: str | None = None,
) -> str:
    """Cut a version of a release; return its folder."""
    place = open_place(workspace, catalog)
    chosen = caption_set or open_run(place).catalog.release(name).caption_set
    folder = cut_release(open_place(workspace, catalog, chosen), name, version)
    card = (Path(folder) / "README.md").read_text("utf-8")
    create_markdown_artifact(key=f"release-{name}".replace("_", "-").lower(), markdown=card)
    return folder
