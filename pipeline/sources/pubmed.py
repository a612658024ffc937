"""PubMed Central: articles found by E-utilities, fetched from the PMC Cloud Service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pipeline.errors import SourceError
from pipeline.identity import utc_now
from pipeline.licences import read_licence
from pipeline.source_entries import PubMedSource
from pipeline.sources.addresses import retirement
from pipeline.sources.bucket import Article, Bucket, BucketError, BucketFile
from pipeline.sources.collector import Listed, Row, Shelf, item_row, media_row
from pipeline.sources.entrez import MOST_SUMMARIES, Entrez
from pipeline.sources.files import Wanted, fetch_file
from pipeline.sources.fulltext import FullTexts
from pipeline.sources.http import HttpClient
from pipeline.sources.inventory import Inventory, Versions
from pipeline.sources.queries import compose_queries

MAX_PICTURE_BYTES = 64 * 1024 * 1024
MAX_FILES = 2_000  # that one article may list


class PubMedCollector:
    """Collects open-access articles with their figures.

    An item is the newest version of an article. It is left out if it is retracted, not open
    access, or under no licence that its metadata names.
    """

    name = "pubmed"
    version = 2

    def __init__(
        self,
        source_id: str,
        entry: PubMedSource,
        client: HttpClient,
        pseudonym_key: str,
        *,
        api_key: str | None = None,
        contact: str = "unset",
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._entrez = Entrez(
            client,
            entry.eutils_url,
            per_second=entry.eutils_per_second,
            api_key=api_key,
            contact=contact,
        )
        self._bucket = Bucket(client, entry.bucket_url)
        self._inventory = Inventory(client, self._bucket)
        self._full_texts = FullTexts(client, entry.europepmc_url, entry.europepmc_per_second)

    def count_listed(self) -> int:
        """Return how many articles the queries match, those of two queries twice.

        Raises:
            SourceError: NCBI does not answer, or rejects a query.
        """
        span = (self._entry.since, self._entry.until)
        return sum(self._entrez.count(query, *span) for query in compose_queries(self._entry))

    def list_keys(self) -> Iterator[Listed]:
        """Yield the articles of all queries, each once.

        The payload tells author and date; of an article in the inventory, its newest version and
        the ETag of that version's metadata, which changes with every file of it.

        Raises:
            SourceError: NCBI does not answer, rejects a query, or was asked at a retired address.
        """
        self._check_addresses()
        versions = self._inventory.read() if self._entry.listing == "inventory" else None
        with closing(versions) if versions is not None else nullcontext():
            for numbers in _batches(self._found(), MOST_SUMMARIES):
                told = self._entrez.summaries(numbers)
                for number in numbers:
                    payload = {**told.get(number, {}), **_newest(versions, number)}
                    yield Listed(f"PMC{number}", payload)

    def _check_addresses(self) -> None:
        entry = self._entry
        for url in filter(None, (entry.eutils_url, entry.bucket_url, entry.europepmc_url)):
            if (told := retirement(url)) is not None:
                raise SourceError(f"{url} of the entry {self._source_id} is retired: {told}")

    def _found(self) -> Iterator[int]:
        seen: set[int] = set()
        for query in compose_queries(self._entry):
            for number in self._entrez.search(query, self._entry.since, self._entry.until):
                if number not in seen:
                    seen.add(number)
                    yield number

    def describe(self, listed: Listed) -> Row:
        """Return the item of an article: its newest version, licence and files."""
        told = listed.payload
        known: dict[str, Any] = {
            "page_url": f"https://pmc.ncbi.nlm.nih.gov/articles/{listed.source_key}/",
            "creator": told.get("creator"),
            "published_at": _midnight(told.get("published_on")),
        }
        try:
            article = self._bucket.article(listed.source_key, told.get("version"))
        except BucketError as fault:
            known |= {"status": fault.status, "error": str(fault)}
            return item_row(self._source_id, self._entry, listed, **known)
        xml = self._bucket.file(article.metadata.get("xml_url"), article.prefix)
        status, error = _verdict(article, xml)
        code = article.metadata.get("license_code")
        stated = code if isinstance(code, str) else ""
        return item_row(
            self._source_id,
            self._entry,
            listed,
            **known,
            title=_text(article.metadata.get("title")),
            stated=stated,
            evidence=f"license_code {stated!r} in {article.metadata_url}" if stated else None,
            details=self._details(article, xml) if status == "ok" else None,
            status=status,
            error=error,
        )

    def _details(self, article: Article, xml: BucketFile | None) -> dict[str, Any]:
        told = {name: _text(article.metadata.get(name)) for name in ("doi", "citation")}
        pictures, strays = self._bucket.pictures(article.metadata, article.prefix)
        return {
            **{name: value for name, value in told.items() if value},
            "prefix": article.prefix,
            "xml_url": xml.url if xml else None,
            "xml_md5": xml.md5 if xml else None,
            "media": [{"name": p.name, "url": p.url, "md5": p.md5} for p in pictures],
            "strays": [
                {"name": s.name, "url": s.url, "status": s.status, "error": s.error} for s in strays
            ],
        }

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Describe an article that no query names any more; author and date stand."""
        row = self.describe(Listed(item["source_key"]))
        if row["status"] != "ok":
            return row
        if row["details"] == item["details"] and item["status"] == "ok":
            return {**item, "collected_at": utc_now()}
        return {**row, "creator": item["creator"], "published_at": item["published_at"]}

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch the article's XML, and if it came, its pictures."""
        rows = [self._full_texts.fetch(self, item, shelf)]
        if rows[0]["status"] != "ok":
            return rows
        details = json.loads(item["details"])
        rows += [self._picture(item, BucketFile(**each), shelf) for each in details["media"]]
        for each in details.get("strays", ()):
            fault = {"status": each["status"], "error": each["error"]}
            rows.append(media_row(self, item, each["name"], "picture", each["url"], **fault))
        return rows

    def _picture(self, item: Mapping[str, Any], file: BucketFile, shelf: Shelf) -> Row:
        wanted = Wanted(
            file.name,
            "picture",
            file.url,
            max_bytes=MAX_PICTURE_BYTES,
            md5=file.md5,
            robots=False,
        )
        return fetch_file(self, self._client, item, wanted, shelf)


