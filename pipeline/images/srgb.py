"""Any colours to sRGB, 8 bits a channel: profiles, transparency, ink, 16 bits, palettes.

A picture is converted in strips, so that no second copy of it is held while it is.
"""

from __future__ import annotations

import io
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Pixels: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]

STRIP_PIXELS = 4_000_000  # most pictures are one strip
WHITE_LEVELS = (255, 4095, 65535)  # of 8, 12 and 16 bits, whatever container holds them
_PROFILED = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_CLEAR_MODES = ("RGBA", "LA", "PA", "RGBa", "La")


def to_srgb(picture: Image.Image) -> Pixels:
    """Return the loaded picture as sRGB, shape (height, width, 3).

    Transparent parts become white. A profile that is broken, or meant for other colours than the
    picture has, is passed over: its colours are taken as they stand.
    """
    white = _white_level(picture)
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    rows = max(1, STRIP_PIXELS // width)
    transform, mode = _transform(picture)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        whole = rows >= height
        strip = _opaque(picture if whole else picture.crop((0, top, width, bottom)), white)
        if transform is not None:
            ready = strip if strip.mode == mode else strip.convert(mode)
            strip = ImageCms.applyTransform(ready, transform) or ready
        pixels[top:bottom] = np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))
    return pixels


def _transform(picture: Image.Image) -> tuple[ImageCms.ImageCmsTransform | None, str]:
    """Return what turns the picture's colours into sRGB, null if nothing is to be turned."""
    if picture.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(lab, srgb, "LAB", "RGB"), "LAB"
    profile = picture.info.get("icc_profile")
    if not profile:
        return None, "RGB"
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _PROFILED.get(embedded.profile.xcolor_space.strip(), "")
        if not mode or (mode == "CMYK") != (picture.mode == "CMYK"):
            return None, "RGB"
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(embedded, srgb, mode, "RGB"), mode
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None, "RGB"


def _white_level(picture: Image.Image) -> float | None:
    """Return which level of a picture of more than 8 bits is white; null for others.

    Nothing in a file says how many of its bits are used; no picture worth having uses a sixteenth
    of the levels that it could.
    """
    if picture.mode not in ("I", "F") and not picture.mode.startswith("I;16"):
        return None
    levels: npt.NDArray[np.generic] = np.asarray(picture)
    highest = float(np.nan_to_num(np.nanmax(levels), posinf=0.0)) if levels.size else 0.0
    if picture.mode == "F" and 0 < highest <= 1:
        return 1.0
    return float(next((each for each in WHITE_LEVELS if highest <= each), highest))


def _opaque(strip: Image.Image, white: float | None) -> Image.Image:
    """Return a strip on a white ground, in RGB, L, CMYK or LAB."""
    if white is not None:
        levels = np.nan_to_num(np.asarray(strip).astype(np.float64), posinf=white)
        return Image.fromarray((levels * (255 / white)).round().clip(0, 255).astype(np.uint8))
    if strip.mode in _CLEAR_MODES or "transparency" in strip.info:
        if strip.mode == "La":
            strip = strip.convert("LA")
        clear = strip.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, clear).convert("RGB")
    return strip if strip.mode in ("RGB", "L", "CMYK", "LAB") else strip.convert("RGB")
