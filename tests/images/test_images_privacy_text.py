"""The cheap look for writing finds rows of letters and leaves skin alone."""

import numpy as np
import pytest

from pipeline.demo.pictures import resize, write_text
from pipeline.images.burned_text import Line
from pipeline.images.privacy import kinds_of_lines
from pipeline.images.writing import may_hold_writing
from tests.images.conftest import draw


@pytest.mark.parametrize("size", [11, 16, 28, 60])
@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (255, 230, 60)])
def test_a_line_of_writing_is_noticed(size, colour) -> None:
    skin = resize(draw(f"writing {size}", 1 + size % 6), 640, 480)
    pixels = write_text(skin, (24, 40), "Jane Doe 1234", size=size, colour=colour)
    assert may_hold_writing(pixels)
    assert may_hold_writing(np.ascontiguousarray(np.rot90(pixels)))


def test_skin_is_seldom_read() -> None:
    looked = [may_hold_writing(draw(f"unwritten {n}", 1 + n % 6)) for n in range(24)]
    assert sum(looked) <= 2
    assert not may_hold_writing(np.zeros((1, 1, 3), np.uint8))


def test_a_label_and_what_stands_below_it_are_read_together() -> None:
    lines = [Line("MRN", ()), Line("00123456", ()), Line("SMITH, JOHN", ()), Line("1 cm", ())]
    assert kinds_of_lines(lines) == ("name", "record_number")
