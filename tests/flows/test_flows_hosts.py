"""`dermcurate hosts` on a collection from the demo world: what it tells is what was asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipeline.collecting import collect
from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.server import DemoServer
from pipeline.work import Place

ROOT = Path(__file__).parents[2]
SNAPSHOT = "2026-06-01"


def dermcurate(*arguments):
    """Run the command in a process of its own and return what it prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def collected(world, tmp_path_factory):
    """Collect two sources of the demo world; return the options, and requests by port."""
    root = world.folder.parent
    workspace = tmp_path_factory.mktemp("hosts") / "workspace"
    catalog = root / "hosts_catalog.yaml"
    with DemoServer(world, base_port=0) as server:
        ca_file = str(Path(server.urls["ca_path"]).relative_to(root))
        real = ROOT / "data_catalog.yaml"
        write_demo_catalog(demo_document(real, world.folder.name, server.urls, ca_file), catalog)
        place = Place(str(workspace), str(catalog), "hosts")
        assert collect(place, ["pubmed", "discourse"], SNAPSHOT) == []
        asked = Counter(service for service, *_ in server.requests_log)
        urls = dict(server.urls)
    return ("--workspace", workspace, "--catalog", catalog), asked, urls


def test_every_request_is_told(collected):
    options, asked, urls = collected
    code, printed, _ = dermcurate("hosts", *options, "--json")
    assert code == 0
    told = json.loads(printed)["sources"]
    assert list(told) == ["discourse", "pubmed"]
    assert {each["snapshot"] for each in told.values()} == {SNAPSHOT}
    tallies = {name: tally for each in told.values() for name, tally in each["hosts"].items()}
    assert sum(tally["requests"] for tally in tallies.values()) == asked.total()
    forum = tallies[urls["discourse"].split("/")[2]]
    assert forum["requests"] == asked["discourse"]
    assert forum["robots"] == "read"
    assert all(tally["n_bytes"] > 0 for tally in tallies.values())


def test_one_source_is_shown_as_a_table(collected):
    options, asked, urls = collected
    code, printed, _ = dermcurate("hosts", *options, "--source", "discourse")
    assert code == 0
    assert printed.startswith(f"discourse, {SNAPSHOT}")
    assert "pubmed" not in printed
    line = next(each for each in printed.splitlines() if urls["discourse"].split("/")[2] in each)
    assert line.split("│")[2].strip() == str(asked["discourse"])


def test_a_source_that_the_catalog_does_not_have_is_an_error(collected):
    options, *_ = collected
    code, printed, complaint = dermcurate("hosts", *options, "--source", "nowhere")
    assert (code, printed) == (1, "")
    assert "nowhere" in complaint
