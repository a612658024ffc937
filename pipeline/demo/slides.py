"""Lecture slides and the lecturer: frames of videos and pages of decks."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from pipeline.demo.pictures import Colour, Picture, flat, noise, wrap_text, write_text


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a lecture's slides."""

    paper: Colour
    ink: Colour
    bar: Colour


LOOKS = (
    Look((255, 255, 255), (25, 30, 45), (30, 90, 150)),
    Look((22, 32, 58), (240, 242, 246), (70, 150, 170)),
    Look((244, 238, 224), (60, 40, 30), (150, 90, 40)),
    Look((18, 18, 20), (235, 235, 235), (150, 40, 60)),
    Look((226, 240, 232), (20, 50, 40), (30, 120, 80)),
    Look((238, 232, 246), (50, 30, 70), (110, 70, 150)),
)


def draw_text_slide(
    look: Look, width: int, height: int, *, title: str, lines: tuple[str, ...]
) -> Picture:
    """Draw a slide of a title and bullet lines."""
    slide = _titled(look, width, height, title)
    size = max(14, height // 18)
    text = "\n".join(wrap_text(f"- {line}", size=size, width=int(width * 0.86)) for line in lines)
    return write_text(
        slide, (int(width * 0.06), int(height * 0.24)), text, size=size, colour=look.ink
    )


def draw_picture_slide(
    look: Look, width: int, height: int, *, title: str, picture: Picture, on_left: bool, note: str
) -> Picture:
    """Draw a slide of a title, one picture at its own size on one side, and a note beside it."""
    slide = _titled(look, width, height, title)
    tall, wide = picture.shape[:2]
    x = 14 if on_left else width - wide - 14
    y = int(height * 0.2) + (int(height * 0.78) - tall) // 2
    slide[y : y + tall, x : x + wide] = picture
    room = width - wide - 56
    if room < 90:
        return slide
    size = max(12, height // 24)
    text = wrap_text(note, size=size, width=room)
    corner = (wide + 34 if on_left else 20, int(height * 0.26))
    return write_text(slide, corner, text, size=size, colour=look.ink)


def _titled(look: Look, width: int, height: int, title: str) -> Picture:
    slide = flat(width, height, look.paper)
    cv2.rectangle(slide, (0, int(height * 0.165)), (width, int(height * 0.18)), look.bar, -1)
    size = max(16, height // 13)
    return write_text(
        slide, (int(width * 0.03), int(height * 0.035)), title, size=size, colour=look.ink
    )


def draw_logo(width: int = 160, height: int = 60) -> Picture:
    """Draw the invented society's logo."""
    logo = flat(width, height, (24, 92, 140))
    cv2.circle(logo, (height // 2, height // 2), height // 3, (240, 200, 90), -1, cv2.LINE_AA)
    return write_text(
        logo, (height, height // 4), "DermSoc", size=height // 3, colour=(255, 255, 255)
    )


@dataclass(frozen=True, slots=True)
class Speaker:
    """A lecturer and the room, drawn once per frame with small movements."""

    skin: Colour
    hair: Colour
    shirt: Colour
    wall: Picture
    place: float
    size: float


def make_speaker(rng: np.random.Generator, width: int, height: int) -> Speaker:
    """Return a lecturer in a room, with colours from the generator."""
    skins = ((236, 198, 172), (214, 164, 130), (176, 124, 90), (122, 82, 60))
    hairs = ((40, 28, 22), (86, 56, 32), (150, 120, 80), (120, 120, 122))
    wall = np.array(rng.integers((120, 120, 110), (200, 205, 210)), np.float32)
    room = wall + 30 * (noise(rng, height, width, coarsest=2, octaves=3)[..., None] - 0.5)
    canvas = np.ascontiguousarray(np.clip(room, 0, 255).astype(np.uint8))
    for shelf in range(3):
        y = int(height * (0.14 + 0.2 * shelf))
        cv2.rectangle(canvas, (0, y), (int(width * 0.28), y + 6), (90, 70, 50), -1)
        for book in range(9):
            colour = [int(c) for c in rng.integers(50, 190, 3)]
            x = 6 + book * int(width * 0.029)
            tall = int(rng.integers(22, 40))
            cv2.rectangle(canvas, (x, y - tall), (x + int(width * 0.02), y), colour, -1)
    shirt = [int(c) for c in rng.integers(30, 130, 3)]
    return Speaker(
        skins[int(rng.integers(4))],
        hairs[int(rng.integers(4))],
        (shirt[0], shirt[1], shirt[2]),
        canvas,
        float(rng.uniform(0.42, 0.72)),
        float(rng.uniform(0.15, 0.21)),
    )


def draw_speaker(speaker: Speaker, moment: float) -> Picture:
    """Draw the lecturer `moment` seconds into a scene: the head sways, the mouth moves."""
    height, width = speaker.wall.shape[:2]
    image = Image.fromarray(speaker.wall)
    draw = ImageDraw.Draw(image)
    unit = height * speaker.size
    x = width * speaker.place + 4 * np.sin(moment * 1.7)
    y = height * 0.44 + 2 * np.sin(moment * 2.3)

    def oval(cx: float, cy: float, rx: float, ry: float, colour: Colour) -> None:
        box = (
            x + (cx - rx) * unit,
            y + (cy - ry) * unit,
            x + (cx + rx) * unit,
            y + (cy + ry) * unit,
        )
        draw.ellipse(box, fill=colour)

    dark = _scaled(speaker.skin, 0.72)
    oval(0, 3.5, 2.3, 1.9, speaker.shirt)
    oval(0, 1.35, 0.48, 0.85, dark)
    oval(0, -0.25, 1.12, 1.3, speaker.hair)
    oval(0, 0.08, 0.95, 1.25, speaker.skin)
    oval(0, -1.02, 0.8, 0.36, speaker.hair)
    for side in (-1, 1):
        oval(side * 0.99, 0.05, 0.12, 0.24, dark)
        oval(side * 0.38, -0.12, 0.3, 0.2, _scaled(speaker.skin, 0.66))
        oval(side * 0.38, -0.34, 0.3, 0.07, _scaled(speaker.skin, 0.42))
        oval(side * 0.38, -0.1, 0.2, 0.1, (240, 240, 238))
        oval(side * 0.38, -0.1, 0.1, 0.1, (35, 28, 24))
        oval(side * 0.52, 0.42, 0.26, 0.2, _scaled(speaker.skin, 1.07))
    oval(0, 0.2, 0.1, 0.34, _scaled(speaker.skin, 1.09))
    oval(0, 0.5, 0.22, 0.09, dark)
    opening = 0.06 + 0.06 * abs(np.sin(moment * 7))
    oval(0, 0.84, 0.36, 0.06 + opening, _scaled(speaker.skin, 0.6))
    oval(0, 0.84, 0.28, opening, (84, 30, 32))
    soft = image.filter(ImageFilter.GaussianBlur(height / 260))
    return np.asarray(soft, np.uint8)


def _scaled(colour: Colour, share: float) -> Colour:
    red, green, blue = (min(255, int(part * share)) for part in colour)
    return (red, green, blue)
