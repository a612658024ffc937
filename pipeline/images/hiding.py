"""Make places of a picture unreadable for good."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from pipeline.images.decode import Pixels

Corners = tuple[tuple[float, float], ...]
"""Points (x, y) around a place, in order."""

N_BLOCKS = 4  # along the longer side of a place: all that is left of it
MARGIN = 0.15  # of the place's own size, added on all sides


def hide_places(pixels: Pixels, places: Iterable[Corners]) -> Pixels:
    """Return a copy in which each place is replaced by the mean colours of a few blocks of it.

    Nothing else of what stood there goes into the copy, so nothing can bring it back.
    """
    hidden = np.ascontiguousarray(pixels).copy()
    for place in places:
        _hide(hidden, np.asarray(place, np.float32))
    return hidden


def _hide(picture: Pixels, corners: np.ndarray) -> None:
    middle = corners.mean(axis=0)
    grown = np.rint(middle + (corners - middle) * (1 + 2 * MARGIN)).astype(np.int32)
    height, width = picture.shape[:2]
    left, top = np.maximum(grown.min(axis=0), 0)
    right, bottom = np.minimum(grown.max(axis=0) + 1, (width, height))
    if left >= right or top >= bottom:
        return
    part = picture[top:bottom, left:right]
    side = max(part.shape[:2])
    blocks = tuple(max(1, round(N_BLOCKS * length / side)) for length in part.shape[1::-1])
    means = cv2.resize(part, blocks, interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(means, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [grown - (left, top)], 1)
    part[mask > 0] = np.asarray(smooth, np.uint8).reshape(part.shape)[mask > 0]
