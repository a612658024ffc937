"""HAM10000 in its own layout: dermoscopy of pigmented lesions (Tschandl et al., 2018)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.records import Shown, TableReader
from pipeline.sources.readers.tables import Layout, Line
from pipeline.sources.readers.values import (
    UnreadableValueError,
    read_age,
    read_sex,
    read_sites,
    read_words,
)

# Three of the codes stand for several diseases; the words name what all of these are, so that a
# picture is not labelled with a disease that the dataset does not tell apart.
DIAGNOSES = {
    "akiec": "intraepithelial carcinoma",
    "bcc": "basal cell carcinoma",
    "bkl": "benign keratosis-like lesion",
    "df": "dermatofibroma",
    "mel": "melanoma",
    "nv": "melanocytic naevus",
    "vasc": "vascular lesion",
}
CONFIRMED_BY = {
    "histo": "confirmed by histopathology",
    "follow_up": "confirmed by follow-up examination",
    "consensus": "confirmed by expert consensus",
    "confocal": "confirmed by in-vivo confocal microscopy",
}


def _read_line(line: Line) -> Iterator[Shown]:
    if not line["lesion_id"] or not line["dx"]:
        raise UnreadableValueError("lesion_id or dx is empty")
    facts = RecordFacts(
        diagnosis=DIAGNOSES.get(line["dx"].lower(), read_words(line["dx"])),
        basis=CONFIRMED_BY.get(line["dx_type"].lower()),
        body_sites=read_sites(line["localization"]),
        age=read_age(line["age"]),
        sex=read_sex(line["sex"]),
        imaging="dermoscopy",
    )
    yield Shown(line["image_id"], line["image_id"], facts)


READER = TableReader(
    title="HAM10000",
    layout=Layout(
        places=("HAM10000_metadata.csv", "HAM10000_metadata"),
        needed=("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"),
    ),
    key="image_id",
    read_line=_read_line,
    parts=(
        "HAM10000_images_part_1",
        "HAM10000_images_part_2",
        "HAM10000_images",
        "images",
        "",
    ),
    groups={"lesion_id": "lesion"},
)
