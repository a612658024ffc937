"""Listing: lazy, without repeats, and not asked twice after a kill."""

import itertools
import tracemalloc
from datetime import date

import pytest

from pipeline.errors import SourceError
from pipeline.source_entries import PubMedSource, Rate, Source, SourceExpectation, StatedLicence
from pipeline.sources.asked import asks_as_before
from pipeline.sources.collector import Listed, item_row, unchanged, withdrawn
from pipeline.sources.listing import list_source
from pipeline.store import Partition
from schemas import ITEMS

ENTRY = Source(
    title="A shelf",
    homepage="https://shelf.example.org/",
    terms_url="https://shelf.example.org/terms",
    source_type="knowledge",
    folder="shelf",
    licence=StatedLicence(name="CC-BY-4.0", evidence="Foot of each page"),
    rate=Rate(requests_per_second=999.0, concurrency=4),
    partition_items=3,
)


class Shelf:
    """A source in memory: keys in order, and the keys that were described."""

    name = "shelf"
    version = 1

    def __init__(self, keys, dies_at=None, lost=(), etags=None):
        self.keys = keys
        self.dies_at = dies_at
        self.lost = lost
        self.etags = etags or {}
        self.described = []
        self.revisited = []

    def list_keys(self):
        for key in self.keys:
            etag = {"etag": self.etags[key]} if key in self.etags else {}
            yield Listed(key, {"shelf": 1, **etag})

    def describe(self, listed):
        if listed.source_key == self.dies_at:
            raise KeyboardInterrupt
        self.described.append(listed.source_key)
        status = "gone" if listed.source_key == "b" else "ok"
        return item_row(
            "shelf", ENTRY, listed, page_url="https://shelf.example.org/", status=status
        )

    def revisit(self, item):
        if item["source_key"] == self.dies_at:
            raise KeyboardInterrupt
        self.revisited.append(item["source_key"])
        if item["source_key"] in self.lost:
            return withdrawn(item, "deleted", "the shelf lost it")
        return unchanged(item)


def _keys(workspace, snapshot="s1"):
    return [
        workspace.read_table(ITEMS, partition)["source_key"].to_pylist()
        for partition in workspace.partitions("shelf", snapshot)
    ]


def test_a_listing_is_cut_into_partitions_in_its_own_order_without_repeats(workspace):
    told = []
    shelf = Shelf("abacbdefg")
    record = list_source("shelf", ENTRY, shelf, "s1", workspace, progress=told.append)
    assert record == {
        "n_partitions": 3,
        "n_items": 7,
        "collector": "shelf",
        "collector_version": 1,
        "snapshot": "s1",
        "entry_sha256": record["entry_sha256"],
        "max_items": None,
        "asked": {},
        "earlier": None,
        "n_unlisted": 0,
        "n_let_go": 0,
    }
    assert _keys(workspace) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    assert told == [3, 6, 7]
    manifest = workspace.read_manifest("list", Partition("shelf", "s1", 0))
    assert manifest.outputs["items"].statuses == {"gone": 1, "ok": 2}
    row = workspace.read_table(ITEMS, Partition("shelf", "s1", 0)).to_pylist()[0]
    assert (row["item_id"], row["licence"], row["licence_tier"]) == ("shelf:a", "CC-BY-4.0", "open")


def test_a_complete_listing_stands(workspace):
    first = list_source("shelf", ENTRY, Shelf("abc"), "s1", workspace)
    again = Shelf("xyz")
    assert list_source("shelf", ENTRY, again, "s1", workspace) == first
    assert again.described == []
    assert list_source("shelf", ENTRY, again, "s0", workspace)["n_items"] == 3


def test_a_killed_listing_goes_on_where_it_stopped(workspace):
    one_by_one = ENTRY.model_copy(update={"rate": Rate(requests_per_second=9.0, concurrency=1)})
    with pytest.raises(KeyboardInterrupt):
        list_source("shelf", one_by_one, Shelf("abcdefg", dies_at="e"), "s1", workspace)
    assert workspace.read_listing("shelf", "s1") is None
    again = Shelf("abcdefg")
    list_source("shelf", ENTRY, again, "s1", workspace)
    assert sorted(again.described) == ["d", "e", "f", "g"]
    assert _keys(workspace) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


