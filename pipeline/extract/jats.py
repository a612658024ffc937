"""Read a JATS article: what it is, and its figures with all that is said of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from pipeline.errors import DermcurateError
from pipeline.extract.figures import Figure, read_figures
from pipeline.extract.prose import Element, child_of, name_of, settle_entities, words_of

MAX_XML_BYTES = 50_000_000
_HREF = "{http://www.w3.org/1999/xlink}href"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Parts of an article that have text and figures of their own: replies, reviews, translations.
_PARTS = ("{*}sub-article", "{*}response")
# What a PMC identifier has been called over the years; the number may come with or without `PMC`.
_PMC_IDS = frozenset({"pmc", "pmcid", "pmcid-ver", "pmcaid"})
_PMC_NUMBER = re.compile(r"(?:PMC)?(\d+)(?:\.\d+)?", re.IGNORECASE)


class JatsError(DermcurateError):
    """An article whose XML cannot be read."""


@dataclass(frozen=True, slots=True)
class Article:
    """Title, language, PMC identifier, the reference to the licence, and the figures in order."""

    title: str
    language: str | None
    pmcid: str | None
    licence_ref: str | None
    figures: tuple[Figure, ...]


def parse_article(content: bytes, pmcid: str | None = None) -> Article:
    """Read an article; entities are not expanded, and nothing outside the bytes is read.

    Of several articles the one with the PMC identifier is read. Figures of replies, reviews and
    translations come last; those whose pictures are all in the article itself are left out.

    Raises:
        JatsError: the bytes are too many, are not well-formed XML, or hold no article, or another.
    """
    root = _parse(content)
    article = _chosen(root, pmcid)
    settle_entities(article)
    title, licence_ref = _title(article), _licence(article)
    parts = list(article.iter(*_PARTS))
    for part in reversed(parts):
        around = part.getparent()
        if around is not None:
            around.remove(part)
    used: Counter[str] = Counter()
    figures = read_figures(article, used)
    shown = {names for figure in figures for names in figure.graphics}
    for part in parts:
        figures += [
            each for each in read_figures(part, used) if not shown.issuperset(each.graphics)
        ]
    language = article.get(_LANGUAGE)
    return Article(title, language, _pmcid(article), licence_ref, tuple(figures))


def _parse(content: bytes) -> Element:
    if len(content) > MAX_XML_BYTES:
        raise JatsError(f"the article has {len(content)} bytes, at most {MAX_XML_BYTES} are read")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(_without_references(content), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        told = " ".join(str(fault).split())
        raise JatsError(f"the article is not well-formed XML: {told}") from fault


def _without_references(content: bytes) -> bytes:
    """Cut out the list of references: half of an article's elements, and nothing that is read.

    Only the plain case is cut: one list without figures, in a document without comments, sections
    and declarations in which the list's tags might stand without being tags.
    """
    start, end = content.find(b"<ref-list"), content.rfind(b"</ref-list>") + len(b"</ref-list>")
    cut = content[start:end] if 0 <= start < end else b""
    is_plain = cut.count(b"ref-list") == 2 and b"fig" not in cut and b"graphic" not in cut
    if not is_plain or _tags(content, b"!") > 1 or _tags(content, b"?") > 1:
        return content
    return content[:start] + content[end:]


def _tags(content: bytes, mark: bytes) -> int:
    """Return how many tags begin with a mark; marks are fewer than tags, and found faster."""
    n_tags, at = 0, content.find(mark)
    while at >= 0 and n_tags < 2:
        n_tags += content[at - 1 : at] == b"<"
        at = content.find(mark, at + 1)
    return n_tags


def _chosen(root: Element, pmcid: str | None) -> Element:
    """Return the article; one that names itself must be the one that is wanted."""
    articles = list(root.iter("{*}article"))
    if not articles:
        raise JatsError(f"the document is a <{name_of(root)}>, not a JATS article")
    found = [_pmcid(each) for each in articles]
    if pmcid is None or found == [None]:
        return articles[0]
    if pmcid not in found:
        raise JatsError(f"the full text is that of {found[0]}, not of {pmcid}")
    return articles[found.index(pmcid)]


def _pmcid(article: Element) -> str | None:
    for each in _identifiers(article):
        stated = _PMC_NUMBER.fullmatch((each.text or "").strip())
        if each.get("pub-id-type") in _PMC_IDS and stated:
            return f"PMC{stated[1]}"
    return None


def _identifiers(article: Element) -> Iterator[Element]:
    front = child_of(article, "front")
    meta = child_of(front, "article-meta") if front is not None else None
    return iter(()) if meta is None else meta.iterchildren("{*}article-id")


def _title(article: Element) -> str:
    return words_of(next(article.iter("{*}article-title"), None))


def _licence(article: Element) -> str | None:
    front = child_of(article, "front")
    for each in front.iter("{*}license", "{*}license_ref") if front is not None else ():
        stated = each.get(_HREF) if name_of(each) == "license" else each.text
        if stated and stated.strip():
            return str(stated.strip())
    return None
