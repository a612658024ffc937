"""Sentences of the source that describe the picture, cleaned for use as a caption."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pipeline.knowledge.mentions import find_mentions
from pipeline.language.english import sentence, sentences
from pipeline.language.evidence import Passage

MAX_SENTENCES = 2
WORDS = range(4, 61)

# Speech and forum posts are about a person who speaks; a caption is not.
_DESCRIPTIVE = ("subcaption", "caption", "transcript", "slide", "mention")
_CHATTER = re.compile(
    r"(?<!ype )(?<!tage )(?<!rade )\bI(?=['’]| [a-z])|\?|https?:|www\.|@"
    r"|\b(?i:my|me|mine|you|your|we're|please|thanks?|subscribe|channel|hello|hi)\b",
)
_OPENING = re.compile(
    r"^(?:(?:so|now|okay|ok|and|well|here|again)[, ]+)*"
    r"(?:(?:(?:here )?(?:we|you)(?: can)? (?:see|have|observe|note)(?: here)?)"
    r"|(?:(?:this|the|these) (?:clinical )?(?:image|picture|photo(?:graph)?|figure|slide|panel)s?"
    r"(?: here)? (?:shows?|depicts?|demonstrates?|illustrates?|presents?|displays?))"
    r"|(?:this|these|here) (?:is|are)|showing)\b[ :,]*",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"^(?:(?:supplementary |online )?fig(?:ure|\.)?\s*\d+[A-Za-z]?\s*[.:|–-]*\s*)?"
    r"(?:\(?[A-Ha-h](?:\s*[-–,]\s*[A-Ha-h])*\)|[A-H][.:])?\s*",
)
_ASIDES = re.compile(
    r"\s*(?:\[\d[\d,\s–-]*\]"
    r"|\((?:[^()]*\b(?:fig(?:ure|s)?|arrows?|arrowheads?|asterisks?|panel|see|circles?)\b[^()]*)\)"
    r"|\([A-Ha-h](?:\s*[-–,]\s*[A-Ha-h])*\))",
    re.IGNORECASE,
)
_OTHER_PANEL = re.compile(
    r"\b(?:fig(?:ure|s)?\.?\s*\d|panels? [A-H]\b|previous (?:image|slide|figure)|next slide)",
    re.IGNORECASE,
)


# what is true of a disease, or of another one, and not of this picture
_GENERAL = re.compile(
    r"\b(?:per ?cent|population|prevalence|incidence|in contrast|by contrast|unlike"
    r"|compared (?:to|with)|patients with|people with|affects about|usually|typically|often"
    r"|commonly|in most cases|is an? (?:common|rare|chronic|benign|inflammatory))\b|%",
    re.IGNORECASE,
)


def describe(passages: Iterable[Passage], diseases: Collection[str]) -> str | None:
    """Return up to two sentences of the surest passage that describes the picture, or null.

    A sentence is taken if it names a concept or a disease, is no chatter and no general statement,
    and names no disease other than those given by id.
    """
    for passage in passages:
        if passage.kind not in _DESCRIPTIVE:
            continue
        chosen = [
            cleaned
            for each in sentences(passage.text)
            if (cleaned := _clean(each)) and _is_informative(cleaned, diseases)
        ]
        if chosen:
            return " ".join(dict.fromkeys(chosen[:MAX_SENTENCES]))
    return None


def _clean(text: str) -> str | None:
    bare = _LABELS.sub("", _ASIDES.sub("", text), count=1)
    bare = _OPENING.sub("", bare, count=1).strip(" -–:;,")
    if not bare or _CHATTER.search(bare) or _OTHER_PANEL.search(bare):
        return None
    return sentence(bare)


def _is_informative(text: str, diseases: Collection[str]) -> bool:
    if len(text.split()) not in WORDS or _GENERAL.search(text):
        return False
    mentions = find_mentions(text)
    named = {each.term_id for each in mentions if each.kind == "disease"}
    tells = any(each.kind in ("concept", "disease") for each in mentions)
    return tells and named <= set(diseases)
