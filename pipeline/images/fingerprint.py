"""Fingerprint every picture: pixel digest, pHashes and colours.

Reads images. Writes fingerprints.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import imagehash
import numpy as np
import pyarrow as pa
from PIL import Image

from pipeline.errors import NotFoundError
from pipeline.identity import sha256_bytes
from pipeline.images.decode import PictureError, Pixels, decode_picture
from pipeline.store import Bench, MediaStore, Stage
from schemas import FINGERPRINTS, IMAGES
from schemas.fingerprints import CROPS

HASH_SIDE = 8
REDUCED_SIDE = 32  # the pHash is taken on 32 x 32 grey levels
GRID = 3
THREADS = 4

Row = dict[str, Any]


def fingerprint_pixels(pixels: Pixels) -> Row:
    """Return the fingerprint columns of a picture, RGB."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    grey = picture.convert("L")
    reduced = _reduce(grey, 0.0)
    views = [reduced.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    views += [_reduce(grey, share) for share in CROPS]
    return {
        "pixel_sha256": pixel_sha256(pixels),
        "phash": phash(reduced),
        "view_phashes": [phash(view) for view in views],
        "colour_signature": colour_signature(pixels),
        "detail": round(float(np.asarray(reduced).std()), 4),
    }


def phash(picture: Image.Image) -> int:
    """Return `imagehash.phash` as an integer, its first bit the highest."""
    bits = imagehash.phash(picture, hash_size=HASH_SIDE, highfreq_factor=REDUCED_SIDE // HASH_SIDE)
    return int.from_bytes(np.packbits(bits.hash.flatten()).tobytes(), "big")


def _reduce(grey: Image.Image, left_out: float) -> Image.Image:
    """Return the centre of a grey picture in 32 x 32; imagehash leaves that size as it is."""
    across, down = grey.width * left_out / 2, grey.height * left_out / 2
    box = (across, down, grey.width - across, grey.height - down)
    return grey.resize((REDUCED_SIDE, REDUCED_SIDE), Image.Resampling.LANCZOS, box=box)


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


def fingerprint_image(image: Mapping[str, Any], media: MediaStore) -> Row:
    """Return a picture's row of `fingerprints`; what cannot be read has a status that says so."""
    row: Row = {"image_id": image["image_id"], "status": "ok"}
    if image["status"] != "ok":
        return row | {"status": "no_picture", "error": image["error"] or image["status"]}
    try:
        return row | fingerprint_pixels(decode_picture(media.get(image["sha256"])))
    except NotFoundError as fault:
        return row | {"status": "no_picture", "error": str(fault)}
    except PictureError as fault:
        return row | {"status": "undecodable", "error": str(fault)}


def fingerprint_images(bench: Bench, images: pa.Table) -> tuple[pa.Table]:
    """Fingerprint a table of images, row by row in its order."""
    rows = images.select(["image_id", "sha256", "status", "error"]).to_pylist()
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda row: fingerprint_image(row, bench.media), rows)
        return (FINGERPRINTS.table(found),)


FINGERPRINT = Stage(
    "fingerprint", version=1, reads=(IMAGES,), writes=(FINGERPRINTS,), run=fingerprint_images
)
