"""JATS full text of the demo's articles, in the figure forms that real articles use."""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from pipeline.demo.article_plans import ArticlePlan, FigurePlan

_LICENCES = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC": "https://creativecommons.org/licenses/by-nc/4.0/",
}
_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD '
    'v1.4 20241031//EN" "JATS-archivearticle1-4.dtd">\n'
)
_SPACES = (
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'
)


@dataclass(frozen=True, slots=True)
class FigureText:
    """A figure's caption: a title and, for a compound figure, (letter, sentence) parts."""

    plan: FigurePlan
    title: str
    parts: tuple[tuple[str, str], ...] = ()


def article_xml(plan: ArticlePlan, version: int, figures: list[FigureText]) -> str:
    """Return one version of an article as JATS; a later version corrects its captions."""
    inline = "\n".join(_placed(plan, version, text) for text in figures if not _floats(text))
    floating = "\n".join(_figure(plan, version, text) for text in figures if _floats(text))
    floats = f"<floats-group>\n{floating}\n</floats-group>\n" if floating else ""
    return (
        f'{_DOCTYPE}<article {_SPACES} article-type="{_article_type(plan)}" xml:lang="en">\n'
        f"{_front(plan, version)}\n"
        f"<body>\n<sec><title>Introduction</title>\n<p>{escape(plan.abstract)}</p></sec>\n"
        f"<sec><title>Findings</title>\n{_mentions(figures)}\n{inline}\n</sec>\n"
        '<sec><title>Supplement</title><supplementary-material id="S1">'
        '<media xlink:href="supplement.zip"><caption><p>Click here for additional data file.</p>'
        f"</caption></media></supplementary-material></sec>\n</body>\n{floats}</article>\n"
    )


def _floats(text: FigureText) -> bool:
    return text.plan.form == "floats"


def _article_type(plan: ArticlePlan) -> str:
    return "retracted-article" if plan.is_retracted else "case-report"


def _front(plan: ArticlePlan, version: int) -> str:
    year, month, day = plan.published.split("-")
    number = plan.pmcid.removeprefix("PMC")
    ids = "".join(
        f'<article-id pub-id-type="{kind}">{value}</article-id>'
        for kind, value in (
            ("pmcid", plan.pmcid),
            ("pmcid-ver", f"{plan.pmcid}.{version}"),
            ("pmcaid", number),
            ("pmid", str(plan.pmid)),
            ("doi", plan.doi),
        )
    )
    meta = "".join(
        f"<custom-meta><meta-name>{name}</meta-name><meta-value>{value}</meta-value></custom-meta>"
        for name, value in (
            ("pmc-prop-open-access", "yes" if plan.is_open_access else "no"),
            ("pmc-license-ref", plan.licence or "none"),
        )
    )
    return (
        "<front><journal-meta><journal-title-group><journal-title>Journal of Invented Dermatology"
        f"</journal-title></journal-title-group></journal-meta>\n<article-meta>{ids}\n"
        f"<title-group><article-title>{escape(plan.title)}</article-title></title-group>\n"
        '<contrib-group><contrib contrib-type="author"><name><surname>Invented</surname>'
        "<given-names>Ada</given-names></name></contrib></contrib-group>\n"
        f'<pub-date pub-type="epub"><day>{int(day)}</day><month>{int(month)}</month>'
        f"<year>{year}</year></pub-date>\n{_permissions(plan)}\n"
        f"<abstract><p>{escape(plan.abstract)}</p></abstract>\n"
        "<kwd-group><kwd>dermatology</kwd><kwd>skin diseases</kwd></kwd-group>\n"
        f"<custom-meta-group>{meta}</custom-meta-group></article-meta></front>"
    )


def _permissions(plan: ArticlePlan) -> str:
    if plan.licence is None:
        return (
            "<permissions><copyright-statement>All rights reserved.</copyright-statement>"
            "</permissions>"
        )
    url = _LICENCES[plan.licence]
    return (
        f'<permissions><license license-type="open-access" xlink:href={quoteattr(url)}>'
        f"<ali:license_ref>{url}</ali:license_ref><license-p>This article is distributed under "
        f"the terms of {plan.licence}.</license-p></license></permissions>"
    )


def _mentions(figures: list[FigureText]) -> str:
    """Return a paragraph per figure that cites it, and one that cites all at once."""
    paragraphs = []
    for text in figures:
        ref = f'<xref ref-type="fig" rid="{text.plan.figure_id}">Figure {text.plan.number}</xref>'
        subject = ", ".join(dict.fromkeys(text.plan.diseases)) or "the response to treatment"
        paragraphs.append(f"<p>The findings in {escape(subject)} are shown in {ref}.</p>")
    every = " ".join(text.plan.figure_id for text in figures)
    last = figures[-1].plan.number
    label = f"Figs 1 and {last}" if last > 1 else "Fig 1"
    paragraphs.append(
        f'<p>No patient had fever (<xref ref-type="fig" rid="{every}">{label}</xref>).</p>'
    )
    return "\n".join(paragraphs)


def _placed(plan: ArticlePlan, version: int, text: FigureText) -> str:
    figure = _figure(plan, version, text)
    if text.plan.form == "in_paragraph":
        return f"<p>The lesion had a raised edge. {figure} It cleared within a month.</p>"
    if text.plan.form == "boxed":
        return f"<boxed-text><caption><title>Box 1</title></caption>{figure}</boxed-text>"
    return figure


def _figure(plan: ArticlePlan, version: int, text: FigureText) -> str:
    stem = text.plan.stem(plan.pmcid)
    graphic = f'<graphic xlink:href="{stem}"/>'
    if text.plan.form == "alternatives":
        graphic = (
            f'<alternatives><graphic xlink:href="{stem}.tif"/>'
            f'<graphic xlink:href="{stem}.jpg" specific-use="web"/></alternatives>'
        )
    words = _caption(text, version) if text.plan.has_caption else ""
    return (
        f'<fig id="{text.plan.figure_id}" position="float"><label>Figure {text.plan.number}</label>'
        f"{words}{graphic}</fig>"
    )


def _caption(text: FigureText, version: int) -> str:
    correction = " Corrected after publication." if version > 1 else ""
    if not text.parts:
        return f"<caption><p>{escape(text.title)}{correction}</p></caption>"
    parts = " ".join(f"(<bold>{letter}</bold>) {escape(said)}" for letter, said in text.parts)
    return f"<caption><title>{escape(text.title)}</title><p>{parts}{correction}</p></caption>"
