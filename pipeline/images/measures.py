"""Measures of a picture: contrast, sharpness, shares of skin, stain, texture, writing and paper.

All are taken on the picture reduced to 256 pixels on its longer side, in plain NumPy and OpenCV.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.images.colours import (
    Colours,
    Mask,
    glow_share,
    skin_under_its_light,
    stain_colour,
)
from pipeline.images.decode import Pixels
from pipeline.images.repeats import Repeats
from pipeline.images.textures import Texture

SIDE_PX = 256
BLOCK_PX = 8  # side of the blocks that are searched for writing
MIN_PAPER_SHARE = 0.4  # of one even colour in a page
INK_LEVELS = 25  # grey levels by which a line differs from its ground

Grey: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one picture; shares lie between 0 and 1."""

    contrast: float
    sharpness: float
    flat_share: float
    painted_share: float
    tone_share: float
    skin_share: float
    histology_share: float
    grain_share: float
    glow_share: float
    fur_share: float
    edge_text_share: float
    axis_share: float
    repeat_score: float
    lattice_score: float


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
    even = _even(grey)
    ground = _ground_level(grey, even)
    colours = Colours.of(small)
    texture = Texture.of(colours.lightness)
    repeats = Repeats.of(grey.astype(np.float32), even)
    grainy = texture.grainy()
    paper = even & _near(grey, ground)
    stuff = even | _beside(paper) | grainy | texture.streaked()
    measured = Measures(
        contrast=float(grey.std()),
        sharpness=float(cv2.Laplacian(grey, cv2.CV_32F).var()),
        flat_share=float(paper.mean()),
        painted_share=float(even.mean()),
        tone_share=_tone_share(small),
        skin_share=float((skin_under_its_light(small, colours) & ~stuff).mean()),
        histology_share=float((stain_colour(colours) & ~even).mean()),
        grain_share=float(grainy.mean()),
        glow_share=glow_share(colours),
        fur_share=texture.turning_share(),
        edge_text_share=float(_writing(grey).mean()),
        axis_share=_axis_share(grey, ground),
        repeat_score=repeats.deviations,
        lattice_score=repeats.height * texture.rough_share(),
    )
    return Measures(**{name: round(value, 4) for name, value in asdict(measured).items()})


def _tone_share(small: Pixels) -> float:
    """Return the share of the pixels that the eight commonest of 4096 colours make up."""
    red, green, blue = np.moveaxis(small.astype(np.int32) >> 4, 2, 0)
    counts = np.sort(np.bincount((red << 8 | green << 4 | blue).ravel()))
    return float(counts[-8:].sum() / counts.sum())


def _even(grey: Grey) -> Mask:
    """Tell where a 5 x 5 neighbourhood spans at most two grey levels, as paint and paper do."""
    square = np.ones((5, 5), np.uint8)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, square) <= 2, np.bool_)


def _beside(paper: Mask) -> Mask:
    """Tell what is so near to the paper of a page that its colour may be the edge of a letter."""
    if paper.mean() < MIN_PAPER_SHARE:
        return paper
    square = np.ones((7, 7), np.uint8)
    return np.asarray(cv2.dilate(paper.astype(np.uint8), square) > 0, np.bool_)


def _ground_level(grey: Grey, even: Mask) -> int:
    """Return the grey level, give or take one, that the most even pixels have."""
    counts = np.bincount(grey[even], minlength=256)
    return int(np.convolve(counts, np.ones(3), mode="same").argmax())


def _near(grey: Grey, level: int) -> Mask:
    return np.asarray(np.abs(grey.astype(np.int16) - level) <= 1, np.bool_)


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
    return float(min(upright, level))


def _longest_run(plane: Mask) -> int:
    """Return the length of the longest unbroken run of true values in any row."""
    steps = np.diff(np.pad(plane, ((0, 0), (1, 1))).ravel().astype(np.int8))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return int((ends - starts).max()) if len(starts) else 0
