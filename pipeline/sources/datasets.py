"""Public datasets from the user's own copy: one reader per dataset."""

from __future__ import annotations

import csv
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import SourceError
from pipeline.identity import canonical_json
from pipeline.source_entries import DatasetSource
from pipeline.sources.bodies import mismatch, sniff
from pipeline.sources.collector import Listed, Row, Shelf, item_row, media_row, withdrawn
from pipeline.sources.http import HttpClient

log = logging.getLogger(__name__)

MAX_PICTURE_BYTES = 60_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its key, its row as the dataset gives it, and where its picture may lie.

    ``group`` names what must not be split: the lesion or the patient. ``fault`` is a sentence if
    the row cannot be used.
    """

    key: str
    row: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    pictures: tuple[str, ...] = ()
    fault: str | None = None


Reader = Callable[[Path], Iterator[Record]]

_HAM_FILE = "HAM10000_metadata.csv"
_HAM_COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
_HAM_FOLDERS = ("HAM10000_images_part_1", "HAM10000_images_part_2", "HAM10000_images", "")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?|")


def read_ham10000(folder: Path) -> Iterator[Record]:
    """Yield the records of HAM10000: dermoscopy pictures with diagnosis, age, sex and site.

    Raises:
        SourceError: the metadata are not there, or have other columns.
    """
    path = folder / _HAM_FILE
    try:
        file = path.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as fault:
        raise SourceError(
            f"ham10000: {_HAM_FILE} cannot be read in {folder} ({fault.strerror}); "
            "put the dataset there or correct its path in the catalog"
        ) from fault
    with file:
        lines = csv.reader(file)
        header = tuple(next(_lines(lines), ()))
        if missing := [name for name in _HAM_COLUMNS if name not in header]:
            raise SourceError(
                f"ham10000: {_HAM_FILE} has no columns {missing}; is it the right file?"
            )
        seen: set[str] = set()
        for values in _lines(lines):
            record = _ham_record(header, values, lines.line_num, seen)
            seen.add(record.key)
            yield record


def _lines(lines: Any) -> Iterator[list[str]]:
    """Yield the lines of a CSV file; one that cannot be read is a line without values."""
    while True:
        try:
            values = next(lines)
        except StopIteration:
            return
        except csv.Error as fault:
            log.warning("line %d cannot be read: %s", lines.line_num, fault)
            values = ["\ufffd"]
        if values:
            yield values


def _ham_record(header: tuple[str, ...], values: list[str], line: int, seen: set[str]) -> Record:
    row = dict(zip(header, (value.strip() for value in values), strict=False))
    fault = _ham_fault(row, complete=len(values) == len(header))
    key = row.get("image_id", "")
    if not _NAME.fullmatch(key) or key in seen:
        fault = fault or f"image_id {key} stands in an earlier line too"
        return Record(f"line-{line}", fault=f"line {line} of {_HAM_FILE}: {fault}")
    if fault:
        return Record(key, fault=f"line {line} of {_HAM_FILE}: {fault}")
    pictures = tuple(f"{name}/{key}.jpg".lstrip("/") for name in _HAM_FOLDERS)
    chosen = {name: row[name] for name in _HAM_COLUMNS}
    return Record(key, chosen, row["lesion_id"], pictures)


def _ham_fault(row: Mapping[str, str], *, complete: bool) -> str | None:
    if not complete:
        return "it has not as many values as the header has columns"
    if any("\ufffd" in value or "\0" in value for value in row.values()):
        return "it holds bytes that are no text"
    for name in ("image_id", "lesion_id", "dx"):
        if not _NAME.fullmatch(row[name]):
            return f"{name} is {row[name][:64]!r}"
    if not _NUMBER.fullmatch(row["age"]):
        return f"age is {row['age'][:64]!r}"
    return None


READERS: Mapping[str, Reader] = {"ham10000": read_ham10000}


class DatasetCollector:
    """Lists the records of a dataset and stores each with its picture."""

    name = "dataset"
    version = 1

    def __init__(
        self, source_id: str, entry: DatasetSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._folder = Path(entry.path)

    def list_keys(self) -> Iterator[Listed]:
        """Yield the records in the dataset's order.

        Raises:
            SourceError: the dataset is not there.
        """
        for record in READERS[self._entry.reader](self._folder):
            picture = _first_there(self._folder, record.pictures)
            yield Listed(
                record.key,
                {
                    "row": dict(record.row),
                    "group": record.group,
                    "picture": picture,
                    "n_bytes": (self._folder / picture).stat().st_size if picture else None,
                    "wanted": record.pictures[0] if record.pictures else None,
                    "fault": record.fault,
                },
            )

    def describe(self, listed: Listed) -> Row:
        """Return a record's row."""
        told = listed.payload
        fault = told["fault"]
        group = f"{self._source_id}:{told['group']}" if told["group"] else None
        details = {
            "reader": self._entry.reader,
            "row": told["row"],
            "picture": told["picture"] or told["wanted"],
        }
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=self._entry.homepage,
            title=listed.source_key,
            group_key=group,
            details={} if fault else details,
            status="malformed" if fault else "ok",
            error=fault,
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Return the row of a record that is listed no more: the listing names all there are."""
        return withdrawn(item, "gone", f"the dataset no longer holds {item['source_key']}")

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Store a record as JSON, and its picture."""
        details = json.loads(item["details"])
        content = canonical_json(details["row"]).encode()
        record = media_row(
            self,
            item,
            "record.json",
            "record",
            f"dataset:{item['source_key']}",
            sha256=shelf.put(content, "json"),
            n_bytes=len(content),
            content_type="application/json",
        )
        return [record, self._picture(item, str(details["picture"]), shelf)]

    def _picture(self, item: Mapping[str, Any], place: str, shelf: Shelf) -> Row:
        """Store a record's picture; a missing or wrong file is a row that says so."""
        content, status, error = _read_picture(self._folder, place)
        return media_row(
            self,
            item,
            Path(place).name,
            "picture",
            f"dataset:{place}",
            sha256=shelf.put(content, "jpg") if content is not None else None,
            n_bytes=len(content) if content is not None else None,
            content_type=sniff(content) if content is not None else None,
            status=status,
            error=error,
        )


def _read_picture(folder: Path, place: str) -> tuple[bytes | None, str, str | None]:
    if _first_there(folder, (place,)) is None:
        return None, "not_found", f"the dataset has no file {place}"
    path = folder / place
    try:
        if path.stat().st_size > MAX_PICTURE_BYTES:
            return None, "too_large", f"{place} is over {MAX_PICTURE_BYTES:,} bytes"
        content = path.read_bytes()
    except OSError as fault:
        return None, "access_denied", f"{place} cannot be read: {fault.strerror}"
    if (told := mismatch(content, "picture")) is not None:
        return None, "wrong_type", f"{place} is no picture: {told}"
    return content, "ok", None


def _first_there(folder: Path, places: tuple[str, ...]) -> str | None:
    """Return the first place that holds a file inside the folder, or null."""
    root = folder.resolve()
    for place in places:
        path = folder / place
        if path.is_file() and path.resolve().is_relative_to(root):
            return place
    return None
