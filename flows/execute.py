"""Do works as Prefect tasks: one task is one stage on one partition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed

from pipeline.walk import Failure
from pipeline.work import Place, Work, do

Advance = Callable[[Work, int, int], None]

_watchers: list[Advance] = []


def watch(advance: Advance) -> None:
    """Have a function called with each finished work, how many are done, and of how many."""
    _watchers.append(advance)


def unwatch(advance: Advance) -> None:
    """Stop calling a function that `watch` was given."""
    _watchers.remove(advance)


@task(
    name="work",
    task_run_name="{work}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=1,
    retry_delay_seconds=1,
    retry_condition_fn=lambda _task, _run, state: _may_pass(state),
)
def do_as_task(work: Work, place: Place) -> dict[str, Mapping[str, int]]:
    """Do one work; the manifests in the workspace, not Prefect, say what is done."""
    return do(work, place)


def _may_pass(state: Any) -> bool:
    # our own errors name a lasting cause; what escapes as an OSError may pass
    fault = state.result(raise_on_failure=False)
    return isinstance(fault, OSError)


def as_tasks(works: Sequence[Work], place: Place) -> list[Failure]:
    """Submit works to the flow's task runner and gather the failures; the others go on."""
    futures: dict[PrefectFuture[Any], Work] = {}
    for work in works:
        futures[do_as_task.submit(work, place)] = work
    failures = []
    for done, future in enumerate(as_completed(list(futures)), start=1):
        work = futures[future]
        outcome = future.result(raise_on_failure=False)
        if isinstance(outcome, BaseException):
            failures.append(Failure(work, str(outcome) or type(outcome).__name__))
        for advance in _watchers:
            advance(work, done, len(works))
    return failures
