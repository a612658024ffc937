"""Letters: read where they are printed, and winning over the order of reading."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.demo.cases import draw_case, make_case
from pipeline.demo.diseases import DISEASES
from pipeline.demo.pictures import write_text
from pipeline.extract.panel_letters import read_letters
from pipeline.extract.panel_matching import match_letters
from pipeline.extract.panels import Panel

NAMES = sorted(DISEASES)
BOXES = [(x, y, x + 300, y + 220) for y in (40, 310) for x in (10, 330)]


@pytest.fixture(scope="module")
def figure():
    canvas = np.full((540, 640, 3), 255, np.uint8)
    for number, (left, top, right, bottom) in enumerate(BOXES):
        picture = draw_case(make_case(6, f"letter {number}", NAMES[number]), 300, 220)
        canvas[top:bottom, left:right] = picture
    return canvas


def panels(boxes=BOXES):
    return [Panel(box, letter, 0.9) for box, letter in zip(boxes, "abcdefgh", strict=False)]


def lettered(figure, signs, place="plate"):
    canvas = figure.copy()
    for (left, top, *_), sign in zip(BOXES, signs, strict=True):
        if sign == " ":
            continue
        if place == "above":
            canvas = write_text(canvas, (left, top - 30), sign, size=24, colour=(0, 0, 0))
            continue
        if place == "plate":
            cv2.rectangle(canvas, (left, top), (left + 34, top + 36), (255, 255, 255), -1)
        ink = (0, 0, 0) if place == "plate" else (255, 255, 255)
        canvas = write_text(canvas, (left + 8, top + 4), sign, size=24, colour=ink)
    return canvas


def told(found):
    return [panel.letter for panel in found]


@pytest.mark.parametrize("place", ["plate", "light", "above"])
@pytest.mark.parametrize("signs", ["ABCD", "abcd", "ACBD", "DCBA"])
def test_letters_are_read_and_win_over_the_order(figure, signs, place):
    drawn = lettered(figure, signs, place)
    assert told(match_letters(drawn, panels(), "abcd")) == list(signs.lower())


def test_readings_say_how_sure_they_are(figure):
    read = read_letters(lettered(figure, "ABCD"), BOXES, "abcd")
    assert [each.letter for each in read] == list("abcd")
    assert all(0.75 <= each.likeness <= 1 for each in read)
    assert read_letters(figure, BOXES, "abcd") == [None] * 4


def test_a_letter_that_is_missing_is_the_one_left(figure):
    assert told(match_letters(lettered(figure, "BA D"), panels(), "abcd")) == list("bacd")


def test_without_letters_the_order_counts_if_the_numbers_agree(figure):
    assert told(match_letters(figure, panels(), "abcd")) == list("abcd")
    assert told(match_letters(figure, panels(), "abc")) == [None] * 4
    assert match_letters(figure, panels(), "abcde") is None
    assert match_letters(figure, panels()[:1], "") is None


def test_letters_name_their_panels_where_there_are_more_panels(figure):
    found = match_letters(lettered(figure, "AB C"), panels(), "abc")
    assert told(found) == ["a", "b", None, "c"]


@pytest.mark.parametrize("shape", [(1, 1), (5, 400), (400, 5)])
def test_boxes_too_small_for_a_letter_have_none(shape):
    pixels = np.zeros((*shape, 3), np.uint8)
    assert read_letters(pixels, [(0, 0, shape[1], shape[0])], "ab") == [None]
