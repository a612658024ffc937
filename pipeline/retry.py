"""Retry: what failed is asked again, and nothing else.

Reads items, media, images. A partition is taken back: its manifest goes, and a journal says of all
other items that they are done and of these which of their files came. So the stage that runs next,
or the run after a kill, asks for the rest alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import CatalogError
from pipeline.identity import canonical_json
from pipeline.sources.fetch import notes_of
from pipeline.store import MediaStore, Partition, Run
from schemas import IMAGES, ITEMS, MEDIA
from schemas.vocabulary import FETCH_STATUSES

log = logging.getLogger(__name__)

FAILED = "failed:"
ANY = "any"
UNREACHABLE = "unreachable"
MISSING_BLOB = "missing_blob"
FAILURES = FETCH_STATUSES - {"ok"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked again: files by status, items that were unreachable, files that are lost."""

    statuses: frozenset[str]
    unreachable: bool = False
    lost: bool = False


def read_wanted(words: Sequence[str]) -> Wanted:
    """Read `failed:<class>`, where a class is a status of a file, or one of three further words.

    Raises:
        CatalogError: there is no such class; the known ones are told.
    """
    chosen = {each.removeprefix(FAILED) for each in words}
    known = FAILURES | {ANY, UNREACHABLE, MISSING_BLOB}
    strange = sorted(
        {each for each in words if not each.startswith(FAILED) or each[len(FAILED) :] not in known}
    )
    if strange:
        raise CatalogError(
            f"{', '.join(strange)}: there are no such failures; write {FAILED}<class>, where the "
            f"class is one of {', '.join(sorted(known))}"
        )
    if ANY in chosen:
        chosen |= FAILURES | {UNREACHABLE}
    return Wanted(frozenset(chosen & FAILURES), UNREACHABLE in chosen, MISSING_BLOB in chosen)


@dataclass(frozen=True, slots=True)
class Failing:
    """Items of a partition: those of which a file failed or is lost, and those unreachable."""

    failed: frozenset[str]
    unreachable: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Both."""
        return self.failed | self.unreachable


def failing(run: Run, partition: Partition, wanted: Wanted) -> Failing:
    """Return the items of a partition that fail as wanted."""
    failed: set[str] = set()
    if run.manifest(MEDIA, partition) is not None:
        rows = run.read(MEDIA, partition).select(["item_id", "status", "sha256"]).to_pylist()
        media = run.workspace.media
        failed = {
            row["item_id"]
            for row in rows
            if row["status"] in wanted.statuses
            or (wanted.lost and row["sha256"] and not media.is_intact(row["sha256"]))
        }
    items = run.read(ITEMS, partition).select(["item_id", "status"]).to_pylist()
    unreachable = {
        row["item_id"] for row in items if wanted.unreachable and row["status"] == UNREACHABLE
    }
    return Failing(frozenset(failed), frozenset(unreachable))


def take_back(run: Run, partition: Partition, items: Iterable[str]) -> None:
    """Have the next fetch of a partition ask for some items again, and for no other.

    The manifest goes first: a kill in between has every failed item asked again, and loses none.
    """
    again = frozenset(items)
    rows = run.read(MEDIA, partition).to_pylist()
    for row in rows:
        if row["item_id"] in again and row["sha256"]:
            _drop_damaged(run.workspace.media, row["sha256"])
    run.workspace.remove_manifest(MEDIA.written_by, partition)
    journal = run.workspace.journal_path(MEDIA.written_by, partition)
    lines = [canonical_json(note) for note in notes_of(rows, again)]
    run.workspace.files.write(journal, ("\n".join(lines) + "\n").encode())
    log.info("retry: %s, %s items are asked again", partition, len(again))


def take_back_pictures(run: Run, partition: Partition) -> int:
    """Have pictures whose bytes are lost cut anew; return how many there are."""
    if run.manifest(IMAGES, partition) is None:
        return 0
    media = run.workspace.media
    digests = sorted({each for each in run.read(IMAGES, partition)["sha256"].to_pylist() if each})
    lost = [each for each in digests if not media.is_intact(each)]
    for sha256 in lost:
        media.remove(sha256)
    if lost:
        run.workspace.remove_manifest(IMAGES.written_by, partition)
        log.info("retry: %s, %s pictures are cut anew", partition, len(lost))
    return len(lost)


def _drop_damaged(media: MediaStore, sha256: str) -> None:
    # equal digests are stored once: what stands damaged would be taken for what came
    if media.find(sha256) is not None and not media.is_intact(sha256):
        media.remove(sha256)
