"""Fetch what the items name, polite and resumable.

Reads items. Writes media.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.sources.collector import Collector, Row, Shelf
from pipeline.sources.parallel import in_order
from pipeline.sources.registry import COLLECTORS
from pipeline.store import Bench, MediaStore, Options, Stage
from schemas import ITEMS, MEDIA
from schemas.vocabulary import PASSING

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
    known = _known(item, bench)
    if known.whole:
        return known.whole
    collector: Collector = bench.service
    carried = bench.carried
    shelf = Shelf(
        bench.media,
        earlier=known.earlier,
        begun=known.begun,
        note=None if carried is None else lambda row: carried.note([_as_note(item, file=row)]),
    )
    rows = _marked(_each_once(collector.fetch(item, shelf)))
    if carried is not None and not _may_pass(rows):
        carried.note([_as_note(item, rows=rows)])
    return rows


def _may_pass(rows: list[Row]) -> bool:
    """Tell whether a fault may pass, so that the item is asked again and not noted as done."""
    return any(row["status"] in PASSING for row in rows)


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
    return [
        {**row, "error": "; ".join(filter(None, (row["error"], told)))}
        if row["status"] == "ok"
        else row
        for row in rows
    ]


# --- what need not be asked again --------------------------------------------------------------
# The journal of this partition holds a note for each file that came, and one for each item that is
# done, with all its rows and their faults. Earlier parts hold plain rows, of which those that are
# `ok` are offered here. An item is carried over whole or asked again; of one that is asked again,
# the files that came before are known to its shelf.


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows of an item: all of it if nothing need be asked, else what its shelf is told."""

    whole: list[Row]
    begun: list[Row]
    earlier: list[Row]


def _known(item: Mapping[str, Any], bench: Bench) -> _Known:
    if bench.carried is None:
        return _Known([], [], [])
    version = bench.options["collector_version"]
    listed = item["listed_sha256"]
    notes = [
        note for note in bench.carried.noted(item["item_id"]) if note["listed_sha256"] == listed
    ]
    begun = [_from_note(note["file"]) for note in notes if "file" in note]
    done = [[_from_note(row) for row in note["rows"]] for note in notes if "rows" in note]
    earlier = bench.carried.earlier(item["item_id"])
    came_whole = [row for row in earlier if row["listed_sha256"] == listed and not row["error"]]
    whole = [
        row
        for row in _latest(done[-1] if done else came_whole)
        if row["collector_version"] == version
    ]
    if not all(_is_there(row, bench.media) for row in whole):
        whole = []
    return _Known(whole, [row for row in begun if row["collector_version"] == version], earlier)


def _latest(rows: list[Row]) -> list[Row]:
    """Return the last row of each file, in the order in which the files were first named."""
    return list({row["media_id"]: row for row in rows}.values())


def _is_there(row: Row, media: MediaStore) -> bool:
    return row["sha256"] is None or media.find(row["sha256"]) is not None


def _as_note(item: Mapping[str, Any], *, file: Row | None = None, rows: Sequence[Row] = ()) -> Row:
    note = {name: item[name] for name in ("item_id", "listed_sha256")} | {"status": "ok"}
    if file is not None:
        return {**note, "file": _to_note(file)}
    return {**note, "rows": [_to_note(row) for row in rows]}


def notes_of(rows: Sequence[Row], again: Collection[str]) -> Iterator[Row]:
    """Yield a journal of media rows as if some items were under way and all others done.

    Of an item that is asked again, the files that came are noted without what they say of others.
    """
    by_item: dict[str, list[Row]] = {}
    for row in rows:
        by_item.setdefault(row["item_id"], []).append(row)
    for item, own in by_item.items():
        if item not in again:
            yield _as_note(own[0], rows=own)
            continue
        for row in own:
            if row["status"] == "ok":
                yield _as_note(row, file={**row, "error": None})


def _to_note(row: Row) -> Row:
    return {**row, "retrieved_at": row["retrieved_at"].isoformat()}


def _from_note(row: Mapping[str, Any]) -> Row:
    return {**row, "retrieved_at": datetime.fromisoformat(row["retrieved_at"])}


FETCH = Stage(
    "fetch",
    version=2,
    reads=(ITEMS,),
    writes=(MEDIA,),
    run=fetch_items,
    options=fetch_options,
    carry=("item_id",),
)
