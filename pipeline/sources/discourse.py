"""Discourse forums: topics from the listing, all posts of each, original pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborNode

from pipeline.errors import SourceError
from pipeline.source_entries import DiscourseSource
from pipeline.sources.answers import Answer, failed
from pipeline.sources.collector import Listed, Row, Shelf, answered, item_row, withdrawn
from pipeline.sources.http import HttpClient
from pipeline.sources.markup import (
    MarkupError,
    absolute,
    classes_of,
    html_text,
    parse_html,
    read_time,
    walk,
)
from pipeline.sources.threads import (
    MAX_POSTS,
    Names,
    Post,
    ThreadFiles,
    thread_record,
)

log = logging.getLogger(__name__)

CHUNK = 20
_ORDINARY_POST = 1
_QUOTED = frozenset({"quote", "onebox", "onebox-result", "meta", "poll", "signature"})
_ORNAMENT = frozenset({"emoji", "avatar", "site-icon", "thumbnail", "ytp-thumbnail-image"})
_ORNAMENT_PATHS = ("/images/emoji/", "/user_avatar/", "/letter_avatar", "/plugins/")

Json = Mapping[str, Any]


class DiscourseCollector:
    """Lists topics from the newest to the oldest, and fetches each with all its posts."""

    name = "discourse"
    version = 1

    def __init__(
        self, source_id: str, entry: DiscourseSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._key = pseudonym_key
        self._base = entry.base_url.rstrip("/")

    def list_keys(self) -> Iterator[Listed]:
        """Yield the topics that everybody may see.

        Raises:
            SourceError: the forum does not answer, or its pages repeat themselves.
        """
        seen: set[int] = set()
        for page in range(self._entry.max_pages):
            answer, body = self._ask("/latest.json", {"order": "created", "page": page})
            if not answer.ok:
                raise SourceError(
                    f"discourse: {self._base} cannot be listed: {answer.error}; run collect later"
                )
            listing = _mapping(body.get("topic_list"))
            topics = [each for each in _objects(listing.get("topics")) if _is_id(each.get("id"))]
            fresh = [each for each in topics if each["id"] not in seen]
            seen.update(each["id"] for each in fresh)
            yield from self._visible(fresh, body)
            if not listing.get("more_topics_url"):
                return
            if not fresh:
                raise SourceError(
                    f"discourse: page {page} of {self._base} promises more topics but holds no "
                    "new one; the listing does not end, run collect later"
                )
        log.info("discourse: %s is read to page %d, as max_pages says", self._base, page)

    def describe(self, listed: Listed) -> Row:
        """Return a topic's row; it asks nothing."""
        told = listed.payload
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=f"{self._base}/t/{told['slug']}/{listed.source_key}",
            title=told["title"],
            creator=told["author"],
            published_at=read_time(told["created_at"]),
            details={"n_posts": told["n_posts"]},
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Ask for a topic that is no longer listed."""
        answer, body = self._ask(f"/t/{item['source_key']}.json")
        if answer.ok and (body.get("deleted_at") or body.get("visible") is False):
            return withdrawn(item, "deleted", f"topic {item['source_key']} was deleted or hidden")
        return answered(item, answer.status, answer.error)

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a topic, its posts beyond the first twenty, and the pictures of all."""
        files = ThreadFiles(self, item, self._client, shelf)
        answer, found = self._topic_posts(str(item["source_key"]))
        if not answer.ok:
            return [files.failed(answer)]
        names = Names(self._key)
        try:
            posts = list(self._read_posts(found, names))
        except MarkupError as fault:
            return [files.failed(failed(answer.url, "malformed", str(fault)))]
        record = thread_record(str(item["title"] or ""), posts, names)
        return files.store(answer.url, record, posts)

    # --- the forum -------------------------------------------------------------------------

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

    def _visible(self, topics: list[Json], body: Json) -> Iterator[Listed]:
        users = {each.get("id"): each for each in _objects(body.get("users"))}
        names = Names(self._key)
        for user in users.values():
            names.add(str(user.get("username") or ""), user.get("name"))
        for topic in topics:
            if topic.get("visible") is False or topic.get("deleted_at"):
                log.info("discourse: topic %d is not for everybody and was left out", topic["id"])
                continue
            posters = list(_objects(topic.get("posters")))
            starter = users.get(posters[0].get("user_id")) if posters else None
            yield Listed(
                str(topic["id"]),
                {
                    "title": names.hide(str(topic.get("title") or "")),
                    "slug": str(topic.get("slug") or "-"),
                    "author": names.add(str(starter.get("username"))) if starter else None,
                    "created_at": topic.get("created_at"),
                    "last_posted_at": topic.get("last_posted_at"),
                    "n_posts": topic.get("posts_count"),
                },
            )

    def _topic_posts(self, key: str) -> tuple[Answer, list[Json]]:
        """Return the first answer, or the first that failed, and the posts of all answers."""
        first, body = self._ask(f"/t/{key}.json")
        if not first.ok:
            return first, []
        if body.get("deleted_at"):
            return failed(first.url, "gone", f"topic {key} was deleted"), []
        stream = _mapping(body.get("post_stream"))
        posts = {each["id"]: each for each in _posts_of(body)}
        listed = [each for each in _list(stream.get("stream")) if _is_id(each)]
        rest = [each for each in listed[:MAX_POSTS] if each not in posts]
        for start in range(0, len(rest), CHUNK):
            chunk = [str(each) for each in rest[start : start + CHUNK]]
            answer, more = self._ask(f"/t/{key}/posts.json", {"post_ids[]": chunk})
            if not answer.ok:
                return answer, []
            posts.update({each["id"]: each for each in _posts_of(more)})
        if not posts:
            return failed(first.url, "malformed", f"topic {key} holds no posts"), []
        return first, list(posts.values())

    def _read_posts(self, found: list[Json], names: Names) -> Iterator[Post]:
        ordinary = [each for each in found if each.get("post_type", 1) == _ORDINARY_POST]
        by_number = {each["post_number"]: each for each in ordinary if _is_id(each["post_number"])}
        starter = str(_mapping(by_number.get(1)).get("username") or "")
        for number, each in sorted(by_number.items()):
            author = str(each.get("username") or "")
            names.add(author, each.get("name"), each.get("display_username"))
            hidden = bool(each.get("user_deleted") or each.get("deleted_at") or each.get("hidden"))
            body = parse_html(str(each.get("cooked") or "")).body
            seen = body is not None and not hidden
            yield Post(
                number=number,
                author=author,
                text=html_text(body, _is_quoted) if seen and body else "",
                is_starter=bool(starter) and author == starter,
                published_at=read_time(each.get("created_at")),
                pictures=tuple(cooked_pictures(body, self._base + "/")) if seen and body else (),
                deleted=hidden,
            )


