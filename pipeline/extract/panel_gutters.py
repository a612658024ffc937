"""Gutters: flat strips of one colour that run straight between the panels of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from pipeline.images.decode import Pixels

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels
Span = tuple[int, int]
Colour = tuple[int, int, int]  # brightness, red and blue difference, as in JPEG
Grey = np.ndarray[Any, np.dtype[np.uint8]]
Counts = np.ndarray[Any, np.dtype[np.integer[Any] | np.floating[Any]]]

_TOLERANCE = 16  # grey levels by which a pixel of a gutter may differ from its colour
_LOOSE_TOLERANCE = 44  # the same in a gutter so narrow that a JPEG's ringing fills it
_CHROMA_TOLERANCE = 20
_MEAN_TOLERANCE = 5  # the same for the mean of a whole line
_PURE_TOLERANCE = 8  # the same where the gutter is white or black, which skin never is
_MAX_STRAY_SHARE = 0.006  # of a gutter's line: JPEG ringing, dust
_MIN_GUTTER_PX = 2
_MAX_NARROW_PX = 6
_WHITE, _BLACK = 247, 8  # greys that stand for pure white and black
_LEVELS = 5
_MIN_GROUND_SHARE = 0.003
_EDGE_PX, _EDGE_SHARE = 3, 0.3
_CORE_TOLERANCE = 1.5  # mean difference in the flattest line of a gutter that is not pure
_END_SHARE, _MAX_END_PX = 0.012, 10  # of a line's ends, where a frame may cross the gutter


@dataclass(frozen=True, slots=True)
class Ground:
    """A gutter's colour, and running sums of what differs from it all over a figure.

    ``stray`` counts the pixels that differ, ``far`` those that differ by much; ``distance`` adds up
    by how much. ``is_pure`` tells that the colour is white or black; ``grey`` is the figure itself.
    """

    colour: Colour
    stray: Counts
    far: Counts
    distance: Counts
    is_pure: bool
    grey: Grey


@dataclass(frozen=True, slots=True)
class Lines:
    """Of each row or column of a box: which are flat, and shares of pixels off the ground."""

    flat: np.ndarray[tuple[int], np.dtype[np.bool_]]
    stray: Counts
    far: Counts
    distance: Counts


def gutter_colours(seen: Pixels) -> list[Colour]:
    """Return white and black where there is some, then the colours of the flattest lines.

    ``seen`` is YCrCb, shape (height, width, 3).
    """
    few = seen[1::3, 1::3]
    grey = few[..., 0]
    colours = [
        (level, 128, 128)
        for level, there in ((255, grey >= _WHITE), (0, grey <= _BLACK))
        if np.count_nonzero(there) >= _MIN_GROUND_SHARE * there.size
    ]
    ranked = sorted([*_line_colours(seen), *_common_colours(few)])
    for _, level, red, blue in ranked:
        if _BLACK < level < _WHITE and all(abs(level - each) > 3 for each, _, _ in colours):
            colours.append((level, red, blue))
    return colours[:_LEVELS]


def _line_colours(seen: Pixels) -> list[tuple[float, int, int, int]]:
    """Return colours of lines that are flat from side to side, each after its unevenness."""
    found = []
    for lines in (seen[:, ::4], seen[::4].swapaxes(0, 1)):
        grey = np.ascontiguousarray(lines[..., 0])
        middle = np.median(grey, axis=1).astype(np.uint8)
        off = cv2.absdiff(grey, np.tile(middle[:, None], grey.shape[1]))
        stray = (off > _TOLERANCE).mean(axis=1)
        uneven = np.minimum(off, _TOLERANCE).mean(axis=1)
        for line in np.flatnonzero(stray <= 4 * _MAX_STRAY_SHARE):
            red, blue = np.median(lines[line, :, 1:], axis=0)
            found.append((round(float(uneven[line]), 1), int(middle[line]), int(red), int(blue)))
    return found


def _common_colours(few: Pixels) -> list[tuple[float, int, int, int]]:
    """Return the colours that many pixels share to the letter, as those of a drawn gutter do."""
    flat = few.reshape(-1, 3).astype(np.int32)
    packed = (flat[:, 0] >> 1) << 10 | (flat[:, 1] >> 3) << 5 | flat[:, 2] >> 3
    counts = np.bincount(packed)
    best = np.argsort(-counts, kind="stable")[:2]
    found = []
    for each in best[counts[best] >= 0.015 * len(flat)]:
        level, red, blue = np.median(flat[packed == each], axis=0)
        found.append((2.0, int(level), int(red), int(blue)))
    return found


def difference(seen: Pixels, colour: Colour) -> Pixels:
    """Return by how much every channel of every pixel differs from a colour."""
    ground = cv2.merge([np.full(seen.shape[:2], each, np.uint8) for each in colour])
    return np.asarray(cv2.absdiff(seen, ground), np.uint8)


def make_ground(seen: Pixels, colour: Colour) -> Ground:
    """Return the running sums of a figure for one colour of its gutters."""
    differs = difference(seen, colour)
    distance, red, blue = cv2.split(differs)
    stray = distance > _TOLERANCE
    is_pure = colour[0] in (0, 255)
    if not is_pure:
        # colour bleeds from the panels into the gutters of a JPEG, so it may differ by more
        stray |= cv2.max(red, blue) > _CHROMA_TOLERANCE
    return Ground(
        colour,
        cv2.integral(stray.view(np.uint8)),
        cv2.integral((distance > _LOOSE_TOLERANCE).view(np.uint8)),
        cv2.integral(distance),
        is_pure,
        seen[..., 0],
    )


def filled_share(ground: Ground, box: Box) -> float:
    """Return the share of a box that is not of the gutter's colour."""
    left, top, right, bottom = box
    sums = ground.stray
    stray = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return float(stray) / ((right - left) * (bottom - top))


