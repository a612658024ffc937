"""Lists of videos: playlists, channels, and searches for Creative Commons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from pipeline.source_entries import YouTubeSource
from pipeline.sources.youtube_facts import HOME

_CC_FILTER = "EgIwAQ%3D%3D"  # the search filter "Creative Commons"
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_WITHHELD = ("[Private video]", "[Deleted video]")  # how a list names what it no longer shows


@dataclass(frozen=True, slots=True)
class VideoList:
    """A list that the catalog asks for: what it is, its name, its address, and how much of it."""

    kind: str
    name: str
    url: str
    most: int

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r}"


def lists_of(entry: YouTubeSource) -> Iterator[VideoList]:
    """Yield playlists and channels, which a person chose, before searches."""
    for name in entry.playlists:
        yield VideoList("playlist", name, f"{HOME}/playlist?list={name}", entry.per_list)
    for name in entry.channels:
        path = name if name.startswith("@") else f"channel/{name}"
        yield VideoList("channel", name, f"{HOME}/{path}/videos", entry.per_list)
    for words in entry.all_searches:
        url = f"{HOME}/results?search_query={quote_plus(words)}&sp={_CC_FILTER}"
        yield VideoList("search", words, url, entry.per_search)


def video_ids(found: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return the ids of the videos in a list, each with whether the list still shows it.

    Channels and playlists among them are left out.
    """
    entries = (entry for entry in found.get("entries") or () if isinstance(entry, Mapping))
    return [
        (str(entry["id"]), entry.get("title") not in _WITHHELD)
        for entry in entries
        if _VIDEO_ID.fullmatch(str(entry.get("id")))
    ]
