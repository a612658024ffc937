"""PMC over the demo world: all that is planted is found, or left out for its reason."""

import json
import logging
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.catalog import load_catalog
from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.server import DemoServer
from pipeline.settings import Settings
from pipeline.sources.listing import list_source
from pipeline.sources.registry import make_collector
from pipeline.sources.shelf import Shelf
from pipeline.store import Partition
from schemas import ITEMS

REAL = Path(__file__).parents[2] / "data_catalog.yaml"


@pytest.fixture
def server(world):
    with DemoServer(world, base_port=0) as running:
        yield running


@pytest.fixture
def entry(server, tmp_path):
    document = demo_document(REAL, "world", server.urls, "ca.pem")
    write_demo_catalog(document, tmp_path / "data_catalog.yaml")
    return load_catalog(tmp_path / "data_catalog.yaml").source("pubmed")


@pytest.fixture
def listed(entry, workspace):
    """List the source into a snapshot and return its items by key."""

    def listed(snapshot, **changes):
        changed = entry.model_copy(update=changes)
        collector = make_collector("pubmed", changed, Settings(), workspace)
        list_source("pubmed", changed, collector, snapshot, workspace)
        rows = workspace.read_table(ITEMS, Partition("pubmed", snapshot, 0)).to_pylist()
        return {row["source_key"]: row for row in rows}, collector

    return listed


def _planted(world, name):
    found = [plant for plant in world.truth["plants"] if plant["name"] == name]
    return {each["item"] for plant in found for each in plant["items"]}


def _asked(server, service):
    return [path for name, _method, path, _status in server.requests_log if name == service]


@pytest.mark.parametrize("listing", ["inventory", "search"])
def test_the_items_are_those_of_the_truth(world, listed, listing):
    items, _collector = listed("2026-09-02", listing=listing)
    statuses = Counter(row["status"] for row in items.values())
    assert statuses == {"ok": 12, "retracted": 1}
    assert {key for key, row in items.items() if row["status"] == "retracted"} == _planted(
        world, "retracted_article"
    )
    # a search for open access does not even name an author manuscript
    assert not _planted(world, "author_manuscript") & set(items)
    pictured = {row["item"] for row in world.truth["pictures"] if row["source"] == "pubmed"}
    left_out = _planted(world, "retracted_article") | _planted(world, "author_manuscript")
    assert {key for key, row in items.items() if row["status"] == "ok"} == pictured - left_out
    newest = {
        key: json.loads(items[key]["details"])["prefix"] for key in _planted(world, "two_versions")
    }
    assert newest == {"PMC9100007": "PMC9100007.2", "PMC9100010": "PMC9100010.10"}
    assert {row["creator"] for row in items.values()} == {"Invented A"}
    assert items["PMC9100001"]["published_at"] == datetime(2025, 2, 3, tzinfo=UTC)


def test_the_inventory_spares_the_bucket_a_listing_for_each_article(server, listed, caplog):
    caplog.set_level(logging.INFO)
    items, _collector = listed("2026-09-02")
    asked = _asked(server, "pmc")
    # one list of the inventories, and one for the article that they do not know yet
    assert asked.count("/") == 2
    assert sum(path.startswith("/metadata/") for path in asked) == len(items)
    assert "2026-09-01T01-00Z/ is not used: its manifest is no JSON" in caplog.text
    assert "2026-08-31T01-00Z/ lists 13 articles" in caplog.text


def test_a_later_listing_describes_what_changed_and_what_the_inventory_does_not_know(
    server, listed
):
    before, _collector = listed("2026-09-02")
    server.requests_log.clear()
    after, _collector = listed("2026-09-03")
    described = [path for path in _asked(server, "pmc") if path.startswith("/metadata/")]
    assert described == ["/metadata/PMC91000112.1.json"]
    assert {key: {**row, "collected_at": 0} for key, row in after.items()} == {
        key: {**row, "collected_at": 0} for key, row in before.items()
    }


def test_a_damaged_text_comes_from_europe_pmc(world, server, listed, workspace):
    items, collector = listed("2026-09-02")
    (damaged,) = _planted(world, "damaged_fulltext")
    for key in (damaged, "PMC9100001"):
        rows = collector.fetch(items[key], Shelf(workspace.media))
        assert {row["status"] for row in rows} == {"ok"}
        base = server.urls["europepmc" if key == damaged else "pmc"]
        assert rows[0]["url"].startswith(base)
        assert workspace.media.get(rows[0]["sha256"]).rstrip().endswith(b"</article>")
    assert _asked(server, "europepmc") == [f"/europepmc/webservices/rest/{damaged}/fullTextXML"]


@pytest.mark.parametrize("service", ["eutils", "pmc"])
def test_a_host_that_is_busy_for_a_moment_costs_no_item(server, listed, service):
    server.faults[(service, "/")] = [503, 429]
    items, _collector = listed("2026-09-02")
    assert Counter(row["status"] for row in items.values()) == {"ok": 12, "retracted": 1}
