"""From a passage to what it mentions: diseases, concepts, body sites, age, sex, skin type.

One Aho-Corasick pass over whole words finds all terms in any spelling; longer terms win over the
shorter ones that they hold. Every mention carries its exact span of the passage and how it is
asserted, after NegEx and ConText (see `cues`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import ahocorasick

from pipeline.knowledge.body_sites import BODY_SITES, GUARDED_SITES, GUARDS, NOT_SITES, site_id
from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.cues import Assertion, Assertions, Cue, FoundCue, cue_phrases
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.persons import find_person_facts
from pipeline.knowledge.spelling import WORD, term_key, word_key
from pipeline.knowledge.terms import Meaning, TermIndex

Kind = Literal["disease", "concept", "body_site", "age", "sex", "skin_type"]

# Words, ends of paragraphs, and signs that part two words; a hyphen joins them.
_TOKEN = re.compile(rf"(?P<word>{WORD.pattern})|(?P<gap>\n[^\S\n]*\n\s*)|[^\w\s\-‐‑–'’]")
_PARAGRAPH = "¶"
# A full stop after these only shortens a word.
_SHORTENED = frozenset(
    {"vs", "st", "dr", "eg", "ie", "cf", "approx", "fig", "mr", "mrs", "ca", "e", "g"}
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention; `text` is the passage from `start` to `end`."""

    kind: Kind
    term_id: str
    text: str
    start: int
    end: int
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class _Words:
    """A passage in words: their keys, and their offsets."""

    text: str
    keys: list[str]
    starts: list[int]
    ends: list[int]

    def raw(self, position: int) -> str:
        return self.text[self.starts[position] : self.ends[position]]


@dataclass(frozen=True, slots=True)
class _Hit:
    """Terms that stand at the words `start` to `end` (exclusive); none for a decoy phrase."""

    start: int
    end: int
    terms: tuple[tuple[Kind, str], ...]


@dataclass(slots=True)
class _Entry:
    """All that one key can be."""

    key: str
    terms: list[tuple[Kind, str]]
    is_term: bool = False
    cue: Cue | None = None


class MentionFinder:
    """Finds mentions with one ontology and one list of concepts."""

    def __init__(self, ontology: Ontology, concepts: Concepts) -> None:
        self._index = TermIndex(ontology)
        self._lines = {
            condition.condition_id: frozenset(
                each.condition_id for each in ontology.path(condition.condition_id)
            )
            for condition in ontology
        }
        entries: dict[str, _Entry] = {}
        self._add_diseases(entries)
        self._add_concepts(entries, concepts)
        for key, cue in cue_phrases().items():
            entries.setdefault(key, _Entry(key, [])).cue = cue
        self._automaton = ahocorasick.Automaton()
        for key, entry in entries.items():
            self._automaton.add_word(f" {key} ", entry)
        self._automaton.make_automaton()

    def find(self, text: str) -> list[Mention]:
        """Return the mentions of a passage in order of their place."""
        words = _read_words(text)
        hits, cues = self._scan(words)
        hits = _longest(hits + self._abbreviations(words, hits), len(words.keys))
        assertions = Assertions(words.keys, _longest_cues(cues, len(words.keys)))
        mentions = [each for hit in hits for each in _mentions_of(hit, words, assertions)]
        mentions += _person_mentions(text, mentions)
        return sorted(mentions, key=lambda each: (each.start, each.end, each.kind, each.term_id))

    def _add_diseases(self, entries: dict[str, _Entry]) -> None:
        for key, meaning in self._index.words.items():
            if meaning.rule == "label_only":
                continue
            entry = entries.setdefault(key, _Entry(key, [], is_term=True))
            if meaning.rule not in ("never", "spelled_out"):
                entry.terms.append(("disease", meaning.condition_ids[0]))

    def _add_concepts(self, entries: dict[str, _Entry], concepts: Concepts) -> None:
        for concept in concepts:
            for term in concept.terms:
                key = term_key(term)
                entries.setdefault(key, _Entry(key, [], is_term=True)).terms.append(
                    ("concept", concept.concept_id)
                )
        for name, *others in BODY_SITES:
            for term in (name, *others):
                key = term_key(term)
                entries.setdefault(key, _Entry(key, [], is_term=True)).terms.append(
                    ("body_site", site_id(name))
                )
        for phrase in (*concepts.not_concepts, *NOT_SITES):
            key = term_key(phrase)
            entries.setdefault(key, _Entry(key, [], is_term=True))

    def _scan(self, words: _Words) -> tuple[list[_Hit], list[FoundCue]]:
        """Return all terms and all cues of a passage, however they overlap."""
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        at = 1
        for position, key in enumerate(words.keys):
            starts[at] = position
            at += len(key)
            ends[at] = position + 1
            at += 1
        hits: list[_Hit] = []
        cues: list[FoundCue] = []
        for end, entry in self._automaton.iter(f" {' '.join(words.keys)} "):
            last = ends[end]
            first = starts[end - len(entry.key)]
            if entry.cue is not None:
                cues.append(FoundCue(entry.cue, first, last))
            if entry.is_term and _is_allowed(entry, first, words.keys):
                hits.append(_Hit(first, last, tuple(entry.terms)))
        return hits, cues

    def _abbreviations(self, words: _Words, hits: Sequence[_Hit]) -> list[_Hit]:
        """Return abbreviations of diseases; doubtful ones need the disease spelled out."""
        spelled: set[str] = set()
        for hit in hits:
            for kind, term_id in hit.terms:
                if kind == "disease":
                    spelled |= self._lines[term_id]
        found: list[_Hit] = []
        for position in range(len(words.keys)):
            raw = words.raw(position)
            meaning = self._index.abbreviation(raw) if raw[:3].lower() != raw[:3] else None
            if meaning is None:
                continue
            condition_id = _chosen(meaning, spelled)
            if meaning.rule == "spelled_out" and _is_measurement(words, position):
                condition_id = None
            terms: tuple[tuple[Kind, str], ...] = ()
            if condition_id is not None:
                terms = (("disease", condition_id),)
            found.append(_Hit(position, position + 1, terms))
        return found


