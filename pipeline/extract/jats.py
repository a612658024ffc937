"""Read the figures of a JATS article: pictures, captions, and the passages that cite them."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from pipeline.errors import DermcurateError
from pipeline.extract.citations import Mention, Run, mentions_by_figure
from pipeline.extract.subcaptions import (
    BOLD_END,
    BOLD_START,
    LETTERS,
    MAX_CAPTION_CHARACTERS,
    Subcaptions,
    plain,
    split_caption,
)

MAX_XML_BYTES = 50_000_000
_HREF = "{http://www.w3.org/1999/xlink}href"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_ID_CHARACTERS = 80
_MAX_CITED = 40  # figures that one cross-reference may cite
_MAX_MARK = 40  # characters of bold text that may be panel letters
_UNSAFE_ID = re.compile(r"[^\w.:-]+")
_ONLY_LETTERS = re.compile(rf"\s*[(\[]?\s*{LETTERS}\s*[)\].,:]*\s*")
# What stands in a paragraph without being read as part of it.
_NOT_READ = frozenset(
    {"fig", "fig-group", "table-wrap", "boxed-text", "supplementary-material", "fn", "tex-math"}
    | {"annotation", "annotation-xml", "alt-text", "long-desc", "object-id", "permissions"}
)
_SPACED = frozenset({"p", "title", "label", "list-item", "break", "td", "th", "disp-quote", "sec"})
# A reply, a review or a translation repeats figures of the article that it belongs to.
_OTHER_ARTICLES = frozenset({"sub-article", "response"})
_BORROWED = re.compile(
    r"\b(?:reproduced|reprinted|republished|adapted|redrawn|modified),?\s+(?:\w+\s+){0,4}?"
    r"(?:from|with\s+(?:\w+\s+)?permission)\b(?![^.]{0,40}\b(?:patient|parent|guardian|famil))",
    re.IGNORECASE,
)


class JatsError(DermcurateError):
    """An article whose XML cannot be read."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. ``graphics`` has one entry per picture: the names of its alternative files.

    ``rights`` is the figure's own statement of whose it is, if it makes one. ``group_caption`` is
    that of the group of figures around it.
    """

    figure_id: str
    label: str
    caption: str
    parts: Subcaptions
    graphics: tuple[tuple[str, ...], ...]
    rights: str | None
    group_caption: str
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """Title, language, the reference to the licence, and the figures in document order."""

    title: str
    language: str | None
    licence_ref: str | None
    figures: tuple[Figure, ...]


def parse_article(content: bytes) -> Article:
    """Read an article; entities are not expanded, and nothing outside the bytes is read.

    Raises:
        JatsError: the bytes are too many, are not well-formed XML, or hold no article.
    """
    if len(content) > MAX_XML_BYTES:
        raise JatsError(f"the article has {len(content)} bytes, at most {MAX_XML_BYTES} are read")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        told = " ".join(str(fault).split())
        raise JatsError(f"the article is not well-formed XML: {told}") from fault
    article = next((each for each in _own(root) if _name(each) == "article"), None)
    if article is None:
        raise JatsError(f"the document is a <{_name(root)}>, not a JATS article")
    return _article(article)


def _article(article: etree._Element) -> Article:
    found = [each for each in _own(article) if _name(each) == "fig"]
    labels = {each.get("id", ""): text_of(_child(each, "label")) for each in found}
    citing = mentions_by_figure(_citing_paragraphs(article, labels), labels)
    figures = []
    used: Counter[str] = Counter()
    groups: dict[etree._Element, str] = {}
    for place, each in enumerate(found, start=1):
        stated = _UNSAFE_ID.sub("_", each.get("id", "").strip())[:_MAX_ID_CHARACTERS]
        figure_id = stated or f"fig-{place}"
        used[figure_id] += 1
        if used[figure_id] > 1:
            figure_id = f"{figure_id}-{used[figure_id]}"
        group = next((one for one in each.iterancestors() if _name(one) == "fig-group"), None)
        if group is not None and group not in groups:
            groups[group] = plain(_marked_caption(_child(group, "caption")))
        around = "" if group is None else groups[group]
        figures.append(_figure(each, figure_id, around, citing.get(each.get("id", ""), ())))
    title = next((each for each in _own(article) if _name(each) == "article-title"), None)
    language = article.get(_LANGUAGE)
    return Article(text_of(title), language, _licence(article), tuple(figures))


def _figure(
    figure: etree._Element, figure_id: str, group_caption: str, mentions: tuple[Mention, ...]
) -> Figure:
    marked = _marked_caption(_child(figure, "caption"))
    return Figure(
        figure_id=figure_id,
        label=text_of(_child(figure, "label")),
        caption=plain(marked),
        parts=split_caption(marked),
        graphics=tuple(_graphics(figure)),
        rights=_rights(figure, plain(marked)),
        group_caption=group_caption,
        mentions=mentions,
    )


def _marked_caption(caption: etree._Element | None) -> str:
    """Return title and paragraphs, one a line, letters in bold between marks."""
    if caption is None:
        return ""
    blocks = [each for each in caption if _name(each) in ("title", "p", "sec", "list")]
    lines = (text_of(each, mark_bold=True) for each in blocks or [caption])
    return "\n".join(line for line in lines if line)[:MAX_CAPTION_CHARACTERS]


def _graphics(figure: etree._Element) -> Iterator[tuple[str, ...]]:
    """Yield the file names of each picture of a figure, those of a figure within it left out."""
    waiting = list(reversed(figure))
    while waiting:
        each = waiting.pop()
        name = _name(each)
        if name in ("graphic", "alternatives"):
            inside = [each] if name == "graphic" else each.iter()
            names = (one.get(_HREF, "").strip() for one in inside if _name(one) == "graphic")
            if hrefs := tuple(dict.fromkeys(one for one in names if one)):
                yield hrefs
        elif name not in ("fig", "caption", "table-wrap"):
            waiting.extend(reversed(each))


def _rights(figure: etree._Element, caption: str) -> str | None:
    """Return what a figure says of its own rights: its permissions, or that it is taken over."""
    stated = _child(figure, "permissions")
    if stated is not None:
        urls = [each.get(_HREF) or "" for each in stated.iter() if _name(each) == "license"]
        return " ".join([*urls, *text_of(stated, whole=True).split()]).strip() or "own permissions"
    attribution = text_of(_child(figure, "attrib"))
    found = _BORROWED.search(f"{caption} {attribution}")
    return f"{caption} {attribution}"[found.start() :][:300].strip() if found else None


def _licence(article: etree._Element) -> str | None:
    front = _child(article, "front")
    for each in front.iter() if front is not None else ():
        if _name(each) == "license" and each.get(_HREF):
            return each.get(_HREF)
        if _name(each) == "license_ref" and each.text:
            return each.text.strip()
    return None


def _citing_paragraphs(article: etree._Element, ids: Mapping[str, str]) -> Iterator[list[Run]]:
    """Yield each paragraph that cites a figure as runs of (text, ids of the figures cited)."""
    paragraphs: dict[etree._Element, None] = {}
    for each in _own(article):
        if _name(each) == "xref" and any(rid in ids for rid in each.get("rid", "").split()):
            around = [*each.iterancestors()]
            place = next((n for n, one in enumerate(around) if _name(one) == "p"), None)
            in_caption = any(_name(one) in ("caption", "fig", "fn") for one in around)
            if place is not None and not in_caption:
                paragraphs[around[place]] = None
    for paragraph in paragraphs:
        yield [
            (text, tuple(dict.fromkeys(rids.split()))[:_MAX_CITED])
            for text, rids in _runs(paragraph, False)
        ]


def text_of(element: etree._Element | None, *, mark_bold: bool = False, whole: bool = False) -> str:
    """Return an element's words in reading order, white space folded; of none, nothing."""
    if element is None:
        return ""
    return " ".join("".join(text for text, _ in _runs(element, mark_bold, whole)).split())


