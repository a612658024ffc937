"""The order of the work. How it is executed (here one by one, in flows as tasks) is a parameter."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import DermcurateError
from pipeline.language.server import serve
from pipeline.settings import load_settings
from pipeline.stages import COLLECT, CURATE, WRITE, stages_for
from pipeline.store import Partition, Run, Stage, is_done
from pipeline.work import Place, Work, do, listing, open_run
from schemas import ContractError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """A work that could not be done, and why."""

    work: Work
    error: str


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


def collect(
    place: Place, sources: Sequence[str], snapshot: str, execute: Execute = one_by_one
) -> list[Failure]:
    """List each source, and fetch what it lists."""
    workspace = open_run(place).workspace
    unlisted = [each for each in sources if workspace.read_listing(each, snapshot) is None]
    failures = execute([listing(each, snapshot) for each in unlisted], place)
    failed = {failure.work.partitions[0].source_id for failure in failures}
    partitions = [
        partition
        for source in sources
        if source not in failed
        for partition in workspace.partitions(source, snapshot)
    ]
    return failures + _run_stages(COLLECT, partitions, place, execute)


def curate(
    place: Place, partitions: Sequence[Partition], execute: Execute = one_by_one
) -> list[Failure]:
    """Extract, fingerprint, deduplicate and screen."""
    return _run_stages(CURATE, partitions, place, execute)


def caption(
    place: Place, partitions: Sequence[Partition], execute: Execute = one_by_one
) -> list[Failure]:
    """Annotate, link, caption and ground, under the place's caption set.

    A model server that the catalog has us start runs only while there is something to ask.
    """
    catalog = open_run(place).catalog
    assert place.caption_set is not None
    annotator = catalog.annotator_of(place.caption_set)
    if annotator != place.caption_set:
        noted = stages_without(WRITE, ("caption", "ground"))
        failures = _write(replace(place, caption_set=annotator), partitions, noted, execute)
        if failures:
            return failures
    own = stages_for(WRITE, annotates=annotator == place.caption_set)
    return _write(place, partitions, own, execute)


def stages_without(stages: Iterable[Stage], names: Sequence[str]) -> tuple[Stage, ...]:
    """Return the stages but those named."""
    return tuple(stage for stage in stages if stage.name not in names)


def _write(
    place: Place, partitions: Sequence[Partition], stages: tuple[Stage, ...], execute: Execute
) -> list[Failure]:
    run = open_run(place)
    if not pending(stages, partitions, run):
        return []
    assert place.caption_set is not None
    name = run.catalog.caption_set(place.caption_set).model
    with serve(name, run.catalog.models[name], run.workspace, load_settings()) as endpoints:
        served = replace(place, endpoints=tuple(endpoints))
        return _run_stages(stages, partitions, served, execute)


def pending(stages: Sequence[Stage], partitions: Sequence[Partition], run: Run) -> list[str]:
    """Return the names of the stages that are not done on all partitions."""
    return [stage.name for stage in stages if not is_done(stage, partitions, run)]


def latest_partitions(run: Run, sources: Iterable[str]) -> list[Partition]:
    """Return the partitions of the latest complete snapshot of each source that has one."""
    there = run.workspace.sources()
    return [
        partition
        for source in sources
        if source in there
        for partition in run.workspace.partitions(source)
    ]


def _run_stages(
    stages: Sequence[Stage], partitions: Sequence[Partition], place: Place, execute: Execute
) -> list[Failure]:
    failures: list[Failure] = []
    left = list(partitions)
    for stage in stages:
        if not left:
            break
        run = open_run(place)
        if stage.whole:
            works = [] if is_done(stage, left, run) else [Work(stage.name, tuple(left))]
        else:
            works = [Work(stage.name, (each,)) for each in left if not is_done(stage, [each], run)]
        new = execute(works, place)
        lost = {partition for failure in new for partition in failure.work.partitions}
        left = [each for each in left if each not in lost]
        failures += new
    return failures
