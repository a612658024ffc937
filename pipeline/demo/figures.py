"""Pictures that are not clinical photographs: histology, charts, everyday objects; and panels."""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.demo.pictures import Colour, Picture, flat, noise, resize, text_width, write_text

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels; x1 and y1 lie just outside."""


@dataclass(frozen=True, slots=True)
class Compound:
    """A figure of several panels, with the box and the letter of each."""

    picture: Picture
    boxes: tuple[Box, ...]
    letters: tuple[str, ...]


def draw_histology(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Draw a stained section: pink tissue, a purple epidermis, dark nuclei, white gaps."""
    tissue = noise(rng, height, width, coarsest=6, octaves=6)[..., None]
    pink, rose = np.array((238, 176, 205), np.float32), np.array((205, 110, 165), np.float32)
    picture = pink * (1 - tissue) + rose * tissue
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    wave = np.sin(columns / width * rng.uniform(9, 22) + rng.uniform(0, 6)) * height * 0.05
    surface = height * rng.uniform(0.1, 0.25) + np.sin(columns / 70) * 5
    floor = surface + height * rng.uniform(0.13, 0.24) + wave
    band = ((rows > surface) & (rows < floor))[..., None]
    picture = np.where(band, picture * 0.35 + np.array((128, 70, 152), np.float32) * 0.65, picture)
    picture = np.where((rows < surface)[..., None], np.array((246, 242, 247), np.float32), picture)
    canvas = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
    for _ in range(int(rng.integers(700, 1400))):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        deep = y > floor[y, x]
        if y < surface[y, x] or (deep and rng.random() < 0.55):
            continue
        axes = (int(rng.integers(2, 5)), int(rng.integers(2, 4)))
        tint = (int(rng.integers(60, 95)), int(rng.integers(30, 55)), int(rng.integers(105, 140)))
        cv2.ellipse(canvas, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, tint, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 0.7), np.uint8)


def draw_chart(
    rng: np.random.Generator, width: int, height: int, *, title: str, groups: tuple[str, ...]
) -> Picture:
    """Draw a bar or line chart on white with axes, ticks and group names."""
    chart = flat(width, height, (255, 255, 255))
    left, right = int(width * 0.12), int(width * 0.95)
    top, bottom = int(height * 0.16), int(height * 0.84)
    for share in (0.25, 0.5, 0.75, 1.0):
        y = int(bottom - share * (bottom - top))
        cv2.line(chart, (left, y), (right, y), (222, 222, 222), 1)
        chart = write_text(chart, (left - 40, y - 8), f"{share:.0%}", size=14, colour=(60, 60, 60))
    cv2.line(chart, (left, top), (left, bottom), (30, 30, 30), 2)
    cv2.line(chart, (left, bottom), (right, bottom), (30, 30, 30), 2)
    colours = [tuple(int(c) for c in rng.integers(30, 190, 3)) for _ in groups]
    span, points = (right - left) // len(groups), []
    as_bars = rng.random() < 0.6
    for place, (group, colour) in enumerate(zip(groups, colours, strict=True)):
        middle = left + place * span + span // 2
        y = int(bottom - rng.uniform(0.15, 0.95) * (bottom - top))
        points.append((middle, y))
        if as_bars:
            cv2.rectangle(chart, (middle - span // 4, y), (middle + span // 4, bottom), colour, -1)
        offset = text_width(group, 14) // 2
        chart = write_text(
            chart, (middle - offset, bottom + 8), group, size=14, colour=(30, 30, 30)
        )
    if not as_bars:
        cv2.polylines(chart, [np.array(points, np.int32)], False, colours[0], 3, cv2.LINE_AA)
    return write_text(chart, (left, 12), title, size=20, colour=(20, 20, 20))


def draw_object(rng: np.random.Generator, width: int, height: int) -> Picture:
    """Draw what people post that is not skin: a tube of ointment on a table before a wall."""
    wall = np.array(rng.integers((90, 130, 150), (150, 190, 230)), np.float32)
    table = np.array(rng.integers((60, 70, 60), (100, 120, 95)), np.float32)
    picture = wall + 18 * (noise(rng, height, width, coarsest=2)[..., None] - 0.5)
    horizon = int(height * rng.uniform(0.5, 0.7))
    grain = noise(rng, height, width, coarsest=24, octaves=2)[..., None]
    picture[horizon:] = (table + 34 * (grain - 0.5))[horizon:]
    canvas = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
    x, y = int(width * rng.uniform(0.2, 0.45)), int(height * rng.uniform(0.25, 0.4))
    w, h = int(width * rng.uniform(0.32, 0.45)), int(height * rng.uniform(0.3, 0.4))
    cv2.rectangle(canvas, (x, y), (x + w, y + h), (244, 246, 248), -1)
    band = [int(c) for c in rng.integers((10, 60, 90), (60, 150, 220))]
    cv2.rectangle(canvas, (x, y + h // 2), (x + w, y + h - 12), band, -1)
    cv2.rectangle(canvas, (x + w, y + h // 4), (x + w + w // 6, y + 3 * h // 4), band, -1)
    return write_text(
        canvas, (x + 14, y + 14), "ointment\n30 g", size=max(18, h // 6), colour=(30, 40, 90)
    )


def compose(
    panels: list[Picture],
    *,
    columns: int,
    gutter: int,
    background: Colour,
    letters: tuple[str, ...],
) -> Compound:
    """Lay panels on a grid with a gutter and a margin, each with its letter burned in.

    All panels of a figure must have the same size; an incomplete last row stays open.
    """
    height, width = panels[0].shape[:2]
    rows = -(-len(panels) // columns)
    canvas = flat(
        columns * width + (columns + 1) * gutter, rows * height + (rows + 1) * gutter, background
    )
    boxes: list[Box] = []
    for place, (panel, letter) in enumerate(zip(panels, letters, strict=True)):
        x = gutter + place % columns * (width + gutter)
        y = gutter + place // columns * (height + gutter)
        plate = resize(panel, width, height).copy()
        cv2.rectangle(plate, (0, 0), (30, 32), (255, 255, 255), -1)
        plate = write_text(plate, (7, 3), letter, size=24, colour=(0, 0, 0))
        canvas[y : y + height, x : x + width] = plate
        boxes.append((x, y, x + width, y + height))
    return Compound(canvas, tuple(boxes), letters)
