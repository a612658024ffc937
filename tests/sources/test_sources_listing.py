"""Listing: lazy, without repeats, and not asked twice after a kill."""

import itertools
import tracemalloc

import pytest

from pipeline.errors import SourceError
from pipeline.source_entries import Rate, Source, SourceExpectation, StatedLicence
from pipeline.sources.collector import Listed, item_row
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

    def __init__(self, keys, dies_at=None):
        self.keys = keys
        self.dies_at = dies_at
        self.described = []

    def list_keys(self):
        for key in self.keys:
            yield Listed(key, {"shelf": 1})

    def describe(self, listed):
        if listed.source_key == self.dies_at:
            raise KeyboardInterrupt
        self.described.append(listed.source_key)
        status = "gone" if listed.source_key == "b" else "ok"
        return item_row(
            "shelf", ENTRY, listed, page_url="https://shelf.example.org/", status=status
        )


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
    assert list_source("shelf", ENTRY, again, "s2", workspace)["n_items"] == 3


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
    with pytest.raises(SourceError):
        list_source("shelf", high, Shelf("abc"), "s2", workspace)
    list_source("shelf", ENTRY.model_copy(update={"licence": licence}), other, "s2", workspace)
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
