"""Whether two pictures show the same, on their pixels: aligned small copies, and how they agree.

One may be a slightly moved, scaled or turned version of the other: the affine map between them is
found first (enhanced correlation, Evangelidis and Psarakis 2008), from coarse to fine. Where both
show something, their structure (Wang et al. 2004, 7 x 7 windows) and their colours are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images.srgb import Pixels

SIDE_PX = 96
# how the two are aligned, until they agree: kind of map, sides of the copies one after the other
TRIALS = (
    (cv2.MOTION_AFFINE, (48, SIDE_PX)),
    (cv2.MOTION_EUCLIDEAN, (48, SIDE_PX)),
    (cv2.MOTION_AFFINE, (SIDE_PX,)),
)
WINDOW = (7, 7)
WORST = 30  # percent of the places that may be less similar
GRID = 3
# Wang's constants suit pictures of 0-255; skin differs from skin by a few levels only
C1, C2 = 6.5, 4.0
STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
SURE = 0.92  # no better way to lay them on one another is looked for
MIN_CORRELATION = 0.6  # plain places agree with plain places: the whole must agree too
MAX_GAIN = 2.5  # of contrast; more would make anything out of nothing
SMOOTHING = 5  # pixels by which the aligner blurs
MIN_SCALE, MAX_SCALE = 0.78, 1.28  # views have undone most: more is another photograph
MAX_TURN = 0.16  # sine of the angle that remains
RIM = 2  # pixels
MIN_OVERLAP = 0.6  # share of the thumb

Thumb: TypeAlias = npt.NDArray[np.uint8]
Plane: TypeAlias = npt.NDArray[np.float32]
Affine: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two pictures agree once they lie on one another.

    ``structure`` is between -1 and 1; ``colour`` is a mean distance in Lab.
    """

    structure: float
    colour: float


UNLIKE = Likeness(-1.0, 100.0)


def make_thumb(pixels: Pixels) -> Thumb:
    """Return the picture squeezed to a square of 96 pixels, RGB."""
    small = cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def compare(one: Thumb, other: Thumb) -> Likeness:
    """Lay the other thumb on the one where they agree best, and tell how they agree."""
    grey, moved = _grey(one), _grey(other)
    best = _likeness(one, other, np.eye(2, 3, dtype=np.float32))
    for motion, sides in TRIALS:
        if best.structure >= SURE:
            break
        warp = _align(grey, moved, motion, sides)
        if warp is not None:
            best = max(best, _likeness(one, other, warp), key=lambda each: each.structure)
    return best


