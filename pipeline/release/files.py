"""The files of a release but its pictures, as bytes by path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.knowledge.ontology import Ontology
from pipeline.release.content import Content
from pipeline.release.derm1m import CSV_OF_SPLIT, concept_rows, derm1m_row
from pipeline.release.published import (
    CAPTIONS_FILE,
    CONCEPTS_FILE,
    PROVENANCE_FILE,
    SHARD_ROWS,
    SPLITS,
    shard_name,
)
from pipeline.release.splits import ORDER
from pipeline.release.spreadsheet import csv_bytes
from pipeline.store.tables import to_parquet
from schemas.release import CAPTION_PAIRS, DERM1M_COLUMNS

CONCEPT_COLUMNS = ("filename", "disease_label", "skin_concept")
SPLIT_COLUMNS = ("filename", "group_id")


def data_files(content: Content) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every table of the release."""
    for split in ORDER:
        rows = content.rows.filter(pc.equal(content.rows["split"], split))
        yield from _split_files(split, rows)
    yield PROVENANCE_FILE, to_parquet(content.provenance)
    pairs = (
        [str(row[name]) for name in CAPTION_PAIRS.column_names] for row in _each(content.captions)
    )
    yield CAPTIONS_FILE, csv_bytes(CAPTION_PAIRS.column_names, pairs)
    yield CONCEPTS_FILE, csv_bytes(CONCEPT_COLUMNS, concept_rows(_each(content.rows)))


def ontology_files() -> Iterator[tuple[str, bytes]]:
    """Yield the vocabulary: parent to children as Derm1M has it, and the tree with its ids."""
    ontology = Ontology.load()
    yield "ontology.json", json_bytes(ontology.flat())
    yield "ontology_nested.json", json_bytes(ontology.nested())


def json_bytes(value: Any) -> bytes:
    """Return JSON that a person can read, and that a machine writes the same way each time."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode()


def _split_files(split: str, rows: pa.Table) -> Iterator[tuple[str, bytes]]:
    for number, start in enumerate(range(0, max(rows.num_rows, 1), SHARD_ROWS)):
        yield shard_name(split, number), to_parquet(rows.slice(start, SHARD_ROWS))
    twelve = (derm1m_row(row) for row in _each(rows))
    yield CSV_OF_SPLIT[split], csv_bytes(DERM1M_COLUMNS, twelve, bom=True)
    places = ([str(row[name]) for name in SPLIT_COLUMNS] for row in _each(rows))
    yield f"{SPLITS}/{split}.csv", csv_bytes(SPLIT_COLUMNS, places)


def _each(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
