"""Views of a picture: mirrored, turned, cut, and without its frame.

All are taken from one reduced copy, squeezed to a square, so that a picture is decoded once.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images.srgb import Pixels
from schemas.fingerprints import CORNER, CROPS, TURNS, VIEWS

SIDE_PX = 192
EVEN_LEVELS = 3  # grey levels by which painted ground varies after JPEG
FRAME_SHARE = 0.6  # of a line's pixels are ground, or the line belongs to the picture
MIN_KEPT = 0.15  # share of the side; less is no picture in a frame
TRIMMED = VIEWS.index("trimmed")

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of width and height."""
Mask: TypeAlias = npt.NDArray[np.bool_]
Square = TypeVar("Square", bound=npt.NDArray[np.uint8])

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
BOXES: tuple[Box, ...] = (
    *((share / 2, share / 2, 1 - share / 2, 1 - share / 2) for share in CROPS),
    *((x, y, x + 1 - CORNER, y + 1 - CORNER) for y in (0.0, CORNER) for x in (0.0, CORNER)),
)


def reduce_squarely(pixels: Pixels) -> Pixels:
    """Return the picture squeezed to a square of 192 pixels."""
    return np.asarray(
        cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8
    )


def cut(square: Square, box: Box) -> Square:
    """Return the part of a square picture, grey or in colour, that lies in a box."""
    left, top, right, bottom = (round(share * len(square)) for share in box)
    return cast(Square, square[top:bottom, left:right])


def turn(square: Pixels, view: int) -> Pixels:
    """Return a square picture mirrored (view 0), or turned by 1, 2 or 3 quarters to the left."""
    turned = square[:, ::-1] if view == 0 else np.rot90(square, view)
    return np.ascontiguousarray(turned)


def see(square: Pixels, view: int) -> Pixels:
    """Return one of VIEWS of a square picture; its shape is not square for some."""
    if view < len(TURNS):
        return turn(square, view)
    return cut(square, content_box(square) if view == TRIMMED else BOXES[view - len(TURNS)])


def content_box(square: Pixels) -> Box:
    """Return the part within an even frame, or within the bars and lines of a screenshot.

    A line of pixels belongs to the frame if most of it has the ground's level; the longest run of
    other lines is the picture. A picture without such a frame is returned whole.
    """
    grey = np.asarray(cv2.cvtColor(square, cv2.COLOR_RGB2GRAY), np.uint8)
    ground = _ground(grey)
    if ground is None:
        return WHOLE
    top, bottom = _longest_run(ground.mean(axis=1) < FRAME_SHARE)
    if bottom - top < MIN_KEPT * SIDE_PX:
        return WHOLE
    left, right = _longest_run(ground[top:bottom].mean(axis=0) < FRAME_SHARE)
    if right - left < MIN_KEPT * SIDE_PX:
        return WHOLE
    return left / SIDE_PX, top / SIDE_PX, right / SIDE_PX, bottom / SIDE_PX


def fine_content(pixels: Pixels, square: Pixels) -> Pixels:
    """Return the same part of the picture itself, to the pixel, given its square copy."""
    box = content_box(square)
    if box == WHOLE:
        return pixels
    height, width = pixels.shape[:2]
    slack = 1.5 / SIDE_PX
    left, right = _grown(box[0], box[2], slack, width)
    top, bottom = _grown(box[1], box[3], slack, height)
    part = pixels[top:bottom, left:right]
    level = _level(np.asarray(cv2.cvtColor(square, cv2.COLOR_RGB2GRAY), np.uint8))
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY), np.int16)
    shown = np.abs(grey - level) > EVEN_LEVELS
    rows = np.flatnonzero(shown.mean(axis=1) > 1 - FRAME_SHARE)
    columns = np.flatnonzero(shown.mean(axis=0) > 1 - FRAME_SHARE)
    if not len(rows) or not len(columns):
        return part
    return part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _grown(start: float, end: float, slack: float, side: int) -> tuple[int, int]:
    return max(0, int((start - slack) * side)), min(side, round((end + slack) * side))


def _level(grey: npt.NDArray[np.uint8]) -> int:
    """Return the commonest grey level of the outermost pixels."""
    edge = [grey[:2], grey[-2:], grey[:, :2], grey[:, -2:]]
    return int(np.bincount(np.concatenate([each.ravel() for each in edge]), minlength=256).argmax())


def _ground(grey: npt.NDArray[np.uint8]) -> Mask | None:
    """Tell which pixels have the level of the frame; null if the outermost pixels have none."""
    near = np.abs(grey.astype(np.int16) - _level(grey)) <= EVEN_LEVELS
    edges = (near[:2], near[-2:], near[:, :2], near[:, -2:])
    framed = sum(float(each.mean()) > FRAME_SHARE for each in edges)
    return np.asarray(near, np.bool_) if framed >= 2 else None


def _longest_run(plane: Mask) -> tuple[int, int]:
    """Return start and end of the longest run of true values, (0, 0) if there is none."""
    steps = np.diff(np.pad(plane, 1).astype(np.int8))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    if not len(starts):
        return 0, 0
    longest = int((ends - starts).argmax())
    return int(starts[longest]), int(ends[longest])
