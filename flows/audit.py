"""Audit: count every source from listed to released, and write the report."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.opening import open_place
from pipeline.audit.report import write_report
from pipeline.errors import NotFoundError
from pipeline.work import Place, open_run


@task(name="write-report", cache_policy=NO_CACHE, persist_result=False)
def report(place: Place, folder: str) -> str:
    """Write the report of a release; return its path."""
    run = open_run(place)
    path = run.workspace.folder("reports") / f"{Path(folder).parent.name}-{Path(folder).name}.html"
    return str(write_report(run, Path(folder), path))


@flow(name="audit", persist_result=False)
def audit(
    release_folder: str, workspace: str = "workspace", catalog: str = "data_catalog.yaml"
) -> str:
    """Write the report of a release; return its path."""
    if not Path(release_folder).is_dir():
        raise NotFoundError(f"there is no release at {release_folder}; run `dermcurate release`")
    return report(open_place(workspace, catalog), release_folder)
