"""Skin-like pictures: six Fitzpatrick tones with lesions drawn after a recipe.

Colours are mixed in CIE L*a*b*; the base of each tone has the individual typology angle of its
Fitzpatrick class, so that a tone can be measured as well as read from the truth.
"""

import cv2
import numpy as np

from pipeline.demo.diseases import Recipe
from pipeline.demo.features import FEATURES
from pipeline.demo.lesions import lesion_mask, shade
from pipeline.demo.pictures import Field, Picture, noise

TONES: dict[int, tuple[float, float, float]] = {
    1: (78.0, 9.0, 14.0),
    2: (71.0, 11.0, 17.5),
    3: (64.0, 12.5, 19.5),
    4: (57.0, 13.5, 20.0),
    5: (45.5, 13.5, 19.0),
    6: (34.0, 10.5, 14.0),
}
_DRAPES = ((62.0, -8.0, -22.0), (58.0, -24.0, 8.0), (90.0, 0.0, 1.0), (18.0, 1.0, -4.0))


def draw_skin(
    rng: np.random.Generator, recipe: Recipe, tone: int, width: int, height: int
) -> Picture:
    """Draw a clinical photograph of skin of a Fitzpatrick tone (1-6) with the recipe's lesions."""
    lab = lit_skin(rng, tone, width, height)
    outside = _drape(rng, width, height)
    mask = lesion_mask(rng, recipe, width, height) * (1 - outside)
    lab = shade(rng, lab, mask, recipe.colour, tone)
    for name in recipe.features:
        lab = FEATURES[name](rng, lab, mask)
    if rng.random() < 0.5:
        _hairs(rng, lab, int(rng.integers(6, 30)))
    cloth = np.array(_DRAPES[int(rng.integers(len(_DRAPES)))], np.float32)
    folds = noise(rng, height, width, coarsest=4, octaves=3)[..., None] * 14 - 7
    cover = outside[..., None]
    drape = cloth + folds * np.array((1, 0, 0), np.float32)
    lab = np.asarray(lab * (1 - cover) + drape * cover, np.float32)
    return to_picture(lab, rng)


def draw_dermoscopy(
    rng: np.random.Generator, recipe: Recipe, tone: int, width: int, height: int
) -> Picture:
    """Draw a magnified lesion as a dermatoscope shows it, sometimes in a round dark field."""
    lab = lit_skin(rng, tone, width, height)
    mask = lesion_mask(rng, recipe, width, height)
    lab = shade(rng, lab, mask, recipe.colour, tone)
    for name in recipe.features:
        lab = FEATURES[name](rng, lab, mask)
    _hairs(rng, lab, int(rng.integers(0, 24)))
    if rng.random() < 0.25:
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        middle = (width * rng.uniform(0.42, 0.58), height * rng.uniform(0.42, 0.58))
        far = np.hypot(columns - middle[0], rows - middle[1]) / (width * rng.uniform(0.44, 0.56))
        lab[..., 0] *= 1 - np.clip((far - 0.95) * 6, 0, 0.7)
    return to_picture(lab, rng)


def lit_skin(rng: np.random.Generator, tone: int, width: int, height: int) -> Field:
    """Return plain skin in L*a*b*, lit from one side, with pores and uneven colour."""
    lab = np.empty((height, width, 3), np.float32)
    lab[:] = TONES[tone]
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(4, 10)
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    lab[..., 0] += strength * (columns * np.cos(angle) + rows * np.sin(angle))
    lab[..., 0] += 10 * (noise(rng, height, width, coarsest=3) - 0.5)
    lab[..., 1] += 5 * (noise(rng, height, width, coarsest=3, octaves=4) - 0.5)
    lab[..., 0] += 3 * (noise(rng, height, width, coarsest=60, octaves=2) - 0.5)
    return lab


def to_picture(lab: Field, rng: np.random.Generator) -> Picture:
    """Turn L*a*b* into an RGB picture with a little sensor grain."""
    lab[..., 0] += rng.normal(0, 0.7, lab.shape[:2]).astype(np.float32)
    lab[..., 0] = np.clip(lab[..., 0], 2, 99)
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.clip(rgb * 255 + 0.5, 0, 255), np.uint8)


def _drape(rng: np.random.Generator, width: int, height: int) -> Field:
    """Return where cloth, not skin, is seen: nothing, one side or two sides of a limb."""
    outside: Field = np.zeros((height, width), np.float32)
    sides = int(rng.choice([0, 1, 2], p=[0.4, 0.35, 0.25]))
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    for side in range(sides):
        across = columns * np.cos(angle + side * np.pi) + rows * np.sin(angle + side * np.pi)
        along = -columns * np.sin(angle) + rows * np.cos(angle)
        bend = rng.uniform(-0.25, 0.25) * along**2 + rng.uniform(-0.12, 0.12) * along
        edge = np.clip((across + bend - rng.uniform(0.62, 0.85)) * 40, 0, 1)
        outside = np.maximum(outside, edge)
    return np.asarray(outside, np.float32)


def _hairs(rng: np.random.Generator, lab: Field, count: int) -> None:
    height, width = lab.shape[:2]
    lean = rng.uniform(0, np.pi)
    for _ in range(count):
        start = rng.uniform(0, (width, height))
        turn = lean + rng.normal(0, 0.35)
        reach = rng.uniform(20, 70)
        bow = rng.normal(0, 9, 2)
        end = start + reach * np.array([np.cos(turn), np.sin(turn)])
        line = np.array([start, (start + end) / 2 + bow, end]).astype(np.int32)
        cv2.polylines(lab, [line], False, (16.0, 4.0, 6.0), 1, cv2.LINE_AA)
