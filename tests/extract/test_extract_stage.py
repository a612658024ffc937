"""The stage: items in order, unique keys, and a fault of one item is a row."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import WorkspaceError
from pipeline.extract import stage
from pipeline.extract.extracted import Extracted
from pipeline.extract.stage import EXTRACT, EXTRACTORS, extract_items
from pipeline.images.decode import failed_row
from pipeline.source_entries import SourceEntry
from pipeline.store import Bench
from schemas import IMAGES, ITEMS, MEDIA, PAIRS, TEXTS

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ARTICLE = (
    '<article xmlns:xlink="http://www.w3.org/1999/xlink"><body><fig id="F1"><caption><p>Rash.</p>'
    '</caption><graphic xlink:href="g1"/></fig></body></article>'
)


def png():
    out = io.BytesIO()
    pixels = np.random.default_rng(2).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def item(key):
    return {
        "item_id": f"pubmed:{key}",
        "source_id": "pubmed",
        "source_key": key,
        "page_url": f"https://example.org/{key}",
        "licence_tier": "open",
        "collected_at": NOW,
        "group_key": f"pubmed:{key}",
        "listed_sha256": "0" * 64,
        "details": "{}",
        "status": "ok",
    }


def file(key, name, role, sha256):
    return {
        "media_id": f"pubmed:{key}!{name}",
        "item_id": f"pubmed:{key}",
        "listed_sha256": "0" * 64,
        "role": role,
        "name": name,
        "url": f"https://example.org/{name}",
        "sha256": sha256,
        "retrieved_at": NOW,
        "collector": "pubmed",
        "collector_version": 1,
        "status": "ok",
    }


def run(workspace, articles, kind="pubmed"):
    """Run the stage over (key, XML or null) pairs; null is an item without media."""
    store = workspace.media
    media = []
    for key, content in articles:
        if content is not None:
            media.append(file(key, f"{key}.xml", "fulltext", store.put(content, "xml")))
            media.append(file(key, "g1.png", "picture", store.put(png(), "png")))
    items = ITEMS.table(item(key) for key, _ in articles)
    bench = Bench(store, {"kind": kind, "language": "en"})
    return extract_items(bench, items, MEDIA.table(media))


def test_items_come_out_in_order_and_without_media_not_at_all(workspace):
    keys = [f"PMC{n}" for n in (9, 3, 7, 1, 5, 2)]
    articles = [(key, None if key == "PMC7" else ARTICLE.encode()) for key in keys]
    images, texts, pairs = run(workspace, articles)
    there = [f"pubmed:{key}" for key in keys if key != "PMC7"]
    assert images["item_id"].to_pylist() == there
    assert texts["item_id"].to_pylist() == there
    assert pairs["image_id"].to_pylist() == [f"{each}#F1" for each in there]
    assert pairs["group_id"].to_pylist() == there
    assert images["status"].unique().to_pylist() == ["ok"]


def test_twice_gives_equal_tables(workspace):
    articles = [(f"PMC{n}", ARTICLE.encode()) for n in range(8)]
    for first, second in zip(run(workspace, articles), run(workspace, articles), strict=True):
        assert first.equals(second)


def test_a_fault_of_one_item_is_a_row_and_the_others_go_on(workspace):
    articles = [("PMC1", ARTICLE.encode()), ("PMC2", b"<article>"), ("PMC3", ARTICLE.encode())]
    images, texts, _ = run(workspace, articles)
    rows = images.to_pylist()
    assert [each["status"] for each in rows] == ["ok", "undecodable", "ok"]
    assert rows[1]["image_id"] == "pubmed:PMC2#item"
    assert rows[1]["error"].startswith("the item cannot be read: the article is not well-formed")
    assert texts.num_rows == 2


def test_a_lost_blob_is_a_row(workspace):
    items = ITEMS.table([item("PMC1")])
    media = MEDIA.table([file("PMC1", "a.xml", "fulltext", "a" * 64)])
    bench = Bench(workspace.media, {"kind": "pubmed", "language": "en"})
    [row] = extract_items(bench, items, media)[0].to_pylist()
    assert row["status"] == "not_fetched"
    assert "no blob" in row["error"]


def test_a_full_disk_is_no_fault_of_an_item(workspace, monkeypatch):
    def extract(*_):
        raise WorkspaceError("the disk is full")

    monkeypatch.setattr(stage, "EXTRACTORS", {"pubmed": extract})
    with pytest.raises(WorkspaceError):
        run(workspace, [("PMC1", ARTICLE.encode())])


def test_repeated_locators_get_a_number(workspace, monkeypatch):
    def extract(one, *_):
        found = Extracted()
        for locator in ("p1", "p1", "p1-2", "p1"):
            found.images.append(failed_row(one, locator, "undecodable", "x"))
            found.add_text(one, locator, "post", "words")
        found.pair(one, f"{one['item_id']}#p1", f"{one['item_id']}~p1", "same_post", 0.9)
        found.pair(one, f"{one['item_id']}#p1", f"{one['item_id']}~p1", "reply", 0.2)
        return found

    monkeypatch.setattr(stage, "EXTRACTORS", {"pubmed": extract})
    images, texts, pairs = run(workspace, [("PMC1", ARTICLE.encode())])
    assert images["locator"].to_pylist() == ["p1", "p1-2", "p1-2-2", "p1-3"]
    assert texts["text_id"].to_pylist()[-1] == "pubmed:PMC1~p1-3"
    assert pairs["method"].to_pylist() == ["same_post"]


def test_every_kind_of_source_has_an_extractor():
    union = SourceEntry.__origin__
    kinds = {
        value
        for entry in union.__args__
        for value in entry.model_fields["kind"].annotation.__args__
    }
    assert set(EXTRACTORS) == kinds


def test_the_declaration():
    assert EXTRACT.name == "extract"
    assert EXTRACT.reads == (ITEMS, MEDIA)
    assert EXTRACT.writes == (IMAGES, TEXTS, PAIRS)
    assert all(contract.written_by == "extract" for contract in EXTRACT.writes)
