"""List a source: what there is, described item by item, partition by partition.

Writes items. A partition that was described from the same keys under the same entry stands, so
that a listing that was killed goes on where it stopped. What the snapshot before held and the
source no longer lists is looked for again: it stays, or it says what befell it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import SourceError
from pipeline.identity import canonical_json, sha256_json, utc_now
from pipeline.source_entries import Source
from pipeline.sources.asked import asked_for, asks_as_before, entry_sha256
from pipeline.sources.collector import Collector, Listed, Row
from pipeline.sources.earlier import EarlierItems
from pipeline.sources.parallel import in_order
from pipeline.store import Manifest, Partition, Workspace
from pipeline.store.manifest import Output, count_statuses
from schemas import ITEMS

log = logging.getLogger(__name__)

STAGE = "list"
VERSION = 1
# what is not asked for again: it was taken back, and its row says so for ever
_TAKEN_BACK = frozenset({"retracted", "deleted", "gone"})


def list_source(
    source_id: str,
    entry: Source,
    collector: Collector,
    snapshot: str,
    workspace: Workspace,
    *,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """List a source into a snapshot and return the listing's record.

    A complete listing of the snapshot is returned as it stands, and nothing is asked, unless the
    entry or the collector has changed. ``progress`` is told how many items are described so far.

    Raises:
        SourceError: the source cannot be listed, or lists fewer items than the entry expects.
    """
    standing = standing_listing(source_id, entry, collector, snapshot, workspace)
    if standing is not None:
        _check_size(source_id, entry, standing["n_items"])
        return standing
    earlier = EarlierItems(workspace, source_id, snapshot)
    listing = _Listing(source_id, entry, collector, snapshot, workspace, earlier)
    n_partitions = n_items = 0
    for chunk in listing.chunks():
        listing.describe(chunk, Partition(source_id, snapshot, n_partitions))
        n_partitions += 1
        n_items += len(chunk)
        if progress is not None:
            progress(n_items)
    _check_size(source_id, entry, n_items)
    record = {
        "n_partitions": n_partitions,
        "n_items": n_items,
        "snapshot": snapshot,
        **_made_by(entry, collector),
        "asked": asked_for(entry),
        "earlier": earlier.snapshot,
        "n_unlisted": listing.n_unlisted,
        "n_let_go": listing.n_let_go,
    }
    workspace.write_listing(source_id, snapshot, record)
    log.info("list: %s/%s, %s items in %s parts", source_id, snapshot, n_items, n_partitions)
    return record


def standing_listing(
    source_id: str, entry: Source, collector: Any, snapshot: str, workspace: Workspace
) -> dict[str, Any] | None:
    """Return the record of a complete listing that was made as it would be made now, or null.

    ``collector`` is one, or its class: its version is what counts.
    """
    record = workspace.read_listing(source_id, snapshot)
    if record is None:
        return None
    now = _made_by(entry, collector)
    if any(record.get(name, value) != value for name, value in now.items()):
        log.info("list: %s/%s is listed anew, for its entry has changed", source_id, snapshot)
        return None
    parts = workspace.partitions(source_id, snapshot)
    return record if all(workspace.read_manifest(STAGE, each) for each in parts) else None


def revisit_items(
    partition: Partition, entry: Source, collector: Collector, workspace: Workspace
) -> int:
    """Look again at the items of a partition that were unreachable; return how many are told.

    The partition is written anew only if the source says more of one of them than before.
    """
    manifest = workspace.read_manifest(STAGE, partition)
    rows: list[Row] = workspace.read_table(ITEMS, partition).to_pylist()
    again = [row for row in rows if row["status"] == "unreachable"]
    found = in_order(collector.revisit, again, entry.rate.concurrency)
    told = {row["item_id"]: row for row in found if row["status"] != "unreachable"}
    if told and manifest is not None:
        rows = [told.get(row["item_id"], row) for row in rows]
        write_items(rows, partition, manifest.key, manifest.options, workspace)
    return len(told)


def _made_by(entry: Source, collector: Any) -> dict[str, Any]:
    """Return what a listing as a whole depends on."""
    return {
        "collector": collector.name,
        "collector_version": collector.version,
        "entry_sha256": entry_sha256(entry),
        "max_items": entry.max_items,
    }


def _check_size(source_id: str, entry: Source, n_items: int) -> None:
    if n_items < entry.expect.min_items:
        raise SourceError(
            f"source {source_id} lists {n_items} items where its entry expects "
            f"{entry.expect.min_items}; check its queries, or lower expect.min_items"
        )


@dataclass(frozen=True, slots=True)
class _Key:
    """One thing to describe: what the source lists, or what it listed before and no longer does."""

    listed: Listed
    is_listed: bool = True


@dataclass(slots=True)
class _Listing:
    """One listing while it is under way."""

    source_id: str
    entry: Source
    collector: Collector
    snapshot: str
    workspace: Workspace
    earlier: EarlierItems
    n_unlisted: int = 0
    n_let_go: int = 0
    seen: set[str] = field(default_factory=set)
    may_carry: bool = field(init=False)

    def __post_init__(self) -> None:
        made = self.earlier.record
        self.may_carry = (
            made.get("entry_sha256") == entry_sha256(self.entry)
            and made.get("collector_version") == self.collector.version
        )

    def chunks(self) -> Iterator[list[_Key]]:
        """Yield what is to be described, a partition at a time, no more than the entry wants."""
        chunk: list[_Key] = []
        for key in self._keys():
            chunk.append(key)
            if len(chunk) == self.entry.partition_items:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _keys(self) -> Iterator[_Key]:
        """Yield each key once: first what the source lists, then what it listed before."""
        for listed in self.collector.list_keys():
            if listed.source_key in self.seen:
                continue
            self.seen.add(listed.source_key)
            yield _Key(listed)
            if len(self.seen) == self.entry.max_items:
                break
        yield from self._unlisted()

    def _unlisted(self) -> Iterator[_Key]:
        before = self.earlier.record.get("asked")
        stays = before is None or asks_as_before(before, asked_for(self.entry))
        room = (self.entry.max_items or len(self.seen) + len(self.earlier)) - len(self.seen)
        for key in self.earlier.unlisted(self.seen):
            if not stays or self.n_unlisted >= room:
                self.n_let_go += 1
                continue
            self.n_unlisted += 1
            yield _Key(Listed(key), is_listed=False)
        if self.n_let_go:
            told = f"{self.n_let_go} items of {self.source_id}/{self.earlier.snapshot} are let go"
            why = "max_items leaves no room" if stays else "the entry asks for them no more"
            log.warning("list: %s: %s", told, why)

    def describe(self, chunk: list[_Key], partition: Partition) -> None:
        """Write the items of one partition, unless they stand."""
        options = self._options(chunk)
        key = sha256_json({**options, "version": VERSION, "contract": ITEMS.version})
        standing = self.workspace.read_manifest(STAGE, partition)
        if standing is not None and standing.key == key:
            return
        before = self.earlier.rows([each.listed.source_key for each in chunk if _has_past(each)])
        rows: list[Row] = in_order(
            lambda each: self._row(each, before.get(each.listed.source_key)),
            chunk,
            self.entry.rate.concurrency,
        )
        self.workspace.remove_listing(self.source_id, self.snapshot)  # one of another entry
        write_items(rows, partition, key, options, self.workspace)

    def _row(self, key: _Key, before: Row | None) -> Row:
        if before is not None and not key.is_listed:
            return before if before["status"] in _TAKEN_BACK else self.collector.revisit(before)
        if before is not None and self.may_carry and _says_the_same(key.listed, before):
            return {**before, "collected_at": utc_now()}
        return self.collector.describe(key.listed)

    def _options(self, chunk: list[_Key]) -> dict[str, Any]:
        keys = [
            [each.listed.source_key, dict(each.listed.payload) if each.is_listed else None]
            for each in chunk
        ]
        return {
            "collector": self.collector.name,
            "collector_version": self.collector.version,
            "entry_sha256": entry_sha256(self.entry),
            "keys_sha256": sha256_json(keys),
        }


def _has_past(key: _Key) -> bool:
    """Tell whether an item's earlier row decides if it is described."""
    return not key.is_listed or "etag" in key.listed.payload


def _says_the_same(listed: Listed, before: Row) -> bool:
    """Tell whether an earlier row was made of the very listing that stands there now."""
    told = [listed.source_key, dict(listed.payload), json.loads(before["details"])]
    return bool(before["status"] != "unreachable" and before["listed_sha256"] == sha256_json(told))


def write_items(
    rows: list[Row],
    partition: Partition,
    key: str,
    options: Mapping[str, Any],
    workspace: Workspace,
) -> None:
    """Write the items of a partition and the record that they are listed."""
    table = ITEMS.table(rows)
    workspace.remove_manifest(STAGE, partition)
    digest = workspace.write_table(ITEMS, table, partition)
    output = Output(digest, table.num_rows, count_statuses(table))
    manifest = Manifest(STAGE, VERSION, str(partition), key, {}, options, {ITEMS.name: output})
    workspace.write_manifest(manifest, partition)
    log.info("list: %s, %s", partition, canonical_json(dict(output.statuses)))
