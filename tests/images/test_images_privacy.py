"""Privacy: faces are found where they are, and passages lose what has the form of an identity."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline.demo.pictures import generator
from pipeline.demo.slides import draw_speaker, make_speaker
from pipeline.images.privacy import face_share, find_faces
from tests.images.conftest import draw


def speaker(number: int) -> tuple[np.ndarray, tuple[float, float]]:
    who = make_speaker(generator(31, f"speaker {number}"), 640, 360)
    return draw_speaker(who, 0.0), (640 * who.place, 360 * 0.44)


@pytest.mark.parametrize("number", range(8))
def test_the_box_lies_on_the_face(number) -> None:
    pixels, (x, y) = speaker(number)
    ((left, top, right, bottom),) = find_faces(pixels)
    assert left < x < right
    assert top < y < bottom
    assert 60 < right - left < 220
    covered = (right - left) * (bottom - top) / (640 * 360)
    assert face_share(pixels) == pytest.approx(covered, abs=1e-4)


def test_plain_skin_has_no_face() -> None:
    assert [find_faces(draw(f"no face {n}", 1 + n % 6)) for n in range(18)] == [[]] * 18
    assert find_faces(np.zeros((5, 900, 3), np.uint8)) == []


def test_threads_find_the_same_faces() -> None:
    pictures = [speaker(number % 3)[0] for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find_faces, pictures)) == [find_faces(each) for each in pictures]
