"""Which passage of a page speaks about which picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipeline.extract.deck import Box, Passage, area, shared

MIN_OVERLAP = 0.3  # share of the narrower of picture and passage
MAX_GAP = 0.25  # in page heights
TOLERANCE = 0.01  # in page heights: a passage may reach this far into its picture
ABOVE_COST = 1.3  # captions stand below more often than above
MAX_UNLABELLED = 700  # characters: more is running text, and speaks of more than one picture
SCAN_SHARE = 0.8  # a picture over so much of the page holds the page's own text
NEIGHBOUR_GAP = 0.06  # in page heights, between pictures that may share a caption
NEXT_TO_SCORE, BESIDE_SCORE, SHARED_SCORE = 0.9, 0.7, 0.6
_WORD = re.compile(r"[^\W\d_]{2,}")
_LABEL = re.compile(
    r"(?:(?:supplementary|online|web)\s+)?"
    r"(?:fig(?:ure|ura|s)?|abb(?:ildung)?|plate|photo(?:graph)?|image|tafel|bild)\b\.?\s*"
    r"(?:[A-Z]?\d|[IVX]+\b)",
    re.IGNORECASE,
)

Gap = Callable[[Box, Box, float], float | None]
Close = tuple[float, Passage]
Found = tuple[Passage, float]


def is_labelled(text: str) -> bool:
    """Tell whether a text begins as captions of figures do: `Figure 3.`, `Fig. 2a`, `Abb. 4`."""
    return _LABEL.match(text) is not None


def nearest_passages(
    pictures: Sequence[Box], passages: Sequence[Passage], page: tuple[float, float]
) -> list[Found | None]:
    """Return for each picture of a page the passage that speaks about it, and how sure that is.

    A passage that calls itself a figure's caption comes before any other. A page has its captions
    below its pictures or above them: the side on which more pictures find one is asked first, at
    equal numbers the nearer. A passage beside a picture comes last. Pictures side by side, or one
    above the other, share the caption of the figure that they make up.

    Args:
        pictures: boxes of the pictures.
        passages: all passages of the page that are no furniture.
        page: its width and height.
    """
    spoken = [each for each in passages if _WORD.search(each.text)]
    scans = [area(each) >= SCAN_SHARE * page[0] * page[1] for each in pictures]
    plates = [each for each, is_scan in zip(pictures, scans, strict=True) if not is_scan]
    free = [each for each in spoken if not any(_holds(box, each.box) for box in plates)]
    labelled = [each for each in free if is_labelled(each.text)]
    plain = [e for e in free if not is_labelled(e.text) and len(e.text) <= MAX_UNLABELLED]
    named = _closest_of_all(pictures, labelled, page[1])
    named = _shared(pictures, named, page[1])
    others = _closest_of_all(pictures, plain, page[1])
    found = [one or other for one, other in zip(named, others, strict=True)]
    return [
        each or (_own_words(box, labelled) if is_scan else None)
        for each, box, is_scan in zip(found, pictures, scans, strict=True)
    ]


def _closest_of_all(
    pictures: Sequence[Box], passages: Sequence[Passage], height: float
) -> list[Found | None]:
    below = [_closest(each, passages, height, _gap_below) for each in pictures]
    above = [_closest(each, passages, height, _gap_above) for each in pictures]
    beside = [_closest(each, passages, height, _side_gap) for each in pictures]
    first, second = (below, above) if _rank(below) <= _rank(above) else (above, below)
    found: list[Found | None] = []
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


def _shared(
    pictures: Sequence[Box], named: Sequence[Found | None], height: float
) -> list[Found | None]:
    """Give pictures without a labelled caption that of a picture right next to them."""
    found = list(named)
    for place, box in enumerate(pictures):
        if named[place] is not None:
            continue
        next_to = [
            (gap, each[0])
            for other, each in zip(pictures, named, strict=True)
            if each is not None and (gap := _gap_between(box, other, height)) is not None
        ]
        if next_to:
            nearest = min(next_to, key=lambda each: (each[0], each[1].box))
            found[place] = (nearest[1], SHARED_SCORE)
    return found


def _gap_between(one: Box, other: Box, height: float) -> float | None:
    for axis in (0, 1):
        across = 1 - axis
        gap = max(other[across] - one[across + 2], one[across] - other[across + 2]) / height
        if -TOLERANCE <= gap <= NEIGHBOUR_GAP and _overlap(one, other, axis) >= 0.6:
            return max(0.0, gap)
    return None


def _own_words(scan: Box, labelled: Sequence[Passage]) -> Found | None:
    """Return the caption that stands on a scanned page itself, as its text layer has it."""
    inside = [each for each in labelled if _holds(scan, each.box)]
    return (inside[0], BESIDE_SCORE) if len(inside) == 1 else None


def _holds(picture: Box, box: Box) -> bool:
    return area(box) > 0 and area(shared(picture, box)) >= 0.8 * area(box)


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
    length = min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])
    shorter = min(one[axis + 2] - one[axis], other[axis + 2] - other[axis])
    return length / shorter if shorter > 0 else 0.0
