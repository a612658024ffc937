"""Collect: list the sources and fetch what they list."""

from __future__ import annotations

from prefect import flow

from flows.conclude import conclude
from flows.execute import as_tasks
from flows.opening import TODAY, open_place, snapshot_name
from flows.runners import task_runner
from pipeline import walk
from pipeline.work import open_run


@flow(name="collect", persist_result=False, task_runner=task_runner())
def collect(
    workspace: str = "workspace",
    catalog: str = "data_catalog.yaml",
    sources: list[str] | None = None,
    snapshot: str = TODAY,
) -> None:
    """List and fetch sources (all that are enabled, if none is named) into a snapshot."""
    place = open_place(workspace, catalog)
    chosen = sources or open_run(place).catalog.enabled_sources()
    conclude("collect", place, walk.collect(place, chosen, snapshot_name(snapshot), as_tasks))
