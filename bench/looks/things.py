"""Pictures without a patient's skin: materials of skin's colours, food, plants, fur."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from pipeline.demo.figures import draw_object
from pipeline.demo.pictures import Field, Picture, noise
from pipeline.demo.skin import to_picture

WIDTH, HEIGHT = 480, 360
_GREY = np.array((1, 0, 0), np.float32)

Thing = Callable[[np.random.Generator], Picture]


def _plain(low: tuple[float, ...], high: tuple[float, ...], rng: np.random.Generator) -> Field:
    lab: Field = np.empty((HEIGHT, WIDTH, 3), np.float32)
    lab[:] = rng.uniform(low, high)
    shading = noise(rng, HEIGHT, WIDTH, coarsest=2, octaves=2)[..., None] - 0.5
    return np.asarray(lab + 14 * shading * _GREY, np.float32)


def wood(rng: np.random.Generator) -> Picture:
    """A board: rings and streaks along one direction."""
    lab = _plain((38, 7, 15), (74, 14, 30), rng)
    streaks = cv2.resize(
        rng.normal(0, 1, (HEIGHT // 2, 12)).astype(np.float32), (WIDTH, HEIGHT), interpolation=2
    )
    rows = np.mgrid[0:HEIGHT, 0:WIDTH][0].astype(np.float32)
    bend = 30 * noise(rng, HEIGHT, WIDTH, coarsest=2, octaves=2)
    rings = np.sin((rows + bend) * rng.uniform(0.18, 0.5))
    amount = (rng.uniform(4, 7) * streaks + rng.uniform(3, 7) * rings)[..., None]
    lab = lab + amount * np.array((1, -0.15, 0.1), np.float32)
    turned = np.ascontiguousarray(lab[::-1] if rng.random() < 0.5 else lab)
    return to_picture(np.asarray(turned, np.float32), rng)


def sand(rng: np.random.Generator) -> Picture:
    """Grains and ripples."""
    lab = _plain((60, 4, 13), (80, 9, 23), rng)
    grains = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1.1)
    grains *= rng.uniform(9, 13) / float(grains.std())
    rows = np.mgrid[0:HEIGHT, 0:WIDTH][0].astype(np.float32)
    ripples = np.sin((rows + 40 * noise(rng, HEIGHT, WIDTH, coarsest=3)) * rng.uniform(0.1, 0.25))
    return to_picture(np.asarray(lab + (grains + 4 * ripples)[..., None] * _GREY, np.float32), rng)


def brick(rng: np.random.Generator) -> Picture:
    """A wall of bricks in mortar."""
    lab = _plain((42, 16, 14), (54, 28, 26), rng)
    lab += (14 * (noise(rng, HEIGHT, WIDTH, coarsest=60, octaves=3) - 0.5))[..., None] * _GREY
    tall, wide = int(rng.integers(26, 44)), int(rng.integers(66, 110))
    for row, top in enumerate(range(0, HEIGHT, tall)):
        cv2.line(lab, (0, top), (WIDTH, top), (72.0, 2.0, 6.0), 4)
        for left in range(-(row % 2) * wide // 2, WIDTH, wide):
            cv2.line(lab, (left, top), (left, top + tall), (72.0, 2.0, 6.0), 4)
            tint = rng.normal(0, (4, 2, 2))
            lab[top + 3 : top + tall - 2, max(0, left + 3) : max(0, left + wide - 2)] += tint
    return to_picture(lab, rng)


def food(rng: np.random.Generator) -> Picture:
    """A plate of salad, tomatoes, carrots and bread on a table."""
    lab = _plain((30, -6, -12), (70, 6, 6), rng)
    cv2.ellipse(lab, (WIDTH // 2, HEIGHT // 2), (205, 160), 0, 0, 360, (93.0, 0.0, 2.0), -1)
    colours = ((48.0, -30.0, 38.0), (44.0, 56.0, 36.0), (64.0, 36.0, 62.0), (66.0, 8.0, 32.0))
    for _ in range(int(rng.integers(26, 46))):
        middle = rng.normal((WIDTH / 2, HEIGHT / 2), (80, 60))
        tint = (np.array(colours[int(rng.integers(4))]) + rng.normal(0, (5, 3, 3))).tolist()
        axes = (int(rng.integers(12, 46)), int(rng.integers(10, 30)))
        turn = float(rng.uniform(0, 180))
        cv2.ellipse(lab, (int(middle[0]), int(middle[1])), axes, turn, 0, 360, tint, -1)
    lab += (12 * (noise(rng, HEIGHT, WIDTH, coarsest=30, octaves=4) - 0.5))[..., None] * _GREY
    return to_picture(lab, rng)


def fabric(rng: np.random.Generator) -> Picture:
    """Cloth: a weave, ribs or checks, in folds, of any colour, beige too."""
    tints = ((70.0, 5.0, 16.0), (40.0, -2.0, -26.0), (50.0, 40.0, 20.0), (60.0, -20.0, 12.0))
    lab: Field = np.empty((HEIGHT, WIDTH, 3), np.float32)
    lab[:] = tints[int(rng.integers(4))]
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    warp = 10 * noise(rng, HEIGHT, WIDTH, coarsest=3, octaves=2)
    thread = rng.uniform(0.5, 0.9)
    weave = np.sin((rows + warp) * thread) * np.sin((columns + warp) * thread)
    lab += (rng.uniform(9, 16) * weave)[..., None] * _GREY
    folds = noise(rng, HEIGHT, WIDTH, coarsest=4, octaves=3) - 0.5
    return to_picture(np.asarray(lab + 24 * folds[..., None] * _GREY, np.float32), rng)


def foliage(rng: np.random.Generator) -> Picture:
    """Leaves over leaves."""
    lab = _plain((22, -20, 16), (34, -12, 26), rng)
    for _ in range(420):
        middle = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        tint = rng.uniform((25, -38, 18), (62, -14, 46)).tolist()
        axes = (int(rng.integers(10, 34)), int(rng.integers(4, 11)))
        cv2.ellipse(lab, middle, axes, float(rng.uniform(0, 180)), 0, 360, tint, -1, cv2.LINE_AA)
    return to_picture(lab, rng)


def concrete(rng: np.random.Generator) -> Picture:
    """A grey or greenish wall without anything white."""
    lab = _plain((40, -5, -4), (72, 1, 5), rng)
    lab += (9 * (noise(rng, HEIGHT, WIDTH, coarsest=40, octaves=4) - 0.5))[..., None] * _GREY
    return to_picture(lab, rng)


def sky(rng: np.random.Generator) -> Picture:
    """A blue sky with clouds over a field."""
    lab = _plain((60, -8, -34), (72, -2, -24), rng)
    clouds = np.clip((noise(rng, HEIGHT, WIDTH, coarsest=4) - 0.5) * 5, 0, 1)[..., None]
    lab = np.asarray(lab * (1 - clouds) + np.array((94, 0, -2), np.float32) * clouds, np.float32)
    horizon = int(HEIGHT * rng.uniform(0.55, 0.8))
    lab[horizon:] = rng.uniform((35, -28, 22), (52, -14, 40))
    lab[horizon:] += (16 * (noise(rng, HEIGHT, WIDTH, coarsest=50) - 0.5))[
        horizon:, :, None
    ] * _GREY
    return to_picture(lab, rng)


def thing_on_a_table(rng: np.random.Generator) -> Picture:
    """A tube of ointment before a wall."""
    return draw_object(rng, WIDTH, HEIGHT)


def cardboard(rng: np.random.Generator) -> Picture:
    """Plain smooth cardboard, leather or a beige wall: a colour of skin, and no texture."""
    return to_picture(_plain((55, 7, 16), (72, 12, 24), rng), rng)


def fur(rng: np.random.Generator) -> Picture:
    """A coat of fine hair that turns over the body, sometimes with eyes and a nose."""
    turn = 2 * np.pi * noise(rng, HEIGHT, WIDTH, coarsest=2, octaves=2)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    grain = rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    strands: Field = np.zeros_like(grain)
    for away in range(-7, 8):
        x, y = columns + away * np.cos(turn), rows + away * np.sin(turn)
        strands += cv2.remap(grain, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    strands *= rng.uniform(9, 13) / float(strands.std())
    coats = ((42.0, 10.0, 20.0), (62.0, 16.0, 34.0), (58.0, 0.0, 3.0), (26.0, 3.0, 5.0))
    lab: Field = np.empty((HEIGHT, WIDTH, 3), np.float32)
    lab[:] = coats[int(rng.integers(4))]
    bands = 18 * (noise(rng, HEIGHT, WIDTH, coarsest=4, octaves=2) - 0.5)
    lab += (strands + bands)[..., None] * _GREY
    if rng.random() < 0.6:
        middle = np.array((WIDTH * rng.uniform(0.3, 0.7), HEIGHT * rng.uniform(0.3, 0.6)))
        for side in (-1, 1):
            eye = (int(middle[0] + side * 44), int(middle[1]))
            cv2.circle(lab, eye, 15, (62.0, -6.0, 44.0), -1, cv2.LINE_AA)
            cv2.ellipse(lab, eye, (4, 13), 0, 0, 360, (6.0, 0.0, 0.0), -1, cv2.LINE_AA)
        nose = (int(middle[0]), int(middle[1] + 50))
        cv2.ellipse(lab, nose, (12, 8), 0, 0, 360, (24.0, 8.0, 6.0), -1, cv2.LINE_AA)
    return to_picture(lab, rng)


NO_SKIN: dict[str, Thing] = {
    "thing on a table": thing_on_a_table,
    "wood": wood,
    "sand": sand,
    "brick": brick,
    "food": food,
    "fabric": fabric,
    "foliage": foliage,
    "concrete": concrete,
    "sky": sky,
}
CANNOT_TELL: dict[str, Thing] = {"cardboard": cardboard}
