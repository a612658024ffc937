"""Misspelt terms: near in letters, and near in every word, else no match.

A ratio over the whole string lets `lichen nitidus` pass for `lichen planus`. Here every word must
find its own counterpart, the head noun among them, and a word that is a term's word itself is no
misspelling of another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

MIN_KEY_CHARACTERS = 5
MIN_JOINED_CHARACTERS = 6
MIN_RATIO = 83.0
# Shorter terms are not looked for without their first letter (`soriasis`).
MIN_BEHEADED = 7
# A second condition this near makes the answer ambiguous.
MARGIN = 4.0
N_CANDIDATES = 8
# Score of a term with its words joined, parted or in another order.
SCORE_SAME_LETTERS = 95.0

# Word endings that change what a thing is: inflammation, degeneration, tumor, likeness, blood.
_ENDINGS = (("itis",), ("osis", "asis"), ("oma",), ("oid",), ("emia",), ("uria",), ("derma",))
_OPPOSITES = (("hyper", "hypo"), ("macro", "micro"), ("intra", "inter"), ("acro", "acne"))


class Resemblance:
    """Finds the terms that a misspelt key may mean."""

    def __init__(self, keys: Iterable[str]) -> None:
        known = sorted(keys)
        self._words = {word for key in known for word in key.split()}
        self._joined = _unique((key.replace(" ", ""), key) for key in known)
        self._sorted = _unique((_in_order(key), key) for key in known if " " in key)
        self._beheaded = _unique((key[1:], key) for key in known if len(key) > MIN_BEHEADED)
        self._alike: dict[tuple[int, str], list[str]] = defaultdict(list)
        for key in known:
            self._alike[key.count(" "), key[:1]].append(key)

    def candidates(self, key: str) -> list[tuple[str, float]]:
        """Return the keys that may be meant with their ratio (0 to 100), best first."""
        if len(key) < MIN_KEY_CHARACTERS:
            return []
        joined = key.replace(" ", "")
        same_letters = self._joined.get(joined) or self._sorted.get(_in_order(key))
        if same_letters is not None and len(joined) >= MIN_JOINED_CHARACTERS:
            return [(same_letters, SCORE_SAME_LETTERS)]
        beheaded = self._beheaded.get(key)
        if beheaded is not None and key not in self._words:
            return [(beheaded, fuzz.ratio(key, beheaded))]
        alike = self._alike.get((key.count(" "), key[0]), ())
        found = process.extract(
            key, alike, scorer=fuzz.ratio, score_cutoff=MIN_RATIO, limit=N_CANDIDATES
        )
        return [(near, score) for near, score, _ in found if self._is_misspelling(key, near)]

    def _is_misspelling(self, key: str, near: str) -> bool:
        words, meant = key.split(), near.split()
        return len(words) == len(meant) and all(
            word == other or self._may_mean(word, other)
            for word, other in zip(words, meant, strict=True)
        )

    def _may_mean(self, word: str, other: str) -> bool:
        if word in self._words or word[0] != other[0] or min(len(word), len(other)) < 5:
            return False
        if _differ_in_ending(word, other) or _are_opposite(word, other):
            return False
        distance = OSA.distance(word, other)
        return distance <= 1 or (distance == 2 and len(other) >= 8 and _end_alike(word, other))


def _in_order(key: str) -> str:
    return " ".join(sorted(key.split()))


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the mapping without the names that two keys share."""
    found: dict[str, str | None] = {}
    for name, key in pairs:
        found[name] = key if found.get(name, key) == key else None
    return {name: key for name, key in found.items() if key is not None}


def _ending(word: str) -> int | None:
    for number, endings in enumerate(_ENDINGS):
        if word.endswith(endings):
            return number
    return None


def _differ_in_ending(word: str, other: str) -> bool:
    if word.endswith("tic") and not other.endswith("ic"):
        return True  # `porokeratotic` describes, and names nothing
    if word.endswith("y") and not other.endswith("y"):
        return True  # so does `measly`
    ending, expected = _ending(word), _ending(other)
    return ending is not None and expected is not None and ending != expected


def _end_alike(word: str, other: str) -> bool:
    """Tell whether the last letters agree: `cellulite` is no misspelt `cellulitis`."""
    return word[-2:] == other[-2:] or OSA.distance(word[-4:], other[-4:]) <= 1


def _are_opposite(word: str, other: str) -> bool:
    return any(
        (word.startswith(one) and other.startswith(two))
        or (word.startswith(two) and other.startswith(one))
        for one, two in _OPPOSITES
    )
