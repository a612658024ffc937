"""Slide decks: only what the catalog names, each with its own licence."""

from __future__ import annotations

import io
import os
import shutil
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from pptx import Presentation
from pydantic import ValidationError

import pipeline.sources.slides as slides
from pipeline.errors import SourceError
from pipeline.source_entries import Deck, SlidesSource, StatedLicence
from pipeline.sources.shelf import Shelf
from pipeline.sources.slides import SlidesCollector
from schemas import ITEMS, MEDIA
from tests.sources.web_host import reply

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


def linked(url, **more):
    stated = StatedLicence(name="CC-BY-4.0", evidence="Foot of the page")
    told = {"title": "A talk", "creator": "A. Teacher", "homepage": "https://example.org/talk"}
    return Deck(url=url, licence=stated, **told, **more)


def collector(folder, *names, client=None, **more):
    entry = SlidesSource(
        kind="slides",
        path=str(folder) if folder is not None else None,
        decks=tuple(deck(name) if isinstance(name, str) else name for name in names),
        title="Decks",
        homepage="https://example.org/decks",
        terms_url="https://example.org/terms",
        source_type="knowledge",
        folder="slides",
        **more,
    )
    return SlidesCollector("slides", entry, client, "key")


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


# --- folders ------------------------------------------------------------------------------------


