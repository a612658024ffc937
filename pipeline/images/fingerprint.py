"""Fingerprint every picture: pixel digest, pHashes of it and its views, and colours.

Reads images. Writes fingerprints.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.errors import NotFoundError
from pipeline.identity import sha256_bytes
from pipeline.images.decode import PictureError, decode_picture
from pipeline.images.phash import (
    REDUCED_SIDE,
    Grey,
    coefficients,
    hash_coefficients,
    phash,
    quick_phash,
    shrink,
    shrink_as_imagehash,
    turned_coefficients,
)
from pipeline.images.reduced import decode_reduced
from pipeline.images.srgb import Pixels
from pipeline.images.views import BOXES, cut, fine_content, reduce_squarely
from pipeline.store import Bench, MediaStore, Options, Stage
from schemas import FINGERPRINTS, IMAGES

GRID = 3
THREADS = 4
LEAST_PX = 64  # a hash of fewer pixels differs from the exact one by more than a few bits

Row = dict[str, Any]


def fingerprint_pixels(pixels: Pixels) -> Row:
    """Return the fingerprint columns of a picture, RGB."""
    levels = shrink_as_imagehash(pixels)
    row = {"pixel_sha256": pixel_sha256(pixels), "phash_mode": "exact", "phash": phash(levels)}
    return row | _look(levels, pixels)


def fingerprint_fast(content: bytes) -> Row:
    """Return the fingerprint columns of stored bytes, decoded at an eighth of the size or more.

    Raises:
        PictureError: the bytes are no sound picture.
    """
    levels, pixels = fast_levels(content)
    digest = sha256_bytes(content)
    row = {"pixel_sha256": digest, "phash_mode": "fast", "phash": quick_phash(levels)}
    return row | _look(levels, pixels)


def fast_levels(content: bytes) -> tuple[Grey, Pixels]:
    """Return 32 x 32 grey levels, and the reduced picture that they were taken from."""
    found = decode_reduced(content, LEAST_PX)
    return shrink_as_imagehash(found.pixels, (found.across, found.down)), found.pixels


def _look(levels: Grey, pixels: Pixels) -> Row:
    square = reduce_squarely(pixels)
    return {
        "view_phashes": _view_phashes(levels, pixels, square),
        "colour_signature": colour_signature(square),
        "detail": round(float(levels.std()), 4),
    }


def _view_phashes(levels: Grey, pixels: Pixels, square: Pixels) -> list[int]:
    """Return the pHashes of VIEWS, from 32 x 32 grey levels, the picture and its square copy."""
    grey = _grey(square)
    parts = [shrink(cut(grey, box)) for box in BOXES]
    content = fine_content(pixels, square)
    parts.append(levels if content is pixels else shrink(_grey(content)))
    found = coefficients(np.stack([levels, *parts]))
    hashes = hash_coefficients(np.vstack([turned_coefficients(found[0]), found[1:]]))
    return [int(each) for each in hashes]


def _grey(pixels: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)


def pixel_sha256(pixels: Pixels) -> str:
    """Return the digest of width, height (4 bytes each, big-endian) and the RGB bytes."""
    height, width = pixels.shape[:2]
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return sha256_bytes(size + np.ascontiguousarray(pixels).tobytes())


def colour_signature(pixels: Pixels) -> list[float]:
    """Return the mean L*, a*, b* of each cell of a 3 x 3 grid, row by row."""
    small = cv2.resize(pixels, (REDUCED_SIDE * GRID,) * 2, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    cells = lab.reshape(GRID, REDUCED_SIDE, GRID, REDUCED_SIDE, 3).mean(axis=(1, 3))
    return [round(float(value), 3) for value in cells.ravel()]


def fingerprint_image(image: Mapping[str, Any], media: MediaStore, *, fast: bool = False) -> Row:
    """Return a picture's row of `fingerprints`; what cannot be read has a status that says so."""
    row: Row = {"image_id": image["image_id"], "status": "ok"}
    if image["status"] != "ok":
        return row | {"status": "no_picture", "error": image["error"] or image["status"]}
    try:
        content = media.get(image["sha256"])
        return row | (
            fingerprint_fast(content) if fast else fingerprint_pixels(decode_picture(content))
        )
    except NotFoundError as fault:
        return row | {"status": "no_picture", "error": str(fault)}
    except PictureError as fault:
        return row | {"status": "undecodable", "error": str(fault)}


def fingerprint_images(bench: Bench, images: pa.Table) -> tuple[pa.Table]:
    """Fingerprint a table of images, row by row in its order."""
    rows = images.select(["image_id", "sha256", "status", "error"]).to_pylist()
    fast = bench.options.get("phash") == "fast"
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda row: fingerprint_image(row, bench.media, fast=fast), rows)
        return (FINGERPRINTS.table(found),)


def fingerprint_options(catalog: Catalog, _source: str | None, _set: str | None) -> Options:
    """Return how the pHash is taken, exact or fast; a manifest keeps it."""
    return {"phash": catalog.screening.phash}


FINGERPRINT = Stage(
    "fingerprint",
    version=2,
    reads=(IMAGES,),
    writes=(FINGERPRINTS,),
    run=fingerprint_images,
    options=fingerprint_options,
)
