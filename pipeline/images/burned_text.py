"""What is written into a picture, read by the models that come with rapidocr.

What is read is returned to the caller and goes nowhere else: no table, no log.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from pipeline.images.decode import Pixels
from pipeline.images.hiding import Corners

READ_PX = 1280  # longer side; letters of ten pixels on a larger picture are lost
MIN_SCORE = 0.5

_one_at_a_time = threading.Lock()  # the engine keeps state between its three models


@dataclass(frozen=True, slots=True)
class Line:
    """A line of writing, and the points around it in pixels of the picture."""

    text: str
    corners: Corners


def read_lines(pixels: Pixels) -> list[Line]:
    """Return the lines that are written on an RGB picture, from top to bottom."""
    height, width = pixels.shape[:2]
    scale = min(1.0, READ_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = cv2.cvtColor(
        np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)), cv2.COLOR_RGB2BGR
    )
    with _one_at_a_time:
        answer = _engine()(picture, use_det=True, use_cls=False, use_rec=True)
    if answer.boxes is None or not answer.txts:
        return []
    back = np.array([width / size[0], height / size[1]])
    found = zip(answer.boxes, answer.txts, answer.scores, strict=True)
    lines = [
        Line(str(text), tuple((float(x), float(y)) for x, y in np.asarray(box) * back))
        for box, text, score in found
        if score >= MIN_SCORE
    ]
    return sorted(lines, key=lambda line: min((y, x) for x, y in line.corners))


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR  # seconds to import: only where something is read

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": MIN_SCORE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 2,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
        }
    )
