"""What the collectors find in the demo world, what they reject and why, and what a kill costs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from pipeline.catalog import load_catalog
from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.server import DemoServer
from pipeline.store import Run, Workspace
from pipeline.walk import latest_partitions
from schemas import ITEMS, MEDIA

REAL = Path(__file__).parents[2] / "data_catalog.yaml"
ROOT = Path(__file__).parents[2]

# What becomes of an item of which something is planted: the status of its row in `items`, or the
# class of the file that did not come. Null: the source must not even list it.
OUTCOMES = {
    "words_alone": "found",
    "retracted_article": "retracted",
    "author_manuscript": None,
    "unlicensed_video": "no_licence",
    "private_video": "gone",
    "removed_video": "gone",
    "deleted_post": "deleted",
    "removed_post": "deleted",
    "deleted_reply": "found",  # the thread stands, the reply is gone from it
    "crosspost": None,
    "other_category": None,
    "forbidden_thread": "forbidden_by_robots",
    "unindexed_thread": "forbidden_by_robots",
    "missing_picture": "not_found",
    "html_for_picture": "wrong_type",
    "html_for_deck": "wrong_type",
    "old_powerpoint": "wrong_type",
    "unnamed_deck": "no_licence",
    "malformed_record": "malformed",
    "truncated_jpeg": "found",  # the file is as it was served; decoding it fails
}


def expected_of(world) -> dict[tuple[str, str], str]:
    """Return what must become of each item that the truth names."""
    truth = json.loads((world.folder / "truth.json").read_text("utf-8"))
    told = {(each["source"], each["item"]): "found" for each in truth["pictures"]}
    unlisted = set()
    for plant in truth["plants"]:
        if plant["expect"] not in ("collected", "not_collected", "failed"):
            continue
        for place in plant["items"]:
            key = (place["source"], place["item"])
            outcome = OUTCOMES[plant["name"]]
            if outcome is None:
                unlisted.add(key)
            else:
                told[key] = outcome
    return {key: outcome for key, outcome in told.items() if key not in unlisted}


def found_in(run) -> dict[tuple[str, str], str]:
    """Return what became of each item that a source lists."""
    told = {}
    for partition in latest_partitions(run, run.catalog.enabled_sources()):
        failed = {}
        media = run.read(MEDIA, partition).to_pylist()
        for row in media:
            if row["status"] != "ok":
                failed[row["item_id"]] = row["status"]
        fetched = {row["item_id"] for row in media}
        for item in run.read(ITEMS, partition).to_pylist():
            key = (item["source_id"], item["source_key"])
            outcome = failed.get(item["item_id"], "found" if item["item_id"] in fetched else "")
            told[key] = item["status"] if item["status"] != "ok" else outcome
    return told


def test_each_collector_finds_and_rejects_exactly_what_the_truth_says(walked, world):
    found, expected = found_in(walked.run()), expected_of(world)

    for source in walked.run().catalog.enabled_sources():
        ours = {item: outcome for (each, item), outcome in found.items() if each == source}
        theirs = {item: outcome for (each, item), outcome in expected.items() if each == source}
        assert ours == theirs, source
        assert "found" in ours.values(), source


def test_all_that_was_rejected_says_why(walked):
    run = walked.run()
    for partition in latest_partitions(run, run.catalog.enabled_sources()):
        for contract in (ITEMS, MEDIA):
            for row in run.read(contract, partition).to_pylist():
                assert row["status"] == "ok" or len(row["error"]) > 10, row


# --- kills ---------------------------------------------------------------------------------------

SOURCES = ("pubmed", "reddit", "discourse", "webforum")
SCRIPT = """
import sys
from pipeline.walk import collect
from pipeline.work import Place
workspace, catalog, *sources = sys.argv[1:]
failures = collect(Place(workspace, catalog, "kill"), sources, "2026-06-01")
sys.exit("; ".join(str(each) for each in failures) or None)
"""


@pytest.fixture
def slow_world(world, tmp_path):
    """Serve the world to a catalog that asks slowly enough to be killed on the way."""
    with DemoServer(world, base_port=0) as server:
        root = world.folder.parent
        ca_file = str(Path(server.urls["ca_path"]).relative_to(root))
        document = demo_document(REAL, world.folder.name, server.urls, ca_file)
        for source in SOURCES:
            document["sources"][source]["rate"] = {"requests_per_second": 40.0, "concurrency": 2}
        catalog = root / "slow.yaml"
        write_demo_catalog(document, catalog)
        yield server, catalog, tmp_path / "workspace"


def begin(workspace, catalog) -> subprocess.Popen:
    command = [sys.executable, "-c", SCRIPT, str(workspace), str(catalog), *SOURCES]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def pictures_asked(server) -> Counter:
    """Count the answers that gave a file whole, by address."""
    return Counter(
        (service, path)
        for service, _method, path, status in server.requests_log
        if status == 200 and path.rsplit(".", 1)[-1] in ("jpg", "jpeg", "png", "xml")
    )


def test_a_killed_collection_goes_on_and_fetches_no_file_twice(slow_world):
    server, catalog, workspace = slow_world
    kills = 0
    for wanted in (12, 30, 60):
        collecting = begin(workspace, catalog)
        give_up = time.monotonic() + 60
        while sum(pictures_asked(server).values()) < wanted and collecting.poll() is None:
            assert time.monotonic() < give_up
            time.sleep(0.01)
        if collecting.poll() is None:
            os.kill(collecting.pid, signal.SIGKILL)
            kills += 1
        collecting.communicate()
    last = begin(workspace, catalog)
    _, told = last.communicate(timeout=120)

    assert last.returncode == 0, told
    assert kills == 3
    asked = pictures_asked(server)
    twice = [address for address, times in asked.items() if times > 1]
    # each kill may cut what is under way, which is at most the concurrency of one host
    assert len(twice) <= 2 * kills, twice
    assert max(asked.values()) <= 1 + kills
    run = Run(Workspace(workspace), load_catalog(catalog), None)
    files = [
        row
        for partition in latest_partitions(run, SOURCES)
        for row in run.read(MEDIA, partition).to_pylist()
    ]
    assert sum(row["status"] == "ok" for row in files) > 50
