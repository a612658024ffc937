"""The order of the work. How it is executed (here one by one, in flows as tasks) is a parameter."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import CatalogError, DermcurateError, MissingInputError
from pipeline.language.server import serve
from pipeline.release.build import build_release
from pipeline.settings import load_settings
from pipeline.stages import ANNOTATING, CAPTIONING, COLLECT, CURATE
from pipeline.store import Partition, Run, Stage, is_done
from pipeline.work import LIST, Place, Work, do, listing, open_run
from schemas import MEDIA, ContractError

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


def build_tables(
    place: Place, sources: Sequence[str], snapshot: str, execute: Execute = one_by_one
) -> list[Failure]:
    """Go from the sources to grounded captions: all that a release is made from.

    A partition on which a stage failed goes no further; the others do.
    """
    failures = collect(place, sources, snapshot, execute)
    for phase in (curate, caption):
        partitions = latest_partitions(open_run(place), sources)
        failures += phase(place, without(partitions, failures), execute)
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
    failures += _run_stages(COLLECT, partitions, place, execute)
    return failures + _failed_too_often(open_run(place), without(partitions, failures))


def without(partitions: Sequence[Partition], failures: Sequence[Failure]) -> list[Partition]:
    """Return the partitions on which no stage failed."""
    lost = {
        partition
        for failure in failures
        if failure.work.what != LIST
        for partition in failure.work.partitions
    }
    return [each for each in partitions if each not in lost]


def _failed_too_often(run: Run, partitions: Sequence[Partition]) -> list[Failure]:
    """Return a failure for each source of which more media failed than the catalog expects."""
    failures = []
    for source in dict.fromkeys(partition.source_id for partition in partitions):
        own = tuple(each for each in partitions if each.source_id == source)
        counts: Counter[str] = Counter()
        for manifest in filter(None, (run.manifest(MEDIA, each) for each in own)):
            counts.update(manifest.outputs[MEDIA.name].statuses)
        failed = counts.total() - counts["ok"]
        allowed = run.catalog.source(source).expect.max_failed_share
        if failed > allowed * counts.total():
            told = ", ".join(f"{n} {name}" for name, n in counts.most_common() if name != "ok")
            failures.append(
                Failure(
                    Work(LIST, own),
                    f"{failed} of {counts.total()} files of {source} failed ({told}), at most "
                    f"{allowed:.1%} are expected; see `dermcurate audit`, or raise that share",
                )
            )
    return failures


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
    name = _caption_set(place)
    annotator = open_run(place).catalog.annotator_of(name)
    if annotator == name:
        return _write(place, partitions, (*ANNOTATING, *CAPTIONING), execute)
    failures = _write(replace(place, caption_set=annotator), partitions, ANNOTATING, execute)
    return failures + _write(place, without(partitions, failures), CAPTIONING, execute)


def release(place: Place, name: str, version: str | None = None) -> Path:
    """Cut a version of a release, if all that it is made from is up to date.

    Raises:
        MissingInputError: a stage has not been done on what stands now.
        ReleaseError: an expectation is breached, or the version stands with other content.
    """
    run = open_run(place)
    partitions = latest_partitions(run, run.catalog.sources_of(name))
    annotator = run.catalog.annotator_of(_caption_set(place))
    noted = open_run(replace(place, caption_set=annotator))
    stale = [
        *pending(CURATE, partitions, run),
        *pending(ANNOTATING, partitions, noted),
        *pending(CAPTIONING, partitions, run),
    ]
    if stale:
        raise MissingInputError(
            f"release {name} would be made of older tables: {', '.join(stale)} are to be done on "
            f"what stands; run `dermcurate curate`, then `dermcurate caption --caption-set "
            f"{place.caption_set}`"
        )
    return build_release(run, name, version)


def _caption_set(place: Place) -> str:
    if place.caption_set is None:
        raise CatalogError("captions are written under a caption set; name one of the catalog")
    return place.caption_set


def _write(
    place: Place, partitions: Sequence[Partition], stages: tuple[Stage, ...], execute: Execute
) -> list[Failure]:
    run = open_run(place)
    if not pending(stages, partitions, run):
        return []
    name = run.catalog.caption_set(_caption_set(place)).model
    with serve(name, run.catalog.models[name], run.workspace, load_settings()) as endpoints:
        served = replace(place, endpoints=tuple(endpoints))
        return _run_stages(stages, partitions, served, execute)


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
