"""Figures of one JATS article: pictures, captions, rights, and the passages that cite them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.extract.citations import Labelled, Mention, mentions_by_figure
from pipeline.extract.graphics import graphics_of, is_captioned
from pipeline.extract.paragraphs import citing_paragraphs
from pipeline.extract.permissions import (
    Rights,
    claimed_rights,
    stated_rights,
    statement_of,
    strictest,
)
from pipeline.extract.prose import Element, child_of, lines_of, name_of, words_of
from pipeline.extract.subcaptions import (
    MAX_CAPTION_CHARACTERS,
    Subcaptions,
    plain,
    split_caption,
)

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_ID_CHARACTERS = 80
_UNSAFE_ID = re.compile(r"[^\w.:-]+")
# What a figure says besides its caption.
_SAYING = ("{*}p", "{*}list", "{*}def-list", "{*}disp-quote", "{*}legend")
_LABEL = re.compile(
    r"\s*(?P<kind>supp\w*\.?\s+)?(?:fig\w*\.?)?\s*(?P<number>[A-Z]?\d{1,3}(?:\.\d{1,2})*)"
    r"\s?[(\[]?(?P<letter>[A-Za-z](?![A-Za-z]))?",
    re.IGNORECASE,
)
_ONLY_LETTER = re.compile(r"\s*[(\[]?\s*(?:panel\s+)?([A-Za-z])\s*[)\].:]*\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. ``graphics`` has one entry per picture: the names of its alternative files.

    ``rights`` is what the figure itself says of whose it is. ``group_caption`` is what the group of
    figures around it says of all of them, ``group_part`` what it says of this one.
    """

    figure_id: str
    label: str
    caption: str
    parts: Subcaptions
    graphics: tuple[tuple[str, ...], ...]
    rights: Rights | None
    group_caption: str
    group_part: str
    language: str | None
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A figure's element, what it says in lines, its pictures, and what is said of its rights."""

    element: Element
    label: str
    marked: str
    graphics: tuple[tuple[str, ...], ...]
    rights: tuple[Rights, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of figures: what it says, and the letters by which it tells its members apart."""

    read: _Read
    marked: str
    parts: Subcaptions
    letters: Mapping[Element, str]


def read_figures(article: Element, used: Counter[str]) -> list[Figure]:
    """Return the figures of an article in document order; the element is used up by it.

    ``used`` counts the figure ids given so far: one that comes again gets a number.
    """
    found = [each for each in article.iter("{*}fig", "{*}fig-group", "{*}graphic") if _is_one(each)]
    statement = statement_of(article)
    # figures within figures first: reading a paragraph takes out what is in it
    reads = [_read(each, statement) for each in reversed(found)][::-1]
    groups = _groups(reads)
    drawn = [each for each in reads if each.graphics or name_of(each.element) == "fig"]
    around = [groups.get(_enclosing(each.element)) for each in drawn]
    labels = [_labelled(each, group) for each, group in zip(drawn, around, strict=True)]
    figures = [
        _figure(each, groups.get(each.element), group, used)
        for each, group in zip(drawn, around, strict=True)
    ]
    paragraphs = citing_paragraphs(article, [each.element for each in drawn])
    for place, mentions in mentions_by_figure(paragraphs, labels).items():
        figures[place] = replace(figures[place], mentions=mentions)
    return figures


def _is_one(element: Element) -> bool:
    return name_of(element) != "graphic" or is_captioned(element)


def _read(element: Element, statement: str) -> _Read:
    lines = [lines_of(each) for each in element.iterchildren("{*}caption", *_SAYING)]
    for each in element.iterchildren("{*}graphic", "{*}media"):
        lines += [lines_of(one) for one in each.iterchildren("{*}caption")]
    marked = "\n".join(line for line in lines if line)[:MAX_CAPTION_CHARACTERS]
    credit = " ".join(words_of(each) for each in element.iterchildren("{*}attrib"))
    rights = [*stated_rights(element, statement), *claimed_rights(plain(f"{marked}\n{credit}"))]
    label = words_of(child_of(element, "label"))
    return _Read(element, label, marked, graphics_of(element), tuple(rights))


def _enclosing(element: Element) -> Element | None:
    """Return the figure, or group of figures, that an element is within."""
    return next(element.iterancestors("{*}fig", "{*}fig-group"), None)


def _groups(reads: list[_Read]) -> dict[Element | None, _Group]:
    """Return what has figures in it; a figure without picture has words for the group only."""
    members: dict[Element, list[_Read]] = {}
    for each in reads:
        enclosing = _enclosing(each.element)
        if enclosing is not None:
            members.setdefault(enclosing, []).append(each)
    return {
        each.element: _group(each, members[each.element])
        for each in reads
        if each.element in members
    }


def _group(read: _Read, members: list[_Read]) -> _Group:
    letters = {each.element: _letter(each.label) for each in members}
    lines = [read.marked]
    for each in members:
        if not each.graphics and each.marked:
            letter = letters[each.element]
            lines.append(f"({letter.upper()}) {each.marked}" if letter else each.marked)
    marked = "\n".join(line for line in lines if line)[:MAX_CAPTION_CHARACTERS]
    parts = split_caption(marked)
    if not any(letters.values()) and len(members) == len(parts.by_letter):
        letters = {
            each.element: letter for each, letter in zip(members, parts.by_letter, strict=True)
        }
    return _Group(read, marked, parts, letters)


def _letter(label: str) -> str:
    """Return the letter of a label that is nothing else, or that ends in it: `(a)`, `Figure 1A`."""
    found = _ONLY_LETTER.fullmatch(label)
    return found[1].lower() if found else _numbered(label).letter


def _numbered(label: str) -> Labelled:
    found = _LABEL.match(label)
    if found is None:
        return Labelled()
    number = found["number"].upper()
    is_supplement = found["kind"] is not None and number[0].isdigit()
    return Labelled(f"S{number}" if is_supplement else number, (found["letter"] or "").lower())


def _labelled(read: _Read, group: _Group | None) -> Labelled:
    own = _numbered(read.label)
    if group is None:
        return own
    number = own.number or _numbered(group.read.label).number
    return Labelled(number, group.letters[read.element])


def _figure(read: _Read, itself: _Group | None, group: _Group | None, used: Counter[str]) -> Figure:
    marked = itself.marked if itself else read.marked
    group_caption, group_part = _of_group(read, group)
    return Figure(
        figure_id=_figure_id(read.element, used),
        label=read.label,
        caption=plain(marked),
        parts=itself.parts if itself else split_caption(marked),
        graphics=read.graphics,
        rights=strictest([*read.rights, *(group.read.rights if group else ())]),
        group_caption=group_caption,
        group_part=group_part,
        language=_language(read.element),
    )


def _of_group(read: _Read, group: _Group | None) -> tuple[str, str]:
    """Return what the group says of all its figures, and what it says of this one."""
    if group is None:
        return "", ""
    part = group.parts.by_letter.get(group.letters[read.element], "")
    return (group.parts.lead, part) if part else (plain(group.marked), "")


def _figure_id(element: Element, used: Counter[str]) -> str:
    used[""] += 1
    stated = _UNSAFE_ID.sub("_", element.get("id", "").strip())[:_MAX_ID_CHARACTERS]
    figure_id = stated or f"fig-{used['']}"
    used[figure_id] += 1
    return figure_id if used[figure_id] == 1 else f"{figure_id}-{used[figure_id]}"


def _language(element: Element) -> str | None:
    """Return the language that is stated nearest to an element, without its region."""
    stated = (each.get(_LANGUAGE) for each in (element, *element.iterancestors()))
    language = next((each.strip() for each in stated if each and each.strip()), "")
    return language.partition("-")[0].partition("_")[0].lower() or None
