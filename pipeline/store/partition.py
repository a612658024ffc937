"""Partitions: the same number means the same items in every table."""

from __future__ import annotations

from dataclasses import dataclass

COPY = "copy"  # stands for a snapshot where the user's own copy of a benchmark is meant


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """Part `index` of what a source listed in a snapshot."""

    source_id: str
    snapshot: str
    index: int

    @classmethod
    def of_benchmark(cls, name: str) -> Partition:
        """Return the one partition in which all of a benchmark lies."""
        return cls(name, COPY, 0)

    @property
    def is_benchmark(self) -> bool:
        """Tell whether it is a benchmark's, not a source's."""
        return self.snapshot == COPY

    @property
    def name(self) -> str:
        """File stem: `part-00017`."""
        return f"part-{self.index:05d}"

    def __str__(self) -> str:
        return f"{self.source_id}/{self.snapshot}/{self.name}"
