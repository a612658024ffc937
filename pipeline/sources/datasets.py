"""Public datasets from the user's own copy. Nothing is downloaded, and archives stay packed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.identity import canonical_json
from pipeline.licences import read_licence
from pipeline.source_entries import DatasetSource
from pipeline.sources.bodies import mismatch, sniff
from pipeline.sources.collector import Listed, Row, item_row, media_row, withdrawn
from pipeline.sources.http import HttpClient
from pipeline.sources.readers import READERS, Record
from pipeline.sources.readers.places import is_there
from pipeline.sources.shelf import Shelf

MAX_PICTURE_BYTES = 60_000_000


class DatasetCollector:
    """Lists the records of a dataset and stores each with its picture."""

    name = "dataset"
    version = 2

    def __init__(
        self, source_id: str, entry: DatasetSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._folder = Path(entry.path)

    def list_keys(self) -> Iterator[Listed]:
        """Yield the records in the dataset's order.

        Raises:
            SourceError: the dataset is not there, or is not the one that the catalog names.
        """
        for record in READERS[self._entry.reader](self._folder):
            yield Listed(record.key, self._payload(record))

    def _payload(self, record: Record) -> dict[str, Any]:
        """Return what a record says; the picture's size is in it, so that a change is noticed."""
        told: dict[str, Any] = {
            "row": dict(record.row),
            "where": record.where,
            "group": record.group,
            "fault": record.fault,
        }
        if record.shown is None or record.fault:
            return told
        shown = record.shown
        facts = replace(shown.facts, imaging=shown.facts.imaging or self._entry.imaging)
        n_bytes = (self._folder / record.place).stat().st_size if record.place else None
        return {
            **told,
            "facts": facts.to_json(),
            "creator": shown.creator,
            "licence": shown.licence,
            "picture": record.place or shown.picture,
            "n_bytes": n_bytes,
        }

    def describe(self, listed: Listed) -> Row:
        """Return a record's row, under its own licence where the dataset states one for each."""
        told = listed.payload
        fault, stated = told["fault"], told.get("licence")
        status, error = ("malformed", fault) if fault else ("ok", None)
        if stated is not None and read_licence(stated).tier == "unknown":
            status = "no_licence"
            error = f"{told['where']} states {stated[:80]!r}, which is no licence for the picture"
        details = {
            "reader": self._entry.reader,
            "row": told["row"],
            "facts": told.get("facts"),
            "picture": told.get("picture"),
        }
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=self._entry.homepage,
            title=listed.source_key,
            creator=told.get("creator"),
            stated=stated,
            evidence=read_licence(stated).stated_in(told["where"]) if stated else None,
            group_key=f"{self._source_id}:{told['group']}" if told["group"] else None,
            details=details if status == "ok" else {},
            status=status,
            error=error,
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Return the row of a record that is listed no more: the listing names all there are."""
        return withdrawn(item, "gone", f"the dataset no longer holds {item['source_key']}")

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Store a record's whole row as JSON, and its picture."""
        details = json.loads(item["details"])
        content = canonical_json(details["row"]).encode("utf-8", errors="replace")
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
            PurePosixPath(place).name,
            "picture",
            f"dataset:{place}",
            sha256=shelf.put(content, "jpg") if content is not None else None,
            n_bytes=len(content) if content is not None else None,
            content_type=sniff(content) if content is not None else None,
            status=status,
            error=error,
        )


def _read_picture(folder: Path, place: str) -> tuple[bytes | None, str, str | None]:
    """Return a picture's bytes, or null with a status and a sentence."""
    if not is_there(folder.resolve(), place):
        return None, "not_found", f"the dataset has no picture {place} in any of its folders"
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
