"""What every flow opens first: the place of the work."""

from __future__ import annotations

from uuid import uuid4

from pipeline.work import Place


def open_place(workspace: str, catalog: str, caption_set: str | None = None) -> Place:
    """Return the place of a run; each run has its own collectors and model clients."""
    return Place(workspace, catalog, uuid4().hex, caption_set)
