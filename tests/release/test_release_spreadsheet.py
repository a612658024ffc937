import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ReleaseError
from pipeline.release.spreadsheet import csv_bytes, defuse, read_csv, restore


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\tx", "\rx", "\nx", "＝1", "'=1"])
def test_formulas_are_defused(text: str) -> None:
    assert defuse(text) == f"'{text}"
    assert restore(defuse(text)) == text


@pytest.mark.parametrize("text", ["", "plaque", "'quoted'", "a=b", "5 cm"])
def test_other_text_is_left_alone(text: str) -> None:
    assert defuse(text) == text == restore(text)


@given(st.text(alphabet="'=+-@\t\r\nab", max_size=6) | st.text(max_size=20))
def test_every_text_comes_back(text: str) -> None:
    assert restore(defuse(text)) == text
    assert defuse(text)[:1] not in tuple("=+-@\t\r")


def test_file_round_trip(tmp_path: Path) -> None:
    rows = [["a.jpg", 'say "=1", twice\nover'], ["b.jpg", "=1"], ["c.jpg", "x" * 1_000_000]]
    path = tmp_path / "x.csv"
    path.write_bytes(csv_bytes(("filename", "caption"), rows, bom=True))
    assert [list(row.values()) for row in read_csv(path)] == rows
    assert csv.field_size_limit() == 131072


def test_ragged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\r\n1,2,3\r\n")
    with pytest.raises(ReleaseError, match="line 2: 3 cells, the header has 2"):
        list(read_csv(path))
    path.write_bytes(b"a,b\r\n\xff,2\r\n")
    with pytest.raises(ReleaseError, match="cannot be read as CSV"):
        list(read_csv(path))
