"""What is measured: skin under any light, textures, drawings, watermarks."""

import cv2
import numpy as np
import pytest

from bench.looks import drawn, patients, things
from bench.looks.lights import LIGHTS, lit
from pipeline.demo.pictures import generator
from pipeline.images.colours import Colours, skin_colour, skin_under_its_light
from pipeline.images.measures import measure_picture
from pipeline.images.repeats import Repeats

SEED = 31


@pytest.mark.parametrize("light", LIGHTS)
def test_skin_of_every_type_is_seen_under_every_light(light, thresholds) -> None:
    for skin_type in range(1, 7):
        for look in ("clinical", "ulcer", "mucosa"):
            rng = generator(SEED, f"{look} {skin_type}")
            picture = lit(patients.LOOKS[look](rng, skin_type), light)
            share = measure_picture(picture).skin_share
            assert share > 2 * thresholds["min_skin_share"], (skin_type, look)


def test_a_green_light_is_taken_out_unless_something_grey_tells_that_it_is_not_there() -> None:
    green = lit(patients.clinical(generator(SEED, "green"), 1), "strong green")
    assert skin_colour(Colours.of(green)).mean() < 0.3
    assert skin_under_its_light(green, Colours.of(green)).mean() > 0.6
    with_grey = green.copy()
    with_grey[:, :20] = 128
    assert skin_under_its_light(with_grey, Colours.of(with_grey)).mean() < 0.3


@pytest.mark.parametrize("name", ["wood", "sand", "fabric", "foliage", "concrete", "sky"])
def test_stuff_is_not_skin(name, thresholds) -> None:
    shares = [
        measure_picture(things.NO_SKIN[name](generator(SEED, f"{name} {n}"))).skin_share
        for n in range(6)
    ]
    assert sum(share < thresholds["min_skin_share"] for share in shares) >= 5


def test_a_wall_of_bricks_is_one_lattice_and_ridges_of_a_nail_are_not(thresholds) -> None:
    for number in range(4):
        wall = measure_picture(things.brick(generator(SEED, f"brick {number}")))
        nail = measure_picture(patients.nail(generator(SEED, f"nail {number}"), 2))
        assert wall.lattice_score > thresholds["max_lattice_score"] > 1.5 * nail.lattice_score


def test_fur_turns_and_combed_hair_does_not(thresholds) -> None:
    for number in range(4):
        fur = measure_picture(things.fur(generator(SEED, f"fur {number}")))
        scalp = measure_picture(patients.scalp(generator(SEED, f"scalp {number}"), 4))
        assert fur.fur_share > thresholds["max_fur_share"] > scalp.fur_share


def test_a_glow_needs_a_black_ground() -> None:
    black = np.zeros((100, 100, 3), np.uint8)
    black[40:60, 40:60] = (20, 230, 50)
    assert measure_picture(black).glow_share == 1.0
    assert measure_picture(np.maximum(black, 120)).glow_share == 0.0


def test_paint_and_tones_that_can_be_counted() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    for number in range(4):
        stripes[:, 32 * number : 32 * (number + 1)] = 60 * number
    found = measure_picture(stripes)
    # each of the three edges takes four columns, two on either side
    assert found.painted_share == pytest.approx(1 - 12 / 128, abs=1e-4)
    assert found.tone_share == 1.0
    assert found.flat_share == pytest.approx(30 / 128, abs=1e-4)
    ramp = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (16, 1, 3))
    assert measure_picture(ramp).tone_share == 0.5


def test_a_watermark_repeats_in_two_directions_and_a_ruler_in_one(thresholds) -> None:
    for number in range(4):
        plain = patients.with_ruler(generator(SEED, f"ruler {number}"), 3)
        skin = patients.clinical(generator(SEED, f"marked {number}"), 1 + number)
        marked = drawn.watermarked(generator(SEED, f"mark {number}"), skin)
        limit = thresholds["max_repeat_score"]
        assert measure_picture(plain).repeat_score < limit < measure_picture(marked).repeat_score


def test_repeats_of_planes_that_can_be_worked_out() -> None:
    nothing = np.zeros((128, 128), bool)
    assert Repeats.of(np.full((128, 128), 9, np.float32), nothing) == Repeats(0.0, 0.0)
    assert Repeats.of(np.zeros((40, 300), np.float32), nothing) == Repeats(0.0, 0.0)
    dots = np.zeros((160, 160), np.float32)
    dots[10::32, 10::40] = 200
    lattice = Repeats.of(cv2.GaussianBlur(dots, (0, 0), 1), np.zeros(dots.shape, bool))
    assert lattice.height > 0.8
    everywhere = Repeats.of(dots, np.ones(dots.shape, bool))
    assert everywhere == Repeats(0.0, 0.0)
