"""What fine texture says: grains, threads, strokes all one way, and strands that turn.

Skin is smooth, or rough in patches; sand and cloth are grainy all over, wood is streaked.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.images.colours import Mask, Plane

ROUGH_LEVELS = 2.0  # standard deviation of lightness around its local mean
WINDOW_PX = 5.0  # sigma of the window in which directions are compared


@dataclass(frozen=True, slots=True)
class Texture:
    """Fine texture of a picture reduced to 256 pixels.

    ``roughness`` is a standard deviation of lightness; ``coherence``, 0 to 1, tells how far strokes
    nearby run one way; ``double_angle`` is twice their direction, in radians.
    """

    roughness: Plane
    coherence: Plane
    double_angle: Plane

    @classmethod
    def of(cls, lightness: Plane) -> Texture:
        """Take the texture of a plane of lightness, 0 to 100."""
        fine = lightness - cv2.GaussianBlur(lightness, (0, 0), 2)
        across, down = (cv2.Sobel(fine, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
        along, athwart = _mean(across * across), _mean(down * down)
        both = 2 * _mean(across * down)
        return cls(
            np.sqrt(np.asarray(cv2.GaussianBlur(fine * fine, (0, 0), 3), np.float32)),
            np.hypot(along - athwart, both) / (along + athwart + np.float32(1e-3)),
            np.arctan2(both, along - athwart),
        )

    def rough_share(self) -> float:
        """Return the share of the picture that has a strong texture of any kind."""
        return float((self.roughness > ROUGH_LEVELS).mean())

    def grainy(self) -> Mask:
        """Tell where the texture is strong and has no direction: grains, threads, nuclei."""
        return np.asarray((self.roughness > ROUGH_LEVELS) & (self.coherence < 0.25), np.bool_)

    def streaked(self) -> Mask:
        """Tell where strokes run straight along, or square to, the picture's main direction."""
        straight = (self.roughness > ROUGH_LEVELS) & (self.coherence > 0.9)
        quarter = 2 * self.double_angle
        main = np.angle(np.exp(1j * quarter[straight]).sum()) if straight.any() else 0.0
        return np.asarray(straight & (np.cos(quarter - main) > 0.8), np.bool_)

    def turning_share(self) -> float:
        """Return the share of the picture that strands cover, less the more they run one way."""
        strands = (self.roughness > 1.25 * ROUGH_LEVELS) & (self.coherence > 0.4)
        if not strands.any():
            return 0.0
        one_way = abs(np.exp(1j * self.double_angle[strands]).mean())
        return float(strands.mean() * (1 - one_way))


def _mean(plane: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), WINDOW_PX), np.float32)
