"""What an entry asks its source for, and whether it still asks for what it did before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.identity import canonical_json, sha256_json
from pipeline.source_entries import Source

# what an entry says of pace, size and place, which changes no row of items
_WITHOUT_EFFECT = {
    "enabled",
    "rate",
    "allow_hosts",
    "max_items",
    "partition_items",
    "expect",
    "proxy",
    "ca_file",
    "path",
    # of videos: how often they are looked at, and which of their files are fetched
    "quota_per_day",
    "recheck_days",
    "max_height_px",
    "max_video_mb",
    "caption_languages",
    "speech_model",
}


def entry_sha256(entry: Source) -> str:
    """Return the digest of all in an entry that a row of `items` depends on."""
    return sha256_json(entry.model_dump(mode="json", exclude=_WITHOUT_EFFECT))


def asked_for(entry: Source) -> dict[str, Any]:
    """Return what an entry asks its source for: the queries and limits of its own kind.

    An address (`…_url`) says where is asked, not what.
    """
    common = _WITHOUT_EFFECT | set(Source.model_fields) | {"kind"}
    told = entry.model_dump(mode="json", exclude=common)
    return {name: value for name, value in told.items() if not name.endswith("_url")}


def asks_as_before(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether all that was asked for is still asked for.

    Lists and limits may have grown; all else must be as it was.
    """
    return all(_covers(value, now.get(name)) for name, value in before.items())


def _covers(before: Any, now: Any) -> bool:
    if isinstance(before, list) and isinstance(now, list):
        there = {canonical_json(each) for each in now}
        return all(canonical_json(each) in there for each in before)
    if type(before) in (int, float) and type(now) in (int, float):
        return bool(now >= before)
    return bool(now == before)
