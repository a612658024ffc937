"""Decks as a whole: files that cannot be opened, and the decks of the demo world."""

from __future__ import annotations

import json
import random

import numpy as np
import pymupdf
import pytest

from pipeline.demo.decks import (
    ATLAS_NAME,
    ATLAS_PLANS,
    PDF_NAME,
    PDF_PLANS,
    PPTX_NAME,
    PPTX_PLANS,
    write_decks,
    write_online_decks,
)
from pipeline.demo.sheets import make_sheets
from pipeline.demo.truth import TruthBook
from pipeline.extract.documents import extract_deck
from pipeline.images.decode import decode_picture
from tests.extract.deck_files import (
    ITEM,
    extract,
    left_out,
    pdf,
    pixels_of,
    pptx,
    said,
    taken,
)


def test_broken_and_encrypted_files_are_one_failed_row(workspace):
    locked = pdf(
        lambda page, _: None,
        encryption=pymupdf.PDF_ENCRYPT_AES_256,
        user_pw="secret",
        owner_pw="owner",
    )
    whole = pptx(lambda slide: None)
    contents = {
        b"%PDF-1.7 and nothing else": "PDF",
        locked: "password",
        b"PK\x03\x04 no archive": "PPTX",
        whole[: len(whole) // 2]: "PPTX",
        b"\xd0\xcf\x11\xe0" + bytes(600): "encrypted or an old PowerPoint",
        b"": "PPTX",
    }
    for content, words in contents.items():
        images, texts, pairs = extract(workspace.media, content)
        assert [(row["locator"], row["status"]) for row in images] == [("deck", "undecodable")]
        assert words in images[0]["error"]
        assert (texts, pairs) == ([], [])


def test_a_deck_that_was_not_fetched_is_one_failed_row(workspace):
    row = {"name": "d", "role": "deck", "sha256": None, "status": "too_large", "error": "too big"}
    found = extract_deck(ITEM, [row], workspace.media, {})
    gone = extract_deck(ITEM, [row | {"status": "ok", "sha256": "0" * 64}], workspace.media, {})

    assert [(each["locator"], each["status"]) for each in found.images] == [("deck", "not_fetched")]
    assert [each["status"] for each in gone.images] == ["missing_media"]
    assert extract_deck(ITEM, [], workspace.media, {}).images == []


@pytest.fixture(scope="module")
def demo_decks(tmp_path_factory):
    """The decks of the demo world in one folder, with what is known of them."""
    folder = tmp_path_factory.mktemp("decks")
    truth = TruthBook(7)
    write_decks(folder, 7, truth)
    write_online_decks(folder, 7, truth)
    truth.write(folder / "truth.json")
    return folder


@pytest.mark.parametrize("name", [PDF_NAME, PPTX_NAME])
def test_damaged_decks_end_in_rows(demo_decks, workspace, name):
    whole = (demo_decks / name).read_bytes()
    rng = random.Random(11)
    statuses = set()
    for number in range(16):
        damaged = bytearray(whole)
        for _ in range(rng.choice((1, 20, 400))):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        end = rng.randrange(len(damaged)) if number % 4 == 0 else None
        images, _, _ = extract(workspace.media, bytes(damaged[:end]), name)
        assert all(row["error"] for row in images if row["status"] != "ok")
        statuses |= {row["status"] for row in images}

    assert "undecodable" in statuses


@pytest.mark.parametrize(
    ("name", "plans"),
    [(PDF_NAME, PDF_PLANS), (PPTX_NAME, PPTX_PLANS), (ATLAS_NAME, ATLAS_PLANS)],
)
def test_the_demo_decks_are_read_as_their_truth_says(demo_decks, workspace, name, plans):
    found, texts, pairs = extract(workspace.media, (demo_decks / name).read_bytes(), name)
    images = {row["locator"]: row for row in taken(found)}
    truth = json.loads((demo_decks / "truth.json").read_text())["pictures"]
    known = [each["locator"] for each in truth if each["item"] == name]

    assert sorted(images) == sorted(known)
    assert {row["status"] for row in images.values()} == {"ok"}
    assert len(left_out(found)) == (0 if name == ATLAS_NAME else 1)
    exhibits = {}
    for number, sheet in enumerate(make_sheets(name, plans, 7), 1):
        page = [each for each in known if int(each.split("/")[0][1:]) == number]
        drawn = sheet.exhibits or [None] * (sheet.form == "chart")
        exhibits |= {each: (sheet, exhibit) for each, exhibit in zip(page, drawn, strict=True)}
    for locator, (sheet, exhibit) in exhibits.items():
        if exhibit is None:
            continue
        words, _score = said(pairs, texts, images[locator]["image_id"])["slide_caption"]
        assert words.endswith(exhibit.words)
        assert off(images[locator], exhibit, workspace.media) < (25 if sheet.form == "cmyk" else 4)


def off(row, exhibit, media) -> float:
    """Return how far a picture is from what was drawn, in its middle, in levels."""
    meant = decode_picture(exhibit.body).astype(int)
    found = pixels_of(row, media)
    assert found.shape == meant.shape
    return float(np.abs(found - meant)[80:-80, 80:-80].mean())
