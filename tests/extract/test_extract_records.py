"""Records of datasets: sentences that say what the record says."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from pipeline.extract.records import extract_record, record_sentences
from pipeline.knowledge.mentions import find_mentions
from pipeline.record_facts import RecordFacts
from schemas import IMAGES, PAIRS, TEXTS

FACTS = RecordFacts(
    diagnosis="melanoma",
    basis="confirmed by histopathology",
    body_sites=("back",),
    age="45",
    sex="male",
    imaging="dermoscopy",
)
ITEM = {
    "item_id": "ham10000:ISIC_1",
    "group_key": "ham10000:lesion-HAM_1",
    "details": json.dumps({"reader": "ham10000", "row": {}, "facts": FACTS.to_json()}),
}


def jpeg(size=(200, 150)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def file(role, media, content=None, status="ok"):
    sha256 = media.put(content, "bin") if content is not None else None
    error = None if status == "ok" else "the dataset has no file ISIC_1.jpg"
    return {"name": role, "role": role, "sha256": sha256, "status": status, "error": error}


def extract(media, picture, item=ITEM):
    found = extract_record(item, [file("record", media, b"{}"), picture], media, {})
    return (
        IMAGES.table(found.images).to_pylist(),
        TEXTS.table(found.texts).to_pylist(),
        PAIRS.table(found.pairs).to_pylist(),
    )


def test_a_record_says_diagnosis_site_age_sex_and_modality(workspace):
    images, texts, pairs = extract(workspace.media, file("picture", workspace.media, jpeg()))

    assert (images[0]["image_id"], images[0]["status"]) == ("ham10000:ISIC_1#picture", "ok")
    assert texts[0]["text_id"] == "ham10000:ISIC_1~record"
    assert (texts[0]["kind"], texts[0]["language"]) == ("record", "en")
    assert texts[0]["text"] == (
        "Diagnosis: melanoma, confirmed by histopathology. Body site: back. Age: 45. Sex: male. "
        "Imaging: dermoscopy."
    )
    assert [(p["method"], p["score"], p["group_id"]) for p in pairs] == [
        ("record", 1.0, "ham10000:lesion-HAM_1")
    ]


def test_what_is_not_known_is_not_said():
    assert record_sentences(RecordFacts(diagnosis="melanoma")) == "Diagnosis: melanoma."
    assert record_sentences(RecordFacts()) == ""


def mentions(**facts):
    return {
        (each.kind, each.term_id, each.assertion)
        for each in find_mentions(record_sentences(RecordFacts(**facts)))
    }


def test_a_diagnosis_is_affirmed_whoever_states_it():
    found = mentions(diagnosis="psoriasis", basis="stated by an atlas")

    assert [assertion for kind, _id, assertion in found if kind == "disease"] == ["affirmed"]


def test_a_differential_is_never_more_than_possible():
    found = mentions(
        differential=(("Psoriasis", 69), ("Eczema", 20), ("Tinea corporis", None)),
        differential_by="dermatologists",
        body_sites=("arm",),
    )
    diseases = {assertion for kind, _id, assertion in found if kind == "disease"}

    assert len([each for each in found if each[0] == "disease"]) >= 3
    assert diseases == {"possible"}
    assert ("body_site", "arm", "affirmed") in found


def test_findings_that_are_absent_are_denied():
    sentences = record_sentences(
        RecordFacts(absent_symptoms=("itching", "pain"), symptoms=("bleeding",))
    )

    assert sentences == "Symptoms: bleeding. No itching, no pain."


def test_person_facts_are_found_where_they_are_exact():
    found = mentions(age="45", sex="female", skin_type="III")
    ranged = mentions(age="30 to 39")

    assert {("age", "45"), ("sex", "female"), ("skin_type", "III")} == {each[:2] for each in found}
    assert not ranged


def test_a_picture_that_is_missing_or_cut_short_is_a_failed_row(workspace):
    media = workspace.media
    missing, _, none = extract(media, file("picture", media, status="not_found"))
    cut, texts, _ = extract(media, file("picture", media, jpeg()[:3000]))

    assert (missing[0]["status"], none) == ("not_fetched", [])
    assert "ISIC_1.jpg" in missing[0]["error"]
    assert (cut[0]["status"], texts) == ("truncated", [])


@pytest.mark.parametrize("details", ["{not json", "{}", '{"facts": {"colour": "red"}}'])
def test_a_record_that_says_nothing_is_a_text_that_says_so(workspace, details):
    media = workspace.media
    images, texts, pairs = extract(
        media, file("picture", media, jpeg()), {**ITEM, "details": details}
    )

    assert (images[0]["status"], texts[0]["status"], pairs) == ("ok", "empty", [])
    assert texts[0]["error"]
