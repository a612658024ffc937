"""Affine maps: where a picture's unit square comes to lie on a page, and how it is turned there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.extract.deck import Box
from pipeline.images.decode import Pixels


@dataclass(frozen=True, slots=True)
class Affine:
    """Maps (x, y) to (a x + c y + e, b x + d y + f)."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    @classmethod
    def onto(cls, box: Box) -> Affine:
        """Return the map of the unit square onto a box."""
        return cls(box[2] - box[0], 0.0, 0.0, box[3] - box[1], box[0], box[1])

    @classmethod
    def about(cls, x: float, y: float, degrees: float, *, mirror: bool, flip: bool) -> Affine:
        """Return the map that mirrors (left, right), flips (up, down) and then turns about a point.

        Degrees go clockwise where y points down.
        """
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        across, down = -1.0 if mirror else 1.0, -1.0 if flip else 1.0
        a, b, c, d = cosine * across, sine * across, -sine * down, cosine * down
        return cls(a, b, c, d, x - a * x - c * y, y - b * x - d * y)

    def after(self, first: Affine) -> Affine:
        """Return the map that does ``first`` and then this one."""
        return Affine(
            self.a * first.a + self.c * first.b,
            self.b * first.a + self.d * first.b,
            self.a * first.c + self.c * first.d,
            self.b * first.c + self.d * first.d,
            self.a * first.e + self.c * first.f + self.e,
            self.b * first.e + self.d * first.f + self.f,
        )

    def box(self) -> Box:
        """Return the box around the unit square."""
        xs = (self.e, self.e + self.a, self.e + self.c, self.e + self.a + self.c)
        ys = (self.f, self.f + self.b, self.f + self.d, self.f + self.b + self.d)
        return (min(xs), min(ys), max(xs), max(ys))

    def is_on_its_side(self) -> bool:
        """Tell whether what was across lies more downwards now."""
        return abs(self.a) < abs(self.b)

    def is_square(self) -> bool:
        """Tell whether it turns by quarters only."""
        small = 0.01 * max(abs(self.a), abs(self.b), abs(self.c), abs(self.d))
        upright = abs(self.b) <= small and abs(self.c) <= small
        return upright or (abs(self.a) <= small and abs(self.d) <= small)

    def turn(self, pixels: Pixels) -> Pixels:
        """Turn a picture by the nearest quarter turn and mirrors."""
        a, d = self.a, self.d
        if self.is_on_its_side():
            pixels = pixels.swapaxes(0, 1)
            a, d = self.c, self.b
        pixels = pixels[:, ::-1] if a < 0 else pixels
        pixels = pixels[::-1] if d < 0 else pixels
        return np.ascontiguousarray(pixels)
