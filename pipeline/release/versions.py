"""Versions of a release: calendar names, the order among them, and which one stands."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pipeline.errors import NotFoundError, ReleaseError
from pipeline.store import Workspace

_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,4}")
TEMPORARY = ".tmp-"
MANIFEST = "manifest.json"


def version_key(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by: 2026.2.10.1 comes after 2026.2.10.

    Raises:
        ReleaseError: the name is no version.
    """
    if not _VERSION.fullmatch(version):
        raise ReleaseError(
            f"{version!r} is no version; write numbers with dots between them, such as 2026.11.22"
        )
    return tuple(int(part) for part in version.split("."))


def standing_versions(folder: Path) -> list[str]:
    """Return the versions in a release's folder, oldest first."""
    if not folder.is_dir():
        return []
    names = (each.name for each in folder.iterdir() if (each / MANIFEST).is_file())
    return sorted((name for name in names if _VERSION.fullmatch(name)), key=version_key)


def next_version(folder: Path, today: datetime) -> str:
    """Return the calendar version of a day that is still free: `2026.11.22`, then `….1`."""
    base = f"{today.year}.{today.month}.{today.day}"
    version, count = base, 0
    while (folder / version).exists():
        count += 1
        version = f"{base}.{count}"
    return version


def latest_release(workspace: Workspace, name: str) -> Path:
    """Return the folder of a release's newest version.

    Raises:
        NotFoundError: no version of it stands.
    """
    folder = workspace.files.local_path(f"releases/{name}")
    versions = standing_versions(folder) if folder else []
    if folder is None or not versions:
        raise NotFoundError(
            f"release {name} has no version in {workspace.root}; run `dermcurate release` first"
        )
    return folder / versions[-1]


@contextmanager
def sole_builder(folder: Path) -> Iterator[None]:
    """Hold a release's folder against other builds for the time of a `with` block.

    Raises:
        ReleaseError: another build is under way.
    """
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise ReleaseError(
                f"another build of {folder.name} is under way in {folder}; wait until it ends"
            ) from fault
        yield
