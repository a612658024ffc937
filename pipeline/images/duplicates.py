"""Find the pictures that are one picture, and choose the one that stands for them.

Reads fingerprints, images, items, pairs. Writes duplicates.

Pictures with equal pixels are one. Otherwise their pHashes, or the pHash of one and that of the
other's mirror or crop, must lie within `candidate_distance`, and the colours (more loosely within
`duplicate_distance`) and the pixels must agree. A picture without detail has no pHash worth the
name, and joins only its equals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog import Catalog
from pipeline.images.candidates import find_candidates
from pipeline.images.clusters import Membership, cluster_rows
from pipeline.images.neighbours import distances
from pipeline.images.sameness import Prints, Sameness
from pipeline.licences import TIERS
from pipeline.store import Bench, Options, Stage
from schemas import DUPLICATES, FINGERPRINTS, IMAGES, ITEMS, PAIRS

MIN_DETAIL = 2.0  # grey levels; below it the pHash is noise

Places = npt.NDArray[np.int64]


def find_duplicates(
    bench: Bench, fingerprints: pa.Table, images: pa.Table, items: pa.Table, pairs: pa.Table
) -> tuple[pa.Table]:
    """Cluster the pictures of all sources; one row per fingerprint, in its order."""
    rank = preference(images, items, pairs)
    readable = np.flatnonzero(pc.equal(fingerprints["status"], "ok").to_numpy())
    first = _first_of_equal_pixels(fingerprints, readable, rank)
    detail = fingerprints["detail"].to_numpy()
    hashed = np.asarray([row for row in np.unique(first[readable]) if detail[row] >= MIN_DETAIL])
    members = _near_members(bench, fingerprints, images, hashed.astype(np.int64), rank)
    return (_table(fingerprints, first, members),)


def preference(images: pa.Table, items: pa.Table, pairs: pa.Table) -> Places:
    """Return each picture's place in the order of preference, lowest first.

    First those whose item stands and of which something is said, for only they can be released;
    then by licence tier, by number of pixels, and by id.
    """
    tier_of = {tier: place for place, tier in enumerate(TIERS)}
    names = zip(items["status"].to_pylist(), items["licence_tier"].to_pylist(), strict=True)
    standing = [(status != "ok", tier_of[tier]) for status, tier in names]
    at = pc.index_in(images["item_id"], value_set=items["item_id"].combine_chunks()).to_pylist()
    unknown = (True, len(TIERS))
    spoken = pc.is_in(images["image_id"], value_set=pairs["image_id"].combine_chunks()).to_pylist()
    sizes = pc.multiply(images["width_px"], images["height_px"]).fill_null(0).to_pylist()
    keys = [
        (*(standing[item] if item is not None else unknown), told, size)
        for item, told, size in zip(at, spoken, sizes, strict=True)
    ]
    order = _ranked(keys, images["image_id"].to_pylist())
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _ranked(keys: Sequence[tuple[bool, int, bool, int]], ids: Sequence[str]) -> list[int]:
    def place(row: int) -> tuple[bool, int, int, str]:
        fallen, tier, told, size = keys[row]
        return (fallen or not told, tier, -size, ids[row])

    return sorted(range(len(keys)), key=place)


def _first_of_equal_pixels(fingerprints: pa.Table, readable: Places, rank: Places) -> Places:
    """Return, for every row, the preferred row with the same pixels; unreadable rows are alone."""
    codes = fingerprints["pixel_sha256"].combine_chunks().dictionary_encode().indices
    digest = codes.fill_null(-1).to_numpy(zero_copy_only=False)
    first = np.arange(len(digest))
    order = readable[np.lexsort((rank[readable], digest[readable]))]
    if len(order):
        heads = np.concatenate([[True], digest[order][1:] != digest[order][:-1]])
        first[order] = order[heads][np.cumsum(heads) - 1]
    return first


def _near_members(
    bench: Bench, fingerprints: pa.Table, images: pa.Table, rows: Places, rank: Places
) -> dict[int, Membership]:
    """Cluster distinct pictures by hash; the answer speaks of rows of the table."""
    prints = Prints.of(fingerprints.take(rows), images["sha256"].take(rows))
    sameness = Sameness(prints, bench.media, bench.options)
    wide = int(bench.options["candidate_distance"])
    candidates = find_candidates(prints.phashes, prints.views, wide)
    found = cluster_rows(candidates, rank[rows].tolist(), sameness.test)
    return {
        int(rows[row]): Membership(int(rows[member.canonical]), member.method)
        for row, member in found.items()
    }


def _table(fingerprints: pa.Table, first: Places, members: dict[int, Membership]) -> pa.Table:
    ids = fingerprints["image_id"].to_pylist()
    readable = pc.equal(fingerprints["status"], "ok").to_pylist()
    phashes = fingerprints["phash"].fill_null(0).to_numpy()
    canonical = np.asarray(
        [members[row].canonical if row in members else row for row in first.tolist()], np.int64
    )
    apart = distances(phashes, phashes[canonical]).tolist()
    shared = np.bincount(canonical, minlength=len(ids)) > 1
    rows: list[dict[str, Any]] = []
    for row, name in enumerate(ids):
        head = int(canonical[row])
        found = {"image_id": name, "cluster_id": ids[head], "canonical_id": ids[head]}
        if not readable[row]:
            fault = "the picture has no fingerprint"
            rows.append(found | {"method": "none", "status": "no_fingerprint", "error": fault})
        elif head == row:
            method = "canonical" if shared[row] else "single"
            rows.append(found | {"distance": 0, "method": method, "status": "ok"})
        else:
            how = members[int(first[row])].method if int(first[row]) in members else "pixels"
            rows.append(found | {"distance": apart[row], "method": how, "status": "ok"})
    return DUPLICATES.table(rows)


def duplicate_options(catalog: Catalog, _source_id: str | None, _set: str | None) -> Options:
    """Return the two distances, in bits."""
    screening = catalog.screening
    return {
        "duplicate_distance": screening.duplicate_distance,
        "candidate_distance": screening.candidate_distance,
    }


DEDUPLICATE = Stage(
    "deduplicate",
    version=1,
    reads=(FINGERPRINTS, IMAGES, ITEMS, PAIRS),
    writes=(DUPLICATES,),
    run=find_duplicates,
    options=duplicate_options,
    whole=True,
)
