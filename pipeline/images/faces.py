"""Faces in a picture, whole or in part, upright or turned, and what hides who they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images import cascades
from pipeline.images.cascades import Area, Found, Grey
from pipeline.images.decode import Pixels
from pipeline.images.face_model import find_with_model

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom lie just outside."""
Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Four points (x, y) of a rectangle that may be turned."""
Matrix: TypeAlias = npt.NDArray[np.float64]

SEARCH_PX = 256  # longer side on which upright faces are searched
TURNED_PX = 128  # and turned ones, which must be larger to count
EYES_PX = 176  # and profiles, and eyes without a face
ANGLES = tuple(range(0, 360, 30))  # a cascade bears 15 degrees to either side
PROFILE_ANGLES = (0, 90, 270)
SURE_VOTES = 3
FACE_PX = 120  # side at which a face is searched for its eyes


@dataclass(frozen=True, slots=True)
class Face:
    """A face, or a part of one that has an eye.

    `hiding` are the places to make unreadable: the eyes, or the whole face if they are not found.
    """

    box: Box
    is_whole: bool
    hiding: tuple[Corners, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A face, how many cascades agree on it, and the turn in which they do."""

    face: Face
    votes: int
    angle: int


@dataclass(frozen=True, slots=True)
class _View:
    """A turned and reduced picture; `back` leads from its points to those of the picture."""

    grey: Grey
    back: Matrix


def find_faces(pixels: Pixels, model: Path | None = None) -> list[Face]:
    """Return the faces of an RGB picture, from left to right.

    Args:
        pixels: the picture, of any size.
        model: a YuNet model (ONNX), which is asked in place of the cascades.

    Raises:
        FaceModelError: the model cannot be used.
    """
    if model is not None:
        return _faces_of_model(pixels, model)
    grey = _reduced(pixels)
    placed = [face for angle in ANGLES for face in _search_turned(grey, angle, pixels)]
    placed = [each for each in placed if _is_sure(each, placed)]
    placed.sort(key=lambda each: (not each.face.is_whole, -each.votes))
    kept: list[Face] = []
    for each in placed:
        if not any(_same(each.face.box, other.box) for other in kept):
            kept.append(each.face)
    return sorted(kept, key=lambda face: face.box)


def share_of_faces(faces: Iterable[Face], pixels: Pixels) -> float:
    """Return the share of a picture that the boxes of whole faces cover, 0 to 1."""
    covered = np.zeros(pixels.shape[:2], np.bool_)
    for face in faces:
        if face.is_whole:
            left, top, right, bottom = face.box
            covered[top:bottom, left:right] = True
    return round(float(covered.mean()), 4)


def _is_sure(one: _Placed, placed: Sequence[_Placed]) -> bool:
    """Tell whether a face is upright, or seen by three cascades, or in another turn as well."""
    if not one.face.is_whole or one.angle == 0 or one.votes >= SURE_VOTES:
        return True
    return any(
        other.face.is_whole and other.angle != one.angle and _same(one.face.box, other.face.box)
        for other in placed
    )


def _search_turned(grey: Grey, angle: int, pixels: Pixels) -> list[_Placed]:
    view = _turned(grey, angle, TURNED_PX if angle else SEARCH_PX, pixels)
    small = _turned(grey, angle, EYES_PX, pixels)
    whole = [(each, view) for each in cascades.find_frontal(view.grey)]
    if angle in PROFILE_ANGLES and not whole:
        whole = [(each, small) for each in cascades.find_profiles(small.grey)]
    found = whole + [(each, small) for each in cascades.find_eyes(small.grey)]
    return [
        _Placed(_face(each, seen, pixels), each.votes, angle)
        for each, seen in found
        if _is_inside(each.area, seen, pixels)
    ]


def _reduced(pixels: Pixels) -> Grey:
    height, width = pixels.shape[:2]
    size = _size(width, height, SEARCH_PX)
    reduced = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(reduced, cv2.COLOR_RGB2GRAY), np.uint8)


