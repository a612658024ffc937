"""Privacy: faces are found where they are, and a source's policy decides what becomes of them."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from pipeline.demo.pictures import generator, write_text
from pipeline.demo.slides import draw_speaker, make_speaker
from pipeline.images.faces import Face, find_faces, share_of_faces
from pipeline.images.privacy import Exposure, course_of, exposure_of, shown_pixels
from tests.images.conftest import draw

EYES = ((10.0, 10.0), (60.0, 10.0), (60.0, 30.0), (10.0, 30.0))
WORDS = ((5.0, 80.0), (90.0, 80.0), (90.0, 95.0), (5.0, 95.0))
FACE = Face((0, 0, 80, 80), True, (EYES,))
EXPOSED = Exposure((FACE,), ("name",), (WORDS,))


def policy(faces: str = "blur", text: str = "blur", cleared: tuple[str, ...] = ()) -> dict:
    return {"faces": faces, "text": text, "cleared": list(cleared), "face_model": None}


def speaker(number: int) -> tuple[np.ndarray, tuple[float, float]]:
    who = make_speaker(generator(31, f"speaker {number}"), 640, 360)
    return draw_speaker(who, 0.0), (640 * who.place, 360 * 0.44)


@pytest.mark.parametrize("number", range(4))
def test_the_box_lies_on_the_face(number) -> None:
    pixels, (x, y) = speaker(number)
    whole = [face for face in find_faces(pixels) if face.is_whole]
    ((left, top, right, bottom),) = [face.box for face in whole]
    assert left < x < right
    assert top < y < bottom
    assert 60 < right - left < 220
    covered = (right - left) * (bottom - top) / (640 * 360)
    assert share_of_faces(whole, pixels) == pytest.approx(covered, abs=1e-4)


@pytest.mark.parametrize("angle", [90, 180, 300])
def test_a_turned_face_is_found_where_it_lies(angle) -> None:
    pixels, (x, y) = speaker(1)
    cut = np.ascontiguousarray(pixels[:, int(x) - 170 : int(x) + 170])
    turn = cv2.getRotationMatrix2D((170, y), angle, 0.9)
    turned = cv2.warpAffine(cut, turn, (340, 360), borderMode=cv2.BORDER_REPLICATE)
    whole = [face for face in find_faces(turned) if face.is_whole]
    assert len(whole) == 1
    left, top, right, bottom = whole[0].box
    assert left < 170 < right
    assert top < y < bottom


def test_plain_skin_has_no_face() -> None:
    assert [find_faces(draw(f"no face {n}", 1 + n % 6)) for n in range(12)] == [[]] * 12
    assert find_faces(np.zeros((5, 900, 3), np.uint8)) == []
    assert find_faces(np.zeros((1, 1, 3), np.uint8)) == []


def test_threads_find_the_same_faces() -> None:
    pictures = [speaker(number % 2)[0] for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find_faces, pictures)) == [find_faces(each) for each in pictures]


@pytest.mark.parametrize(
    ("chosen", "altered", "verdict", "reasons", "hidden"),
    [
        (policy(), True, "keep", set(), 2),
        (policy(), False, "drop", {"face", "private_text"}, 0),
        (policy(faces="drop"), True, "drop", {"face"}, 0),
        (policy(text="quarantine"), True, "quarantine", {"private_text"}, 0),
        (policy(faces="quarantine", text="drop"), True, "drop", {"face", "private_text"}, 0),
        (policy(faces="quarantine"), False, "drop", {"face", "private_text"}, 0),
        (policy("drop", "drop", cleared=("s:1#F1",)), True, "keep", set(), 0),
        (policy("quarantine", "quarantine", cleared=("s:2#F1",)), True, "quarantine", None, 0),
    ],
)
def test_the_policy_decides(chosen, altered, verdict, reasons, hidden) -> None:
    course = course_of(EXPOSED, chosen, image_id="s:1#F1", may_be_altered=altered)
    assert course.verdict == verdict
    assert course.reasons == ({"face", "private_text"} if reasons is None else reasons)
    assert len(course.hiding) == hidden


def test_what_shows_nobody_is_shown_as_it_is() -> None:
    course = course_of(Exposure(), policy("drop", "drop"), image_id="s:1", may_be_altered=False)
    assert course.verdict == "keep"
    assert shown_pixels(draw("plain"), course) is None


def test_written_details_are_read_counted_and_blurred() -> None:
    pixels = write_text(
        draw("overlay", 3, 640, 480),
        (20, 20),
        "Patient: Jane Doe  DOB 03/04/1985\nMRN 00123456",
        size=18,
        colour=(255, 255, 255),
    )
    exposure = exposure_of(pixels, ())
    assert exposure.kinds == ("birth_date", "name", "record_number")
    course = course_of(exposure, policy(), image_id="s:1", may_be_altered=True)
    shown = shown_pixels(pixels, course)
    assert exposure_of(shown, ()).kinds == ()
    assert np.array_equal(shown[120:], pixels[120:])


@pytest.mark.parametrize("words", ["1 cm", "A", "DermLite DL4  10x", "ABCD rule  5 mm", "Fig. 2B"])
def test_rulers_and_devices_and_panel_letters_are_nobody(words) -> None:
    pixels = write_text(draw(words, 2, 640, 480), (30, 30), words, size=20, colour=(255, 255, 255))
    assert exposure_of(pixels, ()) == Exposure()
