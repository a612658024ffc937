"""Which passage speaks about which picture."""

from __future__ import annotations

import pytest

from pipeline.extract.deck import Passage
from pipeline.extract.nearby import is_labelled, nearest_passages
from pipeline.extract.pdf_text import cluster_lines


def test_lines_are_joined_by_size_and_edge_and_not_across_columns():
    lines = [
        Passage((40, 100, 200, 112), "An annular plaque", 11.0),
        Passage((300, 100, 460, 112), "A burrow", 11.0),
        Passage((40, 114, 180, 126), "with a raised border", 11.0),
        Passage((300, 114, 420, 126), "on the wrist", 11.0),
        Passage((40, 130, 200, 148), "Heading", 18.0),
        Passage((60, 400, 200, 412), "far below", 11.0),
    ]

    assert sorted(each.text for each in cluster_lines(lines)) == [
        "A burrow on the wrist",
        "An annular plaque with a raised border",
        "Heading",
        "far below",
    ]


def test_the_nearest_passage_is_below_or_above_and_else_beside():
    shown = (100.0, 100.0, 300.0, 300.0)
    below = Passage((100, 305, 300, 330), "below it")
    above = Passage((100, 80, 300, 95), "above it")
    beside = Passage((310, 120, 500, 280), "beside it")
    inside = Passage((120, 180, 200, 200), "burned in")
    number = Passage((150, 301, 200, 309), "17")

    assert nearest_passages([shown], [above, below, number], (960.0, 540.0)) == [(below, 0.9)]
    assert nearest_passages([shown], [inside, beside, above], (960.0, 540.0)) == [(above, 0.9)]
    assert nearest_passages([shown], [inside, beside], (960.0, 540.0)) == [(beside, 0.7)]
    assert nearest_passages([shown], [inside, number], (960.0, 540.0)) == [None]


@pytest.mark.parametrize("side", ["below", "above"])
def test_in_a_tight_grid_all_captions_stand_on_the_same_side(side):
    # the caption of the other row is nearer to a picture than its own
    pictures = [(0.0, 40.0, 200.0, 200.0), (0.0, 240.0, 200.0, 400.0)]
    places = (210, 410) if side == "below" else (18, 218)
    if side == "above":
        pictures = [(0.0, 40.0, 200.0, 215.0), (0.0, 240.0, 200.0, 400.0)]
    own = [Passage((0, top, 200, top + 12), f"caption at {top}") for top in places]
    if side == "below":
        own[0] = Passage((0, 212, 200, 236), "caption of the first row")

    assert nearest_passages(pictures, own, (960.0, 540.0)) == [(own[0], 0.9), (own[1], 0.9)]


def test_a_figure_s_own_caption_comes_before_text_that_is_nearer():
    shown = (100.0, 100.0, 300.0, 300.0)
    body = Passage((100, 304, 300, 360), "The patient was treated with ointments for a month.")
    caption = Passage((310, 200, 480, 260), "Figure 3. Plaques on the elbow.")

    assert nearest_passages([shown], [body, caption], (960.0, 540.0)) == [(caption, 0.7)]
    assert nearest_passages([shown], [body], (960.0, 540.0)) == [(body, 0.9)]
    long = Passage(body.box, "and so it goes on, " * 50)
    assert nearest_passages([shown], [long], (960.0, 540.0)) == [None]


@pytest.mark.parametrize(
    "words",
    [
        "Figure 3. Plaques",
        "Fig. 2a: nodules",
        "FIG 12",
        "Abb. 4",
        "Plate IV",
        "Supplementary Figure S1",
    ],
)
def test_captions_are_known_by_their_first_words(words):
    assert is_labelled(words)


@pytest.mark.parametrize("words", ["Figures of speech", "figured 3", "The image 3", "Imagery", "3"])
def test_other_words_are_no_caption(words):
    assert not is_labelled(words)


def test_pictures_side_by_side_share_the_caption_below_both():
    left, right = (100.0, 100.0, 300.0, 300.0), (310.0, 100.0, 500.0, 300.0)
    caption = Passage((100, 310, 260, 330), "Figure 1. Before and after treatment.")
    centred = Passage((240, 310, 370, 330), "Figure 1. Before and after treatment.")

    assert nearest_passages([left, right], [caption], (960.0, 540.0)) == [
        (caption, 0.9),
        (caption, 0.6),
    ]
    assert nearest_passages([left, right], [centred], (960.0, 540.0)) == [
        (centred, 0.9),
        (centred, 0.9),
    ]


def test_a_caption_in_one_column_is_not_that_of_the_other():
    left, right = (40.0, 100.0, 290.0, 300.0), (310.0, 400.0, 560.0, 600.0)
    captions = [
        Passage((40, 306, 290, 330), "Figure 1. Left."),
        Passage((310, 606, 560, 630), "Figure 2. Right."),
    ]
    body = [
        Passage((310, 60, 560, 395), "Text of the right column " * 10),
        Passage((40, 340, 290, 700), "Text of the left column " * 10),
    ]

    found = nearest_passages([left, right], [*body, *captions], (600.0, 800.0))
    assert found == [(captions[0], 0.9), (captions[1], 0.9)]


def test_a_scanned_page_speaks_for_itself_if_it_holds_one_caption():
    scan = (0.0, 0.0, 600.0, 800.0)
    caption = Passage((50, 600, 500, 640), "Fig. 7. A keloid of the ear lobe.")
    body = Passage((50, 660, 500, 700), "and more")

    assert nearest_passages([scan], [body, caption], (600.0, 800.0)) == [(caption, 0.7)]
    assert nearest_passages([scan], [body], (600.0, 800.0)) == [None]


def test_a_caption_begins_a_passage_of_its_own():
    lines = [
        Passage((40, 100, 200, 112), "the last line of a paragraph", 11.0),
        Passage((40, 114, 200, 126), "Figure 2. A burrow", 11.0),
        Passage((40, 128, 200, 140), "on the wrist.", 11.0),
    ]

    assert [each.text for each in cluster_lines(lines)] == [
        "the last line of a paragraph",
        "Figure 2. A burrow on the wrist.",
    ]
