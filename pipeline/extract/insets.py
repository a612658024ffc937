"""Photographs on a slide: rectangles full of detail on a ground of one flat colour."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np

from pipeline.images.decode import Pixels

Box = tuple[int, int, int, int]
Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

MAX_INSETS = 12
_LONG_SIDE_PX = 640  # a frame is searched at this size
_EVEN = 6  # grey levels within 5 x 5 pixels of something painted in one colour
_NEAR = 14  # levels of each colour by which the ground may differ from its own
_PAINT = 5  # the same for a box in which something is written
_MIN_GROUND_SHARE = 0.2
_MIN_SIDE_SHARE = 0.14  # of the frame's shorter side
_MIN_SIDE_PX = 96
_MIN_AREA_SHARE = 0.03
_MAX_AREA_SHARE = 0.85  # what takes more is the frame itself
_MIN_FILLED_SHARE = 0.93  # of its box: writing, drawings and arrows leave more of it empty
_MAX_PAINTED_SHARE = 0.5  # of one colour in a photograph; a box with writing has more
_MARGIN = 2  # pixels at each side that the codec mixed with the ground


def find_insets(pixels: Pixels) -> list[Box]:
    """Return the boxes (left, top, right, bottom) of photographs on a slide, as one reads.

    None are returned if the frame is no slide, or if something large on it is neither writing nor
    a clear rectangle: unsure means whole. ``pixels`` is RGB, shape (height, width, 3).
    """
    height, width = pixels.shape[:2]
    scale = max(1.0, max(height, width) / _LONG_SIDE_PX)
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    even = _is_even(small)
    colour = _ground_colour(small, even)
    ground = _is_near(small, colour)
    if (ground & even).mean() < _MIN_GROUND_SHARE:
        return []
    boxes = []
    for box, filled in _islands(~ground):
        if not _is_large(box, size, scale):
            continue
        left, top, right, bottom = box
        inside = small[top:bottom, left:right], even[top:bottom, left:right]
        if _is_near(inside[0], _ground_colour(*inside), _PAINT).mean() > _MAX_PAINTED_SHARE:
            continue  # a painted box, a chart, writing
        if filled < _MIN_FILLED_SHARE or _share(box, size) > _MAX_AREA_SHARE:
            return []
        boxes.append(_exact(pixels, colour, box, scale))
    return _as_one_reads(boxes)[:MAX_INSETS]


def _is_even(pixels: Pixels) -> Mask:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    spread = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    return np.asarray(spread <= _EVEN, np.bool_)


def _ground_colour(pixels: Pixels, even: Mask) -> Pixels:
    """Return the commonest colour of what is even, in steps of eight levels, then exactly."""
    if not even.any():
        return np.zeros((1, 1, 3), np.uint8)
    painted = pixels[even]
    steps = (painted >> 3).astype(np.int64) @ np.array([1024, 32, 1])
    commonest = np.bincount(steps, minlength=1).argmax()
    colour = np.median(painted[steps == commonest], axis=0)
    return np.asarray(colour, np.uint8).reshape(1, 1, 3)


def _is_near(pixels: Pixels, colour: Pixels, levels: int = _NEAR) -> Mask:
    apart = np.abs(pixels.astype(np.int16) - colour.astype(np.int16))
    return np.asarray((apart <= levels).all(axis=2), np.bool_)


def _islands(shown: Mask) -> list[tuple[Box, float]]:
    """Return the connected parts of what is shown: their boxes, and how full these are."""
    # thin lines that touch a photograph, arrows and frames, are not part of it
    opened = cv2.morphologyEx(shown.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    _, labels, told, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    found = []
    for number, (left, top, wide, tall, _area) in enumerate(told.tolist()):
        if not number:
            continue
        part = labels[top : top + tall, left : left + wide] == number
        edges = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        filled = max(cv2.contourArea(edge) for edge in edges[0]) / max(1, (wide - 1) * (tall - 1))
        found.append(((left, top, left + wide, top + tall), min(1.0, filled)))
    return found


def _is_large(box: Box, size: tuple[int, int], scale: float) -> bool:
    shorter = min(box[2] - box[0], box[3] - box[1])
    least = max(_MIN_SIDE_SHARE * min(size), _MIN_SIDE_PX / scale)
    return shorter >= least and _share(box, size) >= _MIN_AREA_SHARE


def _share(box: Box, size: tuple[int, int]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) / (size[0] * size[1])


def _exact(pixels: Pixels, colour: Pixels, box: Box, scale: float) -> Box:
    """Return a box in the frame's own pixels, without lines that are mostly ground."""
    height, width = pixels.shape[:2]
    slack = round(2 * scale) + 1
    left, top = (max(0, round(side * scale) - slack) for side in box[:2])
    right = min(width, round(box[2] * scale) + slack)
    bottom = min(height, round(box[3] * scale) + slack)
    shown = ~_is_near(pixels[top:bottom, left:right], colour)
    rows = np.flatnonzero(shown.mean(axis=1) > 0.5)
    columns = np.flatnonzero(shown.mean(axis=0) > 0.5)
    return (
        left + int(columns[0]) + _MARGIN,
        top + int(rows[0]) + _MARGIN,
        left + int(columns[-1]) + 1 - _MARGIN,
        top + int(rows[-1]) + 1 - _MARGIN,
    )


def _as_one_reads(boxes: list[Box]) -> list[Box]:
    """Return boxes in rows from the top, and each row from the left."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda each: (each[1], each[0])):
        middle = (box[1] + box[3]) / 2
        if rows and middle < max(each[3] for each in rows[-1]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row)]
