"""What changed between two frames: another scene, or movement, captions, an inset, a new line."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Luma = np.ndarray[Any, np.dtype[np.uint8]]
Levels = np.ndarray[Any, np.dtype[np.floating[Any]]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

COLUMNS, ROWS = 16, 9  # blocks
THUMB = (64, 36)
SKETCH = (320, 180)
CAPTION_ROWS = 2  # rows of blocks at the bottom, where captions are burned in
_CORNER = (5, 3)  # columns and rows of blocks that a speaker's inset covers at most
_MEAN_CHANGE = 6.0  # grey levels
_BLOCK_CHANGE = 10.0
_BLOCK_SHARE = 0.02
_UNUSUAL = 3.0  # times the usual change: what moves all the time is no new scene
_BLANK_SPREAD = 4.0
_INK, _KEPT, _GROUND = 24, 14, 6  # grey levels within a neighbourhood
_MIN_INK_SHARE = 0.004
_MAX_LOST_SHARE = 0.1
_MAX_LOST_OF_NEW = 0.25
_TRACE_SHARE = 0.04
_MAX_NEW_SHARE = 0.55
_MIN_ON_GROUND_SHARE = 0.7
_NEW_LEVELS = 20
_MIN_SEEN_SHARE = 0.7  # of the picture that is still there after a movement
_MIX_LEVELS = 12
_MAX_MIX_RESIDUAL = 0.25


def _middle() -> Luma:
    """Return half a sketch's mask without the corners, where insets stand while all else moves."""
    rows = ROWS - CAPTION_ROWS
    blocks = np.ones((rows, COLUMNS), np.uint8)
    across, down = _CORNER
    for columns in (slice(across), slice(COLUMNS - across, None)):
        blocks[:down, columns] = 0
        blocks[ROWS - 1 - down :, columns] = 0
    side = SKETCH[0] // COLUMNS // 2
    return np.asarray(blocks.repeat(side, axis=0).repeat(side, axis=1), np.uint8)


_MIDDLE = _middle()


def thumb_of(luma: Luma) -> Levels:
    """Return brightness in 64 x 36 pixels."""
    return np.asarray(_reduced(luma, THUMB, 4), np.float32)


def sketch_of(luma: Luma) -> Luma:
    """Return brightness in 320 x 180 pixels, in which writing is still seen."""
    return _reduced(luma, SKETCH, 2)


def _reduced(luma: Luma, size: tuple[int, int], times: int) -> Luma:
    """Return means of points taken evenly: a tenth of the time that means of all pixels take."""
    points = cv2.resize(luma, (size[0] * times, size[1] * times), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(points, size, interpolation=cv2.INTER_AREA), np.uint8)


def sharpness_of(luma: Luma) -> float:
    """Return the variance of the Laplacian at half size, without the rows of captions."""
    height, width = max(1, luma.shape[0] * (ROWS - CAPTION_ROWS) // ROWS // 2), luma.shape[1] // 2
    size = (max(1, width), height)
    small = cv2.resize(luma[: 2 * height, : 2 * size[0]], size, interpolation=cv2.INTER_AREA)
    _, spread = cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_16S))
    return float(spread[0, 0] ** 2)


