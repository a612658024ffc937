"""The ISIC archive: pictures with the metadata CSV that its gallery and `isic-cli` write.

Each picture has a licence of its own in `copyright_license`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.places import stem
from pipeline.sources.readers.records import Shown, TableReader
from pipeline.sources.readers.tables import Layout, Line
from pipeline.sources.readers.values import (
    plain,
    read_age,
    read_sex,
    read_sites,
    read_skin_types,
    read_words,
)

CONFIRMED_BY = {
    "histopathology": "confirmed by histopathology",
    "serial imaging showing no change": "confirmed by serial imaging showing no change",
    "single image expert consensus": "by expert consensus on a single image",
    "confocal microscopy with consensus dermoscopy": (
        "confirmed by confocal microscopy with consensus dermoscopy"
    ),
    "single contributor clinical assessment": "as one contributor assessed it clinically",
}
IMAGING = {
    "dermoscopic": "dermoscopy",
    "clinical": "clinical photograph",
    "clinical: close-up": "clinical photograph, close-up",
    "clinical: overview": "clinical photograph, overview",
    "macroscopic": "clinical photograph",
    "overview": "clinical photograph, overview",
    "tbp tile: close-up": "close-up cut from total body photography",
    "tbp tile: overview": "overview cut from total body photography",
    "rcm: macroscopic": "macroscopic picture of reflectance confocal microscopy",
    "rcm: tile": "reflectance confocal microscopy",
    "rcm: mosaic": "reflectance confocal microscopy",
}
# The first level only says benign or malignant, and the second names a family of diagnoses.
_DIAGNOSIS, _FAMILY = "diagnosis_3", "diagnosis_2"
_DETAILS = ("diagnosis_5", "diagnosis_4")


def _read_line(line: Line) -> Iterator[Shown]:
    name = stem(line["isic_id"])
    facts = RecordFacts(
        diagnosis=read_words(line[_DIAGNOSIS] or line["diagnosis"]),
        basis=CONFIRMED_BY.get(plain(line["diagnosis_confirm_type"])),
        nature=read_words((line["benign_malignant"] or line["diagnosis_1"]).lower()),
        body_sites=read_sites(line["anatom_site_special"] or line["anatom_site_general"]),
        age=read_age(line["age_approx"]),
        sex=read_sex(line["sex"]),
        skin_type=read_skin_types([line["fitzpatrick_skin_type"]]),
        remarks=_remarks(line),
        imaging=IMAGING.get(plain(line["image_type"])),
    )
    yield Shown(
        name,
        name,
        facts,
        creator=line["attribution"] or None,
        licence=line["copyright_license"] if line.has("copyright_license") else None,
    )


def _remarks(line: Line) -> tuple[str, ...]:
    detail = next((line[level] for level in _DETAILS if line[level]), "")
    family = "" if line[_DIAGNOSIS] or line["diagnosis"] else line[_FAMILY]
    told = (("In detail", read_words(detail)), ("Kind of lesion", read_words(family)))
    return tuple(f"{label}: {words}" for label, words in told if words)


READER = TableReader(
    title="ISIC archive",
    layout=Layout(
        places=("metadata.csv", "metadata/metadata.csv", "ISIC-images/metadata.csv"),
        needed=("isic_id",),
        aliases={
            "isic_id": ("image_id", "image_name", "image", "name"),
            "age_approx": ("age_approximate", "age"),
            "anatom_site_general": ("anatom_site_general_challenge", "site", "localization"),
            "copyright_license": ("license", "licence"),
        },
    ),
    key="isic_id",
    read_line=_read_line,
    parts=("", "images", "ISIC-images", "train", "test"),
    groups={"patient_id": "patient", "lesion_id": "lesion"},
)