def _size(width: int, height: int, side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _turned(grey: Grey, angle: int, side: int, pixels: Pixels) -> _View:
    """Return a view turned clockwise by an angle in degrees, its longer side `side` pixels."""
    wide, tall = _size(grey.shape[1], grey.shape[0], side)
    small = np.asarray(cv2.resize(grey, (wide, tall), interpolation=cv2.INTER_AREA), np.uint8)
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    across = round(wide * abs(cosine) + tall * abs(sine))
    down = round(wide * abs(sine) + tall * abs(cosine))
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    there = _shift(across / 2, down / 2) @ turn @ _shift(-wide / 2, -tall / 2)
    if angle:
        ground = float(small.mean())
        small = np.asarray(
            cv2.warpAffine(small, there[:2], (across, down), borderValue=ground), np.uint8
        )
    shrink = np.diag([wide / pixels.shape[1], tall / pixels.shape[0], 1.0])
    return _View(small, np.linalg.inv(there @ shrink))


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def _face(found: Found, view: _View, pixels: Pixels) -> Face:
    hiding = _eye_band(found.area, view, pixels) if found.is_whole else _widened(found.area, 0.3)
    corners = _corners(hiding, view.back)
    return Face(_box(_corners(found.area, view.back), pixels), found.is_whole, (corners,))


def _eye_band(area: Area, view: _View, pixels: Pixels) -> Area:
    """Return the band across the eyes of a whole face, or all of it if no eye is found."""
    left, top, right, bottom = area
    source = np.array(_corners(area, view.back), np.float32)
    target = np.array([(0, 0), (FACE_PX, 0), (FACE_PX, FACE_PX), (0, FACE_PX)], np.float32)
    warp = cv2.getPerspectiveTransform(source, target)
    face = cv2.cvtColor(cv2.warpPerspective(pixels, warp, (FACE_PX, FACE_PX)), cv2.COLOR_RGB2GRAY)
    eyes = cascades.find_eyes_within(np.asarray(face, np.uint8))
    if not eyes:
        return _widened(area, 0.1)
    unit = (bottom - top) / FACE_PX
    first = min(eye[1] for eye in eyes)
    last = max(eye[3] for eye in eyes)
    return (
        left - 0.05 * (right - left),
        top + first * unit,
        right + 0.05 * (right - left),
        top + last * unit,
    )


def _widened(area: Area, share: float) -> Area:
    across, down = (area[2] - area[0]) * share, (area[3] - area[1]) * share
    return area[0] - across, area[1] - down, area[2] + across, area[3] + down


def _corners(area: Area, back: Matrix) -> Corners:
    left, top, right, bottom = area
    points = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)])
    placed = points @ back.T
    return tuple((float(x), float(y)) for x, y in placed[:, :2])


def _box(corners: Sequence[tuple[float, float]], pixels: Pixels) -> Box:
    height, width = pixels.shape[:2]
    xs, ys = zip(*corners, strict=True)
    left, top = max(0, round(min(xs))), max(0, round(min(ys)))
    return left, top, min(width, round(max(xs))), min(height, round(max(ys)))


def _is_inside(area: Area, view: _View, pixels: Pixels) -> bool:
    """Tell whether the middle lies in the picture, not in the corners that turning adds."""
    middle = np.array([(area[0] + area[2]) / 2, (area[1] + area[3]) / 2, 1]) @ view.back.T
    height, width = pixels.shape[:2]
    return bool(0 <= middle[0] < width and 0 <= middle[1] < height)


def _same(one: Box, other: Box) -> bool:
    """Tell whether two boxes show one face: they overlap, or one's middle lies in the other."""
    return cascades.overlap(one, other) > 0.2 or _holds(one, other) or _holds(other, one)


def _holds(one: Box, other: Box) -> bool:
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return one[0] <= x < one[2] and one[1] <= y < one[3]


def _faces_of_model(pixels: Pixels, model: Path) -> list[Face]:
    faces = []
    for found in find_with_model(pixels, model):
        box = _box(((found.box[0], found.box[1]), (found.box[2], found.box[3])), pixels)
        faces.append(Face(box, True, (found.eye_band,)))
    return sorted(faces, key=lambda face: face.box)
