"""Decoding at a fraction of the size, which a JPEG allows: for measures that need few pixels."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from pipeline.images.decode import MAX_PIXELS, decode_picture
from pipeline.images.srgb import Pixels

_FLAGS = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
}
_END = b"\xff\xd9"  # without it a JPEG is cut short, and would be filled up with grey


@dataclass(frozen=True, slots=True)
class Reduced:
    """A picture decoded at a fraction of its size.

    ``across`` and ``down`` tell how many of its columns and rows the picture fills: where eight
    pixels become one, the last one may stand for fewer.
    """

    pixels: Pixels
    across: float
    down: float


def decode_reduced(content: bytes, least_px: int) -> Reduced:
    """Return stored bytes as RGB, reduced 2, 4 or 8 times while the shorter side keeps `least_px`.

    Only a JPEG in plain RGB can be reduced: other pictures are decoded whole.

    Raises:
        PictureError: the bytes are cut short, are no picture, or hold too many pixels.
    """
    size = _plain_size(content)
    times = next((each for each in _FLAGS if size and min(size) // each >= least_px), None)
    if size is not None and times is not None:
        flags = _FLAGS[times] | cv2.IMREAD_IGNORE_ORIENTATION
        read = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
        if read is not None:
            pixels = np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)
            return Reduced(pixels, size[0] / times, size[1] / times)
    pixels = decode_picture(content)
    return Reduced(pixels, pixels.shape[1], pixels.shape[0])


def _plain_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a whole JPEG in plain RGB, null of anything else."""
    if not content[-64:].rstrip(b"\0").endswith(_END):
        return None
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
            width, height = opened.size
            plain = opened.mode == "RGB" and not {"exif", "icc_profile"} & opened.info.keys()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None
    return (width, height) if plain and width * height <= MAX_PIXELS else None
