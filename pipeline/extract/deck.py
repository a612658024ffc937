"""Decks: pages with pictures and passages, whatever the kind of file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import DermcurateError
from pipeline.images.decode import Pixels

Box = tuple[float, float, float, float]
"""Left, top, right, bottom on the page, from its top left corner, in the page's own unit."""

MIN_SIDE_PX = 96  # what is smaller on one side is an icon


class DeckError(DermcurateError):
    """A deck that cannot be opened."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of text that belong together; `size` is that of the type."""

    box: Box
    text: str
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on a page.

    ``digest`` is equal for equal pictures. ``load`` decodes it and raises a `PictureError` if it
    cannot; ``crop`` is the part that is shown, as shares of its width and height; ``finish`` makes
    of this part what the page shows. ``alt`` is what its author wrote for those who cannot see it,
    ``size_px`` how large the shown part is, where that is known before it is decoded.
    """

    locator: str
    box: Box
    digest: bytes
    load: Callable[[], Pixels]
    crop: Box | None = None
    finish: Callable[[Pixels], Pixels] | None = None
    alt: str = ""
    size_px: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something on a page that is not taken, and why, told once per ``digest``."""

    locator: str
    why: str
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """One page or slide. ``fault`` is a sentence if it cannot be read."""

    name: str
    width: float = 1.0
    height: float = 1.0
    title: str = ""
    notes: str = ""
    passages: tuple[Passage, ...] = ()
    pictures: tuple[Shown, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    fault: str | None = None


def too_small(width: int, height: int) -> str:
    """Say that a picture is too small to be more than an icon."""
    return f"{width} x {height} pixels are seen of it, less than {MIN_SIDE_PX} on one side: an icon"


def area(box: Box) -> float:
    """Return the area of a box; an empty one has none."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def shared(one: Box, other: Box) -> Box:
    """Return the part that two boxes share; it may be empty."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    return (left, top, max(left, min(one[2], other[2])), max(top, min(one[3], other[3])))


def around(*boxes: Box) -> Box:
    """Return the smallest box that holds all boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))