def block_changes(one: Levels, other: Levels) -> Levels:
    """Return by how many grey levels each block of two thumbs differs, shape (9, 16)."""
    difference = np.abs(one.astype(np.float32) - other)
    shape = (ROWS, THUMB[1] // ROWS, COLUMNS, THUMB[0] // COLUMNS)
    return np.asarray(difference.reshape(shape).mean(axis=(1, 3)), np.float32)


def is_new(blocks: Levels, usual: Levels) -> bool:
    """Tell whether a change is large, and larger than what moves in the same places anyway.

    What changes only where captions are burned in, or only in a corner, where a speaker's inset
    comes, goes or moves, is nothing new.
    """
    seen, known = blocks[:-CAPTION_ROWS], usual[:-CAPTION_ROWS]
    changed = seen > np.maximum(_BLOCK_CHANGE, _UNUSUAL * known)
    if _is_in_a_corner(changed):
        return False
    if seen.mean() > max(_MEAN_CHANGE, _UNUSUAL * float(known.mean())):
        return True
    return bool(changed.mean() > _BLOCK_SHARE)


def _is_in_a_corner(changed: Mask) -> bool:
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not len(rows):
        return False
    across, down = _CORNER
    is_at_a_side = columns[-1] < across or columns[0] >= COLUMNS - across
    is_at_an_end = rows[-1] < down or rows[0] >= ROWS - 1 - down
    return bool(is_at_a_side and is_at_an_end)


def is_blank(thumb: Levels) -> bool:
    """Tell whether nothing is seen, captions aside."""
    return float(thumb[: -4 * CAPTION_ROWS].std()) < _BLANK_SPREAD


def has_moved(before: Luma, after: Luma) -> bool:
    """Tell whether the second sketch is the first one, moved, turned or enlarged a little."""
    rows = SKETCH[1] * (ROWS - CAPTION_ROWS) // ROWS
    half = (SKETCH[0] // 2, rows // 2)
    one, other = (np.asarray(cv2.resize(each[:rows], half), np.uint8) for each in (before, after))
    return any(_is_explained(one, other, mask) for mask in (np.ones_like(_MIDDLE), _MIDDLE))


def _is_explained(one: Luma, other: Luma, mask: Luma) -> bool:
    """Tell whether an affine movement, found within a mask, makes a picture of another one."""
    turn: Any = np.eye(2, 3, dtype=np.float32)
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 25, 1e-3)
    try:
        _, turn = cv2.findTransformECC(one, other, turn, cv2.MOTION_AFFINE, ends, mask, 5)
    except cv2.error:
        return False  # nothing that both have in common
    size = (one.shape[1], one.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = cv2.warpAffine(other, turn, size, flags=flags)
    inside = cv2.warpAffine(np.ones_like(other), turn, size, flags=cv2.INTER_NEAREST | flags) > 0
    difference = np.where(inside, cv2.absdiff(one, np.asarray(back, np.uint8)), 0)
    blocks = np.zeros((ROWS, COLUMNS), np.float32)
    shown = (COLUMNS, ROWS - CAPTION_ROWS)
    blocks[:-CAPTION_ROWS] = cv2.resize(
        difference.astype(np.float32), shown, interpolation=cv2.INTER_AREA
    )
    return bool(inside.mean() > _MIN_SEEN_SHARE) and not is_new(blocks, np.zeros_like(blocks))


def is_mixed(before: Levels, between: Levels, after: Levels) -> bool:
    """Tell whether a thumb is a mixture of the ones before and after it, as in a dissolve."""
    way = (after - before)[: -4 * CAPTION_ROWS].ravel()
    gone = (between - before)[: -4 * CAPTION_ROWS].ravel()
    moved = np.abs(way) > _MIX_LEVELS
    if not moved.any():
        return False
    way, gone = way[moved], gone[moved]
    weight = float(way @ gone / (way @ way))
    residual = np.linalg.norm(gone - weight * way) / np.linalg.norm(way)
    return 0.1 < weight < 0.9 and bool(residual < _MAX_MIX_RESIDUAL)


def only_adds(before: Luma, after: Luma, lively: Mask) -> bool:
    """Tell whether the second sketch is the first with something written on its ground.

    ``lively``, shape (9, 16), are the blocks in which something moves all the time.
    """
    counted = ~np.asarray(
        cv2.resize(lively.astype(np.uint8), SKETCH, interpolation=cv2.INTER_NEAREST), np.bool_
    )
    counted[-CAPTION_ROWS * (SKETCH[1] // ROWS) :] = False
    strokes = _spread(before, 3)
    ink = (strokes > _INK) & counted
    if ink.mean() < _MIN_INK_SHARE:
        return False
    kept = cv2.dilate(_spread(after, 3), np.ones((3, 3), np.uint8)) > _KEPT
    changed = (cv2.absdiff(before, after) > _NEW_LEVELS) & counted
    if not 0 < changed.sum() <= _MAX_NEW_SHARE * counted.sum():
        return False
    lost = int((ink & ~kept).sum())
    if lost > min(_MAX_LOST_SHARE * ink.sum(), _MAX_LOST_OF_NEW * changed.sum()):
        return False
    # what fades in has left a trace on the ground already
    is_trace = changed.sum() <= _TRACE_SHARE * counted.sum() and lost <= 0.01 * ink.sum()
    on_ground = (_spread(before, 5) <= _GROUND)[changed].mean()
    return bool(is_trace or on_ground >= _MIN_ON_GROUND_SHARE)


def _spread(sketch: Luma, side: int) -> Luma:
    """Return the range of grey levels around each pixel."""
    square = np.ones((side, side), np.uint8)
    return np.asarray(cv2.morphologyEx(sketch, cv2.MORPH_GRADIENT, square), np.uint8)
