"""Mentions: the passages of a text that cite a figure, and the panels that they name."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.extract.references import Reference, names_figures, references_in
from pipeline.extract.sentences import sentence_at
from pipeline.extract.subcaptions import LETTERS, expand_letters, without_marks

MAX_MENTIONS = 40  # of one figure; more than any article has reason for
MAX_PARAGRAPH_CHARACTERS = 2_000
MAX_LINKED = 40  # figures that one cross-reference may cite
MAX_REFERENCE_CHARACTERS = 200

# Set around a cross-reference: the places of the figures that it cites, and its words.
_LINK, _LINK_WORDS, _LINK_END = "\ufdd2", "\ufdd3", "\ufdd4"
_LETTERS_ONLY = re.compile(rf"\s*[(\[]?({LETTERS})[)\]]?\s*")


@dataclass(frozen=True, slots=True)
class Mention:
    """A passage that cites a figure; ``letters`` are the panels named, none for the whole."""

    text: str
    letters: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A figure as a text may name it: its number, and its letter if it is a part of `Figure 1`."""

    number: str = ""
    letter: str = ""


@dataclass(frozen=True, slots=True)
class _Link:
    start: int
    end: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Citation:
    place: int
    letters: str
    at: int


def link_marks(places: Iterable[int]) -> tuple[str, str]:
    """Return what to set before and after the words of a cross-reference to figures."""
    listed = ",".join(str(each) for each in list(places)[:MAX_LINKED])
    return f"{_LINK}{listed}{_LINK_WORDS}", _LINK_END


def may_cite(text: str) -> bool:
    """Tell quickly whether a text may cite a figure."""
    return _LINK in text or (("ig" in text or "IG" in text) and names_figures(text))


def mentions_by_figure(
    paragraphs: Iterable[str], figures: Sequence[Labelled]
) -> dict[int, tuple[Mention, ...]]:
    """Return the passages that cite each figure, by its place among the figures, in reading order.

    A paragraph that cites one figure as a whole is taken whole; of one that cites several figures
    or names panels only the sentences that cite are taken. A reference that is a cross-reference
    goes to the figures that it links, any other to those with its number.
    """
    found: dict[int, list[Mention]] = {}
    for paragraph in paragraphs:
        text, links = _read(paragraph, len(figures))
        citations = sorted(_citations(text, links, figures), key=lambda each: each.at)
        for place, mention in _passages(text, citations):
            listed = found.setdefault(place, [])
            if mention not in listed and len(listed) < MAX_MENTIONS:
                listed.append(mention)
    return {place: tuple(listed) for place, listed in found.items()}


def _read(paragraph: str, n_figures: int) -> tuple[str, list[_Link]]:
    """Return a paragraph without marks, and its cross-references to figures."""
    opening, *linked = without_marks(paragraph).split(_LINK)
    pieces = [opening]
    links: list[_Link] = []
    at = len(opening)
    for each in linked:
        listed, _, rest = each.partition(_LINK_WORDS)
        words, _, after = rest.partition(_LINK_END)
        places = tuple(int(n) for n in listed.split(",") if n.isdecimal() and int(n) < n_figures)
        if words.strip():
            links.append(_Link(at, at + len(words), places))
        pieces += (words, after)
        at += len(words) + len(after)
    return "".join(pieces), links


def _citations(text: str, links: list[_Link], figures: Sequence[Labelled]) -> Iterator[_Citation]:
    numbered: dict[str, list[int]] = {}
    for place, figure in enumerate(figures):
        if figure.number:
            numbered.setdefault(figure.number, []).append(place)
    references = [(each, _overlapping(links, each)) for each in references_in(text)]
    sharing = Counter(link for _, over in references for link in over)
    for reference, over in references:
        same = numbered.get(reference.number, [])
        if over:
            is_alone = all(sharing[link] == 1 for link in over)
            chosen = _meant(reference, over, figures, same if not is_alone else None)
        else:
            chosen = [] if reference.is_elsewhere else same
        for place in chosen:
            yield from _cite(reference, place, figures[place], is_only=len(chosen) == 1)
    for link in links:
        if link not in sharing:
            said = _LETTERS_ONLY.fullmatch(text[link.start : link.end][:MAX_REFERENCE_CHARACTERS])
            letters = expand_letters(said[1]) if said else ""
            yield from (_Citation(place, letters, link.start) for place in link.places)


def _overlapping(links: list[_Link], reference: Reference) -> list[_Link]:
    first = bisect_right(links, reference.start, key=lambda link: link.end)
    last = bisect_left(links, max(reference.end, reference.start + 1), key=lambda link: link.start)
    return links[first:last]


def _meant(
    reference: Reference, over: list[_Link], figures: Sequence[Labelled], same: list[int] | None
) -> list[int]:
    """Return which figures a linked reference means: of those linked the ones with its number.

    If none has it, a link of one reference is right and its number is not; of a link of several
    (`Figs 1–3`) it is the figures with the ``same`` number. A supplementary figure that is linked
    to a figure of the article is linked in error.
    """
    linked = list(dict.fromkeys(place for link in over for place in link.places))
    numbers = [figures[place].number for place in linked]
    if reference.number in numbers:
        return [place for place in linked if figures[place].number == reference.number]
    unlabelled = [place for place in linked if not figures[place].number]
    if unlabelled or reference.number.startswith("S"):
        return unlabelled
    return linked if same is None else same


def _cite(
    reference: Reference, place: int, figure: Labelled, *, is_only: bool
) -> Iterator[_Citation]:
    letters = reference.letters
    if not figure.letter:
        yield _Citation(place, letters, reference.start)
    elif is_only or not letters or figure.letter in letters:
        yield _Citation(place, "", reference.start)


def _passages(text: str, citations: list[_Citation]) -> Iterator[tuple[int, Mention]]:
    figures = {each.place for each in citations}
    is_whole = len(figures) == 1 and not any(each.letters for each in citations)
    if is_whole and len(text) <= MAX_PARAGRAPH_CHARACTERS:
        yield citations[0].place, Mention(" ".join(text.split()))
        return
    start = end = -1
    inside: list[_Citation] = []
    for each in citations:
        if each.at >= end:
            yield from _in_sentence(text[max(0, start) : max(0, end)], inside)
            start, end = sentence_at(text, each.at, MAX_PARAGRAPH_CHARACTERS)
            inside = []
        inside.append(each)
    yield from _in_sentence(text[max(0, start) : max(0, end)], inside)


def _in_sentence(sentence: str, citations: list[_Citation]) -> Iterator[tuple[int, Mention]]:
    """Yield a sentence for each figure that it cites, with the panels that it names."""
    words = " ".join(sentence.split())[:MAX_PARAGRAPH_CHARACTERS]
    for place in dict.fromkeys(each.place for each in citations):
        named = [each.letters for each in citations if each.place == place]
        letters = "" if "" in named else "".join(sorted(set("".join(named))))
        yield place, Mention(words, letters)
