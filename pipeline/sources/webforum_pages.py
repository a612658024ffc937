"""Pages of a plain HTML forum, read through the catalog's CSS selectors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from pipeline.errors import SourceError
from pipeline.source_entries import Selectors, WebForumSource
from pipeline.sources.answers import Answer
from pipeline.sources.dates import read_date
from pipeline.sources.markup import (
    absolute,
    classes_of,
    html_text,
    is_picture_address,
    largest_of,
)
from pipeline.sources.robots import forbidding_tag
from pipeline.sources.threads import Picture, Post

_SESSION_PARAMETERS = frozenset({"sid", "s", "phpsessid", "jsessionid", "highlight"})
_QUOTED = frozenset({"quote", "bbcodeblock--quote", "quotecontent", "signature"})
_ORNAMENT = re.compile(
    r"(?<![a-z])(?:smil(?:ie|ey)|emoji|emoticon|avatar|icon)s?(?![a-z])", re.IGNORECASE
)
_SMALLEST_PX = 48  # what states a smaller side is an icon
# where pages that load their pictures late keep the address; the first that is there counts
_SOURCES = ("data-full-url", "data-original", "data-src", "data-lazy-src", "data-url")
_SOURCE_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_ROBOTS = 'meta[name="robots" i], meta[name="{product}" i]'


def check_selectors(selectors: Selectors) -> None:
    """Check that all selectors can be read.

    Raises:
        SourceError: one cannot.
    """
    for name, selector in selectors.model_dump(exclude_none=True).items():
        try:
            LexborHTMLParser("<p>").css(selector)
        except SelectolaxError as fault:
            raise SourceError(
                f"webforum: {selector!r} is no CSS selector; correct {name} in the catalog"
            ) from fault


def forbidden_by_page(
    answer: Answer, page: LexborHTMLParser, product: str, forbidding: Sequence[str]
) -> str | None:
    """Return what a page's robots element or header says against its use, or null.

    ``forbidding`` are directives that forbid beyond those that forbid everywhere.
    """
    told = [("X-Robots-Tag", answer.headers.get("X-Robots-Tag", ""))]
    for node in page.css(_ROBOTS.format(product=product)):
        told.append(("robots element", node.attributes.get("content") or ""))
    for place, content in told:
        directives = [each.strip() for each in content.lower().split(",")]
        found = next((each for each in directives if each in forbidding), None)
        found = found or forbidding_tag([content], product)
        if found is not None:
            return f"its {place} says {found}"
    return None


def thread_address(page_url: str, link: LexborNode) -> str | None:
    """Return the address of a thread on the same host, without session parameters."""
    address = absolute(page_url, link.attributes.get("href"))
    if address is None or urlsplit(address).netloc != urlsplit(page_url).netloc:
        return None
    parts = urlsplit(address)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in _SESSION_PARAMETERS
    ]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))


def listed_threads(
    page: LexborHTMLParser, page_url: str, selectors: Selectors
) -> Iterator[tuple[str, str | None]]:
    """Yield the address of each thread of an index page, and the words that tell its state."""
    rows = page.css(selectors.thread_row) if selectors.thread_row else [page.root]
    for row in rows:
        if row is None:
            continue
        state = text_of(row, selectors.thread_state) if selectors.thread_state else None
        for link in row.css(selectors.thread_link):
            address = thread_address(page_url, link)
            if address is not None:
                yield address, state


def next_page(page: LexborHTMLParser, selector: str, page_url: str) -> str | None:
    """Return the address of the next page, or null."""
    links = page.css(selector)
    return absolute(page_url, links[0].attributes.get("href")) if links else None


def text_of(root: LexborNode | None, selector: str | None) -> str:
    """Return the words of the first element that a selector finds, in one line."""
    node = root.css_first(selector) if root is not None and selector else None
    return " ".join(html_text(node).split()) if node is not None else ""


def posts_of(
    page: LexborHTMLParser,
    page_url: str,
    entry: WebForumSource,
    before: Sequence[Post],
    now: datetime,
) -> list[Post]:
    """Return the posts of a page, numbered on from those of the pages before it.

    The starter is whoever wrote the first post; a post by nobody is the starter's only if it is
    the first. Dates in words are reckoned from ``now``.
    """
    selectors = entry.selectors
    posts: list[Post] = []
    starter = before[0].author if before else None
    for number, node in enumerate(page.css(selectors.post), len(before) + 1):
        author = text_of(node, selectors.author)
        starter = author if starter is None else starter
        body = node.css_first(selectors.body)
        deleted = bool(selectors.deleted and node.css(selectors.deleted))
        posts.append(
            Post(
                number=number,
                author=author,
                text=html_text(body, _is_quoted) if body is not None and not deleted else "",
                is_starter=(bool(author) and author == starter) or number == 1,
                published_at=_published(node, entry, now),
                pictures=() if deleted else tuple(_pictures(node, selectors, page_url)),
                deleted=deleted,
            )
        )
    return posts


def _pictures(post: LexborNode, selectors: Selectors, page_url: str) -> list[Picture]:
    """Return a post's pictures in its order, without ornaments and those that it quotes.

    A picture is what a thumbnail links to, else the largest that the page names of it; or a link
    of the body whose address ends like a picture's; or an attachment.
    """
    shown = _ids(post, selectors.image)
    attached = _ids(post, selectors.attachment)
    in_body = _ids(post, f":is({selectors.body}) a")
    found: list[str] = []
    for node in post.css(", ".join(filter(None, (selectors.image, selectors.attachment, "a")))):
        if _is_within_quote(node):
            continue
        address = None
        if node.mem_id in shown and not _is_ornament(node):
            address = _behind(node, attached, page_url) or absolute(page_url, _source(node))
        elif node.mem_id in attached or node.mem_id in in_body:
            address = _linked(node, page_url, is_attached=node.mem_id in attached)
        if address is not None and address not in found:
            found.append(address)
    return [Picture(address) for address in found]


def _ids(post: LexborNode, selector: str | None) -> frozenset[int]:
    return frozenset(node.mem_id for node in post.css(selector)) if selector else frozenset()


def _behind(picture: LexborNode, attached: frozenset[int], page_url: str) -> str | None:
    """Return the picture that a thumbnail links to, or null."""
    around = picture.parent
    if around is None or around.tag != "a":
        return None
    return _linked(around, page_url, is_attached=around.mem_id in attached)


def _linked(link: LexborNode, page_url: str, *, is_attached: bool) -> str | None:
    """Return the picture that a link leads to; null if it does not look like one."""
    address = absolute(page_url, link.attributes.get("href"))
    return address if address and (is_attached or is_picture_address(address)) else None


def _source(picture: LexborNode) -> str | None:
    """Return where a picture lies, though it is loaded late or in one of several sizes."""
    told = picture.attributes
    late = next((told[name] for name in _SOURCES if told.get(name)), None)
    around = picture.parent
    beside = around.css("source") if around is not None and around.tag == "picture" else []
    sets = [told.get(name) for name in _SOURCE_SETS]
    sets += [node.attributes.get(name) for node in beside for name in _SOURCE_SETS]
    largest = next(filter(None, map(largest_of, sets)), None)
    return late or largest or told.get("src") or told.get("href")


def _is_ornament(picture: LexborNode) -> bool:
    told = picture.attributes
    sides = [told.get("width") or "", told.get("height") or ""]
    is_small = any(side.isdecimal() and int(side) < _SMALLEST_PX for side in sides)
    return is_small or bool(_ORNAMENT.search(told.get("class") or ""))


def _is_within_quote(node: LexborNode) -> bool:
    around = node.parent
    while around is not None:
        if _is_quoted(around):
            return True
        around = around.parent
    return False


def _published(post: LexborNode, entry: WebForumSource, now: datetime) -> datetime | None:
    node = post.css_first(entry.selectors.published)
    if node is None:
        return None
    told = node.attributes
    stated = (*(told.get(name) for name in ("datetime", "data-time", "title")), html_text(node))
    return next(filter(None, (read_date(each, now, entry.date_formats) for each in stated)), None)


def _is_quoted(node: LexborNode) -> bool:
    """Tell whether an element holds words of somebody else, or what stands below every post."""
    classes = {each.lower() for each in classes_of(node)}
    return node.tag == "blockquote" or bool(classes & _QUOTED)
