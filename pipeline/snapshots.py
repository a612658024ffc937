"""Snapshots: the day under which a source is collected."""

from __future__ import annotations

import re
from datetime import timedelta

from pipeline.errors import CatalogError, MissingInputError
from pipeline.identity import utc_now
from pipeline.store import Run
from schemas import MEDIA

TODAY = "today"
# days sort as they follow one another; the newest snapshot is the one that counts
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}(?:\.\d+)?")


def check_name(snapshot: str) -> str:
    """Return a snapshot's name, or `today`.

    Raises:
        CatalogError: it is neither.
    """
    if snapshot != TODAY and not _NAME.fullmatch(snapshot):
        raise CatalogError(
            f"{snapshot!r} is no snapshot; write a day such as 2026-11-22, or {TODAY}"
        )
    return snapshot


def snapshot_of(run: Run, source_id: str, wanted: str) -> str:
    """Return the name of the snapshot that a source is collected into.

    `today` is the day in UTC; but what was begun the day before and is not finished is gone on
    with, so that a run which was stopped around midnight does not begin anew.
    """
    if check_name(wanted) != TODAY:
        return wanted
    today = utc_now().date()
    yesterday = (today - timedelta(days=1)).isoformat()
    begun = run.workspace.begun(source_id)
    if begun and begun[-1] == yesterday and not is_fetched(run, source_id, yesterday):
        return yesterday
    return today.isoformat()


def is_fetched(run: Run, source_id: str, snapshot: str) -> bool:
    """Tell whether a source's listing is complete and the files of all its items were asked for."""
    if run.workspace.read_listing(source_id, snapshot) is None:
        return False
    parts = run.workspace.partitions(source_id, snapshot)
    return all(run.manifest(MEDIA, each) is not None for each in parts)


def check_newest(run: Run, source_id: str, snapshot: str) -> None:
    """Refuse to build from a snapshot that is not the newest: a release is made of the newest.

    Raises:
        MissingInputError: a newer snapshot of the source stands.
    """
    there = run.workspace.snapshots(source_id)
    if there and there[-1] > snapshot:
        raise MissingInputError(
            f"source {source_id} stands in the newer snapshot {there[-1]}, of which a release is "
            f"made, not in {snapshot}; name {there[-1]} or a newer one, or leave --snapshot out"
        )