def lines_of(ground: Ground, box: Box, axis: int) -> Lines:
    """Measure the rows (axis 0) or columns (axis 1) of a box, but for their very ends."""
    left, top, right, bottom = box
    length = right - left if axis == 0 else bottom - top
    end = min(_MAX_END_PX, int(_END_SHARE * length))
    inner = (left + end, top, right - end, bottom)
    if axis == 1:
        inner = (left, top + end, right, bottom - end)
    length -= 2 * end
    stray = _line_sums(ground.stray, inner, axis) / length
    distance = _line_sums(ground.distance, inner, axis) / length
    far = _line_sums(ground.far, inner, axis) / length
    tolerance = _PURE_TOLERANCE if ground.is_pure else _MEAN_TOLERANCE
    flat = (stray <= _MAX_STRAY_SHARE + 1.5 / length) & (distance <= tolerance)
    return Lines(flat, stray, far, distance)


def _line_sums(running: Counts, box: Box, axis: int) -> Counts:
    left, top, right, bottom = box
    if axis == 0:
        along = running[top : bottom + 1, right] - running[top : bottom + 1, left]
    else:
        along = running[bottom, left : right + 1] - running[top, left : right + 1]
    return np.diff(along)


def trim(ground: Ground, box: Box) -> Box | None:
    """Return the box without margins in the gutter's colour; of an empty one, nothing."""
    left, top, right, bottom = box
    if right <= left or bottom <= top:
        return None
    rows = np.flatnonzero(~lines_of(ground, box, 0).flat)
    columns = np.flatnonzero(~lines_of(ground, box, 1).flat)
    if not len(rows) or not len(columns):
        return None
    return (
        left + int(columns[0]),
        top + int(rows[0]),
        left + int(columns[-1]) + 1,
        top + int(rows[-1]) + 1,
    )


def spans_of(ground: Ground, box: Box, axis: int) -> list[Span]:
    """Return (start, end) of what lies between the gutters that cross a box, in pixels of it."""
    lines = lines_of(ground, box, axis)
    spans, start = [], 0
    for begins, ends in sorted({*_wide(lines, ground.is_pure), *_narrow(lines)}):
        if begins >= start:
            spans.append((start, begins))
            start = ends
    spans.append((start, len(lines.flat)))
    return [(a, b) for a, b in spans if b > a]


def _wide(lines: Lines, is_pure: bool) -> list[Span]:
    """Return the gutters whose every line is flat; unless white or black they must be sharp."""
    return [
        (begins, ends)
        for begins, ends in runs(lines.flat)
        if ends - begins >= _MIN_GUTTER_PX
        and begins > 0
        and ends < len(lines.flat)
        and (is_pure or _is_sharp(lines, begins, ends))
    ]


def _is_sharp(lines: Lines, begins: int, ends: int) -> bool:
    """Tell whether a gutter is quite flat inside and ends abruptly, as smooth skin does not."""
    before = lines.stray[max(0, begins - _EDGE_PX) : begins]
    after = lines.stray[ends : ends + _EDGE_PX]
    # beyond the other side there may be no more than a letter
    sharp = max(before.max(), after.max()) >= _EDGE_SHARE
    return bool(sharp and lines.distance[begins:ends].min() <= _CORE_TOLERANCE)


def _narrow(lines: Lines) -> list[Span]:
    """Return ridges of a few lines with something else close by on both sides of them."""
    near = (lines.far <= 0.02) & (lines.stray <= 0.3)
    found = []
    for begins, ends in runs(near):
        if not (_MIN_GUTTER_PX <= ends - begins <= _MAX_NARROW_PX) or lines.flat[begins:ends].all():
            continue
        before, after = lines.far[max(0, begins - 3) : begins], lines.far[ends : ends + 3]
        if len(before) and len(after) and min(before.max(), after.max()) >= 0.5:
            found.append((begins, ends))
    return found


def runs(marked: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Span]:
    """Return (start, end) of every run of marked lines."""
    padded = np.concatenate(([False], marked, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
