"""How far each source is: partitions done and rows by status, from the manifests alone."""

from __future__ import annotations

from typing import Any

from pipeline.store import Partition, Run
from schemas import CONTRACTS, Contract

# the first table that each stage writes; its manifest speaks for all of them
_FIRST_TABLES: dict[str, Contract] = {}
for _contract in CONTRACTS:
    if _contract.written_by not in ("list", "release"):
        _FIRST_TABLES.setdefault(_contract.written_by, _contract)


def status(run: Run) -> dict[str, Any]:
    """Return, for each source with a listing, its latest snapshot and how far each stage is.

    Shape: ``{source_id: {"snapshot", "partitions", "items", "stages": {name: {"done", "rows":
    {table: {status: n}}}}}}``. Standing manifests count as done, also those of older options;
    `dermcurate run` tells what is to be done anew.
    """
    told = {}
    for source in run.workspace.sources():
        partitions = run.workspace.partitions(source)
        snapshot = run.workspace.snapshots(source)[-1]
        record = run.workspace.read_listing(source, snapshot) or {}
        told[source] = {
            "snapshot": snapshot,
            "partitions": len(partitions),
            "items": record.get("n_items", 0),
            "stages": {
                stage: _stage(table, partitions, run) for stage, table in _FIRST_TABLES.items()
            },
        }
    return told


def _stage(table: Contract, partitions: list[Partition], run: Run) -> dict[str, Any]:
    rows: dict[str, dict[str, int]] = {}
    done = 0
    for partition in partitions:
        manifest = run.manifest(table, partition)
        if manifest is None:
            continue
        done += 1
        for written, output in manifest.outputs.items():
            held = rows.setdefault(written, {})
            for name, n in output.statuses.items():
                held[name] = held.get(name, 0) + n
    return {"done": done, "rows": rows}
