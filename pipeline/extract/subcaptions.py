"""Sub-captions: which part of a figure's caption speaks about which panel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Set around a panel letter that the caption prints in bold; neither may occur in XML.
BOLD_START, BOLD_END = "\x01", "\x02"
MAX_CAPTION_CHARACTERS = 20_000

_LETTER = r"[A-Za-z](?![A-Za-z])"
_JOIN = r"\s*(?:,\s*and\s+|,|;|&|/|\band\b|\bto\b|[-–—])\s*"
LETTERS = rf"{_LETTER}(?:{_JOIN}{_LETTER}){{0,12}}"
_RANGE = re.compile(r"([A-Za-z])\s*(?:[-–—]|\bto\b)\s*([A-Za-z])(?![A-Za-z])")
_SINGLE = re.compile(_LETTER)

# From the surest way of marking a panel to the least sure; the first that makes sense counts.
_STYLES = (
    re.compile(rf"[(\[]\s*[\x01\x02]*({LETTERS})[\x01\x02]*\s*[)\]]\s*:?"),
    re.compile(rf"\x01[(\[]?({LETTERS})[)\].,:]*\x02\s*[,.:)]?"),
    re.compile(rf"(?:^|(?<=[.;:?!\n]))\s*[\x01\x02]*({LETTERS})[\x01\x02]*\s*[:)](?=\s)"),
    re.compile(r"(?:^|(?<=[.;:?!\n]))\s*([A-Z](?:(?:,\s?|[-–—])[A-Z](?![A-Za-z]))*)\.(?=\s)"),
)


@dataclass(frozen=True, slots=True)
class Subcaptions:
    """What a caption says of all panels, and of each; without letters all of it is the lead."""

    lead: str
    by_letter: dict[str, str] = field(default_factory=dict)


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
    return " ".join(marked.replace(BOLD_START, "").replace(BOLD_END, "").split())


def split_caption(marked: str) -> Subcaptions:
    """Split a caption at its panel letters; a line break in it stands for a paragraph's end.

    ``marked`` should be bounded by `MAX_CAPTION_CHARACTERS`. The letters must run from `a` without
    a gap and be two or more, else there are none.
    """
    paragraphs = marked.split("\n")
    text = "\n".join(" ".join(each.split()) for each in paragraphs if each.strip())
    for style in _STYLES:
        markers = list(_in_order(style, text))
        named = "".join(sorted({letter for marker in markers for letter in marker.letters}))
        if len(named) > 1 and named == "abcdefghijklmnopqrstuvwxyz"[: len(named)]:
            return _assign(text, markers)
    return Subcaptions(plain(marked))


def _in_order(style: re.Pattern[str], text: str) -> Iterator[_Marker]:
    """Yield the markers whose first letter is the next one due, or that narrow a group down."""
    seen: set[str] = set()
    grouped: set[str] = set()
    for found in style.finditer(text):
        letters = expand_letters(found[1])
        due = next(each for each in "abcdefghijklmnopqrstuvwxyz{" if each not in seen)
        narrows = len(letters) < len(grouped) and set(letters) <= grouped
        if letters[0] == due or narrows:
            yield _Marker(letters, found.start(), found.end())
            if letters[0] == due and len(letters) > 1:
                grouped |= set(letters)
            seen |= set(letters)


def _assign(text: str, markers: list[_Marker]) -> Subcaptions:
    trailing = _is_trailing(text, markers)
    said: dict[str, list[str]] = {letter: [] for marker in markers for letter in marker.letters}
    starts = [0, *(marker.end for marker in markers)]
    stops = [*(marker.start for marker in markers), len(text)]
    parts = [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
    if trailing:
        rest = parts[-1]
        owned = parts[:-1]
    else:
        last, _, remark = parts[-1].partition("\n")
        rest = f"{parts[0]} {remark}"
        owned = [*parts[1:-1], last]
    for marker, part in zip(markers, owned, strict=True):
        words = _tidy(part)
        for letter in marker.letters:
            if words:
                said[letter].append(words)
    by_letter = {letter: " ".join(said[letter]) for letter in sorted(said)}
    return Subcaptions(_tidy(rest, keep_stop=True), by_letter)


def _is_trailing(text: str, markers: list[_Marker]) -> bool:
    """Tell whether letters follow what they name: `plaque on the arm (A) and the leg (B).`."""
    opening = text[: markers[0].start].strip()
    closing = text[markers[-1].end :].lstrip()
    opens = bool(re.search(r"[^\W\d_]{2}", opening)) and not opening.endswith((".", ":", ";"))
    return opens and (not closing or closing[0] in ".,;")


def _tidy(part: str, *, keep_stop: bool = False) -> str:
    words = plain(part)
    words = re.sub(r"^[\s,;:.)–—-]+", "", words)
    words = re.sub(r"^(?:and|or)\s+", "", words)
    words = re.sub(r"[\s,;:(–—-]+$", "", words)
    words = re.sub(r"[,;]?\s+and$", "", words)
    return words if keep_stop or not words else words.rstrip(" ;,")
