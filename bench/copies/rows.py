"""Rows for the whole stage: many fingerprints, few pictures, and a share of planted copies."""

from __future__ import annotations

import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copies.pictures import original, saved
from pipeline.images.decode import encode_picture
from pipeline.images.duplicates import find_duplicates
from pipeline.store import Bench, MediaStore, Workspace
from schemas import FINGERPRINTS, IMAGES, ITEMS, PAIRS
from schemas.contract import Contract
from schemas.fingerprints import VIEWS

COPIED = 0.02
N_BLOBS = 200


def fill(contract: Contract, count: int, columns: dict[str, pa.Array]) -> pa.Table:
    """Return a table of a contract with the given columns, the others null."""
    found = [
        columns[field.name] if field.name in columns else pa.nulls(count, field.type)
        for field in contract.schema
    ]
    return pa.table(found, schema=contract.schema)


def constant(value: object, count: int, kind: pa.DataType | None = None) -> pa.Array:
    """Return a column with one value."""
    return pa.repeat(pa.scalar(value, kind), count)


def prints(count: int, rng: np.random.Generator) -> tuple[dict[str, pa.Array], np.ndarray]:
    """Return fingerprint columns, and the picture of each row; the last 2 % copy the first."""
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    views = np.repeat(hashes[:, None], len(VIEWS), axis=1)
    for view in views.T:
        for _ in range(12):
            view ^= np.uint64(1) << rng.integers(0, 64, count, dtype=np.uint64)
    copies = int(COPIED * count)
    hashes[-copies:] = hashes[:copies] ^ (np.uint64(1) << np.uint64(9)) ^ np.uint64(3)
    blob = rng.integers(0, N_BLOBS // 2, count)
    blob[-copies:] = blob[:copies] + N_BLOBS // 2
    digests = pc.utf8_lpad(pa.array(np.arange(count)).cast(pa.string()), 64, "0")
    colours = pa.array(np.full(27 * count, 50, np.float32))
    starts = np.arange(count + 1, dtype=np.int32)
    return {
        "pixel_sha256": digests,
        "phash": pa.array(hashes),
        "phash_mode": constant("exact", count),
        "view_phashes": pa.ListArray.from_arrays(starts * len(VIEWS), pa.array(views.ravel())),
        "colour_signature": pa.ListArray.from_arrays(starts * 27, colours),
        "detail": constant(20.0, count, pa.float32()),
        "status": constant("ok", count),
    }, blob


def blobs(media: MediaStore) -> list[str]:
    """Store pictures and, after them, recompressed copies of each."""
    pictures = [original(301, number) for number in range(N_BLOBS // 2)]
    pictures += [saved(each, 60) for each in pictures]
    return [media.put(encode_picture(each), "jpg") for each in pictures]


def run_stage(count: int) -> dict[str, float]:
    """Run the stage over `count` rows, and tell seconds and the share of copies that were found."""
    rng = np.random.default_rng(5)
    with tempfile.TemporaryDirectory() as folder:
        media = Workspace(folder).media
        stored = pa.array(blobs(media))
        found, blob = prints(count, rng)
        ids = pa.array([f"pubmed:PMC{row:07}#F1" for row in range(count)])
        items = pa.array([f"pubmed:PMC{row:07}" for row in range(count)])
        sizes = {"width_px": constant(640, count, pa.int32())}
        sizes["height_px"] = constant(480, count, pa.int32())
        ok = {"status": constant("ok", count)}
        tables = (
            fill(FINGERPRINTS, count, {"image_id": ids, **found}),
            fill(
                IMAGES,
                count,
                {
                    "image_id": ids,
                    "item_id": items,
                    "sha256": stored.take(pa.array(blob)),
                    **sizes,
                    **ok,
                },
            ),
            fill(ITEMS, count, {"item_id": items, "licence_tier": constant("open", count), **ok}),
            fill(PAIRS, count, {"image_id": ids, **ok}),
        )
        bench = Bench(media, {"duplicate_distance": 4, "candidate_distance": 8})
        start, spent = time.perf_counter(), time.process_time()
        (duplicates,) = find_duplicates(bench, *tables)
        seconds, cpu = time.perf_counter() - start, time.process_time() - spent
    copies = int(COPIED * count)
    expected = ids.slice(0, copies)
    at = duplicates["canonical_id"].slice(count - copies).to_pylist()
    hits = sum(one == other for one, other in zip(at, expected.to_pylist(), strict=True))
    return {"s": seconds, "cpu_s": cpu, "recall": hits / copies}
