"""Cutting a figure at the gutters of one colour, again and again, into rows and columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from pipeline.extract.panel_gutters import Box, Grey, Ground, Span, filled_share, spans_of, trim

Cut = Literal["gutter", "islands", "seam"]

MIN_SIDE_PX = 32
_MIN_SIDE_SHARE = 0.08  # of the figure's shorter side; what is thinner is a letter or a caption
_MIN_AREA_SHARE = 0.015
_SOLID_SHARE = 0.5  # a photograph fills its box; a chart or a text does not
_DRAWN_LEVELS, _DRAWN_SHARE = 6, 0.72  # so many levels of grey make up so much of a drawing
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a figure. One that is ``solid`` fills its box as a photograph does."""

    box: Box
    solid: bool
    cut: Cut = "gutter"


@dataclass(frozen=True, slots=True)
class Least:
    """The least side and the least area of a panel, in pixels."""

    side: float
    area: float

    def admits(self, box: Box) -> bool:
        """Tell whether a box is large enough."""
        return min(box[2] - box[0], box[3] - box[1]) >= self.side and area_of(box) >= self.area


def least_of(width: int, height: int) -> Least:
    """Return the least size of a panel in a figure of a size."""
    side = max(MIN_SIDE_PX / 2, _MIN_SIDE_SHARE * min(width, height))
    return Least(side, _MIN_AREA_SHARE * width * height)


def area_of(box: Box) -> int:
    """Return the area of a box."""
    return (box[2] - box[0]) * (box[3] - box[1])


def cut_at_gutters(ground: Ground, box: Box, least: Least, depth: int = 0) -> list[Piece]:
    """Return the pieces of a box: rows first, then columns, as one reads."""
    trimmed = trim(ground, box)
    if trimmed is None or not least.admits(trimmed):
        return []
    if depth < _MAX_DEPTH:
        for axis in (0, 1):
            spans = spans_of(ground, trimmed, axis)
            if len(spans) < 2:
                continue
            slabs = [_slab(trimmed, axis, each) for each in spans]
            inside = [cut_at_gutters(ground, each, least, depth + 1) for each in slabs]
            if any(piece.solid for pieces in inside for piece in pieces):
                return [
                    piece
                    for span, pieces in _joined(spans, inside)
                    for piece in pieces or _whole(ground, _slab(trimmed, axis, span), least)
                ]
    return _whole(ground, trimmed, least)


def _slab(box: Box, axis: int, span: Span) -> Box:
    left, top, right, bottom = box
    if axis == 0:
        return left, top + span[0], right, top + span[1]
    return left + span[0], top, left + span[1], bottom


def _joined(spans: list[Span], inside: list[list[Piece]]) -> Iterator[tuple[Span, list[Piece]]]:
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


def _whole(ground: Ground, box: Box, least: Least) -> list[Piece]:
    """Return a box as one panel, unless it is too small for one."""
    trimmed = trim(ground, box)
    if trimmed is None or not least.admits(trimmed):
        return []
    solid = filled_share(ground, trimmed) >= _SOLID_SHARE and not is_drawn(ground.grey, trimmed)
    return [Piece(trimmed, solid)]


def is_drawn(grey: Grey, box: Box) -> bool:
    """Tell whether a box holds hardly more than a colour or two, as a bar of a chart does."""
    left, top, right, bottom = box
    part = grey[top:bottom:2, left:right:2]
    levels = np.sort(np.bincount(part.ravel(), minlength=256))
    return bool(levels[-_DRAWN_LEVELS:].sum() >= _DRAWN_SHARE * part.size)
