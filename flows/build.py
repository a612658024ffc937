"""Build: the whole way from source to release and report."""

from __future__ import annotations

from prefect import flow

from flows.audit import report
from flows.conclude import conclude
from flows.execute import as_tasks
from flows.opening import open_place
from flows.release import cut_release
from flows.runners import task_runner
from pipeline import walk
from pipeline.snapshots import TODAY, check_name
from pipeline.work import open_run


@flow(name="build", persist_result=False, task_runner=task_runner())
def build(
    release: str,
    workspace: str = "workspace",
    catalog: str = "data_catalog.yaml",
    snapshot: str = TODAY,
    version: str | None = None,
) -> dict[str, str]:
    """Collect, curate, caption, release and report; return where release and report lie.

    A source that cannot be listed today is released from its last snapshot, and the run still
    fails at its end. A partition that could not be done stops the release.
    """
    entry = open_run(open_place(workspace, catalog)).catalog.release(release)
    place = open_place(workspace, catalog, entry.caption_set)
    run = open_run(place)
    sources = run.catalog.sources_of(release)
    failures = walk.build_tables(place, sources, check_name(snapshot), as_tasks)
    if any(failure.blocks for failure in failures):
        conclude("build", place, failures)
    folder = cut_release(place, release, version)
    written = report(place, folder)
    conclude("build", place, failures)
    return {"release": folder, "report": written}
