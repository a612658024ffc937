"""A classifier in an ONNX file: a square picture in, one number per label out."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.errors import CatalogError
from pipeline.images.decode import Pixels
from pipeline.picture_entries import OnnxClassifier

Numbers = npt.NDArray[np.float32]


class OnnxJudge:
    """An open session; it may be asked from several threads."""

    def __init__(self, entry: OnnxClassifier) -> None:
        """Open the file.

        Raises:
            CatalogError: it is not a model, or takes or gives something else than its entry says.
        """
        import onnxruntime  # only who names a model waits for it
        from onnxruntime.capi import onnxruntime_pybind11_state as faults

        self._entry = entry
        alone = onnxruntime.SessionOptions()
        alone.intra_op_num_threads = alone.inter_op_num_threads = 1  # sums in one order
        alone.log_severity_level = 4
        broken = (faults.Fail, faults.InvalidArgument, faults.InvalidGraph, faults.InvalidProtobuf)
        try:
            self._session = onnxruntime.InferenceSession(
                entry.path, alone, providers=["CPUExecutionProvider"]
            )
        except (*broken, faults.NoSuchFile, faults.NotImplemented) as fault:
            raise CatalogError(
                f"{entry.path} is not a model that ONNX Runtime can open: "
                f"{' '.join(str(fault).split())[:200]}"
            ) from fault
        self._input = self._only(self._session.get_inputs(), "input")
        self._output = self._only(self._session.get_outputs(), "output")
        self._channels_last = self._takes_channels_last()

    def __call__(self, pixels: Pixels) -> dict[str, float]:
        """Return the probability of each label."""
        square = np.asarray(cv2.resize(pixels, (self._entry.size,) * 2, interpolation=3))
        plane = square.astype(np.float32) / 255
        plane = (plane - np.array(self._entry.mean)) / np.array(self._entry.deviation)
        ordered = plane if self._channels_last else np.moveaxis(plane, 2, 0)
        fed = {self._input.name: np.ascontiguousarray(ordered[None], np.float32)}
        (given,) = self._session.run([self._output.name], fed)
        numbers = np.asarray(given, np.float32).ravel()
        if len(numbers) != len(self._entry.labels):
            raise CatalogError(
                f"{self._entry.path} gives {len(numbers)} numbers for a picture, its entry names "
                f"{len(self._entry.labels)} labels"
            )
        shares = _probabilities(numbers, self._entry.answers)
        return {
            label: round(float(share), 4)
            for label, share in zip(self._entry.labels, shares, strict=True)
        }

    def _only(self, listed: list[Any], what: str) -> Any:
        if len(listed) != 1:
            raise CatalogError(
                f"{self._entry.path} has {len(listed)} {what}s, a classifier has one"
            )
        return listed[0]

    def _takes_channels_last(self) -> bool:
        shape, kind = self._input.shape, self._input.type
        size = self._entry.size
        fits = {
            place: all(
                isinstance(found, str) or found is None or found == wanted
                for found, wanted in zip(shape, (1, *sides), strict=False)
            )
            for place, sides in ((False, (3, size, size)), (True, (size, size, 3)))
        }
        if kind != "tensor(float)" or len(shape) != 4 or not any(fits.values()):
            raise CatalogError(
                f"{self._entry.path} takes {kind} of shape {shape}; a classifier takes floats of "
                f"1 x 3 x {size} x {size} or 1 x {size} x {size} x 3"
            )
        return not fits[False]


def _probabilities(numbers: Numbers, answers: str) -> Numbers:
    if answers == "probabilities":
        return numbers
    if answers == "sigmoids":
        return np.asarray(1 / (1 + np.exp(-numbers)), np.float32)
    raised = np.exp(numbers - numbers.max())
    return np.asarray(raised / raised.sum(), np.float32)
