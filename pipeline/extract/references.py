"""References to figures in running text: `Figs 1A, B and 2`, `Supplementary Figure 3`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.extract.subcaptions import LETTERS, expand_letters

MAX_RANGE = 20  # figures that `Figs 1–20` may name

_NUMBER = r"[A-Z]?\d{1,3}(?:\.\d{1,2})*"
_JOIN = r"\s*(?:,\s*and\s+|[,;&/]|\band\b|\bto\b|\bthrough\b|[-–—])\s*"
# What follows the F: a pattern that begins with letters is found fast.
_HEAD = re.compile(rf"ig(?:ure)?(?P<many>s)?\b\.?\s*(?={_NUMBER})")
_CAPITAL_HEAD = re.compile(rf"IG(?:URE)?(?P<many>S)?\b\.?\s*(?={_NUMBER})")
_SUPPLEMENT = re.compile(
    r"\b(?:supp\w*|additional|extended\s+data|supporting|online)\.?"
    r"(?:\s+(?:files?|information|materials?|data))?\s*\d*\s*[:,]?\s*$",
    re.IGNORECASE,
)
_LOOK_BACK = 40
_THIS_NUMBER = re.compile(_NUMBER)
_NEXT_NUMBER = re.compile(rf"({_JOIN})({_NUMBER})(?![\d%])")
# `Figure 1, 2` ends its list, `Figure 1, 3 patients` goes on to something else.
_LIST_GOES_ON = re.compile(r"[A-Za-z]?(?![A-Za-z])\s*(?:[,;:.)\]–—-]|and\b|&|$)")
_BRACKETED = re.compile(
    rf"\s?[(\[]\s?(?:panels?\s+)?({LETTERS})\s?[)\]]|,?\s+panels?\s+({LETTERS})"
)
_ADJACENT = re.compile(r"[A-Za-z](?![A-Za-z])")
# A letter that stands apart is a panel's if it is no word or name: `Fig. 1 B`, not `Fig. 1 A man`.
_APART = re.compile(
    r",?\s(?:([B-HJ-Z])(?![\w’'])(?!\.\s[a-z])|([AI])(?![\w’'])(?=\s*(?:[,;:)\]–—-]|and\b|&|$)))"
)
_NEXT_LETTER = re.compile(rf"({_JOIN})([A-Za-z])(?![\w’'])(?!\.\s[a-z])")
_ELSEWHERE = re.compile(
    r"\s+(?:of|in|from)\s+(?:\[|ref\b|refs?\.|reference|(?:the\s+)?(?:[Oo]nline|[Ss]upp|[Aa]ppendi)"
    r"|(?:[A-Z][\w’'-]+,?\s+)+(?:et\s+al|\[|\())",
)
_CITED_WORK = re.compile(r"\[\d+,\s*$")
_DASHES = ("-", "–", "—", "to", "through")


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure that a text names from ``start`` to ``end``: its number, the panels, none for all.

    Supplementary figures have numbers that begin with S. ``is_elsewhere`` tells that the figure is
    another publication's. ``is_implied`` tells that the number lies within a range.
    """

    number: str
    letters: str
    start: int
    end: int
    is_elsewhere: bool = False
    is_implied: bool = False


def names_figures(text: str) -> bool:
    """Tell whether a text names a figure by its number."""
    return next(_heads(text), None) is not None


def references_in(text: str) -> Iterator[Reference]:
    """Yield the figures that a text names, in its order; white space is single blanks."""
    for head in _heads(text):
        named = list(_named(text, head))
        before = text[max(0, head.start() - 1 - _LOOK_BACK) : head.start() - 1]
        is_supplement = bool(_SUPPLEMENT.search(before))
        is_elsewhere = bool(_ELSEWHERE.match(text, named[-1].end) or _CITED_WORK.search(before))
        for each in named:
            if is_supplement or is_elsewhere:
                kind = "S" if is_supplement and each.number[0].isdigit() else ""
                yield replace(each, number=f"{kind}{each.number}", is_elsewhere=is_elsewhere)
            else:
                yield each


def _heads(text: str) -> Iterator[re.Match[str]]:
    """Yield what follows the F of `Fig.`, `Figures` or `FIGURE` before a number."""
    for pattern, first in ((_HEAD, "Ff"), (_CAPITAL_HEAD, "F")):
        for found in pattern.finditer(text):
            at = found.start() - 1
            if at >= 0 and text[at] in first and not text[max(0, at - 1) : at].isalnum():
                yield found


def _named(text: str, head: re.Match[str]) -> Iterator[Reference]:
    first = _THIS_NUMBER.match(text, head.end())
    number, start, at = (first[0], head.start() - 1, first.end()) if first else ("", 0, 0)
    while number:
        letters, at = _panels(text, at)
        yield Reference(number, letters, start, at)
        following = _NEXT_NUMBER.match(text, at)
        if following is None or not (head["many"] or _LIST_GOES_ON.match(text, following.end())):
            return
        start = following.start(2)
        if following[1].strip() in _DASHES:
            for each in _between(number, following[2]):
                yield Reference(each, "", start, start, is_implied=True)
        number, at = following[2], following.end()


def _between(first: str, last: str) -> list[str]:
    """Return the numbers between two: of `S1` and `S4` `S2` and `S3`."""
    kind = first[0] if first[0].isalpha() else ""
    ends = [each.removeprefix(kind) for each in (first, last)]
    if not all(each.isdigit() for each in ends) or int(ends[1]) - int(ends[0]) > MAX_RANGE:
        return []
    return [f"{kind}{number}" for number in range(int(ends[0]) + 1, int(ends[1]))]


def _panels(text: str, at: int) -> tuple[str, int]:
    """Return the letters that follow a number, and where they end."""
    if bracketed := _BRACKETED.match(text, at):
        return expand_letters(bracketed[1] or bracketed[2]), bracketed.end()
    first = _ADJACENT.match(text, at) or _APART.match(text, at)
    if first is None:
        return "", at
    letters, at = first[0][-1], first.end()
    while following := _NEXT_LETTER.match(text, at):
        letter = following[2]
        if letter.isupper() != letters[-1].isupper() or letter <= letters[-1]:
            break  # `Figure 1b, a patient`
        is_range = following[1].strip() in _DASHES
        letters += "".join(map(chr, range(ord(letters[-1]) + 1, ord(letter)))) if is_range else ""
        letters, at = letters + letter, following.end()
    return letters.lower(), at
