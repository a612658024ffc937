"""A stage whose output changes meaning raises its version, and so does a contract that changes.

`tests/gold/` holds versions and digests: of what each stage makes of the demo world, and of each
contract. When a digest changes, either undo the change, or raise the version and run

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
from schemas import CONTRACTS

GOLD = Path(__file__).parents[1] / "gold"
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


def contracts():
    """Return each contract's version and the digest of its columns, key and closed lists."""
    return {
        table.name: {
            "version": table.version,
            "digest": sha256_json(
                [
                    [[each.name, str(each.type), each.nullable] for each in table.columns],
                    table.key,
                    {name: sorted(values) for name, values in table.allowed.items()},
                ]
            ),
        }
        for table in CONTRACTS
    }


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
    hold_to_gold(made, "stages.json")


def test_a_changed_contract_has_a_raised_version():
    hold_to_gold(contracts(), "contracts.json")


def hold_to_gold(made, name):
    path = GOLD / name
    if os.environ.get("DERMCURATE_WRITE_GOLD"):
        path.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
    gold = json.loads(path.read_text("utf-8"))

    assert set(made) == set(gold)
    for what, found in made.items():
        if found["version"] == gold[what]["version"]:
            assert found["digest"] == gold[what]["digest"], (
                f"{what} has changed: undo it, or raise its version"
            )
        else:
            assert found["version"] > gold[what]["version"]
            pytest.fail(f"{what} has a new version: write the new gold, see this file's head")
