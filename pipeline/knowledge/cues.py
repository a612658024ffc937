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
from typing import Literal

from pipeline.knowledge.spelling import WORD, listed, word_key

Assertion = Literal["affirmed", "negated", "possible", "historical", "family"]
Direction = Literal["forward", "backward", "both"]

# Words; no cue of the lists below is longer or reaches farther.
LONGEST_CUE = 8
FARTHEST_REACH = 40

# The first that holds is the answer.
PRECEDENCE: tuple[Assertion, ...] = ("negated", "family", "historical", "possible")


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase says of the terms near it; `reach` in words, None of a phrase that closes."""

    assertion: Assertion | None
    direction: Direction = "forward"
    reach: int = 0
    closes: bool = False


@dataclass(frozen=True, slots=True)
class FoundCue:
    """A cue at the words `start` to `end` (exclusive)."""

    cue: Cue
    start: int
    end: int


NEUTRAL = Cue(None)
CLOSING = Cue(None, closes=True)

_RELATIVES = listed(
    """
    mother father brother sister sibling parent grandmother grandfather uncle aunt cousin mom dad
    nephew niece grandparent
    """
)
_RELATIVE_VERBS = listed(
    """
    had; has; have; with; also had; also has; suffers from; suffered from; was diagnosed with; is
    affected by; was told; was told she had; was told he had
    """,
    ";",
)
_DURATIONS = listed("hour day week month year decade long lifelong longstanding prolonged short")

# Phrases separated by semicolons, cue by cue.
_PHRASES: tuple[tuple[Cue, str], ...] = (
    (
        Cue("negated", "forward", 12),
        """
        no; not; without; no evidence of; no sign of; no signs of; no history of; absence of;
        negative for; denies; denied; denying; free of; free from; never had; never; lack of;
        lacks; lacking; ruled out; rules out; ruling out; excluded; excludes; nor; neither; none;
        instead of; rather than; cannot be; isn't; wasn't; aren't; weren't; doesn't have;
        don't have; didn't have; no clinical evidence of; no features of; no findings of; not
        consistent with; not suggestive of; not typical of; argues against; no family history of;
        no personal history of; no previous history of; no past history of; sparing;
        spares
        """,
    ),
    (Cue("negated", "forward", 1), "non"),
    (Cue("negated", "forward", 2), "unlike; in contrast to; as opposed to; in contrast with"),
    (
        Cue("negated", "backward", 10),
        """
        was ruled out; were ruled out; is ruled out; are ruled out; has been ruled out; have been
        ruled out; been ruled out; be ruled out; was excluded; were excluded; been excluded; be
        excluded; unlikely; is unlikely; was negative; were negative; is absent; was absent; were
        absent; are absent; absent; not seen; not present; not found; not observed; not noted; was
        not seen; were not seen; not identified; not detected; was not present; is not present;
        were not present; was not observed; were not observed; was not noted; not apparent; not
        evident; was denied; were denied; was spared; were spared; is spared; are spared
        """,
    ),
    (
        Cue("possible", "forward", 12),
        """
        possible; possibly; probable; probably; suspected; suspect; suspecting; suspicious for;
        suspicion of; suspicion for; suspicious of; suggestive of; suggest; suggests; suggested;
        suggesting; rule out; r / o; to exclude; mimic; mimics; mimicking; mimicked; mimicker of;
        mimicry of; resemble; resembles; resembling; resembled; similar to; looks like; look like;
        looked like; looking like; appears to be; appear to be; may be; might be; could be; may
        have; might have; could have; confused with; mistaken for; misdiagnosed as; question of;
        concern for; concerning for; likely; perhaps; maybe; presumed; presumptive; presumably;
        consider; considered; considering; cannot exclude; can't exclude; cannot rule out; can't
        rule out; i think; risk of; at risk for; risk factor for; risk for; prevention of;
        prevent; prevents; screening for; check for; tested for; reminiscent of; clinically
        suspected; working diagnosis of; provisional diagnosis of; uncertain; questionable;
        distinguish from; distinguished from; differentiate from; differentiated from; whether;
        most likely; not sure if; not sure whether; not sure that; worried about; afraid of; afraid
        that; scared of; fear of; he thinks; she thinks; they think; i guess; i believe; thinks
        it's; thinks it is; wondering if; wonder if; does anyone know if; could this be; is this
        """,
    ),
    (
        Cue("possible", "forward", FARTHEST_REACH),
        """
        differential diagnosis; differential diagnoses; differential diagnosis includes;
        differentials; ddx; differential; differential diagnosis included
        """,
    ),
    (Cue("possible", "both", 6), "versus; vs"),
    (
        Cue("possible", "backward", 8),
        """
        was suspected; is suspected; were suspected; was considered; were considered; is possible;
        is likely; is probable; cannot be excluded; could not be excluded; can not be excluded;
        can't be excluded; cannot be ruled out; could not be ruled out; was in the differential;
        were in the differential; in the differential diagnosis; is in the differential; should be
        considered; should be excluded; should be ruled out; must be excluded; must be ruled out;
        to be excluded; to be ruled out
        """,
    ),
    (
        Cue("historical", "forward", 10),
        """
        history of; past history of; past medical history of; medical history of; medical history
        significant for; history significant for; medical history includes; medical history
        included; previous; previously; prior; past; status post; s / p; h / o; former; formerly;
        known history of; personal history of; previously diagnosed with; remote history of;
        childhood history of; background of; years ago had; used to have; recovered from; no longer
        has; no longer have; no longer had
        """,
    ),
    (Cue("historical", "backward", 6), "in the past; in childhood; as a child; years ago"),
    (
        Cue("family", "forward", 12),
        """
        family history of; family history; family history positive for; family members with;
        family member with; relatives with; relative with; familial history of
        """
        "; " + "; ".join(f"{kin} {verb}" for kin in _RELATIVES for verb in _RELATIVE_VERBS),
    ),
    (
        Cue("family", "backward", 8),
        """
        runs in the family; run in the family; runs in my family; in the family; in my family; in
        family members; in his family; in her family; in first degree relatives
        """,
    ),
    (
        NEUTRAL,
        """
        no improvement; no change; no response; no relief; no significant change; no significant
        improvement; no effect; not improve; not improved; not respond; not responded; not
        responding; did not respond to; did not improve; not only; not necessarily; no doubt; no
        longer; not uncommon; not unlike; not just; not merely; without improvement; without
        response; without treatment; without relief; without effect; without success; without any
        improvement; no previous treatment; no increase; no more; no treatment; not treated; prior
        to; previously healthy; previously undiagnosed; previously reported; previously described;
        previously treated; previously untreated; previously unreported; natural history of;
        natural history; past week; past month; past year; past day; history taking; no other;
        not healing; not going away; not heal; the past; not known; gram
        negative; no recurrence; without recurrence; not resolve; not resolving; free margin;
        """
        + "; ".join(f"{duration} history of" for duration in _DURATIONS),
    ),
    (
        CLOSING,
        """
        but; however; although; though; except; nevertheless; yet; whereas; apart from; aside
        from; which; who; because; since; presented with; presents with; presenting with;
        presented; presents; showed; shows; revealed; reveals; showing; demonstrated;
        demonstrates; diagnosed with; now; currently; today; developed; develops; with new; and
        the; and a; and an; and was; and is; and there; then; diagnosis was; diagnosis is; was
        made; was confirmed; confirmed; consistent with; while
        """,
    ),
)
_SENTENCE_ENDS = frozenset({".", "!", "?", ";", "¶"})


def cue_phrases() -> dict[str, Cue]:
    """Return every cue by its key, as `cue_key` writes it."""
    return {cue_key(phrase): cue for cue, text in _PHRASES for phrase in listed(text, ";")}


def cue_key(phrase: str) -> str:
    """Return the key of a cue, in which single signs such as a slash are words of their own."""
    return " ".join(word_key(part) if WORD.fullmatch(part) else part for part in phrase.split())


def sentence_bounds(keys: Sequence[str]) -> list[tuple[int, int]]:
    """Return for every word the first word of its sentence and the word after its last."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for position, key in enumerate(keys):
        if key in _SENTENCE_ENDS:
            bounds += [(start, position + 1)] * (position + 1 - start)
            start = position + 1
    return bounds + [(start, len(keys))] * (len(keys) - start)


