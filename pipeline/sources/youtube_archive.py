"""Archive: which pages a source of videos opened, day by day, and what they said.

A day's pages are a journal in the store, so that neither a kill nor the end of a day's quota loses
what was read: the next listing takes it from here. Files are not the archive's; `fetch` carries
those over.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from pipeline.identity import canonical_json, utc_now
from pipeline.store import Partition, Workspace

Row = dict[str, Any]
_MOMENTS = ("collected_at", "published_at")
# what a page said for certain; a fault, or a video that is gone, is looked at again
_CERTAIN = frozenset({"ok", "no_licence", "off_topic"})


class Archive:
    """What a source's pages said in the last ``days`` days. Thread-safe.

    ``version`` is that of the collector which reads the pages: what another one made of them does
    not count.
    """

    def __init__(self, workspace: Workspace, source_id: str, days: int, version: int) -> None:
        self._workspace = workspace
        self._source_id = source_id
        self._days = days
        self._version = version
        self._lock = threading.Lock()

    def described(self, item_id: str) -> Row | None:
        """Return the item that a video's page gave, or null if the page must be opened."""
        with self._lock:
            row = self._read[0].get(item_id)
        if row is None or row["status"] not in _CERTAIN or not self._is_fresh(row["collected_at"]):
            return None
        return dict(row)

    def pages_today(self) -> int:
        """Return how many pages were opened today (UTC), by this run and those before it."""
        with self._lock:
            return self._read[1][utc_now().date()]

    def note_page(self, url: str) -> None:
        """Note that a page is opened."""
        with self._lock:
            self._read[1][utc_now().date()] += 1
            self._append({"page": url})

    def note_item(self, row: Mapping[str, Any]) -> None:
        """Note the item that a page gave."""
        moments = {name: row[name].isoformat() for name in _MOMENTS if row[name] is not None}
        with self._lock:
            self._read[0][row["item_id"]] = dict(row)
            self._append({"item": {**row, **moments}, "version": self._version})

    def _append(self, told: Mapping[str, Any]) -> None:
        path = self._journal(utc_now().date())
        self._workspace.files.append_line(path, canonical_json(told))

    def _is_fresh(self, moment: datetime) -> bool:
        return utc_now() - moment < timedelta(days=self._days)

    def _journal(self, day: date) -> str:
        return self._workspace.journal_path("pages", Partition(self._source_id, day.isoformat(), 0))

    @cached_property
    def _read(self) -> tuple[dict[str, Row], Counter[date]]:
        """Items by id, the latest word on each, and the number of pages of each day."""
        items: dict[str, Row] = {}
        pages: Counter[date] = Counter()
        today = utc_now().date()
        for ago in range(self._days, -1, -1):
            day = today - timedelta(days=ago)
            for told in self._lines(day):
                pages[day] += "page" in told
                row = told.get("item")
                if isinstance(row, dict) and told.get("version") == self._version:
                    items[row["item_id"]] = _as_row(row)
        return items, pages

    def _lines(self, day: date) -> list[dict[str, Any]]:
        try:
            content = self._workspace.files.read(self._journal(day))
        except FileNotFoundError:
            return []
        told = []
        for line in content.splitlines():
            try:
                told.append(json.loads(line))
            except ValueError:
                continue  # empty, or the kill came in the middle of it
        return told


def _as_row(row: Row) -> Row:
    moments = {name: datetime.fromisoformat(row[name]) for name in _MOMENTS if row[name]}
    return {**row, **moments}
