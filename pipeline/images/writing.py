"""Where a picture may have writing on it: rows of strokes of one height, light or dark.

It is cheap, and asked first: reading takes a hundred times as long. It may be wrong the one way,
but should not miss a line.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images.decode import Pixels

SEARCH_PX = (960, 480)  # longer side; the smaller one for letters too large for the larger
STROKE_PX = 9  # what is wider is no stroke
CONTRAST = 26  # grey levels between a stroke and its ground
MIN_LETTERS = 4  # in one row
HEIGHTS = (6, 42)  # of a letter, in pixels

Grey: TypeAlias = npt.NDArray[np.uint8]
Letters: TypeAlias = npt.NDArray[np.int32]
"""One row per letter: left, top, width, height."""


def longest_row(pixels: Pixels) -> int:
    """Return the most letter-like strokes that stand in one row or one column of a picture."""
    best = 0
    for side in SEARCH_PX:
        grey = _reduced(pixels, side)
        if grey is None:
            continue
        for how in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            square = np.ones((STROKE_PX, STROKE_PX), np.uint8)
            strokes = np.asarray(cv2.morphologyEx(grey, how, square) > CONTRAST, np.uint8)
            letters = _letters(strokes)
            best = max(best, _most_in_row(letters), _most_in_row(letters[:, [1, 0, 3, 2]]))
    return best


def may_hold_writing(pixels: Pixels) -> bool:
    """Tell whether it is worth while to read the picture."""
    return longest_row(pixels) >= MIN_LETTERS


def _reduced(pixels: Pixels, side: int) -> Grey | None:
    """Return the picture in grey, or null where a picture that small has been looked at."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1 and side != SEARCH_PX[0]:
        return None
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _letters(strokes: Grey) -> Letters:
    """Return the connected strokes that have a letter's size and are no solid blot, no thread."""
    _count, _labels, stats, _middles = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    left, top, width, height, inked = np.asarray(stats[1:], np.int32).T
    low, high = HEIGHTS
    tall = (np.maximum(width, height) >= low) & (np.maximum(width, height) <= high * 2)
    small = np.minimum(width, height) <= high
    filled = inked / np.maximum(width * height, 1)
    kept = tall & small & (inked >= low) & (filled > 0.12)
    return np.asarray(np.stack([left, top, width, height], axis=1)[kept], np.int32)


def _most_in_row(letters: Letters) -> int:
    """Return the most letters that follow one another, of about one height and on one line."""
    rows = letters[(letters[:, 3] >= HEIGHTS[0]) & (letters[:, 3] <= HEIGHTS[1])]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    run = np.ones(len(rows), np.int32)
    for n in range(1, len(rows)):
        earlier = rows[max(0, n - 60) : n]
        left, top, _width, height = rows[n]
        gap = left - earlier[:, 0] - earlier[:, 2]
        alike = (earlier[:, 3] < height * 1.9) & (height < earlier[:, 3] * 1.9)
        tops, bottoms = earlier[:, 1] - top, earlier[:, 1] + earlier[:, 3] - top - height
        off = np.minimum(np.abs(tops), np.abs(bottoms))
        level = off < 0.35 * np.maximum(earlier[:, 3], height)
        near = (gap > -0.3 * height) & (gap < 1.3 * height) & alike & level
        if near.any():
            run[n] = 1 + int(run[max(0, n - 60) : n][near].max())
    return int(run.max()) if len(run) else 0
