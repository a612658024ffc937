"""Paragraphs of an article that cite its figures, with the cross-references marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from pipeline.extract.citations import MAX_LINKED, link_marks, may_cite
from pipeline.extract.prose import Element, lines_of, name_of, raw_text

_APART = frozenset({"boxed-text", "sec", "app", "abstract", "body"})  # paragraphs end there
_NOT_CITING = frozenset({"caption", "fig", "fn", "table-wrap", "ref", "trans-abstract"})

Places = Mapping[str, Sequence[int]]


def citing_paragraphs(article: Element, figures: Sequence[Element]) -> list[str]:
    """Return the paragraphs that may cite a figure, in document order, each in lines.

    A cross-reference to figures is marked with their places among ``figures``. The element is used
    up by it, and its figures must have been read.
    """
    if not figures:
        return []
    _mark_links(article, figures)
    citing: dict[Element, None] = {}
    for each in article.iter("{*}p"):
        if may_cite(raw_text(each)):
            paragraph = _paragraph_of(each)
            if paragraph is not None:
                citing[paragraph] = None
    # inner ones first: reading a paragraph takes out the boxes and tables in it
    return [lines_of(each) for each in reversed(citing)][::-1]


def _mark_links(article: Element, figures: Sequence[Element]) -> None:
    """Mark cross-references to figures, and if some are cited by none those to what is in them."""
    references = [(each, each.get("rid", "")) for each in article.iter("{*}xref")]
    linked = _mark(references, _places_by_id(figures))
    missed = {place: each for place, each in enumerate(figures) if place not in linked}
    if missed:
        _mark(references, _places_within(missed))


def _mark(references: list[tuple[Element, str]], places: Places) -> set[int]:
    """Mark the references that cite a place by its id, and return the places cited."""
    linked: set[int] = set()
    for each, ids in references:
        cited: Sequence[int] = places.get(ids, ())
        if " " in ids:
            found = (place for one in ids.split() for place in places.get(one, ()))
            cited = list(islice(dict.fromkeys(found), MAX_LINKED))
        if cited:
            before, after = link_marks(cited)
            each.text = before + (each.text or "")
            each.tail = after + (each.tail or "")
            linked.update(cited)
    return linked


def _places_by_id(figures: Sequence[Element]) -> Places:
    """Return the places of figures by their ids; a group's id stands for all figures in it."""
    own: dict[str, list[int]] = {}
    of_groups: dict[str, list[int]] = {}
    for place, figure in enumerate(figures):
        own.setdefault(figure.get("id", ""), [place])
        for group in figure.iterancestors("{*}fig-group"):
            listed = of_groups.setdefault(group.get("id", ""), [])
            if len(listed) < MAX_LINKED:
                listed.append(place)
    places = of_groups | own
    places.pop("", None)
    return places


def _places_within(figures: Mapping[int, Element]) -> Places:
    """Return the places of figures by the ids of their graphics, captions and the like."""
    places: dict[str, list[int]] = {}
    for place, figure in figures.items():
        for each in figure.iterdescendants():
            if each.get("id"):
                places.setdefault(each.get("id", ""), [place])
    return places


def _paragraph_of(element: Element) -> Element | None:
    """Return the outermost paragraph around one, unless it belongs to a figure, table or note."""
    outermost = element
    for each in element.iterancestors():
        name = name_of(each)
        if name in _NOT_CITING:
            return None
        if name in _APART:
            break
        if name == "p":
            outermost = each
    return outermost
