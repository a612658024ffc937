"""Compound figures of many looks, with the box and the letter of every panel."""

from __future__ import annotations

import io
import string
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from PIL import Image

from measures.panel_layouts import Cell, any_grid, pinwheel, uneven
from measures.panel_pictures import SINGLES, Pool, chart, glyph, put_inset, stamp, words
from pipeline.demo.pictures import Picture, flat, generator, write_text

Box = tuple[int, int, int, int]
FONTS = ("helv", "hebo", "hebo", "tibo", "heit", "cobo", "hershey")


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is made; lengths in pixels."""

    cells: tuple[Cell, ...]
    is_grid: bool = True
    width: int = 900
    shape: float = 0.75  # height to width
    gutter: int = 10
    margin: int = 0
    ground: tuple[int, int, int] = (255, 255, 255)
    frame: int = 0
    outer_frame: int = 0
    letters: str = "plate"
    contents: tuple[str, ...] = ("photograph",)
    strip: str = ""
    inset_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as a reader gets it, and what is in it; no letters where none are burned in."""

    look: str
    pixels: Picture
    boxes: tuple[Box, ...]
    letters: str = ""
    details: dict[str, object] = field(default_factory=dict)


def _usual(rng: np.random.Generator) -> Look:
    """A grid on white or black with a clear gutter: what the other looks start from."""
    cells = any_grid(rng)
    columns, rows = (round(1 / min(c[2] - c[0] for c in cells)), len({c[1] for c in cells}))
    width = int(rng.integers(640, 1400)) if rng.random() < 0.7 else int(rng.integers(360, 560))
    return Look(
        cells=cells,
        width=max(width, 150 * columns),
        shape=float(rng.uniform(0.65, 1.0)) * rows / columns,
        gutter=int(rng.integers(5, 22)),
        margin=int(rng.choice([0, 0, 6, 18])),
        ground=(255, 255, 255) if rng.random() < 0.7 else (0, 0, 0),
        letters=str(rng.choice(["plate", "ink", "light", "none"])),
    )


def _narrow(rng: np.random.Generator) -> Look:
    return replace(_usual(rng), gutter=int(rng.integers(2, 5)), margin=0)


def _coloured(rng: np.random.Generator) -> Look:
    ground = tuple(int(each) for each in rng.integers(25, 230, 3))
    margin = int(rng.choice([0, 8, 16]))
    return replace(_usual(rng), gutter=int(rng.integers(6, 20)), ground=ground, margin=margin)


def _framed(rng: np.random.Generator) -> Look:
    """A line around each panel, or around all; or panels in a table of thin lines."""
    kind = rng.integers(3)
    usual = _usual(rng)
    if kind == 0:
        return replace(usual, frame=int(rng.integers(1, 4)), ground=(255, 255, 255))
    if kind == 1:
        return replace(usual, outer_frame=int(rng.integers(1, 4)), margin=14, gutter=10)
    return replace(usual, frame=int(rng.integers(1, 3)), outer_frame=2, margin=8, gutter=8)


def _uneven_look(rng: np.random.Generator) -> Look:
    shape = float(rng.uniform(0.7, 1.2))
    return replace(_usual(rng), cells=uneven(rng), is_grid=False, shape=shape)


def _pinwheel_look(rng: np.random.Generator) -> Look:
    shape = float(rng.uniform(0.7, 1.1))
    return replace(_usual(rng), cells=pinwheel(rng), is_grid=False, shape=shape)


def _mosaic(rng: np.random.Generator) -> Look:
    look = _uneven_look(rng) if rng.random() < 0.3 else _usual(rng)
    return replace(look, gutter=0, margin=0)


def _insets(rng: np.random.Generator) -> Look:
    return replace(_usual(rng), inset_share=0.6)


def _charts(rng: np.random.Generator) -> Look:
    contents = ("photograph", "chart", "photograph", "section")
    return replace(_usual(rng), contents=contents, gutter=int(rng.integers(8, 24)), margin=10)


def _sections(rng: np.random.Generator) -> Look:
    return replace(_usual(rng), contents=("section", "section", "photograph"))


def _strips(rng: np.random.Generator) -> Look:
    strip = str(rng.choice(["below", "above", "legend", "titles", "dark"]))
    return replace(_usual(rng), strip=strip, gutter=int(rng.integers(6, 20)), margin=8)


def _outside(rng: np.random.Generator) -> Look:
    return replace(_usual(rng), letters="outside", margin=12)


LOOKS: dict[str, Callable[[np.random.Generator], Look]] = {
    "grid": _usual,
    "narrow gutter": _narrow,
    "coloured gutter": _coloured,
    "frames": _framed,
    "uneven": _uneven_look,
    "pinwheel": _pinwheel_look,
    "no gutter": _mosaic,
    "insets": _insets,
    "charts": _charts,
    "histology": _sections,
    "strips, legends": _strips,
    "letters outside": _outside,
}


def make_figure(seed: int, number: int, name: str, pool: Pool) -> Figure:
    """Return one figure of a look, saved as JPEG at a quality of 60 to 95 and read again."""
    rng = generator(seed, f"figure {name} {number}")
    look = LOOKS[name](rng)
    canvas, boxes = _lay_out(rng, look, pool)
    letters = _letters(rng, look)
    if look.letters != "none":
        canvas = _write_letters(rng, look, canvas, boxes, letters)
    details = {"gutter": look.gutter, "ground": look.ground, "n": len(boxes)}
    shown = "" if look.letters == "none" else letters
    return Figure(name, _saved(rng, canvas), tuple(boxes), shown, details)


