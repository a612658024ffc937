"""The command line as a user meets it: real processes, a real Prefect run, plain faults."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli.demo import DEMO_EPOCH
from pipeline.demo.server import DemoServer
from pipeline.demo.world import open_world

ROOT = Path(__file__).parents[2]
BASE_PORT = 21860


def dermcurate(*arguments, cwd=ROOT, timeout=280, **environment):
    """Run the command in a process of its own."""
    held = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    held.pop("SOURCE_DATE_EPOCH", None)
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        cwd=cwd,
        env={**held, "PYTHONPATH": str(ROOT), "COLUMNS": "160", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(world, tmp_path_factory):
    """Run the demo once, and give its workspace and what it printed."""
    workspace = tmp_path_factory.mktemp("cli") / "workspace"
    shutil.copytree(world.folder, workspace / "demo-world")
    ended = dermcurate("demo", "--workspace", workspace, "--port", BASE_PORT)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return workspace, ended.stdout


def sums(workspace, version):
    return (workspace / "releases" / "derm" / version / "SHA256SUMS").read_text()


def test_the_demo_prints_funnel_release_and_report(demo):
    workspace, printed = demo

    for source in ("pubmed", "youtube", "reddit", "discourse", "webforum", "slides", "ham10000"):
        assert source in printed
    assert f"release: {workspace}/releases/derm/2026.6.1" in printed
    report = workspace / "reports" / "derm-2026.6.1.html"
    assert f"report: {report}" in printed
    assert "<html" in report.read_text("utf-8")


def test_a_second_demo_has_nothing_to_do(demo):
    workspace, _printed = demo
    before = sums(workspace, "2026.6.1")
    written = {path: path.stat().st_mtime_ns for path in (workspace / "tables").rglob("*.parquet")}

    ended = dermcurate("demo", "--workspace", workspace, "--port", BASE_PORT)

    assert ended.returncode == 0, ended.stderr
    assert "nothing to do" in ended.stderr
    assert sums(workspace, "2026.6.1") == before
    standing = [path.name for path in (workspace / "releases" / "derm").iterdir() if path.is_dir()]
    assert standing == ["2026.6.1"]
    assert written == {
        path: path.stat().st_mtime_ns for path in (workspace / "tables").rglob("*.parquet")
    }


def test_reading_commands_answer_in_json(demo):
    workspace, _printed = demo

    status = json.loads(dermcurate("status", "-w", workspace, "--json").stdout)
    assert status["pubmed"]["stages"]["ground"]["done"] == status["pubmed"]["partitions"]

    told = json.loads(dermcurate("audit", "-w", workspace, "--json").stdout)
    released = sum(each["released"] for each in told["sources"].values())
    assert released == told["release"]["rows"] > 100

    name = next((workspace / "releases" / "derm" / "2026.6.1" / "images").rglob("*.jpg"))
    steps = dermcurate("trace", f"{name.parent.name}/{name.name}", "-w", workspace, "--json")
    assert steps.returncode == 0, steps.stderr
    assert json.loads(steps.stdout)

    verified = dermcurate("verify", "derm", "-w", workspace)
    assert verified.returncode == 0
    assert "no fault" in verified.stdout


def test_verify_exits_with_1_and_names_the_changed_file(demo, tmp_path):
    workspace, _printed = demo
    copy = tmp_path / "2026.6.1"
    shutil.copytree(workspace / "releases" / "derm" / "2026.6.1", copy)
    with (copy / "concept.csv").open("ab") as opened:
        opened.write(b"x")

    ended = dermcurate("verify", copy)

    assert ended.returncode == 1
    assert "concept.csv" in ended.stdout


@pytest.fixture(scope="module")
def recaptioned(demo):
    """Write the captions anew with a second model, and give the new version's name."""
    workspace, _printed = demo
    ended = dermcurate("recaption", "--caption-set", "template-terse", "-w", workspace)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (newer,) = [
        path.name
        for path in (workspace / "releases" / "derm").iterdir()
        if path.is_dir() and path.name != "2026.6.1"
    ]
    return newer


def test_recaption_cuts_a_version_in_which_only_captions_changed(demo, recaptioned):
    workspace, _printed = demo
    told = dermcurate("diff", "derm/2026.6.1", f"derm/{recaptioned}", "-w", workspace, "--json")

    found = json.loads(told.stdout)
    assert found["captions_changed"] > 0
    assert found["images_changed"] == 0
    assert (found["added"], found["removed"]) == (0, 0)


