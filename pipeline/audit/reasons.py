"""Why an item or a picture is, or is not, where one looks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipeline.errors import MissingInputError, NotFoundError
from pipeline.store import Partition, Run
from schemas import CAPTIONS, IMAGES, ITEMS, MEDIA, VERDICTS, Contract


def reasons_for(run: Run, name: str, caption_set: str | None = None) -> list[dict[str, Any]]:
    """Return what was decided about an item or a picture, in the order of the path.

    Each entry is ``{"table", "id", "decision", "error"}``: an item's or file's status, a picture's
    status, its verdict with the reasons, its captions' statuses.

    Args:
        run: workspace and catalog.
        name: an item_id or an image_id.
        caption_set: whose captions are told; null: those of the run.

    Raises:
        NotFoundError: no source has listed it.
    """
    item, _sign, _locator = name.partition("#")
    held = replace(run, caption_set=caption_set or run.caption_set)
    partition = partition_of(run, item)
    part = {each.name: _rows(held, partition, each) for each in (ITEMS, MEDIA, IMAGES, VERDICTS)}
    images = [
        row for row in part["images"] if row["item_id"] == item and name in (item, row["image_id"])
    ]
    if name != item and not images:
        raise NotFoundError(f"{item} has no picture {name}; it has been listed in {partition}")
    told = [_told("items", row["item_id"], row) for row in part["items"] if row["item_id"] == item]
    told += [
        _told("media", row["media_id"], row) for row in part["media"] if row["item_id"] == item
    ]
    verdicts = {row["image_id"]: row for row in part["verdicts"]}
    captions = _rows(held, partition, CAPTIONS) if held.caption_set else []
    for row in images:
        told.append(_told("images", row["image_id"], row))
        if verdict := verdicts.get(row["image_id"]):
            decision = " ".join([verdict["verdict"], *verdict["reasons"]])
            told.append(_entry("verdicts", row["image_id"], decision, verdict["error"]))
        told += [
            _told("captions", each["caption_id"], each)
            for each in captions
            if each["image_id"] == row["image_id"]
        ]
    return told


def partition_of(run: Run, item: str, snapshot: str | None = None) -> Partition:
    """Return the partition of the latest snapshot, or of the one named, that holds an item.

    Raises:
        NotFoundError: the item is not listed there.
    """
    source = item.partition(":")[0]
    if source in run.workspace.sources():
        for partition in run.workspace.partitions(source, snapshot):
            items = run.workspace.read_table(ITEMS, partition)
            if item in items["item_id"].to_pylist():
                return partition
    raise NotFoundError(
        f"no source of {run.workspace.root} has listed {item}; "
        "`dermcurate audit` tells what is there"
    )


def items_at(run: Run, url: str) -> list[str]:
    """Return the items, sorted, of which a URL is the page or one of the files."""
    found: set[str] = set()
    for source in run.workspace.sources():
        for partition in run.workspace.partitions(source):
            for contract, column in ((ITEMS, "page_url"), (MEDIA, "url")):
                rows = _rows(run, partition, contract)
                found.update(row["item_id"] for row in rows if row[column] == url)
    return sorted(found)


def _rows(run: Run, partition: Partition, contract: Contract) -> list[dict[str, Any]]:
    try:
        table = run.read(contract, partition)
    except MissingInputError:
        table = contract.empty()  # the stage has not come to it yet
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _told(table: str, name: str, row: dict[str, Any]) -> dict[str, Any]:
    return _entry(table, name, row["status"], row["error"])


def _entry(table: str, name: str, decision: str, error: str | None) -> dict[str, Any]:
    return {"table": table, "id": name, "decision": decision, "error": error}
