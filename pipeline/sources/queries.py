"""Queries: what PMC is asked for, and how a query is cut until NCBI answers it whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pipeline.source_entries import PubMedSource

# Each open-access article is under one of these or under none of them.
_LICENCES = (
    "cc0_license",
    "cc_by_license",
    "cc_by-sa_license",
    "cc_by-nd_license",
    "cc_by-nc_license",
    "cc_by-nc-sa_license",
    "cc_by-nc-nd_license",
)
_LICENCE_CONDITIONS = (
    *(f" AND {name}[Filter]" for name in _LICENCES),
    "".join(f" NOT {name}[Filter]" for name in _LICENCES),
)


def compose_queries(entry: PubMedSource) -> Iterator[str]:
    """Yield the queries of a catalog entry: its own, then one per disease and one per journal."""
    yield from entry.queries
    for name in entry.diseases:
        yield f'"{name}"[MeSH Terms] OR "{name}"[Title] OR "{name}"[Abstract]'
    for name in entry.journals:
        yield f'"{name}"[Journal]'


@dataclass(frozen=True, slots=True)
class Slice:
    """A query over the articles that PMC released in a span of days, both ends included.

    ``licence`` is a further condition, for a day on which too many were released.
    """

    query: str
    start: date
    end: date
    licence: str = ""

    @property
    def term(self) -> str:
        """The query in PMC's search language, over open-access articles alone."""
        days = f"{self.start:%Y/%m/%d}:{self.end:%Y/%m/%d}[pmcrdat]"
        return f"({self.query}) AND open_access[Filter]{self.licence} AND {days}"

    def parts(self) -> list[Slice]:
        """Return slices that make up this one: two spans, or a day's licences; none beyond that."""
        if self.licence:
            return []
        if self.start == self.end:
            return [replace(self, licence=each) for each in _LICENCE_CONDITIONS]
        middle = self.start + (self.end - self.start) // 2
        return [replace(self, end=middle), replace(self, start=middle + timedelta(days=1))]
