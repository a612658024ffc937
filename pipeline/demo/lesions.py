"""Where lesions sit, what outline they have, and what colour they give the skin."""

import cv2
import numpy as np

from pipeline.demo.diseases import Recipe
from pipeline.demo.pictures import Field, noise

_WOBBLE = {"sharp": 0.07, "soft": 0.1, "irregular": 0.22}

_SHIFTS: dict[str, tuple[float, float, float]] = {
    "erythema": (-11, 23, 4),
    "red": (-15, 34, 12),
    "pink": (-3, 17, 1),
    "salmon": (-4, 19, 9),
    "violaceous": (-16, 15, -15),
    "purple": (-20, 21, -13),
    "tan": (-13, 4, 5),
    "pearly": (6, 4, -7),
    "yellow": (5, -1, 13),
}
_PAINTS: dict[str, tuple[float, float, float]] = {
    "white": (91, 3, 6),
    "brown": (30, 13, 19),
    "black": (13, 4, 4),
}


def lesion_mask(rng: np.random.Generator, recipe: Recipe, width: int, height: int) -> Field:
    """Return how much of each pixel is lesion, 0-1."""
    count = int(rng.integers(recipe.count[0], recipe.count[1] + 1))
    mask: Field = np.zeros((height, width), np.float32)
    for centre in _centres(rng, recipe.arrangement, count):
        radius = rng.uniform(*recipe.radius) * min(width, height)
        blob: Field = np.zeros_like(mask)
        middle = np.array([centre[0] * width, centre[1] * height])
        outline = _outline(rng, middle, radius, _WOBBLE[recipe.border])
        cv2.fillPoly(blob, [outline], 1.0)
        if recipe.arrangement == "annular":
            inner = _outline(rng, middle, radius * rng.uniform(0.6, 0.74), _WOBBLE[recipe.border])
            cv2.fillPoly(blob, [inner], 0.12)
        blur = radius * 0.3 if recipe.border == "soft" else 1.0 + radius * 0.03
        blob = cv2.GaussianBlur(blob, (0, 0), blur) * rng.uniform(0.8, 1.0)
        mask = np.maximum(mask, blob)
    texture = noise(rng, height, width, coarsest=14, octaves=3)
    return np.asarray(mask * (0.72 + 0.28 * texture), np.float32)


def shade(rng: np.random.Generator, lab: Field, mask: Field, colour: str, tone: int) -> Field:
    """Return the skin with lesions coloured; redness is darker and less bright on dark skin."""
    amount = mask[..., None]
    if colour == "pale":
        return np.asarray(lab + amount * np.array((11, -5, -4), np.float32), np.float32)
    if colour in _PAINTS:
        paint = np.array(_PAINTS[colour], np.float32)
        if colour != "white":
            paint[0] = min(paint[0], lab[..., 0].mean() - 14) + rng.uniform(-4, 4)
        return np.asarray(lab * (1 - 0.92 * amount) + paint * 0.92 * amount, np.float32)
    darker = max(0, tone - 3)
    shift = np.array(_SHIFTS[colour], np.float32)
    shift += np.array((-2.0 * darker, -2.5 * darker, -2.0 * darker), np.float32)
    return np.asarray(lab + amount * shift * rng.uniform(0.9, 1.15), np.float32)


def _centres(rng: np.random.Generator, arrangement: str, count: int) -> list[tuple[float, float]]:
    """Return lesion centres as shares of width and height."""
    middle = rng.uniform(0.32, 0.68, 2)
    if arrangement in ("single", "annular"):
        places = middle + rng.uniform(-0.05, 0.05, (count, 2))
        if count > 1:
            places[1:] = 1 - middle + rng.uniform(-0.1, 0.1, (count - 1, 2))
    elif arrangement in ("grouped", "confluent"):
        spread = rng.uniform(0.09, 0.17, 2)
        places = middle + rng.normal(0, 1, (count, 2)) * spread
    elif arrangement == "linear":
        angle = rng.uniform(0, np.pi)
        along = np.linspace(-0.38, 0.38, count)[:, None]
        places = middle + along * np.array([np.cos(angle), np.sin(angle)])
        places += rng.normal(0, 0.03, (count, 2))
    elif arrangement == "ring":
        angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
        reach = rng.uniform(0.17, 0.3)
        places = middle + reach * np.stack([0.8 * np.cos(angles), np.sin(angles)], 1)
        places += rng.normal(0, 0.012, (count, 2))
    elif arrangement == "symmetric":
        half = rng.uniform((0.12, 0.25), (0.36, 0.75), (count, 2))
        places = np.concatenate([half, np.abs(np.array([1.0, 0.0]) - half)])
    else:
        places = rng.uniform(0.08, 0.92, (count, 2))
    return [(float(x), float(y)) for x, y in places]


def _outline(
    rng: np.random.Generator, middle: np.ndarray, radius: float, wobble: float
) -> np.ndarray:
    """Return a closed wavy polygon around a point, in whole pixels."""
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    reach = np.ones_like(angles)
    for waves in (2, 3, 5, 8):
        reach += (
            wobble
            * rng.normal(0, 1)
            / np.sqrt(waves)
            * np.cos(waves * angles + rng.uniform(0, 2 * np.pi))
        )
    reach = np.clip(reach, 0.4, 1.7) * radius
    stretch, turn = rng.uniform(0.72, 1.0), rng.uniform(0, np.pi)
    x, y = reach * np.cos(angles), reach * np.sin(angles) * stretch
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], 1)
    return np.asarray(points + middle, np.int32)
