"""Pictures that a PDF's producer cut into strips or tiles, put together again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.extract.deck import Box, around
from pipeline.images.decode import MAX_PIXELS, PictureError, Pixels

_TOUCH = 0.75  # points between two pieces that touch
_OFF_GRID = 0.013  # points: edges are compared in whole points, and many stand at half ones
_SEAM_GAIN, _SEAM_FLOOR = 2.5, 4.0  # how much a seam may differ more than its neighbouring lines


@dataclass(frozen=True, slots=True)
class Piece:
    """A displayed picture, which may be a part of one. Sizes in pixels as the page turns it."""

    locator: str
    box: Box
    width_px: int
    height_px: int
    digest: bytes
    load: Callable[[], Pixels]
    crop: Box | None = None
    is_plain: bool = True


def join_strips(pieces: Sequence[Piece]) -> list[Piece]:
    """Join pieces that touch along a whole side and go on in each other.

    Whether one picture goes on in the next is told by the pixels along the seam: two pictures
    that merely touch differ there.
    """
    return _joined_along(_joined_along(pieces, 1), 0)


def _joined_along(pieces: Sequence[Piece], axis: int) -> list[Piece]:
    """Join pieces that follow each other downwards (axis 1) or to the right (axis 0)."""
    ordered = sorted(pieces, key=lambda each: (_side(each, axis), each.box[axis], each.locator))
    found: list[Piece] = []
    for run in _runs(ordered, axis):
        found.extend(_joined(part, axis) for part in _split_at_seams(run, axis))
    return found


def _side(piece: Piece, axis: int) -> tuple[float, float, int]:
    """Return what pieces of one strip share: two edges, and the pixels between them."""
    across = 1 - axis
    length = piece.width_px if axis == 1 else piece.height_px
    return (round(piece.box[across] + _OFF_GRID), round(piece.box[across + 2] + _OFF_GRID), length)


def _runs(ordered: Sequence[Piece], axis: int) -> Iterable[list[Piece]]:
    """Yield the pieces in runs that touch each other."""
    run: list[Piece] = []
    for piece in ordered:
        if run and not _touch(run[-1], piece, axis):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _touch(before: Piece, piece: Piece, axis: int) -> bool:
    is_whole = all(each.is_plain and each.crop is None for each in (before, piece))
    gap = abs(piece.box[axis] - before.box[axis + 2])
    return is_whole and _side(before, axis) == _side(piece, axis) and gap <= _TOUCH


def _split_at_seams(run: Sequence[Piece], axis: int) -> Iterable[list[Piece]]:
    """Yield the parts of a run within which one piece goes on in the next."""
    part = [run[0]]
    last = _loaded(run[0]) if len(run) > 1 else None
    for piece in run[1:]:
        pixels = _loaded(piece)
        if last is None or pixels is None or not _goes_on(last, pixels, axis):
            yield part
            part = []
        part.append(piece)
        last = pixels
    yield part


def _loaded(piece: Piece) -> Pixels | None:
    try:
        return piece.load()
    except PictureError:
        return None


def _goes_on(before: Pixels, after: Pixels, axis: int) -> bool:
    """Tell whether two pieces differ along their seam about as much as their lines do inside."""
    one, two = (before, after) if axis == 1 else (before.swapaxes(0, 1), after.swapaxes(0, 1))
    if one.shape[1] != two.shape[1]:
        return False
    lines = np.concatenate([one[-4:], two[:4]]).astype(np.float32)
    steps = np.abs(np.diff(lines, axis=0)).mean(axis=(1, 2))
    seam = min(len(one), 4) - 1
    inside = np.delete(steps, seam)
    usual = float(np.median(inside)) if len(inside) else 0.0
    return bool(steps[seam] <= _SEAM_GAIN * usual + _SEAM_FLOOR)


def _joined(pieces: Sequence[Piece], axis: int) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    widths, heights = [each.width_px for each in pieces], [each.height_px for each in pieces]
    size = (sum(widths), heights[0]) if axis == 0 else (widths[0], sum(heights))
    return Piece(
        pieces[0].locator,
        around(*(each.box for each in pieces)),
        *size,
        hashlib.sha256(b"".join(each.digest for each in pieces)).digest(),
        partial(_stacked, tuple(each.load for each in pieces), axis, size[0] * size[1]),
    )


def _stacked(loads: Sequence[Callable[[], Pixels]], axis: int, n_pixels: int) -> Pixels:
    if n_pixels > MAX_PIXELS:
        why = f"its parts have {n_pixels:,} pixels together, at most {MAX_PIXELS:,} are decoded"
        raise PictureError("too_large", why)
    return np.concatenate([load() for load in loads], axis=1 - axis)
