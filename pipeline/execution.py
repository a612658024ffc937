"""Execution: works done one by one or as tasks, stage by stage, and which of them failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import DermcurateError
from pipeline.store import Partition, Run, Stage, is_done
from pipeline.work import LIST, REVISIT, Place, Work, do, open_run
from schemas import ContractError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """A work that could not be done, and why; or one that came to less than the catalog expects."""

    work: Work
    error: str
    is_done: bool = False

    @property
    def blocks(self) -> bool:
        """Tell whether the partitions of the work go no further."""
        return not self.is_done and self.work.what not in (LIST, REVISIT)


Execute = Callable[[Sequence[Work], Place], list[Failure]]


def one_by_one(works: Sequence[Work], place: Place) -> list[Failure]:
    """Do works in order; a failure does not stop the others."""
    failures = []
    for work in works:
        try:
            do(work, place)
        except (DermcurateError, ContractError) as fault:
            log.error("%s failed: %s", work, fault)
            failures.append(Failure(work, str(fault)))
    return failures


def without(partitions: Sequence[Partition], failures: Sequence[Failure]) -> list[Partition]:
    """Return the partitions on which no stage failed."""
    lost = {
        partition for failure in failures if failure.blocks for partition in failure.work.partitions
    }
    return [each for each in partitions if each not in lost]


def pending(stages: Sequence[Stage], partitions: Sequence[Partition], run: Run) -> list[str]:
    """Return the names of the stages that are not done on all partitions."""
    return [
        stage.name for stage in stages if not is_done(stage, _reach(stage, partitions, run), run)
    ]


def latest_partitions(run: Run, sources: Iterable[str]) -> list[Partition]:
    """Return the partitions of the latest complete snapshot of each source that has one."""
    there = run.workspace.sources()
    return [
        partition
        for source in sources
        if source in there
        for partition in run.workspace.partitions(source)
    ]


def run_stages(
    stages: Sequence[Stage], partitions: Sequence[Partition], place: Place, execute: Execute
) -> list[Failure]:
    """Do what is to be done of some stages, in order; where one failed, no later one is done."""
    failures: list[Failure] = []
    left = list(partitions)
    for stage in stages:
        if not left:
            break
        run = open_run(place)
        if stage.whole:
            reached = tuple(_reach(stage, left, run))
            works = [] if is_done(stage, reached, run) else [Work(stage.name, reached)]
        else:
            works = [Work(stage.name, (each,)) for each in left if not is_done(stage, [each], run)]
        new = execute(works, place)
        left = without(left, new)
        failures += new
    return failures


def _reach(stage: Stage, partitions: Sequence[Partition], run: Run) -> list[Partition]:
    """Return what a stage reads: a whole stage also all other sources that have come so far.

    The same picture in a source that is not being worked on is a duplicate none the less.
    """
    if not stage.whole:
        return list(partitions)
    others = [
        partition
        for partition in latest_partitions(run, run.catalog.enabled_sources())
        if all(run.manifest(contract, partition) is not None for contract in stage.reads)
    ]
    return sorted({*partitions, *others})
