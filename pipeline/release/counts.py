"""What a release counts: pictures and pairs apart, and how much of each column is filled."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.release.splits import ORDER

FILLED = ("condition_ids", "concepts", "body_sites", "symptoms", "age", "gender", "skin_tone")


def count_release(rows: pa.Table, captions: pa.Table, provenance: pa.Table) -> dict[str, Any]:
    """Return the numbers of a release, as plain JSON.

    ``pairs`` counts captions by kind, ``images`` pictures; ``filled`` is by column the number of
    pictures that have a value.
    """
    several = pc.sum(pc.greater(rows["n_provenances"], 1)).as_py() or 0
    return {
        "images": rows.num_rows,
        "pairs": {
            "total": captions.num_rows,
            **dict(tally(captions["kind"])),
        },
        "splits": dict.fromkeys(ORDER, 0) | dict(tally(rows["split"])),
        "groups": len(pc.unique(rows["group_id"])),
        "sources": dict(tally(rows["source"])),
        "licences": dict(tally(rows["licence"])),
        "licence_tiers": dict(tally(rows["licence_tier"])),
        "label_statuses": dict(tally(rows["label_status"])),
        "conditions": len(tally(rows["disease_label"])),
        "concepts": len(tally(rows["concepts"])),
        "filled": {name: n_filled(rows[name]) for name in FILLED},
        "provenances": provenance.num_rows,
        "images_with_several_provenances": several,
    }


def tally(column: pa.ChunkedArray) -> list[tuple[str, int]]:
    """Return values and their counts, most frequent first; null counts as `unknown`.

    Lists are counted by their entries.
    """
    values = column.combine_chunks()
    if pa.types.is_list(values.type):
        values = values.flatten()
    counted = pc.value_counts(pc.fill_null(values.cast(pa.string()), "unknown")).to_pylist()
    return sorted(
        ((each["values"], each["counts"]) for each in counted), key=lambda each: (-each[1], each[0])
    )


def n_filled(column: pa.ChunkedArray) -> int:
    """Return the number of rows that are neither null nor an empty list or text."""
    if pa.types.is_list(column.type):
        filled = pc.greater(pc.fill_null(pc.list_value_length(column), 0), 0)
    else:
        filled = pc.greater(pc.utf8_length(pc.fill_null(column, "")), 0)
    return int(pc.sum(filled).as_py() or 0)
