"""Words that deny, doubt or date a finding, and how far they reach.

After NegEx (Chapman et al., A simple algorithm for identifying negated findings and diseases in
discharge summaries, J Biomed Inform 34:301-310, 2001) and ConText (Harkema et al., ConText: an
algorithm for determining negation, experiencer, and temporal status from clinical reports, J
Biomed Inform 42:839-851, 2009): a cue reaches forward or backward within its sentence until a
closing word; longer phrases win over shorter ones, and phrases that only look like cues count as
none. The lists are our own, for dermatology.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Assertion = Literal["affirmed", "negated", "possible", "historical", "family"]
Direction = Literal["forward", "backward", "both"]

# Words; no cue of the lists below is longer or reaches farther.
LONGEST_CUE = 8
FARTHEST_REACH = 40

# The first that holds is the answer.
PRECEDENCE: tuple[Assertion, ...] = ("negated", "family", "historical", "possible")


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase says of the terms near it; `reach` in words."""

    assertion: Assertion | None
    direction: Direction = "forward"
    reach: int = 0
    closes: bool = False
    ends_sentence: bool = False


class FoundCue(NamedTuple):
    """A cue at the words `start` to `end` (exclusive)."""

    cue: Cue
    start: int
    end: int


NEUTRAL = Cue(None)
CLOSING = Cue(None, closes=True)
SENTENCE_END = Cue(None, closes=True, ends_sentence=True)
# Signs that a differential diagnosis goes on after.
SEMICOLON = Cue(None, closes=True, ends_sentence=True, reach=1)
COLON = Cue(None, closes=True, reach=1)
QUESTION = Cue(None, direction="both", closes=True, ends_sentence=True)


def _start(found: FoundCue) -> int:
    return found.start


class Assertions:
    """What the cues of one passage say of any of its words."""

    def __init__(self, n_words: int, cues: Sequence[FoundCue]) -> None:
        """Lay every cue over the words that it reaches.

        Args:
            n_words: Words of the passage.
            cues: Its cues, ends of sentences among them; of those that overlap, the longest.
        """
        self._n_words = n_words
        self._ends = [each.start for each in cues if each.cue.ends_sentence]
        self._questions = {each.start for each in cues if each.cue is QUESTION}
        self._forward: dict[Assertion, bytearray] = {}
        self._backward: dict[Assertion, bytearray] = {}
        cues = sorted(cues, key=_start)
        self._closings = [each.start for each in cues if each.cue.closes]
        self._hard_closings = [
            each.start for each in cues if each.cue.closes and each.cue not in (SEMICOLON, COLON)
        ]
        self._colons = {each.start for each in cues if each.cue is COLON}
        for found in cues:
            if found.cue.assertion is not None:
                self._lay(found, found.cue.assertion)

    def of(self, start: int, end: int, *, questioned: bool) -> Assertion:
        """Return the assertion of the words `start` to `end`.

        Args:
            start: First word.
            end: Word after the last.
            questioned: Whether a question mark at the end of the sentence casts doubt.
        """
        for assertion in PRECEDENCE:
            forward = self._forward.get(assertion)
            if forward is not None and forward[start]:
                return assertion
            backward = self._backward.get(assertion)
            if backward is not None and backward[end]:
                return assertion
        if questioned and self._questions:
            at = bisect_left(self._ends, start)
            if at < len(self._ends) and self._ends[at] in self._questions:
                return "possible"
        return "affirmed"

    def _lay(self, found: FoundCue, assertion: Assertion) -> None:
        cue = found.cue
        closings = self._hard_closings if cue.reach == FARTHEST_REACH else self._closings
        if cue.direction != "backward":
            at = bisect_left(closings, found.end + (found.end in self._colons))
            last = min(found.end + cue.reach, self._n_words)
            if at < len(closings):
                last = min(last, closings[at] + 1)
            self._mark(self._forward, assertion, found.end, last)
        if cue.direction != "forward":
            at = bisect_left(closings, found.start)
            first = max(0, found.start - cue.reach + 1)
            if at > 0:
                first = max(first, closings[at - 1] + 1)
            self._mark(self._backward, assertion, first, found.start + 1)

    def _mark(
        self, marks: dict[Assertion, bytearray], assertion: Assertion, first: int, last: int
    ) -> None:
        if first < last:
            words = marks.setdefault(assertion, bytearray(self._n_words + 1))
            words[first:last] = b"\x01" * (last - first)
