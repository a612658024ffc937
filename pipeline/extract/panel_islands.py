"""Panels that no straight cut can part, such as a pinwheel's: islands with gutters all around."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from pipeline.extract.panel_cuts import Least, Piece
from pipeline.extract.panel_gutters import Box, Colour, difference
from pipeline.images.decode import Pixels

_TOLERANCE = 30  # grey levels; a gutter of few pixels is never clean
_EXACT_TOLERANCE = 8  # the same of a gutter that is neither white nor black
_CHROMA_TOLERANCE = 24
_RUN_SHARE, _MIN_RUN_PX = 0.12, 24  # least length of a gutter's straight part
_CLEAN_SHARE = 0.97
_GUARDED_SHARE = 0.9
_MAX_BETWEEN_SHARE, _MAX_TINTED_SHARE = 0.35, 0.2
_MIN_GROUND_SHARE = 0.004

Mask = np.ndarray[Any, np.dtype[np.uint8]]


def find_islands(seen: Pixels, colour: Colour, box: Box, least: Least) -> list[Piece]:
    """Return the rectangles of a box that gutters surround, in reading order; none if unsure.

    At least three must be found, and five in a colour that skin may have. ``seen`` is YCrCb, shape
    (height, width, 3).
    """
    is_pure = colour[0] in (0, 255)
    left, top, right, bottom = box
    gutters = _gutters(seen[top:bottom, left:right], colour)
    if gutters is None:
        return []
    width = gutters.shape[1]
    framed: Mask = np.pad(gutters, 1, constant_values=1)
    count, _, stats, _ = cv2.connectedComponentsWithStats(1 - framed, connectivity=4)
    if count > 4 * width:
        return []
    found = [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[1:]]
    islands = [each for each in found if least.admits(each)]
    islands = [each for each in islands if not any(_within(each, one) for one in islands)]
    if len(islands) < (3 if is_pure else 5) or not all(
        _is_guarded(framed, each) for each in islands
    ):
        return []
    if any(_meet(one, other) for n, one in enumerate(islands) for other in islands[:n]):
        return []
    if not _is_filled(framed, islands, _MAX_BETWEEN_SHARE if is_pure else _MAX_TINTED_SHARE):
        return []
    moved = [(a + left - 1, b + top - 1, c + left - 1, d + top - 1) for a, b, c, d in islands]
    return [Piece(each, True, "islands") for each in moved]


def _gutters(seen: Pixels, colour: Colour) -> Mask | None:
    """Mark the straight runs of a colour; nothing if there is hardly any of it."""
    distance, red, blue = cv2.split(difference(seen, colour))
    is_pure = colour[0] in (0, 255)
    near = distance <= (_TOLERANCE if is_pure else _EXACT_TOLERANCE)
    if not is_pure:
        near &= cv2.max(red, blue) <= _CHROMA_TOLERANCE
    if np.count_nonzero(near) < _MIN_GROUND_SHARE * near.size:
        return None
    length = max(_MIN_RUN_PX, min(255, int(_RUN_SHARE * min(near.shape)))) | 1
    there = near.view(np.uint8) * np.uint8(255)
    marked = np.zeros(near.shape, np.uint8)
    for size in ((length, 1), (1, length)):
        share = cv2.boxFilter(there, -1, size, borderType=cv2.BORDER_REPLICATE)
        clean = (share >= 255 * _CLEAN_SHARE).view(np.uint8) * np.uint8(255)
        run = cv2.boxFilter(clean, -1, size, borderType=cv2.BORDER_CONSTANT)
        marked |= ((run > 0) & near).view(np.uint8)
    return marked


def _within(one: Box, other: Box) -> bool:
    return one != other and (
        other[0] <= one[0] and other[1] <= one[1] and one[2] <= other[2] and one[3] <= other[3]
    )


def _meet(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(
        one[1], other[1]
    )


def _is_filled(framed: Mask, islands: list[Box], most: float) -> bool:
    """Tell whether there are but gutters between islands, and these are mostly islands."""
    left, top = (min(each[side] for each in islands) for side in (0, 1))
    right, bottom = (max(each[side] for each in islands) for side in (2, 3))
    between = framed[top:bottom, left:right].copy()
    n_pixels = between.size
    for a, b, c, d in islands:
        between[b - top : d - top, a - left : c - left] = 2
    n_other = int(np.count_nonzero(between != 2))
    n_gutter = int(np.count_nonzero(between == 1))
    return n_other <= most * n_pixels and n_gutter >= 0.8 * n_other


def _is_guarded(framed: Mask, island: Box) -> bool:
    """Tell whether gutters run along all four sides of an island."""
    left, top, right, bottom = island
    sides = (
        framed[top - 1, left:right],
        framed[bottom, left:right],
        framed[top:bottom, left - 1],
        framed[top:bottom, right],
    )
    return all(float(side.mean()) >= _GUARDED_SHARE for side in sides)
