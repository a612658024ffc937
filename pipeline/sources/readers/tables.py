"""Tables of datasets as they come: CSV in any usual dress, read line by line within limits.

A byte order mark, UTF-16, another delimiter, a `sep=` line, trailing commas, other cases of column
names: what spreadsheets do to a table is undone. What cannot be undone is a line with a fault.
"""

from __future__ import annotations

import csv
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from pipeline.errors import SourceError
from pipeline.sources.readers.values import known

log = logging.getLogger(__name__)

DELIMITERS = ",;\t|"
MAX_LINE_CHARACTERS = 200_000
MAX_JOINED_LINES = 16  # of one row whose quoted value holds line breaks
_NO_TEXT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table may lie in the dataset's folder, and the columns that it must have.

    ``aliases`` gives other names of a column, in the order in which they are looked for.
    """

    places: tuple[str, ...]
    needed: tuple[str, ...]
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: as it stands, and by the layout's names of columns.

    ``where`` is for messages; ``fault`` is a sentence if the line cannot be read.
    """

    number: int
    where: str
    row: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None

    def __getitem__(self, column: str) -> str:
        """Return a value, or nothing where it is not known or there is no such column."""
        return known(self.values.get(column, ""))

    def has(self, column: str) -> bool:
        """Tell whether the table has a column."""
        return column in self.values


def read_lines(folder: Path, layout: Layout, title: str) -> Iterator[Line]:
    """Yield the lines of a table after its header; empty ones are left out.

    Raises:
        SourceError: the table is not there, or lacks a column that it must have.
    """
    place = _place(folder, layout, title)
    path = folder / place
    with path.open("rb") as raw:
        encoding = "utf-16" if raw.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = enumerate(_bounded(file), start=1)
        _number, first = next(lines, (1, ""))
        if first.lower().startswith("sep="):
            _number, first = next(lines, (2, ""))
        delimiter, header = _header(first, layout)
        names = _names(header, layout)
        if missing := [name for name in layout.needed if name not in names.values()]:
            told = ", ".join(repr(name) for name in header if name)[:300]
            raise SourceError(
                f"{title}: {place} has no column {' nor '.join(map(repr, missing))}, but {told}; "
                "take the file as it was published, or correct `reader` in the catalog"
            )
        for number, values in _rows(lines, delimiter):
            if any(value.strip() for value in values):
                yield _line(number, f"line {number} of {place}", header, names, values)


def _place(folder: Path, layout: Layout, title: str) -> str:
    """Return where the table lies."""
    for place in layout.places:
        if (folder / place).is_file():
            return place
    packed = sorted(each.name for each in folder.glob("*.zip"))[:3] if folder.is_dir() else []
    if packed:
        todo = f"unpack {', '.join(packed)} there yourself, archives are not unpacked here"
    else:
        todo = "put the dataset there or correct its path in the catalog"
    raise SourceError(f"{title}: {' or '.join(layout.places)} is not in {folder}; {todo}")


def _bounded(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file; one without end is a line that holds no text."""
    while line := file.readline(MAX_LINE_CHARACTERS):
        if len(line) == MAX_LINE_CHARACTERS and not line.endswith("\n"):
            while (rest := file.readline(MAX_LINE_CHARACTERS)) and not rest.endswith("\n"):
                pass
            line = _NO_TEXT
        yield line


def _header(line: str, layout: Layout) -> tuple[str, list[str]]:
    """Return the delimiter under which most of the needed columns are found, and the columns."""
    best = ("", [""])
    most = -1
    for delimiter in DELIMITERS:
        columns = [each.strip() for each in _split(line, delimiter) or [""]]
        found = len(set(_names(columns, layout).values()) & set(layout.needed))
        if found > most:
            best, most = (delimiter, columns), found
    return best


def _names(header: list[str], layout: Layout) -> dict[int, str]:
    """Return the layout's name of each column; of two columns with one name the first has it."""
    by_name: dict[str, int] = {}
    for at, name in enumerate(header):
        by_name.setdefault(_plain(name), at)
    names = {at: name for name, at in by_name.items()}
    for name, others in layout.aliases.items():
        for other in others:
            if name not in by_name and _plain(other) in by_name:
                by_name[name] = by_name[_plain(other)]
                names[by_name[name]] = name
    return names


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _rows(lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with the number of their first line; one that cannot be read has one value.

    A quote that is never closed costs its own line only.
    """
    waiting: deque[tuple[int, str]] = deque()
    while first := waiting.popleft() if waiting else next(lines, None):
        number, text = first
        joined: list[tuple[int, str]] = []
        values = _split(text, delimiter)
        while values is None and len(joined) < MAX_JOINED_LINES:
            further = waiting.popleft() if waiting else next(lines, None)
            if further is None:
                break
            joined.append(further)
            text += further[1]
            values = _split(text, delimiter)
        if values is None:
            waiting.extendleft(reversed(joined))
        yield number, [_NO_TEXT] if values is None else values


def _split(text: str, delimiter: str) -> list[str] | None:
    """Return the values of a row; null if a quote is still open."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as fault:
        if "unexpected end of data" in str(fault):
            return None
        return [_NO_TEXT]


def _line(
    number: int, where: str, header: list[str], names: Mapping[int, str], values: list[str]
) -> Line:
    fault = None
    if any(_NO_TEXT in value or "\0" in value for value in values):
        fault = "it holds bytes that are no text"
    elif len(values) < len(header) or any(value.strip() for value in values[len(header) :]):
        fault = "it has not as many values as the header has columns"
    row = {name: value.strip() for name, value in zip(header, values, strict=False) if name}
    read = {name: values[at].strip() for at, name in names.items() if at < len(values) and name}
    return Line(number, where, row, read, fault)
