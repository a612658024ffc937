"""JATS: every form in which real articles give a figure, and what must not be read."""

from __future__ import annotations

import pytest

from pipeline.extract.citations import Mention
from pipeline.extract.jats import MAX_XML_BYTES, JatsError, parse_article
from pipeline.extract.subcaptions import BOLD_END, BOLD_START, expand_letters, split_caption

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def article(body: str, after: str = "", front: str = "", prologue: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{prologue}<article {XLINK} xml:lang="en"><front><article-meta>'
        f"<title-group><article-title>A <italic>case</italic></article-title></title-group>{front}"
        f"</article-meta></front><body>{body}</body>{after}</article>"
    ).encode()


def figures(body: str, **parts: str):
    return parse_article(article(body, **parts)).figures


def only(body: str, **parts: str):
    found = figures(body, **parts)
    assert len(found) == 1
    return found[0]


def test_title_language_and_licence():
    front = (
        '<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/">'
        "<license-p>CC BY</license-p></license></permissions>"
    )
    read = parse_article(article("<p/>", front=front))
    assert (read.title, read.language) == ("A case", "en")
    assert read.licence_ref == "https://creativecommons.org/licenses/by/4.0/"
    ali = (
        '<permissions><license xmlns:ali="http://www.niso.org/schemas/ali/1.0/"><ali:license_ref>'
        " https://creativecommons.org/licenses/by-nc/4.0/ </ali:license_ref></license>"
        "</permissions>"
    )
    licence = parse_article(article("<p/>", front=ali)).licence_ref
    assert licence == "https://creativecommons.org/licenses/by-nc/4.0/"


def test_a_figure_with_title_markup_and_subcaptions():
    figure = only(
        '<fig id="F1" position="float"><label>Figure 1</label><caption><title>Basal cell carcinoma.'
        "</title><p>(<bold>A</bold>) Clinical. (<bold>B</bold>) Dermoscopy, Na<sub>2</sub>.</p>"
        '</caption><graphic xlink:href="fimmu-08-00001-g001"/></fig>'
    )
    assert (figure.figure_id, figure.label) == ("F1", "Figure 1")
    assert figure.caption == "Basal cell carcinoma. (A) Clinical. (B) Dermoscopy, Na2."
    assert figure.parts.lead == "Basal cell carcinoma."
    assert figure.parts.by_letter == {"a": "Clinical.", "b": "Dermoscopy, Na2."}
    assert figure.graphics == (("fimmu-08-00001-g001",),)
    assert figure.rights is None


def test_alternatives_are_one_picture_and_several_graphics_are_several():
    figure = only(
        '<fig id="F2"><alternatives><graphic xlink:href="g2.tif"/>'
        '<graphic xlink:href="g2.jpg" specific-use="web"/></alternatives>'
        '<p><graphic id="first-attribute" xlink:href="g3"/></p><graphic xlink:href=" "/></fig>'
    )
    assert figure.graphics == (("g2.tif", "g2.jpg"), ("g3",))


def test_a_figure_without_caption_borrows_none():
    with_caption, without = figures(
        '<fig id="F1"><caption><p>Melanoma.</p></caption><graphic xlink:href="a"/></fig>'
        '<fig id="F2"><label>Fig 2</label><graphic xlink:href="b"/></fig>'
    )
    assert with_caption.caption == "Melanoma."
    assert without.caption == ""
    assert without.parts.lead == ""


def test_figures_without_id_are_named_by_position_and_repeated_ids_are_told_apart():
    body = "".join(
        f'<fig{given}><graphic xlink:href="x{n}"/></fig>'
        for n, given in enumerate(["", ' id="F2"', ' id="F2"', "", ' id="a/b #c"'])
    )
    names = [each.figure_id for each in figures(body)]
    assert names == ["fig-1", "F2", "F2-2", "fig-4", "a_b_c"]


