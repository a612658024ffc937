"""A folder in the shape of the HAM10000 dataset, with invented dermoscopy pictures."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.demo.cases import make_case
from pipeline.demo.diseases import DISEASES
from pipeline.demo.pictures import encode_jpeg, generator
from pipeline.demo.skin import draw_dermoscopy
from pipeline.demo.truth import Place, TruthBook

COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
TRUNCATED = "ISIC_9900057"


@dataclass(frozen=True, slots=True)
class _Class:
    """A diagnosis of HAM10000, the disease it is drawn as, and how many pictures it gets."""

    dx: str
    disease: str
    pictures: int
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class _View:
    """One picture: what it shows, its running number, and the number of its lesion."""

    shows: _Class
    number: int
    lesion: int


_CLASSES = (
    _Class("nv", "melanocytic nevus", 20, "follow_up"),
    _Class("mel", "melanoma", 10, "histo"),
    _Class("bkl", "seborrheic keratosis", 8, "histo"),
    _Class("bcc", "basal cell carcinoma", 7, "histo"),
    _Class("akiec", "actinic keratosis", 6, "histo"),
    _Class("vasc", "cherry angioma", 5, "consensus"),
    _Class("df", "dermatofibroma", 4, "consensus"),
)
_PLACES = ("back", "lower extremity", "trunk", "upper extremity", "abdomen", "face", "chest", "")


def write_dataset(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write sixty pictures in two parts and their metadata; one file is cut short."""
    rows: list[dict[str, str]] = []
    lesion = 0
    for one in _CLASSES:
        for number in range(one.pictures):
            lesion += number % 4 != 3  # every fourth picture is a second view of the lesion before
            view = _View(one, len(rows), lesion)
            rows.append(_write_picture(folder, seed, view, truth))
    with (folder / "HAM10000_metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    note = "The file ends in the middle of the picture."
    truth.plant("truncated_jpeg", "failed", note, Place("ham10000", TRUNCATED))


def _write_picture(folder: Path, seed: int, view: _View, truth: TruthBook) -> dict[str, str]:
    one, number, lesion = view.shows, view.number, view.lesion
    patient = make_case(seed, f"ham10000 lesion {lesion}", one.disease)
    rng = generator(seed, f"ham10000 picture {number}")
    place = _PLACES[lesion % len(_PLACES)]
    recipe = replace(DISEASES[one.disease].recipe, radius=(0.2, 0.42))
    if one.dx in ("akiec", "vasc"):
        recipe = replace(recipe, count=(1, 3))
    tone = min(patient.tone, 4)
    body = encode_jpeg(draw_dermoscopy(rng, recipe, tone, 600, 450), 90)
    image_id = f"ISIC_{9_900_001 + number}"
    if image_id == TRUNCATED:
        body = body[: len(body) * 2 // 5]
    part = folder / f"HAM10000_images_part_{1 if number < 30 else 2}"
    part.mkdir(parents=True, exist_ok=True)
    (part / f"{image_id}.jpg").write_bytes(body)
    age = 5 * round(patient.age / 5)
    seen = replace(patient, tone=tone, age=age, site=place or "unknown")
    truth.add_skin(Place("ham10000", image_id), seen)
    return {
        "lesion_id": f"HAM_99{lesion:05d}",
        "image_id": image_id,
        "dx": one.dx,
        "dx_type": one.confirmed_by,
        "age": f"{age:.1f}",
        "sex": patient.sex,
        "localization": place or "unknown",
    }
