"""Pair what is said with what is shown.

What the scores of all sources mean stands in `schemas/pairs.py`. Of a `transcript_window` the score
is 0.8 times the share of the spoken time that falls within the scene, and 0.2 more if a sentence
points at what is seen; where a frame shows several photographs, three quarters of that for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from pipeline.extract.transcripts import Sentence

TIME_WEIGHT, POINTING_WEIGHT = 0.8, 0.2
SHARED_WEIGHT = 0.75  # said of all photographs on a slide, so less of each
_NEAR_S = 5.0  # a slide that is announced comes within so many seconds
_EARLY_S = 1.0  # by which a lecturer speaks before the slide is there
_MIN_WIDENED_S = 0.5

_POINTS = re.compile(
    r"\b(?:(?:as|what|that|which) (?:you|we)(?: can|'ll| will)?(?: all)? (?:see|notice)|"
    r"here(?:'s| is| are| we (?:see|have)| you (?:can )?see|,? (?:there|on the))|"
    r"(?:you|we) can see|(?:see|seen|shown|visible|look|note|notice|right) here|"
    r"(?:look|looking) at (?:the|this|these|that)|on (?:the|your) (?:left|right|screen)|"
    r"this (?:is|was|lesion|patient|picture|image|photo(?:graph)?|slide|case|rash|one)|"
    r"these (?:are|lesions|plaques|papules|pictures|images)|"
    r"hier (?:sehen|sieht|haben) (?:wir|sie|man)|(?:auf|in) diesem bild|"
    r"aqu[ií] (?:vemos|se ve|tenemos)|en esta (?:imagen|foto)|"
    r"(?:ici|l[aà]),? (?:on voit|nous voyons|vous voyez)|sur cette (?:image|photo))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:(?:the|our|my) following (?:slide|picture|image|case|patient)|"
    r"next slide|(?:the|our|my) next (?:slide|picture|image|case|patient)|"
    r"moving on|(?:let'?s|let us|we(?:'ll| will)?|i(?:'ll| will)?) (?:now )?"
    r"(?:move on|turn to|go on to|continue with)|"
    r"n[aä]chste[ns]? (?:folie|bild|fall)|siguiente (?:diapositiva|imagen|caso)|"
    r"(?:diapositive|image|cas) suivante?)\b",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:(?:on|in) (?:the|my|our) (?:previous|last|preceding) (?:slide|picture|image|case)|"
    r"(?:as )?(?:we|you) (?:just )?saw (?:on|in) the (?:previous|last)|"
    r"(?:vorherigen|letzten) (?:folie|bild)|(?:diapositiva|imagen) anterior|"
    r"(?:diapositive|image) pr[eé]c[eé]dente)\b",
    re.IGNORECASE,
)


class Span(Protocol):
    """Something that lasts from one second to another."""

    @property
    def start_s(self) -> float:
        """Its first second."""

    @property
    def end_s(self) -> float:
        """The second in which it ends."""


def overlap_s(scene: Span, sentence: Span) -> float:
    """Return for how many seconds a sentence is spoken while a scene is shown."""
    start, end = max(scene.start_s, sentence.start_s), min(scene.end_s, sentence.end_s)
    return max(0.0, end - start)


def assign_sentences(scenes: Sequence[Span], sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return per scene the whole sentences that are said of it; both must be in order of time.

    A sentence goes to the scene over which most of it is spoken; one that points ("here we see")
    to the scene on screen at that word; one that announces ("on the next slide") to the following
    scene if that comes soon, one that looks back to the scene before. A scene that is left without
    takes the sentences that are spoken over it, though they are mostly another's.
    """
    spoken: list[list[Sentence]] = [[] for _ in scenes]
    over: list[list[Sentence]] = [[] for _ in scenes]
    first = 0
    for sentence in sentences:
        while first < len(scenes) and scenes[first].end_s <= sentence.start_s:
            first += 1
        shared: dict[int, float] = {}
        place = first
        while place < len(scenes) and scenes[place].start_s < sentence.end_s:
            shared[place] = overlap_s(scenes[place], sentence)
            place += 1
        if not any(shared.values()):
            continue
        chosen, is_elsewhere = _choose(scenes, sentence, shared)
        spoken[chosen].append(sentence)
        if not is_elsewhere:
            for each, seconds in shared.items():
                if seconds >= _MIN_WIDENED_S:
                    over[each].append(sentence)
    return [own or widened for own, widened in zip(spoken, over, strict=True)]


def _choose(
    scenes: Sequence[Span], sentence: Sentence, shared: dict[int, float]
) -> tuple[int, bool]:
    """Return the scene that a sentence speaks of, and whether it says that it is another one."""
    most = max(shared, key=lambda place: (shared[place], -place))
    if _BACK.search(sentence.text):
        return max(0, most - 1), True
    if _AHEAD.search(sentence.text):
        following = most + 1
        comes = following < len(scenes) and scenes[most].end_s - sentence.end_s <= _NEAR_S
        # said when the new slide is there already, it speaks of that one
        has_come = sentence.start_s - scenes[most].start_s <= _EARLY_S
        return (following, True) if comes and not has_come else (most, has_come)
    if found := _POINTS.search(sentence.text):
        moment = _moment(sentence, found.start())
        on_screen = next((p for p in shared if scenes[p].end_s > moment), most)
        if most == on_screen + 1 and scenes[on_screen].end_s - moment <= _EARLY_S:
            return most, False
        return on_screen, False
    return most, False


def _moment(sentence: Sentence, at: int) -> float:
    share = at / max(1, len(sentence.text))
    return sentence.start_s + share * (sentence.end_s - sentence.start_s)


def score_window(scene: Span, spoken: Sequence[Sentence], *, n_pictures: int = 1) -> float:
    """Return how sure it is that sentences speak about the pictures of a scene, 0 to 1."""
    length = sum(sentence.end_s - sentence.start_s for sentence in spoken)
    within = sum(overlap_s(scene, sentence) for sentence in spoken)
    share = min(1.0, within / length) if length > 0 else 0.0
    points = share > 0 and any(_POINTS.search(sentence.text) for sentence in spoken)
    score = TIME_WEIGHT * share + POINTING_WEIGHT * points
    return round(score * (1.0 if n_pictures == 1 else SHARED_WEIGHT), 4)