def _batches(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(numbers)
    while batch := list(islice(rest, size)):
        yield batch


def _newest(versions: Versions | None, number: int) -> dict[str, Any]:
    found = versions.of(number) if versions is not None else None
    return {"version": found.version, "etag": found.etag} if found is not None else {}


def _verdict(article: Article, xml: BucketFile | None) -> tuple[str, str | None]:
    """Return whether an article may be collected, and why not."""
    told, where = article.metadata, article.metadata_url
    if told.get("is_retracted") is True:
        return "retracted", f"is_retracted is true in {where}"
    if told.get("is_pmc_openaccess") is not True:
        return "not_open_access", f"is_pmc_openaccess is not true in {where}"
    code = told.get("license_code")
    if not isinstance(code, str) or read_licence(code).tier == "unknown":
        return "no_licence", f"license_code is {json.dumps(code)[:80]} in {where}"
    fault = _fault(told, xml)
    return ("malformed", f"{fault} in {where}") if fault else ("ok", None)


def _fault(metadata: Mapping[str, Any], xml: BucketFile | None) -> str | None:
    listed = metadata.get("media_urls")
    if metadata.get("is_retracted") is not False:
        return "is_retracted is neither true nor false"
    if not isinstance(listed, list | None) or len(listed or ()) > MAX_FILES:
        return f"media_urls is no list of up to {MAX_FILES:,} files"
    return "xml_url names no file of the article" if xml is None else None


def _midnight(day: Any) -> datetime | None:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if isinstance(day, str) else None


def _text(value: Any) -> str | None:
    return " ".join(value.split()) or None if isinstance(value, str) else None
