"""Small English: articles, lists, plurals, sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

_VOWEL_NUMBER = re.compile(r"^(?:8\d*|11|18)(?!\d)")
_VOWEL = re.compile(r"^(?!(?:uni|use|eu|one\b|once|ur[iea]))[aeiou]", re.IGNORECASE)
_PLURALS = {"bulla": "bullae", "comedo": "comedones", "ecchymosis": "ecchymoses"}
# what ends a sentence does so before a space and a capital, and not after these
_ABBREVIATED = re.compile(
    r"(?:\b(?:fig|figs|e\.g|i\.e|cf|vs|dr|mr|mrs|ms|prof|approx|no|st|et al|ca|resp)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_BREAK = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[]?[A-Z0-9])")


def article(phrase: str) -> str:
    """Return a phrase with `a` or `an` before it."""
    is_vowel = bool(_VOWEL.match(phrase) or _VOWEL_NUMBER.match(phrase))
    return f"{'an' if is_vowel else 'a'} {phrase}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in prose: `a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plural(noun: str) -> str:
    """Return the plural of a lesion's name."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def first_upper(text: str) -> str:
    """Return text with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return text as a sentence: white space folded, first letter upper case, one full stop."""
    folded = " ".join(text.split()).rstrip(" ,;:")
    folded = re.sub(r"\s+([,.;:!?])", r"\1", folded)
    return first_upper(folded if folded.endswith((".", "!", "?")) else f"{folded}.")


def sentences(text: str) -> list[str]:
    """Split a passage into sentences; `Fig. 2` and single initials end none."""
    found: list[str] = []
    for piece in _BREAK.split(text):
        if found and _ABBREVIATED.search(found[-1][-12:]):
            found[-1] = f"{found[-1]} {piece}"
        elif piece.strip():
            found.append(piece.strip())
    return found
