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
_MARK = re.compile(r"[.!?…。！？\n]")
_NEAR = 300  # characters within which most sentences begin


def sentence_spans(text: str) -> list[Span]:
    """Return (start, end) of each sentence, in characters, white space around it left out.

    A line break ends a sentence; a full stop within a number or after an abbreviation does not.
    """
    spans: list[Span] = []
    start = 0
    for found in _END.finditer(text):
        if not _closes(text, found):
            continue
        _append(spans, text, start, found.end())
        start = found.end()
    _append(spans, text, start, len(text))
    return spans


def sentence_at(text: str, place: int, reach: int) -> Span:
    """Return (start, end) of the sentence around a place, at most ``reach`` either way.

    It is one of `sentence_spans`, found without looking at the rest of the text.
    """
    start, end = max(0, place - reach), min(len(text), place + reach)
    for low in (max(start, place - _NEAR), start):
        marks = reversed(list(_MARK.finditer(text, low, place)))
        before = next((stop for each in marks if (stop := _stop(text, each)) <= place), None)
        if before is not None:
            start = before
            break
    for each in _MARK.finditer(text, place, end):
        stop = _stop(text, each)
        if stop <= len(text):
            end = stop
            break
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


def _stop(text: str, mark: re.Match[str]) -> int:
    """Return where the sentence ends that a mark ends, beyond the text if it ends none."""
    found = _END.match(text, mark.start())
    return found.end() if found and _closes(text, found) else len(text) + 1


def _closes(text: str, found: re.Match[str]) -> bool:
    return not found[0].startswith(".") or _ends(text, found)


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
