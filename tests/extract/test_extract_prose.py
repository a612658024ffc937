"""Words of a JATS element: nothing lost, nothing read twice, formulae as text."""

from __future__ import annotations

import pytest
from lxml import etree

from pipeline.extract.jats import parse_article
from pipeline.extract.prose import lines_of, settle_entities, words_of

MATH = 'xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:xlink="http://www.w3.org/1999/xlink"'


def words(inside):
    return words_of(etree.fromstring(f"<p {MATH}>{inside}</p>"))


@pytest.mark.parametrize(
    ("inside", "read"),
    [
        ("Na<sub>2</sub>CO<sub>3</sub>, <italic>in <bold>vivo</bold></italic>", "Na2CO3, in vivo"),
        ("CD8<sup>+</sup> and 1<sup>st</sup>, mm<sup>2</sup>", "CD8+ and 1st, mm2"),
        ("10<sup>6</sup> and 10<sup>−3</sup>", "10^6 and 10^−3"),
        ("see <xref ref-type='table' rid='T1'>Table 1</xref>.", "see Table 1."),
        ("by Lee [<xref ref-type='bibr' rid='B1'>1</xref>]", "by Lee [1]"),
        ("acne<sup><xref ref-type='bibr' rid='B'>1</xref>,<xref>2</xref></sup>", "acne [1,2]"),
        ("acne<xref ref-type='bibr' rid='B1'><sup>1</sup></xref> too", "acne [1] too"),
        ("acne.<sup>1–3</sup> Next", "acne. [1–3] Next"),
        ("acne<sup>[<xref ref-type='bibr' rid='B1'>1</xref>]</sup>", "acne [1]"),
        ("plaque<xref ref-type='fn' rid='n1'><sup>*</sup></xref>,", "plaque,"),
        ("plaque<fn id='n1'><p>A note.</p></fn>,", "plaque,"),
        ("see <xref ref-type='fn' rid='n1'>the footnote</xref>", "see the footnote"),
        ("a\n   b\t<break/>c\u00a0d\u2009e", "a b c d e"),
        ("β-haemolytic 紫斑 ñ 𝛼 ½ é", "β-haemolytic 紫斑 ñ 𝛼 ½ é"),
        ("<named-content><styled-content>kept</styled-content></named-content>", "kept"),
        ("<email>x</email> <uri>y</uri> <ext-link xlink:href='u'>z</ext-link>", "x y z"),
        ("p<inline-formula><mml:math><mml:mo>&lt;</mml:mo><mml:mn>0.05</mml:mn></mml:math>"
         "</inline-formula>", "p<0.05"),
        ("<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>", "x^2"),
        ("<mml:math><mml:mfrac><mml:mi>a</mml:mi><mml:mi>b</mml:mi></mml:mfrac></mml:math>", "a/b"),
        ("<inline-formula><alternatives><tex-math>\\documentclass[12pt]{minimal}\\begin{document}"
         "$$p&lt;1$$\\end{document}</tex-math><mml:math><mml:mi>p</mml:mi></mml:math>"
         "<inline-graphic xlink:href='g'/></alternatives></inline-formula>", "p"),
        ("<inline-formula><tex-math>\\documentclass[12pt]{minimal}\\usepackage{a}\\begin{document}"
         "$$p&lt;1$$\\end{document}</tex-math></inline-formula>", "p<1"),
        ("<inline-formula><tex-math><![CDATA[$p<1$]]></tex-math></inline-formula>", "p<1"),
        ("one<fig><caption><p>no</p></caption></fig> two<table-wrap>no</table-wrap>", "one two"),
        ("<list><list-item><label>1</label><p>a</p></list-item><list-item>b</list-item></list>",
         "1 a b"),
        ("<alternatives><graphic><alt-text>no</alt-text></graphic></alternatives>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_read(inside, read):
    assert words(inside) == read


def test_blocks_are_lines_and_panel_letters_in_bold_are_marked():
    caption = etree.fromstring(
        "<caption><title>Acne</title><p><bold>A</bold> one <bold>loud</bold>"
        "<bold>(<italic>b</italic>)</bold> two</p></caption>"
    )
    assert lines_of(caption) == "Acne\n\ufdd0A\ufdd1 one loud\ufdd0(b)\ufdd1 two"
    assert lines_of(None) == words_of(None) == ""


def test_text_outside_of_paragraphs_is_read():
    assert lines_of(etree.fromstring("<caption>Old <bold>style</bold>.</caption>")) == "Old style."


def test_entities_keep_their_place():
    parser = etree.XMLParser(resolve_entities=False)
    root = etree.fromstring(
        '<!DOCTYPE p PUBLIC "x" "y" [<!ENTITY own "secret">]>'
        "<p>a&nbsp;b<i>&alpha;</i>c&own;d&eacute;e</p>",
        parser,
    )
    settle_entities(root)
    assert words_of(root) == "a bαcdée"


@pytest.mark.parametrize(
    "unit",
    [
        "&nbsp;",
        "<sup>1</sup>",
        "<bold>A</bold> ",
        "<xref rid='F1'>1</xref>",
        "<fig id='F1'><caption><p>(A) x</p></caption></fig>",
        "<fig-group id='F1'><fig><graphic href='a'/></fig></fig-group>",
        "<list-item>Fig. 1</list-item>",
        "<alternatives><tex-math>$</tex-math></alternatives>",
        "<permissions><copyright-holder>x</copyright-holder></permissions>",
    ],
)
@pytest.mark.timeout(60)
def test_cost_grows_with_the_length_only(unit):
    content = (
        '<!DOCTYPE article PUBLIC "x" "y"><article><body><fig id="F1"><label>Fig 1</label>'
        f"<caption><p>{unit * 2_000}</p></caption></fig><p>Fig. 1 {unit * 2_000}</p></body>"
        "</article>"
    )
    assert parse_article(content.encode()).figures[0].label == "Fig 1"
