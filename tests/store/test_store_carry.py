"""Carry-over: an unchanged question is not asked again; a failed one is."""

from datetime import UTC, datetime

import pytest

from pipeline.store import Partition, Run, Stage, run_partition
from pipeline.store.manifest import Manifest, Output
from schemas import ITEMS, MEDIA

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def item(n, listed="a"):
    return {
        "item_id": f"s:{n}",
        "source_id": "s",
        "source_key": str(n),
        "page_url": f"https://example.org/{n}",
        "licence_tier": "open",
        "collected_at": NOON,
        "group_key": f"s:{n}",
        "listed_sha256": listed,
        "details": "{}",
        "status": "ok",
    }


def medium(row, status="ok"):
    return {
        "media_id": f"{row['item_id']}!x",
        "item_id": row["item_id"],
        "listed_sha256": row["listed_sha256"],
        "role": "picture",
        "name": "x",
        "url": row["page_url"],
        "retrieved_at": NOON,
        "collector": "test",
        "collector_version": 1,
        "status": status,
    }


class Fetching:
    """A dear stage: it notes what it asks for, and can break off."""

    def __init__(self, failing=(), break_at=None):
        self.asked = []
        self.failing = set(failing)
        self.break_at = break_at
        self.stage = Stage(
            "fetch", 1, (ITEMS,), (MEDIA,), self.run, carry=("item_id", "listed_sha256")
        )

    def run(self, bench, items):
        rows = []
        for row in items.to_pylist():
            known = bench.carried.get(row["item_id"], row["listed_sha256"])
            if not known:
                if row["item_id"] == self.break_at:
                    raise KeyboardInterrupt
                self.asked.append(row["item_id"])
                known = [medium(row, "not_found" if row["item_id"] in self.failing else "ok")]
                bench.carried.note(known)
            rows += known
        return (MEDIA.table(rows),)


@pytest.fixture
def run(workspace):
    return Run(workspace, catalog=None)


def list_items(run, snapshot, rows):
    run.workspace.write_listing("s", snapshot, {"n_partitions": 1, "n_items": len(rows)})
    partition = Partition("s", snapshot, 0)
    digest = run.workspace.write_table(ITEMS, ITEMS.table(rows), partition)
    output = {"items": Output(digest, len(rows), {})}
    run.workspace.write_manifest(Manifest("list", 1, "", digest, {}, {}, output), partition)
    return partition


def test_a_new_snapshot_asks_for_new_changed_and_failed_items_only(run):
    first = list_items(run, "2026-01-01", [item(1), item(2), item(3)])
    run_partition(Fetching(failing={"s:3"}).stage, first, run)

    second = list_items(run, "2026-01-08", [item(1), item(2, "changed"), item(3), item(4)])
    fetching = Fetching()
    run_partition(fetching.stage, second, Run(run.workspace, catalog=None))

    assert fetching.asked == ["s:2", "s:3", "s:4"]
    table = run.read(MEDIA, second)
    assert table["item_id"].to_pylist() == ["s:1", "s:2", "s:3", "s:4"]
    assert table["status"].to_pylist() == ["ok"] * 4


def test_what_was_asked_before_a_kill_is_not_asked_again(run):
    partition = list_items(run, "2026-01-01", [item(1), item(2), item(3)])
    killed = Fetching(break_at="s:3")
    with pytest.raises(KeyboardInterrupt):
        run_partition(killed.stage, partition, run)
    assert killed.asked == ["s:1", "s:2"]

    again = Fetching()
    run_partition(again.stage, partition, Run(run.workspace, catalog=None))

    assert again.asked == ["s:3"]
    assert run.read(MEDIA, partition)["retrieved_at"].to_pylist() == [NOON] * 3
    journal = run.workspace.journal_path("fetch", partition)
    assert not run.workspace.files.exists(journal)


def test_a_half_written_line_of_the_journal_is_passed_over(run):
    partition = list_items(run, "2026-01-01", [item(1), item(2)])
    with pytest.raises(KeyboardInterrupt):
        run_partition(Fetching(break_at="s:2").stage, partition, run)
    journal = run.workspace.journal_path("fetch", partition)
    with run.workspace.files.local_path(journal).open("a") as out:
        out.write('\n{"item_id": "s:2", "stat')

    again = Fetching()
    run_partition(again.stage, partition, Run(run.workspace, catalog=None))

    assert again.asked == ["s:2"]
