"""Derm7pt: pairs of a dermoscopic and a clinical picture, scored by the seven-point checklist.

(Kawahara et al., 2019)
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.records import Shown, TableReader
from pipeline.sources.readers.tables import Layout, Line
from pipeline.sources.readers.values import read_sex, read_sites, read_words

# Criteria whose value goes before the name, as in `atypical pigment network`, and the others.
_QUALIFIED = {
    "pigment_network": "pigment network",
    "streaks": "streaks",
    "dots_and_globules": "dots and globules",
    "pigmentation": "pigmentation",
}
_NAMED = {
    "regression_structures": "regression structures",
    "vascular_structures": "vascular structures",
}
_PICTURES = {"derm": "dermoscopy", "clinic": "clinical photograph"}


def _read_line(line: Line) -> Iterator[Shown]:
    """Yield the pictures of a case; the checklist is about the dermoscopic one."""
    for column, imaging in _PICTURES.items():
        if line[column]:
            is_dermoscopic = column == "derm"
            facts = RecordFacts(
                diagnosis=read_words(line["diagnosis"]),
                findings=tuple(_findings(line)) if is_dermoscopic else (),
                body_sites=read_sites(line["location"]),
                sex=read_sex(line["sex"]),
                remarks=_remarks(line, is_dermoscopic=is_dermoscopic),
                imaging=imaging,
            )
            yield Shown(f"{line['case_num']}-{column}", line[column], facts)


def _findings(line: Line) -> Iterator[str]:
    for column, words in _QUALIFIED.items():
        value = line[column].lower()
        if value:
            yield f"no {words}" if value == "absent" else f"{value} {words}"
    if veil := line["blue_whitish_veil"].lower():
        yield "no blue-whitish veil" if veil == "absent" else "blue-whitish veil"
    for column, words in _NAMED.items():
        value = line[column].lower()
        if value:
            yield f"no {words}" if value == "absent" else f"{words} ({value})"


def _remarks(line: Line, *, is_dermoscopic: bool) -> tuple[str, ...]:
    score = line["seven_point_score"].removesuffix(".0")
    told = [f"Lesion to the touch: {line['elevation'].lower()}"] if line["elevation"] else []
    if is_dermoscopic and score.isdecimal():
        told.append(f"Score on the seven-point checklist: {int(score)}")
    return tuple(told)


READER = TableReader(
    title="Derm7pt",
    layout=Layout(
        places=("meta/meta.csv", "meta.csv", "release_v0/meta/meta.csv"),
        needed=("case_num", "diagnosis", "derm", "clinic"),
        aliases={"location": ("site",), "derm": ("derm_image",), "clinic": ("clinic_image",)},
    ),
    key="case_num",
    read_line=_read_line,
    parts=("images", "", "release_v0/images"),
    groups={"case_num": "case"},
)
