"""What speaks against a cut: a picture that goes on behind a bar, a strip of words."""

from __future__ import annotations

from statistics import median
from typing import Any

import cv2
import numpy as np

from pipeline.extract.panel_cuts import Piece
from pipeline.extract.panel_gutters import Box, Colour
from pipeline.images.decode import Pixels

_BAND_PX = 3
_BLOCK_PX = 8
_AWAY_PX = 3  # from the cut, where colours of both sides mix
_LAGS = (0, 5, 12, 20)  # pixels beyond the far edge at which the picture may go on
_MAX_BAR_SHARE = 0.05
_MIN_RIM_PX = 3
_PAPER, _MAX_TINT = 205, 8  # brightness and colour of paper that is not quite white
_PLAIN = 3.0  # grey levels of standard deviation
_STRIP_SHARE = 0.4  # of the other panels' thickness
_STRIP_LENGTH = 5  # times its thickness

Profile = np.ndarray[Any, np.dtype[np.float32]]


def goes_on(seen: Pixels, pieces: list[Piece], *, is_pure: bool) -> bool:
    """Tell whether one picture goes on behind most of the bars between pieces.

    Bars both ways must all be such bars: a grid that is laid over a picture. Bars that are neither
    white nor black (not ``is_pure``), or stand alone, may be part of the picture: less will do.
    """
    told: list[bool] = []
    is_pure = is_pure and len(pieces) > 2
    n_ways = 0
    for axis, along in enumerate((seen, seen.swapaxes(0, 1))):
        pairs = _neighbours(pieces, axis)
        told += [_is_one_picture(along, one.box, other.box, is_pure) for one, other in pairs]
        n_ways += len(pairs) > 0
    share = sum(told) / max(1, len(told))
    return share > 0.5 if n_ways == 1 else share > 0.9


def without_strips(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces without long thin ones, such as a strip with words on it."""
    if len(pieces) < 3:
        return pieces
    kept = []
    for piece in pieces:
        others = [each.box for each in pieces if each is not piece]
        width, height = piece.box[2] - piece.box[0], piece.box[3] - piece.box[1]
        is_flat = width > _STRIP_LENGTH * height and height < _STRIP_SHARE * median(
            box[3] - box[1] for box in others
        )
        is_upright = height > _STRIP_LENGTH * width and width < _STRIP_SHARE * median(
            box[2] - box[0] for box in others
        )
        if not is_flat and not is_upright:
            kept.append(piece)
    return kept


def _neighbours(pieces: list[Piece], axis: int) -> list[tuple[Piece, Piece]]:
    """Return solid pieces with the next one below (axis 0) or to the right, turned upright."""
    boxes = [
        Piece(piece.box if axis == 0 else _turned(piece.box), True)
        for piece in pieces
        if piece.solid
    ]
    pairs = []
    for one in boxes:
        below = [
            each
            for each in boxes
            if each.box[1] >= one.box[3]
            and min(each.box[2], one.box[2]) - max(each.box[0], one.box[0])
            >= 0.5 * min(each.box[2] - each.box[0], one.box[2] - one.box[0])
        ]
        if below:
            pairs.append((one, min(below, key=lambda each: each.box[1])))
    return pairs


def _turned(box: Box) -> Box:
    return box[1], box[0], box[3], box[2]


def _is_one_picture(seen: Pixels, upper: Box, lower: Box, is_pure: bool) -> bool:
    """Tell whether what is above a bar differs from what is below no more than within itself."""
    left, right = max(upper[0], lower[0]), min(upper[2], lower[2])
    last, first = upper[3] - _AWAY_PX - _BAND_PX, lower[1] + _AWAY_PX
    gap = lower[1] - upper[3]
    above = _profile(seen, last, left, right)
    for beyond in (*_LAGS, gap, 2 * gap):
        lag = first + beyond - last
        if last - lag < upper[1] or first + beyond + lag + _BAND_PX > lower[3]:
            break
        below = _profile(seen, first + beyond, left, right)
        higher = _profile(seen, last - lag, left, right)
        deeper = _profile(seen, first + beyond + lag, left, right)
        within = (np.abs(above - higher).mean() + np.abs(below - deeper).mean()) / 2
        usual = (_likeness(above, higher) + _likeness(below, deeper)) / 2
        if is_pure:
            is_near = np.abs(above - below).mean() <= 1.7 * within + 2
            is_like = _likeness(above, below) >= 0.5
        else:
            is_near = np.abs(above - below).mean() <= 2.3 * within + 2
            is_like = _likeness(above, below) >= 0.5 * usual - 0.15
        if is_near and is_like:
            return True
    return False


def _likeness(one: Profile, other: Profile) -> float:
    """Return how alike brightness goes along two bands, -1 to 1; 1 where it hardly changes."""
    a, b = one[:, 0] - one[:, 0].mean(), other[:, 0] - other[:, 0].mean()
    spread = float(a.std() * b.std())
    return 1.0 if spread < _PLAIN**2 else float(np.mean(a * b)) / spread


def has_rim(pieces: list[Piece], box: Box) -> bool:
    """Tell whether the gutter's colour goes all around the pieces too, as no bar's does."""
    boxes = [piece.box for piece in pieces]
    return bool(boxes) and all(
        rim >= _MIN_RIM_PX
        for rim in (
            min(each[0] for each in boxes) - box[0],
            min(each[1] for each in boxes) - box[1],
            box[2] - max(each[2] for each in boxes),
            box[3] - max(each[3] for each in boxes),
        )
    )


def is_barred(pieces: list[Piece], box: Box, colour: Colour) -> bool:
    """Tell whether two pieces that reach the edges have but a bar or a strip of paper between."""
    if len(pieces) != 2:
        return False
    is_grey = max(abs(colour[1] - 128), abs(colour[2] - 128)) <= _MAX_TINT
    if is_grey and _PAPER <= colour[0] < 255:
        return True
    one, other = (piece.box for piece in pieces)
    for first, last in ((1, 3), (0, 2)):
        gap, extent = other[first] - one[last], box[last] - box[first]
        if gap > _MAX_BAR_SHARE * extent:
            rim = max(one[first] - box[first], box[last] - other[last])
            return rim < 0.5 * gap
    return False


def _profile(seen: Pixels, top: int, left: int, right: int) -> Profile:
    """Return the mean colours along a band of rows, in blocks."""
    band = seen[top : top + _BAND_PX, left:right]
    blocks = max(1, (right - left) // _BLOCK_PX)
    shrunk = cv2.resize(band, (blocks, 1), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk[0], np.float32)