def test_what_changes_a_row_is_described_anew_and_what_does_not_is_not(workspace):
    high = ENTRY.model_copy(update={"expect": SourceExpectation(min_items=9)})
    with pytest.raises(SourceError):
        list_source("shelf", high, Shelf("abc"), "s1", workspace)
    same, other = Shelf("abc"), Shelf("abc")
    licence = StatedLicence(name="CC-BY-SA-4.0", evidence="Foot of each page")
    list_source(
        "shelf",
        high.model_copy(update={"expect": SourceExpectation(), "rate": Rate()}),
        same,
        "s1",
        workspace,
    )
    assert same.described == []
    list_source("shelf", ENTRY.model_copy(update={"licence": licence}), other, "s1", workspace)
    assert sorted(other.described) == ["a", "b", "c"]


def test_too_few_items_are_one_sentence_and_no_listing(workspace):
    entry = ENTRY.model_copy(update={"expect": SourceExpectation(min_items=4)})
    with pytest.raises(SourceError, match=r"^source shelf lists 3 items where its entry expects 4"):
        list_source("shelf", entry, Shelf("abc"), "s1", workspace)
    assert workspace.snapshots("shelf") == []


def test_an_empty_listing_has_no_partitions(workspace):
    assert list_source("shelf", ENTRY, Shelf(""), "s1", workspace)["n_partitions"] == 0
    assert workspace.partitions("shelf", "s1") == []


def test_a_listing_that_never_ends_stops_at_max_items(workspace):
    entry = ENTRY.model_copy(update={"max_items": 5})
    shelf = Shelf(str(n) for n in itertools.count())
    assert list_source("shelf", entry, shelf, "s1", workspace)["n_items"] == 5
    assert len(shelf.described) == 5


def test_only_keys_are_held_in_memory(workspace):
    entry = ENTRY.model_copy(update={"partition_items": 500})

    class Heavy(Shelf):
        def list_keys(self):
            for n in range(10_000):
                yield Listed(f"{n:06d}", {"text": f"{n}" * 1000})

        def describe(self, listed):
            return item_row("shelf", entry, listed, page_url="https://shelf.example.org/")

    tracemalloc.start()
    list_source("shelf", entry, Heavy(""), "s1", workspace)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000  # all payloads together have 39 MB


# --- what the snapshot before held -------------------------------------------------------------

PAPERS = PubMedSource(
    **ENTRY.model_dump() | {"expect": SourceExpectation(), "rate": Rate()},
    kind="pubmed",
    eutils_url="https://eutils.example.org/",
    bucket_url="https://bucket.example.org/",
    queries=("acne", "psoriasis"),
    since=date(2020, 1, 1),
)


def _items(workspace, snapshot):
    return {
        row["source_key"]: row
        for partition in workspace.partitions("shelf", snapshot)
        for row in workspace.read_table(ITEMS, partition).to_pylist()
    }


def test_what_is_listed_no_more_is_looked_for_and_says_what_befell_it(workspace):
    list_source("shelf", ENTRY, Shelf("abcdefg"), "s1", workspace)
    shelf = Shelf("hagd", lost="f")
    record = list_source("shelf", ENTRY, shelf, "s2", workspace)

    assert sorted(shelf.revisited) == ["c", "e", "f"]  # b is gone, and is not asked for again
    assert (record["earlier"], record["n_unlisted"], record["n_items"]) == ("s1", 4, 8)
    assert _keys(workspace, "s2") == [["h", "a", "g"], ["d", "b", "c"], ["e", "f"]]
    rows = _items(workspace, "s2")
    assert {key: row["status"] for key, row in rows.items() if row["status"] != "ok"} == {
        "b": "gone",
        "f": "deleted",
    }
    assert rows["f"]["error"] == "the shelf lost it"
    assert rows["c"]["listed_sha256"] == _items(workspace, "s1")["c"]["listed_sha256"]

    third = Shelf("hagd")
    list_source("shelf", ENTRY, third, "s3", workspace)
    assert sorted(third.revisited) == ["c", "e"]
    assert _items(workspace, "s3")["f"]["status"] == "deleted"


