"""Which panel has which letter of a caption: read from the picture, or told by reading order."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.extract.panel_letters import Reading, read_letters
from pipeline.extract.panels import Panel
from pipeline.images.decode import Pixels

_MIN_READ_SHARE, _MIN_VOTE_SHARE = 0.5, 0.75
_MAX_STRIPS = 12
_STRIP_SHARE = 0.3
_MIN_OCR_SCORE = 0.6


def match_letters(pixels: Pixels, panels: list[Panel], letters: str) -> list[Panel] | None:
    """Return the panels with the letters that a caption has for them; null leaves a doubt.

    Letters read from the picture win over the order of reading. A panel that has no letter of its
    own has null. Without letters in the picture the order counts if the numbers agree; if they do
    not, no panel has a letter, and there is a doubt if there are fewer panels than letters.
    ``pixels`` is RGB, shape (height, width, 3); ``letters`` are in lower case and sorted.
    """
    if len(panels) < 2 or len(panels) < len(letters):
        return None
    read = _once(read_letters(pixels, [panel.box for panel in panels], letters))
    orders = _orders(panels, letters)
    told = _voted(read, orders)
    if told is None and _is_puzzling(read, letters):
        read = _once(_better(read, _recognised(pixels, panels, letters)))
        told = _voted(read, orders)
    if told is None and sum(map(bool, read)) >= max(2, _MIN_READ_SHARE * len(letters)):
        told = _completed([each.letter if each else None for each in read], letters)
    if told is None:
        told = orders[0] if orders else [None] * len(panels)
    return [replace(panel, letter=letter) for panel, letter in zip(panels, told, strict=True)]


def _orders(panels: list[Panel], letters: str) -> list[list[str | None]]:
    """Return the letters row by row and column by column; nothing where the numbers differ."""
    if len(letters) != len(panels):
        return []
    downwards = sorted(range(len(panels)), key=lambda n: (panels[n].box[0], panels[n].box[1]))
    by_column: list[str | None] = [None] * len(panels)
    for letter, place in zip(letters, downwards, strict=True):
        by_column[place] = letter
    return [list(letters), by_column]


def _voted(read: list[Reading | None], orders: list[list[str | None]]) -> list[str | None] | None:
    """Return the order that nearly all letters that were read speak for, if one does."""
    n_read = sum(map(bool, read))
    votes = [
        sum(each.letter == letter for each, letter in zip(read, order, strict=True) if each)
        for order in orders
    ]
    if not votes or max(votes) < max(2, _MIN_VOTE_SHARE * n_read) or votes.count(max(votes)) > 1:
        return orders[0] if votes and votes[0] == n_read > 0 else None
    return orders[votes.index(max(votes))]


def _is_puzzling(read: list[Reading | None], letters: str) -> bool:
    """Tell whether there are letters to be read of which too few or unlikely ones were."""
    return len(letters) != len(read) or any(read)


def _once(read: list[Reading | None]) -> list[Reading | None]:
    """Keep of each letter the surest reading; one letter names one panel."""
    best: dict[str, Reading] = {}
    for each in read:
        if each and (each.letter not in best or each.likeness > best[each.letter].likeness):
            best[each.letter] = each
    return [each if each and best[each.letter] is each else None for each in read]


def _better(one: list[Reading | None], other: list[Reading | None]) -> list[Reading | None]:
    return other if sum(map(bool, other)) > sum(map(bool, one)) else one


def _completed(told: list[str | None], letters: str) -> list[str | None]:
    """Give the one letter that is left to the one panel that is left."""
    missing = [letter for letter in letters if letter not in told]
    if len(missing) == 1 and told.count(None) == 1:
        return [letter or missing[0] for letter in told]
    return told


def _recognised(pixels: Pixels, panels: list[Panel], letters: str) -> list[Reading | None]:
    """Read the upper left corners of the panels with a recogniser of text."""
    if len(panels) > _MAX_STRIPS:
        return [None] * len(panels)
    corners = []
    for panel in panels:
        left, top, right, bottom = panel.box
        side = max(32, int(_STRIP_SHARE * min(right - left, bottom - top)))
        corners.append(np.ascontiguousarray(pixels[top : top + side // 2, left : left + side]))
    found: list[Reading | None] = []
    for corner in corners:
        text, score = _recognise(corner)
        letter = "".join(each for each in text.lower() if each.isalnum())
        is_one = len(letter) == 1 and letter in letters and score >= _MIN_OCR_SCORE
        found.append(Reading(letter, score) if is_one else None)
    return found


def _recognise(corner: Pixels) -> tuple[str, float]:
    answer: Any = _recogniser()(corner, use_det=False, use_cls=False, use_rec=True)
    if not answer.txts or not answer.scores:
        return "", 0.0
    return str(answer.txts[0]), float(answer.scores[0])


@functools.cache
def _recogniser() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})
