"""Partitions: the same number means the same items in every table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """Part `index` of what a source listed in a snapshot."""

    source_id: str
    snapshot: str
    index: int

    @property
    def name(self) -> str:
        """File stem: `part-00017`."""
        return f"part-{self.index:05d}"

    def __str__(self) -> str:
        return f"{self.source_id}/{self.snapshot}/{self.name}"
