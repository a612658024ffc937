"""The inventory of the PMC Cloud Service: every article's newest version and its metadata's ETag.

Amazon writes it once a day: a manifest, and the packed CSV files that it names. One download stands
in for a listing per article, and an ETag that did not change for reading its metadata again.
"""

from __future__ import annotations

import csv
import gzip
import io
import logging
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pipeline.sources.bucket import BUCKET, Bucket, BucketError
from pipeline.sources.http import HttpClient

log = logging.getLogger(__name__)

REPORTS = f"inventory-reports/{BUCKET}/metadata/"
MAX_DAYS = 8  # how far back is looked for one that can be read
MAX_FILES = 256
MAX_MANIFEST_BYTES = 4 * 1024 * 1024
MAX_FILE_BYTES = 512 * 1024 * 1024  # packed, as it is held in memory
MAX_LINE_BYTES = 4096
MAX_GAIN = 100  # times what a file may grow when it is unpacked; CSV of digests grows fivefold
_DAY = re.compile(re.escape(REPORTS) + r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}Z/")
_KEY = re.compile(r"metadata/PMC([1-9][0-9]{0,11})\.([1-9][0-9]{0,5})\.json")
_ETAG = re.compile(r"[0-9a-f]{32}(?:-[0-9]{1,5})?")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_FILE = re.compile(re.escape(REPORTS) + r"(?!\.\.?/)[\w.-]+/[\w.-]+\.csv\.gz")


class InventoryError(Exception):
    """An inventory that cannot be used; the message is half a sentence."""


@dataclass(frozen=True, slots=True)
class Version:
    """The newest version of an article, and the ETag of its metadata."""

    version: int
    etag: str


class Versions:
    """The newest version of each article. Held in a temporary file, so that memory stays flat."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a private file, gone with the connection
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute(
            "CREATE TABLE newest (number INTEGER PRIMARY KEY, version INTEGER, etag TEXT)"
        )

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def __len__(self) -> int:
        """Return how many articles are known."""
        return int(self._database.execute("SELECT count(*) FROM newest").fetchone()[0])

    def add(self, found: Iterator[tuple[int, int, str]]) -> None:
        """Take in (number, version, ETag); of an article's versions the highest stands."""
        with self._database:
            self._database.executemany(
                "INSERT INTO newest VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET "
                "version = excluded.version, etag = excluded.etag "
                "WHERE excluded.version > version",
                found,
            )

    def of(self, number: int) -> Version | None:
        """Return the newest version of PMC<number>, or null if it is not known."""
        found = self._database.execute(
            "SELECT version, etag FROM newest WHERE number = ?", (number,)
        ).fetchone()
        return Version(*found) if found else None


class Inventory:
    """Reads the newest inventory that is whole."""

    def __init__(self, client: HttpClient, bucket: Bucket) -> None:
        self._client = client
        self._bucket = bucket

    def read(self) -> Versions | None:
        """Return what the newest inventory that can be read lists; null if none of them can.

        The newest may be half written: then the one of the day before is read, and so on.
        """
        try:
            found = self._bucket.prefixes(REPORTS)
        except BucketError as fault:
            log.warning("pubmed: the inventories cannot be listed: %s", fault)
            return None
        days = sorted(filter(_DAY.fullmatch, found), reverse=True)[:MAX_DAYS]
        for day in days:
            versions = Versions()
            try:
                for file in self._files(day):
                    versions.add(self._rows(file))
            except InventoryError as fault:
                versions.close()
                log.warning("pubmed: %s is not used: %s", day, fault)
                continue
            log.info("pubmed: %s lists %s articles", day, len(versions))
            return versions
        log.warning("pubmed: none of %s inventories can be read", len(days))
        return None

    def _files(self, day: str) -> list[Mapping[str, Any]]:
        """Return the entries of a day's manifest, each checked, with `columns` of key and ETag."""
        answer = self._client.get(
            f"{self._bucket.url}/{day}manifest.json",
            expect="json",
            max_bytes=MAX_MANIFEST_BYTES,
            robots=False,
        )
        if not answer.ok:
            raise InventoryError(answer.error or "its manifest cannot be had")
        try:
            told = answer.json()
        except ValueError as fault:
            raise InventoryError("its manifest is no JSON; it may be half written") from fault
        files = told.get("files") if isinstance(told, dict) else None
        if not isinstance(files, list) or not 0 < len(files) <= MAX_FILES:
            raise InventoryError("its manifest names no files")
        columns = _columns(told)
        return [{**_checked(each), "columns": columns} for each in files]

    def _rows(self, file: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
        """Yield (number, version, ETag) of one file, unpacked piece by piece."""
        answer = self._client.get(
            f"{self._bucket.url}/{file['key']}",
            max_bytes=MAX_FILE_BYTES,
            md5=file["MD5checksum"],
            robots=False,
        )
        if not answer.ok:
            raise InventoryError(answer.error or f"{file['key']} cannot be had")
        n_rows = n_read = 0
        try:
            for row in csv.reader(_lines(answer.content)):
                n_rows += 1
                found = _row(row, *file["columns"])
                if found is not None:
                    n_read += 1
                    yield found
        except (OSError, EOFError, zlib.error, csv.Error, UnicodeError) as fault:
            raise InventoryError(f"{answer.url} cannot be unpacked: {fault}") from fault
        if n_read < n_rows:
            log.info("pubmed: %s rows of %s name no metadata", n_rows - n_read, answer.url)
        if not n_read:
            raise InventoryError(f"{answer.url} names no metadata in {n_rows} rows")


def _columns(manifest: Mapping[str, Any]) -> tuple[int, int]:
    """Return the places of key and ETag in a row."""
    schema = manifest.get("fileSchema")
    names = [each.strip() for each in schema.split(",")] if isinstance(schema, str) else []
    if manifest.get("fileFormat") != "CSV" or not {"Key", "ETag"} <= set(names):
        raise InventoryError("its manifest describes no CSV with Key and ETag")
    return names.index("Key"), names.index("ETag")


def _checked(entry: Any) -> Mapping[str, Any]:
    told = entry if isinstance(entry, dict) else {}
    key, md5 = told.get("key"), told.get("MD5checksum")
    if not (isinstance(key, str) and _FILE.fullmatch(key)):
        raise InventoryError("its manifest names a file outside the inventory")
    if not (isinstance(md5, str) and _MD5.fullmatch(md5)):
        raise InventoryError(f"its manifest tells no MD5 of {key}")
    return {"key": key, "MD5checksum": md5}


def _lines(packed: bytes) -> Iterator[str]:
    """Yield the lines of a packed text, never holding more than one.

    Raises:
        InventoryError: a line does not end, or the text is a decompression bomb.
    """
    limit, size = MAX_GAIN * len(packed), 0
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacked:
        while line := unpacked.readline(MAX_LINE_BYTES):
            size += len(line)
            if len(line) == MAX_LINE_BYTES:
                raise InventoryError(f"it has a line of over {MAX_LINE_BYTES:,} bytes")
            if size > limit:
                raise InventoryError(f"it unpacks to over {MAX_GAIN} times its size")
            yield line.decode("utf-8")


def _row(row: list[str], key: int, etag: int) -> tuple[int, int, str] | None:
    if len(row) <= max(key, etag):
        return None
    found = _KEY.fullmatch(unquote(row[key]))
    if found is None or not _ETAG.fullmatch(row[etag]):
        return None
    return int(found[1]), int(found[2]), row[etag]
