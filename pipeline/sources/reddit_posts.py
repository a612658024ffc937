"""Posts and comments as Reddit's JSON gives them: pictures in order, plain words, removal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.sources.markup import absolute, is_picture_address
from pipeline.sources.threads import MAX_POSTS, Post

GONE = frozenset({"[deleted]", "[removed]", "[deleted by user]", "[removed by reddit]"})
_BOTS = frozenset({"AutoModerator"})
_QUOTE = re.compile(r"^\s*>.*$", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)\s]*(?:\s[^)]*)?\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*(?:\s[^)]*)?\)")
_ADDRESS = re.compile(r"https?://\S+")
_MARKS = re.compile(r"\*{1,3}|~~|`+|^#{1,6}\s*|>!|!<|\u200b|\\(?=[^\w\s])", re.MULTILINE)

Json = Mapping[str, Any]


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def is_removed(post: Json) -> bool:
    """Tell whether a post or comment was deleted by its author or removed by anybody."""
    meta = _mapping(post.get("_meta"))
    told = (post.get("author"), post.get("selftext"), post.get("body"), post.get("title"))
    return (
        any(str(each).strip().lower() in GONE for each in told)
        or bool(post.get("removed_by_category") or post.get("removal_type"))
        or bool(meta.get("was_deleted_later") or meta.get("removal_type"))
    )


def is_plain_text(post: Json) -> bool:
    """Tell whether a post never held a picture."""
    return bool(post.get("is_self")) and not post.get("is_gallery")


def shown_post(post: Json) -> Json:
    """Return the post whose pictures are shown: the parent of a crosspost, else the post."""
    parents = _list(post.get("crosspost_parent_list"))
    if post.get("crosspost_parent") and parents:
        return _mapping(parents[0])
    return post


def picture_addresses(post: Json) -> list[str | None]:
    """Return the pictures of a post in the order it shows them; null for one without address."""
    shown = shown_post(post)
    metadata = _mapping(shown.get("media_metadata"))
    gallery = _list(_mapping(shown.get("gallery_data")).get("items"))
    if gallery:
        return [_original(metadata.get(str(_mapping(each).get("media_id")))) for each in gallery]
    if shown.get("is_self"):
        text = str(shown.get("selftext") or "")
        there = sorted(key for key in metadata if key in text)
        inline = [_original(metadata[key]) for key in sorted(there, key=text.index)]
        return [each for each in inline if each is not None]
    single = _single(shown)
    return [] if single is None else [single]


def _original(entry: Any) -> str | None:
    told = _mapping(entry)
    source = _mapping(told.get("s"))
    if told.get("status") != "valid":
        return None
    return _unescaped(source.get("u") or source.get("gif"))


def _unescaped(address: Any) -> str | None:
    return absolute("", html.unescape(str(address or "")))


def _single(post: Json) -> str | None:
    address = _unescaped(post.get("url_overridden_by_dest") or post.get("url"))
    if address is not None and is_picture_address(address):
        return address
    if post.get("post_hint") != "image":
        return None
    previews = _list(_mapping(post.get("preview")).get("images"))
    source = _mapping(_mapping(previews[0]).get("source")) if previews else {}
    return _unescaped(source.get("url")) or address


def plain_words(markdown: Any) -> str:
    """Return the words of Reddit's Markdown, without quotes, pictures and addresses."""
    text = html.unescape(html.unescape(str(markdown or "")))
    for pattern, kept in ((_QUOTE, ""), (_PICTURE, ""), (_LINK, r"\1"), (_ADDRESS, "")):
        text = pattern.sub(kept, text)
    lines = (" ".join(line.split()) for line in _MARKS.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line)


def read_seconds(value: Any) -> datetime | None:
    """Read seconds since 1970; null if it is no such number."""
    try:
        return datetime.fromtimestamp(int(float(value)), tz=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def opening_post(post: Json) -> Post:
    """Return the post itself, number 0."""
    return Post(
        number=0,
        author=str(post.get("author") or ""),
        text=plain_words(post.get("selftext")),
        is_starter=True,
        published_at=read_seconds(post.get("created_utc")),
        pictures=tuple(picture_addresses(post)),
    )


def replies(tree: list[Any], starter: str) -> Iterator[Post]:
    """Yield the comments of a tree in the order a reader meets them, numbered from 1."""
    waiting = list(reversed(tree))
    number = 0
    while waiting and number < MAX_POSTS:
        each = _mapping(waiting.pop())
        told = _mapping(each.get("data"))
        if each.get("kind") != "t1":
            continue
        below = _mapping(_mapping(told.get("replies")).get("data")).get("children")
        waiting.extend(reversed(_list(below)))
        author = str(told.get("author") or "")
        if author in _BOTS:
            continue
        number += 1
        yield Post(
            number=number,
            author=author,
            text=plain_words(told.get("body")),
            is_starter=author == starter and author.lower() not in GONE,
            published_at=read_seconds(told.get("created_utc")),
            deleted=is_removed(told),
        )