def test_all_decks_of_a_folder_are_listed_and_none_of_its_other_files(folder):
    for name in ("term 1/x.PDF", "term 1/deep/y.odp", "old.ppt", "talk.key", "show.ppsx"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(PDF)
    for name in ("notes.txt", ".hidden.pdf", "~$a.pptx", ".git/z.pdf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(PDF)
    (folder / "loop").symlink_to(folder)
    made = collector(folder, "term 1/x.PDF")
    items = items_of(made)

    assert [(each["source_key"], each["status"]) for each in items] == [
        ("term 1/x.PDF", "ok"),
        ("a.pdf", "no_licence"),
        ("b.pptx", "no_licence"),
        ("old.ppt", "no_licence"),
        ("show.ppsx", "no_licence"),
        ("talk.key", "no_licence"),
        ("term 1/deep/y.odp", "no_licence"),
    ]


def test_a_deck_in_a_folder_below_is_stored(folder, workspace):
    (folder / "term 1").mkdir()
    (folder / "term 1" / "x.pdf").write_bytes(PDF)
    made = collector(folder, "term 1/x.pdf")
    (row,) = fetch(made, items_of(made)[0], workspace.media)

    assert (row["status"], row["name"], row["url"]) == ("ok", "term 1/x.pdf", "deck:term 1/x.pdf")


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are always UTF-8 there")
def test_a_name_that_is_no_text_does_not_stop_the_listing(folder):
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.pdf"))).write_bytes(PDF)

    items = items_of(collector(folder, "a.pdf"))

    assert [each["source_key"] for each in items] == ["a.pdf", "b.pptx", "\ufffd.pdf"]


def test_a_folder_may_be_listed_before_anything_is_named(folder):
    assert {each["status"] for each in items_of(collector(folder))} == {"no_licence"}


def zipped(**members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), body)
    return out.getvalue()


def pptx() -> bytes:
    out = io.BytesIO()
    Presentation().save(out)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
NOT_TAKEN = {
    "old.ppt": (OLE + "PowerPoint Document".encode("utf-16-le"), "wrong_type", "save it as PPTX"),
    "locked.pptx": (OLE + "EncryptedPackage".encode("utf-16-le"), "wrong_type", "password"),
    "talk.odp": (zipped(mimetype="x", content_xml="<a/>"), "wrong_type", "save it as PPTX or PDF"),
    "talk.key": (zipped(**{"Index__Document.iwa": "x"}), "wrong_type", "export it as PPTX or PDF"),
    "paper.pptx": (zipped(word__document_xml="<a/>"), "wrong_type", "save it as PDF"),
    "bare.pptx": (zipped(a="x"), "wrong_type", "without a presentation"),
    "cut.pptx": (pptx()[:9000], "malformed", "cut short or broken"),
    "page.pdf": (b"<!doctype html><html>Not found</html>", "wrong_type", "a web page"),
    "empty.pdf": (b"", "wrong_type", "neither a PDF nor a PPTX"),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_cannot_be_read_says_what_to_do_and_is_not_stored(folder, workspace, name):
    content, status, words = NOT_TAKEN[name]
    (folder / name).write_bytes(content)
    made = collector(folder, name, "a.pdf")
    items = items_of(made)
    (row,), (good,) = (fetch(made, each, workspace.media) for each in items[:2])

    assert (row["status"], row["sha256"]) == (status, None)
    assert name in row["error"]
    assert words in row["error"]
    assert workspace.media.find(sha256(content).hexdigest()) is None
    assert good["status"] == "ok"


def test_a_file_that_is_not_the_one_that_the_catalog_means_is_not_stored(folder, workspace):
    meant = sha256(PDF).hexdigest()
    pinned = deck("a.pdf").model_copy(update={"sha256": meant})
    made = collector(folder, pinned)
    item = items_of(made)[0]
    assert fetch(made, item, workspace.media)[0]["status"] == "ok"

    (folder / "a.pdf").write_bytes(PDF + b"changed")
    (row,) = fetch(made, item, workspace.media)
    assert (row["status"], row["sha256"]) == ("checksum_mismatch", None)
    assert meant in row["error"]


# --- addresses ----------------------------------------------------------------------------------


def test_a_deck_is_fetched_from_its_address(host, client, workspace):
    content = pptx()
    url = host.on("/talks/skin%20deep.pptx", reply(200, content, Content_Type="application/zip"))
    made = collector(None, linked(url, sha256=sha256(content).hexdigest()), client=client)
    (item,) = items_of(made)
    (row,) = fetch(made, item, workspace.media)

    assert (item["source_key"], item["status"]) == ("skin deep.pptx", "ok")
    assert (item["licence"], item["licence_evidence"]) == ("CC-BY-4.0", "Foot of the page")
    assert (item["page_url"], item["creator"]) == ("https://example.org/talk", "A. Teacher")
    assert (row["name"], row["role"], row["status"]) == ("skin deep.pptx", "deck", "ok")
    assert (row["url"], row["n_bytes"], row["http_status"]) == (url, len(content), 200)
    assert workspace.media.get(row["sha256"]) == content
    assert "/robots.txt" in host.paths()


def test_addresses_and_files_stand_side_by_side_and_a_secret_stays_secret(
    folder, host, client, workspace
):
    url = host.on("/talk.pdf", reply(200, PDF)) + "?token=abc123&page=1"
    made = collector(folder, "a.pdf", linked(url), client=client)
    items = items_of(made)
    rows = [fetch(made, each, workspace.media)[0] for each in items[:2]]

    assert [each["status"] for each in items] == ["ok", "ok", "no_licence"]
    assert [each["status"] for each in rows] == ["ok", "ok"]
    assert "abc123" not in str(items) + str(rows)
    assert any("token=abc123" in path for path in host.paths())


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (reply(404), "not_found", "404"),
        (reply(410), "gone", "410"),
        (reply(403), "access_denied", "403"),
        (reply(500), "server_error", "500"),
        (reply(200, b"<!doctype html><html>Log in</html>"), "wrong_type", "text/html"),
        (reply(200, OLE + "PowerPoint Document".encode("utf-16-le")), "wrong_type", "save it as"),
        (reply(200, zipped(**{"Index__Document.iwa": "x"})), "wrong_type", "Keynote"),
        (reply(200, pptx()[:9000]), "malformed", "ends too early"),
        (reply(200, b""), "malformed", "empty"),
        (
            reply(302, Location="http://169.254.169.254/latest/meta-data"),
            "refused_address",
            "not public",
        ),
        (reply(200, PDF, X_Robots_Tag="noai"), "forbidden_by_robots", "noai"),
    ],
)
def test_an_address_that_gives_no_deck_is_a_row_with_a_class(
    host, client, workspace, answer, status, words
):
    bad, good = host.on("/bad", answer), host.on("/good", reply(200, PDF))
    made = collector(None, linked(bad), linked(good), client=client)
    rows = [fetch(made, each, workspace.media)[0] for each in items_of(made)]

    assert [(each["status"], each["sha256"] is None) for each in rows] == [
        (status, True),
        ("ok", False),
    ]
    assert words in rows[0]["error"]


