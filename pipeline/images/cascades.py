"""OpenCV's bundled cascades, searched at several rotations: whole faces, profiles, and eyes alone.

A cascade alone takes skin for a face, and round dark lesions for eyes: what counts is that cascades
which were trained apart agree on a place. Whole faces need two of the frontal cascades; an eye
needs three of the four for eyes, or two and a second eye beside it or a mouth below.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Grey: TypeAlias = npt.NDArray[np.uint8]
Area: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""

FRONTAL = ("frontalface_alt2", "frontalface_default", "frontalface_alt")
PROFILE = "profileface"
# The two that were trained on one eye each are quick and seldom wrong: they propose.
PROPOSING_EYES = ("lefteye_2splits", "righteye_2splits")
CONFIRMING_EYES = ("eye_tree_eyeglasses", "eye")
MOUTH = "smile"

SCALE_STEP = 1.15
MIN_OVERLAP = 0.3  # intersection over union at which two cascades mean the same place
MIN_FACE_SHARE = 1 / 12  # of the longer side
MIN_EYE_SHARE = 1 / 10
MIN_EYE_VOTES = 3
PROFILE_NEIGHBOURS = 4  # nothing else confirms it
MOUTH_NEIGHBOURS = 20  # the cascade for smiles is fond of creases

_own = threading.local()  # a cascade keeps state while it searches: every thread has its own


@dataclass(frozen=True, slots=True)
class Found:
    """A place where cascades agree, in pixels of the grey picture that was searched."""

    area: Area
    votes: int
    is_whole: bool


@lru_cache(maxsize=1)
def _folder() -> Path:
    return Path(cv2.__file__).parent / "data"


def _cascade(name: str) -> cv2.CascadeClassifier:
    if not hasattr(_own, "cascades"):
        _own.cascades = {}
    held: dict[str, cv2.CascadeClassifier] = _own.cascades
    if name not in held:
        held[name] = cv2.CascadeClassifier(str(_folder() / f"haarcascade_{name}.xml"))
    return held[name]


def search(name: str, grey: Grey, smallest: int, neighbours: int = 3) -> list[Area]:
    """Return where one cascade finds its object, in the order in which it finds it."""
    found = _cascade(name).detectMultiScale(
        grey, scaleFactor=SCALE_STEP, minNeighbors=neighbours, minSize=(smallest, smallest)
    )
    return [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in found]


def find_frontal(grey: Grey) -> list[Found]:
    """Return faces that look at the viewer, upright in the picture."""
    smallest = max(20, round(max(grey.shape) * MIN_FACE_SHARE))
    first, *others = FRONTAL
    proposed = search(first, grey, smallest)
    if not proposed:
        return []
    seen = [search(name, grey, smallest) for name in others]
    found = [Found(area, 1 + sum(any_overlap(area, e) for e in seen), True) for area in proposed]
    return [each for each in found if each.votes > 1]


def find_profiles(grey: Grey) -> list[Found]:
    """Return faces that look to either side, upright in the picture."""
    smallest = max(20, round(max(grey.shape) * MIN_FACE_SHARE))
    width = grey.shape[1]
    mirrored = np.ascontiguousarray(grey[:, ::-1])
    found = search(PROFILE, grey, smallest, PROFILE_NEIGHBOURS)
    for left, top, right, bottom in search(PROFILE, mirrored, smallest, PROFILE_NEIGHBOURS):
        found.append((width - right, top, width - left, bottom))
    return [Found(area, 1, is_whole=True) for area in found]


def find_eyes(grey: Grey) -> list[Found]:
    """Return eyes, upright in the picture: pairs as one place, single ones as another."""
    smallest = max(18, round(max(grey.shape) * MIN_EYE_SHARE))
    by_name = {name: search(name, grey, smallest) for name in PROPOSING_EYES}
    proposed = _distinct([area for found in by_name.values() for area in found])
    if not proposed:
        return []
    by_name |= {name: search(name, grey, smallest) for name in CONFIRMING_EYES}
    voted = [(area, sum(any_overlap(area, each) for each in by_name.values())) for area in proposed]
    likely = [(area, votes) for area, votes in voted if votes > 1]
    paired = [
        Found(around((one[0], other[0])), one[1] + other[1], is_whole=False)
        for one, other in combinations(likely, 2)
        if are_a_pair(one[0], other[0])
    ]
    mouths = search(MOUTH, grey, smallest, MOUTH_NEIGHBOURS) if likely else []
    single = [
        Found(area, votes, is_whole=False)
        for area, votes in likely
        if votes >= MIN_EYE_VOTES or any(_is_below(mouth, area) for mouth in mouths)
    ]
    return paired + single


def find_eyes_within(grey: Grey) -> list[Area]:
    """Return the eyes in the upper part of a face that fills the picture."""
    upper = np.ascontiguousarray(grey[: round(grey.shape[0] * 0.62)])
    smallest = max(12, round(grey.shape[1] * 0.14))
    for name in CONFIRMING_EYES:
        if found := search(name, upper, smallest):
            return found
    return []


def any_overlap(area: Area, others: Iterable[Area]) -> bool:
    """Tell whether an area is about the same as one of the others."""
    return any(overlap(area, other) >= MIN_OVERLAP for other in others)


def overlap(one: Area, other: Area) -> float:
    """Return the intersection of two areas over their union, 0 to 1."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = [(area[2] - area[0]) * (area[3] - area[1]) for area in (one, other)]
    return across * down / (sum(areas) - across * down)


def around(areas: Sequence[Area]) -> Area:
    """Return the smallest area that holds all."""
    lefts, tops, rights, bottoms = zip(*areas, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def are_a_pair(one: Area, other: Area) -> bool:
    """Tell whether two eyes are of one size, on one level, and an eye's width or two apart."""
    width = (one[2] - one[0] + other[2] - other[0]) / 2
    alike = 0.6 < (one[2] - one[0]) / (other[2] - other[0]) < 1.67
    across = abs(_middle(one)[0] - _middle(other)[0]) / width
    down = abs(_middle(one)[1] - _middle(other)[1]) / width
    return alike and 0.9 < across < 3.2 and down < 0.5


def _is_below(mouth: Area, eye: Area) -> bool:
    width = eye[2] - eye[0]
    across, down = (m - e for m, e in zip(_middle(mouth), _middle(eye), strict=True))
    return abs(across) < 2 * width and width < down < 3.5 * width


def _middle(area: Area) -> tuple[float, float]:
    return (area[0] + area[2]) / 2, (area[1] + area[3]) / 2


def _distinct(areas: Sequence[Area]) -> list[Area]:
    kept: list[Area] = []
    for area in areas:
        if not any_overlap(area, kept):
            kept.append(area)
    return kept
