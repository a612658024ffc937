"""Dates as forums write them: ISO 8601, seconds, in words, or in a form that the catalog gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipeline.sources.markup import read_time

_SECONDS = re.compile(r"\d{9,10}(?:\d{3})?")
_UNITS_S = {
    "second": 1,
    "sec": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "hr": 3600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
}
_AGO = re.compile(
    rf"\b(?P<number>\d{{1,4}}|an?|one)\s+(?P<unit>{'|'.join(_UNITS_S)})s?\s+ago\b", re.IGNORECASE
)
_NOW = re.compile(r"\b(?:just now|a moment ago|moments ago)\b", re.IGNORECASE)
_NAMED_DAY = re.compile(r"\b(?P<day>today|yesterday)\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\s*(?P<half>[ap]\.?m)?", re.IGNORECASE
)


def read_date(text: str | None, now: datetime, formats: Sequence[str] = ()) -> datetime | None:
    """Read a date, UTC where it states no zone; null if it cannot be read.

    What is told in words (`3 hours ago`, `yesterday at 14:30`) is reckoned from ``now``.
    """
    told = " ".join((text or "").split())[:100]
    if not told:
        return None
    return (
        read_time(told)
        or _of_seconds(told)
        or _of_format(told, formats)
        or _of_words(told, now)
        or _of_named_day(told, now)
    )


def _of_seconds(told: str) -> datetime | None:
    if not _SECONDS.fullmatch(told):
        return None
    return datetime.fromtimestamp(int(told[:10]), tz=UTC)


def _of_format(told: str, formats: Sequence[str]) -> datetime | None:
    for form in formats:
        try:
            when = datetime.strptime(told, form)
        except ValueError:
            continue
        return read_time(when.isoformat())
    return None


def _of_words(told: str, now: datetime) -> datetime | None:
    if _NOW.search(told):
        return now
    found = _AGO.search(told)
    if found is None:
        return None
    number = int(found["number"]) if found["number"].isdecimal() else 1
    try:
        return now - timedelta(seconds=number * _UNITS_S[found["unit"].lower()])
    except OverflowError:
        return None


def _of_named_day(told: str, now: datetime) -> datetime | None:
    found = _NAMED_DAY.search(told)
    if found is None:
        return None
    day = now - timedelta(days=1 if found["day"].lower() == "yesterday" else 0)
    hour, minute = _clock(told)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _clock(told: str) -> tuple[int, int]:
    """Return the hour and minute that a text names, midnight if none."""
    found = _CLOCK.search(told)
    if found is None:
        return 0, 0
    hour, minute = int(found["hour"]), int(found["minute"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    return (hour, minute) if hour < 24 and minute < 60 else (0, 0)
