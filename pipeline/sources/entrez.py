"""NCBI E-utilities: which articles of PMC match a query."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pipeline.errors import SourceError
from pipeline.identity import utc_now
from pipeline.sources.http import PRODUCT, HttpClient

log = logging.getLogger(__name__)

PAGE = 500
MOST = 9_999  # esearch gives no more of one search
ATTEMPTS = 5
_ID = re.compile(r"[1-9]\d{0,11}")
_FOR_EVER = date(3000, 12, 31)  # NCBI's own way to leave a range open


@dataclass(frozen=True, slots=True)
class Slice:
    """A query over the articles that PMC released in a span of days, both ends included."""

    query: str
    start: date
    end: date

    @property
    def term(self) -> str:
        """The query in PMC's search language, over open-access articles alone."""
        days = f"{self.start:%Y/%m/%d}:{self.end:%Y/%m/%d}[pmcrdat]"
        return f"({self.query}) AND open_access[Filter] AND {days}"

    def parts(self, today: date) -> list[Slice]:
        """Return the next finer slices: years, then months, then days; one if it is a day."""
        end = min(self.end, max(today, self.start))
        cuts = sorted({self.start, *_starts(self.start, end)})
        ends = [*(cut - timedelta(days=1) for cut in cuts[1:]), self.end]
        return [
            replace(self, start=start, end=last) for start, last in zip(cuts, ends, strict=True)
        ]


def _starts(start: date, end: date) -> list[date]:
    if start.year != end.year:
        return [date(year, 1, 1) for year in range(start.year + 1, end.year + 1)]
    if start.month != end.month:
        return [date(start.year, month, 1) for month in range(start.month + 1, end.month + 1)]
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


class Entrez:
    """Searches PMC. Faults are `SourceError`s: without a search there is nothing to collect."""

    def __init__(
        self,
        client: HttpClient,
        eutils_url: str,
        *,
        api_key: str | None,
        contact: str,
        patience_s: float = 1.0,
    ) -> None:
        self._client = client
        self._url = eutils_url.rstrip("/") + "/esearch.fcgi"
        self._patience_s = patience_s
        self._who: dict[str, str] = {"tool": PRODUCT}
        if "@" in contact:
            self._who["email"] = contact
        if api_key:
            self._who["api_key"] = api_key

    def search(self, query: str, since: date, until: date | None) -> Iterator[str]:
        """Yield the ids (`123`, without PMC) of all articles that match, slice by slice."""
        yield from self._slice(Slice(query, since, until or _FOR_EVER))

    def _slice(self, wanted: Slice) -> Iterator[str]:
        first = self._page(wanted, 0)
        count = _count(first, wanted)
        if count > MOST:
            parts = wanted.parts(utc_now().date())
            if len(parts) > 1:
                for part in parts:
                    yield from self._slice(part)
                return
            log.warning("pubmed: %r has %s articles, only %s of them", wanted.term, count, MOST)
        yield from self._ids(wanted, first, min(count, MOST))

    def _ids(self, wanted: Slice, first: Mapping[str, Any], count: int) -> Iterator[str]:
        page, at = first, 0
        while True:
            found = page.get("idlist")
            if not isinstance(found, list):
                raise SourceError(f"NCBI's answer to {wanted.term!r} has no list of ids; try later")
            yield from (each for each in map(str, found) if _ID.fullmatch(each))
            at += len(found)
            if at >= count:
                return
            if not found:
                raise SourceError(
                    f"NCBI gave {at} of {count} articles for {wanted.term!r}; run again later"
                )
            page = self._page(wanted, at)

    def _page(self, wanted: Slice, start: int) -> Mapping[str, Any]:
        """Return `esearchresult`, asking again while NCBI says inside a 2xx that it is too much."""
        params = {"db": "pmc", "term": wanted.term, "retmode": "json", **self._who}
        params |= {"retstart": str(start), "retmax": str(min(PAGE, MOST - start))}
        told: Any = None
        for attempt in range(ATTEMPTS):
            answer = self._client.get(self._url, params=params, expect="json", robots=False)
            if not answer.ok:
                raise SourceError(f"NCBI does not answer searches: {answer.error}")
            try:
                told = answer.json()
            except ValueError as fault:
                raise SourceError(f"NCBI's answer to {wanted.term!r} is no JSON") from fault
            if not (isinstance(told, dict) and "error" in told):
                return _result(told, wanted)
            log.info("pubmed: NCBI says %r, asked again later", told["error"])
            time.sleep(self._patience_s * 2**attempt)
        raise SourceError(
            f"NCBI refuses searches ({str(told['error'])[:200]}); run again later or set "
            "DERMCURATE_NCBI_API_KEY"
        )


def _result(told: Any, wanted: Slice) -> Mapping[str, Any]:
    result = told.get("esearchresult") if isinstance(told, dict) else None
    if not isinstance(result, dict):
        raise SourceError(f"NCBI's answer to {wanted.term!r} is no search result; try later")
    if "ERROR" in result:
        raise SourceError(
            f"NCBI rejects the search {wanted.term!r} ({str(result['ERROR'])[:200]}); "
            "correct the queries of the catalog entry"
        )
    return result


def _count(result: Mapping[str, Any], wanted: Slice) -> int:
    stated = str(result.get("count", ""))
    if not stated.isdecimal():
        raise SourceError(f"NCBI's answer to {wanted.term!r} states no count; try later")
    return int(stated)
