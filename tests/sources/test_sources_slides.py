"""Slide decks: only what the catalog names, each with its own licence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import pipeline.sources.slides as slides
from pipeline.errors import SourceError
from pipeline.source_entries import Deck, SlidesSource, StatedLicence
from pipeline.sources.shelf import Shelf
from pipeline.sources.slides import SlidesCollector
from schemas import ITEMS, MEDIA

PDF = b"%PDF-1.7\nnot much of one"


def deck(name, licence="CC-BY-4.0"):
    stated = StatedLicence(name=licence, evidence=f"Title page of {name}")
    home = f"https://example.org/{name}"
    return Deck(file=name, title=f"On {name}", creator="A. Teacher", homepage=home, licence=stated)


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "decks"
    made.mkdir()
    (made / "a.pdf").write_bytes(PDF)
    (made / "b.pptx").write_bytes(b"PK\x03\x04 and so on")
    return made


def collector(folder, *names, **more):
    entry = SlidesSource(
        kind="slides",
        path=str(folder),
        decks=tuple(deck(name) if isinstance(name, str) else name for name in names),
        title="Decks",
        homepage="https://example.org/decks",
        terms_url="https://example.org/terms",
        source_type="knowledge",
        folder="slides",
        **more,
    )
    return SlidesCollector("slides", entry, None, "key")


def items_of(made):
    return ITEMS.table([made.describe(each) for each in made.list_keys()]).to_pylist()


def fetch(made, item, media):
    return MEDIA.table(made.fetch(item, Shelf(media))).to_pylist()


def test_a_deck_is_stored_with_its_own_licence(folder, workspace):
    made = collector(folder, "b.pptx", deck("a.pdf", "CC-BY-NC-4.0"))
    items = items_of(made)
    (row,) = fetch(made, items[1], workspace.media)

    assert [(each["source_key"], each["licence"], each["licence_tier"]) for each in items] == [
        ("b.pptx", "CC-BY-4.0", "open"),
        ("a.pdf", "CC-BY-NC-4.0", "non-commercial"),
    ]
    assert items[1]["licence_evidence"] == "Title page of a.pdf"
    assert (items[1]["title"], items[1]["creator"]) == ("On a.pdf", "A. Teacher")
    assert items[1]["page_url"] == "https://example.org/a.pdf"
    assert (row["name"], row["role"], row["url"]) == ("a.pdf", "deck", "deck:a.pdf")
    assert (row["content_type"], row["n_bytes"]) == ("application/pdf", len(PDF))
    assert workspace.media.get(row["sha256"]) == PDF
    assert str(folder) not in str(items) + str(row)


def test_a_file_that_nobody_named_is_not_taken_even_if_the_source_has_a_licence(folder, workspace):
    (folder / "notes.txt").write_text("no deck")
    made = collector(
        folder, "a.pdf", licence=StatedLicence(name="CC0-1.0", evidence="for what is named")
    )
    items = items_of(made)

    assert [(each["source_key"], each["status"]) for each in items] == [
        ("a.pdf", "ok"),
        ("b.pptx", "no_licence"),
    ]
    assert (items[1]["licence"], items[1]["licence_tier"]) == (None, "unknown")
    assert "decks" in items[1]["error"]
    assert fetch(made, items[1], workspace.media)[0]["status"] == "not_found"


def test_a_deck_that_is_missing_is_a_row_with_a_sentence(folder):
    items = items_of(collector(folder, "a.pdf", "b.pptx", "gone.pdf"))

    assert (items[2]["source_key"], items[2]["status"]) == ("gone.pdf", "unreachable")
    assert "gone.pdf" in items[2]["error"]


@pytest.mark.parametrize(
    "name", ["../secret.pdf", "/etc/passwd", "x/../../secret.pdf", "..", "a\0"]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(folder, workspace, name):
    (folder.parent / "secret.pdf").write_bytes(PDF)
    made = collector(folder, "a.pdf", "b.pptx", name)
    item = items_of(made)[2]

    assert item["status"] == "malformed"
    assert fetch(made, item, workspace.media)[0]["status"] == "not_found"


def test_a_link_that_leads_out_of_the_folder_is_refused(folder, workspace):
    (folder.parent / "secret.pdf").write_bytes(PDF)
    (folder / "link.pdf").symlink_to(folder.parent / "secret.pdf")
    made = collector(folder, "a.pdf", "b.pptx", "link.pdf")
    item = items_of(made)[2]

    assert item["status"] == "unreachable"
    assert fetch(made, item, workspace.media)[0]["status"] == "not_found"


def test_changed_content_changes_what_the_listing_says(folder):
    before = items_of(collector(folder, "a.pdf"))[0]["listed_sha256"]
    again = items_of(collector(folder, "a.pdf"))[0]["listed_sha256"]
    (folder / "a.pdf").write_bytes(PDF + b"!")
    after = items_of(collector(folder, "a.pdf"))[0]["listed_sha256"]

    assert before == again != after


def test_what_is_no_deck_or_too_large_is_not_stored(folder, workspace, monkeypatch):
    (folder / "page.pdf").write_bytes(b"<html>not found</html>")
    made = collector(folder, "a.pdf", "page.pdf")
    items = items_of(made)
    assert fetch(made, items[1], workspace.media)[0]["status"] == "wrong_type"

    monkeypatch.setattr(slides, "MAX_DECK_BYTES", 5)
    (row,) = fetch(made, items[0], workspace.media)
    assert (row["status"], row["sha256"]) == ("too_large", None)


def test_a_folder_that_is_not_there_stops_the_source(folder):
    made = collector(folder, "a.pdf")
    shutil.rmtree(folder)

    with pytest.raises(SourceError, match="correct its path"):
        items_of(made)
