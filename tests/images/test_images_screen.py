"""Screening: skin of every tone is kept, the rest goes for the right reason."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.catalog import load_catalog
from pipeline.demo.figures import draw_chart, draw_histology, draw_object
from pipeline.demo.pictures import generator, write_text
from pipeline.demo.skin import draw_dermoscopy
from pipeline.demo.slides import (
    LOOKS,
    Look,
    draw_speaker,
    draw_text_slide,
    make_speaker,
)
from pipeline.images.duplicates import find_duplicates
from pipeline.images.measures import measure_picture, reduce_picture
from pipeline.images.rules import RULES, met_rules
from pipeline.images.screen import SCREEN, Eye, permits_use, screen_images
from pipeline.store import Bench
from schemas import DUPLICATES
from schemas.verdicts import REASONS
from tests.images.conftest import DISEASES, NAMES, draw, saved

REAL = Path(__file__).parents[2] / "data_catalog.yaml"
PER_TONE = 6


def first_reason(pixels, thresholds, media) -> str | None:
    from pipeline.images.decode import encode_picture

    scores = Eye(Bench(media)).look(media.put(encode_picture(pixels), "jpg")).scores
    height, width = pixels.shape[:2]
    met = met_rules(scores | {"width_px": width, "height_px": height}, thresholds)
    return next((reason for reason in REASONS if reason in met), None)


@pytest.mark.parametrize("tone", [1, 2, 3, 4, 5, 6])
def test_skin_of_every_tone_is_kept(tone, thresholds, workspace) -> None:
    for number in range(PER_TONE):
        rng = generator(21, f"{tone} {number}")
        recipe = DISEASES[NAMES[int(rng.integers(len(NAMES)))]].recipe
        photograph = draw(f"kept {tone} {number}", tone, 480, 360)
        slide = slide_with(draw(f"slide {tone} {number}", tone, 330, 248), LOOKS[number])
        dermoscopy = draw_dermoscopy(rng, recipe, tone, 480, 360)
        dim = (photograph * 0.8).astype(np.uint8)
        cool = np.clip(photograph * np.array([0.96, 1.0, 1.06]), 0, 255).astype(np.uint8)
        for pixels in (photograph, slide, dermoscopy, dim, cool, saved(photograph, 35)):
            assert first_reason(pixels, thresholds, workspace.media) is None


def slide_with(photograph: np.ndarray, look: Look) -> np.ndarray:
    """Return a slide of 640 x 360 with a title and a photograph on about a third of it."""
    slide = draw_text_slide(look, 640, 360, title="Case 3", lines=("see right",))
    height, width = photograph.shape[:2]
    slide[80 : 80 + height, 290 : 290 + width] = photograph
    return slide


def other_pictures(number: int) -> dict[str, np.ndarray]:
    rng = generator(22, f"other {number}")
    groups = ("before", "week 6", "week 12")
    lines = ("red plaques with silvery scale", "elbows, knees, scalp", "itch")
    look = LOOKS[number % len(LOOKS)]
    return {
        "chart": draw_chart(rng, 720, 480, title="Response", groups=groups),
        "histology": draw_histology(rng, 640, 480),
        "talking_head": draw_speaker(make_speaker(rng, 640, 360), number * 0.9),
        "text_slide": draw_text_slide(look, 640, 360, title="Psoriasis", lines=lines),
        "blank": np.full((200, 300, 3), 17 * number, np.uint8),
        "too_small": draw(f"small {number}", 2, 120, 90),
        "blurred": cv2.GaussianBlur(draw(f"soft {number}", 3, 320, 240), (0, 0), 9),
    }


@pytest.mark.parametrize("number", range(6))
def test_what_is_not_a_photograph_of_skin_goes_for_its_reason(
    number, thresholds, workspace
) -> None:
    found = {
        reason: first_reason(pixels, thresholds, workspace.media)
        for reason, pixels in other_pictures(number).items()
    }
    assert found == {reason: reason for reason in found}


def test_everyday_objects_have_no_skin(thresholds, workspace) -> None:
    reasons = [
        first_reason(
            draw_object(generator(7, f"object {n}"), 720, 540), thresholds, workspace.media
        )
        for n in range(20)
    ]
    # a table top of the very brown that dark skin has is taken for skin: colour cannot tell
    assert reasons.count("no_skin") >= 18


def test_every_rule_has_a_reason_in_the_order_of_the_funnel() -> None:
    assert [reason for reason in REASONS if reason in RULES] == list(RULES)


def test_measures_of_pictures_that_can_be_worked_out_by_hand() -> None:
    half = np.zeros((200, 200, 3), np.uint8)
    half[:, 100:] = 200
    found = measure_picture(half)
    assert found.contrast == pytest.approx(100.0)
    assert found.flat_share == pytest.approx(0.49, abs=0.011)  # half, less the edge between
    assert (found.skin_share, found.histology_share) == (0.0, 0.0)
    paper = np.full((256, 256, 3), 255, np.uint8)
    paper[40:200, 50:52] = paper[200:202, 50:178] = 0
    assert measure_picture(paper).axis_share == pytest.approx(0.5)
    assert reduce_picture(np.zeros((1000, 500, 3), np.uint8)).shape == (256, 128, 3)
    assert reduce_picture(np.zeros((10, 4000, 3), np.uint8)).shape == (1, 256, 3)
    assert reduce_picture(paper) is paper


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (7, 7), (3, 5000)])
def test_pictures_of_any_shape_can_be_measured(shape, thresholds, workspace) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert first_reason(pixels, thresholds, workspace.media) == "too_small"


@pytest.mark.parametrize(
    ("tier", "locator", "box", "permitted"),
    [
        ("open", "F1/a", [0, 0, 5, 5], True),
        ("restricted", "F1", None, True),
        ("unknown", "F1", None, False),
        ("no-derivatives", "F1", None, True),
        ("no-derivatives", "F1", [0, 0, 5, 5], False),
        ("no-derivatives", "F1/a", None, False),
        ("no-derivatives", "p3/x88", None, True),
    ],
)
def test_what_a_licence_permits(tier, locator, box, permitted) -> None:
    assert permits_use(tier, {"locator": locator, "box": box}) is permitted


def verdicts(corpus, thresholds) -> dict[str, dict]:
    tables, prints = corpus.tables(), corpus.fingerprints()
    bench = Bench(corpus.media, {"duplicate_distance": 4, "candidate_distance": 8})
    (duplicates,) = find_duplicates(
        bench, prints, tables["images"], tables["items"], tables["pairs"]
    )
    read = [tables[name] for name in ("items", "images", "texts", "pairs")]
    (found,) = screen_images(Bench(corpus.media, thresholds), *read, prints, duplicates)
    assert found["image_id"].to_pylist() == tables["images"]["image_id"].to_pylist()
    return {row["image_id"].removeprefix("pubmed:"): row for row in found.to_pylist()}


def test_reasons_that_lie_outside_the_pixels(corpus, thresholds) -> None:
    shared = draw("shared", 2)
    corpus.add("first", shared)
    corpus.add("second", saved(shared, 60))
    corpus.add("broken", None)
    corpus.add("retracted", draw("retracted", 3), status="retracted")
    corpus.add("removed", draw("removed", 4), status="deleted", spoken=False)
    corpus.add("unlicensed", draw("unlicensed", 5), tier="unknown")
    corpus.add("panel", draw("panel", 6), tier="no-derivatives", locator="F1/b", box=(0, 0, 9, 9))
    corpus.add("foreign", draw("foreign", 1))
    corpus.images[-1] |= {"licence_tier": "unknown"}
    corpus.add("own", draw("own", 6), tier="no-derivatives", locator="F1/b", box=(0, 0, 9, 9))
    corpus.images[-1] |= {"licence": "CC-BY-4.0", "licence_tier": "open"}
    corpus.add("silent", draw("silent", 1), spoken=False)
    corpus.add("wordless", draw("wordless", 1))
    corpus.texts[-1] |= {"text": "", "status": "empty"}
    found = verdicts(corpus, thresholds)
    told = {name.split("#")[0]: (row["verdict"], row["reasons"]) for name, row in found.items()}
    assert told == {
        "first": ("keep", []),
        "second": ("drop", ["duplicate"]),
        "broken": ("failed", ["broken"]),
        "retracted": ("drop", ["retracted"]),
        "removed": ("drop", ["removed", "no_text"]),
        "unlicensed": ("drop", ["licence"]),
        "panel": ("drop", ["licence"]),
        "foreign": ("drop", ["licence"]),
        "own": ("keep", []),
        "silent": ("drop", ["no_text"]),
        "wordless": ("drop", ["no_text"]),
    }
    assert found["broken#F1"]["error"] == "the file ends after 512 bytes"
    assert found["broken#F1"]["skin_share"] is None


def test_a_kept_picture_has_all_its_scores(corpus, thresholds) -> None:
    corpus.add("kept", draw("scores", 4))
    (row,) = verdicts(corpus, thresholds).values()
    assert row["skin_share"] > 0.6
    assert row["face_share"] == row["histology_share"] == 0.0
    assert row["contrast"] > thresholds["min_contrast"]
    assert None not in [row[name] for name in row if name.endswith(("share", "sharpness"))]


@pytest.mark.parametrize(
    ("policy", "verdict", "reasons", "hidden"),
    [
        ("blur", "keep", [], ["private_text"]),
        ("quarantine", "quarantine", ["private_text"], None),
        ("drop", "drop", ["private_text"], None),
    ],
)
def test_a_name_written_into_a_picture_meets_the_policy(
    policy, verdict, reasons, hidden, corpus, thresholds
) -> None:
    words = "Patient: Jane Doe  DOB 03/04/1985"
    pixels = write_text(draw("named", 3, 640, 480), (20, 20), words, size=18, colour=(255,) * 3)
    corpus.add("named", pixels)
    chosen = thresholds | {"privacy": thresholds["privacy"] | {"text": policy}}
    (row,) = verdicts(corpus, chosen).values()
    assert (row["verdict"], row["reasons"], row["hidden"]) == (verdict, reasons, hidden)
    assert row["private_kinds"] == ["birth_date", "name"]
    assert (row["shown_sha256"] is not None) is (policy == "blur")


def test_a_benchmark_is_named_in_the_reason(corpus, thresholds) -> None:
    image = corpus.add("known", draw("known", 5))
    alone = {"image_id": image, "cluster_id": image, "canonical_id": image, "method": "single"}
    duplicates = DUPLICATES.table([alone | {"distance": 0, "benchmark": "ddi", "status": "ok"}])
    tables = corpus.tables()
    read = [tables[name] for name in ("items", "images", "texts", "pairs")]
    bench = Bench(corpus.media, thresholds)
    (found,) = screen_images(bench, *read, corpus.fingerprints(), duplicates)
    assert found["reasons"].to_pylist() == [["benchmark:ddi"]]
    assert found["verdict"].to_pylist() == ["drop"]


def test_a_lost_blob_is_a_failed_row_not_an_exception(corpus, thresholds) -> None:
    corpus.add("lost", draw("lost", 4))
    corpus.media.remove(corpus.images[0]["sha256"])
    (row,) = verdicts(corpus, thresholds).values()
    assert (row["verdict"], row["reasons"]) == ("failed", ["broken"])
    assert "no blob" in row["error"]


def test_the_thresholds_are_options_of_the_stage_but_the_distances_are_not() -> None:
    catalog = load_catalog(REAL)
    options = SCREEN.options(catalog, "pubmed", None)
    assert options["min_skin_share"] == catalog.screening.min_skin_share
    assert not [name for name in options if name.endswith("distance")]
    assert options["privacy"]["faces"] == "blur"
    assert SCREEN.options(catalog, "reddit", None)["privacy"]["faces"] == "quarantine"
