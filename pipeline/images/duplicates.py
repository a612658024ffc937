"""Find the pictures that are one picture, and choose the one that stands for them.

Reads fingerprints, images, items, pairs, benchmarks. Writes duplicates.

Pictures with equal pixels are one. Otherwise their pHashes, or the pHash of one and that of a view
of the other, must lie within `candidate_distance`, and the colours (more loosely within
`duplicate_distance`) and the structure of the two must agree once they are laid on one another. A
picture without detail has no pHash worth the name, and joins only its equals. Pictures of the
user's benchmarks are recognised in the same way.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog import Catalog
from pipeline.images.candidates import crowds, find_components
from pipeline.images.clusters import Membership, cluster_rows
from pipeline.images.held_out import Names, equal_pictures, name_clusters, near_pictures
from pipeline.images.neighbours import Places, distances
from pipeline.images.prints import Prints
from pipeline.images.sameness import Sameness
from pipeline.licences import TIERS
from pipeline.store import Bench, Options, Stage
from schemas import BENCHMARKS, DUPLICATES, FINGERPRINTS, IMAGES, ITEMS, PAIRS

THREADS = 2
BATCH = 256  # components that a thread takes at a time
MIN_DETAIL = 2.0  # grey levels; below it the pHash is noise


def find_duplicates(
    bench: Bench,
    fingerprints: pa.Table,
    images: pa.Table,
    items: pa.Table,
    pairs: pa.Table,
    *consulted: pa.Table,
) -> tuple[pa.Table]:
    """Cluster the pictures of all sources; one row per fingerprint, in its order."""
    benchmarks = pa.concat_tables([BENCHMARKS.empty(), *consulted])
    rank = preference(images, items, pairs)
    readable = np.flatnonzero(pc.equal(fingerprints["status"], "ok").to_numpy())
    first = _first_of_equal_pixels(fingerprints, readable, rank)
    detail = fingerprints["detail"].to_numpy()
    hashed = np.unique(first[readable])
    hashed = hashed[detail[hashed] >= MIN_DETAIL]
    prints = _prints(fingerprints, images, hashed)
    members = _near_members(bench, prints, hashed, rank)
    held = equal_pictures(fingerprints, benchmarks)
    for row, names in near_pictures(prints, benchmarks, bench, MIN_DETAIL).items():
        held.setdefault(int(hashed[row]), set()).update(names)
    return (_table(fingerprints, first, members, held),)


def preference(images: pa.Table, items: pa.Table, pairs: pa.Table) -> Places:
    """Return each picture's place in the order of preference, lowest first.

    First those whose item stands and of which something is said, for only they can be released;
    then by licence tier, by number of pixels, and by id.
    """
    at = pc.index_in(images["item_id"], value_set=items["item_id"].combine_chunks())
    fallen = pc.not_equal(items["status"], "ok").take(at).fill_null(True)
    tiers = pc.index_in(items["licence_tier"], value_set=pa.array(TIERS)).take(at)
    spoken = pc.is_in(images["image_id"], value_set=pairs["image_id"].combine_chunks())
    keys = {
        "unusable": pc.or_(fallen, pc.invert(spoken)),
        "tier": tiers.fill_null(len(TIERS)),
        "size": pc.multiply(images["width_px"], images["height_px"]).fill_null(0),
        "image_id": images["image_id"],
    }
    orders = [(name, "descending" if name == "size" else "ascending") for name in keys]
    order = pc.sort_indices(pa.table(keys), sort_keys=orders).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


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


def _prints(fingerprints: pa.Table, images: pa.Table, rows: Places) -> Prints:
    """Return the fingerprints of some rows as arrays; those of all rows are not copied."""
    seen = fingerprints.select(["phash", "view_phashes", "colour_signature"])
    blobs = images["sha256"]
    if len(rows) < len(blobs):
        seen, blobs = seen.take(rows), blobs.take(rows)
    return Prints.of(seen, blobs)


def _near_members(
    bench: Bench, prints: Prints, rows: Places, rank: Places
) -> dict[int, Membership]:
    """Cluster distinct pictures by hash; the answer speaks of rows of the table."""
    wide = int(bench.options["candidate_distance"])
    sameness = Sameness(prints, bench.media, bench.options)
    ranks = rank[rows]

    near = partial(prints.near, distance=wide)

    def cluster(some: list[Places]) -> dict[int, Membership]:
        found: dict[int, Membership] = {}
        for crowd in some:
            found |= cluster_rows(crowd[np.argsort(ranks[crowd])], near, sameness.test)
        return found

    found = list(crowds(find_components(prints.phashes, prints.views, wide)))
    batches = [found[start : start + BATCH] for start in range(0, len(found), BATCH)]
    with ThreadPoolExecutor(THREADS) as pool:
        return {
            int(rows[row]): Membership(int(rows[member.canonical]), member.method)
            for members in pool.map(cluster, batches)
            for row, member in members.items()
        }


def _table(
    fingerprints: pa.Table, first: Places, members: dict[int, Membership], held: Names
) -> pa.Table:
    """Return the rows of `duplicates`: firsts of equal pixels, near members, held by benchmarks."""
    canonical = first.copy()
    for row, member in members.items():
        canonical[row] = member.canonical
    canonical = canonical[first]  # copies of a member follow it
    rows = np.arange(len(first))
    method = np.where(np.bincount(canonical, minlength=len(rows)) > 1, "canonical", "single")
    method = np.where(canonical != rows, "pixels", method).astype(object)
    for row in np.flatnonzero(np.isin(first, list(members))).tolist():
        method[row] = members[int(first[row])].method
    readable = pc.equal(fingerprints["status"], "ok").to_numpy()
    phashes = fingerprints["phash"].fill_null(0).to_numpy()
    heads = fingerprints["image_id"].take(pa.array(canonical))
    columns = {
        "image_id": fingerprints["image_id"],
        "cluster_id": heads,
        "canonical_id": heads,
        "distance": pa.array(distances(phashes, phashes[canonical]), mask=~readable),
        "method": pa.array(np.where(readable, method, "none"), pa.string()),
        "benchmark": name_clusters(held, canonical),
        "status": pa.array(np.where(readable, "ok", "no_fingerprint").astype(object), pa.string()),
        "error": pc.if_else(pa.array(readable), None, "the picture has no fingerprint"),
    }
    return DUPLICATES.check(pa.table(list(columns.values()), schema=DUPLICATES.schema))


def duplicate_options(catalog: Catalog, _source_id: str | None, _set: str | None) -> Options:
    """Return the two distances, in bits."""
    screening = catalog.screening
    return {
        "duplicate_distance": screening.duplicate_distance,
        "candidate_distance": screening.candidate_distance,
    }


DEDUPLICATE = Stage(
    "deduplicate",
    version=3,
    reads=(FINGERPRINTS, IMAGES, ITEMS, PAIRS),
    writes=(DUPLICATES,),
    run=find_duplicates,
    options=duplicate_options,
    whole=True,
    consults=(BENCHMARKS,),
)
