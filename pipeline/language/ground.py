"""Check every caption against the evidence of its picture.

Reads texts, annotations, labels, answers. Writes captions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.knowledge.vocabularies import vocabulary_digests
from pipeline.language.claims import Support, check_caption, support_of
from pipeline.language.clauses import truncate
from pipeline.store import Bench, Options, Stage
from schemas import ANNOTATIONS, ANSWERS, CAPTIONS, LABELS, TEXTS

Row = dict[str, Any]


def ground_captions(
    _bench: Bench, texts: pa.Table, annotations: pa.Table, labels: pa.Table, answers: pa.Table
) -> tuple[pa.Table]:
    """Return one caption per answer; what the evidence does not support is `rejected`."""
    supports = _supports(texts, annotations, labels)
    return (CAPTIONS.table([_caption(row, supports) for row in answers.to_pylist()]),)


def _supports(texts: pa.Table, annotations: pa.Table, labels: pa.Table) -> Mapping[str, Support]:
    words = {row["text_id"]: row["text"] for row in texts.to_pylist()}
    labelled = {row["image_id"]: row for row in labels.to_pylist()}
    return {
        row["image_id"]: support_of(
            [words[each] for each in row["text_ids"] if each in words],
            row,
            labelled.get(row["image_id"]),
        )
        for row in annotations.to_pylist()
    }


def _caption(answer: Row, supports: Mapping[str, Support]) -> Row:
    caption = {name: answer[name] for name in CAPTIONS.column_names if name in answer}
    if answer["status"] != "ok" or answer["text"] is None:
        return {**caption, "truncated_text": None, "grounding": "not_checked", "faults": []}
    text = answer["text"]
    support = supports.get(answer["image_id"], Support(frozenset()))
    found = check_caption(text, answer["kind"], support)
    caption |= {"grounding": found.verdict, "faults": list(found.faults)}
    if found.verdict == "supported":
        return {**caption, "truncated_text": truncate(text)}
    told = ", ".join(found.faults)
    return {
        **caption,
        "truncated_text": None,
        "status": "rejected",
        "error": f"the caption is {found.verdict}: {told}",
    }


def ground_options(_catalog: Catalog, _source_id: str | None, _caption_set: str | None) -> Options:
    """Return what grounding depends on besides its tables: what dermatology calls things."""
    return vocabulary_digests()


GROUND = Stage(
    name="ground",
    version=2,
    reads=(TEXTS, ANNOTATIONS, LABELS, ANSWERS),
    writes=(CAPTIONS,),
    run=ground_captions,
    options=ground_options,
)
