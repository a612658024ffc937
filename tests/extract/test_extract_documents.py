"""Decks as a whole: files that cannot be opened, and the decks of the demo world."""

from __future__ import annotations

import random

import pymupdf
import pytest

from pipeline.demo.decks import PDF_NAME, PPTX_NAME, write_decks
from pipeline.demo.truth import TruthBook
from pipeline.extract.documents import extract_deck
from tests.extract.deck_files import ITEM, extract, pdf, pptx, said, taken


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
    folder = tmp_path_factory.mktemp("decks")
    write_decks(folder, 7, TruthBook(7))
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
    ("name", "locators"),
    [
        (PDF_NAME, ["p2", "p3", "p3", "p4", "p5", "p6", "p6", "p7"]),
        (PPTX_NAME, ["s2", "s3", "s3", "s4", "s5", "s6", "s6", "s7"]),
    ],
)
def test_the_demo_decks_are_read_as_their_truth_says(demo_decks, workspace, name, locators):
    images, texts, pairs = extract(workspace.media, (demo_decks / name).read_bytes(), name)

    images = taken(images)
    assert [row["locator"].split("/")[0] for row in images] == locators
    assert {row["status"] for row in images} == {"ok"}
    captions = [said(pairs, texts, row["image_id"]).get("slide_caption") for row in images]
    assert all(captions)
    assert len({words for words, _ in captions}) == len(images)
