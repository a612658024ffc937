"""Comments of a Reddit post: a tree, in parts, put together and read in a reader's order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.sources.reddit_posts import (
    GONE,
    Json,
    as_list,
    as_mapping,
    inline_pictures,
    is_removed,
    plain_words,
    read_seconds,
)
from pipeline.sources.threads import MAX_POSTS, Post

_BOTS = frozenset({"AutoModerator"})


class Comments:
    """The comments of one post. Those that the interface only counts are in ``waiting``."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._below: dict[str, list[tuple[str, Json]]] = {}
        self._names: set[str] = {root}
        self._n_counted = 0
        self.waiting: list[str] = []

    @property
    def n_unread(self) -> int:
        """How many comments are counted but not here."""
        return self._n_counted + len(self.waiting)

    def add_tree(self, found: Any) -> None:
        """Add a list of comments, each with its answers below it."""
        levels = [(self._root, as_list(found))]
        while levels:
            parent, children = levels.pop()
            for each in map(as_mapping, children):
                told = as_mapping(each.get("data"))
                if each.get("kind") == "more":
                    self._count(told)
                elif each.get("kind") == "t1" and (name := self._add(parent, told)) is not None:
                    below = as_mapping(as_mapping(told.get("replies")).get("data"))
                    levels.append((name, as_list(below.get("children"))))

    def add_things(self, found: Any) -> None:
        """Add comments that came in a flat list, each of which names the one it answers."""
        for each in map(as_mapping, as_list(found)):
            told = as_mapping(each.get("data"))
            parent = str(told.get("parent_id"))
            if each.get("kind") == "more":
                self._count(told)
            elif each.get("kind") == "t1":
                self._add(parent if parent in self._names else self._root, told)

    def give_up(self, keys: list[str]) -> None:
        """Count comments that were asked for in vain."""
        self._n_counted += len(keys)

    def holds(self, key: str) -> bool:
        """Tell whether a comment is here."""
        return f"t1_{key}" in self._names

    def posts(self, starter: str) -> Iterator[Post]:
        """Yield the comments in the order a reader meets them, numbered from 1."""
        waiting = list(reversed(self._below.get(self._root, [])))
        number = 0
        while waiting and number < MAX_POSTS:
            name, told = waiting.pop()
            waiting.extend(reversed(self._below.get(name, [])))
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
                pictures=tuple(inline_pictures(told, str(told.get("body") or ""))),
                deleted=is_removed(told),
            )

    def _add(self, parent: str, told: Json) -> str | None:
        """Add a comment below another; one that is here already has no second place."""
        name = f"t1_{told['id']}" if told.get("id") else f"#{len(self._names)}"
        if name in self._names:
            return None
        self._names.add(name)
        self._below.setdefault(parent, []).append((name, told))
        return name

    def _count(self, told: Json) -> None:
        """Take note of a `more`: ids to be asked for, or, without ids, a branch to be counted."""
        keys = [str(each) for each in as_list(told.get("children")) if str(each) != "_"]
        if keys:
            self.waiting += [key for key in keys if not self.holds(key)]
        else:
            self._n_counted += 1
