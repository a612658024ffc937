"""Plain HTML forums: index pages and threads, read through the catalog's CSS selectors."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.errors import SourceError
from pipeline.identity import sha256_text, utc_now
from pipeline.source_entries import WebForumSource
from pipeline.sources.answers import Answer, failed
from pipeline.sources.collector import Listed, Row, Shelf, answered, item_row
from pipeline.sources.http import PRODUCT, HttpClient
from pipeline.sources.markup import MAX_PAGE_BYTES, MarkupError, parse_page
from pipeline.sources.names import Names
from pipeline.sources.threads import MAX_POSTS, Post, Thread, ThreadFiles
from pipeline.sources.webforum_pages import (
    check_selectors,
    forbidden_by_page,
    listed_threads,
    next_page,
    posts_of,
    text_of,
)

log = logging.getLogger(__name__)

MAX_THREAD_PAGES = 50
MOST_BARREN_PAGES = 3  # pages of the index, one after the other, that name no new thread
_PAGE_ENDING = re.compile(r"\.(?:html?|php|aspx?|cgi)$", re.IGNORECASE)


class WebForumCollector:
    """Walks the index pages of a forum, and fetches each thread with its pictures."""

    name = "webforum"
    version = 2

    def __init__(
        self, source_id: str, entry: WebForumSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        check_selectors(entry.selectors)
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._key = pseudonym_key

    def list_keys(self) -> Iterator[Listed]:
        """Yield the threads that the index pages link to.

        Raises:
            SourceError: an index page does not answer, forbids to follow its links, or pages
                repeat themselves.
        """
        selectors = self._entry.selectors
        keys: dict[str, str] = {}
        n_barren = 0
        for url, page in self._index_pages():
            fresh = False
            for address, state in listed_threads(page, url, selectors):
                if address in keys.values():
                    continue
                key = thread_key(address, keys)
                keys[key], fresh = address, True
                told = {"url": address} | ({"state_sha256": sha256_text(state)} if state else {})
                yield Listed(key, told)
            n_barren = 0 if fresh else n_barren + 1
            if n_barren >= MOST_BARREN_PAGES:
                raise SourceError(
                    f"webforum: {url} and the pages before it name no new thread; the index does "
                    "not end, check `next_page` and `thread_link` in the catalog"
                )
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
        """Ask for a thread that the index no longer names."""
        answer, _page = self._ask_thread(str(json.loads(item["details"])["url"]))
        return answered(item, answer.status, answer.error)

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a thread's pages and the pictures of its posts."""
        files = ThreadFiles(self, item, self._client, shelf)
        answer, thread = self._thread(str(json.loads(item["details"])["url"]))
        if not answer.ok:
            return [files.failed(answer)]
        names = Names(self._key)
        for post in thread.posts:
            names.add(post.author)
        return files.store(answer.url, thread, names)

    # --- pages -----------------------------------------------------------------------------

    def _ask(self, url: str) -> tuple[Answer, LexborHTMLParser | None]:
        """Return an answer with its page; without, the answer says why."""
        answer = self._client.get(url, expect="html", max_bytes=MAX_PAGE_BYTES)
        try:
            return answer, parse_page(answer) if answer.ok else None
        except MarkupError as fault:
            return failed(answer.url, "malformed", str(fault), answer.http_status), None

    def _index_pages(self) -> Iterator[tuple[str, LexborHTMLParser]]:
        url: str | None = self._entry.start_url
        asked: set[str] = set()
        for _page in range(self._entry.max_pages):
            if url is None:
                return
            if url in asked:
                raise SourceError(f"webforum: the index leads back to {url}; check `next_page`")
            asked.add(url)
            answer, page = self._ask(url)
            if page is None:
                raise SourceError(f"webforum: {url} cannot be listed: {answer.error}")
            if (why := forbidden_by_page(answer, page, PRODUCT, ("nofollow",))) is not None:
                raise SourceError(f"webforum: the links of {url} must not be followed: {why}")
            yield answer.url, page
            url = next_page(page, self._entry.selectors.next_page, answer.url)
        log.info("webforum: the index is read to page %d, as max_pages says", self._entry.max_pages)

    def _ask_thread(self, url: str) -> tuple[Answer, LexborHTMLParser | None]:
        """Return a page of a thread; an answer without one says that it is gone, or forbidden."""
        answer, page = self._ask(url)
        if page is None:
            return answer, None
        told = text_of(page.root, self._entry.selectors.gone)
        if self._entry.selectors.gone and page.css(self._entry.selectors.gone):
            why = f"the forum says that there is no such thread: {told[:100]!r}"
            return failed(answer.url, "gone", why, answer.http_status), None
        if (why_not := forbidden_by_page(answer, page, PRODUCT, ("noindex",))) is not None:
            return failed(answer.url, "forbidden_by_robots", why_not, answer.http_status), None
        return answer, page

    def _thread(self, start: str) -> tuple[Answer, Thread]:
        """Return the first answer, or the first that failed, and the thread of all pages."""
        selectors = self._entry.selectors
        following = selectors.thread_next_page or selectors.next_page
        is_guess = selectors.thread_next_page is None
        first: Answer | None = None
        title, posts = "", list[Post]()
        url: str | None = start
        asked: set[str] = set()
        while url is not None and len(asked) < MAX_THREAD_PAGES and len(posts) < MAX_POSTS:
            asked.add(url)
            answer, page = self._ask_thread(url)
            if page is None:
                return answer, Thread(title, [])
            told = text_of(page.root, selectors.title)
            if first is not None and is_guess and not told.startswith(title):
                break  # the link leads to the next thread, not to the next page of this one
            first, title = first or answer, title or told
            found = posts_of(page, answer.url, self._entry, posts, utc_now())
            if posts and not _holds_new(found, posts):
                log.warning("webforum: %s repeats the posts before it; the thread ends there", url)
                break
            posts += found
            url = next_page(page, following, answer.url)
            if url in asked:
                log.warning("webforum: the pages of %s lead back to %s and end there", start, url)
                break
        if first is None or not posts:
            why = f"no post of it matches {selectors.post!r}; check `post` in the catalog"
            return failed(start, "malformed", why), Thread(title, [])
        return first, Thread(title, posts[:MAX_POSTS])


def _holds_new(found: list[Post], before: list[Post]) -> bool:
    """Tell whether a page holds a post that no page before it held."""
    known = {(post.author, post.text, post.published_at, post.pictures) for post in before}
    return any(
        (post.author, post.text, post.published_at, post.pictures) not in known for post in found
    )


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
