"""Content-addressed blobs: `media/ab/cd/<sha256>.<ext>`."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import NotFoundError
from pipeline.identity import sha256_bytes
from pipeline.store.files import Files

_EXTENSION = re.compile(r"[a-z0-9]{1,8}")


class MediaStore:
    """Blobs by the SHA-256 of their bytes. Equal bytes are stored once, under one extension."""

    def __init__(self, files: Files) -> None:
        self._files = files

    @staticmethod
    def _folder(sha256: str) -> str:
        return f"media/{sha256[:2]}/{sha256[2:4]}"

    def find(self, sha256: str) -> str | None:
        """Return the blob's path below the workspace, or null if it is not there."""
        folder = self._folder(sha256)
        for name in self._files.names(folder):
            if name.split(".")[0] == sha256:
                return f"{folder}/{name}"
        return None

    def put(self, content: bytes, extension: str) -> str:
        """Store bytes and return their SHA-256."""
        sha256 = sha256_bytes(content)
        if self.find(sha256) is None:
            suffix = extension.lower().lstrip(".")
            suffix = suffix if _EXTENSION.fullmatch(suffix) else "bin"
            self._files.write(f"{self._folder(sha256)}/{sha256}.{suffix}", content)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return a blob's bytes.

        Raises:
            NotFoundError: the store has no such blob.
        """
        return self._files.read(self._path(sha256))

    def _path(self, sha256: str) -> str:
        path = self.find(sha256)
        if path is None:
            raise NotFoundError(
                f"the media store has no blob {sha256}; run `dermcurate collect --retry "
                "failed:missing_blob` to fetch it again"
            )
        return path

    def is_intact(self, sha256: str) -> bool:
        """Tell whether a blob is there and its bytes are those that it is named by."""
        if self.find(sha256) is None:
            return False
        with self.as_file(sha256) as path, path.open("rb") as blob:
            return hashlib.file_digest(blob, "sha256").hexdigest() == sha256

    @contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        """Give a path on this machine's disk for the time of a `with` block.

        Raises:
            NotFoundError: the store has no such blob.
        """
        path = self._path(sha256)
        local = self._files.local_path(path)
        if local is not None:
            yield local
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / Path(path).name
            copy.write_bytes(self._files.read(path))
            yield copy

    def remove(self, sha256: str) -> bool:
        """Remove a blob; tell whether it was there."""
        path = self.find(sha256)
        if path is not None:
            self._files.remove(path)
        return path is not None
