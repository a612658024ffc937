"""Facts of a video: what is read from the record that yt-dlp extracts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.licences import YOUTUBE_CC

VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
# what stays as it is: no counts, no signed addresses
_RECORD = (
    *("id", "title", "description", "uploader", "uploader_id", "uploader_url"),
    *("channel", "channel_id", "channel_url", "license", "upload_date", "timestamp", "duration"),
    *("tags", "categories", "chapters", "language", "availability", "live_status", "age_limit"),
    *("webpage_url", "media_type", "extractor"),
)
_FORMAT = ("format_id", "ext", "width", "height", "fps", "vcodec")


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions of a video: `manual` or `automatic`, language key, and where they are served."""

    kind: str
    language: str
    url: str

    @property
    def told(self) -> dict[str, str]:
        """Kind and language, without the address, which is signed and does not last."""
        return {"kind": self.kind, "language": self.language}


def watch_url(video_id: str) -> str:
    """Return the page of a video."""
    return f"https://www.youtube.com/watch?v={video_id}"


def video_ids(found: Mapping[str, Any]) -> list[str]:
    """Return the ids of the videos in a search's answer; channels and playlists are left out."""
    ids = (str((entry or {}).get("id")) for entry in found.get("entries") or ())
    return [each for each in ids if VIDEO_ID.fullmatch(each)]


def verdict(info: Mapping[str, Any], page_url: str, max_duration_s: int) -> tuple[str, str | None]:
    """Return the item's status, and why the video is not collected."""
    licence = info.get("license")
    if licence != YOUTUBE_CC:
        told = f"states the licence {str(licence)[:80]!r}" if licence else "states no licence"
        return "no_licence", f"{page_url} {told}, so it is not under Creative Commons"
    if info.get("live_status") in ("is_live", "is_upcoming", "post_live"):
        return "off_topic", f"{page_url} is a live stream"
    duration = info.get("duration")
    if not isinstance(duration, int | float) or duration <= 0:
        return "malformed", f"{page_url} states no duration"
    if duration > max_duration_s:
        return "off_topic", f"{page_url} lasts {duration:g} s, over max_duration_s {max_duration_s}"
    return "ok", None


def best_captions(info: Mapping[str, Any], languages: Sequence[str]) -> Captions | None:
    """Choose captions in json3: a person's before the machine's, the original before the rest.

    Automatic captions under a bare `en` may be a translation; `en-orig` never is.
    """
    by_machine = sorted(languages, key=lambda each: not each.endswith("-orig"))
    for field, kind, wanted in (
        ("subtitles", "manual", languages),
        ("automatic_captions", "automatic", by_machine),
    ):
        tracks = info.get(field) or {}
        for language in wanted:
            for form in tracks.get(language) or ():
                if form.get("ext") == "json3" and form.get("url"):
                    return Captions(kind, language, form["url"])
    return None


def caption_fault(content: bytes) -> str | None:
    """Return why captions that arrived hold no words, or null: an empty 200 is YouTube's no."""
    if not content.strip():
        return "YouTube answered with no captions at all"
    try:
        told = json.loads(content)
        events = told["events"] if isinstance(told, dict) else []
    except (ValueError, KeyError, RecursionError):
        return "what came as captions is not json3"
    if not any(isinstance(event, dict) and event.get("segs") for event in events):
        return "the captions hold no words"
    return None


def record(
    info: Mapping[str, Any], chosen: Mapping[str, Any], languages: Sequence[str]
) -> dict[str, Any]:
    """Return what is kept of a video for its provenance, the same each time it is asked."""
    captions = best_captions(info, languages)
    return {
        **{name: info.get(name) for name in _RECORD},
        "format": {name: chosen.get(name) for name in _FORMAT} if chosen else None,
        "captions": captions.told if captions else None,
    }


def published_at(info: Mapping[str, Any]) -> datetime | None:
    """Return when a video was published: the second if it is stated, else the day."""
    stamp = info.get("timestamp")
    if isinstance(stamp, int | float):
        return datetime.fromtimestamp(int(stamp), tz=UTC)
    try:
        return datetime.strptime(str(info.get("upload_date")), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
