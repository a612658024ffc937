"""What every flow opens first: the place of the work, and the snapshot's name."""

from __future__ import annotations

import re
from uuid import uuid4

from pipeline.errors import CatalogError
from pipeline.identity import utc_now
from pipeline.work import Place

TODAY = "today"
# days sort as they follow one another; the newest snapshot is the one that counts
_SNAPSHOT = re.compile(r"\d{4}-\d{2}-\d{2}(?:\.\d+)?")


def open_place(workspace: str, catalog: str, caption_set: str | None = None) -> Place:
    """Return the place of a run; each run has its own collectors and model clients."""
    return Place(workspace, catalog, uuid4().hex, caption_set)


def snapshot_name(snapshot: str) -> str:
    """Return the snapshot's name; `today` is the day in UTC, year first."""
    name = utc_now().date().isoformat() if snapshot == TODAY else snapshot
    if not _SNAPSHOT.fullmatch(name):
        raise CatalogError(f"{name!r} is no snapshot; write a day such as 2026-11-22, or today")
    return name