def test_groups_paragraphs_boxes_and_floats_hold_figures():
    body = (
        '<fig-group id="FG"><caption><p>Both arms.</p></caption><fig id="F5a"><graphic '
        'xlink:href="a"/></fig><fig id="F5b"><caption><p>Left.</p></caption><graphic '
        'xlink:href="b"/></fig></fig-group>'
        '<p>text <fig id="F6"><caption><p>Inside.</p></caption><graphic xlink:href="c"/></fig> more'
        ' (<xref rid="F6">Fig 6</xref>)</p><boxed-text><p>Box</p><fig id="F8"><graphic '
        'xlink:href="d"/></fig></boxed-text><supplementary-material><media xlink:href="s1.zip"/>'
        "</supplementary-material>"
    )
    after = '<floats-group><fig id="F7"><graphic xlink:href="e"/></fig></floats-group>'
    found = {each.figure_id: each for each in figures(body, after=after)}
    assert list(found) == ["F5a", "F5b", "F6", "F8", "F7"]
    assert (found["F5a"].caption, found["F5a"].group_caption) == ("", "Both arms.")
    assert (found["F5b"].caption, found["F5b"].group_caption) == ("Left.", "Both arms.")
    assert found["F6"].group_caption == ""
    assert found["F6"].mentions == (Mention("text more (Fig 6)"),)


def test_figures_of_reviews_and_translations_are_left_out():
    again = '<sub-article><body><fig id="F1"><graphic xlink:href="a"/></fig></body></sub-article>'
    assert len(figures('<fig id="F1"><graphic xlink:href="a"/></fig>', after=again)) == 1


FIGURES = (
    '<fig id="F1"><label>Figure 1</label><graphic xlink:href="a"/></fig>'
    '<fig id="F2"><label>Figure 2</label><graphic xlink:href="b"/></fig>'
)


def mentions(paragraph: str) -> dict[str, list[tuple[str, str]]]:
    found = figures(f"<p>{paragraph}</p>{FIGURES}")
    return {each.figure_id: [(m.text, m.letters) for m in each.mentions] for each in found}


def ref(rid: str, text: str) -> str:
    return f'<xref ref-type="fig" rid="{rid}">{text}</xref>'


def test_a_paragraph_about_one_figure_is_taken_whole():
    found = mentions(f"A man, 45 years. He had plaques ({ref('F1', 'Figure 1')}). It itched.")
    assert found == {
        "F1": [("A man, 45 years. He had plaques (Figure 1). It itched.", "")],
        "F2": [],
    }


def test_one_reference_cites_several_figures():
    found = mentions(f"No fever ({ref('F1 F2', 'Figs 1 and 2')}).")
    assert found == {
        "F1": [("No fever (Figs 1 and 2).", "")],
        "F2": [("No fever (Figs 1 and 2).", "")],
    }


@pytest.mark.parametrize(
    ("cited", "letters"),
    [
        (ref("F1", "Figure 1A"), "a"),
        (ref("F1", "Fig. 1a, b"), "ab"),
        (ref("F1", "Figure 1A–C"), "abc"),
        (ref("F1", "Figures 1A and D"), "ad"),
        (f"{ref('F1', 'Figure 1A')}, {ref('F1', 'B')}", "ab"),
        (f"{ref('F1', 'Figure 1A')}–{ref('F1', 'D')}", "abcd"),
        (f"{ref('F1', 'Figure 1')}B", "b"),
        (f"{ref('F1', 'Figure 1')} a patient", ""),
        (f"{ref('F1', 'Figure 1A')} and again {ref('F1', 'Figure 1')}", ""),
    ],
)
def test_panels_that_a_reference_names(cited, letters):
    [(text, named)] = mentions(f"Before. Seen in {cited} here. After {ref('F2', 'Figure 2')}.")[
        "F1"
    ]
    assert named == letters
    assert text.startswith("Seen in Fig")
    assert "Before" not in text
    assert "After" not in text


def test_letters_go_to_the_figure_whose_number_they_follow():
    found = mentions(f"See {ref('F1 F2', 'Figures 1A and 2B, C')} here.")
    assert found["F1"] == [("See Figures 1A and 2B, C here.", "a")]
    assert found["F2"] == [("See Figures 1A and 2B, C here.", "bc")]


def test_a_caption_that_points_to_another_figure_is_no_mention():
    body = f"{FIGURES}<fig id='F3'><caption><p>As {ref('F1', 'Figure 1')}.</p></caption></fig>"
    assert figures(body)[0].mentions == ()


