"""Slide decks from a folder. Only decks that the catalog names, each with its own licence."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import SourceError
from pipeline.source_entries import Deck, SlidesSource
from pipeline.sources.collector import Listed, Row, Shelf, item_row, media_row, withdrawn
from pipeline.sources.http import HttpClient

log = logging.getLogger(__name__)

MAX_DECK_BYTES = 300_000_000
SUFFIXES = (".pdf", ".pptx")
_PDF_HEAD_BYTES = 1024
_CONTENT_TYPES = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


class SlidesCollector:
    """Lists the decks of a folder and stores those that the catalog gives a licence."""

    name = "slides"
    version = 1

    def __init__(
        self, source_id: str, entry: SlidesSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._folder = Path(entry.path)
        self._decks = {deck.file: deck for deck in reversed(entry.decks)}

    def list_keys(self) -> Iterator[Listed]:
        """Yield the decks of the catalog in its order, then the files that it does not name.

        Raises:
            SourceError: there is no such folder.
        """
        if not self._folder.is_dir():
            raise SourceError(
                f"slides: the folder {self._entry.path} of {self._source_id} is not there; "
                "correct its path in the catalog or put the decks there"
            )
        named = list(dict.fromkeys(deck.file for deck in self._entry.decks))
        for name in named:
            yield self._named(name)
        for path in sorted(self._folder.iterdir()):
            if path.suffix.lower() in SUFFIXES and path.is_file() and path.name not in named:
                yield Listed(path.name, {"named": False, "file": True})

    def _named(self, name: str) -> Listed:
        path = self._path(name)
        return Listed(name, {"named": True, "file": path is not None, **_facts(path)})

    def describe(self, listed: Listed) -> Row:
        """Return a deck's row, with the licence that the catalog states for this deck."""
        deck = self._decks.get(listed.source_key)
        if deck is None:
            why = (
                f"{listed.source_key} lies in the folder but the catalog states no licence for it; "
                "name it under `decks` to have it collected"
            )
            # a licence of the whole source says nothing of a file that nobody named
            return item_row(
                self._source_id,
                self._entry,
                listed,
                page_url=self._entry.homepage,
                stated="",
                status="no_licence",
                error=why,
            )
        status, error = self._verdict(deck, is_there=bool(listed.payload["file"]))
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=deck.homepage,
            title=deck.title,
            creator=deck.creator,
            stated=deck.licence.name,
            evidence=deck.licence.evidence,
            details={"file": deck.file},
            status=status,
            error=error,
        )

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Return a deck's row again; what is listed no more is gone, for the listing names all."""
        name = str(item["source_key"])
        if name in self._decks:
            return self.describe(self._named(name))
        why = f"{name} is neither in the folder nor named by the catalog any more"
        return withdrawn(item, "gone", why)

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Store a deck's file."""
        name = str(item["source_key"])
        path = self._path(name) if name in self._decks else None
        if path is None:
            return [self._row(item, "not_found", f"{name} is no longer in the folder")]
        try:
            n_bytes = path.stat().st_size
            if n_bytes > MAX_DECK_BYTES:
                why = f"{name} has {n_bytes:,} bytes, at most {MAX_DECK_BYTES:,} are taken"
                return [self._row(item, "too_large", why)]
            content = path.read_bytes()
        except OSError as fault:
            return [self._row(item, "access_denied", f"{name} cannot be read: {fault.strerror}")]
        suffix = _kind(content)
        if suffix is None:
            return [self._row(item, "wrong_type", f"{name} is neither a PDF nor an office file")]
        row = self._row(item, "ok")
        row["sha256"] = shelf.put(content, suffix)
        row["n_bytes"] = len(content)
        row["content_type"] = _CONTENT_TYPES[suffix]
        return [row]

    def _row(self, item: Mapping[str, Any], status: str, error: str | None = None) -> Row:
        name = str(item["source_key"])
        return media_row(self, item, name, "deck", f"deck:{name}", status=status, error=error)

    def _verdict(self, deck: Deck, *, is_there: bool) -> tuple[str, str | None]:
        if not _is_plain(deck.file):
            return "malformed", f"{deck.file!r} is no plain file name and was not opened"
        if not is_there:
            return "unreachable", f"the catalog names {deck.file} but it is not in the folder"
        return "ok", None

    def _path(self, name: str) -> Path | None:
        """Return the file of a name; null if there is none, or it leads out of the folder."""
        if not _is_plain(name):
            return None
        path = self._folder / name
        try:
            inside = path.resolve().is_relative_to(self._folder.resolve())
            return path if inside and path.is_file() else None
        except OSError:
            return None


def _is_plain(name: str) -> bool:
    return Path(name).name == name and not set(name) & set("\\\0:") and name not in ("", ".", "..")


def _facts(path: Path | None) -> dict[str, Any]:
    """Return what tells that a file has changed."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except OSError:
        return {}


def _kind(content: bytes) -> str | None:
    if b"%PDF-" in content[:_PDF_HEAD_BYTES]:
        return "pdf"
    # the second is an encrypted or an old office file: the extractor says so
    return "pptx" if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else None
