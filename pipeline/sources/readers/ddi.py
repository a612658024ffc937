"""Diverse Dermatology Images: biopsied lesions on all skin tones (Daneshjou et al., 2022)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.places import stem
from pipeline.sources.readers.records import Shown, TableReader
from pipeline.sources.readers.tables import Layout, Line
from pipeline.sources.readers.values import UnreadableValueError, read_flag, read_words

SKIN_TONES = {"12": "I or II", "34": "III or IV", "56": "V or VI"}
_NATURES = {True: "malignant", False: "benign"}


def _read_line(line: Line) -> Iterator[Shown]:
    tone = line["skin_tone"].removesuffix(".0")
    if tone and tone not in SKIN_TONES:
        raise UnreadableValueError(f"skin_tone is {tone[:60]!r}, not 12, 34 or 56")
    is_malignant = read_flag(line["malignant"])
    facts = RecordFacts(
        diagnosis=read_words(line["disease"].replace("-", " ")),
        basis="confirmed by histopathology",  # the dataset takes in nothing else
        nature=None if is_malignant is None else _NATURES[is_malignant],
        skin_type=SKIN_TONES.get(tone),
        skin_type_basis="estimated by dermatologists",
        imaging="clinical photograph",
    )
    yield Shown(stem(line["ddi_file"]), line["ddi_file"], facts)


READER = TableReader(
    title="DDI",
    layout=Layout(
        places=("ddi_metadata.csv", "ddidiversedermatologyimages/ddi_metadata.csv"),
        needed=("ddi_file", "skin_tone", "malignant", "disease"),
    ),
    key="ddi_file",
    read_line=_read_line,
    parts=("", "images", "ddidiversedermatologyimages"),
)
