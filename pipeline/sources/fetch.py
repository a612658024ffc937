"""Fetch what the items name, polite and resumable.

Reads items. Writes media.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.sources.collector import Collector, Row
from pipeline.sources.parallel import in_order
from pipeline.sources.registry import COLLECTORS
from pipeline.store import Bench, MediaStore, Options, Stage
from schemas import ITEMS, MEDIA

log = logging.getLogger(__name__)

THREADS = 16  # each host's own limit holds below it


def fetch_options(catalog: Catalog, source_id: str | None, _caption_set: str | None) -> Options:
    """Return which collector fetches; all else that files depend on stands in the items."""
    kind = catalog.source(source_id or "").kind
    return {"kind": kind, "collector_version": COLLECTORS[kind].version}


def fetch_items(bench: Bench, items: pa.Table) -> tuple[pa.Table]:
    """Fetch the files of every item that may be collected; the bench's service is its collector.

    Items that are not `ok`, or whose licence nobody knows, have no row of media.
    """
    wanted = [row for row in items.to_pylist() if may_be_fetched(row)]
    files = in_order(lambda item: _files_of(item, bench), wanted, THREADS)
    return (MEDIA.table(row for rows in files for row in rows),)


def may_be_fetched(item: Mapping[str, Any]) -> bool:
    """Tell whether an item's files may be asked for."""
    return bool(item["status"] == "ok" and item["licence_tier"] != "unknown")


def _files_of(item: Mapping[str, Any], bench: Bench) -> list[Row]:
    standing = _carried(item, bench)
    if standing:
        return standing
    collector: Collector = bench.service
    rows = _marked(_each_once(collector.fetch(item, bench.media)))
    if bench.carried is not None and not _may_pass(rows):
        bench.carried.note([_as_note(item, rows)])
    return rows


def _may_pass(rows: list[Row]) -> bool:
    """Tell whether a fault may pass, so that the item is asked again and not noted as done."""
    return any(row["status"] in ("network_error", "server_error", "rate_limited") for row in rows)


def _each_once(rows: list[Row]) -> list[Row]:
    """Drop a file that an item names twice: the first stands."""
    kept: dict[str, Row] = {}
    for row in rows:
        if kept.setdefault(row["media_id"], row) is not row:
            log.warning("fetch: %s is named twice; the first one stands", row["media_id"])
    return list(kept.values())


def _marked(rows: list[Row]) -> list[Row]:
    """Say on the files that came if others of their item did not, so that none is carried over."""
    n_failed = sum(row["status"] != "ok" for row in rows)
    if not n_failed:
        return rows
    told = f"{n_failed} of the item's {len(rows)} files did not come"
    return [{**row, "error": told} if row["status"] == "ok" else row for row in rows]


# --- what need not be asked again --------------------------------------------------------------
# The journal of this partition holds one note per item that was asked, with all its rows and their
# faults: an item is written down whole or not at all. Earlier parts hold plain rows, of which those
# are offered here that are `ok`; an item that came in part is asked again.


def _carried(item: Mapping[str, Any], bench: Bench) -> list[Row]:
    if bench.carried is None:
        return []
    found = bench.carried.get(item["item_id"], item["listed_sha256"])
    version = bench.options["collector_version"]
    if found and "rows" in found[-1]:
        found = [_from_note(row) for row in found[-1]["rows"]]
    else:
        found = [row for row in found if row["error"] is None]  # its item came whole
    rows = _each_once([row for row in found if row["collector_version"] == version])
    return rows if all(_is_there(row, bench.media) for row in rows) else []


def _is_there(row: Row, media: MediaStore) -> bool:
    return row["sha256"] is None or media.find(row["sha256"]) is not None


def _as_note(item: Mapping[str, Any], rows: list[Row]) -> Row:
    told = [{**row, "retrieved_at": row["retrieved_at"].isoformat()} for row in rows]
    return {
        "item_id": item["item_id"],
        "listed_sha256": item["listed_sha256"],
        "status": "ok",
        "rows": told,
    }


def _from_note(row: Mapping[str, Any]) -> Row:
    return {**row, "retrieved_at": datetime.fromisoformat(row["retrieved_at"])}


FETCH = Stage(
    "fetch",
    version=1,
    reads=(ITEMS,),
    writes=(MEDIA,),
    run=fetch_items,
    options=fetch_options,
    carry=("item_id", "listed_sha256"),
)
