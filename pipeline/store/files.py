"""Files below a root, which is a local folder or an fsspec URL. A write is whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.errors import WorkspaceError


class Files:
    """Read, list and atomically write files by their path relative to the root."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._system, self._base = fsspec.core.url_to_fs(root)
        self.is_local = isinstance(self._system, LocalFileSystem)

    def address(self, path: str) -> str:
        """Return the full address of a path, and refuse one that leads out of the root."""
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise WorkspaceError(f"{path!r} leads out of the workspace; it was not touched")
        return f"{self._base.rstrip('/')}/{path}"

    def exists(self, path: str) -> bool:
        """Tell whether there is a file or folder."""
        return bool(self._system.exists(self.address(path)))

    def read(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: there is no such file.
        """
        return bytes(self._system.cat_file(self.address(path)))

    def write(self, path: str, content: bytes) -> None:
        """Write a file under a temporary name, sync it, and rename it into place.

        Raises:
            WorkspaceError: it cannot be written; what stood there still stands.
        """
        if not self.is_local:
            self._system.pipe_file(self.address(path), content)
            return
        target = Path(self.address(path))
        try:
            self._write_local(target, content)
        except OSError as fault:
            raise WorkspaceError(
                f"{target} cannot be written ({fault.strerror}); what stood there is untouched. "
                "Free some space or check the permissions, then run again"
            ) from fault

    @staticmethod
    def _write_local(target: Path, content: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".tmp-")
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def create(self, path: str, content: bytes) -> None:
        """Write a private file (mode 600) unless one stands already: the first writer wins."""
        if not self.is_local:
            self._system.pipe_file(self.address(path), content, mode="create")
            return
        target = Path(self.address(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".tmp-")
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(content)
            with contextlib.suppress(FileExistsError):
                os.link(temporary, target)
        finally:
            Path(temporary).unlink(missing_ok=True)

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        address = self.address(path)
        if self._system.exists(address):
            self._system.rm_file(address)

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted, temporary ones left out."""
        address = self.address(path)
        if not self._system.exists(address):
            return []
        found = (PurePosixPath(each).name for each in self._system.ls(address, detail=False))
        return sorted(name for name in found if not name.startswith(".tmp-"))

    def walk(self, path: str) -> Iterator[str]:
        """Yield the paths of all files below a folder, sorted, relative to the root."""
        address = self.address(path)
        if not self._system.exists(address):
            return
        base = len(self._base.rstrip("/")) + 1
        for each in sorted(self._system.find(address)):
            if not PurePosixPath(each).name.startswith(".tmp-"):
                yield each[base:]

    def append_line(self, path: str, line: str) -> None:
        """Append one line to a local file and sync it.

        Raises:
            WorkspaceError: the root is not a local folder, or it cannot be written.
        """
        if not self.is_local:
            raise WorkspaceError(f"{self.root} cannot be appended to; use a local workspace")
        target = Path(self.address(path))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("ab") as out:
                out.write(b"\n" + line.encode())  # a line cut short before does not swallow it
                out.flush()
                os.fsync(out.fileno())
        except OSError as fault:
            raise WorkspaceError(f"{target} cannot be written ({fault.strerror})") from fault

    def local_path(self, path: str) -> Path | None:
        """Return the path on this machine's disk, or null if the root is remote."""
        return Path(self.address(path)) if self.is_local else None
