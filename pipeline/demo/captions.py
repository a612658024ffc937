"""Captions of the demo's videos, in the forms in which YouTube serves them."""

from typing import Any

Passages = list[tuple[float, float, str]]
_WORDS_PER_EVENT = 7


def json3(passages: Passages, duration_s: float) -> dict[str, Any]:
    """Time the words of (start, end, text) passages evenly and write them as json3 events.

    As in the real thing there is a window event without words, every line is followed by an
    event that appends a newline, and events overlap.
    """
    events: list[dict[str, Any]] = [
        {
            "tStartMs": 0,
            "dDurationMs": round(duration_s * 1000),
            "id": 1,
            "wpWinPosId": 1,
            "wsWinStyleId": 1,
        }
    ]
    for start, end, text in passages:
        events.extend(_events(start, end, text.split()))
    return {
        "wireMagic": "pb3",
        "pens": [{}],
        "wsWinStyles": [{}, {"mhModeHint": 2, "juJustifCode": 0, "sdScrollDir": 3}],
        "wpWinPositions": [{}, {"apPoint": 6, "ahHorPos": 20, "avVerPos": 100, "rcRows": 2}],
        "events": events,
    }


def _events(start: float, end: float, words: list[str]) -> list[dict[str, Any]]:
    pace = (end - start) * 1000 / max(1, len(words))
    events: list[dict[str, Any]] = []
    for first in range(0, len(words), _WORDS_PER_EVENT):
        line = words[first : first + _WORDS_PER_EVENT]
        begins = round(start * 1000 + first * pace)
        segs: list[dict[str, Any]] = []
        for place, word in enumerate(line):
            seg: dict[str, Any] = {"utf8": word if not place else f" {word}", "acAsrConf": 0}
            if place:
                seg["tOffsetMs"] = round(place * pace)
            segs.append(seg)
        shown = round((len(line) + _WORDS_PER_EVENT) * pace)
        events.append({"tStartMs": begins, "dDurationMs": shown, "wWinId": 1, "segs": segs})
        newline = round(begins + len(line) * pace) - 10
        events.append(
            {
                "tStartMs": newline,
                "dDurationMs": shown - round(len(line) * pace) + 10,
                "wWinId": 1,
                "aAppend": 1,
                "segs": [{"utf8": "\n"}],
            }
        )
    return events


def manual_json3(passages: Passages) -> dict[str, Any]:
    """Write (start, end, text) passages as a person's captions: whole lines without word times."""
    events = [
        {
            "tStartMs": round(start * 1000),
            "dDurationMs": round((end - start) * 1000),
            "segs": [{"utf8": text}],
        }
        for start, end, text in passages
    ]
    return {"wireMagic": "pb3", "pens": [{}], "events": events}


def rolling_vtt(passages: Passages) -> str:
    """Write (start, end, text) passages as the machine's WebVTT, which rolls.

    Every line comes with the times of its words below the line before, then stands by itself for
    a hundredth of a second.
    """
    blocks = ["WEBVTT\nKind: captions\nLanguage: en"]
    above = " "
    for start, end, text in passages:
        words = text.split()
        pace = (end - start) / max(1, len(words))
        for first in range(0, len(words), _WORDS_PER_EVENT):
            line = words[first : first + _WORDS_PER_EVENT]
            begins = start + first * pace
            ends = begins + len(line) * pace
            timed = line[0] + "".join(
                f"<{_clock(begins + place * pace)}><c> {word}</c>"
                for place, word in enumerate(line[1:], 1)
            )
            head = f"{_clock(begins)} --> {_clock(ends - 0.01)} align:start position:0%"
            blocks.append(f"{head}\n{above}\n{timed}")
            above = " ".join(line)
            blocks.append(f"{_clock(ends - 0.01)} --> {_clock(ends)}\n{above}\n ")
    return "\n\n".join(blocks) + "\n"


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{thousandths:03d}"
