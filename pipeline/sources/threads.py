"""Threads: what the three kinds of forum have in common. No user name leaves this module."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from pipeline.identity import canonical_json
from pipeline.sources.answers import Answer, shown
from pipeline.sources.collector import Collector, Row, Shelf, media_row
from pipeline.sources.files import Wanted, fetch_file, keep_file
from pipeline.sources.http import HttpClient
from pipeline.sources.names import Names

log = logging.getLogger(__name__)

RECORD = "thread.json"
MAX_POSTS = 1000
MAX_PICTURES_PER_POST = 60
MAX_PICTURE_BYTES = 40_000_000
# what hosts serve in place of a picture that was removed, by width and height
PLACEHOLDERS = frozenset({(161, 81), (130, 60)})
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as its post shows it; for one without an address, ``why`` is what is known."""

    address: str | None
    caption: str = ""
    why: str = "the forum counts it but gives no address for it"


@dataclass(frozen=True, slots=True)
class Post:
    """One post as the forum gives it."""

    number: int
    author: str
    text: str
    is_starter: bool
    published_at: datetime | None = None
    pictures: tuple[Picture, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as it was read; ``n_unread`` posts of it were counted but could not be had."""

    title: str
    posts: Sequence[Post]
    n_unread: int = 0


def picture_name(number: int, place: int) -> str:
    """Return `p<post number>-<place>`; places count from 1."""
    return f"p{number}-{place}"


def thread_record(thread: Thread, names: Names) -> dict[str, Any]:
    """Return what is kept of a thread: every author a pseudonym, nothing of a deleted post."""
    authors = [names.add(post.author) for post in thread.posts]
    return {
        "title": names.hide(thread.title),
        "n_unread": thread.n_unread,
        "posts": [
            _post_record(post, author, names)
            for post, author in zip(thread.posts, authors, strict=True)
        ],
    }


def _post_record(post: Post, author: str, names: Names) -> dict[str, Any]:
    shown = _shown_pictures(post)
    return {
        "number": post.number,
        "author": author,
        "is_starter": post.is_starter,
        "published_at": post.published_at.isoformat() if post.published_at else None,
        "text": "" if post.deleted else names.hide(post.text),
        "pictures": [picture_name(post.number, place) for place in range(1, len(shown) + 1)],
        "captions": [names.hide(each.caption) for each in shown],
        "deleted": post.deleted,
    }


def _shown_pictures(post: Post) -> Sequence[Picture]:
    return () if post.deleted else post.pictures[:MAX_PICTURES_PER_POST]


def why_placeholder(content: bytes) -> str | None:
    """Return why a picture is the sign that one was removed, or null."""
    if not content.startswith(_PNG):
        return None
    size = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if size not in PLACEHOLDERS:
        return None
    return f"it is the sign of {size[0]}×{size[1]} that stands for a removed picture"


def _without_names(told: str, names: Names) -> str:
    """Return an address, or a sentence with one, in which no user's name stands."""
    plain = unquote(told)
    hidden = names.hide(plain)
    return told if hidden == plain else hidden


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

    def store(self, url: str, thread: Thread, names: Names) -> list[Row]:
        """Store a thread's record, fetch the pictures of its posts, and return all rows.

        An address that holds a user's name is told with the pseudonym in it.
        """
        if thread.n_unread:
            log.info("%s: %d posts could not be had", self.item["item_id"], thread.n_unread)
        record = thread_record(thread, names)
        content = canonical_json(record).encode("utf-8", errors="replace")
        wanted = Wanted(RECORD, "record", _without_names(url, names))
        stored = keep_file(
            self.collector,
            self.item,
            wanted,
            content,
            self.shelf,
            content_type="application/json",
        )
        return [stored, *self._pictures(thread, names)]

    def _pictures(self, thread: Thread, names: Names) -> list[Row]:
        rows = []
        for post in thread.posts:
            if not post.deleted and len(post.pictures) > MAX_PICTURES_PER_POST:
                log.warning(
                    "%s: post %d holds %d pictures; the first %d are taken",
                    self.item["item_id"],
                    post.number,
                    len(post.pictures),
                    MAX_PICTURES_PER_POST,
                )
            for place, picture in enumerate(_shown_pictures(post), 1):
                row = self._picture(picture_name(post.number, place), picture, names)
                error = row["error"] and _without_names(row["error"], names)
                rows.append({**row, "error": error})
        return rows

    def _picture(self, name: str, picture: Picture, names: Names) -> Row:
        if picture.address is None:
            return media_row(
                self.collector,
                self.item,
                name,
                "picture",
                self.item["page_url"],
                status="not_found",
                error=f"picture {name} cannot be asked for: {picture.why}",
            )
        wanted = Wanted(
            name,
            "picture",
            picture.address,
            max_bytes=MAX_PICTURE_BYTES,
            told_url=_without_names(shown(picture.address), names),
            reject=why_placeholder,
        )
        return fetch_file(self.collector, self.client, self.item, wanted, self.shelf)
