"""The text of a PDF page: lines clustered into passages, and the title among them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import pymupdf

from pipeline.extract.deck import Box, Passage, around
from pipeline.extract.nearby import is_labelled

MAX_LINES = 5000
TITLE_SHARE = 0.3  # a title stands in this upper part of the page
TITLE_GAIN = 1.15  # and its type is this much larger than the usual
_SAME_SIZE = 0.6  # points
_SAME_EDGE = 1.5  # type sizes
_SAME_BLOCK = 0.9  # type sizes between two lines
_WINDOW = 40  # passages that may be begun between two lines of one: columns, labels of a chart

mupdf: Any = pymupdf  # its calls carry no types


def read_lines(page: Any) -> list[Passage]:
    """Return the upright lines of a page as it is shown, turned if it says so."""
    turn = page.rotation_matrix
    found = []
    for block in page.get_text("dict", flags=mupdf.TEXTFLAGS_TEXT)["blocks"]:
        for line in block.get("lines", ()):
            text = " ".join("".join(span["text"] for span in line["spans"]).split())
            across = line["dir"][0] * turn.a + line["dir"][1] * turn.c
            if text and across > 0.99:
                size = max(span["size"] for span in line["spans"])
                found.append(Passage(_turned(line["bbox"], turn), text, size))
    return found[:MAX_LINES]


def _turned(box: Sequence[float], turn: Any) -> Box:
    x0, y0, x1, y1 = mupdf.Rect(box) * turn
    return (float(x0), float(y0), float(x1), float(y1))


def cluster_lines(lines: Sequence[Passage]) -> list[Passage]:
    """Join lines that follow each other in one size, with one left edge or one middle.

    A line that begins as a figure's caption does begins a passage of its own.
    """
    clusters: list[list[Passage]] = []
    for line in sorted(lines, key=lambda each: (each.box[1], each.box[0])):
        near = (each for each in reversed(clusters[-_WINDOW:]) if _follows(each[-1], line))
        home = None if is_labelled(line.text) else next(near, None)
        if home is None:
            clusters.append([line])
        else:
            home.append(line)
    return [_joined(each) for each in clusters]


def _follows(before: Passage, line: Passage) -> bool:
    size = max(before.size, line.size)
    gap = line.box[1] - before.box[3]
    edges = abs(line.box[0] - before.box[0])
    middles = abs(line.box[0] + line.box[2] - before.box[0] - before.box[2]) / 2
    return (
        abs(line.size - before.size) < _SAME_SIZE
        and -0.5 * size <= gap <= _SAME_BLOCK * size
        and line.box[1] > before.box[1] + 0.3 * size
        and min(edges, middles) < _SAME_EDGE * size
    )


def _joined(lines: Sequence[Passage]) -> Passage:
    box = around(*(line.box for line in lines))
    return Passage(box, " ".join(line.text for line in lines), lines[0].size)


def find_title(passages: Sequence[Passage], height: float) -> Passage | None:
    """Return the largest text at the top, if it is larger than the text usually is."""
    upper = [each for each in passages if each.box[3] <= TITLE_SHARE * height]
    if not upper:
        return None
    largest = max(upper, key=lambda each: (round(each.size, 1), -each.box[1]))
    others = [each.size for each in passages if each is not largest]
    usual = median(others) if others else 0.0
    return largest if largest.size >= TITLE_GAIN * usual else None
