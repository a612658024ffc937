"""A face detector that the user brings: YuNet, or a model with its inputs and outputs, by path."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from pipeline.errors import DermcurateError
from pipeline.images.decode import Pixels

SIDE_PX = 320  # longer side of what the model sees
MIN_SCORE = 0.6
MAX_OVERLAP = 0.3
TURNS = (0, 1, 2, 3)  # quarters of a circle; in between, the model sees turned faces by itself

Points: TypeAlias = tuple[tuple[float, float], ...]

_own = threading.local()  # a detector keeps the size of its input


class FaceModelError(DermcurateError):
    """A model of faces that cannot be used."""


@dataclass(frozen=True, slots=True)
class ModelFace:
    """A face as a model finds it: left, top, right, bottom, and a band across its eyes."""

    box: tuple[float, float, float, float]
    eye_band: Points
    score: float


def find_with_model(pixels: Pixels, model: Path) -> list[ModelFace]:
    """Return the faces that a YuNet model (ONNX) finds, in four turns, the surest first.

    Raises:
        FaceModelError: the file is not there, or is not such a model.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE_PX / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.cvtColor(
        np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)), cv2.COLOR_RGB2BGR
    )
    back = np.array([width / size[0], height / size[1]])
    found = [
        face
        for turn in TURNS
        for face in _found(np.ascontiguousarray(np.rot90(small, turn)), turn, size, back, model)
    ]
    found.sort(key=lambda face: (-face.score, face.box))
    return [face for n, face in enumerate(found) if not any(_same(face, f) for f in found[:n])]


def _found(
    picture: cv2.typing.MatLike, turn: int, size: tuple[int, int], back: np.ndarray, model: Path
) -> list[ModelFace]:
    detector = _detector(model)
    try:
        detector.setInputSize((picture.shape[1], picture.shape[0]))
        _count, rows = detector.detect(picture)
    except cv2.error as fault:
        raise FaceModelError(
            f"{model} is not a model like YuNet: OpenCV cannot run it ({_first_line(fault)})"
        ) from fault
    return [] if rows is None else [_face(row, turn, size, back) for row in np.asarray(rows)]


def _face(row: np.ndarray, turn: int, size: tuple[int, int], back: np.ndarray) -> ModelFace:
    """Read x, y, w, h, five points (x, y) and a score; the first two points are the eyes."""
    x, y, w, h = row[:4]
    right, left = row[4:6], row[6:8]
    along = (left - right) * 0.6
    across = np.array([-along[1], along[0]]) * 0.9
    band = np.array(
        [
            right - along - across,
            left + along - across,
            left + along + across,
            right - along + across,
        ]
    )
    corners = np.array([(x, y), (x + w, y + h)])
    placed = _unturned(corners, turn, size) * back
    (left_x, top), (right_x, bottom) = placed.min(axis=0), placed.max(axis=0)
    points = tuple((float(a), float(b)) for a, b in _unturned(band, turn, size) * back)
    return ModelFace(
        (float(left_x), float(top), float(right_x), float(bottom)), points, float(row[14])
    )


def _unturned(points: np.ndarray, turn: int, size: tuple[int, int]) -> np.ndarray:
    """Return points of a picture that was turned anticlockwise by quarters, as in the unturned."""
    width, height = size
    x, y = points[:, 0], points[:, 1]
    pairs = ((x, y), (width - y, x), (width - x, height - y), (y, height - x))
    return np.stack(pairs[turn], axis=1)


def _detector(model: Path) -> cv2.FaceDetectorYN:
    held: dict[Path, cv2.FaceDetectorYN] = _own.__dict__.setdefault("detectors", {})
    if model not in held:
        if not model.is_file():
            raise FaceModelError(f"there is no model of faces at {model}; see `face_model`")
        try:
            held[model] = cv2.FaceDetectorYN.create(
                str(model), "", (SIDE_PX, SIDE_PX), MIN_SCORE, MAX_OVERLAP
            )
        except cv2.error as fault:
            raise FaceModelError(
                f"{model} cannot be read as a model (ONNX): {_first_line(fault)}"
            ) from fault
    return held[model]


def _first_line(fault: Exception) -> str:
    return str(getattr(fault, "err", fault)).strip().splitlines()[0]


def _same(one: ModelFace, other: ModelFace) -> bool:
    across = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    down = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    areas = [(face.box[2] - face.box[0]) * (face.box[3] - face.box[1]) for face in (one, other)]
    return across > 0 and down > 0 and across * down > MAX_OVERLAP * min(areas)
