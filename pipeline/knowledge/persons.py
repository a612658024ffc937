"""Age, sex and Fitzpatrick skin type, as a passage states them of its patient."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

MAX_AGE_YEARS = 120

_UNIT = r"(?P<unit>years?|yrs?|y|months?|mos?|weeks?|wks?|days?)"
_AGE = re.compile(
    rf"(?<![\w.,/-])(?P<age>\d{{1,3}})[ \-–]{{0,2}}{_UNIT}[ ./\-–]{{0,2}}(?:old|o)\b\.?(?![\w'])",
    re.IGNORECASE,
)
_AGED = re.compile(
    r"\baged?:? (?P<age>\d{1,3})\b"
    r"(?!\s?(?:[-–]|to|and)\s?\d)(?!\s?(?:%|months?|weeks?|days?))",
    re.IGNORECASE,
)
# `at age 12` tells when something began, not how old the patient is
_PAST_AGE = ("at ", "from ", "since ", "the ", "by ", "until ", "before ", "after ")
# `24F`, `(M/31)`: how forums write it
_SHORT = re.compile(
    r"(?<![\w.,-])(?:(?P<age>\d{1,3})\s?/?\s?(?P<sex>[MF])|(?P<sex2>[MF])\s?/\s?(?P<age2>\d{1,3}))"
    r"(?![\w°'’-])"
)
_SKIN_TYPE = re.compile(
    r"\b(?:fitzpatrick(?:'s|’s)?(?: skin)?(?: photo)?(?: ?type)?s?|skin photo-?type|skin type|"
    r"phototype|photo-?type|FST)[ :]{1,2}(?P<one>I{1,3}|IV|VI?|[1-6])"
    r"(?:\s?(?:[-–/]|to|or)\s?(?P<two>I{1,3}|IV|VI?|[1-6]))?(?![\w])",
    re.IGNORECASE,
)
_SEX_WORDS = {
    **dict.fromkeys(("man", "male", "boy", "gentleman", "schoolboy"), "male"),
    **dict.fromkeys(("woman", "female", "girl", "lady", "schoolgirl"), "female"),
}
# One of these, or a number, stands in whatever this module finds.
PERSON_WORDS = frozenset(
    {*_SEX_WORDS, "fitzpatrick", "fitzpatrick's", "fitzpatrick’s", "phototype", "photo", "type"}
    | {"types", "fst", "photo-type", "phototypes", "f", "m", "age", "aged", "skin"}
)
_SEX = re.compile(rf"\b(?<!['’-])(?:{'|'.join(_SEX_WORDS)})\b(?!['’-])", re.IGNORECASE)
_YEARS_PER = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_ROMAN = ("I", "II", "III", "IV", "V", "VI")
# What the age after which comes first: of a person, or of a lesion.
_PERSON = re.compile(
    r"\b(?:wom[ae]n|m[ae]n|boy|girl|males?|females?|patient|child|infant|baby|gentleman|lady|"
    r"son|daughter|neonate|newborn|toddler|adult|person|student|farmer)\b",
    re.IGNORECASE,
)
_LESION = re.compile(
    r"\b(?:lesions?|rash|nodule|plaques?|patch|scar|wound|tattoo|ulcer|mole|nevus|eruption|mass|"
    r"spots?|growth|blister|wart|cyst|tumou?r|papules?|bump|burn|swelling|macule|injury|bite)\b",
    re.IGNORECASE,
)
_LOOK_AHEAD = 48

PersonKind = Literal["age", "sex", "skin_type"]


@dataclass(frozen=True, slots=True)
class PersonFact:
    """A value with its exact span; ages in years."""

    kind: PersonKind
    value: str
    start: int
    end: int


def find_person_facts(text: str, places: Iterable[int]) -> Iterator[PersonFact]:
    """Yield ages, sexes and skin types of a passage, with offsets into it.

    Args:
        text: The passage.
        places: In order, where the words start that are one of `PERSON_WORDS` or a number; no
            fact starts elsewhere.
    """
    skin_type_end = 0
    for place in places:
        yield from _age_at(text, place)
        match = _SEX.match(text, place)
        if match:
            yield PersonFact("sex", _SEX_WORDS[match.group().lower()], *match.span())
        match = _SHORT.match(text, place)
        if match:
            yield from _short(match)
        match = _SKIN_TYPE.match(text, place) if place >= skin_type_end else None
        if match:
            skin_type_end = match.end()
            yield PersonFact("skin_type", _skin_type(match["one"]), place, match.end("one"))
            if match["two"]:
                yield PersonFact("skin_type", _skin_type(match["two"]), *match.span("two"))


def _short(match: re.Match[str]) -> Iterator[PersonFact]:
    group = "" if match["age"] else "2"
    if int(match[f"age{group}"]) <= MAX_AGE_YEARS:
        sex = "male" if match[f"sex{group}"] == "M" else "female"
        yield PersonFact("age", str(int(match[f"age{group}"])), *match.span(f"age{group}"))
        yield PersonFact("sex", sex, *match.span(f"sex{group}"))


def _age_at(text: str, place: int) -> Iterator[PersonFact]:
    match = _AGE.match(text, place)
    if match:
        years = int(match["age"]) * _YEARS_PER[match["unit"][0].lower()]
        if years <= MAX_AGE_YEARS and not _is_age_of_lesion(text, match.end()):
            yield PersonFact("age", f"{years:.2f}".rstrip("0").rstrip("."), *match.span())
    match = _AGED.match(text, place)
    if match:
        told_of_past = text[max(0, place - 8) : place].endswith(_PAST_AGE)
        if int(match["age"]) <= MAX_AGE_YEARS and not told_of_past:
            yield PersonFact("age", str(int(match["age"])), *match.span())


def _is_age_of_lesion(text: str, end: int) -> bool:
    ahead = text[end : end + _LOOK_AHEAD]
    person, lesion = _PERSON.search(ahead), _LESION.search(ahead)
    return lesion is not None and (person is None or lesion.start() < person.start())


def _skin_type(numeral: str) -> str:
    return _ROMAN[int(numeral) - 1] if numeral.isdigit() else numeral.upper()
