"""Slide decks and documents: only what the catalog names, each with its own licence."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import SourceError
from pipeline.identity import sha256_bytes
from pipeline.source_entries import Deck, SlidesSource
from pipeline.sources.answers import shown
from pipeline.sources.collector import Listed, Row, Shelf, item_row, media_row, withdrawn
from pipeline.sources.decks import CONTENT_TYPES, find_decks, is_plain, judge_deck, path_below
from pipeline.sources.files import Wanted, fetch_file, keep_file
from pipeline.sources.http import HttpClient

log = logging.getLogger(__name__)

MAX_DECK_BYTES = 300_000_000


class SlidesCollector:
    """Lists the decks of a folder and of the catalog, and stores those that have a licence there.

    The licence of one deck says nothing of another: a file that the catalog does not name is
    listed as one without a licence, and not opened.
    """

    name = "slides"
    version = 2

    def __init__(
        self, source_id: str, entry: SlidesSource, client: HttpClient, pseudonym_key: str
    ) -> None:
        self._source_id = source_id
        self._entry = entry
        self._client = client
        self._folder = Path(entry.path) if entry.path is not None else None
        self._decks = {deck.key: deck for deck in entry.decks}

    # --- listing ---------------------------------------------------------------------------

    def list_keys(self) -> Iterator[Listed]:
        """Yield the decks of the catalog in its order, then the files that it does not name.

        Raises:
            SourceError: there is no such folder.
        """
        if self._folder is not None and not self._folder.is_dir():
            raise SourceError(
                f"slides: the folder {self._entry.path} of {self._source_id} is not there; "
                "correct its path in the catalog or put the decks there"
            )
        for key in self._decks:
            yield self._named(key)
        for name in find_decks(self._folder) if self._folder is not None else ():
            if name not in self._decks:
                yield Listed(name, {"named": False})

    def _named(self, key: str) -> Listed:
        deck = self._decks[key]
        if deck.url is not None:
            return Listed(key, {"named": True, "url": shown(deck.url), "sha256": deck.sha256})
        path = self._path(key)
        return Listed(key, {"named": True, "file": path is not None, **_facts(path)})

    def describe(self, listed: Listed) -> Row:
        """Return a deck's row, with the licence that the catalog states for this deck."""
        deck = self._decks.get(listed.source_key)
        if deck is None:
            return self._unnamed(listed)
        status, error = self._verdict(deck, listed)
        return item_row(
            self._source_id,
            self._entry,
            listed,
            page_url=deck.homepage,
            title=deck.title,
            creator=deck.creator,
            stated=deck.licence.name,
            evidence=deck.licence.evidence,
            details={"file": deck.file} if deck.url is None else {"url": shown(deck.url)},
            status=status,
            error=error,
        )

    def _unnamed(self, listed: Listed) -> Row:
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

    def _verdict(self, deck: Deck, listed: Listed) -> tuple[str, str | None]:
        if deck.file is None:
            return "ok", None
        if not is_plain(deck.file):
            why = f"{deck.file!r} is no path below the folder of the source and was not opened"
            return "malformed", why
        if not listed.payload["file"]:
            return "unreachable", f"the catalog names {deck.file} but it is not in the folder"
        return "ok", None

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Return a deck's row again; what is listed no more is gone, for the listing names all."""
        key = str(item["source_key"])
        if key in self._decks:
            return self.describe(self._named(key))
        why = f"{key} is neither in the folder nor named by the catalog any more"
        return withdrawn(item, "gone", why)

    # --- fetching --------------------------------------------------------------------------

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Store a deck's file, if it is one that can be read and the one that is meant."""
        key = str(item["source_key"])
        deck = self._decks.get(key)
        if deck is not None and deck.url is not None:
            return [self._fetch_url(item, deck, deck.url, shelf)]
        path = self._path(key) if deck is not None else None
        if deck is None or path is None:
            return [self._failed(item, "not_found", f"{key} is no longer in the folder")]
        return [self._copy_file(item, path, deck, shelf)]

    def _copy_file(self, item: Mapping[str, Any], path: Path, deck: Deck, shelf: Shelf) -> Row:
        key = str(item["source_key"])
        try:
            n_bytes = path.stat().st_size
            if n_bytes > MAX_DECK_BYTES:
                why = f"{key} has {n_bytes:,} bytes, at most {MAX_DECK_BYTES:,} are taken"
                return self._failed(item, "too_large", why)
            content = path.read_bytes()
        except OSError as fault:
            return self._failed(item, "access_denied", f"{key} cannot be read: {fault.strerror}")
        check = _Check(deck)
        refused = check(content)
        if refused is not None:
            return self._failed(item, check.status, f"{key} is not taken: {refused}")
        kind = judge_deck(content).kind
        told = CONTENT_TYPES[kind] if kind is not None else None
        wanted = Wanted(key, "deck", f"deck:{key}", expect="document")
        return keep_file(self, item, wanted, content, shelf, content_type=told)

    def _fetch_url(self, item: Mapping[str, Any], deck: Deck, url: str, shelf: Shelf) -> Row:
        check = _Check(deck)
        wanted = Wanted(
            deck.key,
            "deck",
            url,
            expect="document",
            max_bytes=MAX_DECK_BYTES,
            reject=check,
            rejected="wrong_type",
        )
        row = fetch_file(self, self._client, item, wanted, shelf)
        if row["status"] == wanted.rejected:
            return {**row, "status": check.status}
        if row["status"] == "ok" and (why := check.digest_fault(str(row["sha256"]))) is not None:
            return self._failed(item, "checksum_mismatch", f"{row['url']} is not taken: {why}")
        return row

    def _failed(self, item: Mapping[str, Any], status: str, error: str) -> Row:
        key = str(item["source_key"])
        deck = self._decks.get(key)
        url = shown(deck.url) if deck is not None and deck.url is not None else f"deck:{key}"
        return media_row(self, item, key, "deck", url, status=status, error=error)

    def _path(self, name: str) -> Path | None:
        return path_below(self._folder, name) if self._folder is not None else None


class _Check:
    """Tells why bytes are not the deck that is meant, and remembers the class of the fault."""

    def __init__(self, deck: Deck) -> None:
        self._sha256 = deck.sha256
        self.status: str = "wrong_type"

    def __call__(self, content: bytes) -> str | None:
        why = self.digest_fault(sha256_bytes(content))
        if why is not None:
            self.status = "checksum_mismatch"
            return why
        judged = judge_deck(content)
        self.status = judged.status
        return judged.why

    def digest_fault(self, sha256: str) -> str | None:
        """Return what is wrong with a digest, or null."""
        if self._sha256 in (None, sha256):
            return None
        return f"its SHA-256 is {sha256}, and the catalog says {self._sha256}"


def _facts(path: Path | None) -> dict[str, Any]:
    """Return what tells that a file has changed."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except OSError:
        return {}
