"""A second snapshot of the demo world, in which things were retracted, deleted and removed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline import walk
from pipeline.audit.ledger import audit
from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.later import later_world
from pipeline.demo.server import DemoServer
from pipeline.demo.world import World
from pipeline.release.diff import diff_releases
from pipeline.release.verify import verify_release
from pipeline.store import Run
from pipeline.work import Place, open_run
from schemas import ITEMS, MEDIA

REAL = Path(__file__).parents[2] / "data_catalog.yaml"
TAKEN_BACK = ("retracted", "deleted", "gone")


@dataclass(frozen=True)
class Grown:
    """A workspace of two snapshots and two releases, and what was asked for the second."""

    run: Run
    later: World
    releases: tuple[Path, Path]
    requests: list[tuple[str, str]]

    def events(self, *expected):
        return {
            f"{each['source']}:{each['item']}": each["expect"]
            for each in self.later.truth["later"]
            if each["expect"] in expected
        }

    def rows(self, version):
        """Return the released rows of each item."""
        table = self.opened(version).rows(["image_id"])
        return Counter(each.rpartition("#")[0] for each in table["image_id"].to_pylist())

    def opened(self, version):
        from pipeline.release.published import open_release

        return open_release(self.releases[version])


@pytest.fixture(scope="module")
def clock():
    """Let time pass: collectors need not look again at what they saw a day ago."""
    with pytest.MonkeyPatch.context() as patch:
        yield lambda day: patch.setenv(
            "SOURCE_DATE_EPOCH", str(int(datetime.fromisoformat(f"{day}T00:00Z").timestamp()))
        )


@pytest.fixture(scope="module")
def grown(world, tmp_path_factory, clock):
    root = tmp_path_factory.mktemp("grown")
    with DemoServer(world, base_port=0) as server:
        document = demo_document(REAL, str(world.folder), server.urls, server.urls["ca_path"])
        catalog = root / "data_catalog.yaml"
        write_demo_catalog(document, catalog)
        releases = []
        for snapshot, version in (("2026-06-01", "2026.6.1"), ("2026-07-06", "2026.7.6")):
            clock(snapshot)
            place = Place(str(root / "workspace"), str(catalog), snapshot, "template")
            sources = open_run(place).catalog.sources_of("derm")
            assert walk.build_tables(place, sources, snapshot) == []
            releases.append(walk.release(place, "derm", version))
            if snapshot == "2026-06-01":
                later = later_world(world, root / "later-world")
                server.turn(later)
                server.requests_log.clear()
        requests = [(service, path) for service, _method, path, _status in server.requests_log]
    return Grown(open_run(place), later, tuple(releases), requests)


def test_every_event_is_found_with_its_status(grown):
    events = grown.events("ok", *TAKEN_BACK)
    assert Counter(events.values()) == {"gone": 2, "ok": 1, "retracted": 1, "deleted": 1}
    found = {
        row["item_id"]: row["status"]
        for source in grown.run.workspace.sources()
        for partition in grown.run.workspace.partitions(source)
        for row in grown.run.read(ITEMS, partition).to_pylist()
        if row["item_id"] in events
    }
    assert found == events


def test_what_was_taken_back_leaves_the_release_and_nothing_else_does(grown):
    before, after = grown.rows(0), grown.rows(1)
    taken = grown.events(*TAKEN_BACK)
    assert all(before[item] for item in taken), "the later world takes back what was released"
    assert before.keys() - after.keys() == taken.keys()
    (stays,) = grown.events("ok")
    assert after[stays] == before[stays] > 0
    assert verify_release(grown.releases[1]) == []


def test_what_left_its_listing_is_looked_for_again(grown):
    record = grown.run.workspace.read_listing("pubmed", "2026-07-06")
    assert (record["earlier"], record["n_unlisted"], record["n_let_go"]) == ("2026-06-01", 1, 0)
    record = grown.run.workspace.read_listing("discourse", "2026-07-06")
    assert record["n_unlisted"] == 1


def test_no_file_that_came_before_is_fetched_again(grown):
    workspace = grown.run.workspace
    media = [
        row
        for source in workspace.sources()
        for partition in workspace.partitions(source, "2026-06-01")
        for row in grown.run.read(MEDIA, partition).to_pylist()
        if row["role"] in ("picture", "fulltext") and row["url"].startswith("http://127.0.0.1")
    ]
    asked = {path for _service, path in grown.requests}
    came = {urlsplit(row["url"]).path for row in media if row["status"] == "ok"}
    failed = {urlsplit(row["url"]).path for row in media if row["status"] != "ok"}
    assert len(came) > 20
    assert asked & came == set()
    assert asked & failed  # these may come now
    assert not any("googlevideo" in path or path == "/videoplayback" for path in asked)


def test_the_version_says_what_it_leaves_out(grown):
    before = grown.rows(0)
    left_out = Counter()
    for item, fate in grown.events(*TAKEN_BACK).items():
        left_out[fate] += before[item]
    manifest = grown.opened(1).manifest
    assert manifest["changes"]["since"] == "2026.6.1"
    told = {name: manifest["changes"]["left_out"].get(name) for name in TAKEN_BACK}
    assert told == dict(left_out)
    n = left_out.total()
    parts = [f"{name} ({left_out[name]})" for name in TAKEN_BACK]
    sentence = (
        f"{n} rows left out because their item was {parts[0]}, {parts[1]} or {parts[2]} at the "
        "source"
    )
    folder = grown.releases[1]
    assert f"- {sentence}." in (folder / "CHANGELOG.md").read_text("utf-8")
    assert f"- {sentence}." in (folder / "README.md").read_text("utf-8")
    assert sentence in diff_releases(*grown.releases, grown.run).to_text().splitlines()
    assert sentence in diff_releases(*grown.releases).to_text().splitlines()
    history = (folder / "CHANGELOG.md").read_text("utf-8")
    assert history.index("## 2026.7.6") < history.index("## 2026.6.1")
    assert "## Changes" not in (grown.releases[0] / "README.md").read_text("utf-8")


def test_no_item_is_named_in_the_changelog_but_all_are_in_the_audit(grown):
    told = audit(grown.run, grown.releases[1])
    history = (grown.releases[1] / "CHANGELOG.md").read_text("utf-8")
    manifest = json.dumps(grown.opened(1).manifest["changes"])
    before = grown.rows(0)
    for item, fate in grown.events(*TAKEN_BACK).items():
        source, key = item.split(":")
        assert key not in history
        assert key not in manifest
        assert told["left_out"]["rows"][fate][item] == before[item]
        items = told["sources"][source]["items"]
        assert item in items[fate]
        assert items["since"] == "2026-06-01"
    assert told["sources"]["pubmed"]["items"]["new"] == 0


def test_a_run_of_an_older_snapshot_is_refused(grown):
    from pipeline.errors import MissingInputError

    workspace = Path(grown.run.workspace.root)
    place = Place(str(workspace), str(workspace.parent / "data_catalog.yaml"), "old", "template")
    with pytest.raises(MissingInputError, match=r"newer snapshot 2026-07-06.*not in 2026-06-01"):
        walk.build_tables(place, ["pubmed"], "2026-06-01")
