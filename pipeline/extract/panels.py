"""Cut a compound figure into its panels, where gutters or seams leave no doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from pipeline.extract.panel_charts import mend_charts
from pipeline.extract.panel_cuts import (
    MIN_SIDE_PX,
    Cut,
    Piece,
    area_of,
    cut_at_gutters,
    least_of,
)
from pipeline.extract.panel_doubts import goes_on, has_rim, is_barred, without_strips
from pipeline.extract.panel_gutters import Box, gutter_colours, make_ground
from pipeline.extract.panel_islands import find_islands
from pipeline.extract.panel_seams import cut_at_seams
from pipeline.extract.subcaptions import ALPHABET
from pipeline.images.decode import Pixels

MAX_PANELS = 26
_MIN_COVERED_SHARE = 0.45
_ISLAND_COLOURS = 3
_SURE: Mapping[Cut, float] = {"gutter": 0.99, "islands": 0.99, "seam": 0.93}
_SURE_OF_TWO: Mapping[Cut, float] = {"gutter": 0.97, "islands": 0.97, "seam": 0.93}
_MIN_LONE_SHARE = 0.2
_UNEVEN = 1.7
_MAX_SIDE_PX = 1600  # larger figures are looked at in every n-th pixel


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: left, top, right, bottom in pixels; its letter in reading order; 0 to 1."""

    box: Box
    letter: str | None
    confidence: float


def split_panels(pixels: Pixels) -> list[Panel]:
    """Return the panels in reading order, lettered from `a`; unsure means one panel, the whole.

    Gutters may have any flat colour but must run straight. What stands outside the panels (letters,
    captions, legends) is left out. ``pixels`` is RGB, shape (height, width, 3).
    """
    height, width = pixels.shape[:2]
    whole = [Panel((0, 0, width, height), None, 1.0)]
    if min(height, width) < 2 * MIN_SIDE_PX:
        return whole
    stride = -(-max(height, width) // _MAX_SIDE_PX)
    seen = np.asarray(
        cv2.cvtColor(np.ascontiguousarray(pixels[::stride, ::stride]), cv2.COLOR_RGB2YCrCb),
        np.uint8,
    )
    best = _pieces(seen)
    if not best:
        return whole
    return [
        Panel(_scaled(piece.box, stride, width, height), ALPHABET[place], _confidence(piece, best))
        for place, piece in enumerate(best)
    ]


def _confidence(piece: Piece, pieces: list[Piece]) -> float:
    """Return the share of such panels that were right among the figures of the tuning seeds."""
    if not piece.solid:
        return 0.9
    return _SURE[piece.cut] if len(pieces) > 2 else _SURE_OF_TWO[piece.cut]


def _scaled(box: Box, stride: int, width: int, height: int) -> Box:
    left, top, right, bottom = (side * stride for side in box)
    return left, top, min(right, width), min(bottom, height)


def _pieces(seen: Pixels) -> list[Piece]:
    height, width = seen.shape[:2]
    box = (0, 0, width, height)
    least = least_of(width, height)
    colours = gutter_colours(seen)
    best: list[Piece] = []
    for colour in colours:
        ground = make_ground(seen, colour)
        pieces = mend_charts(ground, cut_at_gutters(ground, box, least), least)
        pieces = _covering(pieces, box)
        if not has_rim(pieces, box) and (
            goes_on(seen, pieces, is_pure=ground.is_pure) or is_barred(pieces, box, colour)
        ):
            continue
        if _worth(pieces) > _worth(best):
            best = pieces
    if not best or _is_uneven(best):
        for colour in colours[:_ISLAND_COLOURS]:
            pieces = _covering(find_islands(seen, colour, box, least), box)
            if _worth(pieces) > _worth(best):
                best = pieces
    if not best:
        best = _covering(cut_at_seams(seen, box, least), box)
    return best


def _worth(pieces: list[Piece]) -> tuple[int, int]:
    return sum(piece.solid for piece in pieces), sum(area_of(piece.box) for piece in pieces)


def _is_uneven(pieces: list[Piece]) -> bool:
    """Tell whether a piece is so much larger than the others that it may hold several."""
    areas = [area_of(piece.box) for piece in pieces]
    return max(areas) > _UNEVEN * median(areas)


def _covering(pieces: list[Piece], box: Box) -> list[Piece]:
    """Return the pieces, or none if they leave too much of a box out."""
    pieces = without_strips(pieces)
    solid = [piece for piece in pieces if piece.solid]
    covered = sum(area_of(piece.box) for piece in pieces) / area_of(box)
    if not 2 <= len(pieces) <= MAX_PANELS or not solid or covered < _MIN_COVERED_SHARE:
        return []
    if len(solid) == 1 and area_of(solid[0].box) < _MIN_LONE_SHARE * area_of(box):
        return []  # a bar of a chart more likely than a photograph beside one
    return pieces
