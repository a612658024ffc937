"""List a source: what there is, described item by item, partition by partition.

Writes items. A partition that was described from the same keys under the same entry stands, so
that a listing that was killed goes on where it stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.errors import SourceError
from pipeline.identity import canonical_json, sha256_json
from pipeline.source_entries import Source
from pipeline.sources.collector import Collector, Listed, Row
from pipeline.sources.parallel import in_order
from pipeline.store import Manifest, Partition, Workspace
from pipeline.store.manifest import Output, count_statuses
from schemas import ITEMS

log = logging.getLogger(__name__)

STAGE = "list"
VERSION = 1
# what an entry says of pace, size and place, which changes no row
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
}


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

    A complete listing of the snapshot is returned as it stands, and nothing is asked.
    ``progress`` is told how many items are described so far.

    Raises:
        SourceError: the source cannot be listed, or lists fewer items than the entry expects.
    """
    standing = workspace.read_listing(source_id, snapshot)
    if standing is not None:
        return standing
    n_partitions = n_items = 0
    for chunk in _chunks(entry, collector):
        partition = Partition(source_id, snapshot, n_partitions)
        _list_chunk(chunk, partition, entry, collector, workspace)
        n_partitions += 1
        n_items += len(chunk)
        if progress is not None:
            progress(n_items)
    if n_items < entry.expect.min_items:
        raise SourceError(
            f"source {source_id} lists {n_items} items where its entry expects "
            f"{entry.expect.min_items}; check its queries, or lower expect.min_items"
        )
    record = {
        "n_partitions": n_partitions,
        "n_items": n_items,
        "collector": collector.name,
        "collector_version": collector.version,
        "snapshot": snapshot,
    }
    workspace.write_listing(source_id, snapshot, record)
    log.info("list: %s/%s, %s items in %s parts", source_id, snapshot, n_items, n_partitions)
    return record


def _chunks(entry: Source, collector: Collector) -> Iterator[list[Listed]]:
    """Yield what the source lists in partitions, each key once, no more than the entry wants."""
    seen: set[str] = set()
    chunk: list[Listed] = []
    for listed in collector.list_keys():
        if listed.source_key in seen:
            continue
        seen.add(listed.source_key)
        chunk.append(listed)
        if len(chunk) == entry.partition_items:
            yield chunk
            chunk = []
        if len(seen) == entry.max_items:
            break
    if chunk:
        yield chunk


def _list_chunk(
    chunk: list[Listed],
    partition: Partition,
    entry: Source,
    collector: Collector,
    workspace: Workspace,
) -> None:
    told = entry.model_dump(mode="json", exclude=_WITHOUT_EFFECT)
    options = {
        "collector": collector.name,
        "collector_version": collector.version,
        "entry_sha256": sha256_json(told),
        "keys_sha256": sha256_json([[each.source_key, dict(each.payload)] for each in chunk]),
    }
    key = sha256_json({**options, "version": VERSION, "contract": ITEMS.version})
    standing = workspace.read_manifest(STAGE, partition)
    if standing is not None and standing.key == key:
        return
    rows: list[Row] = in_order(collector.describe, chunk, entry.rate.concurrency)
    table = ITEMS.table(rows)
    workspace.remove_manifest(STAGE, partition)
    digest = workspace.write_table(ITEMS, table, partition)
    output = Output(digest, table.num_rows, count_statuses(table))
    workspace.write_manifest(
        Manifest(STAGE, VERSION, str(partition), key, {}, options, {ITEMS.name: output}), partition
    )
    log.info("list: %s, %s", partition, canonical_json(dict(output.statuses)))
