"""A folder in the shape of PAD-UFES-20, with invented photographs of invented patients."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.demo.cases import Case, draw_case, make_case
from pipeline.demo.pictures import encode_png
from pipeline.demo.truth import Place, TruthBook

SOURCE = "pad_ufes_20"
COLUMNS = (
    *("patient_id", "lesion_id", "smoke", "drink", "background_father", "background_mother"),
    *("age", "pesticide", "gender", "skin_cancer_history", "cancer_history", "has_piped_water"),
    *("has_sewage_system", "fitspatrick", "region", "diameter_1", "diameter_2", "diagnostic"),
    *("itch", "grew", "hurt", "changed", "bleed", "elevation", "img_id", "biopsed"),
)
_DISEASES = {
    "ACK": "actinic keratosis",
    "BCC": "basal cell carcinoma",
    "MEL": "melanoma",
    "NEV": "melanocytic nevus",
    "SCC": "squamous cell carcinoma",
    "SEK": "seborrheic keratosis",
}
_REGIONS = ("FACE", "FOREARM", "BACK", "HAND", "NECK", "CHEST")
_CANCERS = ("BCC", "MEL", "SCC")
_SIDE_PX = 400
MISSING, MALFORMED = 10, 11  # of the records, by number


@dataclass(frozen=True, slots=True)
class _View:
    """One record: its number, its patient's, its code, and what it shows."""

    number: int
    patient: int
    code: str
    case: Case

    @property
    def key(self) -> str:
        """The picture's name without its ending."""
        return f"PAT_{9000 + self.patient}_{9100 + self.number}_{9500 + self.number}"


def write_photographs(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write twelve records of six patients; one lacks its picture and one has an absurd age."""
    views = list(_views(seed))
    for view in views:
        place = Place(SOURCE, view.key)
        if view.number == MISSING:
            truth.plant("missing_picture", "failed", "The folder has no such file.", place)
        elif view.number == MALFORMED:
            told = "The record's age is no age; it is not collected."
            truth.plant("malformed_record", "not_collected", told, place)
        else:
            part = folder / f"imgs_part_{1 + view.number % 3}"
            part.mkdir(parents=True, exist_ok=True)
            (part / f"{view.key}.png").write_bytes(
                encode_png(draw_case(view.case, _SIDE_PX, _SIDE_PX))
            )
            truth.add_skin(place, view.case)
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(_row(view) for view in views)


def _views(seed: int) -> Iterator[_View]:
    """Yield two lesions of each patient, of two diseases."""
    codes = list(_DISEASES)
    for number in range(2 * len(codes)):
        patient, code = number // 2, codes[number % len(codes)]
        person = make_case(seed, f"{SOURCE} patient {patient}")
        case = make_case(seed, f"{SOURCE} lesion {number}", _DISEASES[code])
        region = _REGIONS[number % len(_REGIONS)].lower()
        case = replace(case, site=region, age=person.age, sex=person.sex, tone=1 + patient % 6)
        yield _View(number, patient, code, case)


def _row(view: _View) -> dict[str, str]:
    case = view.case
    return {
        "patient_id": f"PAT_{9000 + view.patient}",
        "lesion_id": str(9100 + view.number),
        "age": "999" if view.number == MALFORMED else str(case.age),
        "gender": case.sex.upper(),
        "fitspatrick": f"{case.tone}.0",
        "region": case.site.upper(),
        "diagnostic": view.code,
        "itch": str("itching" in case.disease.symptom),
        "hurt": "False",
        "bleed": "UNK",
        "elevation": "True",
        "img_id": f"{view.key}.png",
        "biopsed": str(view.code in _CANCERS),
    }
