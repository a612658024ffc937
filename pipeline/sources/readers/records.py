"""Records of a dataset, and the one way in which a table of them is read.

A dataset's module says where its table lies, which columns it needs, what holds records together,
where the pictures lie, and what a line says; `TableReader` does the rest alike for all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.identity import canonical_json
from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.keybook import KeyBook
from pipeline.sources.readers.places import find_picture, is_inside, stem
from pipeline.sources.readers.tables import Layout, Line, read_lines
from pipeline.sources.readers.values import UnreadableValueError, read_id


@dataclass(frozen=True, slots=True)
class Shown:
    """What a line says of one picture: its key, the name of its file, and the facts.

    ``licence`` is what the line states, empty if it states nothing where it should, and null where
    the dataset as a whole has a licence.
    """

    key: str
    picture: str
    facts: RecordFacts
    creator: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One picture of a dataset with its row as the dataset gives it.

    ``group`` names what must not be split. ``place`` is where the picture lies, null if it is
    missing. ``fault`` is a sentence if the row cannot be used. ``where`` tells where it stands.
    """

    key: str
    where: str
    row: Mapping[str, str] = field(default_factory=dict)
    shown: Shown | None = None
    group: str | None = None
    place: str | None = None
    fault: str | None = None


Reader = Callable[[Path], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads a dataset whose records are lines of a table.

    ``key`` is the column that names a record. ``groups`` maps columns that hold records together
    to what they name, the widest first: `{"patient_id": "patient", "lesion_id": "lesion"}`.
    ``parts`` are the folders in which pictures lie. ``joined`` is a second table whose line with
    the same key is read as part of the first one's.
    """

    title: str
    layout: Layout
    key: str
    read_line: Callable[[Line], Iterable[Shown]]
    parts: tuple[str, ...] = ("",)
    groups: Mapping[str, str] = field(default_factory=dict)
    joined: Layout | None = None

    def __call__(self, folder: Path) -> Iterator[Record]:
        """Yield the records of the dataset that lies in a folder, in the order of its table.

        Raises:
            SourceError: a table is not there, or lacks a column.
        """
        parts = tuple(part for part in self.parts if (folder / part).is_dir())
        with KeyBook() as book:
            if self.joined is not None:
                self._keep_joined(folder, self.joined, book)
            if len(self.groups) > 1:
                self._unite(folder, book)
            for line in read_lines(folder, self.layout, self.title):
                for record in self._records(self._whole(line, book), book):
                    yield _placed(record, folder, parts)

    def _keep_joined(self, folder: Path, joined: Layout, book: KeyBook) -> None:
        for line in read_lines(folder, joined, self.title):
            if line.fault is None and line[self.key]:
                book.keep(line[self.key], canonical_json([dict(line.row), dict(line.values)]))

    def _whole(self, line: Line, book: KeyBook) -> Line:
        """Return a line with what the second table says of the same record."""
        found = book.kept(line[self.key]) if self.joined is not None else None
        if found is None or line.fault:
            return line
        row, values = json.loads(found)
        return Line(line.number, line.where, row | dict(line.row), values | dict(line.values))

    def _unite(self, folder: Path, book: KeyBook) -> None:
        """Read the table once for its identifiers, so that a line's group is known by its turn."""
        for line in read_lines(folder, self.layout, self.title):
            try:
                ids = [] if line.fault else self._ids(line)
            except UnreadableValueError:
                continue  # the line is told of in its turn
            if len(ids) > 1:
                book.unite(ids)

    def _ids(self, line: Line) -> list[str]:
        """Return what a line belongs to, in an order in which the widest comes first."""
        return [
            f"{place}:{word}-{name}"
            for place, (column, word) in enumerate(self.groups.items())
            if (name := read_id(line[column]))
        ]

    def _records(self, line: Line, book: KeyBook) -> Iterator[Record]:
        """Yield the records of a line, or one that says what is wrong with it."""
        fault = line.fault
        try:
            name = "" if fault else read_id(line[self.key])
            if not fault and not name:
                fault = f"{self.key} is empty"
            shown = [] if fault else list(self.read_line(line))
            ids = [] if fault else self._ids(line)
        except UnreadableValueError as unreadable:
            fault, shown, ids = str(unreadable), [], []
        if fault:
            yield self._faulty(line, fault, book)
        group = book.group(min(ids)).partition(":")[2] if ids else None
        for place_in_line, each in enumerate(shown):
            earlier = book.first_line(each.key, line.number)
            if earlier is not None:
                told = f"{self.key} {each.key} stands in line {earlier} too"
                name = f"line-{line.number}" + (f"-{place_in_line}" if place_in_line else "")
                yield Record(name, line.where, fault=f"{line.where}: {told}")
            elif not is_inside(each.picture):
                told = f"the picture {each.picture[:80]!r} would lie outside the dataset's folder"
                yield Record(each.key, line.where, fault=f"{line.where}: {told}")
            else:
                yield Record(each.key, line.where, line.row, each, group)

    def _faulty(self, line: Line, fault: str, book: KeyBook) -> Record:
        """Return the record of a line that cannot be used, under its own key if it has one."""
        try:
            name = stem(read_id(line[self.key]))
        except UnreadableValueError:
            name = ""
        if not name or book.first_line(name, line.number) is not None:
            name = f"line-{line.number}"
        return Record(name, line.where, fault=f"{line.where}: {fault}")


def _placed(record: Record, folder: Path, parts: tuple[str, ...]) -> Record:
    """Return a record with the place where its picture lies."""
    if record.shown is None:
        return record
    return replace(record, place=find_picture(folder, parts, record.shown.picture))
