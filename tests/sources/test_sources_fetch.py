"""Fetch: what is asked, what is carried over, and what a kill leaves."""

import json
from typing import get_args

import pytest

from pipeline.catalog import Catalog
from pipeline.source_entries import SourceEntry
from pipeline.sources import fetch
from pipeline.sources.collector import Listed, item_row
from pipeline.sources.files import Wanted, fetch_file
from pipeline.store import Partition, Run, run_partition
from pipeline.store.manifest import Manifest, Output
from schemas import ITEMS, MEDIA
from tests.sources.web_host import JPEG, reply


def _document(version="1"):
    """A catalog with one source of the kind pubmed."""
    return {
        "version": 1,
        "sources": {
            "shelf": {
                "kind": "pubmed",
                "title": "t",
                "homepage": "h",
                "terms_url": "t",
                "source_type": "knowledge",
                "folder": "shelf",
                "eutils_url": "https://eutils.example/",
                "bucket_url": "https://bucket.example/",
                "queries": ["q"],
                "since": "2020-01-01",
            }
        },
        "models": {"m": {"engine": "template", "name": "t", "revision": version}},
        "caption_sets": {"c": {"title": "t", "model": "m", "prompts": {"annotate": "a/v1"}}},
        "releases": {},
    }


CATALOG = Catalog.model_validate_json(json.dumps(_document()))
ENTRY = CATALOG.source("shelf")


class Gallery:
    """Fetches the files that an item names from the loopback host."""

    name = "pubmed"
    version = fetch.COLLECTORS["pubmed"].version

    def __init__(self, client, dies_at=None):
        self.client = client
        self.dies_at = dies_at
        self.asked = []

    def fetch(self, item, shelf):
        if item["source_key"] == self.dies_at:
            raise KeyboardInterrupt
        self.asked.append(item["source_key"])
        return [self._file(item, url, shelf) for url in json.loads(item["details"])["urls"]]

    def _file(self, item, url, shelf):
        wanted = Wanted(url.rsplit("/", 1)[-1], "picture", url, robots=False)
        return fetch_file(self, self.client, item, wanted, shelf)


def _items(workspace, rows, snapshot="s1"):
    """Write a listing of one partition."""
    partition = Partition("shelf", snapshot, 0)
    table = ITEMS.table(rows)
    digest = workspace.write_table(ITEMS, table, partition)
    output = Output(digest, table.num_rows, {})
    workspace.write_manifest(
        Manifest("list", 1, str(partition), "k", {}, {}, {"items": output}), partition
    )
    workspace.write_listing("shelf", snapshot, {"n_partitions": 1})
    return partition


def _item(key, urls, **more):
    more = {"stated": "CC BY", "evidence": "there", **more}
    return item_row("shelf", ENTRY, Listed(key), page_url="p", details={"urls": urls}, **more)


def _rows(workspace, partition):
    return workspace.read_table(MEDIA, partition).to_pylist()


@pytest.fixture
def urls(host):
    return [host.on(f"/{n}.jpg", reply(200, JPEG + bytes([n]))) for n in range(6)]


def test_every_kind_of_source_has_a_collector_with_a_name_and_a_version():
    kinds = {
        member.model_fields["kind"].annotation for member in get_args(get_args(SourceEntry)[0])
    }
    assert {get_args(kind)[0] for kind in kinds} == set(fetch.COLLECTORS)
    for kind, collector in fetch.COLLECTORS.items():
        assert collector.name == kind
        assert collector.version >= 1


def test_only_items_that_may_be_fetched_are_asked(workspace, host, client, urls):
    partition = _items(
        workspace,
        [
            _item("a", urls[:2]),
            _item("b", urls[2:3], status="retracted"),
            _item("c", urls[3:4], stated=""),
            _item("d", urls[4:5], stated="CC BY-NC-ND"),
        ],
    )
    shelf = Gallery(client)
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), shelf)
    rows = _rows(workspace, partition)
    assert [row["media_id"] for row in rows] == [
        "shelf:a!0.jpg", "shelf:a!1.jpg", "shelf:d!4.jpg",
    ]  # fmt: skip
    assert sorted(shelf.asked) == ["a", "d"]
    assert workspace.media.get(rows[0]["sha256"]) == JPEG + b"\x00"


def test_rows_keep_the_order_of_items_however_long_each_takes(workspace, host, client, urls):
    import time

    def slow(handler):
        time.sleep(0.3)
        reply(200, JPEG)(handler)

    host.on("/0.jpg", slow)
    partition = _items(
        workspace, [_item(key, [url]) for key, url in zip("abcdef", urls, strict=True)]
    )
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client))
    assert [row["item_id"][-1] for row in _rows(workspace, partition)] == list("abcdef")


def test_a_kill_loses_no_finished_item_and_nothing_is_asked_twice(
    workspace, host, client, urls, monkeypatch
):
    monkeypatch.setattr(fetch, "THREADS", 1)
    host.on("/1.jpg", reply(404))
    partition = _items(
        workspace, [_item(key, [url]) for key, url in zip("abcd", urls[:4], strict=True)]
    )
    with pytest.raises(KeyboardInterrupt):
        run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client, dies_at="c"))
    again = Gallery(client)
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), again)
    assert "c" in again.asked
    assert not {"a", "b"} & set(again.asked)
    assert sorted(host.paths()) == ["/0.jpg", "/1.jpg", "/2.jpg", "/3.jpg"]
    assert [row["status"] for row in _rows(workspace, partition)] == ["ok", "not_found", "ok", "ok"]
    assert not workspace.files.exists(workspace.journal_path("fetch", partition))


