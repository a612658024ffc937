"""Dataset records to a picture and to sentences that say what the record says.

Reads items, media. Writes images, texts, pairs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.errors import NotFoundError
from pipeline.extract.extracted import Extracted, Row
from pipeline.images.decode import PictureError, decode_picture, failed_row, picture_row
from pipeline.store import MediaStore

PICTURE = "picture"
RECORD = "record"
RECORD_SCORE = 1.0

Writer = Callable[[Mapping[str, str]], str]

# Three of the codes stand for several diseases; the words name what all of these are, so that a
# picture is not labelled with a disease that the dataset does not tell apart.
_HAM_DIAGNOSES = {
    "akiec": "intraepithelial carcinoma",
    "bcc": "basal cell carcinoma",
    "bkl": "benign keratosis-like lesion",
    "df": "dermatofibroma",
    "mel": "melanoma",
    "nv": "melanocytic naevus",
    "vasc": "vascular lesion",
}
_HAM_CONFIRMED_BY = {
    "histo": "histopathology",
    "follow_up": "follow-up examination",
    "consensus": "expert consensus",
    "confocal": "in-vivo confocal microscopy",
}
_NOT_KNOWN = frozenset({"", "unknown", "na", "nan", "null", "none"})


def ham10000_sentences(row: Mapping[str, str]) -> str:
    """Write a record of HAM10000 as English sentences; what it does not know is left out."""
    code = row["dx"].strip()
    diagnosis = _HAM_DIAGNOSES.get(code, code)
    means = _HAM_CONFIRMED_BY.get(row.get("dx_type", ""))
    sentences = [f"Diagnosis: {diagnosis}" + (f", confirmed by {means}" if means else "")]
    sentences += [
        f"{label}: {value}"
        for label, value in (
            ("Body site", _known(row.get("localization"))),
            ("Age", _whole(_known(row.get("age")))),
            ("Sex", _known(row.get("sex"))),
        )
        if value
    ]
    return ". ".join([*sentences, "Imaging: dermoscopy"]) + "."


WRITERS: Mapping[str, Writer] = {"ham10000": ham10000_sentences}


def _known(value: str | None) -> str:
    stated = (value or "").strip()
    return "" if stated.lower() in _NOT_KNOWN else stated


def _whole(number: str) -> str:
    """Return `45` for `45.0`."""
    return number.removesuffix(".0")


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
    record = by_role.get("record")
    if row["status"] == "ok":
        text = extracted.add_text(item, RECORD, "record", _words(item, record, media))
        if extracted.texts[0]["status"] == "ok":
            extracted.pair(item, row["image_id"], text, "record", RECORD_SCORE)
    return extracted


def _words(item: Mapping[str, Any], record: Mapping[str, Any] | None, media: MediaStore) -> str:
    """Return the record's sentences, or nothing if it cannot be read."""
    if record is None or record["status"] != "ok":
        return ""
    try:
        told = json.loads(media.get(str(record["sha256"])))
        return WRITERS[json.loads(item["details"])["reader"]](told)
    except (NotFoundError, ValueError, KeyError, TypeError, AttributeError):
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