@pytest.mark.parametrize(
    ("inside", "is_stated"),
    [
        ("<caption><p>Reproduced with permission from Smith.</p></caption>", True),
        ("<caption><p>Adapted, with permission, from Lee et al.</p></caption>", True),
        ("<caption><p>Schema adapted from Lee et al.</p></caption>", True),
        ("<caption><p>Plaque.</p></caption><attrib>Reprinted from [3].</attrib>", True),
        ("<permissions><copyright-statement>© Smith</copyright-statement></permissions>", True),
        ("<caption><p>Reproduced with permission from the patient.</p></caption>", False),
        ("<caption><p>The rash of the patient from Kenya.</p></caption>", False),
    ],
)
def test_figures_that_are_somebody_elses(inside, is_stated):
    figure = only(f'<fig id="F1">{inside}<graphic xlink:href="a"/></fig>')
    assert (figure.rights is not None) is is_stated


def test_own_licence_of_a_figure_is_told():
    figure = only(
        '<fig id="F1"><permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"'
        '><license-p>Free.</license-p></license></permissions><graphic xlink:href="a"/></fig>'
    )
    assert figure.rights.licence.spdx == "CC-BY-4.0"
    assert figure.rights.evidence == "https://creativecommons.org/licenses/by/4.0/ Free."


def bold(letters):
    return f"{BOLD_START}{letters}{BOLD_END}"


@pytest.mark.parametrize(
    ("caption", "lead", "by_letter"),
    [
        (
            "Lesions.\n(A) Elbow. (B) Nail. (C, D) After treatment.",
            "Lesions.",
            {"a": "Elbow.", "b": "Nail.", "c": "After treatment.", "d": "After treatment."},
        ),
        ("(A–C) Old; (D) new.", "", {"a": "Old", "b": "Old", "c": "Old", "d": "new."}),
        ("A: Elbow. B: Nail.", "", {"a": "Elbow.", "b": "Nail."}),
        ("a) Elbow; b) nail.", "", {"a": "Elbow", "b": "nail."}),
        ("A. Elbow. B. Nail.\nScale bar, 5 mm.", "Scale bar, 5 mm.", {"a": "Elbow.", "b": "Nail."}),
        (f"We: {bold('a')}, Arm. {bold('b–c')} Leg", "We", {"a": "Arm.", "b": "Leg", "c": "Leg"}),
        ("A, Elbow. B and C, Nail.", "", {"a": "Elbow.", "b": "Nail.", "c": "Nail."}),
        ("A – elbow; B – nail.", "", {"a": "elbow", "b": "nail."}),
        ("Panel A shows skin. Panel B, hair.", "", {"a": "shows skin.", "b": "hair."}),
        ("(panel A) Skin. (panel B) Hair.", "", {"a": "Skin.", "b": "Hair."}),
        ("Found: (i) skin; (ii) hair.", "Found", {"a": "skin", "b": "hair."}),
        ("Signs: (i) fever, (iii) rash.", None, {}),
        ("He had (i) fever.", None, {}),
        ("Before (A) and after (B) treatment.", "treatment.", {"a": "Before", "b": "after"}),
        ("Views of (A) an arm and (B) a leg", "Views of", {"a": "an arm", "b": "a leg"}),
        ("Plaque on the arm (A) and the leg (B).", "", {"a": "Plaque on the arm", "b": "the leg"}),
        ("Photos (A, B): (A) before, (B) after.", "Photos", {"a": "before", "b": "after."}),
        ("Stained with hematoxylin (H) and eosin (E).", None, {}),
        ("Vitamin (A) only.", None, {}),
        ("A 45-year-old man. B cells.", None, {}),
        ("", None, {}),
    ],
)  # fmt: skip
def test_subcaptions(caption, lead, by_letter):
    parts = split_caption(caption)
    assert parts.by_letter == by_letter
    assert parts.lead == (caption if lead is None else lead)


