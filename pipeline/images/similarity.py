"""Whether two pictures show the same, on their pixels: structural similarity of small grey copies.

The index is that of Wang et al. 2004 over 7 x 7 windows. One of the two may be a crop of the other:
a few sizes are tried, each at its best place.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images.decode import Pixels

SIDE_PX = 96
WINDOW = (7, 7)
KEPT = (1.0, 0.97, 0.94, 0.91, 0.88)  # shares of the side that a crop keeps
# Wang's constants suit pictures of 0-255; skin differs from skin by a few levels only
C1, C2 = 6.5, 4.0

Thumb: TypeAlias = npt.NDArray[np.float32]


def make_thumb(pixels: Pixels) -> Thumb:
    """Return the picture in grey, squeezed to a square of 96 pixels."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.float32)


def similarity(one: Thumb, other: Thumb) -> float:
    """Return the structural similarity, -1 to 1, at the best of the crops that are tried."""
    best = -1.0
    for share in KEPT:
        for whole, part in ((one, other), (other, one)):
            best = max(best, _placed_similarity(whole, part, share))
    return best


def _placed_similarity(whole: Thumb, part: Thumb, share: float) -> float:
    """Return the similarity where a part that keeps `share` of the side lies on the whole."""
    side = round(SIDE_PX * share)
    fitted = np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    scores = cv2.matchTemplate(whole, fitted, cv2.TM_CCOEFF_NORMED)
    _, _, _, (left, top) = cv2.minMaxLoc(scores)
    return structural_similarity(whole[top : top + side, left : left + side], fitted)


def structural_similarity(one: Thumb, other: Thumb) -> float:
    """Return the mean structural similarity of two grey pictures of the same size.

    Brightness and contrast of the second are fitted to the first, so that exposure does not count.
    """
    spread = float(other.std())
    if spread > 0:
        other = (other - other.mean()) * np.float32(one.std() / spread) + one.mean()
    mean_one, mean_other = _mean(one), _mean(other)
    spread_one = _mean(one * one) - mean_one**2
    spread_other = _mean(other * other) - mean_other**2
    shared = _mean(one * other) - mean_one * mean_other
    above = (2 * mean_one * mean_other + C1) * (2 * shared + C2)
    below = (mean_one**2 + mean_other**2 + C1) * (spread_one + spread_other + C2)
    return float((above / below).mean())


def _mean(plane: Thumb) -> Thumb:
    return np.asarray(cv2.blur(plane, WINDOW), np.float32)
