"""CSV that a spreadsheet may open: RFC 4180, UTF-8, and no cell that it would run.

A cell that begins with a formula's sign gets one apostrophe before it, and so does one that begins
with apostrophes and then such a sign; taking one apostrophe off such a cell gives the text back.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.errors import ReleaseError

_RUN = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_DEFUSED = re.compile(r"''*[=+\-@\t\r\n＝＋－＠]")
BOM = "\ufeff"
MAX_CELL_CHARACTERS = 16 * 1024 * 1024


def defuse(text: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return f"'{text}" if _RUN.match(text) else text


def restore(cell: str) -> str:
    """Return the text that `defuse` was given."""
    return cell[1:] if _DEFUSED.match(cell) else cell


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]], *, bom: bool = False) -> bytes:
    """Return a CSV file with a header, CRLF line ends and defused cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([defuse(cell) for cell in row] for row in rows)
    return ((BOM if bom else "") + out.getvalue()).encode("utf-8")


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file by column, cells restored.

    Raises:
        ReleaseError: the file is not UTF-8, or not a table with a header.
    """
    before = csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = next(reader, [])
            for row in reader:
                if len(row) != len(header):
                    raise ReleaseError(
                        f"{path.name}, line {reader.line_num}: {len(row)} cells, "
                        f"the header has {len(header)}"
                    )
                yield dict(zip(header, map(restore, row), strict=True))
    except (csv.Error, UnicodeDecodeError) as fault:
        raise ReleaseError(f"{path.name} cannot be read as CSV: {fault}") from fault
    finally:
        csv.field_size_limit(before)


def read_header(path: Path) -> list[str]:
    """Return the column names of a CSV file, none if it is empty or cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return next(csv.reader(lines), [])
    except (OSError, csv.Error, UnicodeDecodeError):
        return []