def _likeness(one: Thumb, other: Thumb, warp: Affine) -> Likeness:
    whole = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    whole[RIM:-RIM, RIM:-RIM] = 1  # what is blurred or drawn out at the rim is not compared
    inside = _warped(whole, warp, cv2.INTER_NEAREST) > 0
    if inside.mean() < MIN_OVERLAP:
        return UNLIKE
    laid = _warped(other, warp, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
    grey, moved = _grey(one), _grey(laid)
    if _correlation(grey[inside], moved[inside]) < MIN_CORRELATION:
        return UNLIKE
    return Likeness(structural_similarity(grey, moved, inside), _colour_distance(one, laid, inside))


def _correlation(seen: Plane, shown: Plane) -> float:
    """Return the correlation of grey levels; 0 if one of the two is flat."""
    one, other = seen - seen.mean(), shown - shown.mean()
    power = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / power if power > len(one) else 0.0


def structural_similarity(one: Plane, other: Plane, inside: npt.NDArray[np.bool_]) -> float:
    """Return the structural similarity that most places in a mask of two grey pictures exceed.

    A mark on a picture spoils a few places; another mole on the same skin spoils most. Plain ground
    agrees with plain ground, so that the busier half of the places must agree as well.
    Brightness and contrast of the second are fitted to the first: exposure does not count.
    """
    seen, shown = one[inside], other[inside]
    spread = max(float(shown.std()), 1e-3)
    gain = np.float32(np.clip(seen.std() / spread, 1 / MAX_GAIN, MAX_GAIN))
    other = (other - shown.mean()) * gain + seen.mean()
    other = np.where(inside, other, one)  # what lies outside does not touch the windows at the rim
    mean_one, mean_other = _mean(one), _mean(other)
    spread_one = _mean(one * one) - mean_one**2
    spread_other = _mean(other * other) - mean_other**2
    shared = _mean(one * other) - mean_one * mean_other
    above = (2 * mean_one * mean_other + C1) * (2 * shared + C2)
    below = (mean_one**2 + mean_other**2 + C1) * (spread_one + spread_other + C2)
    score, spread_both = (above / below)[inside], (spread_one + spread_other)[inside]
    busy = spread_both > np.median(spread_both)
    return float(min(np.percentile(each, WORST) for each in (score, score[busy]) if len(each)))


def signature_distance(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> Plane:
    """Return the mean Lab distance of 3 x 3 signatures, (..., 3, 3, 3) -> (...).

    A common shift of lightness is taken out: exposure alone makes no distance.
    """
    apart = one - other
    shift = apart[..., :1].mean(axis=(-3, -2), keepdims=True)
    apart = apart - shift * np.array([1, 0, 0], np.float32)
    return np.asarray(np.linalg.norm(apart, axis=-1).mean(axis=(-2, -1)), np.float32)


def _grey(thumb: Thumb) -> Plane:
    grey = cv2.cvtColor(thumb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.8), np.float32)


def _align(one: Plane, other: Plane, motion: int, sides: tuple[int, ...]) -> Affine | None:
    """Return the map from the one to the other, if it is a slight one; null if none is found."""
    warp = np.eye(2, 3, dtype=np.float32)
    last = sides[0]
    for side in sides:
        warp[:, 2] *= side / last  # from the coarser grid to the finer one
        last = side
        small, moved = (
            cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA) for each in (one, other)
        )
        whole = np.full((side, side), 255, np.uint8)
        try:
            _, found = cv2.findTransformECC(small, moved, warp, motion, STEPS, whole, SMOOTHING)
        except cv2.error:  # the two do not correlate, or one of them is flat
            return None
        warp = np.asarray(found, np.float32)
    return warp if _is_slight(warp) else None


def _is_slight(warp: Affine) -> bool:
    scales = np.linalg.svd(warp[:, :2], compute_uv=False)
    turn = abs(warp[1, 0] - warp[0, 1]) / 2
    return bool(scales.min() > MIN_SCALE and scales.max() < MAX_SCALE and turn < MAX_TURN)


def _warped(plane: Thumb, warp: Affine, how: int, border: int = cv2.BORDER_CONSTANT) -> Thumb:
    size, flags = (SIDE_PX, SIDE_PX), how | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, warp, size, flags=flags, borderMode=border), np.uint8)


def _colour_distance(one: Thumb, other: Thumb, inside: npt.NDArray[np.bool_]) -> float:
    """Return the distance of the mean colours by cells, as `signature_distance` has it."""
    return float(signature_distance(_cells_of(one, inside), _cells_of(other, inside)))


def _cells_of(thumb: Thumb, inside: npt.NDArray[np.bool_]) -> Plane:
    """Return the mean Lab colour of each cell, as far as it lies in the mask."""
    lab = np.asarray(cv2.cvtColor(thumb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    weight = inside.astype(np.float32)[..., None]
    return np.asarray(_cells(lab * weight) / np.maximum(_cells(weight), 1e-3), np.float32)


def _cells(plane: Plane) -> Plane:
    side = SIDE_PX // GRID
    return np.asarray(plane.reshape(GRID, side, GRID, side, -1).mean(axis=(1, 3)), np.float32)


def _mean(plane: Plane) -> Plane:
    return np.asarray(cv2.blur(plane, WINDOW), np.float32)
