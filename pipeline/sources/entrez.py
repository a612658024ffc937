"""NCBI E-utilities: which articles of PMC match a query, who wrote them, and when they came out."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.errors import SourceError
from pipeline.sources.addresses import place_of
from pipeline.sources.hosts import pace_of
from pipeline.sources.http import PRODUCT, HttpClient
from pipeline.sources.queries import Slice

log = logging.getLogger(__name__)

PAGE = 500
MOST = 9_999  # esearch gives no more of one search
MOST_SUMMARIES = 200  # in one request
ATTEMPTS = 5
KEY_GAIN = 10 / 3  # requests per second with a key and without
_ID = re.compile(r"[1-9][0-9]{0,11}")
_COUNT = re.compile(r"[0-9]{1,12}")
_FOR_EVER = date(3000, 12, 31)  # NCBI's own way to leave a range open
_DAY = re.compile(r"([12][0-9]{3}) ([A-Z][a-z]{2}) ([0-3]?[0-9])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MAX_CHARACTERS = 200


class Entrez:
    """Searches PMC at its own pace, which a key makes faster.

    Faults of a search are `SourceError`s: without it there is nothing to collect.
    """

    def __init__(
        self,
        client: HttpClient,
        eutils_url: str,
        *,
        per_second: float,
        api_key: str | None,
        contact: str,
        patience_s: float = 1.0,
    ) -> None:
        self._client = client
        self._url = eutils_url.rstrip("/")
        self._patience_s = patience_s
        self._who: dict[str, str] = {"tool": PRODUCT}
        if "@" in contact:
            self._who["email"] = contact
        if api_key:
            self._who["api_key"] = api_key
        gain = KEY_GAIN if api_key else 1.0
        self.per_second = per_second * gain
        self._pace = pace_of(place_of(eutils_url).netloc)
        self._pace.slow_down(1.0 / self.per_second)

    def count(self, query: str, since: date, until: date | None) -> int:
        """Return how many articles match; one request.

        Raises:
            SourceError: NCBI does not answer, or rejects the query.
        """
        wanted = Slice(query, since, until or _FOR_EVER)
        return _count(self._page(wanted, 0, 0), wanted)

    def search(self, query: str, since: date, until: date | None) -> Iterator[int]:
        """Yield the numbers (`123` for PMC123) of all articles that match, slice by slice.

        Raises:
            SourceError: NCBI does not answer, rejects the query, or answers without end.
        """
        yield from self._slice(Slice(query, since, until or _FOR_EVER))

    def summaries(self, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
        """Return what NCBI says of at most `MOST_SUMMARIES` articles, by number.

        `creator` is the first author, `published_on` the day of publication as `YYYY-MM-DD`. What
        is not stated is left out, a date without its day as well, and an answer that cannot be
        read leaves out everything: the articles stand without.
        """
        params = {"id": ",".join(map(str, numbers))}
        try:
            told = self._ask("esummary", params, f"the authors of {len(numbers)} articles")
        except SourceError as fault:
            log.warning("pubmed: %s; they are listed without authors and dates", fault)
            return {}
        result = told.get("result") if isinstance(told, dict) else None
        records = result if isinstance(result, dict) else {}
        found = ((number, records.get(str(number))) for number in numbers)
        return {number: _summary(each) for number, each in found if isinstance(each, dict)}

    def _slice(self, wanted: Slice) -> Iterator[int]:
        first = self._page(wanted, 0)
        if (count := _count(first, wanted)) <= MOST:
            yield from self._numbers(wanted, first)
        elif parts := wanted.parts():
            for part in parts:
                yield from self._slice(part)
        else:
            log.warning("pubmed: %r has %s articles, only %s of them", wanted.term, count, MOST)
            yield from self._numbers(wanted, first)

    def _numbers(self, wanted: Slice, page: Mapping[str, Any]) -> Iterator[int]:
        """Yield all pages of a search. The count may change while they are turned."""
        seen: set[int] = set()
        at = 0
        while True:
            told = page.get("idlist")
            if not isinstance(told, list):
                raise SourceError(f"NCBI's answer to {wanted.term!r} has no list of ids; try later")
            found = [int(each) for each in map(str, told) if _ID.fullmatch(each)]
            fresh = [number for number in dict.fromkeys(found) if number not in seen]
            yield from fresh
            seen.update(fresh)
            at += len(told)
            count = min(_count(page, wanted), MOST)
            if at >= count and (fresh or not told):
                return
            if not fresh:
                raise SourceError(
                    f"NCBI gave {len(seen)} of {count} articles for {wanted.term!r} and then "
                    "nothing new; run again later"
                )
            page = self._page(wanted, at)

    def _page(self, wanted: Slice, start: int, most: int = PAGE) -> Mapping[str, Any]:
        params = {
            "term": wanted.term,
            "retstart": str(start),
            "retmax": str(min(most, MOST - start)),
        }
        told = self._ask("esearch", params, repr(wanted.term))
        result = told.get("esearchresult") if isinstance(told, dict) else None
        if not isinstance(result, dict):
            raise SourceError(f"NCBI's answer to {wanted.term!r} is no search result; try later")
        if "ERROR" in result:
            raise SourceError(
                f"NCBI rejects the search {wanted.term!r} ({str(result['ERROR'])[:200]}); "
                "correct the queries of the catalog entry"
            )
        return result

    def _ask(self, utility: str, params: Mapping[str, str], what: str) -> Any:
        """Return what a utility says, asking again while it says inside a 2xx that it is busy.

        Raises:
            SourceError: it does not answer, not in JSON, or stays busy.
        """
        url = f"{self._url}/{utility}.fcgi"
        sent = {"db": "pmc", "retmode": "json", **params, **self._who}
        told: Any = None
        for attempt in range(ATTEMPTS):
            answer = self._client.get(url, params=sent, expect="json", robots=False)
            if not answer.ok:
                raise SourceError(f"NCBI does not answer {utility}: {answer.error}")
            try:
                told = answer.json()
            except ValueError as fault:
                raise SourceError(f"NCBI's answer to {what} is no JSON; try later") from fault
            if not (isinstance(told, dict) and "error" in told):
                return told
            log.info("pubmed: NCBI says %r, asked again later", told["error"])
            time.sleep(self._patience_s * 2**attempt)
        raise SourceError(
            f"NCBI refuses {utility} ({str(told['error'])[:200]}); run again later or set "
            "DERMCURATE_NCBI_API_KEY"
        )


def _count(result: Mapping[str, Any], wanted: Slice) -> int:
    stated = str(result.get("count", ""))
    if not _COUNT.fullmatch(stated):
        raise SourceError(f"NCBI's answer to {wanted.term!r} states no count; try later")
    return int(stated)


def _summary(record: Mapping[str, Any]) -> dict[str, str]:
    stated = (_words(record.get(name)) for name in ("epubdate", "pubdate", "printpubdate"))
    days = (day.isoformat() for each in stated if (day := _day(each)) is not None)
    told = {"creator": _creator(record.get("authors")), "published_on": next(days, "")}
    return {name: value for name, value in told.items() if value}


def _creator(authors: Any) -> str:
    """Return the first author, and whether there are more: `Smith J et al.`."""
    told = [each for each in authors if isinstance(each, dict)] if isinstance(authors, list) else []
    names = [name for each in told if (name := _words(each.get("name")))]
    return f"{names[0]} et al." if len(names) > 1 else "".join(names)


def _day(stated: str) -> date | None:
    """Read `2018 Feb 16`; a month or a year alone is no day."""
    found = _DAY.fullmatch(stated)
    if found is None or found[2] not in _MONTHS:
        return None
    try:
        return date(int(found[1]), _MONTHS.index(found[2]) + 1, int(found[3]))
    except ValueError:
        return None


def _words(value: Any) -> str:
    return " ".join(value.split())[:_MAX_CHARACTERS] if isinstance(value, str) else ""