def test_an_address_that_gives_another_deck_than_is_meant(host, client, workspace):
    url = host.on("/talk.pdf", reply(200, PDF))
    made = collector(None, linked(url, sha256="0" * 64), client=client)
    (row,) = fetch(made, items_of(made)[0], workspace.media)

    assert (row["status"], row["sha256"]) == ("checksum_mismatch", None)
    assert workspace.media.find(sha256(PDF).hexdigest()) is None


def test_robots_and_the_limit_of_bytes_are_kept(host, client, workspace, monkeypatch):
    host.on("/robots.txt", reply(200, b"User-agent: *\nDisallow: /private/"))
    private = host.on("/private/talk.pdf", reply(200, PDF))
    large = host.on("/large.pdf", reply(200, PDF + bytes(5000)))
    monkeypatch.setattr(slides, "MAX_DECK_BYTES", 4000)
    made = collector(None, linked(private), linked(large), client=client)
    rows = [fetch(made, each, workspace.media)[0] for each in items_of(made)]

    assert [each["status"] for each in rows] == ["forbidden_by_robots", "too_large"]
    assert "/private/talk.pdf" not in host.paths()


def test_a_deck_that_has_not_changed_is_not_sent_again(host, client, workspace):
    url = host.on(
        "/talk.pdf", reply(200, PDF, ETag='"1"'), reply(304, ETag='"1"', Content_Length="0")
    )
    made = collector(None, linked(url), client=client)
    item = items_of(made)[0]
    (first,) = made.fetch(item, Shelf(workspace.media))
    (second,) = made.fetch(item, Shelf(workspace.media, earlier=[first]))
    pinned = collector(None, linked(url, sha256="0" * 64), client=client)
    (third,) = pinned.fetch(item, Shelf(workspace.media, earlier=[first]))

    assert (second["status"], second["sha256"]) == ("ok", first["sha256"])
    assert second["http_status"] == 304
    assert (third["status"], third["sha256"]) == ("checksum_mismatch", None)


# --- the entry ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"file": "a.pdf", "url": "https://example.org/a.pdf"},
        {"url": "ftp://example.org/a.pdf"},
        {"url": "/etc/passwd"},
        {"file": "a.pdf", "sha256": "abc"},
        {"file": "a.pdf", "name": "b"},
        {"url": "https://example.org/?id=5"},
    ],
)
def test_a_deck_stands_in_one_place(more):
    told = deck("a.pdf").model_dump(exclude={"file", "url", "sha256", "name"})
    told["licence"] = StatedLicence(**told["licence"])
    with pytest.raises(ValidationError):
        Deck(**told, **more)


def test_a_source_without_a_folder_has_addresses_only():
    with pytest.raises(ValidationError, match="name the folder"):
        collector(None, "a.pdf")
    with pytest.raises(ValidationError, match="name the folder"):
        collector(None)


def test_two_decks_of_one_name_are_told_apart_by_the_catalog():
    urls = ("https://example.org/a/talk.pdf", "https://example.org/b/talk.pdf")
    with pytest.raises(ValidationError, match="'talk\\.pdf' is named twice"):
        collector(None, *(linked(url) for url in urls))

    made = collector(None, linked(urls[0]), linked(urls[1], name="second talk.pdf"))
    assert [each["source_key"] for each in items_of(made)] == ["talk.pdf", "second talk.pdf"]
