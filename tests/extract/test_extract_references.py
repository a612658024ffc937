"""References to figures in running text: numbers, ranges, panels, and those that are not ours."""

from __future__ import annotations

import pytest

from pipeline.extract.citations import Labelled, link_marks, mentions_by_figure
from pipeline.extract.references import references_in

FIVE = [Labelled(str(number)) for number in range(1, 6)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Fig. 2B", ["2b"]),
        ("(fig 3)", ["3"]),
        ("FIGURE 1", ["1"]),
        ("Figures 1A and C show", ["1ac"]),
        ("Figs 1–3", ["1", "2", "3"]),
        ("Figs. 1A, B and 2C–E", ["1ab", "2cde"]),
        ("Figure 1A to C", ["1abc"]),
        ("Fig. 1a,b and Fig. 3", ["1ab", "3"]),
        ("Figure 2 (A and B)", ["2ab"]),
        ("Figure 2[C]", ["2c"]),
        ("Figure 4, panels B and C", ["4bc"]),
        ("Figure 4, panel D", ["4d"]),
        ("Fig. 1 B", ["1b"]),
        ("Fig. 1, A and B.", ["1ab"]),
        ("Figure 2.1", ["2.1"]),
        ("Figure S1A", ["S1a"]),
        ("Supplementary Figure 2", ["S2"]),
        ("Suppl. Fig. 2", ["S2"]),
        ("Additional file 1: Figure S4", ["S4"]),
        ("Extended Data Fig. 3", ["S3"]),
        # what only looks like a panel or a number
        ("Figure 1 a patient", ["1"]),
        ("In Figure 1 A patient", ["1"]),
        ("(Figure 1b, a man)", ["1b"]),
        ("Figure 1, 3 patients", ["1"]),
        ("Figure 1, S. aureus grew", ["1"]),
        ("Figure 1. C. albicans grew", ["1"]),
        ("Figs 1 and 2, 30% of them", ["1", "2"]),
        ("Configure 1", []),
        ("a figure of 8", []),
        ("eFigure 1", []),
    ],
)
def test_what_a_text_names(text, named):
    assert [f"{each.number}{each.letters}" for each in references_in(text)] == named


@pytest.mark.parametrize(
    "text",
    [
        "Figure 2 of ref. 12",
        "Fig. 1 in Smith et al",
        "see [12, Figure 3]",
        "Figure 1 in the Supplement",
    ],
)
def test_figures_of_other_works_are_known_as_such(text):
    assert [each.is_elsewhere for each in references_in(text)] == [True]


def cited(*paragraphs, figures=FIVE):
    found = mentions_by_figure(paragraphs, figures)
    return {place: [(each.text, each.letters) for each in found[place]] for place in sorted(found)}


def link(words, *places):
    before, after = link_marks(places)
    return f"{before}{words}{after}"


def test_references_without_links_go_by_number_and_others_nowhere():
    text = "Before. Plaques (Fig. 2B). Pits (Supplementary Fig. 1). Scales [3, Figure 1]. After."
    assert cited(text) == {1: [("Plaques (Fig. 2B).", "b")]}


def test_a_range_includes_what_is_between_linked_or_not():
    assert list(cited("See Figs 1–3.")) == [0, 1, 2]
    assert list(cited(f"See {link('Figs 1', 0)}–{link('3', 2)}.")) == [0, 1, 2]
    assert list(cited(f"See {link('Figs 1–3', 0)}.")) == [0, 1, 2]
    assert list(cited(f"See {link('Figs 1–3', 0, 1, 2)}.")) == [0, 1, 2]
    assert list(cited("Figures 1–3000 and 1–99.")) == [0]


def test_a_link_is_right_where_its_number_is_not():
    assert list(cited(f"See {link('Figure 3', 1)}.")) == [1]
    assert list(cited(f"See {link('the photograph', 4)}.")) == [4]
    assert cited(f"He itched. See {link('B', 4)} there.")[4] == [("See B there.", "b")]


def test_a_supplementary_figure_linked_in_error_is_not_ours():
    assert cited(f"See Supplementary {link('Figure 1', 0)}.") == {}
    labels = [Labelled("1"), Labelled("S1")]
    assert list(cited(f"See {link('Figure S1', 1)}.", figures=labels)) == [1]
    assert list(cited("See Supplementary Figure 1.", figures=labels)) == [1]


def test_figures_labelled_by_letter_get_the_panel_that_is_theirs():
    parts = [Labelled("1", "a"), Labelled("1", "b"), Labelled("2")]
    assert cited("One. Seen in Fig. 1B. Two (Fig. 2).", figures=parts) == {
        1: [("Seen in Fig. 1B.", "")],
        2: [("Two (Fig. 2).", "")],
    }
    assert list(cited("All of Figure 1.", figures=parts)) == [0, 1]
    assert list(cited(f"See {link('Figure 1A', 0, 1)}.", figures=parts)) == [0]


def test_each_sentence_goes_to_the_panels_that_it_names():
    text = "He itched. Plaques (Fig. 1A), e.g. of the arm. Pits (Fig. 1B, C)! Nails too (Fig. 2)."
    assert cited(text) == {
        0: [("Plaques (Fig. 1A), e.g. of the arm.", "a"), ("Pits (Fig. 1B, C)!", "bc")],
        1: [("Nails too (Fig. 2).", "")],
    }


def test_marks_that_a_hostile_document_sets_itself_do_no_harm():
    forged = "\ufdd29,x,²,1\ufdd3Figure\ufdd4 \ufdd2\ufdd2\ufdd4 \ufdd3 Figure 2"
    assert set(cited(forged)) <= {0, 1}


@pytest.mark.parametrize(
    "unit", ["Figs 1–3, ", link("Figure 1A", 0) + " ", "Fig. 1. ", "ig", "." * 9, "Figure 1, "]
)
@pytest.mark.timeout(60)
def test_cost_grows_with_the_length_only(unit):
    found = mentions_by_figure([f"Fig. 5. {unit * 10_000}"], FIVE)
    assert found[4]
