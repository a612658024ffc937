"""Figures in every form in which articles give them, each with its own words and no others'."""

from __future__ import annotations

import pytest

from pipeline.extract.citations import Mention
from pipeline.extract.jats import JatsError, parse_article

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'


def article(body, after="", front=""):
    return (
        f"<article {XLINK}><front><article-meta>{front}</article-meta></front>"
        f"<body>{body}</body>{after}</article>"
    )


def read(body, **parts):
    return {each.figure_id: each for each in parse_article(article(body, **parts).encode()).figures}


def fig(figure_id, inside="", href="", label=""):
    label = f"<label>{label}</label>" if label else ""
    graphic = f'<graphic xlink:href="{href}"/>' if href else ""
    return f'<fig id="{figure_id}">{label}{inside}{graphic}</fig>'


def caption(words):
    return f"<caption><p>{words}</p></caption>"


GRAPHIC = '<graphic xlink:href="own"/>'


@pytest.mark.parametrize(
    ("inside", "graphics"),
    [
        (GRAPHIC, (("own",),)),
        ('<graphic id="g1" xlink:href="own"/>', (("own",),)),
        ('<graphic href="own"/>', (("own",),)),
        ("<graphic/>", ()),
        ('<p><graphic xlink:href="a"/></p><p><graphic xlink:href="b"/></p>', (("a",), ("b",))),
        ('<graphic xlink:href="a.tif"/><graphic xlink:href="a.jpg"/>', (("a.tif", "a.jpg"),)),
        ('<graphic xlink:href="a.f1"/><graphic xlink:href="a.f2"/>', (("a.f1",), ("a.f2",))),
        (f"{GRAPHIC}{GRAPHIC}", (("own",),)),
        ('<media mimetype="image" xlink:href="m"/>', (("m",),)),
        ('<media xlink:href="m.JPG"/>', (("m.JPG",),)),
        ('<media mimetype="video" xlink:href="m.mp4"/>' + GRAPHIC, (("own",),)),
        ('<media xlink:href="m.zip"/>', ()),
        ('<graphic mimetype="video" xlink:href="m"/>', ()),
        ('<p><inline-graphic xlink:href="only"/></p>', (("only",),)),
        ('<caption><p><inline-graphic xlink:href="sign"/></p></caption>', ()),
        (f'<caption><p><inline-graphic xlink:href="s"/></p></caption>{GRAPHIC}', (("own",),)),
        (f'<table-wrap><graphic xlink:href="table"/></table-wrap>{GRAPHIC}', (("own",),)),
        (f'<disp-formula><graphic xlink:href="formula"/></disp-formula>{GRAPHIC}', (("own",),)),
        (
            '<p><inline-formula><alternatives><graphic xlink:href="x"/><mml:math/></alternatives>'
            f"</inline-formula></p>{GRAPHIC}",
            (("own",),),
        ),
        (
            "<supplementary-material><graphic xlink:href='s'/></supplementary-material>" + GRAPHIC,
            (("own",),),
        ),
        (
            '<alternatives><graphic xlink:href="a.tif"/><media mimetype="video" xlink:href="v"/>'
            '<graphic xlink:href="web/b.jpg"/></alternatives>',
            (("a.tif", "web/b.jpg"),),
        ),
    ],
)
def test_pictures_of_a_figure(inside, graphics):
    assert read(f'<fig id="F1">{inside}</fig>')["F1"].graphics == graphics


@pytest.mark.parametrize(
    "body",
    [
        '<supplementary-material><media xlink:href="s1.jpg"><caption><p>S.</p></caption></media>'
        "</supplementary-material>",
        '<table-wrap><graphic xlink:href="t"><caption><p>T.</p></caption></graphic></table-wrap>',
        '<p>Sign <inline-graphic xlink:href="i"/></p>',
        '<p><graphic xlink:href="decoration"/></p>',
        '<disp-formula><graphic xlink:href="e"/></disp-formula>',
        "<fig-group><caption><p>Empty.</p></caption></fig-group>",
    ],
)
def test_what_is_no_figure(body):
    assert read(body) == {}


def test_a_graphic_with_a_caption_of_its_own_is_a_figure():
    body = '<p><graphic id="G1" xlink:href="a"><caption><p>Plaque.</p></caption></graphic></p>'
    found = read(body)["G1"]
    assert (found.caption, found.graphics) == ("Plaque.", (("a",),))


