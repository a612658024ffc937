"""Measures of a picture's content: contrast, sharpness, and shares of skin, stain, writing, paper.

All are taken on the picture reduced to 256 pixels on its longer side, in plain NumPy and OpenCV.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images.decode import Pixels

SIDE_PX = 256
BLOCK_PX = 8  # side of the blocks that are searched for writing
INK_LEVELS = 25  # grey levels by which a line differs from its ground

Grey: TypeAlias = npt.NDArray[np.uint8]
Plane: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one picture; shares lie between 0 and 1."""

    contrast: float
    sharpness: float
    flat_share: float
    skin_share: float
    histology_share: float
    edge_text_share: float
    axis_share: float


def reduce_picture(pixels: Pixels, side: int = SIDE_PX) -> Pixels:
    """Return the picture with its longer side at most `side` pixels; it is never enlarged."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def measure_picture(pixels: Pixels) -> Measures:
    """Measure a picture of any size, RGB."""
    small = reduce_picture(pixels)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    lightness, chroma, hue = _colours(small)
    even = _even(grey)
    return Measures(
        contrast=round(float(grey.std()), 4),
        sharpness=round(float(cv2.Laplacian(grey, cv2.CV_32F).var()), 4),
        flat_share=_share(even & _near(grey, _ground_level(grey, even))),
        skin_share=_share(_skin(lightness, chroma, hue) & ~even),
        histology_share=_share(_stain(lightness, chroma, hue) & ~even),
        edge_text_share=_share(_writing(grey)),
        axis_share=_axis_share(grey, _ground_level(grey, even)),
    )


def _share(mask: Mask) -> float:
    return round(float(mask.mean()), 4)


def _colours(small: Pixels) -> tuple[Plane, Plane, Plane]:
    """Return lightness 0-100, chroma, and hue in degrees from -180 to 180, of CIE L*a*b*."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lightness, green_red, blue_yellow = np.moveaxis(np.asarray(lab, np.float32), 2, 0)
    hue = np.degrees(np.arctan2(blue_yellow, green_red))
    return lightness, np.hypot(green_red, blue_yellow), hue


def _even(grey: Grey) -> Mask:
    """Tell where a 5 x 5 neighbourhood spans at most two grey levels, as paint and paper do."""
    square = np.ones((5, 5), np.uint8)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, square) <= 2, np.bool_)


def _ground_level(grey: Grey, even: Mask) -> int:
    """Return the grey level, give or take one, that the most even pixels have."""
    counts = np.bincount(grey[even], minlength=256)
    return int(np.convolve(counts, np.ones(3), mode="same").argmax())


def _near(grey: Grey, level: int) -> Mask:
    return np.asarray(np.abs(grey.astype(np.int16) - level) <= 1, np.bool_)


def _skin(lightness: Plane, chroma: Plane, hue: Plane) -> Mask:
    """Tell where the colour is one that skin or a lesion on it has, whatever the skin's tone.

    Melanin and blood move a colour along lightness and within one quadrant of hue, red to yellow.
    Dark skin is redder than pale skin; pale skin, and any skin in shadow, has less chroma.
    """
    lit = (lightness > 8) & (lightness < 96)
    least_chroma = np.interp(lightness, (0, 40, 55, 70), (5.0, 9.5, 8.5, 5.0))
    most_hue = np.interp(lightness, (0, 40, 70), (60.0, 70.0, 84.0))
    coloured = (chroma > least_chroma) & (chroma < 65)
    return np.asarray(lit & coloured & (hue > -8) & (hue < most_hue), np.bool_)


def _stain(lightness: Plane, chroma: Plane, hue: Plane) -> Mask:
    """Tell where the colour is that of eosin or haematoxylin: pink to blue-violet."""
    return np.asarray((lightness > 15) & (chroma > 14) & (hue <= -6) & (hue > -80), np.bool_)


def _writing(grey: Grey) -> Mask:
    """Tell which blocks hold strokes: much of the block is one level, and a little is far off."""
    height, width = (side - side % BLOCK_PX for side in grey.shape)
    if not height or not width:
        return np.zeros((1, 1), np.bool_)
    shape = (height // BLOCK_PX, BLOCK_PX, width // BLOCK_PX, BLOCK_PX)
    tiles = grey[:height, :width].reshape(shape).transpose(0, 2, 1, 3)
    tiles = np.sort(tiles.reshape(shape[0], shape[2], -1).astype(np.int16), axis=2)
    last = BLOCK_PX * BLOCK_PX - 1
    low, middle, high = tiles[..., 1], tiles[..., last // 2], tiles[..., last - 1]
    even = (np.abs(tiles - middle[..., None]) <= 6).mean(axis=2)
    return np.asarray((np.maximum(high - middle, middle - low) > 40) & (even > 0.3), np.bool_)


def _axis_share(grey: Grey, ground: int) -> float:
    """Return the shorter of the longest upright and the longest level stroke, as share of the side.

    A chart's axes are such strokes; the rule below a slide's title is level only.
    """
    ink = np.abs(grey.astype(np.int16) - ground) > INK_LEVELS
    upright, level = _longest_run(ink.T) / ink.shape[0], _longest_run(ink) / ink.shape[1]
    return round(float(min(upright, level)), 4)


def _longest_run(plane: Mask) -> int:
    """Return the length of the longest unbroken run of true values in any row."""
    steps = np.diff(np.pad(plane, ((0, 0), (1, 1))).ravel().astype(np.int8))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return int((ends - starts).max()) if len(starts) else 0
