"""Caption: annotate, link, caption and ground, under one caption set."""

from __future__ import annotations

from prefect import flow

from flows.conclude import conclude
from flows.execute import as_tasks
from flows.opening import open_place
from flows.runners import task_runner
from pipeline import walk
from pipeline.work import open_run


@flow(name="caption", persist_result=False, task_runner=task_runner())
def caption(
    caption_set: str,
    workspace: str = "workspace",
    catalog: str = "data_catalog.yaml",
    sources: list[str] | None = None,
) -> None:
    """Write one caption set for the latest snapshot of each source; only what changed is asked."""
    place = open_place(workspace, catalog, caption_set)
    run = open_run(place)
    chosen = sources or run.catalog.enabled_sources()
    partitions = walk.latest_partitions(run, chosen)
    conclude("caption", place, walk.caption(place, partitions, as_tasks))
