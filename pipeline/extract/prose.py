"""The words of a JATS element: what a reader reads, formulae as text, a line for each block.

An element is rewritten in place so that its plain text reads well, and then read in one go; so each
is read once, and figures before the paragraphs that they stand in.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from lxml import etree

from pipeline.extract.subcaptions import BOLD_END, BOLD_START, LETTERS, without_marks

Element = etree._Element

_BREAK = "\ufdd9"  # a line break; the breaks of the XML itself are white space
_MAX_MARK = 40  # characters of bold text that may be panel letters
_ONLY_LETTERS = re.compile(rf"\s*[(\[]?\s*{LETTERS}\s*[)\].,:;]*\s*")
_POWER = re.compile(r"\s*[-−–+]?\d+(?:\.\d+)?\s*")
_NOTE_NUMBERS = re.compile(r"\s*\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\s*")
_NOTES = frozenset({"fn", "table-fn", "author-notes", "corresp", "aff"})
_MAX_NOTE_MARK = 3  # characters of a footnote's mark: `*`, `††`, `12`
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_TEX_PREAMBLE = re.compile(
    r"\\(?:documentclass|usepackage|setlength)(?:\[[^\]]*\])?(?:\{[^{}]*\})*"
)
# Of alternatives the first of these is read; pictures of formulae have no words.
_READABLE = ("math", "tex-math", "textual-form")


def lines_of(element: Element | None) -> str:
    """Return the words of an element, a line a block; letters in bold stand between marks."""
    return "" if element is None else _folded(_text(element))


def words_of(element: Element | None) -> str:
    """Return the words of an element in one line, without marks; of none, nothing."""
    return without_marks(lines_of(element)).replace("\n", " ")


def raw_text(element: Element) -> str:
    """Return the text of an element as it stands in the file: quick, to search in."""
    text: str = etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return text


def name_of(element: Element) -> str:
    """Return the name of an element without its namespace; of what is no element, nothing."""
    return _local_name(element.tag)


@lru_cache(1024)
def _local_name(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child_of(element: Element, name: str) -> Element | None:
    """Return the first child of a name."""
    return next(element.iterchildren(f"{{*}}{name}"), None)


def settle_entities(root: Element) -> None:
    """Put characters in the place of HTML's named entities; what a document declares is dropped."""
    for reference in list(root.iter(etree.Entity)):
        named = html.unescape(reference.text or "")
        put = etree.Element("character")
        put.text = "" if named.startswith("&") else named
        put.tail = reference.tail
        parent = reference.getparent()
        if parent is not None:
            parent.replace(reference, put)


def _text(element: Element) -> str:
    for each in list(element.iterdescendants("*")) if len(element) else ():
        rewrite = _REWRITES.get(name_of(each))
        if rewrite is not None:
            rewrite(each)
    return raw_text(element)


def _folded(text: str) -> str:
    if _BREAK not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def _surround(element: Element, before: str, after: str) -> None:
    element.text = before + (element.text or "")
    element.tail = after + (element.tail or "")


def _leave_out(element: Element) -> None:
    element.text = None
    del element[:]


def _space(element: Element) -> None:
    _surround(element, " ", " ")


def _break_lines(element: Element) -> None:
    _surround(element, _BREAK, _BREAK)


def _mark_letters(bold: Element) -> None:
    text = raw_text(bold)
    if len(text) <= _MAX_MARK and _ONLY_LETTERS.fullmatch(text):
        _surround(bold, BOLD_START, "")
        if len(bold):
            bold[-1].tail = (bold[-1].tail or "") + BOLD_END
        else:
            bold.text = f"{bold.text}{BOLD_END}"


def _raise_number(raised: Element) -> None:
    """Tell powers (`10^6`) and numbers of references (`[12]`) from the number before them."""
    text = raw_text(raised) if len(raised) else raised.text or ""
    around = raised.getparent()
    if around is None or not any(each.isdigit() for each in text):
        return
    before = _text_before(raised)[-1:]
    cites = any(one.get("ref-type") == "bibr" for one in (around, *raised.iterchildren("{*}xref")))
    if cites or (before in tuple(".,;:)") and _NOTE_NUMBERS.fullmatch(text)):
        has_brackets = text.lstrip().startswith(("[", "("))
        _surround(raised, " " if has_brackets else " [", "" if has_brackets else "]")
    elif before.isdigit() and _POWER.fullmatch(text):
        raised.text = f"^{(raised.text or '').lstrip()}"


def _text_before(element: Element) -> str:
    previous = element.getprevious()
    if previous is not None:
        return previous.tail or raw_text(previous)
    parent = element.getparent()
    return (parent.text or "") if parent is not None else ""


def _leave_out_marks(reference: Element) -> None:
    if reference.get("ref-type") in _NOTES and len(raw_text(reference).strip()) <= _MAX_NOTE_MARK:
        _leave_out(reference)


def _choose(alternatives: Element) -> None:
    there = {name_of(each): each for each in reversed(alternatives)}
    chosen = next((there[name] for name in _READABLE if name in there), None)
    for each in alternatives if chosen is not None else ():
        if each is not chosen:
            _leave_out(each)


def _read_tex(tex: Element) -> None:
    source = raw_text(tex)
    inside = _TEX_BODY.search(source)
    formula = inside[1] if inside else _TEX_PREAMBLE.sub("", source)
    _leave_out(tex)
    tex.text = formula.replace("$", "")


def _raise_last(script: Element) -> None:
    if len(script) >= 2:
        script[-1].text = f"^{(script[-1].text or '').lstrip()}"


def _divide(fraction: Element) -> None:
    if len(fraction) == 2:
        fraction[1].text = f"/{(fraction[1].text or '').lstrip()}"


_REWRITES: Mapping[str, Callable[[Element], None]] = {
    # what stands in a paragraph without being read as part of it
    **dict.fromkeys(
        ("fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text"), _leave_out
    ),
    **dict.fromkeys(("supplementary-material", "fn", "fn-group", "index-term"), _leave_out),
    **dict.fromkeys(("alt-text", "long-desc", "object-id", "permissions"), _leave_out),
    **dict.fromkeys(("annotation", "annotation-xml"), _leave_out),
    # blocks, and what stands apart in a line
    **dict.fromkeys(("p", "title", "list-item", "def-item", "disp-quote", "sec"), _break_lines),
    **dict.fromkeys(("tr", "verse-line", "attrib"), _break_lines),
    **dict.fromkeys(("label", "break", "td", "th", "disp-formula", "def", "term"), _space),
    # letters, numbers and formulae
    **dict.fromkeys(("bold", "b"), _mark_letters),
    "sup": _raise_number,
    "xref": _leave_out_marks,
    "alternatives": _choose,
    "tex-math": _read_tex,
    "msup": _raise_last,
    "msubsup": _raise_last,
    "mfrac": _divide,
}
