"""YouTube: lectures under Creative Commons, with their captions, by yt-dlp's own extractor.

What robots.txt says is not asked here. It speaks to crawlers, which find pages by themselves; this
collector opens what a person named, as the site's own player does, and yt-dlp asks interfaces
(`/youtubei/`, `/results`) that YouTube's robots.txt closes to crawlers altogether. That does not
make it permitted: YouTube's terms ask for a permission of theirs or of the law, and whoever
switches the source on answers for having one. Channels and playlists need no search.
"""

from __future__ import annotations

import logging
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.errors import SourceError
from pipeline.extract.speech import check_model
from pipeline.identity import canonical_json, item_id
from pipeline.licences import YOUTUBE_CC
from pipeline.source_entries import YouTubeSource
from pipeline.sources import youtube_facts as facts
from pipeline.sources.collector import Listed, Row, Shelf, item_row, media_row, withdrawn
from pipeline.sources.files import Wanted, keep_file
from pipeline.sources.http import HttpClient
from pipeline.sources.youtube_archive import Archive
from pipeline.sources.youtube_captions import NAMES, Captions, fetch_captions
from pipeline.sources.youtube_faults import VideoError
from pipeline.sources.youtube_lists import VideoList, lists_of, video_ids
from pipeline.sources.youtube_pace import Pace

if TYPE_CHECKING:
    from pipeline.sources.youtube_session import Sessions, Video

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_RECORD, _CAPTIONS, _VIDEO, _SOUND = "info.json", "captions", "video.mp4", "sound.m4a"
_FILES = {
    _RECORD: ("record", "application/json"),
    _CAPTIONS: ("captions", None),
    _VIDEO: ("video", "video/mp4"),
    _SOUND: ("audio", "audio/mp4"),
}