@lru_cache(maxsize=1)
def default_finder() -> MentionFinder:
    """Return the finder with the ontology and the concepts of `schemas/`, built once."""
    return MentionFinder(Ontology.load(), Concepts.load())


def find_mentions(text: str) -> list[Mention]:
    """Return what a passage mentions, in order, with exact spans and assertions."""
    return default_finder().find(text)


def _read_words(text: str) -> _Words:
    keys: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match.lastgroup == "word":
            key = word_key(match.group())
        elif match.lastgroup == "gap":
            key = _PARAGRAPH
        else:
            key = match.group()
            if key == "." and keys and keys[-1] in _SHORTENED:
                continue
            if key == "." and not _ends_sentence(text, end):
                key = "·"
        keys.append(key)
        starts.append(start)
        ends.append(end)
    return _Words(text, keys, starts, ends)


def _ends_sentence(text: str, end: int) -> bool:
    follows = text[end : end + 1]
    return not follows or follows.isspace() or follows in "\"')]”’"


def _is_allowed(entry: _Entry, first: int, keys: Sequence[str]) -> bool:
    if entry.key not in GUARDED_SITES:
        return True
    return first > 0 and keys[first - 1] in GUARDS


def _chosen(meaning: Meaning, spelled: set[str]) -> str | None:
    if meaning.rule is None or meaning.rule == "prefer":
        return meaning.condition_ids[0]
    if meaning.rule != "spelled_out":
        return None
    candidates = [each for each in meaning.condition_ids if each in spelled]
    return candidates[0] if len(candidates) == 1 else None


def _is_measurement(words: _Words, position: int) -> bool:
    """Tell whether a number follows, as in `BP 120/80`."""
    return position + 1 < len(words.keys) and words.keys[position + 1].isdigit()


def _longest(hits: Sequence[_Hit], n_words: int) -> list[_Hit]:
    """Return the hits that no longer one overlaps, longest first, then leftmost."""
    taken = bytearray(n_words)
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda each: (each.start - each.end, each.start)):
        if not any(taken[hit.start : hit.end]):
            taken[hit.start : hit.end] = b"\x01" * (hit.end - hit.start)
            kept.append(hit)
    return kept


def _longest_cues(cues: Sequence[FoundCue], n_words: int) -> list[FoundCue]:
    taken = bytearray(n_words)
    kept: list[FoundCue] = []
    for found in sorted(cues, key=lambda each: (each.start - each.end, each.start)):
        if not any(taken[found.start : found.end]):
            taken[found.start : found.end] = b"\x01" * (found.end - found.start)
            kept.append(found)
    return kept


def _mentions_of(hit: _Hit, words: _Words, assertions: Assertions) -> Iterator[Mention]:
    start, end = words.starts[hit.start], words.ends[hit.end - 1]
    for kind, term_id in hit.terms:
        assertion = assertions.of(hit.start, hit.end, questioned=kind == "disease")
        if kind == "disease" and hit.end < len(words.keys) and words.keys[hit.end] == "like":
            assertion = "possible" if assertion == "affirmed" else assertion
        if kind == "body_site" and assertion != "negated":
            # a doubt about the disease is no doubt about its place
            assertion = "affirmed"
        yield Mention(kind, term_id, words.text[start:end], start, end, assertion)


def _person_mentions(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the person's facts that no other mention holds (`female pattern hair loss`)."""
    taken = bytearray(len(text))
    for each in mentions:
        taken[each.start : each.end] = b"\x01" * (each.end - each.start)
    return [
        Mention(
            fact.kind, fact.value, text[fact.start : fact.end], fact.start, fact.end, "affirmed"
        )
        for fact in find_person_facts(text)
        if not any(taken[fact.start : fact.end])
    ]
