"""Decks: pages with pictures and passages, and which passage stands next to which picture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.errors import DermcurateError
from pipeline.images.decode import Pixels

Thing = TypeVar("Thing", bytes, str)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom on the page, from its top left corner, in the page's own unit."""

REPEATED_SHARE = 0.3  # a picture or line on more pages than this belongs to the template
REPEATED_PAGES = 3
FOOT_SHARE, HEAD_SHARE = 0.88, 0.06  # where running lines stand, in page heights
MIN_OVERLAP = 0.3  # share of the narrower of picture and passage
MAX_GAP = 0.25  # in page heights
TOLERANCE = 0.01  # in page heights: a passage may reach this far into its picture
ABOVE_COST = 1.3  # captions stand below more often than above
NEXT_TO_SCORE, BESIDE_SCORE = 0.9, 0.7
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]{2,}")


class DeckError(DermcurateError):
    """A deck that cannot be opened."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of text that belong together; `size` is that of the type."""

    box: Box
    text: str
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on a page.

    ``digest`` is equal for equal pictures. ``crop`` is the part that is shown, as shares of its
    width and height. ``load`` decodes it and raises a `PictureError` if it cannot.
    """

    locator: str
    box: Box
    digest: bytes
    load: Callable[[], Pixels]
    crop: Box | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page or slide. ``fault`` is a sentence if it cannot be read."""

    name: str
    height: float
    title: str = ""
    notes: str = ""
    passages: tuple[Passage, ...] = ()
    pictures: tuple[Shown, ...] = ()
    fault: str | None = None


Gap = Callable[[Box, Box, float], float | None]
Close = tuple[float, Passage]


def repeated_pictures(pages: Sequence[Page]) -> frozenset[bytes]:
    """Return the digests of pictures that stand on so many pages that they are the template's."""
    return _repeated([{shown.digest for shown in page.pictures} for page in pages])


def running_lines(pages: Sequence[Page]) -> frozenset[str]:
    """Return the running heads and feet, numbers as `#`."""
    lines = [
        {_line(each.text) for each in page.passages if _is_at_edge(each.box, page.height)}
        for page in pages
    ]
    return _repeated(lines)


def is_running(passage: Passage, page: Page, lines: frozenset[str]) -> bool:
    """Tell whether a passage is a running head or foot."""
    return _is_at_edge(passage.box, page.height) and _line(passage.text) in lines


def _repeated(per_page: Sequence[set[Thing]]) -> frozenset[Thing]:
    counted = Counter(thing for things in per_page for thing in things)
    enough = max(REPEATED_PAGES, REPEATED_SHARE * len(per_page))
    return frozenset(thing for thing, n in counted.items() if n >= enough)


def _line(text: str) -> str:
    return " ".join(_DIGITS.sub("#", text).split())


def _is_at_edge(box: Box, height: float) -> bool:
    return box[1] >= FOOT_SHARE * height or box[3] <= HEAD_SHARE * height


def nearest_passages(
    pictures: Sequence[Box], passages: Sequence[Passage], height: float
) -> list[tuple[Passage, float] | None]:
    """Return for each picture of a page the passage that speaks about it, and how sure that is.

    A page has its captions below its pictures or above them: the side on which more pictures find
    one is asked first, at equal numbers the nearer. A passage beside a picture comes last.
    """
    spoken = [each for each in passages if _WORD.search(each.text)]
    below = [_closest(each, spoken, height, _gap_below) for each in pictures]
    above = [_closest(each, spoken, height, _gap_above) for each in pictures]
    beside = [_closest(each, spoken, height, _side_gap) for each in pictures]
    first, second = (below, above) if _rank(below) <= _rank(above) else (above, below)
    found: list[tuple[Passage, float] | None] = []
    for one, other, last in zip(first, second, beside, strict=True):
        upright = one or other
        if upright is not None:
            found.append((upright[1], NEXT_TO_SCORE))
        else:
            found.append((last[1], BESIDE_SCORE) if last is not None else None)
    return found


def _closest(picture: Box, passages: Sequence[Passage], height: float, gap_of: Gap) -> Close | None:
    gaps = [(gap_of(picture, each.box, height), each) for each in passages]
    close = [(gap, each) for gap, each in gaps if gap is not None]
    return min(close, key=lambda each: (each[0], each[1].box[1], each[1].box[0]), default=None)


def _rank(found: Sequence[Close | None]) -> tuple[int, float]:
    gaps = [each[0] for each in found if each is not None]
    return -len(gaps), sum(gaps)


def _gap_below(picture: Box, box: Box, height: float) -> float | None:
    """Return the distance to a passage below in page heights; null if it is not there or far."""
    return _within_reach((box[1] - picture[3]) / height, _overlap(picture, box, 0))


def _gap_above(picture: Box, box: Box, height: float) -> float | None:
    gap = _within_reach((picture[1] - box[3]) / height, _overlap(picture, box, 0))
    return gap if gap is None else ABOVE_COST * gap


def _side_gap(picture: Box, box: Box, height: float) -> float | None:
    gap = max(box[0] - picture[2], picture[0] - box[2]) / height
    return _within_reach(gap, _overlap(picture, box, 1))


def _within_reach(gap: float, overlap: float) -> float | None:
    is_near = overlap >= MIN_OVERLAP and -TOLERANCE <= gap <= MAX_GAP
    return max(0.0, gap) if is_near else None


def _overlap(one: Box, other: Box, axis: int) -> float:
    """Return the shared length along an axis as a share of the shorter of two boxes."""
    shared = min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])
    shorter = min(one[axis + 2] - one[axis], other[axis + 2] - other[axis])
    return shared / shorter if shorter > 0 else 0.0
