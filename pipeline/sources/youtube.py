"""YouTube: lectures under Creative Commons, with their captions, by yt-dlp's own extractor."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote_plus

from pipeline.errors import SourceError
from pipeline.identity import canonical_json
from pipeline.licences import YOUTUBE_CC
from pipeline.source_entries import YouTubeSource
from pipeline.sources import youtube_facts as facts
from pipeline.sources.collector import Listed, Row, Shelf, item_row, media_row
from pipeline.sources.hosts import Host
from pipeline.sources.http import HttpClient
from pipeline.sources.youtube_faults import VideoError

if TYPE_CHECKING:
    from pipeline.sources.youtube_session import Video

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ATTEMPTS = 4
MAX_REFUSALS = 5  # videos in a row that YouTube refuses for asking too much
CC_FILTER = "EgIwAQ%3D%3D"  # the search filter "Creative Commons"
_FILES = {
    "info.json": ("record", "application/json"),
    "captions.json3": ("captions", "application/json"),
    "video.mp4": ("video", "video/mp4"),
}
_PASSING = frozenset({"rate_limited", "server_error", "network_error"})
_ITEM_STATUS = {"gone": "gone", "not_found": "gone", "malformed": "malformed"}


class YouTubeCollector:
    """Collects the videos of searches whose full extraction states the Creative Commons licence."""

    name = "youtube"
    version = 1

    def __init__(
        self,
        source_id: str,
        entry: YouTubeSource,
        client: HttpClient,
        pseudonym_key: str,
        *,
        cookies: Path | None = None,
        patience_s: float | None = None,
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._cookies = cookies
        self._pause_s = min(0.75, 1 / entry.rate.requests_per_second)
        # a 429 of YouTube lasts; where the entry asks fast, nobody means that
        self._patience_s = self._pause_s * 40 if patience_s is None else patience_s
        self._host = Host(entry.rate)
        self._lock = threading.Lock()
        self._refusals = 0

    # --- listing ---------------------------------------------------------------------------

    def list_keys(self) -> Iterator[Listed]:
        """Yield the videos of all searches, each once.

        Raises:
            SourceError: YouTube does not answer a search.
        """
        seen: set[str] = set()
        for words in self._entry.searches:
            for video_id in self._search(words):
                if video_id not in seen:
                    seen.add(video_id)
                    yield Listed(video_id)

    def _search(self, words: str) -> list[str]:
        url = f"https://www.youtube.com/results?search_query={quote_plus(words)}&sp={CC_FILTER}"
        # one search in two pages at least: yt-dlp makes a list only of more than one entry
        most = max(2, self._entry.per_search)
        try:
            found = self._open(url, lambda video: facts.video_ids(video.info), most)
        except VideoError as fault:
            raise SourceError(f"YouTube does not answer the search {words!r}: {fault}") from fault
        return found[: self._entry.per_search]

    def describe(self, listed: Listed) -> Row:
        """Return the item of a video, by a full extraction without download."""
        watch_url = facts.watch_url(listed.source_key)
        try:
            info = self._open(watch_url, lambda video: video.info)
        except VideoError as fault:
            return item_row(
                self._source_id,
                self._entry,
                listed,
                page_url=watch_url,
                stated="",
                status=_ITEM_STATUS.get(fault.status, "unreachable"),
                error=f"{watch_url}: {fault}",
            )
        status, error = facts.verdict(info, watch_url, self._entry.max_duration_s)
        stated = info.get("license") if info.get("license") == YOUTUBE_CC else ""
        captions = facts.best_captions(info, self._entry.caption_languages)
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=watch_url,
            title=info.get("title"),
            creator=info.get("channel") or info.get("uploader"),
            stated=stated,
            evidence=f"License row {stated!r} of {watch_url}" if stated else None,
            published_at=facts.published_at(info),
            details={
                "id": listed.source_key,
                "duration_s": info.get("duration"),
                "captions": captions.told if captions else None,
            },
            status=status,
            error=error,
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Describe a video that no search gives any more."""
        return self.describe(Listed(item["source_key"]))

    # --- fetching --------------------------------------------------------------------------

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a video's record, captions and pictures; a video without captions stays there."""
        try:
            return self._open(item["page_url"], lambda video: self._files(item, video, shelf))
        except VideoError as fault:
            return [self._row(item, name, shelf, fault=fault) for name in _FILES]

    def _files(self, item: Mapping[str, Any], video: Video, shelf: Shelf) -> list[Row]:
        captions = self._captions(item, video, shelf)
        pictures: list[Row] = []
        chosen: Mapping[str, Any] = {}
        if captions["status"] == "ok":
            try:
                path, chosen = self._patiently(video.download)
                pictures.append(self._row(item, "video.mp4", shelf, path.read_bytes()))
            except VideoError as fault:
                pictures.append(self._row(item, "video.mp4", shelf, fault=fault))
        kept = facts.record(video.info, chosen, self._entry.caption_languages)
        return [
            self._row(item, "info.json", shelf, canonical_json(kept).encode()),
            captions,
            *pictures,
        ]

    def _captions(self, item: Mapping[str, Any], video: Video, shelf: Shelf) -> Row:
        name = "captions.json3"
        found = facts.best_captions(video.info, self._entry.caption_languages)
        if found is None:
            languages = ", ".join(self._entry.caption_languages)
            fault = VideoError("no_captions", f"the video has no captions in {languages}")
            return self._row(item, name, shelf, fault=fault)
        try:
            content = self._patiently(lambda: video.captions(found.url))
        except VideoError as fault:
            return self._row(item, name, shelf, fault=fault)
        why = facts.caption_fault(content)
        if why is not None:
            return self._row(item, name, shelf, fault=VideoError("no_captions", why))
        return self._row(item, name, shelf, content)

    def _row(
        self,
        item: Mapping[str, Any],
        name: str,
        shelf: Shelf,
        content: bytes | None = None,
        *,
        fault: VideoError | None = None,
    ) -> Row:
        role, content_type = _FILES[name]
        has_content = content is not None
        return media_row(
            self,
            item,
            name,
            role,
            item["page_url"],
            sha256=shelf.put(content, Path(name).suffix) if content is not None else None,
            n_bytes=len(content) if content is not None else None,
            content_type=content_type if has_content else None,
            http_status=200 if has_content else None,
            status=fault.status if fault else "ok",
            error=f"{name} of {item['page_url']} was not fetched: {fault}" if fault else None,
        )

    # --- asking ----------------------------------------------------------------------------

    def _open(self, url: str, work: Callable[[Video], Result], n_entries: int = 1) -> Result:
        """Do work on an extracted page, in this source's turn.

        Raises:
            VideoError: the page did not come after all attempts.
            SourceError: YouTube refuses one video after the other.
        """
        from pipeline.sources.youtube_session import YtOptions, open_page

        options = YtOptions(self._entry.proxy, self._entry.ca_file, self._cookies, self._pause_s)

        def once() -> Result:
            with (
                tempfile.TemporaryDirectory(prefix="dermcurate-") as folder,
                self._host.turn(),
                open_page(url, options, Path(folder), n_entries) as video,
            ):
                return work(video)

        try:
            done = self._patiently(once)
        except VideoError as fault:
            self._count_refusal(fault)
            raise
        with self._lock:
            self._refusals = 0
        return done

    def _patiently(self, work: Callable[[], Result]) -> Result:
        """Try again after faults that pass; yt-dlp itself never asks again after a 429."""
        for attempt in range(1, ATTEMPTS):
            try:
                return work()
            except VideoError as fault:
                if fault.status not in _PASSING:
                    raise
                log.info("youtube: %s, asked again later", fault)
                time.sleep(self._patience_s * 2 ** (attempt - 1))
        return work()

    def _count_refusal(self, fault: VideoError) -> None:
        if fault.status != "rate_limited":
            return
        with self._lock:
            self._refusals += 1
            refused = self._refusals
        if refused >= MAX_REFUSALS:
            raise SourceError(
                f"YouTube refused {refused} videos in a row ({fault}); lower the rate of the "
                "catalog entry, set DERMCURATE_YOUTUBE_COOKIES, or go on tomorrow"
            ) from fault
