"""The plain way: cut again and again at the widest white or black gutter, and nothing else."""

from __future__ import annotations

import cv2
import numpy as np

Box = tuple[int, int, int, int]


def cut_at_gutters(pixels: np.ndarray) -> list[Box]:
    """Return the boxes between gutters, for the ground that gives more of them."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    best: list[Box] = []
    for level in (255, 0):
        ink = cv2.absdiff(grey, np.full_like(grey, level)) > 14
        boxes = _cut(ink, (0, 0, width, height), 0.06 * min(width, height))
        best = max(best, boxes, key=len)
    return best or [(0, 0, width, height)]


def _cut(ink: np.ndarray, box: Box, least: float) -> list[Box]:
    x0, y0, x1, y1 = box
    rows, columns = (ink[y0:y1, x0:x1].mean(axis) > 0.006 for axis in (1, 0))
    if not rows.any() or not columns.any():
        return []
    (top, bottom), (left, right) = (np.flatnonzero(each)[[0, -1]] for each in (rows, columns))
    x0, y0, x1, y1 = x0 + left, y0 + top, x0 + right + 1, y0 + bottom + 1
    if min(x1 - x0, y1 - y0) < least:
        return []
    widest = max(
        (
            (b - a - 1, axis, int(a) + 1, int(b))
            for axis in (1, 0)
            for a, b in _gaps(ink[y0:y1, x0:x1].mean(axis) > 0.006)
        ),
        default=None,
    )
    if widest is None:
        return [(int(x0), int(y0), int(x1), int(y1))]
    _, axis, a, b = widest
    if axis == 1:
        return _cut(ink, (x0, y0, x1, y0 + a), least) + _cut(ink, (x0, y0 + b, x1, y1), least)
    return _cut(ink, (x0, y0, x0 + a, y1), least) + _cut(ink, (x0 + b, y0, x1, y1), least)


def _gaps(inked: np.ndarray) -> list[tuple[int, int]]:
    places = np.flatnonzero(inked)
    wide = np.flatnonzero(np.diff(places) > 2)
    return [(int(places[n]), int(places[n + 1])) for n in wide]
