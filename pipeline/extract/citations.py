"""Mentions: the passages of a text that cite a figure, and the panels that they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.extract.sentences import sentence_spans
from pipeline.extract.subcaptions import LETTERS, expand_letters

MAX_MENTIONS = 40  # of one figure; more than any article has reason for
MAX_PARAGRAPH_CHARACTERS = 2_000
MAX_REFERENCE_CHARACTERS = 200

Run = tuple[str, tuple[str, ...]]

_NUMBERED = re.compile(rf"(?<![\w.])(S?\d+)[ \t]?[(\[]?({LETTERS})?")
_LETTERS_ONLY = re.compile(rf"\s*[(\[]?({LETTERS})[)\]]?\s*")
_AFTER = re.compile(r"[(\[]?([A-Za-z](?![A-Za-z])(?:\s?[,–—-]\s?[A-Z](?![A-Za-z])){0,12})[)\]]?")
_NUMBER = re.compile(r"S?\d+")


@dataclass(frozen=True, slots=True)
class Mention:
    """A passage that cites a figure; ``letters`` are the panels named, none for the whole."""

    text: str
    letters: str = ""


@dataclass(frozen=True, slots=True)
class _Citation:
    figure_id: str
    letters: str
    at: int


def mentions_by_figure(
    paragraphs: Iterable[list[Run]], labels: Mapping[str, str]
) -> dict[str, tuple[Mention, ...]]:
    """Return the passages that cite each figure, in reading order.

    A paragraph that cites one figure as a whole is taken whole; of one that cites several figures
    or names panels only the sentences that cite are taken. ``labels`` has the figures' labels by
    id; ``paragraphs`` come as runs of (text, ids of the figures that the run is a reference to).
    """
    found: dict[str, list[Mention]] = {}
    for runs in paragraphs:
        text, citations = _read(runs, labels)
        for figure_id, mention in _passages(text, citations):
            listed = found.setdefault(figure_id, [])
            if mention not in listed[-MAX_MENTIONS:] and len(listed) < MAX_MENTIONS:
                listed.append(mention)
    return {figure_id: tuple(listed) for figure_id, listed in found.items()}


def _read(runs: list[Run], labels: Mapping[str, str]) -> tuple[str, list[_Citation]]:
    """Return the paragraph's text and its citations; a dash between two makes a range of them."""
    pieces: list[str] = []
    length = 0
    citations: list[_Citation] = []
    for place, (piece, ids) in enumerate(runs):
        following = "".join(each for each, _ in runs[place + 1 : place + 4])
        known = [each for each in ids if each in labels]
        if piece.strip():
            said = piece[:MAX_REFERENCE_CHARACTERS]
            for each in known:
                letters = _letters_named(said, labels[each], len(known) == 1, following)
                citations.append(_Citation(each, letters, length))
        pieces.append(piece)
        length += len(piece)
    text = "".join(pieces)
    return text, _join_ranges(text, citations)


def _letters_named(said: str, label: str, is_only: bool, following: str) -> str:
    """Return the panels that a reference names: `Figure 1A–C`, `1a`, `B`, or `Figure 1` and `B`."""
    number = _NUMBER.search(label)
    numbered = list(_NUMBERED.finditer(said))
    for each in numbered:
        if (is_only and len(numbered) == 1) or (number and each[1] == number[0]):
            if each[2]:
                return expand_letters(each[2])
            adjacent = _AFTER.match(following) if each.end() == len(said.rstrip()) else None
            return expand_letters(adjacent[1]) if adjacent and said[-1:].strip() else ""
    alone = _LETTERS_ONLY.fullmatch(said) if not numbered else None
    return expand_letters(alone[1]) if alone else ""


def _join_ranges(text: str, citations: list[_Citation]) -> list[_Citation]:
    joined: list[_Citation] = []
    for each in citations:
        last = joined[-1] if joined else None
        if last and last.figure_id == each.figure_id and last.letters and each.letters:
            between = text[last.at : each.at].rstrip()
            if between.endswith(("–", "—", "-")):
                letters = expand_letters(f"{last.letters[-1]}-{each.letters[0]}")
                joined.append(_Citation(each.figure_id, letters, each.at))
        joined.append(each)
    return joined


def _passages(text: str, citations: list[_Citation]) -> list[tuple[str, Mention]]:
    figures = {each.figure_id for each in citations}
    is_whole = len(figures) == 1 and not any(each.letters for each in citations)
    if is_whole and len(text) <= MAX_PARAGRAPH_CHARACTERS:
        return [(citations[0].figure_id, Mention(" ".join(text.split())))]
    passages: list[tuple[str, Mention]] = []
    waiting = sorted(citations, key=lambda each: each.at, reverse=True)
    for start, end in sentence_spans(text):
        inside = []
        while waiting and waiting[-1].at < end:
            inside.append(waiting.pop())
        if not inside:
            continue
        words = " ".join(text[start:end].split())[:MAX_PARAGRAPH_CHARACTERS]
        for figure_id in dict.fromkeys(each.figure_id for each in inside):
            named = [each.letters for each in inside if each.figure_id == figure_id]
            letters = "" if "" in named else "".join(sorted(set("".join(named))))
            passages.append((figure_id, Mention(words, letters)))
    return passages
