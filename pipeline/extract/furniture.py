"""Furniture: what stands on so many pages that it belongs to the deck's template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.extract.deck import Box, Page, Passage, area
from pipeline.extract.nearby import is_labelled

REPEATED_PAGES = 3
REPEATED_SHARE = 0.3  # a line or a small picture on more pages than this is furniture
STANDING_SHARE = 0.6  # a picture of any size that keeps its place on more pages than this is, too
SMALL_SHARE = 0.08  # of the page
FOOT_SHARE, HEAD_SHARE = 0.88, 0.06  # where running lines stand, in page heights
_DIGITS = re.compile(r"\d+")
_GRID = 50  # places are equal that fall into one of so many cells per side

Thing = TypeVar("Thing", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Furniture:
    """The pictures of a template, each with the number of its pages, and the running lines.

    A picture that a lecturer shows again, before and after the answer, is none: it is large, and
    does not stand on most pages.
    """

    pictures: Mapping[bytes, int]
    lines: frozenset[str]
    n_pages: int

    @classmethod
    def of(cls, pages: Sequence[Page]) -> Furniture:
        """Find what repeats on the pages of a deck."""
        n_pages = len(pages)
        small = _often((_small(page) for page in pages), REPEATED_SHARE * n_pages)
        standing = _often((_places(page) for page in pages), STANDING_SHARE * n_pages)
        pictures = {digest: n for (digest, _, _), n in standing.items()} | dict(small)
        return cls(
            pictures, frozenset(_often(map(_edge_lines, pages), REPEATED_SHARE * n_pages)), n_pages
        )

    def why(self, digest: bytes) -> str | None:
        """Return why a picture is furniture, or null."""
        n = self.pictures.get(digest)
        if n is None:
            return None
        return f"the picture stands on {n} of {self.n_pages} pages: it belongs to the template"

    def is_running(self, passage: Passage, page: Page) -> bool:
        """Tell whether a passage is a running head or foot."""
        at_edge = _is_at_edge(passage.box, page.height) and not is_labelled(passage.text)
        return at_edge and _line(passage.text) in self.lines


def _often(per_page: Iterable[set[Thing]], least: float) -> dict[Thing, int]:
    counted = Counter(thing for things in per_page for thing in things)
    enough = max(REPEATED_PAGES, least)
    return {thing: n for thing, n in counted.items() if n >= enough}


def _small(page: Page) -> set[bytes]:
    whole = page.width * page.height
    return {each.digest for each in page.pictures if area(each.box) <= SMALL_SHARE * whole}


def _places(page: Page) -> set[tuple[bytes, int, int]]:
    return {
        (
            each.digest,
            round(_GRID * each.box[0] / page.width),
            round(_GRID * each.box[1] / page.height),
        )
        for each in page.pictures
    }


def _edge_lines(page: Page) -> set[str]:
    return {_line(each.text) for each in page.passages if _is_at_edge(each.box, page.height)}


def _line(text: str) -> str:
    return " ".join(_DIGITS.sub("#", text).split())


def _is_at_edge(box: Box, height: float) -> bool:
    return box[1] >= FOOT_SHARE * height or box[3] <= HEAD_SHARE * height
