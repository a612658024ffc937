"""Reddit: posts with pictures and their comments."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, Protocol

from pipeline.errors import SourceError
from pipeline.identity import item_id, sha256_json
from pipeline.source_entries import RedditSource
from pipeline.sources.answers import Answer, failed
from pipeline.sources.arctic import ArcticShift
from pipeline.sources.collector import Listed, Row, Shelf, answered, item_row, unchanged, withdrawn
from pipeline.sources.http import HttpClient
from pipeline.sources.names import Names
from pipeline.sources.reddit_comments import Comments
from pipeline.sources.reddit_oauth import Credentials, RedditOAuth
from pipeline.sources.reddit_posts import (
    Json,
    is_plain_text,
    is_removed,
    opening_post,
    parent_key,
    plain_words,
    read_seconds,
    second_of,
    shown_pictures,
    shown_post,
)
from pipeline.sources.threads import Picture, Thread, ThreadFiles

log = logging.getLogger(__name__)

SITE = "https://www.reddit.com"


class Interface(Protocol):
    """Where Reddit's posts are read: an archive, or Reddit itself."""

    def posts(self, subreddit: str, since: int) -> Iterator[Json]:
        """Yield a subreddit's posts from a second on, each id once."""

    def lookup(self, keys: Sequence[str]) -> tuple[Answer, dict[str, Json]]:
        """Return posts by id as they are now."""

    def comments(self, key: str) -> tuple[Answer, Comments]:
        """Return a post's comments."""