def test_appendices_boxes_floats_and_abstracts_hold_figures():
    found = read(
        f"<boxed-text>{fig('F1', href='a')}</boxed-text>",
        front=f"<abstract>{fig('F0', href='z')}</abstract>",
        after=f"<back><app-group><app>{fig('F2', href='b')}</app></app-group></back>"
        f"<floats-group>{fig('F3', href='c')}</floats-group>",
    )
    assert list(found) == ["F0", "F1", "F2", "F3"]


def test_replies_and_translations_add_only_pictures_that_the_article_lacks():
    again = fig("F1", caption("Placa."), "a") + fig("R1", caption("Réponse."), "r")
    citing = '<p>Before. See <xref rid="F1">Fig. 1</xref>, as reviewed.</p>'
    found = read(
        fig("F1", caption("Plaque."), "a"),
        after=f'<sub-article xml:lang="fr-CA"><body>{citing}{again}</body>'
        f"<response><body>{fig('R2', href='r2')}</body></response></sub-article>",
    )
    assert {key: (each.caption, each.language) for key, each in found.items()} == {
        "F1": ("Plaque.", None),
        "R1": ("Réponse.", "fr"),
        "R2": ("", None),
    }
    assert found["F1"].mentions == ()


def test_what_a_figure_says_outside_its_caption_is_said_too():
    found = read(
        f'<fig id="F1"><caption><title>Title.</title><p>One.</p></caption><p>Two.</p>{GRAPHIC}'
        '<p><graphic xlink:href="b"/></p><graphic xlink:href="c">'
        "<alt-text>not read</alt-text><caption><p>Three.</p></caption></graphic>"
        "<attrib>Photo: we.</attrib></fig>"
    )["F1"]
    assert found.caption == "Title. One. Two. Three."


GROUP = caption("Arms. (A) Before. (B) After.")


@pytest.mark.parametrize(
    ("one", "two"),
    [("A", "B"), ("(a)", "(b)"), ("Figure 5A", "Figure 5B"), ("Panel A.", "Panel B."), ("", "")],
)
def test_a_group_tells_each_of_its_figures_its_part(one, two):
    inside = fig("F5a", href="a", label=one) + fig("F5b", href="b", label=two)
    citing = (
        '<p>He itched. Before (<xref rid="F5b">Figure 5</xref>B). All in Figure 5. Or Fig. 5A. '
        'And <xref rid="FG">Figure 5B</xref>.</p>'
    )
    found = read(f'{citing}<fig-group id="FG"><label>Figure 5</label>{GROUP}{inside}</fig-group>')
    assert [(each.group_caption, each.group_part) for each in found.values()] == [
        ("Arms.", "Before."),
        ("Arms.", "After."),
    ]
    assert found["F5a"].mentions == (Mention("All in Figure 5."), Mention("Or Fig. 5A."))
    assert found["F5b"].mentions == (
        Mention("Before (Figure 5B)."),
        Mention("All in Figure 5."),
        Mention("And Figure 5B."),
    )


def test_a_group_with_a_picture_of_its_own_is_a_figure():
    inside = fig("F1a", caption("Before."), label="A") + fig("F1b", caption("After."), label="B")
    body = f'<fig-group id="F1">{caption("Arms.")}<graphic xlink:href="a"/>{inside}</fig-group>'
    found = read(body)["F1"]
    assert found.graphics == (("a",),)
    assert found.caption == "Arms. (A) Before. (B) After."
    assert found.parts.by_letter == {"a": "Before.", "b": "After."}


def test_words_of_a_figure_without_picture_go_to_its_group():
    inside = fig("F1en", caption("Plaque.")) + fig("F1pt", caption("Placa."), "a")
    found = read(f'<fig-group id="F1">{inside}</fig-group>')
    assert found["F1pt"].caption == "Placa."
    assert found["F1pt"].group_caption == "Plaque."


def test_figures_within_figures_are_told_apart():
    inner = fig("F1a", caption("Inner."), "a")
    found = read(f'<fig id="F1">{caption("Outer.")}<p>More {inner} words.</p>{GRAPHIC}</fig>')
    assert found["F1"].caption == "Outer. More words."
    assert found["F1"].graphics == (("own",),)
    assert (found["F1a"].caption, found["F1a"].graphics) == ("Inner.", (("a",),))
    assert found["F1a"].group_caption == "Outer. More words."


def test_a_reference_to_what_is_in_a_figure_is_a_reference_to_it():
    body = (
        '<p>See <xref ref-type="fig" rid="g7">it</xref>.</p>'
        '<fig><graphic id="g7" xlink:href="a"/></fig>'
    )
    assert read(body)["fig-1"].mentions == (Mention("See it."),)


