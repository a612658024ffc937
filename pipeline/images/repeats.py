"""Whether faint words or signs are laid over a picture again and again, as watermarks are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.images.colours import Mask, Plane

FAINT_LEVELS = 5.0  # what stands out more counts no more than this
NEAREST_PX = 18  # two signs of a watermark are further apart
MIN_TURN = np.radians(25)  # between the two directions in which a watermark repeats


@dataclass(frozen=True, slots=True)
class Repeats:
    """How far a picture is like itself, shifted in each of two directions.

    The second direction is what tells a watermark or a wall from an edge or a ruler, which repeat
    along themselves. ``height`` is a correlation, 0 to 1; ``deviations`` tells by how many
    deviations of chance it stands out: much for words on skin, little where all is one pattern.
    """

    height: float
    deviations: float

    @classmethod
    def of(cls, grey: Plane, plain: Mask) -> Repeats:
        """Measure a plane of grey levels, but for where it is plain paper or paint."""
        height, width = grey.shape
        if min(height, width) < 4 * NEAREST_PX:
            return cls(0.0, 0.0)
        fine = grey - cv2.GaussianBlur(grey, (0, 0), 2.5)
        fine = np.clip(fine, -FAINT_LEVELS, FAINT_LEVELS) * ~plain
        down, across = np.mgrid[-(height // 2) : 1, -(width // 2) : width // 2 + 1]
        shared = np.maximum(_autocorrelation((~plain).astype(np.float32)), 1)
        alike = _autocorrelation(fine) / shared
        largest = float(alike[-1, width // 2])
        if largest <= 0:
            return cls(0.0, 0.0)
        peaks = (alike - cv2.GaussianBlur(alike, (0, 0), 6)) / largest
        far = (shared > 0.35 * shared.max()) & (np.hypot(down, across) >= NEAREST_PX)
        if not far.any():
            return cls(0.0, 0.0)
        direction = np.arctan2(down, across)
        first = direction.ravel()[np.where(far, peaks, -np.inf).argmax()]
        turn = np.abs(np.angle(np.exp(2j * (direction - first)))) / 2
        highest = max(0.0, float(peaks[far & (turn > MIN_TURN)].max(initial=0.0)))
        chance = 1.4826 * float(np.median(np.abs(peaks[far])))
        return cls(min(1.0, highest), highest / chance if chance > 0 else 0.0)


def _autocorrelation(plane: Plane) -> Plane:
    """Return the products summed at shifts of up to half the height up, half the width across."""
    height, width = plane.shape
    most_down, most_across = height // 2, width // 2
    size = [cv2.getOptimalDFTSize(side) for side in (height + most_down, width + most_across)]
    padded = np.zeros(size, np.float32)
    padded[:height, :width] = plane
    spectrum = cv2.dft(padded)
    products = cv2.idft(cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True), flags=cv2.DFT_SCALE)
    rolled = np.roll(products, (most_down, most_across), (0, 1))
    return np.asarray(rolled[: most_down + 1, : 2 * most_across + 1], np.float32)
