"""Slides, charts, diagrams, drawings, sections under the microscope, and watermarks."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from pipeline.demo.figures import draw_chart, draw_histology
from pipeline.demo.pictures import Colour, Picture, flat, font, noise, write_text
from pipeline.demo.slides import LOOKS, draw_picture_slide, draw_speaker, draw_text_slide
from pipeline.demo.slides import make_speaker as _make_speaker

WIDTH, HEIGHT = 640, 480
WORDS = (
    *("well-defined red plaques with silvery scale", "elbows, knees, scalp, nails"),
    *("itch in two thirds of patients", "biopsy if in doubt", "treat with topical steroids"),
    *("onset between 20 and 40 years", "nail pitting and onycholysis", "Koebner phenomenon"),
)
MARKS = ("SAMPLE", "DermPhotos", "PREVIEW", "(c) Atlas", "do not copy")

Drawing = Callable[[np.random.Generator], Picture]


def _paint(rng: np.random.Generator, low: int = 30, high: int = 215) -> Colour:
    red, green, blue = (int(each) for each in rng.integers(low, high, 3))
    return red, green, blue


def _lines(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    return tuple(WORDS[int(n)] for n in rng.choice(len(WORDS), count, replace=False))


def text_slide(rng: np.random.Generator) -> Picture:
    """A title and two to six lines on paper of any colour."""
    look = LOOKS[int(rng.integers(len(LOOKS)))]
    lines = _lines(rng, int(rng.integers(2, 7)))
    return draw_text_slide(look, WIDTH, HEIGHT, title="Psoriasis vulgaris", lines=lines)


def slide_with_photograph(rng: np.random.Generator, photograph: Picture) -> Picture:
    """A slide with a photograph on about a third of it, and a note."""
    look = LOOKS[int(rng.integers(len(LOOKS)))]
    small = np.asarray(cv2.resize(photograph, (352, 264), interpolation=cv2.INTER_AREA), np.uint8)
    return draw_picture_slide(
        look, WIDTH, HEIGHT, title="Case 3", picture=small, on_left=bool(rng.random() < 0.5),
        note=_lines(rng, 1)[0],
    )  # fmt: skip


def bars_or_line(rng: np.random.Generator) -> Picture:
    """Bars or a line over an axis."""
    groups = ("before", "week 6", "week 12", "week 24")[: int(rng.integers(2, 5))]
    return draw_chart(rng, WIDTH, HEIGHT, title="Response", groups=groups)


def scatter(rng: np.random.Generator) -> Picture:
    """Points between two axes."""
    chart = flat(WIDTH, HEIGHT, (255, 255, 255))
    cv2.line(chart, (70, 40), (70, 420), (20, 20, 20), 2)
    cv2.line(chart, (70, 420), (600, 420), (20, 20, 20), 2)
    for group in range(int(rng.integers(1, 4))):
        tint, middle = _paint(rng), rng.uniform((150, 100), (520, 360))
        for _ in range(60):
            x, y = rng.normal(middle, (60, 40))
            if 80 < x < 600 and 40 < y < 410:
                cv2.circle(chart, (int(x), int(y)), 4, tint, -1, cv2.LINE_AA)
        chart = write_text(chart, (480, 30 + 20 * group), "group", size=14, colour=tint)
    return write_text(chart, (260, 440), "age (years)", size=16, colour=(20, 20, 20))


def survival(rng: np.random.Generator) -> Picture:
    """Stepped curves in a frame."""
    chart = flat(WIDTH, HEIGHT, (255, 255, 255))
    cv2.rectangle(chart, (70, 40), (600, 420), (40, 40, 40), 1)
    for _ in range(int(rng.integers(2, 4))):
        x, y, tint = 70, 46, _paint(rng, 20, 180)
        while x < 590 and y < 400:
            ahead, below = x + int(rng.integers(10, 50)), y + int(rng.integers(4, 30))
            cv2.line(chart, (x, y), (min(ahead, 600), y), tint, 2)
            cv2.line(chart, (min(ahead, 600), y), (min(ahead, 600), below), tint, 2)
            x, y = ahead, below
    return write_text(chart, (240, 440), "months", size=16, colour=(20, 20, 20))


def diagram(rng: np.random.Generator) -> Picture:
    """Boxes of words with arrows between them."""
    chart = flat(WIDTH, HEIGHT, (255, 255, 255) if rng.random() < 0.7 else (240, 244, 250))
    for row in range(3):
        for column in range(int(rng.integers(1, 4))):
            x, y = 30 + 200 * column, 30 + 150 * row
            cv2.rectangle(chart, (x, y), (x + 160, y + 84), _paint(rng, 190, 250), -1)
            cv2.rectangle(chart, (x, y), (x + 160, y + 84), (40, 40, 40), 2)
            chart = write_text(chart, (x + 12, y + 28), "assessed", size=20, colour=(20, 20, 20))
            if row < 2:
                cv2.arrowedLine(chart, (x + 80, y + 84), (x + 80, y + 148), (40, 40, 40), 2)
    return chart


def cartoon(rng: np.random.Generator) -> Picture:
    """A person in flat colours with dark outlines, skin-coloured too."""
    picture = flat(WIDTH, HEIGHT, _paint(rng, 150, 250))
    cv2.rectangle(picture, (0, 360), (WIDTH, HEIGHT), _paint(rng, 80, 220), -1)
    skin = ((241, 200, 170), (198, 140, 100), (120, 78, 54))[int(rng.integers(3))]
    x, size = int(rng.integers(200, 440)), int(rng.integers(60, 100))
    torso = (x - size, 220, x + size, 460)
    for box, tint in ((torso, _paint(rng)), ((x - 20, 180, x + 20, 230), skin)):
        cv2.rectangle(picture, box[:2], box[2:], tint, -1)
        cv2.rectangle(picture, box[:2], box[2:], (20, 20, 20), 3)
    cv2.ellipse(picture, (x, 130), (size * 3 // 4, size), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (x, 130), (size * 3 // 4, size), 0, 0, 360, (20, 20, 20), 3, cv2.LINE_AA)
    cv2.ellipse(picture, (x, 80), (size * 3 // 4, size // 2), 0, 180, 360, _paint(rng, 10, 120), -1)
    for side in (-1, 1):
        cv2.circle(picture, (x + side * size // 3, 125), 6, (20, 20, 20), -1, cv2.LINE_AA)
        arm = [(x + side * size, 240), (x + side * (size + 60), 330), (x + side * (size + 30), 380)]
        cv2.polylines(picture, [np.array(arm, np.int32)], False, skin, 24, cv2.LINE_AA)
    cv2.ellipse(picture, (x, 165), (18, 9), 0, 0, 180, (150, 40, 50), 3, cv2.LINE_AA)
    return picture


def line_art(rng: np.random.Generator) -> Picture:
    """Layers of skin and a hair follicle in curves on paper, some of them filled."""
    picture = flat(WIDTH, HEIGHT, (255, 255, 255))
    columns = np.arange(0, WIDTH + 8, 8)
    tints = [_paint(rng, 150, 245) for _ in range(4)]
    for layer, tint in enumerate(tints):
        swell = np.sin(columns / rng.uniform(40, 90) + rng.uniform(0, 6)) * rng.uniform(6, 22)
        top = np.stack([columns, 120 + 80 * layer + swell], 1).astype(np.int32)
        below = np.array([(WIDTH, HEIGHT), (0, HEIGHT)], np.int32)
        cv2.fillPoly(picture, [np.concatenate([top, below])], tint)
        cv2.polylines(picture, [top], False, (30, 30, 30), 3, cv2.LINE_AA)
    for _ in range(int(rng.integers(1, 4))):
        x = int(rng.integers(80, 560))
        cv2.ellipse(picture, (x, 320), (26, 120), 12, 0, 360, _paint(rng, 60, 180), -1)
        cv2.ellipse(picture, (x, 320), (26, 120), 12, 0, 360, (30, 30, 30), 3, cv2.LINE_AA)
    return picture


def stained(rng: np.random.Generator) -> Picture:
    """Haematoxylin and eosin."""
    return draw_histology(rng, WIDTH, HEIGHT)


def immunostained(rng: np.random.Generator) -> Picture:
    """Brown chromogen and blue nuclei on a pale ground."""
    tissue = noise(rng, HEIGHT, WIDTH, coarsest=6, octaves=5)[..., None]
    pale, blue = np.array((226, 228, 240), np.float32), np.array((176, 184, 220), np.float32)
    canvas = np.ascontiguousarray((pale * (1 - tissue) + blue * tissue).astype(np.uint8))
    brown_share = rng.uniform(0.1, 0.45)
    for _ in range(1500):
        middle = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        axes = (int(rng.integers(4, 9)), int(rng.integers(3, 7)))
        tint = (134, 84, 50) if rng.random() < brown_share else (92, 100, 168)
        cv2.ellipse(canvas, middle, axes, float(rng.uniform(0, 180)), 0, 360, tint, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 0.8), np.uint8)


def fluorescence(rng: np.random.Generator) -> Picture:
    """Green, blue or red light on black."""
    glow = np.clip(
        (noise(rng, HEIGHT, WIDTH, coarsest=9, octaves=4) - rng.uniform(0.5, 0.6)) * 5, 0, 1
    )
    colour = np.array(((30, 235, 60), (50, 90, 250), (240, 25, 25))[int(rng.integers(3))])
    canvas = np.ascontiguousarray(glow[..., None] * colour + 4)
    for _ in range(int(rng.integers(20, 90))):
        middle = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        cv2.circle(canvas, middle, int(rng.integers(3, 8)), (40.0, 70.0, 240.0), -1, cv2.LINE_AA)
    return np.asarray(np.clip(canvas + rng.normal(0, 2, canvas.shape), 0, 255), np.uint8)


def lecturer(rng: np.random.Generator) -> Picture:
    """A person who speaks in a room."""
    return draw_speaker(_make_speaker(rng, WIDTH, 360), float(rng.uniform(0, 9)))


def watermarked(rng: np.random.Generator, picture: Picture) -> Picture:
    """The picture with translucent words laid over it again and again."""
    height, width = picture.shape[:2]
    ground = Image.fromarray(picture).convert("RGBA")
    side = int(np.hypot(width, height)) + 200
    sheet = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sheet)
    words = MARKS[int(rng.integers(len(MARKS)))]
    size = int(rng.integers(20, 38))
    ink = (255, 255, 255) if rng.random() < 0.7 else (0, 0, 0)
    alpha = int(rng.integers(64, 120))
    across = int(len(words) * size * 0.62 + rng.integers(30, 90))
    down = int(size * rng.uniform(2.0, 4.0))
    for row, y in enumerate(range(0, side, down)):
        for x in range(-(row % 2) * across // 2, side, across):
            draw.text((x, y), words, font=font(size), fill=(*ink, alpha))
    sheet = sheet.rotate(float(rng.choice([0, 30, 45, -30])))
    left, top = (side - width) // 2, (side - height) // 2
    laid = Image.alpha_composite(ground, sheet.crop((left, top, left + width, top + height)))
    return np.asarray(laid.convert("RGB"), np.uint8)


CHARTS: dict[str, Drawing] = {
    "bars or line": bars_or_line,
    "scatter": scatter,
    "survival": survival,
    "diagram": diagram,
}
DRAWINGS: dict[str, Drawing] = {"cartoon": cartoon, "line art": line_art}
SECTIONS: dict[str, Drawing] = {
    "haematoxylin and eosin": stained,
    "immunostain": immunostained,
    "fluorescence": fluorescence,
}
