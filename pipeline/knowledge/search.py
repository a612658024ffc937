"""Find conditions, concepts and findings by any of their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.spelling import term_key

Kind = Literal["condition", "concept", "finding"]

_KINDS: tuple[Kind, ...] = ("condition", "concept", "finding")
_EXACT, _START, _WITHIN = range(3)


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that a search found, and the name that matched; `is_exact` if it is all of it."""

    kind: Kind
    entry_id: str
    name: str
    matched: str
    is_exact: bool


def search(words: str) -> tuple[Hit, ...]:
    """Return what has a name with all of the given words, the nearest first.

    The words may be an id, an abbreviation as written, or the beginnings of words in any spelling.
    """
    key = term_key(words)
    if not key:
        return ()
    best: dict[tuple[Kind, str], tuple[tuple[int, int], Hit]] = {}
    for kind, entry_id, name, term in _terms():
        rank = _rank(words.strip(), key, entry_id, term)
        if rank is None:
            continue
        near = (rank, len(term))
        found = best.get((kind, entry_id))
        if found is None or near < found[0]:
            hit = Hit(kind, entry_id, name, term, is_exact=rank == _EXACT)
            best[kind, entry_id] = (near, hit)
    ranked = sorted(best.values(), key=_order)
    return tuple(hit for _, hit in ranked)


def _order(found: tuple[tuple[int, int], Hit]) -> tuple[int, int, int, str]:
    (rank, length), hit = found
    return rank, _KINDS.index(hit.kind), length, hit.name


def _terms() -> Iterator[tuple[Kind, str, str, str]]:
    for condition in Ontology.load():
        for term in (*condition.terms, *condition.abbreviations):
            yield "condition", condition.condition_id, condition.name, term
    for concept in Concepts.load():
        for term in concept.terms:
            yield "concept", concept.concept_id, concept.name, term
    for finding in Findings.load():
        if not finding.is_concept:
            for term in finding.terms:
                yield "finding", finding.finding_id, finding.name, term


def _rank(words: str, key: str, entry_id: str, term: str) -> int | None:
    term_words = term_key(term)
    if words in (entry_id, term) or key == term_words:
        return _EXACT
    if term_words.startswith(key):
        return _START
    starts = term_words.split()
    if all(any(start.startswith(word) for start in starts) for word in key.split()):
        return _WITHIN
    return None