def test_a_listing_that_is_killed_among_what_is_unlisted_goes_on_there(workspace):
    one_by_one = ENTRY.model_copy(update={"rate": Rate(requests_per_second=9.0, concurrency=1)})
    list_source("shelf", one_by_one, Shelf("acdefgh"), "s1", workspace)
    with pytest.raises(KeyboardInterrupt):
        list_source("shelf", one_by_one, Shelf("x", dies_at="g"), "s2", workspace)
    again = Shelf("x")
    list_source("shelf", one_by_one, again, "s2", workspace)
    assert again.described == []
    assert again.revisited == ["g", "h"]
    assert _keys(workspace, "s2") == [["x", "a", "c"], ["d", "e", "f"], ["g", "h"]]


def test_max_items_holds_for_what_is_unlisted_too(workspace):
    list_source("shelf", ENTRY, Shelf("acdef"), "s1", workspace)
    entry = ENTRY.model_copy(update={"max_items": 4})
    record = list_source("shelf", entry, Shelf("xyz"), "s2", workspace)
    assert (record["n_items"], record["n_unlisted"], record["n_let_go"]) == (4, 1, 4)


def test_what_the_entry_no_longer_asks_for_is_let_go(workspace):
    list_source("shelf", PAPERS, Shelf("ac"), "s1", workspace)
    more = PAPERS.model_copy(update={"queries": ("eczema", "psoriasis", "acne")})
    assert list_source("shelf", more, Shelf("x"), "s2", workspace)["n_unlisted"] == 2
    fewer = PAPERS.model_copy(update={"queries": ("eczema",)})
    record = list_source("shelf", fewer, Shelf("x"), "s3", workspace)
    assert (record["n_items"], record["n_unlisted"], record["n_let_go"]) == (1, 0, 2)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"queries": ["a"], "n": 20}, {"queries": ["b", "a"], "n": 50}, True),
        ({"queries": ["a", "b"]}, {"queries": ["a"]}, False),
        ({"n": 20}, {"n": 10}, False),
        ({"since": "2020-01-01"}, {"since": "2021-01-01"}, False),
        ({"whole": True}, {"whole": False}, False),
        ({}, {"new": "field"}, True),
    ],
)
def test_an_entry_asks_as_before_if_it_asks_for_no_less(before, now, expected):
    assert asks_as_before(before, now) is expected


def test_an_item_of_the_same_etag_is_carried_and_not_described(workspace):
    list_source("shelf", ENTRY, Shelf("abc", etags={"a": "1", "b": "1"}), "s1", workspace)
    shelf = Shelf("abc", etags={"a": "1", "b": "2"})
    list_source("shelf", ENTRY, shelf, "s2", workspace)
    assert sorted(shelf.described) == ["b", "c"]
    assert list(_items(workspace, "s2")) == ["a", "b", "c"]

    other = Shelf("abc", etags={"a": "1", "b": "2"})
    licence = StatedLicence(name="CC-BY-SA-4.0", evidence="Foot of each page")
    changed = ENTRY.model_copy(update={"licence": licence})
    list_source("shelf", changed, other, "s3", workspace)
    assert sorted(other.described) == ["a", "b", "c"]


def test_a_changed_entry_is_listed_anew_under_the_same_name(workspace):
    list_source("shelf", ENTRY, Shelf("abc"), "s1", workspace)
    wider = ENTRY.model_copy(update={"max_items": 2})
    assert list_source("shelf", wider, Shelf("abcd"), "s1", workspace)["n_items"] == 2
    slower = wider.model_copy(update={"rate": Rate(), "partition_items": 1})
    again = Shelf("xyz")
    assert list_source("shelf", slower, again, "s1", workspace)["n_items"] == 2
    assert again.described == []


def test_a_listing_that_lost_a_part_is_not_complete(workspace):
    list_source("shelf", ENTRY, Shelf("acdef"), "s1", workspace)
    workspace.remove_manifest("list", Partition("shelf", "s1", 1))
    again = Shelf("acdef")
    list_source("shelf", ENTRY, again, "s1", workspace)
    assert sorted(again.described) == ["e", "f"]


def test_a_changed_entry_that_cannot_be_listed_leaves_what_stands(workspace):
    list_source("shelf", ENTRY, Shelf("abc"), "s1", workspace)

    class Shut(Shelf):
        def list_keys(self):
            raise SourceError("the shelf is shut")

    with pytest.raises(SourceError):
        list_source("shelf", ENTRY.model_copy(update={"max_items": 2}), Shut(""), "s1", workspace)
    assert workspace.read_listing("shelf", "s1")["n_items"] == 3
