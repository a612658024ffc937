"""Pictures to put into figures, and single pictures that look as if they had panels."""

from __future__ import annotations

import functools
from collections.abc import Callable

import cv2
import numpy as np
import pymupdf

from pipeline.demo.cases import draw_case, make_case
from pipeline.demo.diseases import DISEASES
from pipeline.demo.figures import draw_chart, draw_histology, draw_object
from pipeline.demo.pictures import Picture, flat, generator, noise, resize, write_text

_POOL = 60
_WORDS = ("Lesions", "before", "and", "after", "treatment", "with", "topical", "steroids", "weeks")


class Pool:
    """Photographs and sections, drawn once per seed and cut anew for every use."""

    def __init__(self, seed: int) -> None:
        names = sorted(DISEASES)
        cases = [make_case(seed, f"pool {n}", names[n % len(names)]) for n in range(_POOL)]
        self.skin = [draw_case(each, 480, 360) for each in cases]
        self.tones = np.array([each.tone for each in cases])
        self.sections = [draw_histology(generator(seed, f"slide {n}"), 480, 360) for n in range(12)]

    def photograph(
        self, rng: np.random.Generator, width: int, height: int, tone: int | None = None
    ) -> Picture:
        """Return a part of a photograph, mirrored or not, with the grain of a sensor."""
        there = np.flatnonzero(self.tones == tone) if tone else np.arange(_POOL)
        pixels = _part(rng, self.skin[int(rng.choice(there))], width, height)
        if rng.random() < 0.3:
            light = np.linspace(*rng.uniform(0.75, 1.15, 2), width)[None, :, None]
            pixels = np.clip(pixels * light, 0, 255).astype(np.uint8)
        grain = rng.normal(0, rng.choice([0.0, 1.5, 4.0]), (*pixels.shape[:2], 1))
        return np.clip(pixels + grain, 0, 255).astype(np.uint8)

    def section(self, rng: np.random.Generator, width: int, height: int) -> Picture:
        """Return a part of a stained section; some are pale, nearly white."""
        pixels = _part(rng, self.sections[int(rng.integers(len(self.sections)))], width, height)
        pale = rng.choice([0.0, 0.3, 0.6])
        return (pixels * (1 - pale) + np.array((250, 247, 250)) * pale).astype(np.uint8)


def _part(rng: np.random.Generator, pixels: Picture, width: int, height: int) -> Picture:
    """Return a random part of a picture with the wanted shape, at the wanted size."""
    high, wide = pixels.shape[:2]
    scale = min(wide / width, high / height) * rng.uniform(0.65, 1.0)
    w, h = max(8, int(width * scale)), max(8, int(height * scale))
    x, y = int(rng.integers(wide - w + 1)), int(rng.integers(high - h + 1))
    part = pixels[y : y + h, x : x + w]
    return resize(part[:, ::-1] if rng.random() < 0.5 else part, width, height)


