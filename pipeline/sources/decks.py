"""Decks: which files are decks, and which must be saved in another form first."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from pipeline.sources.bodies import sniff

Kind = Literal["pdf", "pptx"]

SUFFIXES = frozenset(
    (".pdf", ".pptx", ".ppsx", ".potx", ".pptm", ".ppsm", ".ppt", ".pps", ".odp", ".key")
)
CONTENT_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
MAX_DEPTH = 8  # folders in folders
_PDF_HEAD_BYTES = 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IN_OLE = (
    ("EncryptedPackage", "an encrypted office file; save it without a password"),
    ("PowerPoint Document", "a PowerPoint file of before 2007 (PPT); save it as PPTX or PDF"),
    ("WordDocument", "a Word file of before 2007; save it as PDF"),
)
_IN_ZIP = (
    ("content.xml", "an OpenDocument file (ODP and the like); save it as PPTX or PDF"),
    ("Index/Document.iwa", "a Keynote file; export it as PPTX or PDF"),
    ("Index.zip", "a Keynote file; export it as PPTX or PDF"),
    ("index.apxl", "a Keynote file of before 2013; export it as PPTX or PDF"),
    ("word/document.xml", "a Word file; save it as PDF"),
    ("xl/workbook.xml", "a spreadsheet"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What some bytes are: a kind of deck, or else the class of the fault and a sentence."""

    kind: Kind | None
    status: str = "ok"
    why: str | None = None


def judge_deck(content: bytes) -> Judged:
    """Tell whether bytes are a deck that can be read; if not, what can be done about it."""
    if b"%PDF-" in content[:_PDF_HEAD_BYTES]:
        return Judged("pdf")
    if content.startswith(_ZIP):
        return _judge_zip(content)
    if content.startswith(_OLE):
        told = (why for name, why in _IN_OLE if name.encode("utf-16-le") in content)
        return _other(next(told, "an old office file; save it as PPTX or PDF"))
    if sniff(content) == "text/html":
        return _other("a web page")
    return _other("neither a PDF nor a PPTX")


def _judge_zip(content: bytes) -> Judged:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = frozenset(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
        return Judged(None, "malformed", f"it is an archive that is cut short or broken ({fault})")
    if "ppt/presentation.xml" in names:
        return Judged("pptx")
    told = (why for name, why in _IN_ZIP if name in names)
    return _other(next(told, "an archive without a presentation in it"))


def _other(told: str) -> Judged:
    return Judged(None, "wrong_type", f"it is {told}")


def find_decks(folder: Path) -> Iterator[str]:
    """Yield the paths of all decks below a folder, sorted, with `/` between their parts.

    Hidden files, and those that office programs leave beside open ones, are passed over; no link
    is followed.
    """
    yield from _found(folder, "", 0)


def _found(folder: Path, above: str, depth: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda each: each.name)
    for entry in ordered:
        if entry.name.startswith((".", "~$")):
            continue
        name = above + os.fsencode(entry.name).decode("utf-8", errors="replace")
        if entry.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
            yield from _found(folder / entry.name, f"{name}/", depth + 1)
        elif entry.is_file() and PurePosixPath(name).suffix.lower() in SUFFIXES:
            yield name


def path_below(folder: Path, name: str) -> Path | None:
    """Return the file of a name below a folder; null if there is none, or it leads out of it."""
    if not is_plain(name):
        return None
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
        return path if inside and path.is_file() else None
    except OSError:
        return None


def is_plain(name: str) -> bool:
    """Tell whether a name is a relative path that stays below where it starts."""
    parts = name.split("/")
    return not set(name) & set("\\\0:") and not any(part in ("", ".", "..") for part in parts)
