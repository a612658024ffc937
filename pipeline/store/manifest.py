"""Manifests: the record that a stage has done a partition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.identity import canonical_json


@dataclass(frozen=True, slots=True)
class Output:
    """One table that a stage wrote: digest of the file, rows, rows by status."""

    sha256: str
    rows: int
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a stage did to a partition. It is done if a manifest with the wanted key stands."""

    stage: str
    version: int
    partition: str
    key: str
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    outputs: Mapping[str, Output]

    def to_json(self) -> bytes:
        """Return its one JSON form."""
        return (canonical_json(asdict(self)) + "\n").encode()

    @staticmethod
    def from_json(content: bytes) -> Manifest:
        """Read what `to_json` wrote."""
        told = json.loads(content)
        outputs = {name: Output(**each) for name, each in told.pop("outputs").items()}
        return Manifest(**told, outputs=outputs)

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(output.rows for output in self.outputs.values())


def count_statuses(table: pa.Table) -> dict[str, int]:
    """Count rows by status; a table without that column counts as `ok`."""
    if "status" not in table.column_names:
        return {"ok": table.num_rows} if table.num_rows else {}
    counted = pc.value_counts(table["status"].combine_chunks())
    return {
        each["values"]: each["counts"]
        for each in sorted(counted.to_pylist(), key=lambda each: str(each["values"]))
    }
