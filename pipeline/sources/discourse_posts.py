"""Posts as Discourse's JSON gives them: words without quotes, original pictures, what is hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selectolax.lexbor import LexborNode

from pipeline.sources.markup import (
    absolute,
    classes_of,
    html_text,
    largest_of,
    parse_html,
    read_time,
    walk,
)
from pipeline.sources.names import Names
from pipeline.sources.threads import Picture, Post

_ORDINARY_POST = 1
_QUOTED = frozenset({"quote", "onebox", "onebox-result", "meta", "poll", "signature"})
_ORNAMENT = frozenset({"emoji", "avatar", "site-icon", "thumbnail", "ytp-thumbnail-image"})
_ORNAMENT_PATHS = ("/images/emoji/", "/user_avatar/", "/letter_avatar", "/plugins/")
_SHORT = "upload://"

Json = Mapping[str, Any]


def as_mapping(value: Any) -> Json:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """Return a JSON list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> Iterator[Json]:
    """Yield the objects of a JSON list."""
    return (each for each in as_list(value) if isinstance(each, Mapping))


def is_id(value: Any) -> bool:
    """Tell whether a value can be an id or a number of a post."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def tags_of(topic: Json) -> list[str]:
    """Return a topic's tags, which are objects or, in older versions, strings."""
    told = [each.get("name") if isinstance(each, Mapping) else each for each in _tags(topic)]
    return [each for each in told if isinstance(each, str)]


def _tags(topic: Json) -> list[Any]:
    return as_list(topic.get("tags"))


def is_withdrawn(topic: Json) -> bool:
    """Tell whether a topic, or its first post, was deleted or hidden from everybody."""
    posts = objects(as_mapping(topic.get("post_stream")).get("posts"))
    opening = next((each for each in posts if each.get("post_number") == 1), {})
    return bool(topic.get("deleted_at")) or topic.get("visible") is False or is_hidden(opening)


def is_hidden(post: Json) -> bool:
    """Tell whether a post was deleted by its author, or deleted or hidden by moderators."""
    return bool(post.get("user_deleted") or post.get("deleted_at") or post.get("hidden"))


def posts_of(body: Json) -> list[Json]:
    """Return the posts of an answer that have an id and a number."""
    posts = objects(as_mapping(body.get("post_stream")).get("posts"))
    return [each for each in posts if is_id(each.get("id")) and is_id(each.get("post_number"))]


def read_posts(found: Sequence[Json], names: Names, base: str) -> Iterator[Post]:
    """Yield the ordinary posts of a topic by number, and add all their authors' names.

    Raises:
        MarkupError: the markup of one is nested without end.
    """
    ordinary = [each for each in found if each.get("post_type", 1) == _ORDINARY_POST]
    by_number = {each["post_number"]: each for each in ordinary}
    starter = str(as_mapping(by_number.get(1)).get("username") or "")
    for number, each in sorted(by_number.items()):
        author = str(each.get("username") or "")
        names.add(author, each.get("name"), each.get("display_username"))
        hidden = is_hidden(each)
        body = None if hidden else parse_html(str(each.get("cooked") or "")).body
        yield Post(
            number=number,
            author=author,
            text=html_text(body, _is_quoted) if body is not None else "",
            is_starter=bool(starter) and author == starter,
            published_at=read_time(each.get("created_at")),
            pictures=tuple(cooked_pictures(body, base)) if body is not None else (),
            deleted=hidden,
        )


def cooked_pictures(body: LexborNode, base: str) -> list[Picture]:
    """Return the pictures of a post in order: the originals behind lightboxes, else as shown."""
    found: list[str] = []
    for node in walk(body, _is_quoted):
        address = None
        if node.tag == "a" and "lightbox" in classes_of(node):
            address = _absolute(base, node.attributes.get("href"))
        elif node.tag == "img" and not _is_ornament(node) and not _in_lightbox(node):
            told = node.attributes
            largest = largest_of(told.get("srcset"))
            source = told.get("data-orig-src") or largest or told.get("src")
            address = _absolute(base, source)
        if address is not None and address not in found:
            found.append(address)
    return [Picture(address) for address in found]


def _absolute(base: str, href: str | None) -> str | None:
    """Resolve a link; `upload://` is Discourse's short form of an upload's address."""
    if href is not None and href.startswith(_SHORT):
        href = f"/uploads/short-url/{href.removeprefix(_SHORT)}"
    return absolute(base, href)


def _is_quoted(node: LexborNode) -> bool:
    """Tell whether an element holds words of somebody else, or of the forum."""
    return bool(classes_of(node) & _QUOTED) or node.tag == "blockquote"


def _is_ornament(node: LexborNode) -> bool:
    address = node.attributes.get("src") or ""
    return bool(classes_of(node) & _ORNAMENT) or any(part in address for part in _ORNAMENT_PATHS)


def _in_lightbox(node: LexborNode) -> bool:
    around = node.parent
    return around is not None and around.tag == "a" and "lightbox" in classes_of(around)
