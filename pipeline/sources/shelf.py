"""Shelf: where the files of one item are put, and which of them lie there from before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pipeline.store import MediaStore

Row = dict[str, Any]


class Shelf:
    """The media store as the fetch of one item sees it.

    ``earlier`` are `ok` rows of `media` that earlier fetches of the item left, oldest first.
    ``begun`` are those of this very fetch, which was interrupted. ``note`` is told of each file
    that comes, so that an interruption loses none.
    """

    def __init__(
        self,
        media: MediaStore,
        *,
        earlier: Iterable[Row] = (),
        begun: Iterable[Row] = (),
        note: Callable[[Row], None] | None = None,
    ) -> None:
        self._media = media
        self._earlier = {row["url"]: row for row in earlier}
        self._begun = {(row["name"], row["url"]): row for row in begun}
        self._note = note

    def put(self, content: bytes, extension: str) -> str:
        """Store bytes and return their SHA-256."""
        return self._media.put(content, extension)

    def get(self, sha256: str) -> bytes:
        """Return stored bytes.

        Raises:
            NotFoundError: they are not there.
        """
        return self._media.get(sha256)

    def finished(self, name: str, url: str) -> Row | None:
        """Return the row of a file that came before this fetch was interrupted, or null."""
        return self._standing(self._begun.get((name, url)))

    def earlier(self, url: str) -> Row | None:
        """Return the latest row of an address whose bytes are still there, whole, or null."""
        return self._standing(self._earlier.get(url))

    def keep(self, row: Row) -> Row:
        """Note down that a file came, and return its row."""
        if self._note is not None and row["status"] == "ok":
            self._note(row)
        return row

    def _standing(self, row: Row | None) -> Row | None:
        if row is None or row["sha256"] is None or not self._media.is_intact(row["sha256"]):
            return None
        return dict(row)
