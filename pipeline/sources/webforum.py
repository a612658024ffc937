"""Plain HTML forums: index pages and threads, read through the catalog's CSS selectors."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from pipeline.errors import SourceError
from pipeline.source_entries import Selectors, WebForumSource
from pipeline.sources.answers import Answer, failed
from pipeline.sources.collector import Listed, Row, Shelf, answered, item_row
from pipeline.sources.http import HttpClient
from pipeline.sources.markup import (
    MAX_PAGE_BYTES,
    MarkupError,
    absolute,
    classes_of,
    html_text,
    is_picture_address,
    parse_page,
    read_time,
)
from pipeline.sources.threads import (
    MAX_POSTS,
    Names,
    Post,
    ThreadFiles,
    thread_record,
)

log = logging.getLogger(__name__)

MAX_THREAD_PAGES = 50
_SESSION_PARAMETERS = frozenset({"sid", "s", "phpsessid", "jsessionid", "highlight"})
_PAGE_ENDING = re.compile(r"\.(?:html?|php|aspx?|cgi)$", re.IGNORECASE)
_QUOTED = frozenset({"quote", "bbcodeblock--quote", "quotecontent", "signature"})


class WebForumCollector:
    """Walks the index pages of a forum, and fetches each thread with its pictures."""

    name = "webforum"
    version = 1

    def __init__(
        self, source_id: str, entry: WebForumSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        _check_selectors(entry.selectors)
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._key = pseudonym_key

    def list_keys(self) -> Iterator[Listed]:
        """Yield the threads that the index pages link to.

        Raises:
            SourceError: an index page does not answer, or pages repeat themselves.
        """
        selectors = self._entry.selectors
        url: str | None = self._entry.start_url
        asked: set[str] = set()
        keys: dict[str, str] = {}
        for _page in range(self._entry.max_pages):
            if url is None:
                break
            if url in asked:
                raise SourceError(f"webforum: the index leads back to {url}; check `next_page`")
            asked.add(url)
            answer, page = self._ask(url)
            if page is None:
                raise SourceError(f"webforum: {url} cannot be listed: {answer.error}")
            for link in page.css(selectors.thread_link):
                address = _thread_address(answer.url, link)
                if address is None or address in keys.values():
                    continue
                key = thread_key(address, keys)
                keys[key] = address
                yield Listed(key, {"url": address, "title": html_text(link)})
            url = _next(page, selectors.next_page, answer.url)
        if not keys:
            raise SourceError(
                f"webforum: {self._entry.start_url} links to no thread; check `thread_link` "
                f"({selectors.thread_link!r}) in the catalog"
            )

    def describe(self, listed: Listed) -> Row:
        """Return a thread's row; it asks nothing, so robots.txt speaks when it is fetched.

        The title stays out of it: it may name its writer, who is not known before the fetch.
        """
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=listed.payload["url"],
            details={"url": listed.payload["url"]},
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Ask for a thread that the index no longer links to."""
        answer, _page = self._ask(str(json.loads(item["details"])["url"]))
        return answered(item, answer.status, answer.error)

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a thread's pages and the pictures of its posts."""
        files = ThreadFiles(self, item, self._client, shelf)
        url = str(json.loads(item["details"])["url"])
        names = Names(self._key)
        answer, title, posts = self._thread(url, names)
        if not answer.ok:
            return [files.failed(answer)]
        record = thread_record(title, posts, names)
        return files.store(answer.url, record, posts)

    def _ask(self, url: str) -> tuple[Answer, LexborHTMLParser | None]:
        """Return an answer with its page; without, the answer says why."""
        answer = self._client.get(url, expect="html", max_bytes=MAX_PAGE_BYTES)
        try:
            return answer, parse_page(answer) if answer.ok else None
        except MarkupError as fault:
            return failed(answer.url, "malformed", str(fault), answer.http_status), None

    # --- one thread ------------------------------------------------------------------------

    def _thread(self, start: str, names: Names) -> tuple[Answer, str, list[Post]]:
        """Return the first answer, or the first that failed, with the title and all posts."""
        selectors = self._entry.selectors
        first: Answer | None = None
        title, posts = "", list[Post]()
        url: str | None = start
        asked: set[str] = set()
        while url is not None and url not in asked and len(asked) < MAX_THREAD_PAGES:
            asked.add(url)
            answer, page = self._ask(url)
            if page is None:
                return answer, title, []
            told = _text_of(page.root, selectors.title)
            if first is not None and not told.startswith(title):
                break  # the link leads to the next thread, not to the next page of this one
            first, title = first or answer, title or told
            posts += _posts(page, answer.url, selectors, posts, names)
            url = _next(page, selectors.next_page, answer.url)
        if first is None or not posts:
            why = f"no post of it matches {selectors.post!r}; check `post` in the catalog"
            return failed(start, "malformed", why), title, []
        return first, title, posts[:MAX_POSTS]


