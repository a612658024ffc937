"""Sentences: where each begins and ends in a text."""

from __future__ import annotations

import re

Span = tuple[int, int]

_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s)|[。！？]+[」』”’]*|\n+")
# A full stop after one of these, or after a single capital, does not end a sentence.
_ABBREVIATION = re.compile(
    r"(?:\b(?:dr|prof|mr|mrs|ms|st|vs|fig|figs|no|nos|al|approx|ca|cf|ref|refs|resp|inc|spp?|"
    r"e\.g|i\.e|vol|eq|suppl|tab)|(?:^|[\s(.])[A-Z])\.$",
    re.IGNORECASE,
)
_LOOK_BACK = 12


def sentence_spans(text: str) -> list[Span]:
    """Return (start, end) of each sentence, in characters, white space around it left out.

    A line break ends a sentence; a full stop within a number or after an abbreviation does not.
    """
    spans: list[Span] = []
    start = 0
    for found in _END.finditer(text):
        if found[0].startswith(".") and not _ends(text, found):
            continue
        _append(spans, text, start, found.end())
        start = found.end()
    _append(spans, text, start, len(text))
    return spans


def _ends(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - _LOOK_BACK) : found.start() + 1]
    if found[0] == "." and _ABBREVIATION.search(before):
        return False
    following = text[found.end() : found.end() + _LOOK_BACK].lstrip()
    return not following[:1].islower()


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        begin = start + len(piece) - len(piece.lstrip())
        spans.append((begin, begin + len(stripped)))
