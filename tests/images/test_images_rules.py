"""Every rule by itself, on scores; and what a classifier takes over."""

import pytest

from pipeline.images.rules import RULES, WEAK, met_rules
from schemas.verdicts import REASONS, place_of_reason

SKIN = {
    "contrast": 30.0,
    "sharpness": 60.0,
    "flat_share": 0.0,
    "painted_share": 0.02,
    "tone_share": 0.7,
    "skin_share": 0.8,
    "histology_share": 0.0,
    "grain_share": 0.0,
    "glow_share": 0.0,
    "fur_share": 0.05,
    "edge_text_share": 0.02,
    "axis_share": 0.9,
    "repeat_score": 3.0,
    "lattice_score": 0.05,
    "face_share": 0.0,
    "width_px": 480,
    "height_px": 360,
}
PAPER = {"flat_share": 0.7, "painted_share": 0.75, "skin_share": 0.0, "axis_share": 0.05}
PAINT = {"flat_share": 0.5, "painted_share": 0.85, "tone_share": 0.95, "skin_share": 0.03}


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({}, set()),
        ({"width_px": 90}, {"too_small"}),
        ({"contrast": 1.0, "sharpness": 0.5}, {"blank"}),
        ({"sharpness": 1.0}, {"blurred"}),
        (PAPER | {"edge_text_share": 0.2}, {"text_slide", "no_skin"}),
        (PAPER | {"edge_text_share": 0.01}, {"chart", "no_skin"}),
        (PAPER | {"edge_text_share": 0.2, "axis_share": 0.5}, {"chart", "no_skin"}),
        (PAPER | {"edge_text_share": 0.2, "skin_share": 0.3}, set()),
        (PAINT, {"drawing", "no_skin"}),
        (PAINT | {"face_share": 0.05}, {"drawing", "talking_head", "no_skin"}),
        ({"histology_share": 0.6, "grain_share": 0.5, "skin_share": 0.2}, {"histology"}),
        ({"histology_share": 0.6, "grain_share": 0.0, "skin_share": 0.2}, set()),
        ({"histology_share": 0.4, "grain_share": 0.5}, set()),
        (
            {"glow_share": 0.9, "flat_share": 0.6, "skin_share": 0.0},
            {"histology", "no_skin"},
        ),
        ({"face_share": 0.05, "skin_share": 0.3}, {"talking_head"}),
        ({"face_share": 0.05, "skin_share": 0.6}, set()),
        ({"fur_share": 0.7}, {"animal"}),
        ({"skin_share": 0.05}, {"no_skin"}),
        ({"lattice_score": 0.6}, {"no_skin"}),
        ({"repeat_score": 20.0}, {"watermark"}),
        ({"repeat_score": 20.0, "skin_share": 0.0}, {"no_skin"}),
    ],
)
def test_rules_on_scores(changed, reasons, thresholds) -> None:
    assert met_rules(SKIN | changed, thresholds) == reasons


def test_a_classifier_answers_for_the_reasons_that_it_has_a_threshold_for(thresholds) -> None:
    limits = thresholds | {"classifier": {"thresholds": {"no_skin": 0.5, "animal": 0.9}}}
    scores = SKIN | {"skin_share": 0.0, "fur_share": 0.9, "sharpness": 1.0, "face_share": 0.1}
    assert met_rules(scores, thresholds) == {"no_skin", "animal", "blurred", "talking_head"}
    told = {"skin": 0.2, "animal": 0.9, "no_skin": 0.1}
    assert met_rules(scores, limits, told) == {"animal", "blurred", "talking_head"}
    told = {"skin": 0.2, "animal": 0.1, "no_skin": 0.7}
    assert met_rules(SKIN, limits, told) == {"no_skin"}


def test_only_weak_rules_may_be_taken_over() -> None:
    from typing import get_args

    from pipeline.picture_entries import WeakReason

    assert set(get_args(WeakReason)) == set(WEAK)
    assert set(RULES).issuperset(WEAK)


def test_reasons_have_their_place_in_the_funnel() -> None:
    reasons = ["duplicate", "benchmark:ddi", "no_skin", "broken", "animal"]
    ordered = ["broken", "animal", "no_skin", "benchmark:ddi", "duplicate"]
    assert sorted(reasons, key=place_of_reason) == ordered
    assert [reason for reason in REASONS if reason in RULES] == list(RULES)
    with pytest.raises(ValueError, match="not in tuple"):
        place_of_reason("unheard:of")
