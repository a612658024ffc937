"""Task runners: where works are done. All of them get the same plain data."""

from __future__ import annotations

from typing import Any, Literal, cast

from prefect.futures import PrefectFuture
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from pipeline.errors import CatalogError

Kind = Literal["threads", "processes", "dask"]
Runner = TaskRunner[PrefectFuture[Any]]


def task_runner(kind: str = "threads", workers: int = 4) -> Runner:
    """Return a task runner with so many workers.

    Dask needs the package prefect-dask and a server at PREFECT_API_URL.

    Raises:
        CatalogError: there is no such runner, or its package is not installed.
    """
    made: Any
    if kind == "threads":
        made = ThreadPoolTaskRunner(max_workers=workers)
    elif kind == "processes":
        made = ProcessPoolTaskRunner(max_workers=workers)
    elif kind == "dask":
        made = _dask(workers)
    else:
        raise CatalogError(f"there is no runner {kind}; there are threads, processes and dask")
    return cast(Runner, made)


def _dask(workers: int) -> Any:
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as fault:
        raise CatalogError(
            "the dask runner needs prefect-dask; install dermcurate[dask]"
        ) from fault
    return DaskTaskRunner(cluster_kwargs={"n_workers": workers, "threads_per_worker": 1})
