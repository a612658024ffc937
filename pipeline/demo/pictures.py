"""Pictures as RGB arrays: seeded noise, text and deterministic encoding.

Everything drawn in the demo world is built from these few functions. A generator is seeded with
the world's seed and a key, so that a picture depends on nothing drawn before it.
"""

import io
import zlib
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Picture: TypeAlias = npt.NDArray[np.uint8]
"""Height x width x 3, RGB, 0-255."""

Field: TypeAlias = npt.NDArray[np.float32]
"""Height x width (x 3), real values."""

Colour: TypeAlias = tuple[int, int, int]


def generator(seed: int, key: str) -> np.random.Generator:
    """Return the random generator of one key of one world."""
    return np.random.default_rng([seed, zlib.crc32(key.encode())])


def noise(
    rng: np.random.Generator, height: int, width: int, *, coarsest: int = 3, octaves: int = 5
) -> Field:
    """Return fractal noise in 0-1, whose coarsest octave has `coarsest` cells across."""
    total: Field = np.zeros((height, width), np.float32)
    weight, cells = 1.0, coarsest
    for _ in range(octaves):
        rows = max(2, cells * height // width + 1)
        grid = rng.random((rows, max(2, cells)), dtype=np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight, cells = weight * 0.55, cells * 2
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / (high - low), np.float32)


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own typeface, which needs no font files on the machine."""
    return ImageFont.load_default(size)


def write_text(
    picture: Picture, corner: tuple[int, int], text: str, *, size: int, colour: Colour
) -> Picture:
    """Return a copy with `text` drawn, its upper left corner at (x, y)."""
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).multiline_text(corner, text, font=font(size), fill=colour)
    return np.array(image, np.uint8)


def text_width(text: str, size: int) -> int:
    """Return the width in pixels that a line of text takes."""
    return int(np.ceil(font(size).getlength(text)))


def wrap_text(text: str, *, size: int, width: int) -> str:
    """Break `text` into lines no wider than `width` pixels."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def flat(width: int, height: int, colour: Colour) -> Picture:
    """Return a picture of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def resize(picture: Picture, width: int, height: int) -> Picture:
    """Return the picture at another size."""
    shrinking = width < picture.shape[1]
    how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def encode_jpeg(picture: Picture, quality: int = 86) -> bytes:
    """Encode as JPEG; the same picture gives the same bytes with the same Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def encode_png(picture: Picture) -> bytes:
    """Encode as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=False, compress_level=6)
    return buffer.getvalue()
