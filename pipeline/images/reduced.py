"""Decoding at a fraction of the size, which a JPEG allows: for measures that need few pixels."""

from __future__ import annotations

import io

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


def decode_reduced(content: bytes, least_px: int) -> Pixels:
    """Return stored bytes as RGB, reduced 2, 4 or 8 times while the shorter side keeps `least_px`.

    Only a JPEG in plain RGB can be reduced: other pictures are decoded whole.

    Raises:
        PictureError: the bytes are cut short, are no picture, or hold too many pixels.
    """
    flag = _reduction(content, least_px)
    if flag is not None:
        flags = flag | cv2.IMREAD_IGNORE_ORIENTATION
        read = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
        if read is not None:
            return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)
    return decode_picture(content)


def _reduction(content: bytes, least_px: int) -> int | None:
    """Return OpenCV's flag for the strongest reduction, null if there is to be none."""
    if not content.rstrip(b"\0").endswith(_END):
        return None
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
            width, height = opened.size
            plain = opened.mode == "RGB" and not {"exif", "icc_profile"} & opened.info.keys()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None
    if not plain or width * height > MAX_PIXELS:
        return None
    return next((flag for n, flag in _FLAGS.items() if min(width, height) // n >= least_px), None)
