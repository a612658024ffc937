"""Pictures of skin of a Fitzpatrick type, from whole limbs to what hardly looks like skin."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from pipeline.demo.diseases import DISEASES, Recipe
from pipeline.demo.features import FEATURES
from pipeline.demo.lesions import shade
from pipeline.demo.pictures import Field, Picture, noise, write_text
from pipeline.demo.skin import draw_dermoscopy, draw_skin, lit_skin, to_picture

WIDTH, HEIGHT = 480, 360
_NAMES = sorted(DISEASES)

Look = Callable[[np.random.Generator, int], Picture]


def _recipe(rng: np.random.Generator) -> Recipe:
    return DISEASES[_NAMES[int(rng.integers(len(_NAMES)))]].recipe


def clinical(rng: np.random.Generator, tone: int) -> Picture:
    """A limb or a patch with lesions, cloth at its sides."""
    return draw_skin(rng, _recipe(rng), tone, WIDTH, HEIGHT)


def dermoscopy(rng: np.random.Generator, tone: int) -> Picture:
    """A magnified lesion."""
    return draw_dermoscopy(rng, _recipe(rng), tone, WIDTH, HEIGHT)


def dermoscopy_with_artefacts(rng: np.random.Generator, tone: int) -> Picture:
    """Dermoscopy in a round dark field, with gel bubbles and a ruler."""
    picture = dermoscopy(rng, tone).copy()
    for _ in range(int(rng.integers(4, 16))):
        middle = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        radius = int(rng.integers(4, 22))
        cv2.circle(picture, middle, radius, (225, 225, 225), 1, cv2.LINE_AA)
        cv2.circle(picture, (middle[0] - radius // 3, middle[1] - radius // 3), 2, (250,) * 3, -1)
    for tick in range(0, WIDTH, 16):
        tall = 18 if tick % 80 == 0 else 9
        cv2.line(picture, (tick, HEIGHT - 30), (tick, HEIGHT - 30 - tall), (20, 20, 20), 1)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    far = np.hypot(columns - WIDTH / 2, rows - HEIGHT / 2) / (WIDTH * rng.uniform(0.36, 0.48))
    picture[far > 1] = (picture[far > 1] * 0.06).astype(np.uint8)
    return picture


def all_lesion(rng: np.random.Generator, tone: int) -> Picture:
    """A plaque that leaves no plain skin in the frame: red, scaly, crusted or brown."""
    lab = lit_skin(rng, tone, WIDTH, HEIGHT)
    mask: Field = np.full((HEIGHT, WIDTH), 0.9, np.float32)
    mask *= 0.75 + 0.25 * noise(rng, HEIGHT, WIDTH, coarsest=10, octaves=3)
    colour = ("erythema", "red", "salmon", "brown", "pink", "violaceous")[int(rng.integers(6))]
    lab = shade(rng, lab, mask, colour, tone)
    feature = ("scale", "crust", "warty", "mottled", "vesicles", "dome")[int(rng.integers(6))]
    return to_picture(FEATURES[feature](rng, lab, mask), rng)


def eschar(rng: np.random.Generator, tone: int) -> Picture:
    """A black crust that fills most of the frame, with a red rim of skin."""
    lab = lit_skin(rng, tone, WIDTH, HEIGHT)
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    wobble = 0.16 * (noise(rng, HEIGHT, WIDTH, coarsest=5) - 0.5)
    far = np.hypot(columns, rows) + wobble
    reach = rng.uniform(0.72, 0.95)
    rim = np.clip(1 - np.abs(far - reach - 0.1) * 7, 0, 1).astype(np.float32)
    lab = shade(rng, lab, rim, "red", tone)
    core = np.clip((reach - far) * 18, 0, 1)[..., None]
    black = np.array((14, 3, 4), np.float32) + 9 * noise(rng, HEIGHT, WIDTH, coarsest=20)[..., None]
    return to_picture(np.asarray(lab * (1 - core) + black * core, np.float32), rng)


def ulcer(rng: np.random.Generator, tone: int) -> Picture:
    """A wide ulcer: yellow slough and red granulation in skin."""
    lab = lit_skin(rng, tone, WIDTH, HEIGHT)
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    far = np.hypot(columns, rows) + 0.2 * (noise(rng, HEIGHT, WIDTH, coarsest=5) - 0.5)
    core = np.clip((rng.uniform(0.5, 0.8) - far) * 12, 0, 1)[..., None]
    patches = np.clip((noise(rng, HEIGHT, WIDTH, coarsest=9, octaves=3) - 0.5) * 8 + 0.5, 0, 1)
    red, yellow = np.array((36, 36, 22), np.float32), np.array((68, 4, 32), np.float32)
    bed = red * (1 - patches[..., None]) + yellow * patches[..., None]
    return to_picture(np.asarray(lab * (1 - core) + bed * core, np.float32), rng)


def mucosa(rng: np.random.Generator, tone: int) -> Picture:
    """The inside of a lip: red, wet with highlights, a strip of skin above."""
    lab = lit_skin(rng, tone, WIDTH, HEIGHT)
    rows = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j][0].astype(np.float32)
    edge = rng.uniform(0.12, 0.3) + 0.06 * noise(rng, HEIGHT, WIDTH, coarsest=3)
    wet = np.clip((rows - edge) * 30, 0, 1)[..., None]
    depth = max(0.0, tone - 3) * 3
    red = np.array((52 - depth, 30, 15), np.float32)
    bed = red + 12 * (noise(rng, HEIGHT, WIDTH, coarsest=5)[..., None] - 0.5)
    lab = np.asarray(lab * (1 - wet) + bed * wet, np.float32)
    for _ in range(int(rng.integers(8, 20))):
        middle = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT // 3, HEIGHT)))
        axes = (int(rng.integers(3, 14)), int(rng.integers(1, 4)))
        cv2.ellipse(lab, middle, axes, float(rng.uniform(0, 180)), 0, 360, (97.0, 1.0, 1.0), -1)
    return to_picture(lab, rng)


def nail(rng: np.random.Generator, tone: int) -> Picture:
    """A nail plate, pink or yellow, on the end of a finger before cloth."""
    lab = lit_skin(rng, tone, WIDTH, HEIGHT)
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    plate = np.clip((1 - ((columns / 0.5) ** 4 + (rows / 0.6) ** 4)) * 6, 0, 1)[..., None]
    kind = ((72.0, 9.0, 9.0), (76.0, 2.0, 28.0), (42.0, 12.0, 16.0))[int(rng.integers(3))]
    ridges = 5 * np.sin(columns * rng.uniform(40, 90))[..., None]
    nailed = np.array(kind, np.float32) + ridges * np.array((1, 0, 0), np.float32)
    lab = np.asarray(lab * (1 - plate) + nailed * plate, np.float32)
    beyond = np.clip((np.abs(columns) - rng.uniform(0.68, 0.9)) * 30, 0, 1)[..., None]
    cloth = np.array((55, -8, -22), np.float32)
    return to_picture(np.asarray(lab * (1 - beyond) + cloth * beyond, np.float32), rng)


def scalp(rng: np.random.Generator, tone: int) -> Picture:
    """Hair over a scalp with a bald patch: combed, or in tight coils."""
    lab = lit_skin(rng, tone, WIDTH, HEIGHT)
    colour = ((14.0, 3.0, 4.0), (28.0, 7.0, 12.0), (52.0, 7.0, 22.0), (60.0, 0.0, 3.0))
    hair = np.array(colour[int(rng.integers(4))])
    lean, is_coiled = rng.uniform(0, np.pi), rng.random() < 0.4
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    bald = np.hypot(columns * 0.8, rows) < rng.uniform(0.5, 0.65)
    for _ in range(5200):
        x, y = int(rng.integers(WIDTH)), int(rng.integers(HEIGHT))
        if bald[y, x] and rng.random() < 0.94:
            continue
        tint = (hair + rng.normal(0, (5, 1, 1))).tolist()
        if is_coiled:
            axes, start = (int(rng.integers(2, 6)),) * 2, float(rng.uniform(0, 360))
            cv2.ellipse(lab, (x, y), axes, 0, start, start + 270, tint, 1, cv2.LINE_AA)
        else:
            turn, reach = lean + rng.normal(0, 0.22), rng.uniform(15, 45)
            end = (int(x + reach * np.cos(turn)), int(y + reach * np.sin(turn)))
            cv2.line(lab, (x, y), end, tint, 1, cv2.LINE_AA)
    return to_picture(lab, rng)


def with_ruler(rng: np.random.Generator, tone: int) -> Picture:
    """A clinical picture with a paper ruler along one edge."""
    picture = clinical(rng, tone).copy()
    picture[-46:] = 244
    for tick in range(0, WIDTH, 12):
        tall = 20 if tick % 60 == 0 else 10
        cv2.line(picture, (tick, HEIGHT - 46), (tick, HEIGHT - 46 + tall), (20, 20, 20), 1)
    return write_text(picture, (10, HEIGHT - 22), "cm  1  2  3", size=16, colour=(20, 20, 20))


LOOKS: dict[str, Look] = {
    "clinical": clinical,
    "dermoscopy": dermoscopy,
    "dark field, bubbles, ruler": dermoscopy_with_artefacts,
    "all lesion": all_lesion,
    "eschar": eschar,
    "ulcer": ulcer,
    "mucosa": mucosa,
    "nail": nail,
    "scalp hair": scalp,
    "paper ruler": with_ruler,
}
