"""Threads: what the three kinds of forum have in common. No user name leaves this module."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.identity import canonical_json, pseudonym
from pipeline.sources.answers import Answer
from pipeline.sources.collector import Collector, Row, Shelf, media_row
from pipeline.sources.files import Wanted, fetch_file, keep_file
from pipeline.sources.http import HttpClient

log = logging.getLogger(__name__)

RECORD = "thread.json"
MAX_POSTS = 1000
MAX_PICTURES_PER_POST = 60
MAX_PICTURE_BYTES = 40_000_000

_NOBODY = frozenset({"", "[deleted]", "[removed]"})
_MENTION = re.compile(
    r"(?P<sign>(?<![\w.@])@|(?<![A-Za-z0-9])/?u/|/users?/)(?P<name>\w(?:[\w.-]{1,58}\w))"
)
_PSEUDONYM = re.compile(r"user-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Post:
    """One post as the forum gives it; a picture without an address is null."""

    number: int
    author: str
    text: str
    is_starter: bool
    published_at: datetime | None = None
    pictures: tuple[str | None, ...] = ()
    deleted: bool = False


class Names:
    """User names and their keyed pseudonyms, and texts in which the one stands for the other."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._known: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, name: str, *aliases: str | None) -> str:
        """Remember a user name, and further names of the same person; return the pseudonym."""
        hidden = pseudonym(name, self._key)
        for each in (name, *aliases):
            folded = (each or "").strip().casefold()
            if folded not in _NOBODY and len(folded) >= (3 if folded.isascii() else 2):
                self._known.setdefault(folded, hidden)
                self._pattern = None
        return hidden

    def hide(self, text: str) -> str:
        """Put pseudonyms for the names that were added, and for whoever is mentioned (@, u/)."""
        if self._known and self._pattern is None:
            longest_first = sorted(self._known, key=lambda name: (-len(name), name))
            choice = "|".join(re.escape(name) for name in longest_first)
            self._pattern = re.compile(
                f"(?<![A-Za-z0-9])(?:{choice})(?![A-Za-z0-9])", re.IGNORECASE
            )
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: self._of(found[0]), text)
        return _MENTION.sub(self._mentioned, text)

    def _mentioned(self, found: re.Match[str]) -> str:
        name = found["name"]
        return found["sign"] + (name if _PSEUDONYM.fullmatch(name) else self._of(name))

    def _of(self, name: str) -> str:
        return self._known.get(name.casefold()) or pseudonym(name, self._key)


def picture_name(number: int, place: int) -> str:
    """Return `p<post number>-<place>`; places count from 1."""
    return f"p{number}-{place}"


def thread_record(title: str, posts: Sequence[Post], names: Names) -> dict[str, Any]:
    """Return what is kept of a thread: every author a pseudonym, nothing of a deleted post."""
    authors = [names.add(post.author) for post in posts]
    return {
        "title": names.hide(title),
        "posts": [
            {
                "number": post.number,
                "author": author,
                "is_starter": post.is_starter,
                "published_at": post.published_at.isoformat() if post.published_at else None,
                "text": "" if post.deleted else names.hide(post.text),
                "pictures": [picture_name(post.number, place) for place, _ in _numbered(post)],
                "deleted": post.deleted,
            }
            for post, author in zip(posts, authors, strict=True)
        ],
    }


def _numbered(post: Post) -> Iterable[tuple[int, str | None]]:
    if post.deleted:
        return []
    if len(post.pictures) > MAX_PICTURES_PER_POST:
        log.warning(
            "post %d holds %d pictures; the first %d are taken",
            post.number,
            len(post.pictures),
            MAX_PICTURES_PER_POST,
        )
    return enumerate(post.pictures[:MAX_PICTURES_PER_POST], 1)


@dataclass(frozen=True, slots=True)
class ThreadFiles:
    """Writes the files of one thread into the store, and tells of each in a row of `media`."""

    collector: Collector
    item: Mapping[str, Any]
    client: HttpClient
    shelf: Shelf

    def failed(self, answer: Answer) -> Row:
        """Return the row of a thread that could not be read."""
        return media_row(
            self.collector,
            self.item,
            RECORD,
            "record",
            answer.url,
            http_status=answer.http_status,
            status=answer.status,
            error=answer.error,
        )

    def store(self, url: str, record: Mapping[str, Any], posts: Sequence[Post]) -> list[Row]:
        """Store a thread's record, fetch the pictures of its posts, and return all rows."""
        content = canonical_json(record).encode("utf-8", errors="replace")
        rows = [
            keep_file(
                self.collector,
                self.item,
                Wanted(RECORD, "record", url),
                content,
                self.shelf,
                content_type="application/json",
            )
        ]
        for post in posts:
            for place, address in _numbered(post):
                rows.append(self._picture(picture_name(post.number, place), address))
        return rows

    def _picture(self, name: str, address: str | None) -> Row:
        if address is not None:
            wanted = Wanted(name, "picture", address, max_bytes=MAX_PICTURE_BYTES)
            return fetch_file(self.collector, self.client, self.item, wanted, self.shelf)
        return media_row(
            self.collector,
            self.item,
            name,
            "picture",
            self.item["page_url"],
            status="not_found",
            error=f"the forum counts a picture {name} but gives no address for it",
        )
