"""Which pictures are those of evaluation sets, changed or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.images.neighbours import Hashes, Places, near_links
from pipeline.images.prints import Prints
from pipeline.images.sameness import Sameness
from pipeline.store import Bench

THREADS = 2
BATCH = 256  # pairs that a thread takes at a time
SEPARATOR = ", "  # between the names of several benchmarks that hold a picture

Names = dict[int, set[str]]
"""Row of the corpus -> the benchmarks that hold its picture."""


def equal_pictures(fingerprints: pa.Table, benchmarks: pa.Table) -> Names:
    """Return the rows whose pixels are exactly those of a benchmark's picture."""
    holders: dict[str, set[str]] = defaultdict(set)
    for row in benchmarks.select(["pixel_sha256", "benchmark"]).to_pylist():
        if row["pixel_sha256"] is not None:
            holders[row["pixel_sha256"]].add(row["benchmark"])
    theirs = pa.array(sorted(holders), pa.string())
    rows = np.flatnonzero(pc.is_in(fingerprints["pixel_sha256"], value_set=theirs).to_numpy())
    digests = fingerprints["pixel_sha256"].take(pa.array(rows)).to_pylist()
    return {int(row): set(holders[each]) for row, each in zip(rows, digests, strict=True)}


def near_pictures(prints: Prints, benchmarks: pa.Table, bench: Bench, min_detail: float) -> Names:
    """Return which of the pictures are, changed, those of a benchmark: the same test as duplicates.

    Of a benchmark of which there are only hashes, a hash that is near is enough.
    """
    found: Names = defaultdict(set)
    _add_by_hash(found, prints, benchmarks, int(bench.options["duplicate_distance"]))
    shown = benchmarks.filter(
        pc.and_(
            pc.equal(benchmarks["status"], "ok"), pc.greater_equal(benchmarks["detail"], min_detail)
        )
    )
    if not shown.num_rows or not len(prints.phashes):
        return found
    theirs = Prints.of(shown, shown["sha256"])
    pairs = _near(prints, theirs, int(bench.options["candidate_distance"]))
    sameness = Sameness(prints.append(theirs), bench.media, bench.options)
    names, start = shown["benchmark"].to_pylist(), len(prints.phashes)

    def test(some: Places) -> list[tuple[int, str]]:
        return [
            (int(row), names[other])
            for row, other in some
            if sameness.test(int(row), start + int(other)) is not None
        ]

    batches = [pairs[at : at + BATCH] for at in range(0, len(pairs), BATCH)]
    with ThreadPoolExecutor(THREADS) as pool:
        for row, name in (each for some in pool.map(test, batches) for each in some):
            found[row].add(name)
    return found


def _near(prints: Prints, theirs: Prints, distance: int) -> Places:
    """Return (row, row of theirs) of all pictures near by hash, or by a view of either."""
    n_views = theirs.views.shape[1]
    whole = near_links(prints.phashes, theirs.phashes, distance)[:, ::-1]
    seen = near_links(prints.phashes, theirs.views.ravel(), distance)[:, ::-1]
    shown = near_links(theirs.phashes, prints.views.ravel(), distance)
    found = np.concatenate([whole, seen // np.array([1, n_views]), shown // np.array([n_views, 1])])
    # by their picture, so that one is read once for all that it is compared with
    return np.asarray(np.unique(found[:, ::-1], axis=0)[:, ::-1], np.int64)


def _add_by_hash(found: Names, prints: Prints, benchmarks: pa.Table, distance: int) -> None:
    bare = benchmarks.filter(pc.equal(benchmarks["status"], "hash_only"))
    if not bare.num_rows:
        return
    names = bare["benchmark"].to_pylist()
    hashes: Hashes = bare["phash"].to_numpy()
    n_views = prints.views.shape[1]
    for row, other in near_links(prints.phashes, hashes, distance)[:, ::-1].tolist():
        found[row].add(names[other])
    for view, other in near_links(hashes, prints.views.ravel(), distance).tolist():
        found[view // n_views].add(names[other])


def name_clusters(names: Mapping[int, set[str]], canonical: Places) -> pa.Array:
    """Return for every row the benchmarks that hold any picture of its cluster, null if none."""
    clusters: dict[int, set[str]] = defaultdict(set)
    for row, held in names.items():
        clusters[int(canonical[row])] |= held
    told = {head: SEPARATOR.join(sorted(held)) for head, held in clusters.items()}
    return pa.array((told.get(head) for head in canonical.tolist()), pa.string())
