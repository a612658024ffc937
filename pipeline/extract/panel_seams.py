"""Seams: straight edges from side to side where two pictures touch without a gutter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from pipeline.extract.panel_cuts import Least, Piece, is_drawn
from pipeline.extract.panel_gutters import Box
from pipeline.images.decode import Pixels

_BLOCK_PX = 8
_MIN_STEP = 5.0  # grey levels between the two sides of a block
_MIN_REST = 3.5  # what must be left of it farther away, where that of a thin line is gone
_MIN_CONTRAST = 2.5  # times what steps there are close by
_MIN_SHARE, _MIN_DEEPER_SHARE = 0.6, 0.5  # of a seam's blocks; where others are found already
_CLEAR_SHARE = 0.55  # where parts are not equal
_SHARE_OF_TWO = 0.8  # the same of no more than two seams
_MIN_PIECE_SHARE = 0.14  # of the box's extent
_EVEN_SHARE = 0.008  # by which a piece may differ from an equal part

Steps = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class _Tree:
    """A box, cut at seams or not; their number, whether all part it evenly, the weakest's share."""

    boxes: tuple[Box, ...]
    n_seams: int
    axes: frozenset[int]
    is_even: bool
    weakest: float


def cut_at_seams(seen: Pixels, box: Box, least: Least) -> list[Piece]:
    """Return the pictures that touch in a box, in reading order; none unless it is sure.

    A lone straight edge may be a table's or a drape's, so there must be two at least, and they must
    make equal parts or go both ways and be clear. ``seen`` is YCrCb, shape (height, width, 3).
    """
    tree = _divide(seen, box, least, 0)
    least_share = _CLEAR_SHARE if tree.n_seams > 2 else _SHARE_OF_TWO
    is_clear = len(tree.axes) == 2 and tree.weakest >= least_share
    if tree.n_seams < 2 or not (is_clear or tree.is_even):
        return []
    if any(is_drawn(seen[..., 0], each) for each in tree.boxes):
        return []  # a margin, a strip of words or a bar of a chart
    return [Piece(each, True, "seam") for each in tree.boxes]


def _divide(seen: Pixels, box: Box, least: Least, depth: int) -> _Tree:
    for axis in (0, 1) if depth < 3 else ():
        places, weakest = _seams(seen, box, axis, least, depth)
        if not places:
            continue
        trees = [
            _divide(seen, _slab(box, axis, each), least, depth + 1) for each in pairwise(places)
        ]
        length = places[-1] - places[0]
        equal = length / (len(places) - 1)
        slack = max(2.0, _EVEN_SHARE * length)
        is_even = all(abs(b - a - equal) <= slack for a, b in pairwise(places))
        return _Tree(
            tuple(each for tree in trees for each in tree.boxes),
            len(places) - 2 + sum(tree.n_seams for tree in trees),
            frozenset({axis}).union(*(tree.axes for tree in trees)),
            is_even and all(tree.is_even for tree in trees),
            min(weakest, *(tree.weakest for tree in trees)),
        )
    return _Tree((box,), 0, frozenset(), True, 1.0)


def _slab(box: Box, axis: int, ends: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    return (left, ends[0], right, ends[1]) if axis == 0 else (ends[0], top, ends[1], bottom)


def _seams(seen: Pixels, box: Box, axis: int, least: Least, depth: int) -> tuple[list[int], float]:
    """Return places of seams across an axis with the box's own ends, or none; the weakest share."""
    left, top, right, bottom = box
    part = seen[top:bottom, left:right]
    if axis == 0:
        part = part.swapaxes(0, 1)
    if part.shape[0] < 6 * _BLOCK_PX or part.shape[1] < 2 * least.side:
        return [], 1.0
    share = _seam_shares(np.ascontiguousarray(part))
    start = top if axis == 0 else left
    length = len(share)
    margin = max(least.side, _MIN_PIECE_SHARE * length)
    places: list[int] = []
    for place in np.flatnonzero(share >= (_MIN_DEEPER_SHARE if depth else _MIN_SHARE)):
        near = share[max(0, place - 4) : place + 5]
        if share[place] == near.max() and (not places or place - places[-1] > 4):
            places.append(int(place))
    ends = [0, *places, length]
    if not places or min(b - a for a, b in pairwise(ends)) < margin:
        return [], 1.0
    return [start + each for each in ends], float(share[places].min())


def _seam_shares(part: Pixels) -> Steps:
    """Return, per column, the share of blocks of rows that step there and not close by."""
    height, width = part.shape[:2]
    blocks = max(1, height // _BLOCK_PX)
    rows = cv2.resize(part, (width, blocks), interpolation=cv2.INTER_AREA).astype(np.float32)
    steps = np.zeros((blocks, width), np.float32)
    ahead = rows[:, 2:-1] + rows[:, 3:]
    behind = rows[:, 1:-2] + rows[:, :-3]
    steps[:, 2:-1] = np.abs(ahead - behind).max(axis=2) / 2
    beyond = np.zeros_like(steps)
    beyond[:, 5:-4] = np.abs(rows[:, 9:] - rows[:, :-9]).max(axis=2)
    around = cv2.blur(steps, (19, 1)) * 19 - cv2.blur(steps, (7, 1)) * 7
    close = np.maximum(around / 12, 0.5)
    marked = (steps >= _MIN_STEP) & (steps >= _MIN_CONTRAST * close) & (beyond >= _MIN_REST)
    return np.asarray(marked.mean(axis=0), np.float32)
