"""Which files of the user's copy of an evaluation set count."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.catalog import Benchmark
from pipeline.errors import SourceError
from pipeline.images.phash import HashListError, read_hashes

SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp"),
        *(".avif", ".heic", ".heif", ".jp2", ".dcm"),  # the last three to be told of, not read
    }
)
MAX_LIST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copy:
    """Pictures of a copy: paths below the folder, names that no file has, and shared hashes."""

    files: tuple[str, ...]
    missing: tuple[str, ...]
    hashes: tuple[int, ...]


def list_copy(name: str, entry: Benchmark) -> Copy:
    """Return what of an evaluation set counts, sorted.

    Raises:
        SourceError: the folder or a list is not there, or a list is not what it should be.
    """
    files, missing = _files(name, entry) if entry.folder is not None else ([], [])
    hashes = _hashes(name, entry.hashes) if entry.hashes is not None else []
    if not files and not hashes:
        where = entry.folder if entry.folder is not None else entry.hashes
        raise SourceError(
            f"benchmark {name} has no picture in {where}; point it to your own copy in the catalog"
        )
    return Copy(tuple(files), tuple(missing), tuple(hashes))


def _files(name: str, entry: Benchmark) -> tuple[list[str], list[str]]:
    folder = Path(str(entry.folder))
    if not folder.is_dir():
        raise SourceError(
            f"benchmark {name} is said to lie in {folder}, which is no folder; point `folder` to "
            "your own copy, or remove it from the catalog"
        )
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    if entry.names is None:
        return found, []
    return _named(found, list(_names(name, entry)))


def _named(found: list[str], names: list[str]) -> tuple[list[str], list[str]]:
    """Return the files that are named by path, by name, or by name without ending; and the rest."""
    places: dict[str, set[str]] = defaultdict(set)
    for file in found:
        path = PurePosixPath(file)
        for key in {file, path.name, path.stem}:
            places[key].add(file)
    chosen: set[str] = set()
    missing: set[str] = set()
    for told in names:
        path = PurePosixPath(told.replace("\\", "/"))
        keys = (path.as_posix(), path.name, path.stem if path.suffix.lower() in SUFFIXES else "")
        there = next((places[key] for key in keys if key in places), None)
        chosen |= there or set()
        if there is None:
            missing.add(told)
    return sorted(chosen), sorted(missing)


def _names(name: str, entry: Benchmark) -> Iterator[str]:
    """Yield the names of a text file, one a line, or of a column of a CSV file."""
    path = Path(str(entry.names))
    text = _read(name, path)
    if path.suffix.lower() not in (".csv", ".tsv"):
        yield from (line.strip() for line in text.splitlines() if line.strip())
        return
    table = csv.DictReader(
        io.StringIO(text, newline=""), delimiter="\t" if path.suffix.lower() == ".tsv" else ","
    )
    columns = list(table.fieldnames or ())
    column = entry.names_column or (columns[0] if columns else "")
    if unknown := sorted({column, *entry.names_where} - set(columns)):
        raise SourceError(
            f"benchmark {name}: {path} has no column {unknown[0]!r}; it has {columns}"
        )
    try:
        for row in table:
            if all(row[key] == value for key, value in entry.names_where.items()) and row[column]:
                yield row[column].strip()
    except csv.Error as fault:
        raise SourceError(f"benchmark {name}: {path} is no CSV file: {fault}") from fault


def _hashes(name: str, path: str) -> list[int]:
    try:
        return sorted({int(each) for each in read_hashes(_read(name, Path(path)))})
    except HashListError as fault:
        raise SourceError(f"benchmark {name}: {path}: {fault}") from fault


def _read(name: str, path: Path) -> str:
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            raise SourceError(f"benchmark {name}: {path} is over {MAX_LIST_BYTES:,} bytes")
        return path.read_text("utf-8-sig", "strict")
    except (OSError, UnicodeDecodeError) as fault:
        raise SourceError(f"benchmark {name}: {path} cannot be read ({fault})") from fault
