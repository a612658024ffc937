"""Posts as Reddit's JSON gives them: pictures in order, plain words, removal."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.sources.markup import absolute, is_picture_address
from pipeline.sources.threads import Picture, Post

log = logging.getLogger(__name__)

GONE = frozenset({"[deleted]", "[removed]", "[deleted by user]", "[removed by reddit]"})
_POST_ID = re.compile(r"[a-z0-9_]{1,24}")
_CHAIN = 5  # a crosspost of a crosspost …
_QUOTE = re.compile(r"^\s*>(?!!).*$", re.MULTILINE)  # `>!` begins a spoiler
_PICTURE = re.compile(r"!\[[^\]]*\]\((?P<key>[^)\s]*)(?:\s+\"(?P<caption>[^\"]*)\"|\s[^)]*)?\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*(?:\s[^)]*)?\)")
_ADDRESS = re.compile(r"https?://\S+")
_MARKS = re.compile(r"\*{1,3}|~~|`+|^#{1,6}\s*|>!|!<|\u200b|\\(?=[^A-Za-z0-9\s])", re.MULTILINE)

Json = Mapping[str, Any]


def as_mapping(value: Any) -> Json:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """Return a JSON list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def readable_posts(found: Iterable[Any]) -> Iterator[Json]:
    """Yield the posts of a page that have an id and a time; the log tells of the others."""
    for post in map(as_mapping, found):
        key = post.get("id")
        if not isinstance(key, str) or not _POST_ID.fullmatch(key):
            log.warning("reddit: a post without a usable id was left out: %.80r", key)
        elif read_seconds(post.get("created_utc")) is None:
            log.warning("reddit: post %s has no time and was left out", key)
        else:
            yield post


def is_removed(post: Json) -> bool:
    """Tell whether a post or comment was deleted by its author or removed by anybody."""
    meta = as_mapping(post.get("_meta"))
    told = (post.get("author"), post.get("selftext"), post.get("body"), post.get("title"))
    return (
        any(str(each).strip().lower() in GONE for each in told)
        or bool(post.get("removed_by_category") or post.get("removal_type"))
        or bool(meta.get("was_deleted_later") or meta.get("removal_type"))
    )


def is_plain_text(post: Json) -> bool:
    """Tell whether a post never held a picture."""
    return bool(post.get("is_self")) and not post.get("is_gallery")


def parent_key(post: Json) -> str | None:
    """Return the id of the post that a crosspost shows; null for a post of its own."""
    parent = str(post.get("crosspost_parent") or "").removeprefix("t3_")
    return parent if _POST_ID.fullmatch(parent) else None


def shown_post(post: Json) -> Json:
    """Return the post whose pictures are shown: the first of all parents, else the post."""
    for _level in range(_CHAIN):
        parents = as_list(post.get("crosspost_parent_list"))
        if parent_key(post) is None or not parents:
            break
        post = as_mapping(parents[0])
    return post


def shown_pictures(post: Json) -> list[Picture]:
    """Return the pictures of a post in the order it shows them."""
    shown = shown_post(post)
    metadata = as_mapping(shown.get("media_metadata"))
    gallery = as_list(as_mapping(shown.get("gallery_data")).get("items"))
    if gallery:
        return [_of_gallery(as_mapping(each), metadata) for each in gallery]
    if shown.get("is_self"):
        return inline_pictures(shown, str(shown.get("selftext") or ""))
    single = _single(shown)
    return [] if single is None else [Picture(single)]


def inline_pictures(told: Json, markdown: str) -> list[Picture]:
    """Return the pictures inside a text, in its order, each once; no emotes, no giphy."""
    metadata = as_mapping(told.get("media_metadata"))
    text = html.unescape(markdown)
    captions = {found["key"]: found["caption"] or "" for found in _PICTURE.finditer(text)}
    there = sorted(key for key in metadata if "|" not in key and key in text)
    return [
        _of_metadata(metadata[key], plain_words(captions.get(key)))
        for key in sorted(there, key=text.index)
    ]


def _of_gallery(entry: Json, metadata: Json) -> Picture:
    caption = plain_words(entry.get("caption"))
    return _of_metadata(metadata.get(str(entry.get("media_id"))), caption)


def _of_metadata(entry: Any, caption: str) -> Picture:
    told = as_mapping(entry)
    status, kind = str(told.get("status") or "unknown"), str(told.get("e") or "Image")
    source = as_mapping(told.get("s"))
    if status != "valid":
        return Picture(None, caption, f"Reddit says that its status is {status[:40]!r}")
    if kind == "RedditVideo":
        return Picture(None, caption, "it is a video")
    return Picture(_unescaped(source.get("u") or source.get("gif")), caption)


def _unescaped(address: Any) -> str | None:
    return absolute("", html.unescape(str(address or "")))


def _single(post: Json) -> str | None:
    address = _unescaped(post.get("url_overridden_by_dest") or post.get("url"))
    if address is not None and is_picture_address(address):
        return address
    if post.get("post_hint") != "image":
        return None
    previews = as_list(as_mapping(post.get("preview")).get("images"))
    source = as_mapping(as_mapping(previews[0]).get("source")) if previews else {}
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


def second_of(post: Json) -> int:
    """Return the second since 1970 in which a post was written, 0 if it is not told."""
    written = read_seconds(post.get("created_utc"))
    return 0 if written is None else int(written.timestamp())


def opening_post(post: Json) -> Post:
    """Return the post itself, number 0."""
    return Post(
        number=0,
        author=str(post.get("author") or ""),
        text=plain_words(post.get("selftext")),
        is_starter=True,
        published_at=read_seconds(post.get("created_utc")),
        pictures=tuple(shown_pictures(post)),
    )