class YouTubeCollector:
    """Collects the videos whose full extraction states the Creative Commons licence."""

    name = "youtube"
    version = 2

    def __init__(
        self,
        source_id: str,
        entry: YouTubeSource,
        client: HttpClient,
        pseudonym_key: str,
        *,
        cookies: Path | None = None,
        archive: Archive | None = None,
        patience_s: float | None = None,
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._cookies = cookies
        self._archive = archive
        self._pause_s = min(0.75, 1 / entry.rate.requests_per_second)
        # a 429 of YouTube lasts; where the entry asks fast, nobody means that
        patience = self._pause_s * 40 if patience_s is None else patience_s
        self._pace = Pace(entry, client.host(facts.HOME), archive, patience)

    # --- listing ---------------------------------------------------------------------------

    def list_keys(self) -> Iterator[Listed]:
        """Yield the videos of all playlists, channels and searches, each once.

        A list that YouTube does not show is itself named, so that a row says so.

        Raises:
            SourceError: YouTube does not answer, or the speech model is not there.
        """
        check_model(self._entry.speech_model)
        seen: set[str] = set()
        for wanted in lists_of(self._entry):
            for listed in self._list(wanted):
                if listed.source_key not in seen:
                    seen.add(listed.source_key)
                    yield listed

    def _list(self, wanted: VideoList) -> list[Listed]:
        # two entries at least: yt-dlp makes a list only of more than one
        most = max(2, wanted.most)
        try:
            found = self._open(wanted.url, lambda video: video_ids(video.info), most)
        except VideoError as fault:
            if fault.item_status == "unreachable" or wanted.kind == "search":
                raise SourceError(f"YouTube does not answer the {wanted}: {fault}") from fault
            log.warning("youtube: the %s is not shown: %s", wanted, fault)
            told = f"the {wanted} of the catalog is not shown: {fault}"
            payload = {"page_url": wanted.url, "status": fault.item_status, "fault": told}
            return [Listed(wanted.name, payload)]
        return [
            Listed(video_id, {} if is_shown else {"is_withheld": True})
            for video_id, is_shown in found[: wanted.most]
        ]

    def describe(self, listed: Listed) -> Row:
        """Return the item of a video, by a full extraction without download.

        A video that its list still shows is looked at again only after `recheck_days`.
        """
        payload = listed.payload
        if "fault" in payload:
            page_url, status = payload["page_url"], payload["status"]
            return self._fault_row(listed, page_url, status, payload["fault"])
        if self._archive is not None and "is_withheld" not in payload:
            row = self._archive.described(item_id(self._source_id, listed.source_key))
            if row is not None and facts.still_stands(row, self._entry):
                return row
        return self._extracted(listed)

    def _extracted(self, listed: Listed) -> Row:
        row = self._read_page(listed)
        if self._archive is not None:
            self._archive.note_item(row)
        return row

    def _read_page(self, listed: Listed) -> Row:
        page_url = facts.watch_url(listed.source_key)
        try:
            info = self._open(page_url, lambda video: video.info)
        except VideoError as fault:
            return self._fault_row(listed, page_url, fault.item_status, f"{page_url}: {fault}")
        status, error = facts.verdict(info, page_url, self._entry.max_duration_s)
        stated = info.get("license") if info.get("license") == YOUTUBE_CC else ""
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=page_url,
            title=info.get("title"),
            creator=info.get("channel") or info.get("uploader"),
            stated=stated,
            evidence=f"License row {stated!r} of {page_url}" if stated else None,
            published_at=facts.published_at(info),
            details={"id": listed.source_key, "duration_s": info.get("duration")},
            status=status,
            error=error,
        )

    def _fault_row(self, listed: Listed, page_url: str, status: str, error: str) -> Row:
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=page_url,
            stated="",
            status=status,
            error=error,
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Extract a video that no list names any more; one that is gone loses its words."""
        row = self._extracted(Listed(item["source_key"]))
        if row["status"] in ("gone", "not_open_access"):
            return withdrawn(item, row["status"], row["error"])
        if row["status"] == "unreachable":
            return {**item, "status": row["status"], "error": row["error"]}
        return row

    # --- fetching --------------------------------------------------------------------------

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch a video's record, its captions and its pictures.

        Without captions it stays at the record, unless speech is to be recognised: then its sound
        is fetched, too.

        Raises:
            SourceError: YouTube refuses one page after the other, or the speech model is not there.
        """
        check_model(self._entry.speech_model)
        try:
            return self._open(item["page_url"], lambda video: self._files(item, video, shelf))
        except VideoError as fault:
            return [self._failed(item, name, fault) for name in (_RECORD, _CAPTIONS, _VIDEO)]

    def _files(self, item: Mapping[str, Any], video: Video, shelf: Shelf) -> list[Row]:
        rows = self._begun(item, shelf)
        needs_sound = False
        if not rows:
            rows, needs_sound = self._words(item, video, shelf)
        if needs_sound or any(row["role"] == "captions" and row["status"] == "ok" for row in rows):
            rows.append(self._download(item, _VIDEO, video.pictures, shelf))
        if needs_sound and video.has_sound_apart:
            rows.append(self._download(item, _SOUND, video.sound, shelf))
        return rows

    @staticmethod
    def _begun(item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Return record and captions if they came before this fetch was interrupted."""
        names = (_RECORD, *NAMES)
        found = [row for name in names if (row := shelf.finished(name, item["page_url"]))]
        return found if {row["role"] for row in found} == {"record", "captions"} else []

    def _words(self, item: Mapping[str, Any], video: Video, shelf: Shelf) -> tuple[list[Row], bool]:
        """Return the rows of record and captions, and whether speech must be recognised."""
        captions: Captions | None = None
        needs_sound = False
        rows: list[Row] = []
        try:
            captions = fetch_captions(
                video.info,
                self._entry.caption_languages,
                lambda url: self._pace.patiently(lambda: video.captions(url)),
                withheld=video.withholds_captions,
            )
            rows.append(self._kept(item, captions.name, captions.content, shelf))
        except VideoError as fault:
            needs_sound = fault.status == "no_captions" and self._entry.speech_model is not None
            if not needs_sound:
                rows.append(self._failed(item, _CAPTIONS, fault))
        kept = facts.record(video.info, video.chosen, captions, video.tool)
        return [self._kept(item, _RECORD, canonical_json(kept).encode(), shelf), *rows], needs_sound

    def _download(
        self,
        item: Mapping[str, Any],
        name: str,
        download: Callable[[], Path],
        shelf: Shelf,
    ) -> Row:
        if (finished := shelf.finished(name, item["page_url"])) is not None:
            return finished
        try:
            path = self._pace.patiently(download)
        except VideoError as fault:
            return self._failed(item, name, fault)
        content = path.read_bytes()
        self._pace.host.count(n_bytes=len(content))
        path.unlink()
        return self._kept(item, name, content, shelf)

    def _kept(self, item: Mapping[str, Any], name: str, content: bytes, shelf: Shelf) -> Row:
        role, content_type = _FILES.get(name) or ("captions", NAMES[name])
        wanted = Wanted(name, role, item["page_url"])
        return keep_file(self, item, wanted, content, shelf, content_type=content_type)

    def _failed(self, item: Mapping[str, Any], name: str, fault: VideoError) -> Row:
        url = item["page_url"]
        error = f"{name} of {url} was not fetched: {fault}"
        return media_row(self, item, name, _FILES[name][0], url, status=fault.status, error=error)

    # --- asking ----------------------------------------------------------------------------

    @cached_property
    def _sessions(self) -> Sessions:
        from pipeline.sources.youtube_session import Sessions, YtOptions

        sessions = Sessions(
            YtOptions(
                proxy=self._entry.proxy,
                ca_file=self._entry.ca_file,
                cookies=self._cookies,
                pause_s=self._pause_s,
                max_height_px=self._entry.max_height_px,
                max_video_mb=self._entry.max_video_mb,
            )
        )
        weakref.finalize(self, sessions.close)
        return sessions

    def _open(self, url: str, work: Callable[[Video], Result], n_entries: int = 1) -> Result:
        """Do work on an extracted page, in this source's turn.

        Raises:
            VideoError: the page did not come after all attempts.
            SourceError: YouTube refuses one page after the other, or the day's quota is used up.
        """

        def once() -> Result:
            with (
                tempfile.TemporaryDirectory(prefix="dermcurate-") as folder,
                self._pace.turn(url),
                self._sessions.open_page(url, Path(folder), n_entries) as video,
            ):
                return work(video)

        try:
            done = self._pace.patiently(once)
        except VideoError as fault:
            self._pace.note(fault)
            raise
        self._pace.note(None)
        return done
