"""What failed is asked again, and nothing else: the demo's subreddit, with faults of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline import walk
from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.server import DemoServer
from pipeline.errors import CatalogError
from pipeline.retry import read_wanted
from pipeline.sources.listing import write_items
from pipeline.store import Partition
from pipeline.work import Place, open_run
from schemas import IMAGES, ITEMS, MEDIA

REAL = Path(__file__).parents[2] / "data_catalog.yaml"
DAY = "2026-06-01"
PART = Partition("reddit", DAY, 0)


def path_of(row):
    return urlsplit(row["url"]).path


@dataclass
class Board:
    """The subreddit of the demo world, and a workspace that it is collected into."""

    server: DemoServer
    workspace: str
    catalog: Path
    n_runs: int = 0

    @property
    def place(self):
        self.n_runs += 1
        return Place(self.workspace, str(self.catalog), str(self.n_runs), "template")

    def collect(self, snapshot=DAY):
        assert walk.collect(self.place, ["reddit"], snapshot) == []
        return self.asked()

    def retry(self, *words, execute=walk.one_by_one):
        return walk.retry(self.place, ["reddit"], words, execute=execute)

    def asked(self):
        """Return the paths that were asked for since the last time, robots.txt left out."""
        paths = [path for _service, _method, path, _status in self.server.requests_log]
        self.server.requests_log.clear()
        return Counter(path for path in paths if path != "/robots.txt")

    def media(self, part=PART):
        return open_run(self.place).read(MEDIA, part).to_pylist()

    def failed(self):
        return sorted(row["media_id"] for row in self.media() if row["status"] != "ok")


@pytest.fixture
def board(world, tmp_path):
    with DemoServer(world, base_port=0) as server:
        document = demo_document(REAL, str(world.folder), server.urls, server.urls["ca_path"])
        catalog = tmp_path / "data_catalog.yaml"
        write_demo_catalog(document, catalog)
        yield Board(server, str(tmp_path / "workspace"), catalog)


@pytest.fixture
def damaged(board):
    """Collect while one picture of a gallery cannot be found; give its row."""
    board.collect()
    whole = Counter(row["item_id"] for row in board.media() if row["status"] == "ok")
    item = max(sorted(whole), key=lambda each: whole[each])
    assert whole[item] >= 3, "no post of the demo has two pictures"
    chosen = [row for row in board.media() if row["item_id"] == item and row["role"] == "picture"]
    board.server.faults["reddit_media", path_of(chosen[0])] = [404]
    board.workspace += "-2"
    board.collect()
    (row,) = [row for row in board.media() if row["media_id"] == chosen[0]["media_id"]]
    assert row["status"] == "not_found"
    return row


def test_only_the_item_is_asked_again_and_of_its_files_only_what_did_not_come(board, damaged):
    lasting = [name for name in board.failed() if name != damaged["media_id"]]
    n_failing = len({row["item_id"] for row in board.media() if row["status"] == "not_found"})

    found = board.retry("failed:not_found")

    assert found.failures == []
    assert (found.asked, found.left) == (n_failing, n_failing - 1)
    pictures = [path for path in board.asked() if path.endswith(".jpg")]
    assert path_of(damaged) in pictures
    assert len(pictures) == n_failing  # one file each did not come
    assert board.failed() == lasting
    own = [row for row in board.media() if row["item_id"] == damaged["item_id"]]
    assert {row["error"] for row in own} == {None}  # it is whole, and can be carried over


def test_a_class_that_nothing_failed_with_asks_nothing(board, damaged):
    board.asked()
    found = board.retry("failed:wrong_type", "failed:unreachable")
    assert (found.asked, found.left, found.pictures) == (0, 0, 0)
    assert board.asked() == Counter()
    assert damaged["media_id"] in board.failed()


def test_a_kill_after_the_partition_was_taken_back_loses_nothing(board, damaged):
    before = board.media()
    board.asked()

    def killed(works, _place):
        if works:
            raise KeyboardInterrupt
        return []

    with pytest.raises(KeyboardInterrupt):
        board.retry("failed:not_found", execute=killed)
    assert board.asked() == Counter()

    asked = board.collect()

    pictures = [path for path in asked if path.endswith(".jpg")]
    assert path_of(damaged) in pictures
    assert len(board.media()) == len(before)
    assert damaged["media_id"] not in board.failed()
    came = {path_of(row) for row in before if row["status"] == "ok"}
    assert not set(pictures) & came


def test_a_new_snapshot_asks_for_failed_files_of_itself(board, damaged):
    board.asked()
    asked = board.collect("2026-06-08")
    assert asked[path_of(damaged)] == 1
    later = board.media(Partition("reddit", "2026-06-08", 0))
    (row,) = [row for row in later if row["media_id"] == damaged["media_id"]]
    assert (row["status"], row["error"]) == ("ok", None)


def test_unreachable_items_are_looked_at_again_and_fetched(board):
    board.collect()
    run = open_run(board.place)
    rows = run.read(ITEMS, PART).to_pylist()
    lost = next(row for row in rows if row["status"] == "ok")
    files = [row for row in board.media() if row["item_id"] == lost["item_id"]]
    told = [
        row | {"status": "unreachable", "error": "no answer"} if row is lost else row
        for row in rows
    ]
    standing = run.workspace.read_manifest("list", PART)
    write_items(told, PART, standing.key, standing.options, run.workspace)
    board.collect()
    assert lost["item_id"] not in {row["item_id"] for row in board.media()}
    board.asked()

    found = board.retry("failed:unreachable")

    assert (found.asked, found.left) == (1, 0)
    items = open_run(board.place).read(ITEMS, PART).to_pylist()
    (again,) = [row for row in items if row["item_id"] == lost["item_id"]]
    assert (again["status"], again["error"]) == ("ok", None)
    back = [row for row in board.media() if row["item_id"] == lost["item_id"]]
    assert [row["sha256"] for row in back] == [row["sha256"] for row in files]
    keys = {path for path in board.asked() if path.endswith(".jpg")}
    assert keys <= {path_of(row) for row in files}


def test_lost_and_damaged_bytes_are_fetched_again_and_lost_pictures_cut_anew(board):
    board.collect()
    partitions = open_run(board.place).workspace.partitions("reddit", DAY)
    assert walk.curate(board.place, partitions) == []
    media = open_run(board.place).workspace.media
    pictures = [row for row in board.media() if row["role"] == "picture" and row["sha256"]]
    lost, damaged = pictures[0]["sha256"], pictures[1]["sha256"]
    media.remove(lost)
    path = Path(board.workspace) / media.find(damaged)
    path.unlink()
    path.write_bytes(b"rotten")
    cut = open_run(board.place).read(IMAGES, PART)["sha256"].drop_null()[0].as_py()
    media.remove(cut)
    board.asked()
    assert board.collect() == Counter()  # a plain run takes what stands for done

    found = board.retry("failed:missing_blob")

    assert (found.asked, found.left, found.failures) == (2, 0, [])
    assert found.pictures == 1
    assert {path for path in board.asked() if path.endswith(".jpg")} == {
        path_of(row) for row in pictures[:2]
    }
    assert media.is_intact(lost)
    assert media.is_intact(damaged)
    assert walk.curate(board.place, partitions) == []
    assert media.is_intact(cut)


def test_a_source_over_its_share_of_failures_is_told_as_fetched_and_goes_on(board, damaged):
    text = board.catalog.read_text("utf-8")
    head, tail = text.split("  reddit:\n", 1)
    tail = tail.replace("expect: {}", "expect: {max_failed_share: 0.01}", 1)
    board.catalog.write_text(head + "  reddit:\n" + tail, "utf-8")

    (failure,) = walk.collect(board.place, ["reddit"], DAY)

    assert str(failure.work) == f"fetch {PART}"
    assert "files of reddit failed" in failure.error
    assert not failure.blocks
    assert walk.without([PART], [failure]) == [PART]


def test_classes_are_read(board):
    wanted = read_wanted(["failed:rate_limited", "failed:unreachable"])
    assert (wanted.statuses, wanted.unreachable, wanted.lost) == ({"rate_limited"}, True, False)
    everything = read_wanted(["failed:any"])
    assert {"not_found", "network_error"} < everything.statuses
    assert everything.unreachable
    assert "ok" not in everything.statuses
    with pytest.raises(CatalogError, match=r"^failed:tired, gone: .*missing_blob.*rate_limited"):
        read_wanted(["failed:tired", "gone", "failed:gone"])
