"""Records of datasets: sentences that say what the record says."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from pipeline.extract.records import extract_record, ham10000_sentences
from schemas import IMAGES, PAIRS, TEXTS

ROW = {
    "lesion_id": "HAM_1",
    "image_id": "ISIC_1",
    "dx": "mel",
    "dx_type": "histo",
    "age": "45.0",
    "sex": "male",
    "localization": "back",
}
ITEM = {
    "item_id": "ham10000:ISIC_1",
    "group_key": "ham10000:HAM_1",
    "details": json.dumps({"reader": "ham10000", "row": ROW}),
}


def jpeg(size=(200, 150)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def file(role, media, content=None, status="ok"):
    sha256 = media.put(content, "bin") if content is not None else None
    error = None if status == "ok" else "the dataset has no file ISIC_1.jpg"
    return {"name": role, "role": role, "sha256": sha256, "status": status, "error": error}


def extract(media, picture, record=None):
    record = record or file("record", media, json.dumps(ROW).encode())
    found = extract_record(ITEM, [record, picture], media, {})
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
        ("record", 1.0, "ham10000:HAM_1")
    ]


@pytest.mark.parametrize(
    ("dx", "words"),
    [
        ("akiec", "intraepithelial carcinoma,"),
        ("bcc", "basal cell carcinoma"),
        ("bkl", "benign keratosis-like lesion,"),
        ("df", "dermatofibroma"),
        ("mel", "melanoma"),
        ("nv", "melanocytic naevus"),
        ("vasc", "vascular lesion"),
        ("scc", "scc"),
    ],
)
def test_every_code_is_a_diagnosis_in_words(dx, words):
    assert ham10000_sentences(ROW | {"dx": dx}).startswith(f"Diagnosis: {words}")


def test_what_is_not_known_is_not_said():
    row = ROW | {"age": "", "sex": "unknown", "localization": "unknown", "dx_type": "guess"}

    assert ham10000_sentences(row) == "Diagnosis: melanoma. Imaging: dermoscopy."


@pytest.mark.parametrize(
    ("dx_type", "words"),
    [
        ("histo", "histopathology"),
        ("follow_up", "follow-up examination"),
        ("consensus", "expert consensus"),
        ("confocal", "in-vivo confocal microscopy"),
    ],
)
def test_how_it_was_confirmed_is_said(dx_type, words):
    assert f"melanoma, confirmed by {words}." in ham10000_sentences(ROW | {"dx_type": dx_type})


def test_a_picture_that_is_missing_or_cut_short_is_a_failed_row(workspace):
    media = workspace.media
    missing, _, none = extract(media, file("picture", media, status="not_found"))
    cut, texts, _ = extract(media, file("picture", media, jpeg()[:3000]))

    assert (missing[0]["status"], none) == ("not_fetched", [])
    assert "ISIC_1.jpg" in missing[0]["error"]
    assert (cut[0]["status"], texts) == ("truncated", [])


def test_a_record_that_cannot_be_read_is_a_text_that_says_so(workspace):
    media = workspace.media
    picture = file("picture", media, jpeg())
    images, texts, pairs = extract(media, picture, file("record", media, b"{not json"))

    assert (images[0]["status"], texts[0]["status"], pairs) == ("ok", "empty", [])
    assert texts[0]["error"]
