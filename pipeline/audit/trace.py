"""Trace: from a released row back to the bytes that were served, or from a URL to every row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.audit.ledger import audited_partitions
from pipeline.audit.reasons import items_at, partition_of, reasons_for
from pipeline.errors import NotFoundError
from pipeline.release.derm1m import CSV_OF_SPLIT, derm1m_row
from pipeline.release.published import IMAGES as PICTURES
from pipeline.release.published import Published, open_release
from pipeline.store import MediaStore, Partition, Run
from schemas import (
    ANNOTATIONS,
    ANSWERS,
    CAPTIONS,
    DUPLICATES,
    FINGERPRINTS,
    IMAGES,
    ITEMS,
    LABELS,
    MEDIA,
    PAIRS,
    TEXTS,
    VERDICTS,
    Contract,
)
from schemas.release import DERM1M_COLUMNS

Row = dict[str, Any]
_URL = ("http://", "https://", "file:")


class _Shelf:
    """The tables of a workspace as a trace reads them: each part once."""

    def __init__(self, run: Run, published: Published) -> None:
        self.run = run
        self._snapshots = {
            source: parts[0].snapshot
            for source, parts in audited_partitions(run, published).items()
            if parts
        }
        self._partitions: dict[str, Partition] = {}
        self._tables: dict[tuple[str, Partition], pa.Table] = {}

    def rows(self, image: str, contract: Contract, column: str, value: str) -> list[Row]:
        """Return the rows with a value in a column, from the part that the image belongs to."""
        item = image.rpartition("#")[0]
        if item not in self._partitions:
            snapshot = self._snapshots.get(item.partition(":")[0])
            self._partitions[item] = partition_of(self.run, item, snapshot)
        place = (contract.name, self._partitions[item])
        if place not in self._tables:
            self._tables[place] = self.run.read(contract, place[1])
        table = self._tables[place]
        found: list[Row] = table.filter(pc.equal(table[column], value)).to_pylist()
        return found

    def of(self, image: str, contract: Contract) -> Row | None:
        """Return the image's only row of a table, or null."""
        return next(iter(self.rows(image, contract, "image_id", image)), None)


def trace(run: Run, release: Path, name: str) -> dict[str, Any]:
    """Return every step of each released row that a name leads to, as plain JSON.

    Shape: ``{"query", "found_by", "release", "rows": [...]}``, each row with `filename`, `row`,
    `derm1m`, `captions`, `label`, `annotation`, `texts`, `verdict`, `fingerprint`, `duplicates`
    and `origins`: from what a reader sees back to what was served.

    Args:
        run: workspace and catalog that the release was made from.
        release: folder of the release.
        name: file name of a released picture, with or without `images/`, an image_id or item_id,
            or the URL of a page or a file.

    Raises:
        NotFoundError: no released row comes from it; the reason is told if there is one.
    """
    published = open_release(release)
    held = replace(run, caption_set=published.manifest["caption_set"])
    rows, provenance = published.rows(), published.provenance()
    found_by, filenames = _find(published, provenance, name)
    if not filenames:
        raise NotFoundError(f"{published.path} has no row from {name}{_why(held, name)}")
    shelf = _Shelf(held, published)
    chosen = rows.filter(pc.is_in(rows["filename"], pa.array(filenames))).to_pylist()
    return {
        "query": name,
        "found_by": found_by,
        "release": {"name": published.name, "version": published.version},
        "rows": [_plain(_steps(shelf, row, provenance)) for row in chosen],
    }


def _find(release: Published, provenance: pa.Table, name: str) -> tuple[str, list[str]]:
    bare = name.removeprefix(f"{release.path}/").removeprefix("./").removeprefix(f"{PICTURES}/")
    queries: list[tuple[str, str]] = [("filename", bare), ("image_id", name), ("item_id", name)]
    if name.startswith(_URL):
        queries = [("page_url", name), ("media_url", name)]
    for column, value in queries:
        found = provenance.filter(pc.equal(provenance[column], value))
        if found.num_rows:
            return column, sorted(set(found["filename"].to_pylist()))
    return "nothing", []


def _why(run: Run, name: str) -> str:
    names = [name] if ":" in name else []
    if name.startswith(_URL):
        names = items_at(run, name)
    if not names:
        return "; name a file below images/, an image_id, or the URL of a page or file"
    told = [each for known in names for each in reasons_for(run, known)]
    said = (f"{each['table']}: {each['decision']}" for each in told if each["decision"] != "ok")
    decisions = list(dict.fromkeys(said))
    return f" ({'; '.join(decisions)})" if decisions else ""


def _steps(shelf: _Shelf, row: Row, provenance: pa.Table) -> dict[str, Any]:
    image = row["image_id"]
    origins = provenance.filter(pc.equal(provenance["filename"], row["filename"])).to_pylist()
    return {
        "filename": row["filename"],
        "row": row,
        "derm1m": {
            "file": CSV_OF_SPLIT[row["split"]],
            "cells": dict(zip(DERM1M_COLUMNS, derm1m_row(row), strict=True)),
        },
        "captions": _captions(shelf, image),
        "label": shelf.of(image, LABELS),
        "annotation": shelf.of(image, ANNOTATIONS),
        "texts": _texts(shelf, image),
        "verdict": shelf.of(image, VERDICTS),
        "fingerprint": shelf.of(image, FINGERPRINTS),
        "duplicates": [shelf.of(each["image_id"], DUPLICATES) for each in origins],
        "origins": [_origin(shelf, each) for each in origins],
    }


def _captions(shelf: _Shelf, image: str) -> list[Row]:
    answers = {
        row["caption_id"]: row["raw"] for row in shelf.rows(image, ANSWERS, "image_id", image)
    }
    return [
        row | {"raw": answers.get(row["caption_id"])}
        for row in shelf.rows(image, CAPTIONS, "image_id", image)
    ]


def _texts(shelf: _Shelf, image: str) -> list[Row]:
    wanted = ("kind", "locator", "start_s", "end_s", "speaker", "language", "text")
    told = []
    for pair in shelf.rows(image, PAIRS, "image_id", image):
        for text in shelf.rows(image, TEXTS, "text_id", pair["text_id"]):
            told.append(pair | {name: text[name] for name in wanted})
    return told


def _origin(shelf: _Shelf, origin: Row) -> dict[str, Any]:
    """Return one way in: picture, file and item, and whether the stored bytes still hold."""
    image, item = origin["image_id"], origin["item_id"]
    media = shelf.run.workspace.media
    picture = shelf.of(image, IMAGES)
    files = shelf.rows(image, MEDIA, "item_id", item)
    file = next((each for each in files if each["sha256"] == origin["media_sha256"]), None)
    return {
        "image_id": image,
        "is_canonical": origin["is_canonical"],
        "picture": picture and picture | {"bytes": _bytes(media, picture["sha256"])},
        "file": file and file | {"bytes": _bytes(media, file["sha256"])},
        "item": next(iter(shelf.rows(image, ITEMS, "item_id", item)), None),
    }


def _bytes(media: MediaStore, sha256: str | None) -> str:
    """Return whether the stored bytes are still those that the digest names."""
    if sha256 is None or media.find(sha256) is None:
        return "missing"
    return "intact" if media.is_intact(sha256) else "damaged"


def _plain(value: Any) -> Any:
    """Return a value with its times as ISO 8601 text."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
