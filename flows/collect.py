"""Collect: list the sources and fetch what they list."""

from __future__ import annotations

from prefect import flow

from flows.conclude import conclude
from flows.execute import as_tasks
from flows.opening import open_place
from flows.runners import task_runner
from pipeline import walk
from pipeline.snapshots import TODAY, check_name
from pipeline.work import open_run


@flow(name="collect", persist_result=False, task_runner=task_runner())
def collect(
    workspace: str = "workspace",
    catalog: str = "data_catalog.yaml",
    sources: list[str] | None = None,
    snapshot: str = TODAY,
    retry: list[str] | None = None,
) -> str:
    """List and fetch sources (all that are enabled, if none is named) into a snapshot.

    With ``retry``, only what failed in the latest snapshot is asked again. Returns what was done.
    """
    place = open_place(workspace, catalog)
    chosen = sources or open_run(place).catalog.enabled_sources()
    day = check_name(snapshot)
    if not retry:
        conclude("collect", place, walk.collect(place, chosen, day, as_tasks))
        return "collected"
    found = walk.retry(place, chosen, retry, day, as_tasks)
    conclude("collect", place, found.failures)
    return _told(found)


def _told(found: walk.Retried) -> str:
    if not found.asked and not found.pictures:
        return "nothing to retry: no item of the latest snapshots fails in that way"
    told = f"{found.asked} items were asked again, {found.left} of them still fail"
    if found.pictures:
        told += f"; {found.pictures} pictures were lost, `dermcurate curate` cuts them anew"
    return told