def thread_key(address: str, taken: Mapping[str, str]) -> str:
    """Return a thread's key: the name of its page if that holds a number, else its whole path.

    Page endings and session parameters are left out, so that the key stays the same for ever.
    """
    parts = urlsplit(address)
    path = _PAGE_ENDING.sub("", unquote(parts.path).strip("/"))
    query = urlencode(sorted(parse_qsl(parts.query)))
    name = path.rsplit("/", 1)[-1]
    whole = f"{path}?{query}" if query else path
    if query or name in taken or not any(character.isdigit() for character in name):
        return whole
    return name


def _thread_address(page_url: str, link: LexborNode) -> str | None:
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


def _posts(
    page: LexborHTMLParser,
    page_url: str,
    selectors: Selectors,
    before: list[Post],
    names: Names,
) -> list[Post]:
    posts: list[Post] = []
    starter = before[0].author if before else None
    for number, node in enumerate(page.css(selectors.post), len(before) + 1):
        author = _text_of(node, selectors.author)
        starter = author if starter is None else starter
        names.add(author)
        body = node.css_first(selectors.body)
        posts.append(
            Post(
                number=number,
                author=author,
                text=html_text(body, _is_quoted) if body is not None else "",
                is_starter=(bool(author) and author == starter) or number == 1,
                published_at=_published(node, selectors.published),
                pictures=tuple(_pictures(node, selectors.image, page_url)),
            )
        )
    return posts


def _pictures(post: LexborNode, selector: str, page_url: str) -> list[str]:
    """Return a post's pictures: what a thumbnail links to, else the picture as shown."""
    found: list[str] = []
    for node in post.css(selector):
        shown = node.attributes
        source = shown.get("data-src") or shown.get("src") or shown.get("href")
        address = absolute(page_url, source)
        around = node.parent
        if around is not None and around.tag == "a":
            linked = absolute(page_url, around.attributes.get("href"))
            address = linked if linked and is_picture_address(linked) else address
        if address is not None and address not in found:
            found.append(address)
    return found


def _published(post: LexborNode, selector: str) -> Any:
    node = post.css_first(selector)
    if node is None:
        return None
    stated = (node.attributes.get("datetime"), node.attributes.get("title"), html_text(node))
    return next((when for when in map(read_time, stated) if when is not None), None)


def _is_quoted(node: LexborNode) -> bool:
    classes = {each.lower() for each in classes_of(node)}
    return node.tag == "blockquote" or bool(classes & _QUOTED)


def _check_selectors(selectors: Selectors) -> None:
    for name, selector in selectors.model_dump().items():
        try:
            LexborHTMLParser("<p>").css(selector)
        except SelectolaxError as fault:
            raise SourceError(
                f"webforum: {selector!r} is no CSS selector; correct {name} in the catalog"
            ) from fault


def _text_of(root: LexborNode | None, selector: str) -> str:
    node = root.css_first(selector) if root is not None else None
    return " ".join(html_text(node).split()) if node is not None else ""


def _next(page: LexborHTMLParser, selector: str, page_url: str) -> str | None:
    links = page.css(selector)
    return absolute(page_url, links[0].attributes.get("href")) if links else None
