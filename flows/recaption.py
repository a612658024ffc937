"""Recaption: another caption set for the same pictures, and a version of the release with it."""

from __future__ import annotations

from prefect import flow

from flows.audit import report
from flows.conclude import conclude
from flows.execute import as_tasks
from flows.opening import open_place
from flows.release import cut_release
from flows.runners import task_runner
from pipeline import walk
from pipeline.work import open_run


@flow(name="recaption", persist_result=False, task_runner=task_runner())
def recaption(
    caption_set: str,
    release: str,
    workspace: str = "workspace",
    catalog: str = "data_catalog.yaml",
    version: str | None = None,
) -> dict[str, str]:
    """Caption with another set and cut a version; return where release and report lie."""
    place = open_place(workspace, catalog, caption_set)
    run = open_run(place)
    partitions = walk.latest_partitions(run, run.catalog.sources_of(release))
    conclude("recaption", place, walk.caption(place, partitions, as_tasks))
    folder = cut_release(place, release, version)
    return {"release": folder, "report": report(place, folder)}