def cooked_pictures(body: LexborNode, base: str) -> list[str]:
    """Return the pictures of a post in order: the originals behind lightboxes, else as shown."""
    found: list[str] = []
    for node in walk(body, _is_quoted):
        address = None
        if node.tag == "a" and "lightbox" in classes_of(node):
            address = absolute(base, node.attributes.get("href"))
        elif node.tag == "img" and not _is_ornament(node) and not _in_lightbox(node):
            address = absolute(base, node.attributes.get("src"))
        if address is not None and address not in found:
            found.append(address)
    return found


def _is_quoted(node: LexborNode) -> bool:
    """Tell whether an element holds words of somebody else, or of the forum."""
    return bool(classes_of(node) & _QUOTED) or node.tag == "blockquote"


def _is_ornament(node: LexborNode) -> bool:
    address = node.attributes.get("src") or ""
    return bool(classes_of(node) & _ORNAMENT) or any(part in address for part in _ORNAMENT_PATHS)


def _in_lightbox(node: LexborNode) -> bool:
    around = node.parent
    return around is not None and around.tag == "a" and "lightbox" in classes_of(around)


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> Iterator[Json]:
    return (each for each in _list(value) if isinstance(each, Mapping))


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _posts_of(body: Json) -> list[Json]:
    posts = _objects(_mapping(body.get("post_stream")).get("posts"))
    return [each for each in posts if _is_id(each.get("id")) and _is_id(each.get("post_number"))]
