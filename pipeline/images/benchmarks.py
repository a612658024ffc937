"""Fingerprint the user's own copy of an evaluation set.

Reads a folder or a list of the user's. Writes benchmarks.

What is kept of a picture is its fingerprint and a small copy, so that the folder need not stay.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.errors import SourceError
from pipeline.identity import sha256_bytes
from pipeline.images.benchmark_files import list_copy
from pipeline.images.decode import PictureError, Pixels, decode_picture, encode_picture
from pipeline.images.fingerprint import fingerprint_fast, fingerprint_pixels
from pipeline.images.phash import to_hex
from pipeline.store import Bench, Carried, MediaStore, Options, Partition, Run, Stage, is_done
from schemas import BENCHMARKS

log = logging.getLogger(__name__)

SMALL_SIDE_PX = 256  # of the copy's shorter side: pixels are compared at less
MAX_PICTURE_BYTES = 200_000_000
THREADS = 2

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a benchmark's pictures are read, where what is seen is kept, and how it is hashed."""

    folder: Path
    media: MediaStore
    carried: Carried | None
    mode: str


def fingerprint_benchmark(bench: Bench) -> tuple[pa.Table]:
    """Fingerprint what the options list; ``bench.service`` is the folder's path.

    Files whose bytes were seen before are not decoded again. A file that cannot be read is a row
    that says why.
    """
    shelf = Shelf(Path(bench.service), bench.media, bench.carried, str(bench.options["phash"]))
    with ThreadPoolExecutor(THREADS) as pool:
        rows = list(pool.map(partial(_row_of, shelf=shelf), bench.options["files"]))
    rows += _without_picture(bench.options)
    told = ({**row, "benchmark": bench.options["benchmark"]} for row in rows)
    return (BENCHMARKS.table(sorted(told, key=lambda row: str(row["file"]))),)


def benchmark_options(catalog: Catalog, name: str | None, _set: str | None) -> Options:
    """Return which pictures count: files by size in bytes and time of change, names, hashes.

    Raises:
        SourceError: the copy or a list of it is not there.
    """
    entry = catalog.benchmark(name or "")
    copy = list_copy(name or "", entry)
    return {
        "benchmark": name,
        "phash": catalog.screening.phash,
        "files": {file: _stamp(Path(entry.folder or "") / file) for file in copy.files},
        "missing": list(copy.missing),
        "hashes": [to_hex(each) for each in copy.hashes],
    }


def stale_benchmarks(run: Run) -> list[Partition]:
    """Return the benchmarks that are to be fingerprinted, for the first time or anew.

    One whose folder is there no more keeps the fingerprints that stand.
    """
    return [each for each in run.benchmarks() if not _is_done(each, run)]


def _is_done(partition: Partition, run: Run) -> bool:
    try:
        return is_done(BENCHMARK, [partition], run)
    except SourceError as fault:
        stands = run.manifest(BENCHMARKS, partition) is not None
        if stands:
            log.warning("%s; the fingerprints that stand are used", fault)
        return stands


def faults_of(partition: Partition, run: Run) -> Iterator[str]:
    """Yield a sentence for every picture of a benchmark that cannot be compared."""
    table = run.read(BENCHMARKS, partition)
    for row in table.select(["file", "status", "error"]).to_pylist():
        if row["status"] not in ("ok", "hash_only"):
            yield f"{row['file']}: {row['status']}: {row['error']}"


def _stamp(path: Path) -> list[int]:
    try:
        held = path.stat()
    except OSError:
        return []
    return [held.st_size, held.st_mtime_ns]


def _row_of(file: str, shelf: Shelf) -> Row:
    path = shelf.folder / file
    try:
        if path.stat().st_size > MAX_PICTURE_BYTES:
            told = f"the file is over {MAX_PICTURE_BYTES:,} bytes"
            return {"file": file, "status": "unreadable", "error": told}
        content = path.read_bytes()
    except OSError as fault:
        told = f"the file cannot be opened ({fault.strerror})"
        return {"file": file, "status": "unreadable", "error": told}
    sha256 = sha256_bytes(content)
    for known in shelf.carried.get(sha256) if shelf.carried else ():
        if known["phash_mode"] == shelf.mode and shelf.media.find(known["sha256"]):
            return {**known, "file": file}
    row = {"file": file, "file_sha256": sha256, **_look(content, shelf)}
    if shelf.carried and row["status"] == "ok":
        shelf.carried.note([row])
    return row


def _look(content: bytes, shelf: Shelf) -> Row:
    """Return what a picture looks like once it is stored as pictures of the corpus are."""
    try:
        stored = encode_picture(decode_picture(content))
        pixels = decode_picture(stored)
        looks = fingerprint_fast(stored) if shelf.mode == "fast" else fingerprint_pixels(pixels)
    except PictureError as fault:
        return {"status": fault.status, "error": str(fault)}
    return {
        **looks,
        "sha256": shelf.media.put(encode_picture(_small(pixels)), "jpg"),
        "status": "ok",
    }


def _small(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = SMALL_SIDE_PX / min(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _without_picture(options: Options) -> Iterator[Row]:
    """Yield the rows of names without a file, and of hashes without a picture."""
    for name in options["missing"]:
        told = "the list names it, the folder does not hold it"
        yield {"file": name, "status": "not_found", "error": told}
    for value in options["hashes"]:
        yield {"file": f"hash {value}", "phash": int(value, 16), "status": "hash_only"}


BENCHMARK = Stage(
    "benchmark",
    version=1,
    reads=(),
    writes=(BENCHMARKS,),
    run=fingerprint_benchmark,
    options=benchmark_options,
    carry=("file_sha256",),
)
