"""Carry-over: what was dear to get is not got twice.

Finished `ok` rows of earlier parts, and the journal of a partition that was interrupted, are
offered to the stage by key; it asks only for the rest. Failed rows are never carried.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import WorkspaceError
from pipeline.identity import canonical_json
from pipeline.store.partition import Partition
from pipeline.store.workspace import Workspace
from schemas import Contract, ContractError

Key = tuple[Any, ...]
Row = dict[str, Any]
PARTS_IN_MEMORY = 8


class Earlier:
    """Finished rows of standing parts of one table, by key.

    Only the keys are held in memory; a part is read when one of its rows is wanted. The index is
    made once and does not see parts that are written later.
    """

    def __init__(
        self,
        workspace: Workspace,
        contract: Contract,
        key: tuple[str, ...],
        partitions: Iterable[Partition],
        caption_set: str | None,
    ) -> None:
        self._workspace = workspace
        self._contract = contract
        self._columns = key
        self._caption_set = caption_set
        self._lock = threading.Lock()
        self._parts: dict[Key, tuple[Partition, ...]] = {}
        self._read = lru_cache(maxsize=PARTS_IN_MEMORY)(self._rows_of)
        for partition in partitions:
            for found in self._rows_of(partition):
                self._parts[found] = (*self._parts.get(found, ()), partition)

    def key_of(self, row: Mapping[str, Any]) -> Key:
        """Return a row's key."""
        return tuple(row[name] for name in self._columns)

    def get(self, key: Key) -> list[Row]:
        """Return the finished rows with this key, oldest part first, each row once."""
        rows: list[Row] = []
        with self._lock:
            for partition in self._parts.get(key, ()):
                rows += [row for row in self._read(partition).get(key, ()) if row not in rows]
        return [dict(row) for row in rows]

    def _rows_of(self, partition: Partition) -> dict[Key, list[Row]]:
        path = self._workspace.table_path(self._contract, partition, self._caption_set)
        if not self._workspace.files.exists(path):
            return {}
        try:
            table = self._workspace.read_table(self._contract, partition, self._caption_set)
        except (WorkspaceError, ContractError):
            return {}  # written under an older contract: nothing to carry
        rows: dict[Key, list[Row]] = {}
        for row in table.filter(pc.equal(table["status"], "ok")).to_pylist():
            rows.setdefault(self.key_of(row), []).append(row)
        return rows


class Carried:
    """What one partition need not ask for again, and the journal it keeps while it asks."""

    def __init__(
        self, workspace: Workspace, contract: Contract, earlier: Earlier, journal: str
    ) -> None:
        self._workspace = workspace
        self._contract = contract
        self._earlier = earlier
        self._journal = journal
        self._lock = threading.Lock()
        self._noted: dict[Key, list[Row]] = {}
        for row in self._read_journal():
            if row["status"] == "ok":
                self._noted.setdefault(earlier.key_of(row), []).append(row)

    def get(self, *key: Any) -> list[Row]:
        """Return the finished rows with this key; none if it must be asked for."""
        return self.noted(*key) or self.earlier(*key)

    def noted(self, *key: Any) -> list[Row]:
        """Return the rows that this partition's journal holds under this key, oldest first."""
        return [dict(row) for row in self._noted.get(key, ())]

    def earlier(self, *key: Any) -> list[Row]:
        """Return the finished rows of other standing parts with this key, oldest first."""
        return self._earlier.get(key)

    def note(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write finished rows down at once, so that a kill does not lose them."""
        for row in rows:
            told = {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in row.items()
            }
            with self._lock:
                self._workspace.files.append_line(self._journal, canonical_json(told))

    def forget_journal(self) -> None:
        """Remove the journal: its rows stand in the table now."""
        self._workspace.files.remove(self._journal)

    def _read_journal(self) -> Iterable[Row]:
        try:
            content = self._workspace.files.read(self._journal)
        except FileNotFoundError:
            return
        moments = [each.name for each in self._contract.columns if pa.types.is_timestamp(each.type)]
        for line in content.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the kill came in the middle of this line
            for name in moments:
                if row.get(name):
                    row[name] = datetime.fromisoformat(row[name]).astimezone(UTC)
            yield row
