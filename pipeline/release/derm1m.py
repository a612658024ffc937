"""Rows as Derm1M v2 has them: twelve columns of text, with its words for what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.release import DERM1M_COLUMNS, SENTINELS

# Derm1M's file names; its loader and its evaluation scripts are given them.
CSV_OF_SPLIT: dict[str, str] = {
    "train": "Derm1M_v2_pretrain.csv",
    "validation": "Derm1M_v2_validation.csv",
    "test": "Derm1M_v2_test.csv",
}
SEPARATOR = ", "


def derm1m_row(row: Mapping[str, Any]) -> list[str]:
    """Return a row of the release as Derm1M's twelve cells, none of them empty.

    The path of a condition is in lower case, names joined with a comma; a second condition's path
    follows after a comma too, as Derm1M joins all its values.
    """
    labels = SEPARATOR.join(row["disease_label"])
    cells = {
        "filename": row["filename"],
        "caption": row["refined_caption"],
        "truncated_caption": row["truncated_caption"],
        "source": row["source"],
        "source_type": row["source_type"],
        "disease_label": labels,
        "hierarchical_disease_label": SEPARATOR.join(row["hierarchy"]).lower() or labels,
        "skin_concept": SEPARATOR.join(row["concepts"]),
        "body_location": SEPARATOR.join(row["body_sites"]),
        "symptoms": SEPARATOR.join(row["symptoms"]),
        "age": row["age"] or "",
        "gender": row["gender"] or "",
    }
    return [cells[name] or SENTINELS.get(name, "") for name in DERM1M_COLUMNS]


def concept_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[str]]:
    """Yield the rows of `concept.csv`: pictures with concepts only, no word for none."""
    for row in rows:
        if row["concepts"]:
            labels = SEPARATOR.join(row["disease_label"]) or SENTINELS["disease_label"]
            yield [row["filename"], labels, SEPARATOR.join(row["concepts"])]
