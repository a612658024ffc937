"""Claims of an answer, and the check that their words stand in the passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.language.evidence import Passage

LISTED = ("diseases", "concepts", "body_sites", "symptoms", "history")
_CERTAINTY = ("affirmed", "possible", "historical", "family", "negated")
_GENDERS = {
    **dict.fromkeys(("male", "man", "boy", "m"), "male"),
    **dict.fromkeys(("female", "woman", "girl", "f"), "female"),
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI")
_SKIN_TONES = {**{each: each for each in _ROMAN}, **{str(n): r for n, r in enumerate(_ROMAN, 1)}}
_MODALITIES = {each: each for each in ("clinical", "dermoscopy", "histology", "other")}


@dataclass(frozen=True, slots=True)
class Claims:
    """The annotation's columns, and how many claims were dropped for want of their words."""

    columns: Mapping[str, Any]
    n_dropped: int


def read_claims(parsed: Mapping[str, Any] | None, passages: Sequence[Passage]) -> Claims:
    """Sort an answer's claims into columns; what its passage does not say word by word is dropped.

    Diseases come with the most certain first. Of age, gender, skin tone and modality the first
    affirmed and readable claim is taken.
    """
    by_number = {each.number: each for each in passages}
    columns: dict[str, Any] = {name: [] for name in LISTED}
    columns |= dict.fromkeys(("age", "gender", "skin_tone", "modality"))
    n_dropped = 0
    for claim in (parsed or {}).get("claims", ()):
        passage = by_number.get(claim["passage"])
        span = " ".join(claim["span"].split())
        value = " ".join(claim["value"].split())
        if passage is None or not span or not value or span not in _folded(passage.text):
            n_dropped += 1
        elif claim["kind"] in LISTED:
            evidence = {
                "value": value,
                "text_id": passage.text_id,
                "span": span,
                "assertion": claim["assertion"],
            }
            if evidence not in columns[claim["kind"]]:
                columns[claim["kind"]].append(evidence)
        elif claim["assertion"] == "affirmed" and columns[claim["kind"]] is None:
            columns[claim["kind"]] = _single(claim["kind"], value)
    columns["diseases"].sort(key=lambda each: _CERTAINTY.index(each["assertion"]))
    return Claims(columns, n_dropped)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _single(kind: str, value: str) -> str | None:
    if kind == "gender":
        return _GENDERS.get(value.lower())
    if kind == "skin_tone":
        return _SKIN_TONES.get(value.upper().removeprefix("TYPE").strip())
    return _MODALITIES.get(value.lower(), "other") if kind == "modality" else value