def test_a_kill_in_the_middle_of_an_item_fetches_no_byte_twice(
    workspace, host, client, urls, monkeypatch
):
    monkeypatch.setattr(fetch, "THREADS", 1)
    partition = _items(workspace, [_item("a", urls[:2]), _item("b", urls[2:])])

    class Dying(Gallery):
        def _file(self, item, url, shelf):
            if url == urls[4]:
                raise KeyboardInterrupt
            return super()._file(item, url, shelf)

    with pytest.raises(KeyboardInterrupt):
        run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Dying(client))
    assert host.paths() == ["/0.jpg", "/1.jpg", "/2.jpg", "/3.jpg"]
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client))
    assert sorted(host.paths()) == [f"/{n}.jpg" for n in range(6)]
    assert [(row["name"], row["status"], row["error"]) for row in _rows(workspace, partition)] == [
        (f"{n}.jpg", "ok", None) for n in range(6)
    ]


def test_a_file_that_came_before_a_kill_and_has_vanished_is_asked_again(
    workspace, host, client, urls, monkeypatch
):
    monkeypatch.setattr(fetch, "THREADS", 1)
    partition = _items(workspace, [_item("a", urls[:1]), _item("b", urls[1:2])])
    with pytest.raises(KeyboardInterrupt):
        run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client, dies_at="b"))
    for path in list(workspace.files.walk("media")):
        workspace.files.remove(path)
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client))
    assert sorted(host.paths()) == ["/0.jpg", "/0.jpg", "/1.jpg"]


def test_a_kill_in_the_middle_of_a_note_asks_that_item_again(workspace, client, urls, monkeypatch):
    monkeypatch.setattr(fetch, "THREADS", 1)
    partition = _items(workspace, [_item(key, urls[:2]) for key in "ab"])
    with pytest.raises(KeyboardInterrupt):
        run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client, dies_at="b"))
    path = workspace.journal_path("fetch", partition)
    workspace.files.write(path, workspace.files.read(path)[:-200])
    again = Gallery(client)
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), again)
    assert again.asked == ["a", "b"]
    assert len(_rows(workspace, partition)) == 4


def test_a_new_snapshot_asks_only_for_items_that_did_not_come_whole(workspace, host, client, urls):
    host.on("/1.jpg", reply(404), reply(200, JPEG))
    listed = [_item("a", urls[:2]), _item("b", urls[2:4])]
    first = _items(workspace, listed)
    run_partition(fetch.FETCH, first, Run(workspace, CATALOG), Gallery(client))
    told = _rows(workspace, first)
    assert [row["status"] for row in told] == ["ok", "not_found", "ok", "ok"]
    assert told[0]["error"] == "1 of the item's 2 files did not come"

    again = Gallery(client)
    second = _items(workspace, [*listed, _item("e", urls[4:5])], "s2")
    run_partition(fetch.FETCH, second, Run(workspace, CATALOG), again)
    assert sorted(again.asked) == ["a", "e"]
    assert [(row["name"], row["status"], row["error"]) for row in _rows(workspace, second)] == [
        (f"{n}.jpg", "ok", None) for n in range(5)
    ]
    third = Gallery(client)
    run_partition(fetch.FETCH, _items(workspace, listed, "s3"), Run(workspace, CATALOG), third)
    assert third.asked == []


def test_a_listing_that_says_something_else_is_asked_again(workspace, client, urls):
    run_partition(
        fetch.FETCH,
        _items(workspace, [_item("a", urls[:1])]),
        Run(workspace, CATALOG),
        Gallery(client),
    )
    again = Gallery(client)
    changed = _items(workspace, [_item("a", urls[:2])], "s2")
    run_partition(fetch.FETCH, changed, Run(workspace, CATALOG), again)
    assert again.asked == ["a"]


def test_a_blob_that_has_vanished_is_fetched_again(workspace, client, urls):
    first = _items(workspace, [_item("a", urls[:1]), _item("b", urls[1:2])])
    run_partition(fetch.FETCH, first, Run(workspace, CATALOG), Gallery(client))
    lost = _rows(workspace, first)[1]["sha256"]
    workspace.media.remove(lost)
    again = Gallery(client)
    second = _items(workspace, [_item("a", urls[:1]), _item("b", urls[1:2])], "s2")
    run_partition(fetch.FETCH, second, Run(workspace, CATALOG), again)
    assert again.asked == ["b"]
    assert workspace.media.find(lost) is not None


def test_another_version_of_the_collector_asks_anew(workspace, client, urls, monkeypatch):
    listed = [_item("a", urls[:1])]
    run_partition(fetch.FETCH, _items(workspace, listed), Run(workspace, CATALOG), Gallery(client))
    monkeypatch.setattr(fetch.COLLECTORS["pubmed"], "version", 99)
    monkeypatch.setattr(Gallery, "version", 99)
    again = Gallery(client)
    run_partition(fetch.FETCH, _items(workspace, listed, "s2"), Run(workspace, CATALOG), again)
    assert again.asked == ["a"]


def test_a_file_that_an_item_names_twice_is_one_row(workspace, client, urls):
    partition = _items(workspace, [_item("a", [urls[0], urls[0]])])
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client))
    assert len(_rows(workspace, partition)) == 1


def test_a_done_partition_asks_nothing(workspace, client, urls):
    partition = _items(workspace, [_item("a", urls[:1])])
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client))
    again = Gallery(client)
    run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), again)
    assert again.asked == []
