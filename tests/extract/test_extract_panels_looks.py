"""Panels without gutters, in pinwheels, in frames; what must stay whole; and hostile pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.demo.cases import draw_case, make_case
from pipeline.demo.diseases import DISEASES
from pipeline.extract.panels import MAX_PANELS, split_panels

NAMES = sorted(DISEASES)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@pytest.fixture(scope="module")
def photographs():
    return [draw_case(make_case(4, f"look {n}", NAMES[n]), 320, 240) for n in range(10)]


def lay(photographs, boxes, shape, colour=WHITE):
    canvas = np.empty((*shape, 3), np.uint8)
    canvas[:] = colour
    for (left, top, right, bottom), picture in zip(boxes, photographs, strict=False):
        canvas[top:bottom, left:right] = cv2.resize(picture, (right - left, bottom - top))
    return canvas


def near(panels, boxes, slack=2):
    assert len(panels) == len(boxes)
    for panel, box in zip(panels, boxes, strict=True):
        assert max(abs(a - b) for a, b in zip(panel.box, box, strict=True)) <= slack


@pytest.mark.parametrize("colour", [WHITE, BLACK])
def test_a_pinwheel_is_taken_apart(photographs, colour):
    boxes = [
        (0, 0, 396, 196),
        (404, 0, 600, 396),
        (0, 204, 196, 600),
        (204, 204, 396, 396),
        (204, 404, 600, 600),
    ]
    near(split_panels(lay(photographs, boxes, (600, 600), colour)), boxes)


def test_pictures_that_touch_are_parted_at_their_seams(photographs):
    boxes = [(x, y, x + 320, y + 240) for y in (0, 240) for x in (0, 320)]
    panels = split_panels(lay(photographs, boxes, (480, 640)))
    near(panels, boxes)
    assert {panel.confidence for panel in panels} == {0.93}


def test_an_outer_frame_does_not_hide_the_gutters(photographs):
    boxes = [(x, y, x + 280, y + 200) for y in (20, 236) for x in (20, 316)]
    figure = lay(photographs, boxes, (456, 616))
    cv2.rectangle(figure, (2, 2), (613, 453), BLACK, 3)
    near(split_panels(figure), boxes)


def test_an_inset_stays_with_its_panel(photographs):
    boxes = [(0, 0, 300, 260), (312, 0, 612, 260)]
    figure = lay(photographs, boxes, (260, 612))
    figure[180:260, 200:300] = 255
    figure[184:256, 204:296] = cv2.resize(photographs[5], (92, 72))
    near(split_panels(figure), boxes)


@pytest.mark.parametrize("thick", [3, 12, 40])
@pytest.mark.parametrize("shade", [0, 255])
def test_a_bar_across_one_photograph_hardly_ever_parts_it(photographs, thick, shade):
    n_cut = 0
    for picture in photographs:
        barred = cv2.resize(picture, (640, 480))
        barred[200 : 200 + thick] = shade
        n_cut += len(split_panels(barred)) > 1
    assert n_cut <= 1


def test_a_table_s_edge_does_not_part_a_photograph(photographs):
    for number, picture in enumerate(photographs):
        scene = cv2.resize(picture, (640, 480))
        rng = np.random.default_rng(number)
        scene[330:] = np.clip(rng.normal(90, 8, (150, 640, 3)), 0, 255)
        assert len(split_panels(scene)) == 1


def test_a_strip_of_words_is_no_panel(photographs):
    boxes = [(10, 10, 310, 250), (322, 10, 622, 250)]
    figure = lay(photographs, boxes, (300, 632))
    figure[260:290, 10:622] = (30, 40, 80)
    cv2.putText(figure, "Before and after", (20, 282), 0, 0.7, WHITE, 1, cv2.LINE_AA)
    near(split_panels(figure), boxes)


def cells(side, count):
    rng = np.random.default_rng(1)
    canvas = np.full((side, side, 3), 255, np.uint8)
    pitch = side // count
    for y in range(count):
        for x in range(count):
            low, high = y * pitch + 1, (y + 1) * pitch - 1
            block = rng.integers(0, 200, (high - low, high - low, 3))
            canvas[low:high, x * pitch + 1 : (x + 1) * pitch - 1] = block
    return canvas


@pytest.mark.parametrize("count", [8, 20, 100, 200])
def test_a_picture_in_which_all_is_a_panel_stays_whole(count):
    [panel] = split_panels(cells(1000, count))
    assert (panel.box, panel.letter) == ((0, 0, 1000, 1000), None)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (63, 5000), (70, 20_000)])
def test_slivers_stay_whole(shape):
    rng = np.random.default_rng(2)
    [panel] = split_panels(rng.integers(0, 255, (*shape, 3)).astype(np.uint8))
    assert panel.box == (0, 0, shape[1], shape[0])


def test_a_huge_figure_is_cut_at_reduced_size(photographs):
    boxes = [(0, 0, 4900, 6000), (5100, 0, 10_000, 6000)]
    near(split_panels(lay(photographs, boxes, (6000, 10_000))), boxes, slack=8)


def test_a_strip_of_many_panels_is_bounded(photographs):
    boxes = [(n * 110, 0, n * 110 + 100, 100) for n in range(60)]
    assert len(split_panels(lay(photographs * 6, boxes, (100, 6600)))) <= MAX_PANELS
