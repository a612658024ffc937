"""Dataset records to a picture and to sentences that say what the record says.

Reads items, media. Writes images, texts, pairs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import NotFoundError
from pipeline.extract.extracted import Extracted, Row
from pipeline.images.decode import PictureError, decode_picture, failed_row, picture_row
from pipeline.record_facts import RecordFacts
from pipeline.store import MediaStore

PICTURE = "picture"
RECORD = "record"
RECORD_SCORE = 1.0


def record_sentences(facts: RecordFacts) -> str:
    """Write the facts of a record as English sentences; what it does not know is left out."""
    told = [*_diagnosis(facts), *_patient(facts), *facts.remarks]
    if facts.imaging:
        told.append(f"Imaging: {facts.imaging}")
    return " ".join(f"{each}." for each in told)


def _diagnosis(facts: RecordFacts) -> Iterator[str]:
    if facts.diagnosis:
        yield f"Diagnosis: {facts.diagnosis}" + (f", {facts.basis}" if facts.basis else "")
    if facts.differential:
        # weights in whole per cent: a decimal point would end the sentence for a reader of cues
        weighed = [
            name if weight is None else f"{name} (weight {weight}%)"
            for name, weight in facts.differential
        ]
        yield f"Differential diagnosis{_judge(facts.differential_by)}: {', '.join(weighed)}"
    if facts.nature:
        yield f"The lesion is recorded as {facts.nature}"
    if facts.findings:
        yield f"Dermoscopic findings: {', '.join(facts.findings)}"


def _patient(facts: RecordFacts) -> Iterator[str]:
    for label, value in (
        ("Body site", ", ".join(facts.body_sites)),
        ("Age", facts.age),
        ("Sex", facts.sex),
    ):
        if value:
            yield f"{label}: {value}"
    if facts.skin_type:
        basis = f", {facts.skin_type_basis}" if facts.skin_type_basis else ""
        yield f"Fitzpatrick skin type: {facts.skin_type}{basis}"
    reported = f" reported by {facts.symptoms_by}" if facts.symptoms_by else ""
    if facts.symptoms:
        yield f"Symptoms{reported}: {', '.join(facts.symptoms)}"
    if facts.absent_symptoms:
        # each with its own `no`, so that none is read as present
        yield f"No {', no '.join(facts.absent_symptoms)}"


def _judge(name: str | None) -> str:
    return f" by {name}" if name else ""


def extract_record(
    item: Mapping[str, Any],
    files: list[Mapping[str, Any]],
    media: MediaStore,
    options: Mapping[str, Any],
) -> Extracted:
    """Extract a dataset's record: its picture, and what the record says of it.

    The sentences are written in English whatever the language of the source, so `options` is not
    asked.
    """
    extracted = Extracted()
    if not files:
        return extracted
    by_role = {str(each["role"]): each for each in files}
    row = _image(item, by_role.get("picture"), media)
    extracted.images.append(row)
    if row["status"] == "ok":
        text = extracted.add_text(item, RECORD, "record", _words(item))
        if extracted.texts[0]["status"] == "ok":
            extracted.pair(item, row["image_id"], text, "record", RECORD_SCORE)
    return extracted


def _words(item: Mapping[str, Any]) -> str:
    """Return the record's sentences, or nothing if it says nothing that can be read."""
    try:
        return record_sentences(RecordFacts.from_json(json.loads(item["details"])["facts"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _image(item: Mapping[str, Any], file: Mapping[str, Any] | None, media: MediaStore) -> Row:
    if file is None:
        why = "the record's picture was never asked for"
        return failed_row(item, PICTURE, "missing_media", why)
    if file["status"] != "ok":
        return failed_row(item, PICTURE, "not_fetched", str(file["error"]))
    sha256 = str(file["sha256"])
    try:
        return picture_row(item, PICTURE, sha256, decode_picture(media.get(sha256)), media)
    except NotFoundError as fault:
        return failed_row(item, PICTURE, "missing_media", str(fault), sha256)
    except PictureError as fault:
        return failed_row(item, PICTURE, fault.status, str(fault), sha256)
