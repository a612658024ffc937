"""Facts of a video: what is read from the record that yt-dlp extracts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.identity import utc_now
from pipeline.licences import YOUTUBE_CC
from pipeline.source_entries import YouTubeSource
from pipeline.sources.youtube_captions import Captions

HOME = "https://www.youtube.com"
# no address of a file: it is signed, and does not last
_RECORD = (
    *("id", "title", "description", "uploader", "uploader_id", "uploader_url"),
    *("channel", "channel_id", "channel_url", "channel_is_verified", "channel_follower_count"),
    *("license", "upload_date", "timestamp", "duration", "view_count", "like_count"),
    *("tags", "categories", "chapters", "language", "availability", "live_status", "age_limit"),
    *("webpage_url", "media_type", "extractor"),
)
_FORMAT = ("format_id", "ext", "width", "height", "fps", "vcodec", "acodec")
_MAX_TEXT = 20_000


def watch_url(video_id: str) -> str:
    """Return the page of a video."""
    return f"{HOME}/watch?v={video_id}"


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


def still_stands(row: Mapping[str, Any], entry: YouTubeSource) -> bool:
    """Tell whether an item is judged under an entry as it was when its page was read."""
    duration = json.loads(row["details"]).get("duration_s") or 0
    status = "off_topic" if duration > entry.max_duration_s else "ok"
    return bool(row["status"] in (status, "no_licence"))


def record(
    info: Mapping[str, Any], chosen: Mapping[str, Any] | None, captions: Captions | None, tool: str
) -> dict[str, Any]:
    """Return what is kept of a video for its provenance; ``tool`` is what extracted it."""
    return {
        **{name: _plain(info.get(name)) for name in _RECORD},
        "format": {name: _plain(chosen.get(name)) for name in _FORMAT} if chosen else None,
        "captions": captions.told if captions else None,
        "tool": tool,
        "fetched_at": utc_now().isoformat(),
    }


def _plain(value: Any) -> Any:
    """Return a value as plain JSON; of what yt-dlp never gives, nothing."""
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in list(value.items())[:100]}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value[:1000]]
    is_number = isinstance(value, bool | int) or (
        isinstance(value, float) and not math.isnan(value)
    )
    return value if is_number and abs(value) < 1e15 else None


def published_at(info: Mapping[str, Any]) -> datetime | None:
    """Return when a video was published: the second if it is stated, else the day."""
    stamp = info.get("timestamp")
    if isinstance(stamp, int | float):
        try:
            return datetime.fromtimestamp(int(stamp), tz=UTC)
        except (ValueError, OverflowError, OSError):
            return None
    try:
        return datetime.strptime(str(info.get("upload_date")), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
