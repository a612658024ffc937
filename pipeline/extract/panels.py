"""Cut a compound figure into its panels, where flat gutters leave no doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import cv2
import numpy as np

from pipeline.images.decode import Pixels

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]  # brightness, red and blue difference, as in JPEG

MAX_PANELS = 26
_TOLERANCE = 16  # grey levels by which a pixel of a gutter may differ from its colour
_CHROMA_TOLERANCE = 20
_MEAN_TOLERANCE = 5  # the same for the mean of a whole line
_PURE_TOLERANCE = 8  # the same where the gutter is white or black, which skin never is
_MAX_STRAY_SHARE = 0.006  # of a gutter's line: JPEG ringing, dust
_MIN_GUTTER_PX = 2
_MIN_SIDE_SHARE = 0.08  # of the figure's shorter side; what is thinner is a letter or a caption
_MIN_SIDE_PX = 32
_MIN_AREA_SHARE = 0.015
_SOLID_SHARE = 0.5  # a photograph fills its box; a chart or a text does not
_MIN_COVERED_SHARE = 0.45
_MAX_DEPTH = 8
_MAX_SIDE_PX = 1600  # larger figures are looked at in every n-th pixel
_WHITE, _BLACK = 247, 8  # greys that stand for pure white and black
_LEVELS = 6
_EDGE_PX, _EDGE_SHARE = 5, 0.4
_CORE_TOLERANCE = 1.5  # mean difference in the flattest line of a gutter that is not pure

Counts = np.ndarray[Any, np.dtype[np.integer[Any] | np.floating[Any]]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: left, top, right, bottom in pixels; its letter in reading order; 0 to 1."""

    box: Box
    letter: str | None
    confidence: float


class _Piece(NamedTuple):
    box: Box
    solid: bool


class _Sums(NamedTuple):
    """Running sums over a figure: pixels that differ from a gutter's grey, and by how much.

    ``pure`` tells that the grey is white or black.
    """

    stray: Counts
    distance: Counts
    pure: bool


def split_panels(pixels: Pixels) -> list[Panel]:
    """Return the panels in reading order, lettered from `a`; unsure means one panel, the whole.

    Gutters may have any flat colour but must run straight across the figure, or across a part of
    it that other gutters have cut off. What stands outside the panels (letters, captions) is left
    out. ``pixels`` is RGB, shape (height, width, 3).
    """
    height, width = pixels.shape[:2]
    whole = [Panel((0, 0, width, height), None, 1.0)]
    if min(height, width) < 2 * _MIN_SIDE_PX:
        return whole
    stride = -(-max(height, width) // _MAX_SIDE_PX)
    seen = _ycrcb(np.ascontiguousarray(pixels[::stride, ::stride]))
    best: list[_Piece] = []
    for colour in _gutter_colours(seen):
        pieces = _split(seen, colour)
        if _worth(pieces) > _worth(best):
            best = pieces
    if not best:
        return whole
    return [
        Panel(_scaled(piece.box, stride, width, height), chr(ord("a") + place), _sure(piece, best))
        for place, piece in enumerate(best)
    ]


def _sure(piece: _Piece, pieces: list[_Piece]) -> float:
    if not piece.solid:
        return 0.5
    return 0.95 if all(each.solid for each in pieces) else 0.8


def _worth(pieces: list[_Piece]) -> tuple[int, int]:
    return sum(piece.solid for piece in pieces), sum(_area(piece.box) for piece in pieces)


def _scaled(box: Box, stride: int, width: int, height: int) -> Box:
    left, top, right, bottom = (side * stride for side in box)
    return left, top, min(right, width), min(bottom, height)


def _ycrcb(pixels: Pixels) -> Pixels:
    seen: Pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb), np.uint8)
    return seen


