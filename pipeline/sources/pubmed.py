"""PubMed Central: articles found by E-utilities, fetched from the PMC Cloud Service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.licences import read_licence
from pipeline.source_entries import PubMedSource
from pipeline.sources.bucket import Article, Bucket, BucketError, BucketFile
from pipeline.sources.collector import Listed, Row, Shelf, item_row
from pipeline.sources.entrez import Entrez
from pipeline.sources.files import Wanted, fetch_file
from pipeline.sources.http import HttpClient

MAX_XML_BYTES = 32 * 1024 * 1024
MAX_PICTURE_BYTES = 64 * 1024 * 1024


class PubMedCollector:
    """Collects open-access articles with their figures.

    An item is the newest version of an article. It is left out if it is retracted, not open
    access, or under no licence that its metadata names.
    """

    name = "pubmed"
    version = 1

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
        self._entrez = Entrez(client, entry.eutils_url, api_key=api_key, contact=contact)
        self._bucket = Bucket(client, entry.bucket_url)

    def list_keys(self) -> Iterator[Listed]:
        """Yield the articles of all queries, each once.

        Raises:
            SourceError: NCBI does not answer, or rejects a query.
        """
        seen: set[str] = set()
        for query in self._entry.queries:
            for number in self._entrez.search(query, self._entry.since, self._entry.until):
                if number not in seen:
                    seen.add(number)
                    yield Listed(f"PMC{number}")

    def describe(self, listed: Listed) -> Row:
        """Return the item of an article: its newest version, licence and files."""
        page_url = f"https://pmc.ncbi.nlm.nih.gov/articles/{listed.source_key}/"
        try:
            article = self._bucket.article(listed.source_key)
        except BucketError as fault:
            return item_row(
                self._source_id,
                self._entry,
                listed,
                page_url=page_url,
                status=fault.status,
                error=str(fault),
            )
        xml = self._bucket.file(article.metadata.get("xml_url"), article.prefix)
        status, error = _verdict(article, xml)
        code = article.metadata.get("license_code")
        stated = code if isinstance(code, str) else ""
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=page_url,
            title=_text(article.metadata.get("title")),
            stated=stated,
            evidence=f"license_code {stated!r} in {article.metadata_url}" if stated else None,
            details=self._details(article, xml) if status == "ok" else None,
            status=status,
            error=error,
        )

    def _details(self, article: Article, xml: BucketFile | None) -> dict[str, Any]:
        told = {name: _text(article.metadata.get(name)) for name in ("doi", "citation")}
        pictures = self._bucket.pictures(article.metadata, article.prefix)
        return {
            **{name: value for name, value in told.items() if value},
            "prefix": article.prefix,
            "xml_url": xml.url if xml else None,
            "xml_md5": xml.md5 if xml else None,
            "media": [{"name": p.name, "url": p.url, "md5": p.md5} for p in pictures],
        }

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Describe an article that no query names any more."""
        return self.describe(Listed(item["source_key"]))

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Fetch the article's XML, and if it came, its pictures."""
        details = json.loads(item["details"])
        xml = BucketFile(f"{details['prefix']}.xml", details["xml_url"], details["xml_md5"])
        rows = [self._file(item, xml, "fulltext", shelf)]
        if rows[0]["status"] == "ok":
            rows += [
                self._file(item, BucketFile(**each), "picture", shelf) for each in details["media"]
            ]
        return rows

    def _file(self, item: Mapping[str, Any], wanted: BucketFile, role: str, shelf: Shelf) -> Row:
        is_text = role == "fulltext"
        told = Wanted(
            wanted.name,
            role,
            wanted.url,
            expect="xml" if is_text else "picture",
            max_bytes=MAX_XML_BYTES if is_text else MAX_PICTURE_BYTES,
            md5=wanted.md5,
            robots=False,
        )
        return fetch_file(self, self._client, item, told, shelf)


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
    if xml is None:
        return "malformed", f"xml_url names no file of the article in {where}"
    return "ok", None


def _text(value: Any) -> str | None:
    return " ".join(value.split()) or None if isinstance(value, str) else None
