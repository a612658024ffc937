"""Letters that are printed on panels, or beside them, read by their shapes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pymupdf
from PIL import Image, ImageDraw, ImageFont

from pipeline.extract.panel_gutters import Box
from pipeline.extract.subcaptions import ALPHABET
from pipeline.images.decode import Pixels

_SIDE = 24  # pixels of a shape as it is compared
_FONTS = ("helv", "hebo", "tiro", "tibo", "heit", "cobo", "default")
_OTHERS = "()[].,:;-+*0123456789%/"
_MIN_HEIGHT_PX, _MAX_HEIGHT_PX = 7, 64
_CORNER_SHARE, _MIN_CORNER_PX, _MAX_CORNER_PX = 0.22, 28, 110
_MIN_LIKENESS = 0.75
_MIN_LEAD = 0.03  # over the next best letter
_MAX_SHAPES = 40  # in one corner; hair and nuclei make more
_INKS = (60, 200)  # darker than the first or brighter than the second

Shape = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A letter, in lower case, and how sure it is, 0 to 1."""

    letter: str
    likeness: float


def read_letters(pixels: Pixels, boxes: list[Box], expected: str) -> list[Reading | None]:
    """Return the letter that stands in a corner of each box, or close outside; else nothing.

    Only ``expected`` letters are looked for, large or small; all in one kind of place, the one that
    gives the most. ``pixels`` is RGB, shape (height, width, 3).
    """
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    best: list[Reading | None] = [None] * len(boxes)
    for place in range(5):
        found = [_read(grey, _corner(box, grey.shape, place), expected) for box in boxes]
        if _worth(found) > _worth(best):
            best = found
    return best


def _worth(found: list[Reading | None]) -> tuple[int, float]:
    """Return how many different letters were found, and how sure they are."""
    letters = {each.letter for each in found if each}
    return len(letters), sum(each.likeness for each in found if each)


def _corner(box: Box, shape: tuple[int, ...], place: int) -> Box:
    """Return the part of a figure around one corner of a box; place 4 is above its left one."""
    left, top, right, bottom = box
    shorter = min(right - left, bottom - top)
    side = int(np.clip(_CORNER_SHARE * shorter, _MIN_CORNER_PX, _MAX_CORNER_PX))
    if place == 4:
        return max(0, left - side), max(0, top - side), min(shape[1], left + side), top
    x = left if place % 2 == 0 else max(left, right - side)
    y = top if place < 2 else max(top, bottom - side)
    return x, y, min(x + side, right), min(y + side, bottom)


def _read(grey: np.ndarray[Any, Any], corner: Box, expected: str) -> Reading | None:
    """Return the letter in a corner whose shape is clearest."""
    part = grey[corner[1] : corner[3], corner[0] : corner[2]]
    if min(part.shape) < _MIN_HEIGHT_PX:
        return None
    readings = [
        reading
        for ink in (part < _INKS[0], part > _INKS[1], _darker(part))
        for shape in _shapes(ink)
        if (reading := _recognise(shape, expected)) is not None
    ]
    return max(readings, key=lambda each: each.likeness, default=None)


def _darker(part: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    level, _ = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(part <= level)


def _shapes(ink: np.ndarray[Any, Any]) -> list[Shape]:
    """Return the connected shapes that stand free and are as large as a letter."""
    height, width = ink.shape
    count, marks, stats, _ = cv2.connectedComponentsWithStats(
        np.ascontiguousarray(ink, np.uint8), connectivity=8
    )
    found = []
    for mark in range(1, min(count, 10 * _MAX_SHAPES)):
        x, y, w, h, area = (int(each) for each in stats[mark])
        touches = x == 0 or y == 0 or x + w == width or y + h == height
        is_sized = _MIN_HEIGHT_PX <= h <= _MAX_HEIGHT_PX and 0.12 * h <= w <= 1.4 * h
        if is_sized and not touches and area >= 0.15 * w * h:
            found.append(_fitted((marks[y : y + h, x : x + w] == mark).astype(np.float32)))
    return found[:_MAX_SHAPES]


def _fitted(shape: Shape) -> Shape:
    """Return a shape in a square, its height filled, its mean taken off, of length 1."""
    height, width = shape.shape
    wide = min(_SIDE, max(2, round(width * _SIDE / height)))
    small = cv2.resize(shape, (wide, _SIDE), interpolation=cv2.INTER_AREA)
    square = np.zeros((_SIDE, _SIDE), np.float32)
    start = (_SIDE - wide) // 2
    square[:, start : start + wide] = small
    flat = cv2.GaussianBlur(square, (0, 0), 0.8).ravel()
    flat -= flat.mean()
    return np.asarray(flat / (np.linalg.norm(flat) + 1e-6), np.float32)


def _recognise(shape: Shape, expected: str) -> Reading | None:
    """Return the expected letter that a shape is like, if it is like no other sign as much."""
    known, signs = _known_shapes()
    likeness: dict[str, float] = {}
    for sign, each in zip(signs, known @ shape, strict=True):
        likeness[sign] = max(likeness.get(sign, -1.0), float(each))
    ranked = sorted(likeness, key=lambda sign: (-likeness[sign], sign))
    best, following = ranked[0], ranked[1]
    is_clear = likeness[best] >= _MIN_LIKENESS
    is_clear = is_clear and likeness[best] - likeness[following] >= _MIN_LEAD
    return Reading(best, likeness[best]) if is_clear and best in expected else None


@functools.cache
def _known_shapes() -> tuple[Shape, tuple[str, ...]]:
    """Return the shapes of letters and other signs in some typefaces, and what each stands for."""
    shapes, signs = [], []
    for font in _FONTS:
        for sign in ALPHABET + ALPHABET.upper() + _OTHERS:
            shape = _drawn(sign, font)
            if shape is not None:
                shapes.append(_fitted(shape))
                signs.append(sign.lower())
    return np.stack(shapes), tuple(signs)


def _drawn(sign: str, font: str) -> Shape | None:
    if font == "default":
        image = Image.new("L", (120, 120), 255)
        ImageDraw.Draw(image).text((30, 30), sign, font=ImageFont.load_default(48), fill=0)
        return _inked(np.asarray(image))
    with pymupdf.Document() as document:  # type: ignore[no-untyped-call]
        page = document.new_page(width=120, height=120)
        page.insert_text((40, 80), sign, fontsize=48, fontname=font)
        drawn = page.get_pixmap(colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(drawn.samples, np.uint8).reshape(drawn.height, drawn.width)
    return _inked(grey)


def _inked(grey: np.ndarray[Any, Any]) -> Shape | None:
    """Return what is dark, without the margins around it."""
    rows, columns = np.flatnonzero((grey < 128).any(1)), np.flatnonzero((grey < 128).any(0))
    if not len(rows):
        return None
    cut = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] < 128
    return np.asarray(cut, np.float32)
