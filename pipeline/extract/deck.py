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


def nearest_passage(
    picture: Box, passages: Sequence[Passage], height: float
) -> tuple[Passage, float] | None:
    """Return the passage that speaks about a picture, and how sure that is (0 to 1).

    It stands below or above with some overlap, and else beside the picture.
    """
    spoken = [each for each in passages if _WORD.search(each.text)]
    upright = [(_gap(picture, each.box, height), each) for each in spoken]
    beside = [(_side_gap(picture, each.box, height), each) for each in spoken]
    for found, score in ((upright, NEXT_TO_SCORE), (beside, BESIDE_SCORE)):
        close = [(gap, each.box[1], each.box[0], each) for gap, each in found if gap is not None]
        if close:
            return min(close, key=lambda each: each[:3])[3], score
    return None


def _gap(picture: Box, box: Box, height: float) -> float | None:
    """Return the distance to a passage below or above in page heights, weighted; null if none."""
    if _overlap(picture, box, 0) < MIN_OVERLAP:
        return None
    below, above = (box[1] - picture[3]) / height, (picture[1] - box[3]) / height
    gap = max(0.0, below) if below >= -TOLERANCE else ABOVE_COST * max(0.0, above)
    reached = max(below, above) >= -TOLERANCE
    return gap if reached and gap <= MAX_GAP else None


def _side_gap(picture: Box, box: Box, height: float) -> float | None:
    if _overlap(picture, box, 1) < MIN_OVERLAP:
        return None
    gap = max(box[0] - picture[2], picture[0] - box[2]) / height
    return max(0.0, gap) if -TOLERANCE <= gap <= MAX_GAP else None


def _overlap(one: Box, other: Box, axis: int) -> float:
    """Return the shared length along an axis as a share of the shorter of two boxes."""
    shared = min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])
    shorter = min(one[axis + 2] - one[axis], other[axis + 2] - other[axis])
    return shared / shorter if shorter > 0 else 0.0
