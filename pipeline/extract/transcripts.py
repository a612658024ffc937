"""Transcripts: captions as a platform serves them, into sentences with times."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any

from pipeline.errors import DermcurateError
from pipeline.extract.cues import MAX_CUE_CHARACTERS, MAX_CUES, MAX_SECONDS, Cue, spoken_words
from pipeline.extract.sentences import sentence_spans
from pipeline.extract.webvtt import read_vtt

MAX_BYTES = 30_000_000
_MAX_NUMBER_CHARACTERS = 20
_PAUSE_S = 1.5  # silence that ends a sentence whose captions have no full stops
_WORD_S = 1.0  # no word takes longer
_LONG_SENTENCE_S = 20.0  # after which the end of a caption ends a sentence, too


class TranscriptError(DermcurateError):
    """Captions that cannot be read."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the seconds in which it is spoken."""

    start_s: float
    end_s: float
    text: str


def read_transcript(content: bytes) -> list[Sentence]:
    """Return the sentences of json3 or WebVTT captions in the order in which they are spoken.

    Raises:
        TranscriptError: the bytes are neither, or are too many.
    """
    if len(content) > MAX_BYTES:
        raise TranscriptError(
            f"the captions have {len(content)} bytes, at most {MAX_BYTES} are read"
        )
    text = content.decode("utf-8-sig", errors="replace")
    cues = read_vtt(text) if text.lstrip().startswith("WEBVTT") else read_json3(text)
    return join_sentences(without_overlaps(cues))


def read_json3(text: str) -> list[Cue]:
    """Return the cues of YouTube's json3, each word with a time of its own as a cue of its own.

    Raises:
        TranscriptError: the text is not JSON, or has no list of events.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise TranscriptError("the captions are neither json3 nor WebVTT") from fault
    events = told.get("events") if isinstance(told, dict) else None
    if not isinstance(events, list):
        raise TranscriptError("the captions are JSON, but have no list of events")
    return list(islice((cue for event in events for cue in _event_cues(event)), MAX_CUES))


def _event_cues(event: Any) -> Iterator[Cue]:
    if not isinstance(event, dict) or event.get("aAppend"):
        return
    start, length = _seconds(event.get("tStartMs")), _seconds(event.get("dDurationMs", 0))
    segments = event.get("segs")
    if start is None or length is None or not isinstance(segments, list):
        return
    parts = []
    for segment in segments[:MAX_CUE_CHARACTERS]:
        said = segment.get("utf8") if isinstance(segment, dict) else None
        if isinstance(said, str) and said:
            offset = _seconds(segment.get("tOffsetMs", 0)) or 0.0
            parts.append((min(start + offset, start + length), said[:MAX_CUE_CHARACTERS]))
    if not parts:
        return
    # a line stays in sight after its last word
    shown = start + length if len(parts) < 2 else min(start + length, parts[-1][0] + _WORD_S)
    ends = [*(begins for begins, _ in parts[1:]), shown]
    gap = " "  # events follow each other like lines: the first word of one starts a new word
    for (begins, said), end in zip(parts, ends, strict=True):
        if words := spoken_words(said):
            space = gap or (" " if said[:1].isspace() else "")
            yield Cue(begins, max(begins, end), f"{space}{words}")
            gap = " " if said[-1:].isspace() else ""


def _seconds(told: Any) -> float | None:
    """Return milliseconds, a number or a string of one, as seconds; of anything else, nothing."""
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    if isinstance(told, str) and len(told) > _MAX_NUMBER_CHARACTERS:
        return None
    try:
        seconds = float(told) / 1000
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds <= MAX_SECONDS else None


def without_overlaps(cues: Iterable[Cue]) -> list[Cue]:
    """Return the cues by start, each ended by the next one, repetitions at one time left out."""
    ordered = sorted(cues, key=lambda cue: cue.start_s)
    once: list[Cue] = [
        cue
        for before, cue in pairwise([None, *ordered])
        if cue is not None
        and (before is None or (before.start_s, before.text) != (cue.start_s, cue.text))
    ]
    return [
        cue if after is None else replace(cue, end_s=min(cue.end_s, after.start_s))
        for cue, after in pairwise([*once, None])
        if cue is not None
    ]


def join_sentences(cues: list[Cue]) -> list[Sentence]:
    """Return whole sentences; within a cue time runs evenly over its characters.

    Where captions have no full stops, a pause ends a sentence, and so does the first end of a cue
    after twenty seconds.
    """
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    began = cues[0].start_s if cues else 0.0
    for before, cue in pairwise([None, *cues]):
        if cue is None:
            continue
        if before is not None and before.text.rstrip()[-1:] in ".!?。":
            began = cue.start_s
        elif before is not None and _breaks(before, cue, began):
            pieces.append("\n")
            length += 1
            began = cue.start_s
        starts.append(length)
        pieces.append(cue.text)
        length += len(cue.text)
    text = "".join(pieces)
    return [
        Sentence(
            round(_moment(cues, starts, start), 3),
            round(_moment(cues, starts, end - 1, ends=True), 3),
            " ".join(text[start:end].split()),
        )
        for start, end in sentence_spans(text)
    ]


def _breaks(before: Cue, cue: Cue, began: float) -> bool:
    is_whole_word = cue.text[:1].isspace()
    pauses = cue.start_s - before.end_s >= _PAUSE_S
    return is_whole_word and (pauses or before.end_s - began >= _LONG_SENTENCE_S)


def _moment(cues: list[Cue], starts: list[int], at: int, *, ends: bool = False) -> float:
    """Return the second in which a character begins, or ends, to be spoken."""
    place = max(0, bisect_right(starts, at) - 1)
    cue = cues[place]
    lead = len(cue.text) - len(cue.text.lstrip())
    spoken = max(1, len(cue.text) - lead)
    offset = min(max(at - starts[place] - lead, 0) + ends, spoken)
    return cue.start_s + (cue.end_s - cue.start_s) * offset / spoken
