"""Extract: media into pictures, passages, and pairs of them.

Reads items, media. Writes images, texts, pairs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.errors import DermcurateError, NotFoundError, SourceError, WorkspaceError
from pipeline.extract.agreement import check_weights, judge_pairs
from pipeline.extract.articles import extract_article
from pipeline.extract.documents import extract_deck
from pipeline.extract.extracted import Extracted, Row
from pipeline.extract.lectures import extract_lecture
from pipeline.extract.panel_detector import detector_options
from pipeline.extract.posts import extract_thread
from pipeline.extract.records import extract_record
from pipeline.images.decode import PictureError, failed_row
from pipeline.store import Bench, MediaStore, Options, Stage
from schemas import IMAGES, ITEMS, MEDIA, PAIRS, TEXTS

Extract = Callable[
    [Mapping[str, Any], list[Mapping[str, Any]], MediaStore, Mapping[str, Any]], Extracted
]

EXTRACTORS: Mapping[str, Extract] = {
    "pubmed": extract_article,
    "youtube": extract_lecture,
    "reddit": extract_thread,
    "discourse": extract_thread,
    "webforum": extract_thread,
    "slides": extract_deck,
    "dataset": extract_record,
}
_MAX_THREADS = 4  # decoders hold whole pictures in memory


def extract_options(catalog: Catalog, source_id: str | None, _caption_set: str | None) -> Options:
    """Return the kind and the language of a source, and how its videos and pairs are looked at."""
    entry = catalog.source(source_id or "")
    told: dict[str, Any] = {"kind": entry.kind, "language": entry.language}
    if entry.kind == "youtube":
        told |= {"speech_model": entry.speech_model, "frames": entry.frames}
    if entry.kind == "pubmed" and catalog.panels.detector is not None:
        told["panel_detector"] = detector_options(catalog.panels.detector.model_dump(mode="json"))
    if catalog.similarity is not None:
        told["similarity"] = catalog.similarity.model_dump(mode="json")
    return told


def extract_items(bench: Bench, items: pa.Table, media: pa.Table) -> tuple[pa.Table, ...]:
    """Return images, texts and pairs of all items that have media, in the order of the items.

    An item that cannot be read gives one image that says why.
    """
    extract = EXTRACTORS[bench.options["kind"]]
    if bench.options.get("similarity"):
        check_weights(bench.options["similarity"])
    files: dict[str, list[Mapping[str, Any]]] = {}
    for row in media.to_pylist():
        files.setdefault(row["item_id"], []).append(row)
    rows = [row for row in items.to_pylist() if row["item_id"] in files]

    def extract_one(item: Row) -> Extracted:
        return _extract_item(extract, item, files[item["item_id"]], bench)

    with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1)) as pool:
        extracted = list(pool.map(extract_one, rows))
    return (
        IMAGES.table(row for each in extracted for row in _renamed(each.images, "image_id")),
        TEXTS.table(row for each in extracted for row in _renamed(each.texts, "text_id")),
        PAIRS.table(row for each in extracted for row in _once(each.pairs)),
    )


def _extract_item(
    extract: Extract, item: Row, files: list[Mapping[str, Any]], bench: Bench
) -> Extracted:
    """Extract one item; a fault of its files becomes an image that could not be had."""
    status: str
    try:
        extracted = extract(item, files, bench.media, bench.options)
        if bench.options.get("similarity"):
            judge_pairs(extracted, bench.media, bench.options["similarity"])
        return extracted
    except (WorkspaceError, SourceError):
        raise  # a full disk, or a model that is not there, is no fault of the item
    except PictureError as fault:
        status, told = fault.status, str(fault)
    except NotFoundError as fault:
        status, told = "not_fetched", str(fault)
    except (DermcurateError, UnicodeError, json.JSONDecodeError) as fault:
        status, told = "undecodable", f"the item cannot be read: {fault}"
    return Extracted(images=[failed_row(item, "item", status, told)])


def _renamed(rows: list[Row], key: str) -> list[Row]:
    """Return the rows of one item with a number after a locator that comes again."""
    seen: set[str] = set()
    unique = []
    for row in rows:
        name, locator, number = row[key], row["locator"], 1
        while name in seen:
            number += 1
            name, locator = f"{row[key]}-{number}", f"{row['locator']}-{number}"
        seen.add(name)
        unique.append({**row, key: name, "locator": locator})
    return unique


def _once(pairs: list[Row]) -> list[Row]:
    """Return the pairs of one item, each picture and passage together once, the first time."""
    unique: dict[tuple[str, str], Row] = {}
    for row in pairs:
        unique.setdefault((row["image_id"], row["text_id"]), row)
    return list(unique.values())


EXTRACT = Stage(
    "extract",
    version=3,
    reads=(ITEMS, MEDIA),
    writes=(IMAGES, TEXTS, PAIRS),
    run=extract_items,
    options=extract_options,
)
