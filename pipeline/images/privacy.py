"""What identifies a person in a picture: faces.

First form: OpenCV's own cascades, which find upright frontal faces.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from pipeline.images.decode import Pixels

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom lie just outside."""

# The first cascade has few false alarms on skin; a face counts when one of the others agrees.
CASCADES = ("frontalface_alt2", "frontalface_default", "frontalface_alt")
MIN_FACE_SHARE = 1 / 12  # of the longer side
MIN_OVERLAP = 0.3  # intersection over union
SEARCH_PX = 256  # longer side on which faces are searched

_own = threading.local()  # a cascade keeps state while it searches: every thread has its own


def find_faces(pixels: Pixels) -> list[Box]:
    """Return the boxes of upright frontal faces in an RGB picture, from left to right."""
    height, width = pixels.shape[:2]
    scale = min(1.0, SEARCH_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey = cv2.cvtColor(
        np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8),
        cv2.COLOR_RGB2GRAY,
    )
    first, *others = _cascades()
    found = _search(first, grey)
    agreed: set[Box] = set()
    for other in others:
        if len(agreed) < len(found):
            seen = _search(other, grey)
            agreed |= {box for box in found if any(_overlap(box, each) for each in seen)}
    return sorted(_scaled(box, 1 / scale, width, height) for box in agreed)


def face_share(pixels: Pixels) -> float:
    """Return the share of the picture that the boxes of faces cover, 0 to 1."""
    covered = np.zeros(pixels.shape[:2], np.bool_)
    for left, top, right, bottom in find_faces(pixels):
        covered[top:bottom, left:right] = True
    return round(float(covered.mean()), 4)


def _cascades() -> list[cv2.CascadeClassifier]:
    if not hasattr(_own, "cascades"):
        folder = Path(cv2.__file__).parent / "data"
        files = [folder / f"haarcascade_{name}.xml" for name in CASCADES]
        _own.cascades = [cv2.CascadeClassifier(str(file)) for file in files]
    found: list[cv2.CascadeClassifier] = _own.cascades
    return found


def _search(cascade: cv2.CascadeClassifier, grey: cv2.typing.MatLike) -> list[Box]:
    smallest = max(12, round(max(grey.shape) * MIN_FACE_SHARE))
    found = cascade.detectMultiScale(
        grey, scaleFactor=1.1, minNeighbors=3, minSize=(smallest, smallest)
    )
    return [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h in found]


def _overlap(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return False
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return across * down / (sum(areas) - across * down) >= MIN_OVERLAP


def _scaled(box: Box, by: float, width: int, height: int) -> Box:
    left, top, right, bottom = (round(edge * by) for edge in box)
    return left, top, min(right, width), min(bottom, height)
