"""Pictures for the bench of duplicates: originals, changed copies of them, and look-alikes."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from pipeline.demo.diseases import DISEASES
from pipeline.demo.lesions import shade
from pipeline.demo.pictures import generator, noise
from pipeline.demo.skin import draw_skin, lit_skin, to_picture
from pipeline.images.srgb import Pixels

NAMES = sorted(DISEASES)
FONT = cv2.FONT_HERSHEY_SIMPLEX
Change = Callable[[Pixels, np.random.Generator], Pixels]


def original(seed: int, number: int) -> Pixels:
    """Draw a clinical picture of one of a few sizes."""
    rng = generator(seed, f"original {number}")
    width, height = ((640, 480), (480, 480), (480, 640), (600, 400))[number % 4]
    recipe = DISEASES[NAMES[number % len(NAMES)]].recipe
    return draw_skin(rng, recipe, 1 + number % 6, width, height)


def saved(pixels: Pixels, quality: int) -> Pixels:
    """Return the picture as a JPEG of some quality shows it."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out))


def cropped(pixels: Pixels, left: float, top: float, right: float, bottom: float) -> Pixels:
    """Cut off shares of width and height."""
    height, width = pixels.shape[:2]
    return pixels[
        round(height * top) : round(height * (1 - bottom)),
        round(width * left) : round(width * (1 - right)),
    ]


def centred(share: float) -> Change:
    """Return a change that leaves out a share of each side, half of it at either end."""
    return lambda pixels, _rng: cropped(pixels, *(share / 2,) * 4)


def off_centre(low: float, high: float) -> Change:
    """Return a change that leaves out a share of each side, unevenly at its ends."""

    def change(pixels: Pixels, rng: np.random.Generator) -> Pixels:
        across, down = rng.uniform(low, high, 2)
        left, top = rng.uniform(0, across), rng.uniform(0, down)
        return cropped(pixels, left, top, across - left, down - top)

    return change


def bordered(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Put an even frame around the picture."""
    width = int(rng.uniform(0.03, 0.12) * pixels.shape[1])
    level = (0, 255, 240, 32)[int(rng.integers(4))]
    sides = (width, width, width, width) if rng.random() < 0.5 else (0, 0, width, width)
    return cv2.copyMakeBorder(pixels, *sides, cv2.BORDER_CONSTANT, value=(level,) * 3)


def watermarked(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Write a name across the picture, half transparent."""
    over = np.ascontiguousarray(pixels).copy()
    at = (int(rng.uniform(0.02, 0.3) * pixels.shape[1]), int(rng.uniform(0.3, 0.95) * len(pixels)))
    cv2.putText(over, "(c) dermatlas", at, FONT, pixels.shape[1] / 320, (255, 255, 255), 3)
    return cv2.addWeighted(over, 0.6, np.ascontiguousarray(pixels), 0.4, 0)


def turned(low: float, high: float) -> Change:
    """Return a change that turns the picture by a few degrees and cuts the corners away."""

    def change(pixels: Pixels, rng: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        angle = float(rng.uniform(low, high) * rng.choice([-1, 1]))
        sine = abs(np.sin(np.radians(angle)))
        zoom = 1 + sine * max(width / height, height / width)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, zoom)
        return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC)

    return change


def exposed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Change brightness and contrast."""
    gain, offset = rng.uniform(0.8, 1.2), rng.uniform(-20, 20)
    return np.clip(pixels * gain + offset, 0, 255).astype(np.uint8)


def screenshot(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Show the picture on a phone, between a bar and some lines of text."""
    dark = bool(rng.random() < 0.5)
    ground, ink = (18, 235) if dark else (250, 25)
    width, height = 540, 1080
    shown = np.full((height, width, 3), ground, np.uint8)
    fitted = cv2.resize(
        pixels, (width, round(width * pixels.shape[0] / pixels.shape[1])), cv2.INTER_AREA
    )
    top = int(rng.integers(90, 220))
    shown[top : top + len(fitted)] = fitted[: height - top]
    cv2.putText(shown, "09:41      derm_daily", (16, 40), FONT, 0.8, (ink,) * 3, 2)
    for line in range(4):
        at = (16, top + len(fitted) + 40 + 36 * line)
        if at[1] < height - 10:
            words = "Any idea what this could be? it itches"[: int(rng.integers(12, 38))]
            cv2.putText(shown, words, at, FONT, 0.7, (ink,) * 3, 1)
    return shown


