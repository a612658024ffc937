"""SHA256SUMS: one line per file, as `sha256sum --check` reads it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pipeline.errors import ReleaseError

SUMS = "SHA256SUMS"
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>[^\\\r\n]+)")


def files_of(folder: Path) -> list[str]:
    """Return the paths of all files and links below a folder but SHA256SUMS, sorted."""
    found = (each for each in folder.rglob("*") if each.is_symlink() or not each.is_dir())
    return sorted(name for each in found if (name := each.relative_to(folder).as_posix()) != SUMS)


def file_sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def sums_text(digests: dict[str, str]) -> str:
    """Return the text of SHA256SUMS, sorted by path."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))


def write_sums(folder: Path) -> dict[str, str]:
    """Write SHA256SUMS over all files of a folder; return digests by path."""
    digests = {path: file_sha256(folder / path) for path in files_of(folder)}
    (folder / SUMS).write_text(sums_text(digests), encoding="utf-8", newline="\n")
    return digests


def read_sums(folder: Path) -> dict[str, str]:
    """Return digests by path as SHA256SUMS states them.

    Raises:
        ReleaseError: there is no such file, or it is not in the form that `write_sums` gives it.
    """
    try:
        text = (folder / SUMS).read_bytes().decode("utf-8")
    except FileNotFoundError as fault:
        raise ReleaseError(f"{SUMS}: missing") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise ReleaseError(f"{SUMS}: cannot be read ({fault})") from fault
    digests: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ReleaseError(f"{SUMS}: line {number} is not a digest and a path")
        digests[match["path"]] = match["sha256"]
    if sums_text(digests) != text:
        raise ReleaseError(f"{SUMS}: lines are repeated, out of order or cut off")
    return digests


def sums_faults(folder: Path) -> list[str]:
    """Return every file that is missing, changed or not listed, each by its path."""
    try:
        stated = read_sums(folder)
    except ReleaseError as fault:
        return [str(fault)]
    found = files_of(folder)
    there = set(found)
    faults = [f"{path}: missing, listed in {SUMS}" for path in stated if path not in there]
    for path in found:
        if (folder / path).is_symlink():
            faults.append(f"{path}: is a link, not a file")
        elif path not in stated:
            faults.append(f"{path}: not listed in {SUMS}")
        elif file_sha256(folder / path) != stated[path]:
            faults.append(f"{path}: its bytes are not those that {SUMS} states")
    return sorted(faults)
