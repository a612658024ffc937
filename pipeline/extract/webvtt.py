"""WebVTT captions, those of YouTube's machine among them, which roll.

The machine's captions show two lines: each line comes with a time for every word, then stands a
moment by itself, then stands above the next line. It is spoken once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from pipeline.extract.cues import MAX_CUE_CHARACTERS, MAX_CUES, MAX_SECONDS, Cue, spoken_words

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{3})"
_TIMES = re.compile(rf"{_CLOCK}[ \t]*-->[ \t]*{_CLOCK}")
_WORD_TIME = re.compile(rf"<{_CLOCK}>")
_TAG = re.compile(r"<[^<>]{0,80}>")
_MAX_LINES = 20  # of one cue
# A cue that begins later than this after the one before shows nothing of it, unless its words have
# times: the machine's last line stays in sight through a silence.
_ROLLS_ON_S = 0.1


def read_vtt(text: str) -> list[Cue]:
    """Return the cues of WebVTT; a line that only rolls up from the cue before is left out."""
    cues: list[Cue] = []
    shown: list[str] = []
    shown_until = 0.0
    for start, end, lines in _blocks(text):
        is_timed = any(_WORD_TIME.search(line) for line in lines)
        if not is_timed and start - shown_until > _ROLLS_ON_S:
            shown = []
        words = [spoken_words(_TAG.sub("", line)) for line in lines]
        fresh = [
            line for line, said in zip(lines, words, strict=True) if said and said not in shown
        ]
        cues += _timed(start, end, fresh)
        shown = [said for said in words if said] or shown
        shown_until = max(shown_until, end)
        if len(cues) >= MAX_CUES:
            break
    return cues[:MAX_CUES]


def _blocks(text: str) -> Iterator[tuple[float, float, list[str]]]:
    """Yield start, end and lines of each cue; what has no times is no cue."""
    for block in re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n")):
        found = _TIMES.search(block)
        if found is None:
            continue
        start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
        if start <= end <= MAX_SECONDS:
            body = block[found.end() :].partition("\n")[2]
            lines = body.split("\n", _MAX_LINES)[:_MAX_LINES]
            yield start, end, [line[:MAX_CUE_CHARACTERS] for line in lines]


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _timed(start: float, end: float, lines: list[str]) -> Iterator[Cue]:
    """Yield the words of a cue's fresh lines, each run of words from the time that stands first."""
    line = " ".join(lines)
    stamps = [(found.start(), found.end(), found.groups()) for found in _WORD_TIME.finditer(line)]
    edges = [
        (0, 0, start),
        *((a, b, _seconds(clock)) for a, b, clock in stamps),
        (len(line), 0, end),
    ]
    for (_, begins, at), (ends, _, until) in pairwise(edges):
        said = _TAG.sub("", line[begins:ends])
        if words := spoken_words(said):
            first = min(max(at, start), end)
            gap = " " if begins == 0 or said[:1].isspace() else ""
            yield Cue(first, min(max(until, first), end), f"{gap}{words}")
