"""Keys of a dataset, however many: which line had one first, and which belong together."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from types import TracebackType


class KeyBook:
    """Remembers keys in a temporary database that keeps to little memory and leaves no file.

    Groups are united over what they share: two lesions of one patient, and two patients that one
    lesion is given for, are one group.
    """

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._base.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE lines (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;"
            "CREATE TABLE parents (key TEXT PRIMARY KEY, parent TEXT) WITHOUT ROWID;"
            "CREATE TABLE texts (key TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID;"
            "BEGIN;"
        )

    def __enter__(self) -> KeyBook:
        """Return the book."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget all."""
        self._base.close()

    def first_line(self, key: str, line: int) -> int | None:
        """Return the earlier line that had a key, or note down this one and return null."""
        told = self._base.execute("INSERT OR IGNORE INTO lines VALUES (?, ?)", (key, line))
        return None if told.rowcount else int(self._one("SELECT line FROM lines", key) or 0)

    def keep(self, key: str, text: str) -> bool:
        """Keep a text under a key, and tell whether it is the first."""
        told = self._base.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (key, text))
        return bool(told.rowcount)

    def kept(self, key: str) -> str | None:
        """Return the text of a key, or null."""
        return self._one("SELECT text FROM texts", key)

    def unite(self, ids: Sequence[str]) -> None:
        """Put identifiers into one group, named after the first of them in alphabetical order."""
        roots = {self.group(each) for each in ids}
        first = min(roots, default="")
        self._base.executemany(
            "INSERT OR REPLACE INTO parents VALUES (?, ?)",
            [(root, first) for root in sorted(roots) if root != first],
        )

    def group(self, identifier: str) -> str:
        """Return the name of an identifier's group; one that was never united is its own."""
        while (parent := self._one("SELECT parent FROM parents", identifier)) is not None:
            identifier = parent
        return identifier

    def _one(self, select: str, key: str) -> str | None:
        found = self._base.execute(f"{select} WHERE key = ?", (key,)).fetchone()
        return found[0] if found else None
