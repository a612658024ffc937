"""The order of the work. How it is executed (here one by one, in flows as tasks) is a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.collecting import Retried, collect, is_listed, retry
from pipeline.errors import CatalogError, MissingInputError
from pipeline.execution import (
    Execute,
    Failure,
    latest_partitions,
    one_by_one,
    pending,
    run_stages,
    without,
)
from pipeline.images.benchmarks import BENCHMARK, stale_benchmarks
from pipeline.language.server import serve
from pipeline.release.build import build_release
from pipeline.settings import load_settings
from pipeline.snapshots import check_newest, snapshot_of
from pipeline.stages import ANNOTATING, CAPTIONING, CURATE
from pipeline.store import Partition, Stage
from pipeline.work import Place, Work, open_run

__all__ = [
    "Execute",
    "Failure",
    "Retried",
    "build_tables",
    "caption",
    "collect",
    "curate",
    "fingerprint_benchmarks",
    "is_listed",
    "latest_partitions",
    "one_by_one",
    "pending",
    "release",
    "retry",
    "without",
]


def build_tables(
    place: Place, sources: Sequence[str], snapshot: str, execute: Execute = one_by_one
) -> list[Failure]:
    """Go from the sources to grounded captions: all that a release is made from.

    A partition on which a stage failed goes no further; the others do.

    Raises:
        MissingInputError: a newer snapshot stands, and a release would be made of that one.
    """
    run = open_run(place)
    for source in sources:
        check_newest(run, source, snapshot_of(run, source, snapshot))
    failures = collect(place, sources, snapshot, execute)
    for phase in (curate, caption):
        partitions = latest_partitions(open_run(place), sources)
        failures += phase(place, without(partitions, failures), execute)
    return failures


def curate(
    place: Place, partitions: Sequence[Partition], execute: Execute = one_by_one
) -> list[Failure]:
    """Extract, fingerprint, deduplicate and screen; benchmarks are fingerprinted before."""
    failures = fingerprint_benchmarks(place, execute=execute)
    return failures + run_stages(CURATE, partitions, place, execute)


def fingerprint_benchmarks(
    place: Place, names: Sequence[str] = (), execute: Execute = one_by_one
) -> list[Failure]:
    """Fingerprint the benchmarks that are new or changed, of those that are named or of all."""
    stale = stale_benchmarks(open_run(place))
    chosen = [each for each in stale if not names or each.source_id in names]
    return execute([Work(BENCHMARK.name, (each,)) for each in chosen], place)


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
        *(f"benchmark {each.source_id}" for each in stale_benchmarks(run)),
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
        return run_stages(stages, partitions, served, execute)