def make_single(seed: int, number: int, name: str, pool: Pool) -> Figure:
    """Return a picture that is one panel."""
    rng = generator(seed, f"single {name} {number}")
    width = int(rng.integers(360, 1200))
    pixels = SINGLES[name](rng, pool, width, int(width * rng.uniform(0.6, 1.2)))
    height, width = pixels.shape[:2]
    return Figure(name, _saved(rng, pixels), ((0, 0, width, height),))


def _saved(rng: np.random.Generator, canvas: Picture) -> Picture:
    out = io.BytesIO()
    Image.fromarray(canvas).save(out, "JPEG", quality=int(rng.integers(60, 96)))
    return np.asarray(Image.open(out).convert("RGB"))


def _lay_out(rng: np.random.Generator, look: Look, pool: Pool) -> tuple[Picture, list[Box]]:
    """Return the figure without letters, and the boxes of its panels."""
    height, gutter = int(look.width * look.shape), look.gutter
    above = {"above": 44, "legend": 30, "titles": 0}.get(look.strip, 0)
    below = {"below": 60, "dark": 36}.get(look.strip, 0)
    head = 26 if look.strip == "titles" or look.letters == "outside" else 0
    wide, high = look.width - 2 * look.margin + gutter, height - 2 * look.margin + gutter
    canvas = flat(look.width, height + above + below, look.ground)
    tone = int(rng.integers(1, 7)) if rng.random() < 0.35 else None
    boxes = []
    for cell in look.cells:
        x0, x1 = (look.margin + round(each * wide) for each in (cell[0], cell[2]))
        y0, y1 = (look.margin + above + round(each * high) for each in (cell[1], cell[3]))
        box = (x0, y0 + head, x1 - gutter, y1 - gutter)
        canvas[box[1] : box[3], box[0] : box[2]] = _content(rng, look, pool, box, tone)
        if look.frame:
            cv2.rectangle(canvas, box[:2], (box[2] - 1, box[3] - 1), (0, 0, 0), look.frame)
        boxes.append(box)
    if look.outer_frame:
        corner = (canvas.shape[1] - 2, canvas.shape[0] - 2)
        ink = tuple(255 - each for each in look.ground)
        cv2.rectangle(canvas, (1, 1), corner, ink, look.outer_frame)
    return _write_strip(rng, look, canvas, boxes), boxes


def _content(
    rng: np.random.Generator, look: Look, pool: Pool, box: Box, tone: int | None
) -> Picture:
    width, height = box[2] - box[0], box[3] - box[1]
    kind = str(rng.choice(look.contents))
    if kind == "chart":
        return chart(rng, width, height)
    if kind == "section":
        return pool.section(rng, width, height)
    pixels = pool.photograph(rng, width, height, tone)
    return put_inset(rng, pool, pixels) if rng.random() < look.inset_share else pixels


def _write_strip(
    rng: np.random.Generator, look: Look, canvas: Picture, boxes: list[Box]
) -> Picture:
    """Write what the look's strip says: a caption, a legend, titles over the panels."""
    ink = tuple(255 - each for each in look.ground)
    height, width = canvas.shape[:2]
    if look.strip == "dark":
        canvas[height - 36 :] = (30, 40, 80)
        return write_text(canvas, (8, height - 30), words(rng, 4), size=18, colour=(255, 255, 255))
    if look.strip in ("below", "above"):
        lines = "\n".join(words(rng, max(2, width // 110)) for _ in range(2))
        at = (8, height - 56 if look.strip == "below" else 4)
        return write_text(canvas, at, lines, size=16, colour=ink)
    if look.strip == "legend":
        for place in range(3):
            x = 10 + place * width // 4
            cv2.rectangle(canvas, (x, 8), (x + 14, 22), (200 - 60 * place, 60, 60 * place), -1)
            canvas = write_text(canvas, (x + 20, 6), words(rng, 1), size=15, colour=ink)
        return canvas
    if look.strip == "titles":
        for left, top, *_ in boxes:
            canvas = write_text(canvas, (left, top - 22), words(rng, 1), size=16, colour=ink)
    return canvas


def _letters(rng: np.random.Generator, look: Look) -> str:
    """Return the letters of the panels; every fifth grid is lettered down its columns."""
    letters = string.ascii_uppercase[: len(look.cells)]
    if not look.is_grid or rng.random() > 0.2:
        return letters
    order = sorted(range(len(look.cells)), key=lambda n: (look.cells[n][0], look.cells[n][1]))
    return "".join(letters[order.index(n)] for n in range(len(look.cells)))


def _write_letters(
    rng: np.random.Generator, look: Look, canvas: Picture, boxes: list[Box], letters: str
) -> Picture:
    size = int(np.clip(look.width / rng.uniform(35, 60), 10, 30))
    font, is_lower = str(rng.choice(FONTS)), rng.random() < 0.3
    corner = int(rng.integers(4))
    for box, letter in zip(boxes, letters, strict=True):
        drawn = glyph(letter.lower() if is_lower else letter, size, font)
        high, wide = drawn.shape
        pad = max(3, size // 4)
        x = box[0] + pad if corner % 2 == 0 else box[2] - wide - pad
        y = box[1] + pad if corner < 2 else box[3] - high - pad
        ink, paper = (255, 255, 255), None
        if look.letters == "outside":
            ink, x, y = tuple(255 - each for each in look.ground), box[0], box[1] - high - 5
        elif look.letters == "plate":
            ink, paper = ((0, 0, 0), 255) if rng.random() < 0.8 else ((255, 255, 255), 0)
        elif look.letters == "ink":
            ink = (0, 0, 0)
        if paper is not None:
            canvas[y - pad : y + high + pad, x - pad : x + wide + pad] = paper
        stamp(canvas, (x, y), drawn, ink)
    return canvas
