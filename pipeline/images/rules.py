"""The screening rules: each looks at a picture's scores and says whether it is met.

A rule for a new reason is a function here, a reason in `schemas/verdicts.py` and, if it has one, a
threshold in the catalog's `screening`. A classifier that the catalog names answers for the reasons
that it knows; those of `WEAK` are the ones it may know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Scores: TypeAlias = Mapping[str, Any]
"""Scores of `verdicts`, with `width_px` and `height_px`."""
Thresholds: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[[Scores, Thresholds], bool]

MOSTLY_SKIN = 0.45  # a face in a picture that is mostly skin is what the picture shows
SEVERAL_PAINTS = 0.2  # share that even colours other than the ground take in a drawing


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
    """Tell whether the picture is laid out on paper, holds writing, and has no axes or boxes."""
    if not _is_on_paper(scores, limits) or is_chart(scores, limits):
        return False
    return bool(scores["edge_text_share"] >= limits["max_text_share"])


def is_chart(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether the picture, on paper, has two axes or boxes, or holds hardly any writing."""
    if not _is_on_paper(scores, limits):
        return False
    has_axes = scores["axis_share"] >= limits["max_axis_share"]
    return bool(has_axes or scores["edge_text_share"] < limits["max_text_share"])


def is_drawing(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether the picture is made of several even paints, few tones in all.

    A drawing with shading is not told from a photograph.
    """
    is_painted = scores["painted_share"] >= limits["max_painted_share"]
    has_few_tones = scores["tone_share"] >= limits["max_tone_share"]
    others = scores["painted_share"] - scores["flat_share"]
    is_drawn = is_painted and has_few_tones and others >= SEVERAL_PAINTS
    return bool(is_drawn and not is_blank(scores, limits) and has_no_skin(scores, limits))


def is_histology(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether stained grains prevail, or a glow on black."""
    stained = scores["histology_share"]
    is_stained = stained >= limits["max_histology_share"] and stained > scores["skin_share"]
    is_grainy = scores["grain_share"] >= limits["max_grain_share"]
    return bool((is_stained and is_grainy) or scores["glow_share"] >= limits["max_glow_share"])


def is_talking_head(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether a person is shown rather than a face's skin."""
    has_face = scores["face_share"] >= limits["max_face_share"]
    return bool(has_face and scores["skin_share"] < MOSTLY_SKIN)


def is_animal(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether fur fills the picture: strands everywhere, in many directions.

    Fur is all that is told: neither an animal without it, nor a head of hair that leaves no bare
    skin in the frame from fur.
    """
    return bool(scores["fur_share"] >= limits["max_fur_share"])


def has_no_skin(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether too little has a colour of skin or of lesions on it, or all is one lattice.

    Smooth things of skin's colours, as leather or a beige wall, are not told from skin.
    """
    is_lattice = scores["lattice_score"] >= limits["max_lattice_score"]
    return bool(is_lattice or scores["skin_share"] < limits["min_skin_share"])


def is_watermarked(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether faint words or signs are laid over a picture of skin again and again."""
    is_repeated = scores["repeat_score"] >= limits["max_repeat_score"]
    return bool(is_repeated and not has_no_skin(scores, limits))


def _is_on_paper(scores: Scores, limits: Thresholds) -> bool:
    """Tell whether one even colour takes much of the picture and no photograph of skin is on it."""
    if scores["flat_share"] < limits["max_flat_share"] or is_blank(scores, limits):
        return False
    is_other = is_drawing(scores, limits) or is_histology(scores, limits)
    return not is_other and has_no_skin(scores, limits)


RULES: Mapping[str, Rule] = {
    "too_small": is_too_small,
    "blank": is_blank,
    "blurred": is_blurred,
    "text_slide": is_text_slide,
    "chart": is_chart,
    "drawing": is_drawing,
    "histology": is_histology,
    "talking_head": is_talking_head,
    "animal": is_animal,
    "no_skin": has_no_skin,
    "watermark": is_watermarked,
}
WEAK = frozenset({"chart", "drawing", "histology", "talking_head", "animal", "no_skin"})


def met_rules(
    scores: Scores, limits: Thresholds, probabilities: Mapping[str, float] | None = None
) -> set[str]:
    """Return the reasons whose rules are met.

    Args:
        scores: what was measured.
        limits: the catalog's `screening`.
        probabilities: what a classifier says of each of its labels; it alone answers for the
            reasons to which its entry, `limits["classifier"]` or `limits["zero_shot"]`, gives a
            threshold.
    """
    met = {reason for reason, rule in RULES.items() if rule(scores, limits)}
    if probabilities is None:
        return met
    thresholds = (limits["classifier"] or limits["zero_shot"])["thresholds"]
    judged = {reason for reason, least in thresholds.items() if probabilities[reason] >= least}
    return {reason for reason in met if reason not in thresholds} | judged