class RedditCollector:
    """Lists the posts of subreddits, and fetches each with its comments."""

    name = "reddit"
    version = 2

    def __init__(
        self,
        source_id: str,
        entry: RedditSource,
        client: HttpClient,
        pseudonym_key: str,
        credentials: Credentials | None = None,
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._key = pseudonym_key
        self._interface = _interface(entry, client, credentials)
        self._since = int(datetime.combine(entry.since, time(), UTC).timestamp())

    def list_keys(self) -> Iterator[Listed]:
        """Yield the posts that hold pictures, and those that were removed.

        A crosspost stands for a post of a subreddit that is not listed, and only the first does.

        Raises:
            SourceError: the interface does not answer, or its pages do not advance.
        """
        shown: set[str] = set()
        for subreddit in self._entry.subreddits:
            for post in map(self._with_parent, self._interface.posts(subreddit, self._since)):
                if self._repeats(post, shown):
                    log.info("reddit: post %s shows one that is listed already", post["id"])
                    continue
                pictures, removed = shown_pictures(post), self._is_removed(post)
                if pictures or (removed and not is_plain_text(post)):
                    shown.add(_original(post) or post["id"])
                    yield Listed(post["id"], self._payload(post, pictures, removed=removed))

    def describe(self, listed: Listed) -> Row:
        """Return a post's row; it asks nothing. A crosspost's group is that of its original."""
        told = listed.payload
        why = f"post {listed.source_key} was deleted or removed" if told["deleted"] else None
        original = told["original"]
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=SITE + told["permalink"],
            title=told["title"],
            creator=told["author"],
            published_at=read_seconds(told["created_utc"]),
            group_key=item_id(self._source_id, original) if original else None,
            details={"n_pictures": len(told["pictures"]), "original": original},
            status="deleted" if told["deleted"] else "ok",
            error=why,
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Ask for a post that is no longer listed."""
        key = str(item["source_key"])
        answer, post = self._post_now(item)
        if answer.status == "gone":
            return withdrawn(item, "deleted", f"post {key} was deleted or removed")
        if not answer.ok:
            return answered(item, answer.status, answer.error)
        if post is None:
            return withdrawn(item, "gone", f"post {key} is no longer known at {answer.url}")
        return unchanged(item)

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a post as it is now, its comments and its pictures.

        The post is asked for again: its author's name must be known to be hidden in the replies,
        and a post that was deleted since it was listed must not be kept.
        """
        files = ThreadFiles(self, item, self._client, shelf)
        key = str(item["source_key"])
        answer, post = self._post_now(item)
        if answer.ok and post is None:
            answer = failed(answer.url, "gone", f"post {key} is no longer known")
        if not answer.ok or post is None:
            return [files.failed(answer)]
        answer, comments = self._interface.comments(key)
        if not answer.ok:
            return [files.failed(answer)]
        names = Names(self._key)
        names.add(str(post.get("author") or ""))
        shown = shown_post(post)
        opening = opening_post(shown)
        posts = [opening, *comments.posts(opening.author)]
        thread = Thread(plain_words(shown.get("title")), posts, comments.n_unread)
        return files.store(answer.url, thread, names)

    def _post_now(self, item: Mapping[str, Any]) -> tuple[Answer, Json | None]:
        """Return a post as it is now; the answer is `gone` if it or its original was removed."""
        key = str(item["source_key"])
        original = json.loads(item["details"]).get("original")
        answer, found = self._interface.lookup([key, original] if original else [key])
        post, parent = found.get(key), found.get(str(original))
        if answer.ok and post is not None:
            if parent is not None:
                post = {**post, "crosspost_parent_list": [parent]}
            if self._is_removed(post):
                answer = failed(answer.url, "gone", f"post {key} was deleted or removed")
        return answer, post

    # --- crossposts ------------------------------------------------------------------------

    def _with_parent(self, post: Json) -> Json:
        """Return a crosspost with the post that it shows, asked for if it does not hold it."""
        parent = parent_key(post)
        if parent is None or post.get("crosspost_parent_list"):
            return post
        answer, found = self._interface.lookup([parent])
        if not answer.ok:
            log.warning("reddit: what post %s shows is not known: %s", post["id"], answer.error)
        return {**post, "crosspost_parent_list": [found[parent]]} if parent in found else post

    def _repeats(self, post: Json, shown: set[str]) -> bool:
        """Tell whether a post is a crosspost of one that this source lists itself."""
        original = _original(post)
        if original is None:
            return False
        parent = shown_post(post)
        ours = {each.casefold() for each in self._entry.subreddits}
        is_ours = str(parent.get("subreddit") or "").casefold() in ours
        return original in shown or (is_ours and second_of(parent) >= self._since)

    def _is_removed(self, post: Json) -> bool:
        return is_removed(post) or is_removed(shown_post(post))

    def _payload(self, post: Json, pictures: Sequence[Picture], *, removed: bool) -> dict[str, Any]:
        names = Names(self._key)
        names.add(str(post.get("author") or ""))
        shown = shown_post(post)
        author = names.add(str(shown.get("author") or ""))
        words = [names.hide(plain_words(shown.get(name))) for name in ("title", "selftext")]
        told = [[each.address, each.caption and names.hide(each.caption)] for each in pictures]
        return {
            "author": None if removed else author,
            "title": None if removed else words[0],
            "text_sha256": None if removed else sha256_json(words),
            "permalink": _permalink(post),
            "created_utc": second_of(post),
            "original": _original(post),
            "pictures": [] if removed else told,
            "n_comments": 0 if removed else post.get("num_comments"),
            "deleted": removed,
        }


def _interface(
    entry: RedditSource, client: HttpClient, credentials: Credentials | None
) -> Interface:
    if entry.api == "arctic":
        return ArcticShift(entry.api_url, client)
    if credentials is None:
        raise SourceError(
            "reddit: `api: oauth` needs DERMCURATE_REDDIT_CLIENT_ID and "
            "DERMCURATE_REDDIT_CLIENT_SECRET; set them, or take `api: arctic`"
        )
    return RedditOAuth(entry, client, credentials)


def _original(post: Json) -> str | None:
    """Return the id of the post that a crosspost shows in the end; null for no crosspost."""
    if parent_key(post) is None:
        return None
    shown = shown_post(post)
    return str(shown["id"]) if shown is not post and shown.get("id") else parent_key(post)


def _permalink(post: Json) -> str:
    """Return the post's path; a title's words in it that name the author are cut off."""
    stated = str(post.get("permalink") or "")
    author = str(post.get("author") or "").casefold()
    if stated.startswith("/r/") and author not in stated.casefold():
        return stated
    return f"/r/{post.get('subreddit')}/comments/{post['id']}/"
