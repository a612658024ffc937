"""Articles for the JATS benchmark: the demo's writer, with the bulk that real articles have."""

from __future__ import annotations

import itertools
import random
import shutil
from pathlib import Path

from pipeline.demo.article_plans import ArticlePlan, FigurePlan
from pipeline.demo.jats import FigureText, article_xml

N_WRITTEN = 200
FORMS = ("plain", "alternatives", "in_paragraph", "floats", "boxed")
PROSE = (
    "the patient had a plaque on left elbow with scale erythema and central clearing treated by "
    "topical steroids lesion biopsy showed acanthosis parakeratosis infiltrate of dermal "
    "lymphocytes at follow up after one month under dermoscopy there were arborizing vessels"
)
WORDS = PROSE.split()
# Forms of figures that the demo does not write, each for an article of its own.
BY_HAND = {
    "no-id": '<fig><caption><p>No id.</p></caption><graphic xlink:href="x"/></fig>',
    "no-caption": '<fig id="F9"><label>Figure 9</label><graphic id="g" xlink:href="x"/></fig>',
    "group": '<fig-group id="FG"><caption><p>Group: (A) old; (B) new.</p></caption>'
    '<fig id="FGa"><label>A</label><graphic xlink:href="x"/></fig>'
    '<fig id="FGb"><label>B</label><graphic xlink:href="y"/></fig></fig-group>',
    "group-picture": '<fig-group id="FP"><caption><p>One picture.</p></caption>'
    '<graphic xlink:href="x"/></fig-group>',
    "media": '<fig id="FM"><caption><p>Media.</p></caption><media mimetype="image" '
    'xlink:href="x"/></fig>',
    "old-style": '<fig id="FO"><caption>Old <bold>style</bold>.</caption><graphic '
    'xlink:href="x"/></fig>',
    "graphic": '<p><graphic id="FX" xlink:href="x"><caption><p>Alone.</p></caption></graphic></p>',
    "default-namespace": '<fig id="FN"><caption><p>Name.</p></caption><graphic '
    'xlink:href="x"/></fig>',
}


def write_corpus(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the articles anew; return those of the demo's writer and those written by hand."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    draw = random.Random(7)
    written = []
    for number in range(N_WRITTEN):
        path = folder / f"PMC{9_200_000 + number}.1.xml"
        path.write_text(_article(draw, number), encoding="utf-8")
        written.append(path)
    by_hand = []
    for number, (name, figure) in enumerate(BY_HAND.items()):
        xml = _article(draw, N_WRITTEN + number).replace("</body>", f"<sec>{figure}</sec></body>")
        if name == "default-namespace":
            xml = xml.replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/1.3" ', 1)
        path = folder / f"{name}.xml"
        path.write_text(xml, encoding="utf-8")
        by_hand.append(path)
    return written, by_hand


def _article(draw: random.Random, number: int) -> str:
    forms = itertools.islice(itertools.cycle(FORMS), number, None)
    n_figures = 1 + number % 6
    plans = [
        FigurePlan(f"F{place + 1}", ("psoriasis",), form=next(forms)) for place in range(n_figures)
    ]
    plan = ArticlePlan(f"PMC{9_200_000 + number}", "Plaques", "2025-01-01", tuple(plans))
    figures = [FigureText(each, _sentence(draw, 8), _parts(draw, each)) for each in plans]
    paragraphs = "".join(_paragraph(draw) for _ in range(12 + number % 30))
    references = "".join(_reference(draw, place) for place in range(15 + number % 45))
    xml = article_xml(plan, 1, figures)
    body, end = xml.split("</body>")
    return (
        f"{body}<sec><title>Discussion</title>{paragraphs}</sec></body>"
        f"<back><ref-list>{references}</ref-list></back>{end}"
    )


def _parts(draw: random.Random, plan: FigurePlan) -> tuple[tuple[str, str], ...]:
    letters = "ABCD"[: plan.number % 5]
    return tuple((letter, _sentence(draw, 14)) for letter in letters) if len(letters) > 1 else ()


def _sentence(draw: random.Random, n_words: int) -> str:
    return " ".join(draw.choices(WORDS, k=n_words)).capitalize() + "."


def _paragraph(draw: random.Random) -> str:
    sentences = (
        f'{_sentence(draw, 18)[:-1]} [<xref ref-type="bibr" rid="B{n}">{n}</xref>], as found '
        f"<italic>in vivo</italic> (p &lt; 0.05; 10<sup>{n}</sup>). {_sentence(draw, 22)}"
        for n in range(1, 4)
    )
    return f"<p>{' '.join(sentences)}</p>\n"


def _reference(draw: random.Random, place: int) -> str:
    names = "".join(
        f"<name><surname>{draw.choice(WORDS).title()}</surname><given-names>A</given-names></name>"
        for _ in range(4)
    )
    return (
        f'<ref id="B{place}"><label>{place}</label><element-citation publication-type="journal">'
        f'<person-group person-group-type="author">{names}</person-group><article-title>'
        f"{_sentence(draw, 11)}</article-title><source>J Invented</source><year>2019</year>"
        f"<volume>7</volume><fpage>{place}</fpage><lpage>{place + 5}</lpage>"
        f'<pub-id pub-id-type="pmid">{30_000_000 + place}</pub-id></element-citation></ref>\n'
    )
