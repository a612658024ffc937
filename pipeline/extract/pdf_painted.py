"""What a PDF page paints: pictures and shapes, each with what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.extract.affine import Affine
from pipeline.extract.deck import Box


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a page displays it.

    ``frame`` is the box of all of it on the page and ``box`` what its clips leave. ``matrix`` puts
    the unit square on the page. ``xref`` is 0 for one that stands in the page's own content or in
    a pattern; ``content`` are its packed bytes then, if they can be had.
    ``is_plain`` tells that nothing but rectangles cuts it off and nothing shines through.
    """

    order: int
    box: Box
    frame: Box
    matrix: Affine
    width_px: int
    height_px: int
    n_pixels: int  # of its soft mask, if that has more
    xref: int
    is_plain: bool
    is_opaque: bool
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Shape:
    """A path or a shading.

    ``covers`` tells that its box is painted and not only outlined, ``is_opaque`` that nothing
    shines through, ``is_straight`` that it is a rectangle or a straight line.
    """

    order: int
    box: Box
    is_straight: bool
    covers: bool
    is_opaque: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """All that a page paints."""

    pictures: tuple[Picture, ...]
    shapes: tuple[Shape, ...]
    is_cut: bool

    def largest(self) -> int:
        """Return the number of pixels of the largest picture."""
        return max((each.n_pixels for each in self.pictures), default=0)
