"""Charts among photographs: their scattered parts put together again by where panels lie."""

from __future__ import annotations

from statistics import median

from pipeline.extract.panel_cuts import Least, Piece, area_of
from pipeline.extract.panel_gutters import Box, Ground, filled_share

_SLACK_PX = 3
_MIN_INK_SHARE = 0.015
_MIN_LIKE_SHARE = 0.4  # of the photographs' median height and width

Span = tuple[int, int]


def mend_charts(ground: Ground, pieces: list[Piece], least: Least) -> list[Piece]:
    """Return the pieces with all that is no photograph joined into the cells of their grid.

    What fits no cell and is much smaller than the photographs (words, legends) is left out.
    """
    photographs = [piece for piece in pieces if piece.solid]
    if len(photographs) == len(pieces) or not photographs:
        return pieces
    taken = [piece.box for piece in photographs]
    rest = [piece.box for piece in pieces if not piece.solid]
    for cell in _cells(taken):
        inside = [each for each in rest if _has_middle(cell, each)]
        if inside and not _overlaps(cell, taken) and filled_share(ground, cell) >= _MIN_INK_SHARE:
            taken.append(cell)
            rest = [each for each in rest if each not in inside]
    solid = [piece.box for piece in photographs]
    for box in _clusters(rest, taken):
        if _is_like(box, solid) and least.admits(box) and not _overlaps(box, taken):
            taken.append(box)
    charts = [Piece(box, False) for box in taken[len(solid) :]]
    return in_reading_order([*photographs, *charts])


def in_reading_order(pieces: list[Piece]) -> list[Piece]:
    """Sort pieces row by row; a row is what begins above the middle of its topmost piece."""
    left = sorted(pieces, key=lambda piece: (piece.box[1], piece.box[0]))
    ordered: list[Piece] = []
    while left:
        top, bottom = left[0].box[1], left[0].box[3]
        row = [piece for piece in left if piece.box[1] < (top + bottom) / 2]
        ordered += sorted(row, key=lambda piece: (piece.box[0], piece.box[1]))
        left = [piece for piece in left if piece not in row]
    return ordered


def _cells(boxes: list[Box]) -> list[Box]:
    """Return the cells that columns and rows of panels make where they cross."""
    columns = sorted({(box[0], box[2]) for box in boxes})
    rows = sorted({(box[1], box[3]) for box in boxes})
    return [(a, top, b, bottom) for top, bottom in rows for a, b in columns]


def _has_middle(cell: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return cell[0] <= x <= cell[2] and cell[1] <= y <= cell[3]


def _overlaps(box: Box, others: list[Box]) -> bool:
    return any(
        min(box[2], each[2]) - max(box[0], each[0]) > _SLACK_PX
        and min(box[3], each[3]) - max(box[1], each[1]) > _SLACK_PX
        for each in others
    )


def _clusters(rest: list[Box], taken: list[Box]) -> list[Box]:
    """Join boxes whose common frame meets no panel; widen each to its row and its column."""
    joined: list[Box] = []
    for box in rest:
        for place, each in enumerate(joined):
            frame = _frame(box, each)
            both_large = _is_like(box, taken, 0.7) and _is_like(each, taken, 0.7)
            if not both_large and not _overlaps(frame, taken):
                joined[place] = frame
                break
        else:
            joined.append(box)
    return [_widened(part, taken) for each in joined for part in _parted(each, taken)]


def _parted(box: Box, taken: list[Box]) -> list[Box]:
    """Part a box that stands below, above or beside several panels, as these are parted."""
    for first, last in ((0, 2), (1, 3)):
        spans: list[Span] = []
        for start, end in sorted({(each[first], each[last]) for each in taken}):
            shared = min(end, box[last]) - max(start, box[first])
            if shared > 0.6 * (end - start) and (not spans or start >= spans[-1][1]):
                spans.append((start, end))
        if len(spans) > 1:
            return [
                (start, box[1], end, box[3]) if first == 0 else (box[0], start, box[2], end)
                for start, end in spans
            ]
    return [box]


def _frame(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _widened(box: Box, taken: list[Box]) -> Box:
    """Return a box stretched to the edges of a panel beside it, and of one above or below."""
    beside = [each for each in taken if min(box[3], each[3]) > max(box[1], each[1])]
    over = [each for each in taken if min(box[2], each[2]) > max(box[0], each[0])]
    for mates, first, last in ((beside, 1, 3), (over, 0, 2)):
        spans = sorted(
            {
                (each[first], each[last])
                for each in mates
                if each[first] <= box[first] + _SLACK_PX and each[last] >= box[last] - _SLACK_PX
            },
            key=lambda span: span[1] - span[0],
        )
        for start, end in spans[:1]:
            sides = list(box)
            sides[first], sides[last] = start, end
            wider = (sides[0], sides[1], sides[2], sides[3])
            box = box if _overlaps(wider, taken) else wider
    return box


def _is_like(box: Box, photographs: list[Box], share: float = _MIN_LIKE_SHARE) -> bool:
    """Tell whether a box is not much smaller than photographs are."""
    height = median(each[3] - each[1] for each in photographs)
    width = median(each[2] - each[0] for each in photographs)
    return (
        box[3] - box[1] >= share * height
        and box[2] - box[0] >= share * width
        and area_of(box) >= share**2 * height * width
    )
