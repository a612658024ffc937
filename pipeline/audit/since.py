"""What happened to items since the snapshot before, and to the rows of the version before.

Reads items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import MissingInputError, ReleaseError
from pipeline.release.changes import left_out
from pipeline.release.published import Published, open_release
from pipeline.store import Partition, Run
from schemas import ITEMS

TAKEN_BACK = ("retracted", "deleted", "gone")


def items_since(run: Run, partitions: Sequence[Partition]) -> dict[str, Any]:
    """Return a snapshot's items by status, and what changed since the one before it.

    Shape: ``{"statuses": {status: n}, "since": snapshot or null, "new": n, "not_listed": n,
    "retracted": [item_id], "deleted": [...], "gone": [...]}``: the lists name items that were in
    order before, or had not been listed.
    """
    now = _statuses(run, partitions)
    told: dict[str, Any] = {"statuses": dict(sorted(Counter(now.values()).items()))}
    before = _before(run, partitions)
    earlier = _statuses(run, before)
    told["since"] = before[0].snapshot if before else None
    told["new"] = len(now.keys() - earlier.keys())
    told["not_listed"] = len(earlier.keys() - now.keys())
    for status in TAKEN_BACK:
        told[status] = sorted(
            item
            for item, each in now.items()
            if each == status and before and earlier.get(item) != status
        )
    return told


def rows_since(run: Run, release: Published | None) -> dict[str, Any] | None:
    """Return the rows that a version leaves out of the one before it, by fate and item.

    Shape: ``{"since": version, "rows": {fate: {item_id: n}}}``; null if there is none before it, or
    it stands no more.
    """
    changes = release.manifest.get("changes") if release is not None else None
    if release is None or not changes:
        return None
    try:
        before = _rows(release.path.with_name(changes["since"]))
        removed = sorted(before - _rows(release.path))
        found = left_out(run, release.partitions(), removed) if removed else {}
    except (ReleaseError, MissingInputError):
        return None
    return {"since": changes["since"], "rows": found}


def _rows(folder: Path) -> set[str]:
    return set(open_release(folder).rows(["image_id"])["image_id"].to_pylist())


def _before(run: Run, partitions: Sequence[Partition]) -> list[Partition]:
    """Return the partitions of the complete snapshot before that of the ones given."""
    if not partitions:
        return []
    source, snapshot = partitions[0].source_id, partitions[0].snapshot
    older = [each for each in run.workspace.snapshots(source) if each < snapshot]
    return run.workspace.partitions(source, older[-1]) if older else []


def _statuses(run: Run, partitions: Sequence[Partition]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in partitions:
        items = run.read(ITEMS, each).select(["item_id", "status"])
        found.update(zip(*(items[name].to_pylist() for name in items.column_names), strict=True))
    return found