@pytest.mark.parametrize(
    ("caption", "layout", "by_letter"),
    [
        ("Left: old. Right: new.", "row", {"a": "old.", "b": "new."}),
        ("Before (left) and after (right).", "row", {"a": "Before", "b": "after"}),
        ("(right panel) New; (left panel) old.", "row", {"a": "old.", "b": "New"}),
        ("Upper panel: arm. Lower panel: leg.", "column", {"a": "arm.", "b": "leg."}),
        ("Top: x. Middle: y. Bottom: z.", "column", {"a": "x.", "b": "y.", "c": "z."}),
        (
            "(upper left) p, (upper right) q, (lower left) r, (lower right) s",
            "grid",
            {"a": "p", "b": "q", "c": "r", "d": "s"},
        ),
        ("(A) Left: arm. (B) Right: leg.", None, {"a": "Left: arm.", "b": "Right: leg."}),
        ("Plaques on the left: many. Right leg.", None, {}),
        ("Left and right legs.", None, {}),
        ("Left: old.", None, {}),
    ],
)
def test_panels_told_by_their_places(caption, layout, by_letter):
    parts = split_caption(caption)
    assert (parts.layout, parts.by_letter) == (layout, by_letter)


def test_ranges_of_letters():
    assert expand_letters("A–C") == "abc"
    assert expand_letters("B, D and e") == "bde"
    assert expand_letters("A and B") == "ab"
    assert expand_letters("C to E") == "cde"


def test_html_entities_are_read_and_declared_ones_are_not():
    declared = (
        '<!DOCTYPE article PUBLIC "-//NLM//DTD" "JATS.dtd" '
        '[<!ENTITY lol "haha"><!ENTITY file SYSTEM "file:///etc/hostname">]>'
    )
    figure = only(
        '<fig id="F1"><caption><p>5&nbsp;mm &lol;&file;&times;2</p></caption></fig>',
        prologue=declared,
    )
    assert figure.caption == "5 mm ×2"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<article><body></article>",
        b"<html><body>Access denied</body></html>",
        b"\xff\xfe\x00garbage",
        b'<?xml version="1.0" encoding="no-such-code"?><article/>',
        b"<article>" + b"<p>" * 5000 + b"</p>" * 5000 + b"</article>",
        b"<article>" + b" " * MAX_XML_BYTES + b"</article>",
    ],
)
def test_what_is_no_article_is_one_error(content):
    with pytest.raises(JatsError):
        parse_article(content)


@pytest.mark.timeout(60)
def test_cost_grows_with_the_length_only():
    n = 1_500
    cited = f"<p>See {ref('F1', 'Figure 1A')}. {'.' * 50} {ref('F2', 'Figure 2')}</p>"
    group = "<fig-group>" + '<fig id="F9"><graphic xlink:href="c"/></fig>' * n + "</fig-group>"
    found = parse_article(article(FIGURES + cited * n + f"<p>{'word . ' * n}</p>" + group)).figures
    assert len(found) == n + 2


@pytest.mark.parametrize(
    "references",
    [
        "<ref-list><ref>&nbsp;x</ref></ref-list>",
        "<ref-list><ref-list><ref/></ref-list></ref-list>",
        "<!-- <ref-list> --><ref-list/>",
        "<ref-list/><p>x</p><!-- </ref-list> -->",
        "<![CDATA[<ref-list>]]>",
        "<p>ref-list</p><ref-list xml:lang='en'></ref-list>",
    ],
)
def test_references_are_cut_without_loss(references):
    prologue = '<!DOCTYPE article PUBLIC "x" "y">'
    fig = '<fig id="F1"><graphic xlink:href="a"/></fig>'
    for before, after in (
        (references, ""),
        ("", references),
        (references, f"<app>{references}</app>"),
    ):
        content = article(before + fig, after=f"<back>{after}</back>", prologue=prologue)
        assert [each.figure_id for each in parse_article(content).figures] == ["F1"]


def test_a_figure_among_the_references_is_found():
    after = '<back><ref-list><ref><fig id="F1"/></ref></ref-list></back>'
    assert [each.figure_id for each in figures("<p/>", after=after)] == ["F1"]


def test_an_article_cut_short_in_its_references_is_an_error():
    whole = article("<p/>", after="<back><ref-list><ref>x</ref></ref-list></back>")
    for length in range(len(whole) - 45, len(whole)):
        with pytest.raises(JatsError):
            parse_article(whole[:length])


def test_a_bomb_of_entities_is_one_error():
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    prologue = f'<!DOCTYPE article [<!ENTITY a0 "ha">{bomb}]>'
    for body in ('<fig id="&a11;"/>', "<fig><caption><p>x&a11;y</p></caption></fig>"):
        with pytest.raises(JatsError, match="amplification"):
            parse_article(article(body, prologue=prologue))
