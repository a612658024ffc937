"""Markup: HTML of forums as trees, and the words and pictures in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.errors import DermcurateError
from pipeline.sources.answers import Answer

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_META_BYTES = 2048
_CANDIDATE = re.compile(
    r"(?P<url>[^\s,]\S*[^\s,])(?:\s+(?P<size>\d{1,6}(?:\.\d{1,3})?)[wx])?(?=\s*(?:,|$))"
)
_SILENT = frozenset({"script", "style", "template", "noscript", "head", "iframe", "object"})
_BREAKING = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure"}
    | {"figcaption", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol"}
    | {"p", "pre", "section", "table", "td", "th", "tr", "ul"}
)

MAX_PAGE_BYTES = 8_000_000
MAX_DEPTH = 1000  # the parser's time grows with the square of the nesting
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_LEAVES = frozenset(
    {"area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta"}
    | {"option", "p", "param", "source", "td", "th", "tr", "track", "wbr"}
)

Skip = Callable[[LexborNode], bool]


def skip_nothing(_node: LexborNode) -> bool:
    """Skip no element."""
    return False


class MarkupError(DermcurateError):
    """Markup that is not parsed because it would take for ever."""


def parse_page(answer: Answer) -> LexborHTMLParser:
    """Parse a page in the charset that its header or its head states, else UTF-8.

    Raises:
        MarkupError: its elements are nested without end.
    """
    stated = _CHARSET.search(answer.headers.get("Content-Type", "")) or _CHARSET.search(
        answer.content[:_META_BYTES].decode("latin-1")
    )
    try:
        text = answer.content.decode(stated[1] if stated else "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        text = answer.content.decode("utf-8", errors="replace")
    return parse_html(text)


def parse_html(text: str) -> LexborHTMLParser:
    """Parse HTML.

    Raises:
        MarkupError: its elements are nested without end.
    """
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _LEAVES:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            if depth > MAX_DEPTH:
                raise MarkupError(f"its elements are nested deeper than {MAX_DEPTH}")
    return LexborHTMLParser(text)


def walk(root: LexborNode, skip: Skip = skip_nothing) -> Iterator[LexborNode]:
    """Yield the nodes below a root in the order of the page, leaving out what is skipped.

    A skipped element is left out with all that it holds.
    """
    waiting = [root.child]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        waiting.append(node.next)
        if node.tag in _SILENT or (node.is_element_node and skip(node)):
            continue
        yield node
        waiting.append(node.child)


def html_text(root: LexborNode, skip: Skip = skip_nothing) -> str:
    """Return the words below a root, one line per block."""
    parts = []
    for node in walk(root, skip):
        if node.is_text_node:
            parts.append(" ".join((node.text_content or "").split("\n")))
        elif node.tag in _BREAKING:
            parts.append("\n")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def classes_of(node: LexborNode) -> frozenset[str]:
    """Return the classes of an element."""
    return frozenset((node.attributes.get("class") or "").split())


def largest_of(srcset: str | None) -> str | None:
    """Return the largest picture that a `srcset` names, by width or density, or null."""
    found = [
        (float(candidate["size"] or 1), candidate["url"])
        for candidate in _CANDIDATE.finditer(srcset or "")
    ]
    return max(found, key=lambda each: each[0])[1] if found else None


def absolute(base: str, href: str | None) -> str | None:
    """Resolve a link of a page; null if it is none that can be asked over HTTP."""
    try:
        resolved = urljoin(base, (href or "").strip())
        parts = urlsplit(resolved)
    except ValueError:
        return None
    if not (href or "").strip() or parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return resolved.split("#", 1)[0]


def is_picture_address(url: str) -> bool:
    """Tell whether an address ends like a picture's."""
    return urlsplit(url).path.lower().endswith(PICTURE_SUFFIXES)


def read_time(text: str | None) -> datetime | None:
    """Read an ISO 8601 time, UTC where it states no zone; null if it is none."""
    try:
        when = datetime.fromisoformat((text or "").strip())
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
