"""Forum threads to pictures, and to what the poster and the others say about them.

Reads items, media. Writes images, texts, pairs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import NotFoundError
from pipeline.extract.extracted import Extracted, Row
from pipeline.extract.language import language_of
from pipeline.images.decode import PictureError, decode_picture, failed_row, picture_row
from pipeline.store import MediaStore

LOCATOR = "thread"
MAX_REPLIES = 10
CAPTION_SCORE = 0.95
POST_SCORE = 0.9
TITLE_SCORE = 0.6
REPLY_SCORE = 0.4


@dataclass(frozen=True, slots=True)
class _Post:
    number: int
    is_starter: bool
    text: str
    pictures: tuple[str, ...]
    captions: tuple[str, ...]


def extract_thread(
    item: Mapping[str, Any],
    files: list[Mapping[str, Any]],
    media: MediaStore,
    _options: Mapping[str, Any],
) -> Extracted:
    """Extract a thread. One that cannot be read is one row of images with the locator `thread`.

    The words of a post go with all its own pictures, what stands under one picture with that one
    alone, and the title with those of the opening post. A post without pictures answers the
    pictures before it; the first ten replies by others are taken. What the starter and the others
    say stays apart: `speaker` tells who. Each passage has the language that it is written in.
    Deleted posts say nothing.
    """
    extracted = Extracted()
    record = next((each for each in files if each["role"] == "record"), None)
    if record is None:
        return extracted
    if record["status"] != "ok":
        row = failed_row(item, LOCATOR, "not_fetched", str(record["error"]))
        extracted.images.append(row)
        return extracted
    try:
        title, posts = _read_record(media.get(str(record["sha256"])))
    except NotFoundError as fault:
        extracted.images.append(failed_row(item, LOCATOR, "missing_media", str(fault)))
    except (ValueError, LookupError, TypeError, AttributeError) as fault:
        why = f"the stored thread cannot be read ({type(fault).__name__}); collect it again"
        row = failed_row(item, LOCATOR, "undecodable", why, str(record["sha256"]))
        extracted.images.append(row)
    else:
        reading = _Reading(item, {str(each["name"]): each for each in files}, media, extracted)
        reading.read(title, posts)
    return extracted


def _read_record(content: bytes) -> tuple[str, list[_Post]]:
    """Return the title, empty if the opening post was deleted, and the posts that stand."""
    told = json.loads(content)
    posts = [_read_post(each) for each in told["posts"] if not each["deleted"]]
    opening = told["posts"][0]
    return "" if opening["deleted"] else str(told["title"]), _without_late_replies(posts)


def _read_post(told: Mapping[str, Any]) -> _Post:
    pictures = tuple(str(each) for each in told["pictures"])
    captions = tuple(str(each) for each in told.get("captions", ()))
    if captions and len(captions) != len(pictures):
        raise ValueError("a post has not as many captions as pictures")
    return _Post(
        number=int(told["number"]),
        is_starter=bool(told["is_starter"]),
        text=str(told["text"]),
        pictures=pictures,
        captions=captions or ("",) * len(pictures),
    )


def _without_late_replies(posts: list[_Post]) -> list[_Post]:
    """Leave out replies by others after the first ten, unless they hold pictures."""
    kept = []
    n_replies = 0
    for post in posts:
        if not post.is_starter and not post.pictures:
            n_replies += bool(post.text)
            if n_replies > MAX_REPLIES or not post.text:
                continue
        kept.append(post)
    return kept


@dataclass(frozen=True, slots=True)
class _Reading:
    """The reading of one thread."""

    item: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]
    media: MediaStore
    extracted: Extracted

    def read(self, title: str, posts: list[_Post]) -> None:
        title_id = self._text("title", "title", title, is_starter=True)
        texts = {post.number: self._words(post) for post in posts}
        for place, post in enumerate(posts):
            for name, caption in zip(post.pictures, post.captions, strict=True):
                row = self._image(name)
                self.extracted.images.append(row)
                if row["status"] != "ok":
                    continue
                caption_id = self._text(
                    f"{name}/caption", "subcaption", caption, is_starter=post.is_starter
                )
                self._pair(row, caption_id, "picture_caption", CAPTION_SCORE)
                self._pair(row, texts[post.number], "same_post", POST_SCORE)
                if place == 0:
                    self._pair(row, title_id, "same_post", TITLE_SCORE)
                for later in posts[place + 1 :]:
                    # a post with pictures of its own speaks about those
                    if not later.pictures:
                        self._pair(row, texts[later.number], "reply", REPLY_SCORE)

    def _words(self, post: _Post) -> str | None:
        kind = "post" if post.is_starter else "reply"
        return self._text(f"p{post.number}", kind, post.text, is_starter=post.is_starter)

    def _text(self, locator: str, kind: str, text: str, *, is_starter: bool) -> str | None:
        if not text.strip():
            return None
        speaker = "author" if is_starter else "other"
        return self.extracted.add_text(
            self.item, locator, kind, text, speaker=speaker, language=language_of(text)
        )

    def _pair(self, row: Row, text: str | None, method: str, score: float) -> None:
        if text is not None:
            self.extracted.pair(self.item, row["image_id"], text, method, score)

    def _image(self, name: str) -> Row:
        file = self.files.get(name)
        if file is None:
            why = f"the thread names the picture {name}, which was never asked for"
            return failed_row(self.item, name, "missing_media", why)
        if file["status"] != "ok":
            return failed_row(self.item, name, "not_fetched", str(file["error"]))
        sha256 = str(file["sha256"])
        try:
            pixels = decode_picture(self.media.get(sha256))
        except NotFoundError as fault:
            return failed_row(self.item, name, "missing_media", str(fault), sha256)
        except PictureError as fault:
            return failed_row(self.item, name, fault.status, str(fault), sha256)
        return picture_row(self.item, name, sha256, pixels, self.media)
