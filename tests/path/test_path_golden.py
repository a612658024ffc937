"""A stage whose output changes meaning raises its version; this test holds it to that.

`tests/gold/stages.json` holds, for each stage, its version and the digest of what it makes of the
demo world. When a digest changes, either undo the change, or raise the stage's `version` and run

    DERMCURATE_WRITE_GOLD=1 pytest tests/path/test_path_golden.py
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from pipeline.identity import sha256_json
from pipeline.stages import STAGES

GOLD = Path(__file__).parents[1] / "gold" / "stages.json"
# addresses hold the port of the day, and digests of what quotes them change with it
VOLATILE = re.compile(r"(^|_)(sha256|url|at)$|^details$|^n_bytes$")
PORT = re.compile(r"127\.0\.0\.1:\d+")


def plain(value):
    """Return a value without what differs from run to run or from machine to machine."""
    if isinstance(value, float):
        return "a score"  # its last digits are the processor's
    if isinstance(value, str):
        return PORT.sub("127.0.0.1", value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if not VOLATILE.search(name)}
    return value


@pytest.fixture(scope="session")
def made(walked):
    run = walked.run()
    partitions = [
        partition
        for source in run.workspace.sources()
        for partition in run.workspace.partitions(source)
    ]
    return {
        stage.name: {
            "version": stage.version,
            "digest": sha256_json(
                [
                    plain(row)
                    for table in stage.writes
                    for partition in partitions
                    for row in run.read(table, partition).to_pylist()
                ]
            ),
        }
        for stage in STAGES
    }


def test_a_changed_output_has_a_raised_version(made):
    if os.environ.get("DERMCURATE_WRITE_GOLD"):
        GOLD.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
    gold = json.loads(GOLD.read_text("utf-8"))

    assert set(made) == set(gold)
    for name, found in made.items():
        if found["version"] == gold[name]["version"]:
            assert found["digest"] == gold[name]["digest"], (
                f"{name} makes something else of the demo world: undo it, or raise its version"
            )
        else:
            assert found["version"] > gold[name]["version"]
            pytest.fail(f"{name} has a new version: write the new gold, see this file's head")
