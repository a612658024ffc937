"""Collecting: list the sources, fetch what they list, and ask again for what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.execution import (
    Execute,
    Failure,
    latest_partitions,
    one_by_one,
    run_stages,
    without,
)
from pipeline.retry import failing, read_wanted, take_back, take_back_pictures
from pipeline.snapshots import TODAY, snapshot_of
from pipeline.sources.fetch import FETCH
from pipeline.sources.listing import standing_listing
from pipeline.sources.registry import COLLECTORS
from pipeline.stages import COLLECT
from pipeline.store import Partition, Run, is_done
from pipeline.work import REVISIT, Place, Work, listing, open_run
from schemas import MEDIA


def collect(
    place: Place, sources: Sequence[str], snapshot: str, execute: Execute = one_by_one
) -> list[Failure]:
    """List each source, and fetch what it lists, into the snapshot of a day or of `today`."""
    run = open_run(place)
    names = {each: snapshot_of(run, each, snapshot) for each in sources}
    works = [listing(each, name) for each, name in names.items() if not is_listed(run, each, name)]
    failures = execute(works, place)
    failed = {failure.work.partitions[0].source_id for failure in failures}
    partitions = [
        partition
        for source, name in names.items()
        if source not in failed
        for partition in run.workspace.partitions(source, name)
    ]
    failures += run_stages(COLLECT, partitions, place, execute)
    return failures + _failed_too_often(run, without(partitions, failures))


def is_listed(run: Run, source_id: str, snapshot: str) -> bool:
    """Tell whether a snapshot's listing is complete and is what the catalog asks for now."""
    entry = run.catalog.source(source_id)
    made = COLLECTORS[entry.kind]
    record = standing_listing(source_id, entry, made, snapshot, run.workspace)
    return record is not None and record.get("n_items", 0) >= entry.expect.min_items


@dataclass(frozen=True, slots=True)
class Retried:
    """How many items were asked again, how many of these still fail, and what is to be cut anew."""

    asked: int
    left: int
    pictures: int
    failures: list[Failure]


def retry(
    place: Place,
    sources: Sequence[str],
    words: Sequence[str],
    snapshot: str = TODAY,
    execute: Execute = one_by_one,
) -> Retried:
    """Ask again for what failed as ``words`` say, in the latest snapshot or the one named.

    Raises:
        CatalogError: ``words`` name no class of failures.
    """
    wanted = read_wanted(words)
    run = open_run(place)
    partitions = latest_partitions(run, sources)
    if snapshot != TODAY:
        partitions = [p for each in sources for p in run.workspace.partitions(each, snapshot)]
    pictures = sum(take_back_pictures(run, each) for each in partitions if wanted.lost)
    before = {each: failing(run, each, wanted) for each in partitions}
    unreachable = [each for each in partitions if wanted.unreachable and before[each].unreachable]
    failures = execute([Work(REVISIT, (each,)) for each in unreachable], place)
    for each in partitions:
        has_changed = each in unreachable and not is_done(FETCH, [each], run)
        if run.manifest(MEDIA, each) is not None and (before[each].failed or has_changed):
            take_back(run, each, before[each].failed)
    failures += run_stages(COLLECT, partitions, place, execute)
    left = sum(len(before[each].all & failing(run, each, wanted).all) for each in partitions)
    return Retried(
        sum(len(each.all) for each in before.values()),
        left,
        pictures,
        failures + _failed_too_often(run, without(partitions, failures)),
    )


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
                    Work(FETCH.name, own),
                    f"{failed} of {counts.total()} files of {source} failed ({told}), at most "
                    f"{allowed:.1%} are expected; `dermcurate collect --retry failed:any` asks "
                    "again, or raise expect.max_failed_share",
                    is_done=True,
                )
            )
    return failures
