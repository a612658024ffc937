"""Everything a release says, before a file of it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog import ReleaseEntry
from pipeline.release.inputs import ORIGIN, SHOWN, Inputs, read_part
from pipeline.release.rows import Shown, provenances, shown_rows
from pipeline.release.splits import Place, assign_splits
from pipeline.store import Run
from schemas.release import CAPTION_PAIRS, PROVENANCE, RELEASE

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Content:
    """The tables of a release, sorted by file name, and the kept pictures withheld by reason."""

    rows: pa.Table
    captions: pa.Table
    provenance: pa.Table
    withheld: Mapping[str, int]


def compose(run: Run, entry: ReleaseEntry, inputs: Inputs, progress: Progress) -> Content:
    """Return what a release says, from two passes over its partitions.

    The run's caption set is that of the release.
    """
    shown = []
    for partition in inputs.shown:
        progress(f"reading {partition}")
        part = read_part(run, partition, (*ORIGIN, *SHOWN))
        source = run.catalog.source(partition.source_id)
        caption_set = str(run.caption_set)
        shown.append(shown_rows(part, partition.source_id, source, entry.tiers, caption_set))
    rows = _concat([each.rows for each in shown], RELEASE.schema)
    filenames = dict(zip(rows["image_id"].to_pylist(), rows["filename"].to_pylist(), strict=True))
    provenance, memberships = _origins(run, inputs, filenames, progress)
    places = assign_splits(memberships, entry.splits)
    counted = Counter(filename for filename, _group in memberships)
    return Content(
        rows=RELEASE.check(_settle(rows, places, counted)),
        captions=CAPTION_PAIRS.check(_pairs(shown, places)),
        provenance=PROVENANCE.check(provenance.sort_by([(k, "ascending") for k in PROVENANCE.key])),
        withheld=_summed([each.withheld for each in shown]),
    )


def _origins(
    run: Run, inputs: Inputs, filenames: Mapping[str, str], progress: Progress
) -> tuple[pa.Table, list[tuple[str, str]]]:
    tables = []
    memberships: list[tuple[str, str]] = []
    for partition in (*inputs.shown, *inputs.related):
        progress(f"tracing {partition}")
        table, groups = provenances(read_part(run, partition, ORIGIN), filenames)
        tables.append(table)
        memberships += groups
    return _concat(tables, PROVENANCE.schema), memberships


def _settle(rows: pa.Table, places: Mapping[str, Place], counted: Mapping[str, int]) -> pa.Table:
    filenames = rows["filename"].to_pylist()
    settled: dict[str, list[Any]] = {
        "split": [places[name].split for name in filenames],
        "group_id": [places[name].group_id for name in filenames],
        "n_provenances": [counted[name] for name in filenames],
    }
    return _replace(rows, settled).sort_by("filename")


def _pairs(shown: Sequence[Shown], places: Mapping[str, Place]) -> pa.Table:
    pairs = _concat([each.captions for each in shown], CAPTION_PAIRS.schema)
    names = pairs["filename"].to_pylist()
    settled = _replace(pairs, {"split": [places[name].split for name in names]})
    # within a picture: refined, ontology, concept
    return settled.take(
        pc.sort_indices(settled, [("filename", "ascending"), ("kind", "descending")])
    )


def _replace(table: pa.Table, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        field = table.schema.field(at)
        table = table.set_column(at, field, pa.array(values, field.type))
    return table


def _concat(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _summed(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
