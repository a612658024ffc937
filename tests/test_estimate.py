"""What a collection would cost, on bounds, on counts, and on what a workspace holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.server import DemoServer
from pipeline.errors import CatalogError
from pipeline.estimate import ASSUMED, EVIDENCE_TOKENS, estimate, tokens_per_image
from pipeline.walk import collect
from pipeline.work import Place, open_run

REAL = Path(__file__).parents[1] / "data_catalog.yaml"


@pytest.fixture
def served(world):
    with DemoServer(world, base_port=0) as server:
        root = world.folder.parent
        ca_file = str(Path(server.urls["ca_path"]).relative_to(root))
        document = demo_document(REAL, world.folder.name, server.urls, ca_file)
        catalog = root / "estimate.yaml"
        write_demo_catalog(document, catalog)
        yield catalog, server


def place(tmp_path, catalog, run_id="estimate") -> Place:
    return Place(str(tmp_path / "workspace"), str(catalog), run_id, "template")


def of(source_id, where, **how):
    return next(estimate(where, [source_id], how.pop("caption_set", "template"), **how))


def test_nothing_is_asked_unless_it_may_be(served, tmp_path):
    catalog, server = served

    costs = list(estimate(place(tmp_path, catalog), ["pubmed", "youtube", "slides"], "template"))

    assert not server.requests_log
    pubmed, youtube, slides = costs
    assert pubmed.items is None
    assert pubmed.hours is None
    assert "unknown" in pubmed.items_from
    entry = open_run(place(tmp_path, catalog)).catalog.source("youtube")
    lists = len(entry.channels) + len(entry.playlists)
    most = len(entry.all_searches) * entry.per_search + lists * entry.per_list
    assert youtube.items == most
    assert youtube.requests == most * ASSUMED["youtube"].requests
    paced_h = youtube.requests / entry.rate.requests_per_second / 3600
    quota_h = most / entry.quota_per_day * 24 if entry.quota_per_day else 0.0
    assert youtube.hours == pytest.approx(max(paced_h, quota_h), abs=0.01)
    named = open_run(place(tmp_path, catalog)).catalog.source("slides").decks
    assert slides.items == len(named) + 1, "one more lies in the folder, without a licence"


def test_a_source_that_can_count_is_asked_for_its_number_alone(served, tmp_path):
    catalog, server = served

    cost = of("pubmed", place(tmp_path, catalog), ask=True)

    assert cost.items > 0
    assert cost.items_from == "counted by the source"
    assert {service for service, *_ in server.requests_log} == {"eutils"}


def test_what_was_collected_is_measured(served, tmp_path):
    catalog, _server = served
    where = place(tmp_path, catalog)
    assert of("ham10000", where).per_item_from == "assumed"

    assert not collect(where, ["ham10000"], "2026-06-01")
    from pipeline.walk import curate, latest_partitions

    partitions = latest_partitions(open_run(where), ["ham10000"])
    assert not curate(where, partitions)
    cost = of("ham10000", where)

    assert cost.per_item_from == "measured on what is here"
    assert cost.images == cost.items
    assert cost.requests == 0
    stored = sum(each.stat().st_size for each in (tmp_path / "workspace/media").rglob("*.jpg"))
    assert 0 < cost.gigabytes <= stored / 1e9 + 0.001


def test_a_daily_quota_is_waited_for(served, tmp_path):
    catalog, _server = served
    document = yaml.safe_load(catalog.read_text())
    document["sources"]["youtube"] |= {"quota_per_day": 10, "max_items": 100}
    limited = catalog.with_name("quota.yaml")
    limited.write_text(yaml.safe_dump(document))

    cost = of("youtube", place(tmp_path, limited))

    assert cost.items == 100
    assert cost.hours == pytest.approx(240)
    assert cost.items_from == "at most, by max_items"


def test_tokens_are_those_of_the_prompts_and_none_for_grammar():
    catalog = open_run(Place("nowhere", str(REAL), "estimate")).catalog

    assert tokens_per_image(catalog, "template") == (0.0, 0.0)
    tokens_in, tokens_out = tokens_per_image(catalog, "qwen3-8b")
    assert tokens_in > 4 * EVIDENCE_TOKENS + 400
    assert tokens_out == 220 + 90 + 40 + 50


def test_an_unknown_source_is_named(served, tmp_path):
    catalog, _server = served

    with pytest.raises(CatalogError, match="no source flickr"):
        list(estimate(place(tmp_path, catalog), ["flickr"], "template"))


def test_a_source_that_does_not_answer_costs_nothing_and_says_why(served, tmp_path):
    catalog, server = served
    document = yaml.safe_load(catalog.read_text())
    document["sources"]["pubmed"]["eutils_url"] = "http://127.0.0.1:9/"
    broken = catalog.with_name("broken.yaml")
    broken.write_text(yaml.safe_dump(document))
    began = datetime.now(UTC)

    cost = of("pubmed", place(tmp_path, broken), ask=True)

    assert cost.items is None
    assert cost.items_from.startswith("not counted: ")
    assert (datetime.now(UTC) - began).total_seconds() < 120
    assert not server.requests_log