def _gutter_colours(seen: Pixels) -> list[Colour]:
    """Return the colours of lines that are flat from side to side: white, black, the commonest."""
    found: dict[int, list[Colour]] = {}
    for lines in (seen[:, ::4], seen[::4].swapaxes(0, 1)):
        grey = np.ascontiguousarray(lines[..., 0])
        middle = np.median(grey, axis=1).astype(np.uint8)
        stray = cv2.absdiff(grey, np.tile(middle[:, None], grey.shape[1])) > _TOLERANCE
        for line in np.flatnonzero(stray.mean(axis=1) <= 2 * _MAX_STRAY_SHARE):
            level = int(middle[line])
            level = 255 if level >= _WHITE else 0 if level <= _BLACK else level
            near = next((each for each in found if abs(level - each) <= 2), level)
            red, blue = np.median(lines[line, :, 1:], axis=0)
            found.setdefault(near, []).append((near, int(red), int(blue)))
    common = sorted(found, key=lambda each: (each not in (0, 255), -len(found[each]), each))
    return [found[level][len(found[level]) // 2] for level in common[:_LEVELS]]


def _split(seen: Pixels, colour: Colour) -> list[_Piece]:
    """Return the panels between gutters of one colour, or none if that leaves a doubt."""
    differs = cv2.absdiff(seen, np.full_like(seen, colour))
    distance, red, blue = cv2.split(differs)
    stray = distance > _TOLERANCE
    pure = colour[0] in (0, 255)
    if not pure:
        # colour bleeds from the panels into the gutters of a JPEG, so it may differ by more
        stray |= cv2.max(red, blue) > _CHROMA_TOLERANCE
    sums = _Sums(cv2.integral(stray.astype(np.uint8)), cv2.integral(distance), pure)
    height, width = seen.shape[:2]
    pieces = _cut(sums, (0, 0, width, height), _least(width, height), 0)
    solid = [piece for piece in pieces if piece.solid]
    covered = sum(_area(piece.box) for piece in pieces) / (width * height)
    if not 2 <= len(pieces) <= MAX_PANELS or len(solid) < 2 or covered < _MIN_COVERED_SHARE:
        return []
    return pieces


def _least(width: int, height: int) -> tuple[float, float]:
    """Return the least side and the least area of a panel, in pixels."""
    side = max(_MIN_SIDE_PX / 2, _MIN_SIDE_SHARE * min(width, height))
    return side, _MIN_AREA_SHARE * width * height


def _cut(sums: _Sums, box: Box, least: tuple[float, float], depth: int) -> list[_Piece]:
    """Return the panels in a box: rows first, then columns, as one reads."""
    trimmed = _trim(sums, box)
    if trimmed is None:
        return []
    left, top, right, bottom = trimmed
    width, height = right - left, bottom - top
    if min(width, height) < least[0] or width * height < least[1]:
        return []
    if depth < _MAX_DEPTH:
        for axis in (0, 1):
            spans = _spans(sums, trimmed, axis)
            if len(spans) < 2:
                continue
            inside = [_cut(sums, _slab(trimmed, axis, each), least, depth + 1) for each in spans]
            if any(piece.solid for pieces in inside for piece in pieces):
                return [
                    piece
                    for span, pieces in _joined(spans, inside)
                    for piece in pieces or _whole(sums, _slab(trimmed, axis, span), least)
                ]
    return _whole(sums, trimmed, least)


def _slab(box: Box, axis: int, span: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    if axis == 0:
        return left, top + span[0], right, top + span[1]
    return left + span[0], top, left + span[1], bottom


def _joined(
    spans: list[tuple[int, int]], inside: list[list[_Piece]]
) -> Iterator[tuple[tuple[int, int], list[_Piece]]]:
    """Yield spans with their panels; those with no photograph that stand close become one span.

    The parts of a chart (axis, plot, legend) are closer to each other than panels are.
    """
    gaps = [after[0] - before[1] for before, after in pairwise(spans)]
    close = max(gaps) / 2
    start = 0
    for place, pieces in enumerate(inside):
        is_last = place + 1 == len(spans)
        sparse = not any(piece.solid for piece in pieces)
        if not is_last and sparse and gaps[place] < close:
            following = inside[place + 1]
            if not any(piece.solid for piece in following):
                continue
        yield (spans[start][0], spans[place][1]), pieces if start == place else []
        start = place + 1


def _whole(sums: _Sums, box: Box, least: tuple[float, float]) -> list[_Piece]:
    """Return a box as one panel, unless it is too small for one."""
    trimmed = _trim(sums, box)
    if trimmed is None:
        return []
    width, height = trimmed[2] - trimmed[0], trimmed[3] - trimmed[1]
    if min(width, height) < least[0] or width * height < least[1]:
        return []
    filled = int(_line_sums(sums.stray, trimmed, 0).sum()) / (width * height)
    return [_Piece(trimmed, filled >= _SOLID_SHARE)]


def _line_sums(running: Counts, box: Box, axis: int) -> Counts:
    """Return the sums of the rows (axis 0) or columns (axis 1) of a box."""
    left, top, right, bottom = box
    if axis == 0:
        along = running[top : bottom + 1, right] - running[top : bottom + 1, left]
    else:
        along = running[bottom, left : right + 1] - running[top, left : right + 1]
    return np.diff(along)


def _flat(sums: _Sums, box: Box, axis: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which rows (axis 0) or columns (axis 1) of a box have the gutter's grey throughout."""
    length = box[2] - box[0] if axis == 0 else box[3] - box[1]
    stray = _line_sums(sums.stray, box, axis) <= _MAX_STRAY_SHARE * length
    tolerance = _PURE_TOLERANCE if sums.pure else _MEAN_TOLERANCE
    near = _line_sums(sums.distance, box, axis) <= tolerance * length
    flat: np.ndarray[tuple[int], np.dtype[np.bool_]] = stray & near
    return flat


def _trim(sums: _Sums, box: Box) -> Box | None:
    """Return the box without margins in the gutter's colour; of an empty one, nothing."""
    left, top, right, bottom = box
    if right <= left or bottom <= top:
        return None
    rows = np.flatnonzero(~_flat(sums, box, 0))
    columns = np.flatnonzero(~_flat(sums, box, 1))
    if not len(rows) or not len(columns):
        return None
    return (
        left + int(columns[0]),
        top + int(rows[0]),
        left + int(columns[-1]) + 1,
        top + int(rows[-1]) + 1,
    )


def _spans(sums: _Sums, box: Box, axis: int) -> list[tuple[int, int]]:
    """Return (start, end) of what lies between the gutters that cross a box, in pixels of it."""
    flat = _flat(sums, box, axis)
    length = box[2] - box[0] if axis == 0 else box[3] - box[1]
    stray = _line_sums(sums.stray, box, axis) / length
    distance = _line_sums(sums.distance, box, axis) / length
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False])).astype(np.int8)))
    spans = []
    start = 0
    for begins, ends in zip(edges[::2], edges[1::2], strict=True):
        is_gutter = ends - begins >= _MIN_GUTTER_PX and begins > 0 and ends < len(flat)
        if is_gutter and (sums.pure or _is_sharp(stray, distance, int(begins), int(ends))):
            spans.append((start, int(begins)))
            start = int(ends)
    spans.append((start, len(flat)))
    return [(a, b) for a, b in spans if b > a]


def _is_sharp(stray: Counts, distance: Counts, begins: int, ends: int) -> bool:
    """Tell whether a gutter is quite flat inside and ends abruptly, as smooth skin does not.

    ``stray`` is the share of pixels in each line that are not of the gutter's grey, ``distance``
    their mean difference from it.
    """
    before, after = stray[max(0, begins - _EDGE_PX) : begins], stray[ends : ends + _EDGE_PX]
    # beyond the other side there may be no more than a letter
    sharp = max(before.max(), after.max()) >= _EDGE_SHARE
    return bool(sharp and distance[begins:ends].min() <= _CORE_TOLERANCE)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
