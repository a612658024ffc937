"""Values of all datasets in one vocabulary: ages, sexes, body sites, skin types, flags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MAX_AGE_YEARS = 120
_MAX_WORDS = 120

_NOT_KNOWN = frozenset(
    (
        *("", "-", "--", "?", "nan", "na", "n/a", "null", "none", "unk", "unknown", "undefined"),
        *("not known", "not specified", "not stated", "not available", "unspecified", "missing"),
        *("none selected", "none identified", "other or unspecified", "age unknown"),
        *("prefer not to answer", "prefer not to say"),
        *("#n/a", "#ref!", "#name?", "#value!"),  # what a spreadsheet leaves behind
    )
)
_SEXES = {
    **dict.fromkeys(("male", "m", "man"), "male"),
    **dict.fromkeys(("female", "f", "woman"), "female"),
    **dict.fromkeys(("other", "o", "nonbinary", "non-binary", "diverse"), ""),
}
_FLAGS = {
    **dict.fromkeys(("true", "yes", "1", "1.0", "y", "t"), True),
    **dict.fromkeys(("false", "no", "0", "0.0", "n", "f"), False),
}
# Sites that datasets name in other words than clinicians would; all others stand as they are.
_SITES: Mapping[str, str] = {
    "anterior torso": "front of the trunk",
    "posterior torso": "back",
    "lateral torso": "side of the trunk",
    "torso": "trunk",
    "torso front": "front of the trunk",
    "torso back": "back",
    "head/neck": "head and neck",
    "head neck": "head and neck",
    "head and neck": "head and neck",
    "head or neck": "head or neck",
    "upper limbs": "upper extremity",
    "lower limbs": "lower extremity",
    "palms/soles": "palm or sole",
    "oral/genital": "mouth or genitals",
    "genital": "genitals",
    "genital areas": "genitals",
    "genitalia or groin": "genitals or groin",
    "acral": "acral skin",
    "back of hand": "back of the hand",
    "foot top or side": "top or side of the foot",
    "foot sole": "sole",
    "other": "",
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI")
_AGE = re.compile(r"(?P<years>\d{1,3})(?:[.,]0+)?(?P<open>\+)?")
_AGE_RANGE = re.compile(r"(?:age )?(?P<low>\d{1,3})(?: to | ?- ?)(?P<high>\d{1,3})")
_AGE_OPEN = re.compile(r"(?:age )?(?P<low>\d{1,3}) or (?:above|older)")
_SKIN_TYPE = re.compile(r"(?:fst|type|fitzpatrick)? ?(?P<type>[1-6])(?:\.0+)?")
_NO_WORDS = re.compile(r"[<>{}\[\]|\\@\x00-\x1f]|https?:", re.IGNORECASE)
_ROUNDED = re.compile(r"-?\d(?:[.,]\d+)?E\+?\d{1,2}", re.IGNORECASE)


class UnreadableValueError(Exception):
    """A value that cannot be what its column says; the message says so."""


def known(value: str) -> str:
    """Return a value, or nothing if it only says that it is not known."""
    return "" if plain(value) in _NOT_KNOWN else value.strip()


def plain(value: str) -> str:
    """Return a value in small letters with single spaces for underscores."""
    return " ".join(value.replace("_", " ").lower().split())


def read_words(value: str) -> str | None:
    """Return a value in words, as the dataset spells them; null if not known.

    Raises:
        UnreadableValueError: it is too long, or holds what no name of a condition holds.
    """
    stated = " ".join(known(value).replace("_", " ").split())
    if len(stated) > _MAX_WORDS or _NO_WORDS.search(stated):
        raise UnreadableValueError(f"{value[:60]!r} is no name of a condition")
    return stated or None


def read_age(value: str) -> str | None:
    """Return an age in years: `45`, `30 to 39`, `80 or older`; null if not known.

    Raises:
        UnreadableValueError: it is none.
    """
    stated = plain(known(value))
    if not stated:
        return None
    if found := _AGE.fullmatch(stated):
        if int(found["years"]) <= MAX_AGE_YEARS:
            return str(int(found["years"])) + (" or older" if found["open"] else "")
    elif found := _AGE_RANGE.fullmatch(stated):
        if int(found["low"]) <= int(found["high"]) <= MAX_AGE_YEARS:
            return f"{int(found['low'])} to {int(found['high'])}"
    elif found := _AGE_OPEN.fullmatch(stated):
        return f"{int(found['low'])} or older"
    raise UnreadableValueError(f"{value[:60]!r} is no age")


def read_sex(value: str) -> str | None:
    """Return `male` or `female`; null if neither is said.

    Raises:
        UnreadableValueError: it is no answer to that question.
    """
    stated = plain(known(value))
    if stated and stated not in _SEXES:
        raise UnreadableValueError(f"{value[:60]!r} is no sex")
    return _SEXES.get(stated) or None


def read_sites(*values: str) -> tuple[str, ...]:
    """Return body sites in the words of clinicians, each once; those not known are left out.

    Raises:
        UnreadableValueError: one is no words.
    """
    sites = []
    for value in values:
        stated = plain(known(value))
        if stated and not re.fullmatch(r"[a-z][a-z /&'()-]{1,60}", stated):
            raise UnreadableValueError(f"{value[:60]!r} is no body site")
        sites.append(_SITES.get(stated, stated))
    return tuple(dict.fromkeys(site for site in sites if site))


def read_skin_types(values: Iterable[str]) -> str | None:
    """Return Fitzpatrick types as `III` or, where several are given, `II or III`; null if none.

    Raises:
        UnreadableValueError: one is none of the six.
    """
    types = set()
    for value in values:
        stated = plain(known(value))
        found = _SKIN_TYPE.fullmatch(stated)
        if found:
            types.add(int(found["type"]))
        elif stated.upper() in _ROMAN:
            types.add(_ROMAN.index(stated.upper()) + 1)
        elif stated not in ("", "-1", "-1.0"):
            raise UnreadableValueError(f"{value[:60]!r} is no Fitzpatrick skin type")
    return either([_ROMAN[each - 1] for each in sorted(types)]) or None


def read_flag(value: str) -> bool | None:
    """Return a flag; null if not known.

    Raises:
        UnreadableValueError: it is neither yes nor no.
    """
    stated = plain(known(value))
    if stated and stated not in _FLAGS:
        raise UnreadableValueError(f"{value[:60]!r} is neither yes nor no")
    return _FLAGS.get(stated)


def read_id(value: str) -> str:
    """Return an identifier; nothing if there is none.

    Raises:
        UnreadableValueError: a spreadsheet has rounded it, or it is no identifier.
    """
    stated = known(value)
    if _ROUNDED.fullmatch(stated):
        raise UnreadableValueError(f"{stated!r} is a number that a spreadsheet has rounded")
    if stated and not re.fullmatch(r"[A-Za-z0-9-][A-Za-z0-9_.-]{0,95}", stated):
        raise UnreadableValueError(f"{stated[:60]!r} is no identifier")
    return stated


def either(words: list[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
