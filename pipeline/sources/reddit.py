"""Reddit: posts with pictures and their comments, through the Arctic Shift archive."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any

from pipeline.errors import SourceError
from pipeline.identity import sha256_json
from pipeline.source_entries import RedditSource
from pipeline.sources.answers import Answer, failed
from pipeline.sources.collector import Listed, Row, Shelf, answered, item_row, unchanged, withdrawn
from pipeline.sources.http import HttpClient
from pipeline.sources.reddit_posts import (
    Json,
    is_plain_text,
    is_removed,
    opening_post,
    picture_addresses,
    plain_words,
    read_seconds,
    replies,
    shown_post,
)
from pipeline.sources.threads import Names, ThreadFiles, thread_record

log = logging.getLogger(__name__)

PAGE = 100
SITE = "https://www.reddit.com"
_POST_ID = re.compile(r"[a-z0-9_]{1,24}")


class RedditCollector:
    """Lists posts in the order they were written, and fetches each with its comments."""

    name = "reddit"
    version = 1

    def __init__(
        self, source_id: str, entry: RedditSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._key = pseudonym_key
        self._api = entry.api_url.rstrip("/").removesuffix("/api")
        self._since = int(datetime.combine(entry.since, time(), UTC).timestamp())

    def list_keys(self) -> Iterator[Listed]:
        """Yield the posts that hold pictures, and those that were removed.

        Raises:
            SourceError: the archive does not answer, or its pages do not advance.
        """
        seen: set[str] = set()
        for subreddit in self._entry.subreddits:
            for post in self._posts(subreddit, seen):
                pictures = picture_addresses(post)
                removed = is_removed(post) or is_removed(shown_post(post))
                if not pictures and (not removed or is_plain_text(post)):
                    continue
                if self._repeats(post, seen):
                    log.info("reddit: post %s shows one that is listed too", post["id"])
                    continue
                yield Listed(post["id"], self._payload(post, pictures, removed=removed))

    def describe(self, listed: Listed) -> Row:
        """Return a post's row; it asks nothing."""
        told = listed.payload
        why = f"post {listed.source_key} was deleted or removed" if told["deleted"] else None
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=SITE + told["permalink"],
            title=told["title"],
            creator=told["author"],
            published_at=read_seconds(told["created_utc"]),
            details={"n_pictures": len(told["pictures"])},
            status="deleted" if told["deleted"] else "ok",
            error=why,
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Ask for a post that the archive no longer lists."""
        key = str(item["source_key"])
        answer, found = self._ask("/api/posts/ids", {"ids": key})
        if not answer.ok:
            return answered(item, answer.status, answer.error)
        post = next((each for each in _objects(found) if each.get("id") == key), None)
        if post is None or is_removed(post) or is_removed(shown_post(post)):
            return withdrawn(item, "deleted", f"post {key} was deleted or removed")
        return unchanged(item)

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a post as it is now, its comments and its pictures.

        The post is asked for again: its author's name must be known to be hidden in the replies,
        and a post that was deleted since it was listed must not be kept.
        """
        files = ThreadFiles(self, item, self._client, shelf)
        key = str(item["source_key"])
        answer, found = self._ask("/api/posts/ids", {"ids": key})
        post = next((each for each in _objects(found) if each.get("id") == key), None)
        if answer.ok and (post is None or is_removed(post) or is_removed(shown_post(post))):
            answer = failed(answer.url, "gone", f"post {key} was deleted or removed")
        if not answer.ok or post is None:
            return [files.failed(answer)]
        answer, tree = self._ask("/api/comments/tree", {"link_id": f"t3_{key}", "limit": 9999})
        if not answer.ok:
            return [files.failed(answer)]
        names = Names(self._key)
        opening = opening_post(post)
        posts = [opening, *replies(tree, opening.author)]
        record = thread_record(plain_words(post.get("title")), posts, names)
        return files.store(answer.url, record, posts)

    # --- the archive -----------------------------------------------------------------------

    def _ask(self, path: str, params: Mapping[str, str | int]) -> tuple[Answer, list[Any]]:
        """Ask the archive's interface, which is documented for programs."""
        answer = self._client.get(self._api + path, params=params, expect="json", robots=False)
        if not answer.ok:
            return answer, []
        try:
            body = answer.json()
        except ValueError as fault:
            return failed(answer.url, "malformed", f"it cannot be read as JSON ({fault})"), []
        told = body if isinstance(body, dict) else {}
        if told.get("error"):
            why = f"the archive says: {str(told['error'])[:200]}"
            return failed(answer.url, "server_error", why, answer.http_status), []
        if not isinstance(told.get("data"), list):
            return failed(answer.url, "malformed", "the answer has no list `data`"), []
        return answer, told["data"]

    def _posts(self, subreddit: str, seen: set[str]) -> Iterator[Json]:
        """Yield a subreddit's posts, each id once; `seen` grows by them."""
        cursor, is_first = self._since, True
        while True:
            # one second back: posts of the same second may stand on both sides of a page's end
            answer, page = self._ask(
                "/api/posts/search",
                {"subreddit": subreddit, "after": cursor - 1, "limit": PAGE, "sort": "asc"},
            )
            if not answer.ok:
                raise SourceError(
                    f"reddit: r/{subreddit} cannot be listed: {answer.error}; run collect later"
                )
            fresh = [post for post in self._readable(page) if post["id"] not in seen]
            newest = max((_second(post) for post in fresh), default=cursor)
            for post in fresh:
                seen.add(post["id"])
                yield post
            if not fresh and len(page) < PAGE:
                return
            if not fresh or (newest <= cursor and not is_first):
                raise SourceError(
                    f"reddit: the listing of r/{subreddit} does not advance past second {cursor}; "
                    "the archive does not keep to `after`, run collect later"
                )
            cursor, is_first = newest, False

    def _readable(self, page: list[Any]) -> Iterator[Json]:
        for post in _objects(page):
            key = post.get("id")
            if not isinstance(key, str) or not _POST_ID.fullmatch(key):
                log.warning("reddit: a post without a usable id was left out: %.80r", key)
            elif read_seconds(post.get("created_utc")) is None:
                log.warning("reddit: post %s has no time and was left out", key)
            elif _second(post) >= self._since:
                yield post

    def _repeats(self, post: Json, seen: set[str]) -> bool:
        """Tell whether a post is a crosspost of one that this source lists itself."""
        parent = str(post.get("crosspost_parent") or "").removeprefix("t3_")
        if not parent:
            return False
        shown = shown_post(post)
        ours = {each.casefold() for each in self._entry.subreddits}
        written = read_seconds(shown.get("created_utc"))
        is_ours = str(shown.get("subreddit") or "").casefold() in ours
        return parent in seen or (
            is_ours and written is not None and int(written.timestamp()) >= self._since
        )

    def _payload(self, post: Json, pictures: list[str | None], *, removed: bool) -> dict[str, Any]:
        names = Names(self._key)
        author = str(post.get("author") or "")
        hidden = names.add(author)
        words = [names.hide(plain_words(post.get(name))) for name in ("title", "selftext")]
        return {
            "author": None if removed else hidden,
            "title": None if removed else words[0],
            "text_sha256": None if removed else sha256_json(words),
            "permalink": _permalink(post),
            "created_utc": _second(post),
            "pictures": [] if removed else pictures,
            "n_comments": 0 if removed else post.get("num_comments"),
            "deleted": removed,
        }


def _objects(found: list[Any]) -> Iterator[Json]:
    return (each for each in found if isinstance(each, Mapping))


def _second(post: Json) -> int:
    written = read_seconds(post.get("created_utc"))
    return 0 if written is None else int(written.timestamp())


def _permalink(post: Json) -> str:
    """Return the post's path; a title's words in it that name the author are cut off."""
    stated = str(post.get("permalink") or "")
    author = str(post.get("author") or "").casefold()
    if stated.startswith("/r/") and author not in stated.casefold():
        return stated
    return f"/r/{post.get('subreddit')}/comments/{post['id']}/"
