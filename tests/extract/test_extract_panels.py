"""Panels: boxes and order on generated figures, and no cut where there is none."""

from __future__ import annotations

import io
from itertools import pairwise

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.demo.cases import draw_case, make_case
from pipeline.demo.diseases import DISEASES
from pipeline.demo.figures import draw_chart, draw_histology
from pipeline.demo.pictures import generator, write_text
from pipeline.extract.panels import MAX_PANELS, split_panels

NAMES = sorted(DISEASES)
WHITE, BLACK, BLUE = (255, 255, 255), (0, 0, 0), (40, 60, 110)


@pytest.fixture(scope="module")
def photographs():
    return [draw_case(make_case(3, f"panel {n}", NAMES[n]), 320, 240) for n in range(12)]


def jpeg(pixels, quality=85):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out).convert("RGB"))


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def compose(photographs, rows, *, gutter, colour, margin=0, width=900, labels="inside", start=0):
    """Lay pictures in rows of the given lengths; return the figure and the boxes."""
    strip = 34 if labels == "above" else 0
    boxes, top = [], margin
    for length in rows:
        side = (width - 2 * margin - (length - 1) * gutter) // length
        high = int(side * 0.75) if length > 1 else side // 2
        for place in range(length):
            left = margin + place * (side + gutter)
            boxes.append((left, top + strip, left + side, top + strip + high))
        top += strip + high + gutter
    canvas = np.empty((top - gutter + margin, width, 3), np.uint8)
    canvas[:] = colour
    for place, (left, upper, right, lower) in enumerate(boxes):
        picture = photographs[(start + place) % len(photographs)]
        canvas[upper:lower, left:right] = cv2.resize(picture, (right - left, lower - upper))
        letter, ink = "ABCDEFGHI"[place], tuple(255 - each for each in colour)
        if labels == "inside":
            cv2.rectangle(canvas, (left, upper), (left + 28, upper + 30), WHITE, -1)
            canvas = write_text(canvas, (left + 6, upper + 3), letter, size=22, colour=BLACK)
        elif labels == "above":
            canvas = write_text(canvas, (left, upper - 28), letter, size=22, colour=ink)
    return canvas, boxes


LAYOUTS = ([2], [3], [2, 2], [3, 3], [1, 2], [3, 2], [1, 1], [3, 3, 3])


@pytest.mark.parametrize("labels", ["inside", "above", "none"])
@pytest.mark.parametrize("colour", [WHITE, BLACK, BLUE])
def test_panels_are_found_in_reading_order(photographs, colour, labels):
    found = expected = right = 0
    for number, rows in enumerate(LAYOUTS):
        for gutter, margin in ((6, 0), (14, 10), (24, 24)):
            # colour bleeds all through a narrow gutter, and letters above need a margin
            if not margin and (labels == "above" or colour == BLUE):
                continue
            figure, boxes = compose(
                photographs,
                rows,
                gutter=gutter,
                colour=colour,
                margin=margin,
                labels=labels,
                start=number,
            )
            panels = split_panels(jpeg(figure, 75))
            found += len(panels)
            expected += len(boxes)
            right += sum(
                overlap(panel.box, box) > 0.75 and panel.letter == letter
                for panel, box, letter in zip(panels, boxes, "abcdefghi", strict=False)
            )
    assert right / found >= 0.97
    assert right / expected >= 0.97


def test_boxes_are_exact_where_the_gutters_are_wide(photographs):
    figure, boxes = compose(photographs, [2, 2], gutter=20, colour=WHITE, margin=20)
    panels = split_panels(figure)
    assert [panel.letter for panel in panels] == ["a", "b", "c", "d"]
    for panel, box in zip(panels, boxes, strict=True):
        assert max(abs(a - b) for a, b in zip(panel.box, box, strict=True)) <= 1
        assert panel.confidence == 0.99


def test_one_photograph_is_not_cut():
    cut = []
    for number in range(60):
        case = make_case(11, f"single {number}", NAMES[number % len(NAMES)])
        panels = split_panels(jpeg(draw_case(case, 400, 300)))
        if len(panels) != 1 or panels[0].box != (0, 0, 400, 300):
            cut.append(number)
    assert cut == []


def test_charts_histology_and_framed_pictures_are_not_cut(photographs):
    framed = np.full((400, 500, 3), 255, np.uint8)
    framed[80:320, 90:410] = photographs[0]
    singles = [framed]
    for number in range(4):
        rng = generator(5, f"single {number}")
        singles.append(draw_histology(rng, 480, 360))
        singles.append(draw_chart(rng, 480, 360, title="Response", groups=("a", "b", "c")))
    for pixels in singles:
        [panel] = split_panels(pixels)
        assert panel.box == (0, 0, pixels.shape[1], pixels.shape[0])
        assert panel.letter is None


def test_a_chart_beside_photographs_is_one_panel(photographs):
    figure, boxes = compose(photographs, [2, 2], gutter=16, colour=WHITE, margin=16, labels="none")
    left, top, right, bottom = boxes[3]
    chart = draw_chart(generator(5, "c"), 400, 300, title="Response", groups=("a", "b", "c"))
    figure[top:bottom, left:right] = cv2.resize(chart, (right - left, bottom - top))
    panels = split_panels(figure)
    assert [panel.letter for panel in panels] == ["a", "b", "c", "d"]
    assert [panel.confidence for panel in panels] == [0.99, 0.99, 0.99, 0.9]


def test_a_large_figure_is_cut_in_its_own_pixels(photographs):
    figure, boxes = compose(photographs, [2], gutter=60, colour=BLACK, margin=60, width=4000)
    for panel, box in zip(split_panels(figure), boxes, strict=True):
        assert overlap(panel.box, box) > 0.98


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((300, 300, 3), np.uint8),
        np.full((1, 5000, 3), 255, np.uint8),
        np.full((40, 40, 3), 120, np.uint8),
        np.tile(np.repeat(np.uint8([0, 255]), 3), (900, 150))[..., None].repeat(3, 2),
        np.kron(np.indices((40, 40)).sum(0) % 2, np.ones((20, 20)))[..., None].repeat(3, 2) * 255,
    ],
)
def test_hostile_pictures_give_one_panel_or_few(pixels):
    panels = split_panels(np.ascontiguousarray(pixels, np.uint8))
    assert 1 <= len(panels) <= MAX_PANELS


def test_panels_do_not_overlap(photographs):
    figure, _ = compose(photographs, [3], gutter=8, colour=WHITE)
    for before, after in pairwise(split_panels(figure)):
        assert before.box[2] <= after.box[0]
