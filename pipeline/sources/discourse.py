"""Discourse forums: topics from the listing, all posts of each, original pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import SourceError
from pipeline.source_entries import DiscourseSource
from pipeline.sources.answers import Answer, failed
from pipeline.sources.collector import Listed, Row, Shelf, answered, item_row, withdrawn
from pipeline.sources.discourse_posts import (
    Json,
    as_list,
    as_mapping,
    is_id,
    is_withdrawn,
    objects,
    posts_of,
    read_posts,
    tags_of,
)
from pipeline.sources.http import HttpClient
from pipeline.sources.markup import MarkupError, read_time
from pipeline.sources.names import Names
from pipeline.sources.threads import MAX_POSTS, Thread, ThreadFiles

log = logging.getLogger(__name__)

CHUNK = 20


class DiscourseCollector:
    """Lists topics from the newest to the oldest, and fetches each with all its posts."""

    name = "discourse"
    version = 2

    def __init__(
        self, source_id: str, entry: DiscourseSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._key = pseudonym_key
        self._base = entry.base_url.rstrip("/")

    def list_keys(self) -> Iterator[Listed]:
        """Yield the topics that everybody may see, of the categories and tags of the entry.

        Raises:
            SourceError: the forum does not answer, or its pages repeat themselves.
        """
        given: set[int] = set()
        for path in self._listings():
            for topic, body in self._topics(path):
                if topic["id"] not in given and self._is_wanted(topic):
                    given.add(topic["id"])
                    yield self._listed(topic, body)

    def describe(self, listed: Listed) -> Row:
        """Return a topic's row; it asks nothing."""
        told = listed.payload
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=f"{self._base}/t/{listed.source_key}",
            title=told["title"],
            creator=told["author"],
            published_at=read_time(told["created_at"]),
            details={"n_posts": told["n_posts"], "tags": told["tags"]},
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Ask for a topic that is no longer listed."""
        key = str(item["source_key"])
        answer, body = self._ask(f"/t/{key}.json")
        if answer.ok and is_withdrawn(body):
            return withdrawn(item, "deleted", f"topic {key} was deleted or hidden")
        return answered(item, answer.status, answer.error)

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a topic, its posts beyond the first twenty, and the pictures of all."""
        files = ThreadFiles(self, item, self._client, shelf)
        answer, found, n_unread = self._topic_posts(str(item["source_key"]))
        if not answer.ok:
            return [files.failed(answer)]
        names = Names(self._key)
        try:
            posts = list(read_posts(found, names, self._base + "/"))
        except MarkupError as fault:
            return [files.failed(failed(answer.url, "malformed", str(fault)))]
        thread = Thread(str(item["title"] or ""), posts, n_unread)
        return files.store(answer.url, thread, names)

    # --- listings --------------------------------------------------------------------------

    def _listings(self) -> list[str]:
        """Return the listings to read: of categories, else of tags, else of the whole forum."""
        if self._entry.categories:
            return [f"/c/{each}.json" for each in self._entry.categories]
        return [f"/tag/{each}.json" for each in self._entry.tags] or ["/latest.json"]

    def _topics(self, path: str) -> Iterator[tuple[Json, Json]]:
        """Yield the topics of a listing, each once, with the answer that they stand in."""
        seen: set[int] = set()
        for page in range(self._entry.max_pages):
            answer, body = self._ask(path, {"order": "created", "page": page})
            if not answer.ok:
                raise SourceError(
                    f"discourse: {self._base}{path} cannot be listed: {answer.error}; "
                    "run collect later"
                )
            listing = as_mapping(body.get("topic_list"))
            topics = [each for each in objects(listing.get("topics")) if is_id(each.get("id"))]
            fresh = [each for each in topics if each["id"] not in seen]
            seen.update(each["id"] for each in fresh)
            yield from ((each, body) for each in fresh)
            if not listing.get("more_topics_url"):
                return
            if not fresh:
                raise SourceError(
                    f"discourse: page {page} of {self._base}{path} promises more topics but holds "
                    "no new one; the listing does not end, run collect later"
                )
        log.info("discourse: %s%s is read to page %d, as max_pages says", self._base, path, page)

    def _is_wanted(self, topic: Json) -> bool:
        if topic.get("visible") is False or topic.get("deleted_at"):
            log.info("discourse: topic %d is not for everybody and was left out", topic["id"])
            return False
        wanted = {each.casefold() for each in self._entry.tags}
        return not wanted or bool(wanted & {each.casefold() for each in tags_of(topic)})

    def _listed(self, topic: Json, body: Json) -> Listed:
        names = Names(self._key)
        users = {each.get("id"): each for each in objects(body.get("users"))}
        for user in users.values():
            names.add(str(user.get("username") or ""), user.get("name"))
        posters = list(objects(topic.get("posters")))
        starter = users.get(posters[0].get("user_id")) if posters else None
        told = {
            "title": names.hide(str(topic.get("title") or "")),
            "author": names.add(str(starter.get("username"))) if starter else None,
            "created_at": topic.get("created_at"),
            "last_posted_at": topic.get("last_posted_at"),
            "n_posts": topic.get("posts_count"),
            "tags": tags_of(topic),
        }
        return Listed(str(topic["id"]), told)

    # --- one topic -------------------------------------------------------------------------

    def _ask(self, path: str, params: Mapping[str, Any] | None = None) -> tuple[Answer, Json]:
        answer = self._client.get(self._base + path, params=params, expect="json")
        if not answer.ok:
            return answer, {}
        try:
            body = answer.json()
        except ValueError as fault:
            return failed(answer.url, "malformed", f"it cannot be read as JSON ({fault})"), {}
        if not isinstance(body, dict):
            return failed(answer.url, "malformed", "the answer is no JSON object"), {}
        return answer, body

    def _topic_posts(self, key: str) -> tuple[Answer, list[Json], int]:
        """Return the first answer, or the first that failed, the posts, and how many lack."""
        first, body = self._ask(f"/t/{key}.json")
        if not first.ok:
            return first, [], 0
        if is_withdrawn(body):
            return failed(first.url, "gone", f"topic {key} was deleted or hidden"), [], 0
        posts = {each["id"]: each for each in posts_of(body)}
        stream = as_list(as_mapping(body.get("post_stream")).get("stream"))
        listed = list(dict.fromkeys(each for each in stream if is_id(each)))
        rest = [each for each in listed[:MAX_POSTS] if each not in posts]
        for start in range(0, len(rest), CHUNK):
            chunk = [str(each) for each in rest[start : start + CHUNK]]
            answer, more = self._ask(f"/t/{key}/posts.json", {"post_ids[]": chunk})
            if not answer.ok:
                return answer, [], 0
            posts.update({each["id"]: each for each in posts_of(more)})
        if not posts:
            return failed(first.url, "malformed", f"topic {key} holds no posts"), [], 0
        return first, list(posts.values()), sum(each not in posts for each in listed)
