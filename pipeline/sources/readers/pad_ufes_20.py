"""PAD-UFES-20: smartphone photographs with clinical data (Pacheco et al., 2020)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.places import stem
from pipeline.sources.readers.records import Shown, TableReader
from pipeline.sources.readers.tables import Layout, Line
from pipeline.sources.readers.values import (
    UnreadableValueError,
    known,
    read_age,
    read_flag,
    read_sex,
    read_sites,
    read_skin_types,
)

# Bowen's disease is counted as squamous cell carcinoma.
DIAGNOSES = {
    "ACK": "actinic keratosis",
    "BCC": "basal cell carcinoma",
    "MEL": "melanoma",
    "NEV": "naevus",
    "SCC": "squamous cell carcinoma",
    "SEK": "seborrheic keratosis",
}
BASIS = {True: "confirmed by biopsy", False: "by clinical consensus of dermatologists"}
SYMPTOMS = {"itch": "itching", "hurt": "pain", "bleed": "bleeding"}
REMARKS = {
    "grew": "The lesion has grown",
    "changed": "The lesion has changed",
    "elevation": "The lesion is elevated",
}


def _read_line(line: Line) -> Iterator[Shown]:
    code = line["diagnostic"].upper()
    if code not in DIAGNOSES:
        raise UnreadableValueError(f"diagnostic is {code[:60]!r}, which is none of its codes")
    biopsed = read_flag(line["biopsed"])
    felt = {words: read_flag(line[column]) for column, words in SYMPTOMS.items()}
    facts = RecordFacts(
        diagnosis=DIAGNOSES[code],
        basis=None if biopsed is None else BASIS[biopsed],
        body_sites=read_sites(line["region"]),
        age=read_age(line["age"]),
        sex=read_sex(line["gender"]),
        skin_type=read_skin_types([line["fitspatrick"]]),
        symptoms=tuple(words for words, has in felt.items() if has),
        absent_symptoms=tuple(words for words, has in felt.items() if has is False),
        remarks=(
            *(words for column, words in REMARKS.items() if read_flag(line[column])),
            *_diameters(line),
        ),
        imaging="clinical photograph taken with a smartphone",
    )
    yield Shown(stem(line["img_id"]), line["img_id"], facts)


def _diameters(line: Line) -> Iterator[str]:
    try:
        sizes = [
            float(known(line[name]).replace(",", ".")) for name in ("diameter_1", "diameter_2")
        ]
    except ValueError:
        return  # not measured, which is so of lesions that were not biopsied
    if all(0 < size < 1000 for size in sizes):
        yield "Diameters: " + " and ".join(f"{size:g} mm" for size in sizes)


READER = TableReader(
    title="PAD-UFES-20",
    layout=Layout(
        places=("metadata.csv", "PAD-UFES-20/metadata.csv"),
        needed=("patient_id", "lesion_id", "img_id", "diagnostic"),
        aliases={
            "fitspatrick": ("fitzpatrick", "fitzpatrick_skin_type"),  # the dataset's own spelling
            "biopsed": ("biopsied",),
            "gender": ("sex",),
            "region": ("body_region",),
        },
    ),
    key="img_id",
    read_line=_read_line,
    parts=(
        "images",
        *(f"images/imgs_part_{n}" for n in (1, 2, 3)),
        *(f"images/imgs_part_{n}/imgs_part_{n}" for n in (1, 2, 3)),
        *(f"imgs_part_{n}" for n in (1, 2, 3)),
        *(f"imgs_part_{n}/imgs_part_{n}" for n in (1, 2, 3)),
        "",
    ),
    groups={"patient_id": "patient", "lesion_id": "lesion"},
)
