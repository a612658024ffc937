"""What colours say: where skin may be, where a stain or a glow is, and whether the light is green.

All functions take and return planes of one picture, height x width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images.decode import Pixels

Plane: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]

# what takes a green cast out of a picture: gains of red, green and blue, none, half, and whole
CASTS = ((1.0, 1.0, 1.0), (1.027, 0.973, 1.027), (1.055, 0.947, 1.055))
MIN_NEUTRAL_SHARE = 0.02  # so much grey or white is enough to tell that there is no cast
MIN_BLACK_SHARE = 0.3  # of a picture made in the dark


@dataclass(frozen=True, slots=True)
class Colours:
    """Lightness 0-100, chroma, and hue in degrees from -180 to 180, of CIE L*a*b*."""

    lightness: Plane
    chroma: Plane
    hue: Plane

    @classmethod
    def of(cls, pixels: Pixels, gains: tuple[float, float, float] = CASTS[0]) -> Colours:
        """Take the colours of RGB pixels, each channel times its gain."""
        scaled = pixels.astype(np.float32) * (np.array(gains, np.float32) / 255)
        lab = cv2.cvtColor(np.minimum(scaled, 1), cv2.COLOR_RGB2LAB)
        lightness, green_red, blue_yellow = np.moveaxis(np.asarray(lab, np.float32), 2, 0)
        hue = np.degrees(np.arctan2(blue_yellow, green_red))
        return cls(lightness, np.hypot(green_red, blue_yellow), hue)


def skin_under_its_light(pixels: Pixels, colours: Colours) -> Mask:
    """Tell where the colour is one of skin, under the light that shows most skin.

    Green is the one cast that takes pale and dark skin out of its hues. It is taken out only where
    nothing grey or white tells that the light is white.
    """
    grey = (colours.chroma < 4) & (colours.lightness > 40) & (pixels.max(axis=2) < 250)
    found = skin_colour(colours)
    if grey.mean() >= MIN_NEUTRAL_SHARE:
        return found
    others = [skin_colour(Colours.of(pixels, gains)) for gains in CASTS[1:]]
    return max([found, *others], key=np.count_nonzero)


def skin_colour(colours: Colours) -> Mask:
    """Tell where the colour is one that skin or a lesion on it has, whatever the skin's tone.

    Melanin and blood move a colour along lightness and within one quadrant of hue, red to yellow.
    Dark skin is redder than pale skin; pale skin, and any skin in shadow, has less chroma.
    """
    lightness, chroma, hue = colours.lightness, colours.chroma, colours.hue
    lit = (lightness > 8) & (lightness < 96)
    least_chroma = np.interp(lightness, (0, 40, 55, 70), (5.0, 9.5, 8.5, 5.0))
    most_hue = np.interp(lightness, (0, 40, 70), (60.0, 70.0, 84.0))
    coloured = (chroma > least_chroma) & (chroma < 65)
    return np.asarray(lit & coloured & (hue > -8) & (hue < most_hue), np.bool_)


def stain_colour(colours: Colours) -> Mask:
    """Tell where the colour is that of eosin or haematoxylin: pink to blue-violet."""
    lightness, chroma, hue = colours.lightness, colours.chroma, colours.hue
    return np.asarray((lightness > 15) & (chroma > 14) & (hue <= -6) & (hue > -80), np.bool_)


def glow_share(colours: Colours) -> float:
    """Return which share of what is lit glows in one pure colour; 0 if the ground is not black."""
    lightness, chroma, hue = colours.lightness, colours.chroma, colours.hue
    if (lightness < 15).mean() < MIN_BLACK_SHARE:
        return 0.0
    lit = lightness >= 25
    is_green, is_blue = (hue > 100) & (hue < 170), (hue > -95) & (hue < -40)
    pure = lit & ((chroma > 75) | ((chroma > 40) & (is_green | is_blue)))
    return float(pure.sum() / max(1, lit.sum()))
