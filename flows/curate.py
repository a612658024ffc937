"""Curate: from media to screened pictures."""

from __future__ import annotations

from prefect import flow

from flows.conclude import conclude
from flows.execute import as_tasks
from flows.opening import open_place
from flows.runners import task_runner
from pipeline import walk
from pipeline.work import open_run


@flow(name="curate", persist_result=False, task_runner=task_runner())
def curate(
    workspace: str = "workspace",
    catalog: str = "data_catalog.yaml",
    sources: list[str] | None = None,
) -> None:
    """Extract, fingerprint, deduplicate and screen the latest snapshot of each source."""
    place = open_place(workspace, catalog)
    run = open_run(place)
    chosen = sources or run.catalog.enabled_sources()
    partitions = walk.latest_partitions(run, chosen)
    conclude("curate", place, walk.curate(place, partitions, as_tasks))
