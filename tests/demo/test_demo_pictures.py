import cv2
import numpy as np
import pytest

from pipeline.demo.cases import caption, complaint, draw_case, make_case, narration
from pipeline.demo.diseases import DISEASES
from pipeline.demo.features import FEATURES
from pipeline.demo.figures import compose, draw_chart, draw_histology
from pipeline.demo.pictures import encode_jpeg, flat, generator, noise, wrap_text
from pipeline.demo.skin import draw_skin, lit_skin, to_picture
from pipeline.demo.slides import draw_speaker, make_speaker

# individual typology angle, in degrees: (above, up to) of each Fitzpatrick type
ANGLES = {1: (55, 90), 2: (41, 55), 3: (28, 41), 4: (10, 28), 5: (-30, 10), 6: (-90, -30)}


def test_one_key_draws_the_same_bytes_and_another_does_not():
    case = make_case(7, "one", "plaque psoriasis")
    first = encode_jpeg(draw_case(case, 320, 240))
    assert encode_jpeg(draw_case(case, 320, 240)) == first
    other = make_case(8, "one", "plaque psoriasis")
    assert encode_jpeg(draw_case(other, 320, 240)) != first


@pytest.mark.parametrize("tone", range(1, 7))
def test_plain_skin_has_the_typology_angle_of_its_tone(tone):
    rng = generator(7, f"tone {tone}")
    picture = to_picture(lit_skin(rng, tone, 320, 240), rng)
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light, _, yellow = (float(np.median(lab[..., channel])) for channel in range(3))
    angle = np.degrees(np.arctan2(light - 50, yellow))
    low, high = ANGLES[tone]
    assert low < angle <= high


@pytest.mark.parametrize("name", sorted(DISEASES))
def test_every_disease_leaves_its_mark_on_the_skin(name):
    recipe = DISEASES[name].recipe
    assert set(recipe.features) <= set(FEATURES)
    marked = draw_skin(generator(7, name), recipe, 3, 240, 180).astype(int)
    plain = to_picture(lit_skin(generator(7, name), 3, 240, 180), generator(7, "grain"))
    changed = np.abs(marked - plain.astype(int)).sum(2) > 24
    assert changed.mean() > 0.002


def test_sentences_name_what_an_annotator_should_find():
    for name, disease in DISEASES.items():
        case = make_case(3, name, name)
        said = caption(case)
        assert name in said.lower()
        assert disease.morphology.lower() in said.lower()
        assert case.site in said
        assert f"{case.age}-year-old {case.noun}" in said
        assert name in narration(case)
        assert case.skin_type in narration(case)
        assert f"diagnosis is {name}" not in complaint(case)
    assert make_case(3, "impetigo", "impetigo").noun in ("boy", "girl")


def test_articles_agree_with_ages():
    case = make_case(7, "age", "melanoma")
    spoken = {8: "an 8-", 11: "an 11-", 18: "an 18-", 80: "an 80-", 30: "a 30-"}
    for age, start in spoken.items():
        assert type(case)(**{**_fields(case), "age": age}).patient.startswith(start)


def _fields(case):
    return {name: getattr(case, name) for name in case.__slots__}


@pytest.mark.parametrize(("columns", "count"), [(2, 4), (3, 3), (2, 3)])
def test_compose_puts_every_panel_where_its_box_says(columns, count):
    panels = [flat(120, 90, (40 * n + 20, 10, 200)) for n in range(count)]
    letters = tuple("ABCD"[:count])
    made = compose(panels, columns=columns, gutter=9, background=(255, 255, 255), letters=letters)
    assert len(made.boxes) == count
    for (x0, y0, x1, y1), panel in zip(made.boxes, panels, strict=True):
        assert (x1 - x0, y1 - y0) == (120, 90)
        inside = made.picture[y0 + 40 : y1, x0 + 40 : x1]
        assert (inside == panel[40:, 40:]).all()
        assert (made.picture[y0 : y0 + 33, x0 - 9 : x0] == 255).all()
    corner = made.picture[9:42, 9:40]
    assert (corner == 0).any()  # the letter's ink


def test_histology_is_pink_and_charts_are_mostly_white():
    red, green, blue = (
        draw_histology(generator(7, "h"), 240, 180)[..., c].mean() for c in range(3)
    )
    assert red > green + 30
    assert blue > green + 20
    chart = draw_chart(generator(7, "c"), 360, 240, title="Response", groups=("a", "b"))
    assert (chart > 250).all(2).mean() > 0.5


def test_a_face_detector_finds_the_lecturer():
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    found = 0
    for number in range(5):
        speaker = make_speaker(generator(7, f"speaker {number}"), 640, 360)
        grey = cv2.cvtColor(draw_speaker(speaker, 0.5), cv2.COLOR_RGB2GRAY)
        found += len(cascade.detectMultiScale(grey, 1.1, 5)) > 0
    assert found >= 3


def test_noise_fills_its_range_and_text_wraps():
    field = noise(generator(7, "n"), 60, 80)
    assert field.shape == (60, 80)
    assert field.min() == 0
    assert field.max() == 1
    lines = wrap_text("well-demarcated plaques with silvery scale", size=20, width=160).split("\n")
    assert len(lines) > 1
    assert " ".join(lines) == "well-demarcated plaques with silvery scale"
