"""The shapes of a slide, out of all their groups, each where the slide shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from pipeline.extract.affine import Affine

MAX_DEPTH = 16  # groups in groups
MAX_SHAPES = 5000  # on one slide
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape, its place in the order of painting, and the map of the unit square onto it.

    ``matrix`` is null for a shape without a place.
    """

    shape: Any
    order: int
    matrix: Affine | None


def placed_shapes(shapes: Any) -> list[Placed]:
    """Return the visible shapes, lowest first; groups are opened."""
    found: list[Placed] = []
    for shape, frame in _opened(shapes, Affine(), 0):
        if len(found) == MAX_SHAPES:
            break
        found.append(Placed(shape, len(found), _matrix(shape, frame)))
    return found


def _opened(shapes: Any, frame: Affine, depth: int) -> Iterator[tuple[Any, Affine]]:
    for shape in shapes:
        if _is_hidden(shape):
            continue
        if not hasattr(shape, "shapes"):
            yield shape, frame
        elif depth < MAX_DEPTH:
            yield from _opened(shape.shapes, _inner_frame(shape, frame), depth + 1)


def _is_hidden(shape: Any) -> bool:
    named = shape._element.xpath("./*/p:cNvPr")
    return bool(named) and named[0].get(_HIDDEN) in ("1", "true")


def _inner_frame(group: Any, outer: Affine) -> Affine:
    """Return the map of the space of a group's members onto the slide."""
    found = group._element.grpSpPr.find(f"{DRAWING}xfrm")
    parts = {} if found is None else {etree.QName(each).localname: each for each in found}
    if not {"off", "ext", "chOff", "chExt"} <= set(parts):
        return outer
    x, y = _pair(parts["off"], "x", "y")
    width, height = _pair(parts["ext"], "cx", "cy")
    inner_x, inner_y = _pair(parts["chOff"], "x", "y")
    inner_width, inner_height = _pair(parts["chExt"], "cx", "cy")
    across = width / inner_width if inner_width else 1.0
    down = height / inner_height if inner_height else 1.0
    scaled = Affine(across, 0.0, 0.0, down, x - inner_x * across, y - inner_y * down)
    turned = _turn(found, (x, y, width, height))
    return outer.after(turned).after(scaled)


def _matrix(shape: Any, frame: Affine) -> Affine | None:
    sides = (shape.left, shape.top, shape.width, shape.height)
    if any(side is None for side in sides):
        return None
    left, top, width, height = (float(side) for side in sides)
    placed = Affine(width, 0.0, 0.0, height, left, top)
    transform = shape._element.xpath("./*/a:xfrm")
    if not transform:
        return frame.after(placed)
    return frame.after(_turn(transform[0], (left, top, width, height))).after(placed)


def _turn(transform: Any, place: tuple[float, float, float, float]) -> Affine:
    """Return how a shape is mirrored and turned about its middle."""
    x, y, width, height = place
    return Affine.about(
        x + width / 2,
        y + height / 2,
        float(transform.get("rot", 0)) / 60_000,
        mirror=transform.get("flipH") in ("1", "true"),
        flip=transform.get("flipV") in ("1", "true"),
    )


def _pair(element: Any, first: str, second: str) -> tuple[float, float]:
    return float(element.get(first, 0)), float(element.get(second, 0))
