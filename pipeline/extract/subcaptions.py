"""Sub-captions: which part of a figure's caption speaks about which panel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

# Set around a panel letter that the caption prints in bold. Unicode keeps these two code points for
# use inside a program; a document that has them all the same only misleads about its own letters.
BOLD_START, BOLD_END = "\ufdd0", "\ufdd1"
MAX_CAPTION_CHARACTERS = 20_000
ALPHABET = "abcdefghijklmnopqrstuvwxyz"

Layout = Literal["row", "column", "grid"]

_LETTER = r"[A-Za-z](?![A-Za-z])"
_JOIN = r"\s*(?:,\s*and\s+|,|;|&|/|\band\b|\bto\b|[-–—])\s*"
LETTERS = rf"{_LETTER}(?:{_JOIN}{_LETTER}){{0,12}}"
_RANGE = re.compile(r"(?<![A-Za-z])([A-Za-z])\s*(?:[-–—]|\bto\b)\s*([A-Za-z])(?![A-Za-z])")
_SINGLE = re.compile(rf"(?<![A-Za-z]){_LETTER}")
_BOLD = f"[{BOLD_START}{BOLD_END}]*"
_PANEL = r"(?:[Pp]anels?\s+)?"
_OPENING = r"(?:^|(?<=[.;:?!\n]))\s*"  # a sentence, or a part of one, begins here

# From the surest way of marking a panel to the least sure; the first that makes sense counts. A
# text that has none of the characters before a style is not searched for it.
_LETTER_STYLES = tuple(
    (hints, re.compile(pattern))
    for hints, pattern in (
        ("([", rf"[(\[]\s*{_BOLD}{_PANEL}({LETTERS}){_BOLD}\s*[)\]]{_BOLD}\s*:?"),
        (BOLD_START, rf"{BOLD_START}[(\[]?({LETTERS})[)\].,:;]*{BOLD_END}\s*[,.:)]?"),
        (
            ":)–—-",
            rf"{_OPENING}{_BOLD}{_PANEL}({LETTERS}){_BOLD}\s*(?:[:)]|\s[–—-])(?=\s)",
        ),
        ("Pp", rf"{_OPENING}[Pp]anels?\s+({LETTERS})\b[,.]?(?=\s)"),
        ("A", rf"{_OPENING}([A-Z](?:(?:,\s?|[-–—])[A-Z](?![A-Za-z]))*)\.(?=\s)"),
        ("A", rf"{_OPENING}([A-Z](?:{_JOIN}[A-Z](?![A-Za-z]))*),(?=\s+[\w\"“])"),
    )
)
_NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_NUMERAL_STYLE = re.compile(r"[(\[]\s*(x|ix|iv|v?i{1,3}|v)\s*[)\]]\s*:?", re.IGNORECASE)
_PLACE = (
    r"(?:(?:upper|top|lower|bottom)[\s-]+(?:left|right)"
    r"|left|right|middle|cent(?:er|re)|upper|top|lower|bottom)"
)
_WHAT = r"(?:[\s-]+(?:hand\s+)?(?:panels?|images?|pictures?|photo(?:graph)?s?|row|column|side))?"
_PLACE_STYLES = (
    re.compile(rf"[(\[]\s*({_PLACE}){_WHAT}\s*[)\]]\s*:?", re.IGNORECASE),
    re.compile(rf"{_OPENING}{_BOLD}({_PLACE}){_WHAT}{_BOLD}\s*:{_BOLD}(?=\s)", re.IGNORECASE),
    re.compile(rf"[(\[]\s*({_PLACE}){_WHAT}\s*:\s", re.IGNORECASE),
)
_SAME_PLACE = {"top": "upper", "bottom": "lower", "center": "middle", "centre": "middle"}
# Places that together are all there is, in reading order.
_LAYOUTS: Mapping[tuple[str, ...], Layout] = {
    ("left", "right"): "row",
    ("left", "middle", "right"): "row",
    ("upper", "lower"): "column",
    ("upper", "middle", "lower"): "column",
    ("upper left", "upper right", "lower left", "lower right"): "grid",
}
# Between two letters: the words go on after the first, or lead on to the second.
_GOES_ON = re.compile(r"\s*(?:[,;.]|(?:and|or|with|versus|vs)\b)")
_LEADS_ON = re.compile(r"(?:[,;.:]|\b(?:and|or|with|versus|vs|showing|of))\s*$")


@dataclass(frozen=True, slots=True)
class Subcaptions:
    """What a caption says of all panels, and of each; without letters all of it is the lead.

    ``layout`` is set where the caption tells panels by their places (`Left: …`) rather than by
    letters: they are lettered in reading order, and must lie so for the letters to hold.
    """

    lead: str
    by_letter: dict[str, str] = field(default_factory=dict)
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class _Marker:
    letters: str
    start: int
    end: int


def expand_letters(listed: str) -> str:
    """Return the letters that `A`, `B, C` or `A–C` names, in lower case, sorted, each once."""
    letters = {each.lower() for each in _SINGLE.findall(listed)}
    for first, last in _RANGE.findall(listed):
        a, b = ord(first.lower()), ord(last.lower())
        letters.update(chr(code) for code in range(a, b + 1))
    return "".join(sorted(letters))


def plain(marked: str) -> str:
    """Return a caption without the marks of bold letters, white space folded."""
    return " ".join(without_marks(marked).split())


def without_marks(marked: str) -> str:
    """Return a text without the marks of bold letters."""
    return marked.replace(BOLD_START, "").replace(BOLD_END, "")


def split_caption(marked: str) -> Subcaptions:
    """Split a caption at its panel letters; a line break in it stands for a paragraph's end.

    ``marked`` should be bounded by `MAX_CAPTION_CHARACTERS`. The letters must run from `a` without
    a gap and be two or more, else there are none. Roman numerals and places (`Left: …`) count where
    there are no letters, and become letters in reading order.
    """
    paragraphs = marked.split("\n")
    text = "\n".join(" ".join(each.split()) for each in paragraphs if each.strip())
    for hints, style in _LETTER_STYLES:
        if not any(hint in text for hint in hints):
            continue
        found = ((expand_letters(each[1]), each) for each in style.finditer(text))
        markers = _in_order(found)
        if _is_complete(markers):
            return Subcaptions(*_assign(text, markers))
    return _by_numerals(text) or _by_places(text) or Subcaptions(plain(marked))


def _is_complete(markers: list[_Marker]) -> bool:
    named = "".join(sorted({letter for marker in markers for letter in marker.letters}))
    return len(named) > 1 and named == ALPHABET[: len(named)]


def _in_order(found: Iterable[tuple[str, re.Match[str]]]) -> list[_Marker]:
    """Return the markers whose first letter is the next one due, or that narrow a group down."""
    markers: list[_Marker] = []
    seen: set[str] = set()
    grouped: set[str] = set()
    for letters, match in found:
        due = next(each for each in f"{ALPHABET}{{" if each not in seen)
        narrows = len(letters) < len(grouped) and set(letters) <= grouped
        if letters[0] == due or narrows:
            markers.append(_Marker(letters, match.start(), match.end()))
            if letters[0] == due and len(letters) > 1:
                grouped |= set(letters)
            seen |= set(letters)
    return markers


def _by_numerals(text: str) -> Subcaptions | None:
    """Split at `(i)`, `(ii)`, …; one numeral alone is no panel, and neither is a gap."""
    if not any(each in text for each in ("(i", "(I", "[i", "[I")):
        return None
    found = list(_NUMERAL_STYLE.finditer(text))
    markers = _in_order((ALPHABET[_NUMERALS.index(each[1].lower())], each) for each in found)
    is_sure = len(markers) == len(found) and _is_complete(markers)
    return Subcaptions(*_assign(text, markers)) if is_sure else None


def _by_places(text: str) -> Subcaptions | None:
    """Split at `(left)`, `Right:` and the like, if together they are all places of a layout."""
    lowered = text.lower()
    if not any(each in lowered for each in ("left", "upper", "top")):
        return None
    for style in _PLACE_STYLES:
        found = list(style.finditer(text))
        places = [_place(each[1]) for each in found]
        for order, layout in _LAYOUTS.items():
            if sorted(places) == sorted(order):
                letters = (ALPHABET[order.index(place)] for place in places)
                markers = [
                    _Marker(letter, each.start(), each.end())
                    for letter, each in zip(letters, found, strict=True)
                ]
                return Subcaptions(*_assign(text, markers), layout)
    return None


def _place(said: str) -> str:
    words = re.split(r"[\s-]+", said.lower())
    return " ".join(_SAME_PLACE.get(word, word) for word in words)


def _assign(text: str, markers: list[_Marker]) -> tuple[str, dict[str, str]]:
    """Return the lead and the words of each letter."""
    said: dict[str, list[str]] = {letter: [] for marker in markers for letter in marker.letters}
    rest, owned = _parts(text, markers)
    for marker, part in zip(markers, owned, strict=True):
        words = _tidy(part)
        for letter in marker.letters:
            if words:
                said[letter].append(words)
    return _tidy(rest, keep_stop=True), {letter: " ".join(said[letter]) for letter in sorted(said)}


def _parts(text: str, markers: list[_Marker]) -> tuple[str, Iterator[str]]:
    """Return what belongs to no marker, and what belongs to each."""
    starts = [0, *(marker.end for marker in markers)]
    stops = [*(marker.start for marker in markers), len(text)]
    parts = [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
    if _is_trailing(text, markers):
        return parts[-1], iter(parts[:-1])
    last, _, remark = parts[-1].partition("\n")
    return f"{parts[0]} {remark}", iter([*parts[1:-1], last])


def _is_trailing(text: str, markers: list[_Marker]) -> bool:
    """Tell whether letters follow what they name: `plaque on the arm (A) and the leg (B).`."""
    opening = text[: markers[0].start].strip()
    if not re.search(r"[^\W\d_]{2}", opening) or opening.endswith((".", ":", ";")):
        return False
    between = [text[one.end : other.start] for one, other in pairwise(markers)]
    votes = sum(bool(_GOES_ON.match(each)) - bool(_LEADS_ON.search(each)) for each in between)
    closing = text[markers[-1].end :].lstrip()
    return votes > 0 or (votes == 0 and (not closing or closing[0] in ".,;"))


def _tidy(part: str, *, keep_stop: bool = False) -> str:
    words = plain(part).lstrip(" ,;:.)–—-")
    for opening in ("and ", "or "):
        words = words.removeprefix(opening)
    words = words.rstrip(" ,;:(–—-")
    if words.endswith(" and"):
        words = words[:-4].rstrip(" ,;")
    return words if keep_stop else words.rstrip(" ;,")
