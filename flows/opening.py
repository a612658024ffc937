"""What every flow opens first: the place of the work, and the snapshot's name."""

from __future__ import annotations

from uuid import uuid4

from pipeline.identity import utc_now
from pipeline.work import Place

TODAY = "today"


def open_place(workspace: str, catalog: str, caption_set: str | None = None) -> Place:
    """Return the place of a run; each run has its own collectors and model clients."""
    return Place(workspace, catalog, uuid4().hex, caption_set)


def snapshot_name(snapshot: str) -> str:
    """Return the snapshot's name; `today` is the day in UTC, year first."""
    return utc_now().date().isoformat() if snapshot == TODAY else snapshot
