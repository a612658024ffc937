"""Earlier items: what the snapshot before this one held. Only their keys are in memory."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Collection, Container, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import MissingInputError, WorkspaceError
from pipeline.sources.shelf import Row
from pipeline.store import Partition, Workspace
from schemas import ITEMS, ContractError

log = logging.getLogger(__name__)

PARTS_IN_MEMORY = 4


class EarlierItems:
    """The items of a source's latest complete snapshot that is older than the one under way."""

    def __init__(self, workspace: Workspace, source_id: str, snapshot: str) -> None:
        older = [each for each in workspace.snapshots(source_id) if each < snapshot]
        self.snapshot = older[-1] if older else None
        self.record: dict[str, Any] = {}
        self._workspace = workspace
        self._parts: list[Partition] = []
        if self.snapshot is not None:
            self.record = workspace.read_listing(source_id, self.snapshot) or {}
            self._parts = workspace.partitions(source_id, self.snapshot)
        keys = [self._keys(each) for each in self._parts]
        self._ends = list(accumulate(len(each) for each in keys))
        self._all = pa.chunked_array(keys, pa.string())
        self._read = lru_cache(maxsize=PARTS_IN_MEMORY)(self._items)

    def __len__(self) -> int:
        return len(self._all)

    def rows(self, keys: Collection[str]) -> dict[str, Row]:
        """Return the rows of some keys; only the parts that hold them are read."""
        if not keys or not len(self):
            return {}
        wanted = pa.array(keys, pa.string())
        places = pc.indices_nonzero(pc.is_in(self._all, value_set=wanted)).to_pylist()
        parts = dict.fromkeys(bisect_right(self._ends, place) for place in places)
        return {
            row["source_key"]: row
            for part in parts
            for row in self._filtered(self._read(self._parts[part]), wanted)
        }

    def unlisted(self, listed: Container[str]) -> Iterator[str]:
        """Yield the keys, in their order, that are not among those that are listed."""
        return (key for each in self._all if (key := each.as_py()) not in listed)

    @staticmethod
    def _filtered(items: pa.Table, wanted: pa.Array) -> list[Row]:
        rows: list[Row] = items.filter(pc.is_in(items["source_key"], value_set=wanted)).to_pylist()
        return rows

    def _keys(self, partition: Partition) -> pa.Array:
        return self._items(partition)["source_key"].combine_chunks()

    def _items(self, partition: Partition) -> pa.Table:
        try:
            return self._workspace.read_table(ITEMS, partition)
        except (MissingInputError, WorkspaceError, ContractError) as fault:
            log.warning("list: the items of %s are not looked for: %s", partition, fault)
            return ITEMS.empty()