def _runs(element: etree._Element, mark_bold: bool, whole: bool = False) -> list[tuple[str, str]]:
    """Return the text as (text, rid of the cross-reference that it is in)."""
    runs: list[tuple[str, str]] = []
    _gather(element, runs, "", mark_bold, frozenset() if whole else _NOT_READ)
    return runs


def _gather(
    element: etree._Element,
    runs: list[tuple[str, str]],
    rid: str,
    mark_bold: bool,
    skipped: frozenset[str],
) -> None:
    # the parser refuses documents deeper than 256, so this ends well before the stack does
    bold = mark_bold and _name(element) in ("bold", "b") and _holds_letters(element)
    runs.append((f"{BOLD_START if bold else ''}{element.text or ''}", rid))
    for child in element:
        name = _name(child)
        if name == "":
            runs.append((_entity(child), rid))
        elif name not in skipped:
            space = " " if name in _SPACED else ""
            runs.append((space, rid))
            inside = child.get("rid", "") if name == "xref" else rid
            _gather(child, runs, inside, mark_bold, skipped)
            runs.append((space, rid))
        runs.append((child.tail or "", rid))
    if bold:
        runs.append((BOLD_END, rid))


def _holds_letters(bold: etree._Element) -> bool:
    text = bold.text or ""
    return len(bold) == 0 and len(text) <= _MAX_MARK and bool(_ONLY_LETTERS.fullmatch(text))


def _entity(reference: etree._Element) -> str:
    """Return the character of a named entity of HTML; one that a document declares is dropped."""
    named = html.unescape(reference.text or "")
    return "" if named.startswith("&") else named


def _own(root: etree._Element) -> Iterator[etree._Element]:
    """Yield an article's elements in document order, those of articles within it left out."""
    waiting = [root]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(child for child in reversed(each) if _name(child) not in _OTHER_ARTICLES)


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((each for each in element if _name(each) == name), None)


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
