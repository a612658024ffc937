"""A detector of panels that the user brings: an ONNX model, by local path."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pipeline.errors import CatalogError
from pipeline.extract.panel_charts import in_reading_order
from pipeline.extract.panel_cuts import Piece
from pipeline.extract.panels import MAX_PANELS, Panel, split_panels
from pipeline.extract.subcaptions import ALPHABET
from pipeline.identity import sha256_bytes
from pipeline.images.decode import Pixels

_GREY = 114  # what stands beside a figure that is not square
_MAX_OVERLAP = 0.3  # intersection over union; of two such boxes the surer one stays
_opening = threading.Lock()

Values = np.ndarray[Any, np.dtype[np.float32]]


def detector_options(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a catalog's entry of a detector with the digest of its file, as plain JSON.

    Raises:
        CatalogError: there is no such file.
    """
    return {**entry, "sha256": _digest(entry["path"])}


def find_panels(pixels: Pixels, detector: Mapping[str, Any] | None) -> list[Panel]:
    """Return the panels that a detector sees in RGB pixels; without one, those that rules find.

    The detector takes float32 RGB, 0 to 1, shape (1, 3, side, side). It answers with boxes
    (n, 4), left, top, right, bottom in its own pixels, and scores (n,); or with one array of
    shape (1, 4 + classes, n), middle, width and height, then a score per class.

    Raises:
        CatalogError: the model cannot be opened, or answers otherwise.
    """
    if detector is None:
        return split_panels(pixels)
    height, width = pixels.shape[:2]
    side = int(detector["input_px"])
    scale = side / max(height, width)
    boxes, scores = _ask(_letterboxed(pixels, side, scale), detector)
    kept: list[tuple[Piece, float]] = []
    for place in np.argsort(-scores, kind="stable"):
        if scores[place] < detector["min_score"] or len(kept) == MAX_PANELS:
            break
        box = _within(boxes[place] / scale, width, height)
        if box[2] > box[0] and box[3] > box[1] and all(_apart(box, each.box) for each, _ in kept):
            kept.append((Piece(box, True), float(min(1.0, scores[place]))))
    if len(kept) < 2:
        return [Panel((0, 0, width, height), None, 1.0)]
    sure = {piece.box: score for piece, score in kept}
    ordered = in_reading_order([piece for piece, _ in kept])
    return [
        Panel(piece.box, letter, round(sure[piece.box], 4))
        for piece, letter in zip(ordered, ALPHABET, strict=False)
    ]


def _letterboxed(pixels: Pixels, side: int, scale: float) -> Values:
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = np.full((side, side, 3), _GREY, np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def _ask(given: Values, detector: Mapping[str, Any]) -> tuple[Values, Values]:
    """Return boxes as left, top, right, bottom in the model's pixels, and their scores."""
    path = detector["path"]
    if _digest(path) != detector["sha256"]:
        raise CatalogError(f"{path} changed while figures were cut with it; run again")
    session = _session(path, detector["sha256"])
    try:
        answers = session.run(None, {session.get_inputs()[0].name: given})
    except _faults() as fault:
        raise CatalogError(f"the panel detector {path} cannot be asked: {fault}") from fault
    arrays = [each[0] if each.ndim == 3 else each for each in answers]
    if len(arrays) == 1 and arrays[0].ndim == 2 and arrays[0].shape[0] > 4:
        middle, extent = arrays[0][:2].T, arrays[0][2:4].T
        boxes = np.concatenate([middle - extent / 2, middle + extent / 2], axis=1)
        return boxes, arrays[0][4:].max(axis=0)
    if len(arrays) >= 2 and arrays[0].ndim == 2 and arrays[0].shape[1] == 4:
        scores = np.asarray(arrays[1], np.float32).ravel()
        if len(scores) == len(arrays[0]):
            return arrays[0], scores
    shapes = ", ".join(str(each.shape) for each in answers)
    raise CatalogError(f"the panel detector {path} answers with {shapes}, not boxes and scores")


def _within(box: Values, width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(float(each)) for each in np.nan_to_num(box))
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    wide = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return wide * high <= _MAX_OVERLAP * (areas - wide * high)


def _session(path: str, sha256: str) -> Any:
    with _opening:  # several threads extract at once
        return _opened(path, sha256)


@lru_cache(maxsize=1)
def _opened(path: str, _sha256: str) -> Any:
    import onnxruntime  # only who names a model waits for it

    alone = onnxruntime.SessionOptions()
    alone.intra_op_num_threads = alone.inter_op_num_threads = 1  # sums in one order
    alone.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(path, alone, providers=["CPUExecutionProvider"])
    except _faults() as fault:
        raise CatalogError(f"the panel detector {path} cannot be opened: {fault}") from fault


def _faults() -> tuple[type[Exception], ...]:
    from onnxruntime.capi import onnxruntime_pybind11_state as faults

    return (
        faults.Fail,
        faults.InvalidArgument,
        faults.InvalidGraph,
        faults.InvalidProtobuf,
        faults.NoSuchFile,
        faults.NotImplemented,
        faults.RuntimeException,
        ValueError,
    )


def _digest(path: str) -> str:
    try:
        stated = Path(path).stat()
        return _digest_of(path, stated.st_size, stated.st_mtime_ns)
    except OSError as fault:
        raise CatalogError(
            f"panels.detector names the model {path}, which cannot be read ({fault.strerror}); "
            "mend the path, or take the entry out to let the rules cut"
        ) from fault


@lru_cache(maxsize=8)
def _digest_of(path: str, _size: int, _changed_ns: int) -> str:
    return sha256_bytes(Path(path).read_bytes())
