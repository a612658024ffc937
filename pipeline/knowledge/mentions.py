"""From a passage to what it mentions: diseases, concepts, findings, sites, age, sex, skin type.

One Aho-Corasick pass over whole words finds all terms in any spelling; longer terms win over the
shorter ones that they hold, but a finding leaves the concepts that it is made of. Every mention
carries its exact span of the passage and how it is asserted, after NegEx and ConText (see `cues`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import ahocorasick

from pipeline.knowledge.body_sites import GUARDS
from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.cues import Assertion, Assertions, FoundCue
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.persons import PERSON_WORDS, find_person_facts
from pipeline.knowledge.phrases import Kind, phrases_of
from pipeline.knowledge.terms import Meaning, TermIndex
from pipeline.knowledge.words import Alphabet, Words


class Mention(NamedTuple):
    """One mention; `text` is the passage from `start` to `end`."""

    kind: Kind
    term_id: str
    text: str
    start: int
    end: int
    assertion: Assertion


class _Hit(NamedTuple):
    """Terms that stand at the words `start` to `end` (exclusive); none for a decoy phrase."""

    start: int
    end: int
    terms: tuple[tuple[Kind, str], ...]


class MentionFinder:
    """Finds mentions with one ontology, one list of concepts and one of findings."""

    def __init__(self, ontology: Ontology, concepts: Concepts, findings: Findings) -> None:
        self._index = TermIndex(ontology)
        self._lines = {
            condition.condition_id: frozenset(
                each.condition_id for each in ontology.path(condition.condition_id)
            )
            for condition in ontology
        }
        phrases = phrases_of(self._index, concepts, findings)
        self._alphabet = Alphabet([*phrases, *GUARDS], self._index.abbreviations, PERSON_WORDS)
        self._guards = {self._alphabet.phrase(word) for word in GUARDS}
        self._like = self._alphabet.phrase("like")
        self._automaton = ahocorasick.Automaton()
        for key, phrase in phrases.items():
            self._automaton.add_word(self._alphabet.phrase(key), phrase.parts())
        self._automaton.make_automaton()

    def find(self, text: str) -> list[Mention]:
        """Return the mentions of a passage in order of their place."""
        words = self._alphabet.read(text)
        hits, findings, cues = self._scan(words.letters)
        hits += self._abbreviations(words, hits)
        hits = _longest(hits, len(words.letters))
        hits += _uncovered(_longest(findings, len(words.letters)), hits)
        mentions: list[Mention] = []
        if hits:
            n_words = len(words.letters)
            assertions = Assertions(n_words, _longest_cues(cues, n_words))
            for hit in hits:
                if hit.terms:
                    mentions += self._mentions_of(hit, words, assertions)
        if not self._alphabet.persons.isdisjoint(words.chunks):
            starts, _ = words.spans()
            places = [starts[at] for at, _ in words.among(self._alphabet.persons)]
            mentions += _person_mentions(text, mentions, places)
        mentions.sort(key=_PLACE)
        return mentions

    def _scan(self, letters: str) -> tuple[list[_Hit], list[_Hit], list[FoundCue]]:
        """Return all terms, findings and cues of a passage, however they overlap."""
        hits: list[_Hit] = []
        findings: list[_Hit] = []
        cues: list[FoundCue] = []
        guards = self._guards
        for last, (n_words, terms, is_guarded, finding, cue) in self._automaton.iter(letters):
            end = last + 1
            start = end - n_words
            if cue is not None:
                cues.append(FoundCue(cue, start, end))
            if terms is not None and not (
                is_guarded and (start == 0 or letters[start - 1] not in guards)
            ):
                hits.append(_Hit(start, end, terms))
            if finding is not None:
                findings.append(_Hit(start, end, finding))
        return hits, findings, cues

    def _abbreviations(self, words: Words, hits: Sequence[_Hit]) -> list[_Hit]:
        """Return abbreviations of diseases; doubtful ones need the disease spelled out."""
        written = words.among(self._alphabet.abbreviations)
        if not written:
            return []
        spelled: set[str] = set()
        for hit in hits:
            for kind, term_id in hit.terms:
                if kind == "disease":
                    spelled |= self._lines[term_id]
        found: list[_Hit] = []
        for at, raw in written:
            meaning = self._index.abbreviation(raw)
            if meaning is None:
                continue
            condition_id = _chosen(meaning, spelled)
            if meaning.rule == "spelled_out" and _is_measurement(words, at):
                condition_id = None
            found.append(_Hit(at, at + 1, (("disease", condition_id),) if condition_id else ()))
        return found

    def _mentions_of(self, hit: _Hit, words: Words, assertions: Assertions) -> Iterator[Mention]:
        starts, ends = words.spans()
        start, end = starts[hit.start], ends[hit.end - 1]
        text = words.text[start:end]
        for kind, term_id in hit.terms:
            assertion = assertions.of(hit.start, hit.end, questioned=kind == "disease")
            if kind == "disease" and words.letters[hit.end : hit.end + 1] == self._like:
                assertion = "possible" if assertion == "affirmed" else assertion
            if kind == "body_site" and assertion != "negated":
                # a doubt about the disease is no doubt about its place
                assertion = "affirmed"
            yield Mention(kind, term_id, text, start, end, assertion)


# Start, end, kind and term of a mention.
_PLACE = itemgetter(3, 4, 0, 1)


@lru_cache(maxsize=1)
def default_finder() -> MentionFinder:
    """Return the finder with what stands in `schemas/`, built once."""
    return MentionFinder(Ontology.load(), Concepts.load(), Findings.load())


def find_mentions(text: str) -> list[Mention]:
    """Return what a passage mentions, in order, with exact spans and assertions."""
    return default_finder().find(text)


def _chosen(meaning: Meaning, spelled: set[str]) -> str | None:
    if meaning.rule is None or meaning.rule == "prefer":
        return meaning.condition_ids[0]
    if meaning.rule != "spelled_out":
        return None
    candidates = [each for each in meaning.condition_ids if each in spelled]
    return candidates[0] if len(candidates) == 1 else None


def _is_measurement(words: Words, position: int) -> bool:
    """Tell whether a number follows, as in `BP 120/80`."""
    starts, _ = words.spans()
    return position + 1 < len(starts) and words.text[starts[position + 1]].isdigit()


def _longest(hits: list[_Hit], n_words: int) -> list[_Hit]:
    """Return the hits that no longer one overlaps, longest first, then leftmost."""
    if len(hits) < 2:
        return hits
    taken = bytearray(n_words)
    kept: list[_Hit] = []
    for _, start, hit in sorted((hit.start - hit.end, hit.start, hit) for hit in hits):
        end = hit.end
        if not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            kept.append(hit)
    return kept


def _longest_cues(cues: list[FoundCue], n_words: int) -> list[FoundCue]:
    if len(cues) < 2:
        return cues
    taken = bytearray(n_words)
    kept: list[FoundCue] = []
    for found in sorted(cues, key=_length):
        if not any(taken[found.start : found.end]):
            taken[found.start : found.end] = b"\x01" * (found.end - found.start)
            kept.append(found)
    return kept


def _length(found: FoundCue) -> tuple[int, int]:
    return (found.start - found.end, found.start)


def _uncovered(findings: list[_Hit], hits: Sequence[_Hit]) -> list[_Hit]:
    """Return the findings that are no part of a longer term."""
    if not findings:
        return findings
    holder = {position: hit for hit in hits for position in range(hit.start, hit.end)}
    kept: list[_Hit] = []
    for finding in findings:
        hit = holder.get(finding.start)
        is_part = hit is not None and finding.end <= hit.end and hit[:2] != finding[:2]
        if not is_part:
            kept.append(finding)
    return kept


def _person_mentions(
    text: str, mentions: Sequence[Mention], places: Sequence[int]
) -> list[Mention]:
    """Return the person's facts that no other mention holds (`female pattern hair loss`)."""
    taken = bytearray(len(text))
    for each in mentions:
        taken[each.start : each.end] = b"\x01" * (each.end - each.start)
    return [
        Mention(
            fact.kind, fact.value, text[fact.start : fact.end], fact.start, fact.end, "affirmed"
        )
        for fact in find_person_facts(text, places)
        if not any(taken[fact.start : fact.end])
    ]
