"""Figures that a PDF page draws with paths: charts and diagrams.

A figure is a cluster of paths, at least so many and so large, that is no table, no frame around
text, no ornament of the page, and that holds no picture, for pictures are taken by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np

from pipeline.extract.deck import Box, Passage, Shown, area, around, shared
from pipeline.extract.nearby import is_labelled
from pipeline.extract.pdf_painted import Shape, Trace
from pipeline.extract.pdf_pixels import Leaf

MIN_PATHS = 6
MIN_SIDE = 90.0  # points
GROUND_SHARE = 0.6  # a path over so much of the page is its ground
TABLE_TEXT, FRAME_TEXT = 0.12, 0.3  # share of lines in a table, and in a frame around text
LABEL_REACH, LABEL_CHARS = 14.0, 24  # points and characters: the labels of axes
ZOOM = 2.5  # pixels per point: 180 dpi
_CELL = 4.0  # points
_MAX_CELLS = 4_000_000


def read_figures(leaf: Leaf, trace: Trace, lines: Sequence[Passage], size: Box) -> list[Shown]:
    """Return the figures that a page draws, named `v1`, `v2`, … from the top.

    Args:
        leaf: the page.
        trace: what it paints.
        lines: its lines of text.
        size: its box.
    """
    page_area = area(size)
    drawn = [each for each in trace.shapes if _is_ink(each, page_area)]
    if len(drawn) < MIN_PATHS or page_area / _CELL**2 > _MAX_CELLS:
        return []
    held = [each.box for each in trace.pictures]
    found = []
    for cluster in _clusters(drawn, size):
        box = around(*(each.box for each in cluster))
        if _is_figure(box, cluster, lines, page_area) and not _holds_picture(box, held):
            found.append((_with_labels(box, lines, size), cluster))
    found.sort(key=lambda each: (each[0][1], each[0][0]))
    return [
        Shown(
            f"{leaf.name}/v{place}",
            box,
            _digest(cluster),
            partial(leaf.draw, box, ZOOM),
        )
        for place, (box, cluster) in enumerate(found, 1)
    ]


def _extent(box: Box) -> float:
    return (box[2] - box[0]) + (box[3] - box[1])


def _is_ink(shape: Shape, page_area: float) -> bool:
    return _extent(shape.box) > 0.0 and area(shape.box) < GROUND_SHARE * page_area


def _clusters(shapes: Sequence[Shape], size: Box) -> list[list[Shape]]:
    """Return the shapes in groups that lie near each other, by painting them on a coarse grid."""
    grid = np.zeros((int(size[3] / _CELL) + 3, int(size[2] / _CELL) + 3), np.uint8)
    for shape in shapes:
        left, top, right, bottom = (int(side / _CELL) for side in shape.box)
        grid[top : bottom + 1, left : right + 1] = 1
    spread = cv2.dilate(grid, np.ones((5, 5), np.uint8))
    _count, numbers = cv2.connectedComponents(spread)
    groups: dict[int, list[Shape]] = {}
    for shape in shapes:
        left, top = int(shape.box[0] / _CELL), int(shape.box[1] / _CELL)
        groups.setdefault(int(numbers[top, left]), []).append(shape)
    return [groups[key] for key in sorted(groups)]


def _is_figure(
    box: Box, cluster: Sequence[Shape], lines: Sequence[Passage], page_area: float
) -> bool:
    if len(cluster) < MIN_PATHS or min(box[2] - box[0], box[3] - box[1]) < MIN_SIDE:
        return False
    written = sum(area(shared(each.box, box)) for each in lines) / area(box)
    is_ruled = all(each.is_straight for each in cluster)
    return written < (TABLE_TEXT if is_ruled else FRAME_TEXT) and area(box) < page_area


def _holds_picture(box: Box, pictures: Sequence[Box]) -> bool:
    return any(area(shared(box, each)) > 0.2 * min(area(box), area(each)) for each in pictures)


def _with_labels(box: Box, lines: Sequence[Passage], size: Box) -> Box:
    """Return a figure's box with the short lines that stand at its edges."""
    reach = (
        box[0] - LABEL_REACH,
        box[1] - LABEL_REACH,
        box[2] + LABEL_REACH,
        box[3] + LABEL_REACH,
    )
    labels = [
        each.box
        for each in lines
        if len(each.text) <= LABEL_CHARS
        and not is_labelled(each.text)
        and area(shared(reach, each.box)) >= 0.5 * area(each.box)
    ]
    return shared(around(box, *labels), size)


def _digest(cluster: Sequence[Shape]) -> bytes:
    told = [[round(side) for side in each.box] for each in cluster]
    return hashlib.sha256(repr(told).encode()).digest()