def chart(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Return a chart of two to five groups."""
    groups = tuple(f"wk {4 * n}" for n in range(int(rng.integers(2, 6))))
    drawn = draw_chart(rng, max(width, 240), max(height, 180), title="Response", groups=groups)
    return resize(drawn, width, height)


def words(rng: np.random.Generator, count: int) -> str:
    """Return some words of a caption."""
    return " ".join(str(each) for each in rng.choice(_WORDS, count))


@functools.cache
def glyph(letter: str, size: int, font: str) -> Picture:
    """Return a letter as coverage, 0 to 255, without empty margins; `hershey` is OpenCV's own."""
    if font == "hershey":
        canvas = np.zeros((3 * size, 3 * size), np.uint8)
        origin, thick = (size // 2, 2 * size), max(1, size // 9)
        face = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(canvas, letter, origin, face, size / 22, 255, thick, cv2.LINE_AA)
    else:
        with pymupdf.open() as document:
            page = document.new_page(width=3 * size, height=3 * size)
            page.insert_text((size // 2, 2 * size), letter, fontsize=1.4 * size, fontname=font)
            grey = page.get_pixmap(colorspace=pymupdf.csGRAY)
            canvas = 255 - np.frombuffer(grey.samples, np.uint8).reshape(grey.height, grey.width)
    rows, columns = canvas.any(axis=1).nonzero()[0], canvas.any(axis=0).nonzero()[0]
    cut = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(cut)


def stamp(
    canvas: Picture, corner: tuple[int, int], coverage: Picture, colour: tuple[int, int, int]
) -> None:
    """Draw a glyph in place, its upper left corner at (x, y); what does not fit is cut off."""
    x, y = max(0, corner[0]), max(0, corner[1])
    under = canvas[y : y + coverage.shape[0], x : x + coverage.shape[1]]
    share = coverage[: under.shape[0], : under.shape[1], None] / 255
    under[:] = (under * (1 - share) + np.array(colour) * share).astype(np.uint8)


def _plain(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    return pool.photograph(rng, width, height)


def _dermoscopy(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    pixels = pool.photograph(rng, width, height).copy()
    y = int(height * rng.uniform(0.06, 0.9))
    ink = (20, 20, 20) if rng.random() < 0.7 else (240, 240, 240)
    for n, x in enumerate(range(10, width - 10, max(6, width // 60))):
        cv2.line(pixels, (x, y), (x, y + (18 if n % 5 == 0 else 9)), ink, 1)
    cv2.line(pixels, (10, y), (width - 10, y), ink, int(rng.integers(1, 3)))
    if rng.random() < 0.6:
        seen = np.zeros((height, width), np.uint8)
        cv2.circle(seen, (width // 2, height // 2), int(0.52 * width), 1, -1)
        pixels[seen == 0] = 0
    return pixels


def _barred(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    pixels = pool.photograph(rng, width, height).copy()
    y, thick = int(height * rng.uniform(0.2, 0.6)), int(height * rng.uniform(0.05, 0.12))
    sides = (0, width) if rng.random() < 0.4 else (int(width * 0.15), int(width * 0.85))
    pixels[y : y + thick, sides[0] : sides[1]] = 0 if rng.random() < 0.85 else 255
    return pixels


def _horizon(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    """An edge from side to side: a table, a drape, a wall; straight, or nearly."""
    if rng.random() < 0.4:
        return draw_object(rng, width, height)
    pixels = pool.photograph(rng, width, height).astype(np.float32)
    grain = noise(rng, height, width, coarsest=30, octaves=2)[..., None]
    cloth = rng.uniform(30, 220, 3) + 25 * (grain - 0.5)
    slope = rng.choice([0.0, 0.0, rng.uniform(-0.05, 0.05)])
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    edge = height * rng.uniform(0.3, 0.75) + slope * columns
    cover = np.clip((rows - edge) / rng.choice([1.0, 2.0, 5.0]) + 0.5, 0, 1)[..., None]
    mixed = np.clip(pixels * (1 - cover) + cloth * cover, 0, 255).astype(np.uint8)
    return mixed if rng.random() < 0.6 else resize(np.rot90(mixed), width, height)


def _parting(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    """Hair to the left and right of a parting that runs down the middle."""
    strands = cv2.resize(rng.random((height // 12, width)), (width, height)).astype(np.float32)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    sway = rng.choice([0.0, 3.0, 12.0]) * np.sin(rows / height * rng.uniform(2, 7))
    middle = width * rng.uniform(0.35, 0.65) + sway
    lean = np.abs(columns - middle) * rng.uniform(0.2, 0.9)
    hair = cv2.remap(
        strands, columns, np.mod(rows + lean, height).astype(np.float32), cv2.INTER_LINEAR
    )
    tint = np.array((20, 12, 8)) + rng.random() * np.array((110, 85, 60))
    pixels = tint + 70 * (hair[..., None] - 0.5)
    broad = rng.uniform(2, 16)
    bare = np.exp(-(((columns - middle) / broad) ** 2))[..., None]
    skin = np.array((150, 110, 90)) + rng.random() * np.array((95, 105, 105))
    return np.clip(pixels * (1 - bare) + skin * bare, 0, 255).astype(np.uint8)


def _chart(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    return chart(rng, width, height)


def _section(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    return pool.section(rng, width, height)


def _framed(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    """A photograph on white, in a frame, with words below."""
    canvas = flat(width, height, (255, 255, 255))
    edge = int(rng.integers(6, 40))
    inner = pool.photograph(rng, width - 2 * edge, height - 2 * edge - 40)
    canvas[edge : edge + inner.shape[0], edge : width - edge] = inner
    if rng.random() < 0.5:
        cv2.rectangle(canvas, (1, 1), (width - 2, height - 2), (0, 0, 0), int(rng.integers(1, 3)))
    return write_text(canvas, (edge, height - 36), words(rng, 6)[:40], size=16, colour=(20, 20, 20))


def _measured(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    """A paper tape across the skin, or a patch of paper with a number."""
    pixels = pool.photograph(rng, width, height).copy()
    y, thick = int(height * rng.uniform(0.1, 0.8)), int(height * rng.uniform(0.05, 0.1))
    paper = int(rng.integers(225, 250)) + rng.normal(0, 3, (thick, width, 1))
    pixels[y : y + thick] = np.clip(paper, 0, 255).astype(np.uint8)
    for x in range(0, width, max(5, width // 50)):
        cv2.line(pixels, (x, y + thick // 2), (x, y + thick - 1), (40, 40, 40), 1)
    return pixels


def _inset(rng: np.random.Generator, pool: Pool, width: int, height: int) -> Picture:
    return put_inset(rng, pool, pool.photograph(rng, width, height))


def put_inset(rng: np.random.Generator, pool: Pool, pixels: Picture) -> Picture:
    """Return a picture with a smaller one in a corner of it, framed or not."""
    canvas = pixels.copy()
    height, width = canvas.shape[:2]
    w, h = (int(side * rng.uniform(0.25, 0.4)) for side in (width, height))
    gap = int(rng.choice([0, 4, 10]))
    x = gap if rng.random() < 0.5 else width - w - gap
    y = gap if rng.random() < 0.3 else height - h - gap
    edge = int(rng.choice([0, 2, 4]))
    small = pool.section(rng, w, h) if rng.random() < 0.3 else pool.photograph(rng, w, h)
    canvas[y : y + h, x : x + w] = 255 if rng.random() < 0.8 else 0
    canvas[y + edge : y + h - edge, x + edge : x + w - edge] = small[
        edge : h - edge, edge : w - edge
    ]
    return canvas


SINGLES: dict[str, Callable[[np.random.Generator, Pool, int, int], Picture]] = {
    "photograph": _plain,
    "dermoscopy with ruler": _dermoscopy,
    "black bar": _barred,
    "horizon or drape": _horizon,
    "hair parting": _parting,
    "one chart": _chart,
    "one section": _section,
    "framed, with words": _framed,
    "paper tape": _measured,
    "one with an inset": _inset,
}
