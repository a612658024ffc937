from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.release.content import Content, compose
from pipeline.release.counts import n_filled, tally
from pipeline.release.expect import breaches
from pipeline.release.inputs import gather_inputs
from pipeline.store import Run
from tests.release.release_world import make_catalog


@pytest.fixture
def content(run: Run) -> Content:
    inputs = gather_inputs(run, "derm")
    return compose(run, run.catalog.release("derm"), inputs, lambda _what: None)


def changed(content: Content, column: str, values: list[str]) -> Content:
    at = content.rows.schema.get_field_index(column)
    field = content.rows.schema.field(at)
    rows = content.rows.set_column(at, field, pa.array(values, field.type))
    return replace(content, rows=rows)


def test_good_content_has_no_breach(content: Content) -> None:
    assert breaches(content, make_catalog().release("derm")) == []


def test_leakage_is_a_breach_that_no_entry_permits(content: Content) -> None:
    entry = make_catalog().release("derm")
    torn = changed(content, "group_id", ["one"] * 6)
    assert breaches(torn, entry) == ["1 groups lie in two splits, for example one"]
    same = changed(content, "sha256", ["ab"] * 6)
    assert breaches(same, entry) == ["1 pictures lie in two splits, for example ab"]


def test_licence_and_blank_captions_are_breaches(content: Content) -> None:
    entry = make_catalog().release("derm")
    tiers = changed(content, "licence_tier", ["open"] * 5 + ["unknown"])
    assert breaches(tiers, entry) == ["rows of licence tiers ['unknown'], allowed are ['open']"]
    blank = changed(content, "truncated_caption", ["a", " ", "", "b", "c", "d"])
    assert breaches(blank, entry) == ["2 rows have no truncated_caption"]


def test_empty_content_breaches_what_is_expected(content: Content) -> None:
    nothing = replace(content, rows=content.rows.slice(0, 0), withheld={})
    entry = make_catalog(expect={"min_rows": 0}).release("derm")
    assert breaches(nothing, entry) == []
    told = breaches(nothing, make_catalog(expect={"min_label_share": 0.1}).release("derm"))
    assert told == [
        "0 rows, at least 1 are expected",
        "label share 0.000, at least 0.1 is expected",
    ]


def test_tally_counts_entries_of_lists_and_names_null() -> None:
    assert tally(pa.chunked_array([["b", None, "b", "a"]])) == [("b", 2), ("a", 1), ("unknown", 1)]
    lists = pa.chunked_array([[["a", "b"], [], ["b"]]])
    assert tally(lists) == [("b", 2), ("a", 1)]
    assert n_filled(lists) == 2
    assert n_filled(pa.chunked_array([["a", "", None]])) == 1