def test_mentions_without_cross_references_are_found_by_label():
    body = (
        "<p>Nothing here.</p><p>He itched. Plaques were seen (Fig. 1A and B).\n  Pits\n (Figure "
        "2). More in Supplementary Fig. 1.</p><list><list-item><p>Nails, Figure 2</p></list-item>"
        "</list>"
        f"{fig('F1', href='a', label='Figure 1.')}{fig('F2', href='b', label='Fig. 2')}"
        "<table-wrap><table><tr><td><p>Figure 1</p></td></tr></table></table-wrap>"
    )
    found = read(body)
    assert found["F1"].mentions == (Mention("Plaques were seen (Fig. 1A and B).", "ab"),)
    assert found["F2"].mentions == (Mention("Pits (Figure 2)."), Mention("Nails, Figure 2"))


def test_items_of_a_list_are_sentences_and_boxes_paragraphs_of_their_own():
    body = (
        "<p>We saw:<list><list-item><label>1.</label><p>plaques (Fig. 1A)</p></list-item>"
        "<list-item><p>pits (Fig. 1B)</p></list-item></list>"
        "<boxed-text><p>Boxed: Fig. 1.</p></boxed-text></p>" + fig("F1", href="a", label="Fig 1")
    )
    assert read(body)["F1"].mentions == (
        Mention("plaques (Fig. 1A)", "a"),
        Mention("pits (Fig. 1B)", "b"),
        Mention("Boxed: Fig. 1."),
    )


def test_the_figures_language_is_that_stated_nearest():
    body = f'<fig id="F1" xml:lang="pt-BR">{GRAPHIC}</fig>{fig("F2", href="b")}'
    content = article(body).replace("<article ", '<article xml:lang="EN" ', 1)
    found = parse_article(content.encode()).figures
    assert [each.language for each in found] == ["pt", "en"]


BODY = fig("F1", caption("Plaque."), "a")


@pytest.mark.parametrize(
    "content",
    [
        article(BODY),
        f"<pmc-articleset>{article(BODY)}</pmc-articleset>",
        article(BODY).replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/1.3" ', 1),
        "<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><record><metadata>"
        + article(BODY).replace("<article ", '<article xmlns="http://dtd.nlm.nih.gov/2.0" ', 1)
        + "</metadata></record></OAI-PMH>",
        article(f"<!-- <fig/> --><?pi <fig/>?>{BODY}").replace("Plaque", "Pl<!-- x -->a<?pi?>que"),
        article(BODY.replace("Plaque.", "<![CDATA[Plaque]]>.")),
        article(BODY).replace("<article ", '<j:article xmlns:j="urn:jats" ').replace(
            "</article>", "</j:article>"
        ),
        "\ufeff" + article(BODY),
    ],
)  # fmt: skip
def test_wrappers_namespaces_comments_and_sections_of_characters(content):
    [found] = parse_article(content.encode()).figures
    assert (found.figure_id, found.caption, found.graphics) == ("F1", "Plaque.", (("a",),))


def test_other_encodings_are_read():
    content = '<?xml version="1.0" encoding="UTF-16"?>' + article(fig("F1", caption("Haut­"), "a"))
    assert parse_article(content.encode("utf-16")).figures[0].caption == "Haut­"


@pytest.mark.parametrize(
    ("kind", "stated"),
    [
        ("pmc", "12"),
        ("pmc", "PMC12"),
        ("pmcid", "PMC12"),
        ("pmcid-ver", "PMC12.3"),
        ("pmcaid", "12"),
    ],
)
def test_identifiers_old_and_new(kind, stated):
    front = (
        '<article-id pub-id-type="doi">10.1/PMC9</article-id><article-id pub-id-type="pmid">7'
        f'</article-id><article-id pub-id-type="{kind}">{stated}</article-id>'
    )
    content = article(BODY, front=front)
    assert parse_article(content.encode(), "PMC12").pmcid == "PMC12"
    other = article(BODY.replace("F1", "X1"), front=front.replace("12", "13"))
    both = f"<pmc-articleset>{other}{content}</pmc-articleset>".encode()
    assert [each.figure_id for each in parse_article(both, "PMC12").figures] == ["F1"]
    assert parse_article(both).pmcid == "PMC13"
    with pytest.raises(JatsError, match="the full text is that of PMC13, not of PMC12"):
        parse_article(other.encode(), "PMC12")
    assert parse_article(article(BODY).encode(), "PMC12").pmcid is None
