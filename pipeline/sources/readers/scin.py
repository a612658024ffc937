"""SCIN: photographs contributed by internet users, with dermatologists' differentials.

Race and ethnicity stay in the raw record and are never said. (Ward et al., 2024)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.records import Shown, TableReader
from pipeline.sources.readers.tables import Layout, Line
from pipeline.sources.readers.values import (
    UnreadableValueError,
    plain,
    read_age,
    read_flag,
    read_sex,
    read_sites,
    read_skin_types,
    read_words,
)

_PICTURES = (1, 2, 3)
_SITES = "body_parts_"
_TEXTURES = {
    "textures_raised_or_bumpy": "raised or bumpy",
    "textures_flat": "flat",
    "textures_rough_or_flaky": "rough or flaky",
    "textures_fluid_filled": "fluid filled",
}
_SYMPTOMS = {
    "condition_symptoms_itching": "itching",
    "condition_symptoms_burning": "burning",
    "condition_symptoms_pain": "pain",
    "condition_symptoms_bleeding": "bleeding",
    "condition_symptoms_increasing_size": "increasing size",
    "condition_symptoms_darkening": "darkening",
    "condition_symptoms_bothersome_appearance": "bothersome appearance",
    "other_symptoms_fever": "fever",
    "other_symptoms_chills": "chills",
    "other_symptoms_fatigue": "fatigue",
    "other_symptoms_joint_pain": "joint pain",
    "other_symptoms_mouth_sores": "mouth sores",
    "other_symptoms_shortness_of_breath": "shortness of breath",
}
_DURATIONS = {
    "one day": "for one day",
    "less than one week": "for less than one week",
    "one to four weeks": "for one to four weeks",
    "one to three months": "for one to three months",
    "three to twelve months": "for three to twelve months",
    "more than one year": "for more than one year",
    "more than five years": "for more than five years",
    "since childhood": "since childhood",
}
_SHOTS = {"close up": ", close-up", "at an angle": ", at an angle", "at distance": ", at distance"}
_GRADERS = {"india": "graders in India", "us": "graders in the United States"}
_WEIGHTED = re.compile(r"(['\"])(?P<name>.{1,120}?)\1\s*:\s*(?P<weight>\d(?:\.\d+)?(?:e-\d+)?)")
_LISTED = re.compile(r"(['\"])(?P<name>.{1,120}?)\1(?=\s*[,\]])")


def _read_line(line: Line) -> Iterator[Shown]:
    """Yield the pictures of a case, all with the facts of the case."""
    for number in _PICTURES:
        path = line[f"image_{number}_path"]
        if path:
            shot = _SHOTS.get(plain(line[f"image_{number}_shot_type"]), "")
            imaging = f"clinical photograph taken by the contributor{shot}"
            yield Shown(f"{line['case_id']}-{number}", path, _facts(line, imaging))


def _facts(line: Line, imaging: str) -> RecordFacts:
    estimates = [line[f"dermatologist_fitzpatrick_skin_type_label_{n}"] for n in (1, 2, 3)]
    estimated = read_skin_types(estimates)
    reported = read_skin_types([line["fitzpatrick_skin_type"]])
    return RecordFacts(
        differential=_differential(line),
        differential_by="dermatologists",
        body_sites=read_sites(*(each.removeprefix(_SITES) for each in _said(line, _SITES))),
        age=read_age(line["age_group"]),
        sex=read_sex(line["sex_at_birth"]),
        skin_type=estimated or reported,
        skin_type_basis=(
            "estimated by dermatologists" if estimated else "reported by the contributor"
        ),
        symptoms=tuple(words for name, words in _SYMPTOMS.items() if read_flag(line[name])),
        symptoms_by="the contributor",
        remarks=tuple(_remarks(line)),
        imaging=imaging,
    )


def _said(line: Line, prefix: str) -> Iterable[str]:
    columns = (name for name in line.values if name.startswith(prefix))
    return [name for name in columns if read_flag(line[name])]


def _differential(line: Line) -> tuple[tuple[str, int | None], ...]:
    """Return the conditions that dermatologists considered, the likeliest first."""
    weighted = line["weighted_skin_condition_label"]
    found = list(_WEIGHTED.finditer(weighted))
    if re.sub(r"[{}\s,]", "", _WEIGHTED.sub("", weighted)):
        raise UnreadableValueError(f"weighted_skin_condition_label is {weighted[:60]!r}")
    if found:
        shares = [(each["name"], float(each["weight"])) for each in found]
        if any(share > 1 for _name, share in shares):
            raise UnreadableValueError("a weight of weighted_skin_condition_label is over 1")
        shares.sort(key=lambda each: -each[1])
        return tuple((_condition(name), round(100 * share)) for name, share in shares)
    listed = _LISTED.finditer(line["dermatologist_skin_condition_on_label_name"])
    return tuple(
        (name, None) for name in dict.fromkeys(_condition(each["name"]) for each in listed)
    )


def _condition(name: str) -> str:
    return read_words(name) or "unknown"


def _remarks(line: Line) -> Iterator[str]:
    textures = [words for name, words in _TEXTURES.items() if read_flag(line[name])]
    if textures:
        yield f"Texture as reported by the contributor: {', '.join(textures)}"
    if duration := _DURATIONS.get(plain(line["condition_duration"])):
        yield f"Present {duration}, as reported by the contributor"
    for country, graders in _GRADERS.items():
        tone = line[f"monk_skin_tone_label_{country}"].removesuffix(".0")
        if tone.isdecimal() and 1 <= int(tone) <= 10:
            yield f"Monk skin tone: {int(tone)}, estimated by {graders}"


READER = TableReader(
    title="SCIN",
    layout=Layout(
        places=("scin_cases.csv", "dataset/scin_cases.csv"),
        needed=("case_id", "image_1_path"),
    ),
    joined=Layout(
        places=("scin_labels.csv", "dataset/scin_labels.csv"),
        needed=("case_id", "weighted_skin_condition_label"),
        aliases={
            "dermatologist_skin_condition_on_label_name": (
                "dermatologist_skin_condition_label_name",
            )
        },
    ),
    key="case_id",
    read_line=_read_line,
    parts=("", "dataset", "images", "dataset/images"),
    groups={"case_id": "case"},
)