CHANGES: dict[str, Change] = {
    "recompressed 35": lambda pixels, _rng: saved(pixels, 35),
    "half the size": lambda pixels, _rng: cv2.resize(
        pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
    ),
    "a third, stretched": lambda pixels, _rng: cv2.resize(
        pixels, (220, 180), interpolation=cv2.INTER_AREA
    ),
    "crop 5 % centred": centred(0.05),
    "crop 10 % centred": centred(0.10),
    "crop 15 % centred": centred(0.15),
    "crop 5-10 % off centre": off_centre(0.05, 0.10),
    "crop 10-15 % off centre": off_centre(0.10, 0.15),
    "border": bordered,
    "watermark": watermarked,
    "mirror": lambda pixels, _rng: pixels[:, ::-1],
    "turned 90": lambda pixels, _rng: np.rot90(pixels, 1),
    "turned 180": lambda pixels, _rng: np.rot90(pixels, 2),
    "turned 270": lambda pixels, _rng: np.rot90(pixels, 3),
    "turned 1-2 degrees": turned(1, 2),
    "turned 3-5 degrees": turned(3, 5),
    "brightness": exposed,
    "screenshot": screenshot,
}


def changed(name: str, pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a changed copy, saved as people save pictures."""
    return saved(CHANGES[name](pixels, rng), int(rng.integers(70, 92)))


def two_moles(seed: int, number: int) -> tuple[Pixels, Pixels]:
    """Draw two moles in the middle of the same patient's skin, in one light."""
    light = cv2.GaussianBlur(
        lit_skin(generator(seed, f"light {number}"), 1 + number % 6, 320, 240), (0, 0), 12
    )

    def mole(name: str) -> Pixels:
        rng = generator(seed, f"mole {number} {name}")
        own = lit_skin(rng, 1 + number % 6, 320, 240)
        mask = np.zeros((240, 320), np.float32)
        cv2.ellipse(mask, (160, 120), (46, int(rng.integers(40, 50))), 0, 0, 360, 1.0, -1)
        mask = cv2.GaussianBlur(mask, (0, 0), 3) * (0.7 + 0.3 * noise(rng, 240, 320, coarsest=14))
        lab = light + own - cv2.GaussianBlur(own, (0, 0), 12)
        coloured = shade(generator(seed, "shade"), lab, mask, "brown", 1 + number % 6)
        return to_picture(coloured, rng)

    return mole("one"), mole("other")


def two_views(seed: int, number: int) -> tuple[Pixels, Pixels]:
    """Draw a lesion and a second photograph of it: nearer, tilted, in another light."""
    first = original(seed, number)
    rng = generator(seed, f"view {number}")
    height, width = first.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inset = rng.uniform(0.08, 0.28, (4, 2)) * [width, height] * [[1, 1], [-1, 1], [-1, -1], [1, -1]]
    warp = cv2.getPerspectiveTransform((corners + inset).astype(np.float32), corners)
    second = cv2.warpPerspective(first, warp, (width, height), flags=cv2.INTER_CUBIC)
    slope = np.linspace(rng.uniform(0.7, 0.9), rng.uniform(1.0, 1.2), width)[None, :, None]
    grain = rng.normal(0, 4, second.shape)
    return first, np.clip(second * slope + grain, 0, 255).astype(np.uint8)


def two_slides(seed: int, number: int) -> tuple[Pixels, Pixels]:
    """Draw two slides of one template: the same title bar, other words, another small picture."""

    def slide(name: str) -> Pixels:
        rng = generator(seed, f"slide {number} {name}")
        shown = np.full((405, 720, 3), 255, np.uint8)
        shown[:60] = (30, 60, 120)
        cv2.putText(shown, "Dermatology grand round", (20, 42), FONT, 1.0, (255, 255, 255), 2)
        for line in range(6):
            letters = rng.choice(list("abcdefghiklmnoprstu    "), 24)
            cv2.putText(shown, "".join(letters), (30, 110 + 45 * line), FONT, 0.7, (40,) * 3, 2)
        picture = original(seed, int(rng.integers(10_000)))
        shown[110:350, 420:690] = cv2.resize(picture, (270, 240), interpolation=cv2.INTER_AREA)
        return shown

    return slide("one"), slide("other")


LOOKALIKES: dict[str, Callable[[int, int], tuple[Pixels, Pixels]]] = {
    "two moles, one skin": two_moles,
    "one lesion, two photographs": two_views,
    "two slides, one template": two_slides,
}
