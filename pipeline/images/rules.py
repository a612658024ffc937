"""The screening rules: each looks at a picture's scores and says whether it is met.

A rule for a new reason is a function here, a reason in `schemas/verdicts.py` and, if it has one, a
threshold in the catalog's `screening`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Scores: TypeAlias = Mapping[str, Any]
"""Scores of `verdicts`, with `width_px` and `height_px`."""
Thresholds: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[[Scores, Thresholds], bool]

MOSTLY_SKIN = 0.45  # a face in a picture that is mostly skin is what the picture shows


def is_too_small(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether the shorter side has too few pixels."""
    return bool(min(scores["width_px"], scores["height_px"]) < limits["min_side_px"])


def is_blank(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether there is nothing to see: one colour, or nearly."""
    return bool(scores["contrast"] < limits["min_contrast"])


def is_blurred(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether nothing at all is in focus; fine skin in soft light passes."""
    return not is_blank(scores, limits) and bool(scores["sharpness"] < limits["min_sharpness"])


def is_text_slide(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether the picture is drawn, holds writing, and has no axes."""
    if not _is_drawn(scores, limits) or is_chart(scores, limits):
        return False
    return bool(scores["edge_text_share"] >= limits["max_text_share"])


def is_chart(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether the picture is drawn and has two axes, or holds hardly any writing."""
    if not _is_drawn(scores, limits):
        return False
    has_axes = scores["axis_share"] >= limits["max_axis_share"]
    return bool(has_axes or scores["edge_text_share"] < limits["max_text_share"])


def is_histology(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether the colours of stained tissue prevail."""
    stained = scores["histology_share"]
    return bool(stained >= limits["max_histology_share"] and stained > scores["skin_share"])


def is_talking_head(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether a person is shown rather than a face's skin."""
    has_face = scores["face_share"] >= limits["max_face_share"]
    return bool(has_face and scores["skin_share"] < MOSTLY_SKIN)


def has_no_skin(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether too little of the picture has a colour of skin or of lesions on it."""
    return bool(scores["skin_share"] < limits["min_skin_share"])


def _is_drawn(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether one even colour takes much of the picture and no photograph of skin is on it."""
    even = scores["flat_share"] >= limits["max_flat_share"]
    return bool(even) and not is_blank(scores, limits) and has_no_skin(scores, limits)


RULES: Mapping[str, Rule] = {
    "too_small": is_too_small,
    "blank": is_blank,
    "blurred": is_blurred,
    "text_slide": is_text_slide,
    "chart": is_chart,
    "histology": is_histology,
    "talking_head": is_talking_head,
    "no_skin": has_no_skin,
}


def met_rules(scores: Scores, limits: Thresholds) -> set[str]:
    """Return the reasons whose rules are met."""
    return {reason for reason, rule in RULES.items() if rule(scores, limits)}