class Assertions:
    """What the cues of one passage say of any of its words."""

    def __init__(self, keys: Sequence[str], cues: Sequence[FoundCue]) -> None:
        self._keys = keys
        self._bounds = sentence_bounds(keys)
        self._cues = sorted(cues, key=lambda each: each.start)
        self._starts = [each.start for each in self._cues]

    def of(self, start: int, end: int, *, questioned: bool) -> Assertion:
        """Return the assertion of the words `start` to `end`.

        Args:
            start: First word.
            end: Word after the last.
            questioned: Whether a question mark at the end of the sentence casts doubt.
        """
        first, last = self._bounds[start]
        # only what can reach: a passage of one endless sentence is read in linear time all the same
        since = bisect_left(self._starts, max(first, start - FARTHEST_REACH - LONGEST_CUE))
        until = bisect_left(self._starts, min(last, end + FARTHEST_REACH))
        near = self._cues[since:until]
        closings = [each for each in near if each.cue.closes]
        said = {each.cue.assertion for each in near if _reaches(each, start, end, closings)}
        for assertion in PRECEDENCE:
            if assertion in said:
                return assertion
        if questioned and self._keys[last - 1] == "?":
            return "possible"
        return "affirmed"


def _reaches(found: FoundCue, start: int, end: int, closings: Sequence[FoundCue]) -> bool:
    cue = found.cue
    if cue.assertion is None:
        return False
    if cue.direction != "backward" and 0 <= start - found.end < cue.reach:
        return not any(found.end <= each.start < start for each in closings)
    if cue.direction != "forward" and 0 <= found.start - end < cue.reach:
        return not any(end <= each.start < found.start for each in closings)
    return False
