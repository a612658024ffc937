"""Cues: words that captions show together, and what every form of captions has in common."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

MAX_CUES = 200_000
MAX_CUE_CHARACTERS = 2_000
MAX_SECONDS = 86_400.0
# What captions say of sounds and speakers, not what is spoken.
_NOT_SPOKEN = re.compile(
    r"\[[^\[\]]{0,80}\]|\((?:music|applause|laughter)\)|[♪♫]+|>>+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that are shown together, from ``start_s`` to ``end_s``."""

    start_s: float
    end_s: float
    text: str


def spoken_words(said: str) -> str:
    """Return what is spoken of what captions say, white space folded."""
    words = " ".join(_NOT_SPOKEN.sub(" ", html.unescape(said)).split())
    return words if re.search(r"\w", words) or words in (".", ",", "?", "!") else ""
