"""What is painted over the pictures of a PDF page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.extract.deck import Box, area
from pipeline.extract.pdf_painted import Picture, Trace

LAYER_OVERLAP = 0.9  # of two pictures that are layers of one
COVERED = 0.97  # a picture of which so much is covered cannot be seen
SHADOW_COVERED = 0.6  # a shadow or a frame of which so much is covered is no picture
TOUCHED = 0.005  # a picture of which so much is covered is drawn with what covers it
MAX_SHAPES = 2000

Shares = npt.NDArray[np.float64]


class _Painted:
    """Boxes in the order in which they are painted."""

    def __init__(self, boxes: Sequence[Box], orders: Sequence[int], solid: Sequence[bool]) -> None:
        self._boxes = np.array(boxes, np.float64).reshape(-1, 4)
        self._orders = np.array(orders, np.int64)
        self._solid = np.array(solid, bool)

    def over(self, picture: Picture, *, solid: bool = False) -> float:
        """Return the largest share of a picture that one later box covers."""
        chosen = self._orders > picture.order
        if solid:
            chosen &= self._solid
        return float(self._shared(picture.box)[chosen].max(initial=0.0)) / area(picture.box)

    def has_layer_below(self, picture: Picture) -> bool:
        """Tell whether an earlier box is the same as the picture's, nearly."""
        sizes = np.prod(self._boxes[:, 2:] - self._boxes[:, :2], axis=1)
        larger = np.maximum(sizes, area(picture.box))
        alike = self._shared(picture.box) >= LAYER_OVERLAP * larger
        return bool((alike & (self._orders < picture.order)).any())

    def _shared(self, box: Box) -> Shares:
        starts = np.maximum(self._boxes[:, :2], box[:2])
        ends = np.minimum(self._boxes[:, 2:], box[2:])
        return np.asarray(np.prod(np.maximum(ends - starts, 0.0), axis=1))


class Cover:
    """Tells of each picture of a page what lies over it."""

    def __init__(self, trace: Trace) -> None:
        shapes = [each for each in trace.shapes if each.covers][-MAX_SHAPES:]
        self._pictures = _Painted(
            [each.box for each in trace.pictures],
            [each.order for each in trace.pictures],
            [each.is_opaque for each in trace.pictures],
        )
        self._shapes = _Painted(
            [each.box for each in shapes],
            [each.order for each in shapes],
            [each.is_opaque and each.is_straight for each in shapes],
        )

    def hides(self, picture: Picture) -> str | None:
        """Return why a picture cannot be seen as one of its own, or null."""
        if not area(picture.box):
            return "none of it can be seen: it lies outside the page, or is clipped away"
        enough = COVERED if picture.is_opaque else SHADOW_COVERED
        if self._pictures.over(picture, solid=True) >= enough:
            return "it is hidden under another picture, or is its shadow"
        if self._shapes.over(picture, solid=True) >= COVERED:
            return "it is hidden under a shape"
        if not picture.is_opaque and self._pictures.has_layer_below(picture):
            return "it is a layer of the picture below it, which is drawn with it"
        return None

    def touches(self, picture: Picture) -> bool:
        """Tell whether something is painted over a picture."""
        return max(self._pictures.over(picture), self._shapes.over(picture)) >= TOUCHED