def test_the_audit_tells_how_to_ask_again_and_what_changed(demo):
    workspace, _printed = demo
    ended = dermcurate("audit", "-w", workspace)

    assert ended.returncode == 0, ended.stderr
    assert "dermcurate collect --retry failed:not_found" in " ".join(ended.stdout.split())
    assert "let go" in ended.stdout


def test_collect_asks_again_for_what_failed_and_says_what_came_of_it(demo, tmp_path):
    copy = tmp_path / "workspace"
    shutil.copytree(demo[0], copy)
    clock = {"SOURCE_DATE_EPOCH": DEMO_EPOCH, "DERMCURATE_PSEUDONYM_KEY": "demo world"}
    with DemoServer(open_world(copy / "demo-world"), BASE_PORT) as server:
        ended = dermcurate("collect", "--retry", "failed:not_found", "-w", copy, **clock)
        asked = {path for _service, _method, path, _status in server.requests_log}
        server.requests_log.clear()
        idle = dermcurate("collect", "--retry", "failed:rate_limited", "-w", copy, **clock)
        asked_in_vain = list(server.requests_log)

    assert ended.returncode == 0, ended.stderr
    found = re.search(r"(\d+) items were asked again, (\d+) of them still fail", ended.stdout)
    assert found, ended.stdout
    assert found[1] == found[2] != "0"  # what the demo lacks, it lacks for ever
    assert asked
    assert idle.returncode == 0, idle.stderr
    assert "nothing to retry" in idle.stdout
    assert asked_in_vain == []


def test_a_class_of_failures_that_does_not_exist_is_told(demo):
    told = one_sentence(dermcurate("collect", "--retry", "failed:tired", "-w", demo[0]))

    assert "failed:tired" in told
    assert "rate_limited" in told
    assert "unreachable" in told


def test_an_older_snapshot_is_not_built_from(demo):
    told = one_sentence(dermcurate("run", "--snapshot", "2026-05-01", "-w", demo[0]))

    assert "newer snapshot 2026-06-01" in told


def one_sentence(ended):
    """Return the fault as it was told, folded; a traceback is never told."""
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return " ".join(ended.stderr.split())


def test_a_missing_workspace_is_told(tmp_path):
    told = one_sentence(dermcurate("audit", "-w", tmp_path / "nowhere"))

    assert "there is no workspace at" in told
    assert "run `dermcurate demo`" in told


def test_a_taken_port_is_told(tmp_path, world):
    shutil.copytree(world.folder, tmp_path / "demo-world")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = one_sentence(dermcurate("demo", "-w", tmp_path, "--port", port))

    assert str(port) in told
    assert "--port" in told


def test_an_unknown_key_of_the_catalog_is_told(demo, tmp_path):
    workspace, _printed = demo
    catalog = tmp_path / "data_catalog.yaml"
    text = (ROOT / "data_catalog.yaml").read_text("utf-8")
    catalog.write_text(text.replace("version: 1\n", "version: 1\ncolour: red\n", 1), "utf-8")

    told = one_sentence(dermcurate("status", "-w", workspace, "--catalog", catalog))

    assert "colour: Extra inputs are not permitted" in told
    assert "line " in told


def test_a_model_server_that_does_not_answer_is_told(demo):
    workspace, _printed = demo

    ended = dermcurate("caption", "--caption-set", "endpoint", "-w", workspace)

    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1
    assert "127.0.0.1:8000" in " ".join(ended.stderr.split())


def test_a_source_that_cannot_be_reached_is_told_in_a_new_workspace(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]  # nobody listens there any more
    text = (ROOT / "data_catalog.yaml").read_text("utf-8")
    text = text.replace("https://eutils.ncbi.nlm.nih.gov/", f"http://127.0.0.1:{port}/")
    text = text.replace(
        "    source_type: knowledge\n",
        "    source_type: knowledge\n    allow_hosts: [127.0.0.1]\n",
        1,
    )
    catalog = tmp_path / "data_catalog.yaml"
    catalog.write_text(text, "utf-8")

    told = one_sentence(
        dermcurate("collect", "--source", "pubmed", "-w", tmp_path / "new", "--catalog", catalog)
    )

    assert "list pubmed" in told
    assert f"127.0.0.1:{port}" in told


@pytest.mark.usefixtures("recaptioned")
def test_a_version_that_stands_is_not_overwritten(demo):
    workspace, _printed = demo
    before = sums(workspace, "2026.6.1")

    told = one_sentence(
        dermcurate(
            "release",
            "derm",
            "--caption-set",
            "template-terse",
            "--version",
            "2026.6.1",
            "-w",
            workspace,
        )
    )

    assert "2026.6.1" in told
    assert sums(workspace, "2026.6.1") == before
