"""All phrases that the search for mentions looks for, and what each can be."""

from __future__ import annotations

import re
from typing import Literal

from pipeline.knowledge.body_sites import BODY_SITES, GUARDED_SITES, NOT_SITES, site_id
from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.cue_phrases import cue_phrases
from pipeline.knowledge.cues import Cue
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.spelling import term_key
from pipeline.knowledge.terms import TermIndex

Kind = Literal["disease", "concept", "finding", "body_site", "age", "sex", "skin_type"]

# `hand foot and mouth` is also written `hand, foot and mouth`.
_ENUMERATION = re.compile(r"(\w+) (\w+) and (\w+.*)")


Terms = tuple[tuple[Kind, str], ...]
# Number of words; terms, none for a decoy; whether a guard must stand before; finding; cue.
Parts = tuple[int, Terms | None, bool, Terms | None, Cue | None]


class Phrase:
    """All that one phrase can be."""

    __slots__ = ("cue", "finding_id", "is_guarded", "is_term", "n_words", "terms")

    def __init__(self, n_words: int) -> None:
        self.n_words = n_words
        self.terms: tuple[tuple[Kind, str], ...] = ()
        self.finding_id: str | None = None
        self.is_term = False
        self.is_guarded = False
        self.cue: Cue | None = None

    def parts(self) -> Parts:
        """Return the entry as a tuple, which is taken apart faster."""
        terms = self.terms if self.is_term else None
        finding: Terms | None = None
        if self.finding_id is not None:
            finding = (("finding", self.finding_id),)
        return (self.n_words, terms, self.is_guarded, finding, self.cue)


class Phrases(dict[str, Phrase]):
    """What each phrase can be, by its key."""

    def __missing__(self, key: str) -> Phrase:
        self[key] = Phrase(len(key.split()))
        return self[key]

    def add(self, key: str, *terms: tuple[Kind, str]) -> Phrase:
        """Take a term, or without `terms` a phrase that only looks like one."""
        entry = self[key]
        entry.is_term = True
        entry.terms += terms
        return entry


def phrases_of(index: TermIndex, concepts: Concepts, findings: Findings) -> Phrases:
    """Return all terms, decoys, findings and cues, by key."""
    entries = Phrases()
    _add_diseases(entries, index)
    for concept in concepts:
        for term in concept.terms:
            entries.add(term_key(term), ("concept", concept.concept_id))
    for name, *others in BODY_SITES:
        for term in (name, *others):
            key = term_key(term)
            entries.add(key, ("body_site", site_id(name))).is_guarded = key in GUARDED_SITES
    for phrase in (*concepts.not_concepts, *NOT_SITES):
        entries.add(term_key(phrase))
    for finding in findings:
        for term in finding.terms if not finding.is_concept else ():
            entries[term_key(term)].finding_id = finding.finding_id
    for key, cue in cue_phrases().items():
        entries[key].cue = cue
    return entries


def _add_diseases(entries: Phrases, index: TermIndex) -> None:
    for key, meaning in index.words.items():
        if meaning.rule == "label_only":
            continue
        for spelling in _with_comma(key):
            if meaning.rule in ("never", "spelled_out"):
                entries.add(spelling)
            else:
                entries.add(spelling, ("disease", meaning.condition_ids[0]))


def _with_comma(key: str) -> tuple[str, ...]:
    match = _ENUMERATION.fullmatch(key)
    return (key, f"{match[1]} , {match[2]} and {match[3]}") if match else (key,)
