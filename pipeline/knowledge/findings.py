"""The named signs: pictures and tests that clinicians know by a name, as instances of concepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from pydantic import Field

from pipeline.identity import sha256_text
from pipeline.knowledge.concepts import Concept, Concepts
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.reading import (
    SLUG,
    Entry,
    OntologyError,
    check_entry,
    entries_of,
    knowledge_text,
    read_document,
)
from pipeline.knowledge.spelling import term_key

FILE = "findings.yaml"

Sort = Literal["clinical", "dermoscopic", "elicited", "eponym"]

_PARTS = {"sorts", "among_concepts", "findings"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign; `is_concept` tells that it is the concept of the same id, under the same names."""

    finding_id: str
    name: str
    sort: Sort
    concept_ids: tuple[str, ...]
    synonyms: tuple[str, ...]
    definition: str
    is_concept: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """The name, then the synonyms."""
        return (self.name, *self.synonyms)


class _FindingEntry(Entry):
    id: str = Field(pattern=SLUG)
    name: str = Field(min_length=2, pattern=r"^[^,\n]+$")
    sort: Sort
    concepts: list[str] = Field(min_length=1)
    definition: str = Field(min_length=10, pattern=r"\.$")
    synonyms: list[str] = Field(default_factory=list)


class Findings:
    """All findings by id, those that are concepts first, then in the order of the file."""

    def __init__(self, findings: dict[str, Finding], digest: str) -> None:
        self._findings = findings
        self.digest = digest

    @staticmethod
    def load() -> Findings:
        """Return the findings of `schemas/findings.yaml`, read once.

        Raises:
            OntologyError: the file breaks a rule of its head; the entry is named.
        """
        return _load()

    @classmethod
    def parse(cls, text: str, concepts: Concepts, ontology: Ontology) -> Findings:
        """Return the findings that a YAML text describes, of given concepts and conditions.

        Raises:
            OntologyError: the text breaks a rule; the entry is named.
        """
        document = read_document(text, FILE)
        if unknown := sorted(set(document) - _PARTS):
            raise OntologyError(f"{FILE}: unknown part {unknown[0]!r}; correct the file")
        if document.get("sorts") != list(get_args(Sort)):
            raise OntologyError(f"{FILE}: sorts must be {list(get_args(Sort))}; correct the file")
        named = document.get("among_concepts") or {}
        findings = {each.finding_id: each for each in _named_concepts(named, concepts)}
        for entry in entries_of(document, "findings", FILE):
            row = check_entry(_FindingEntry, entry, FILE)
            if row.id in findings or row.id in concepts or row.id in ontology:
                raise OntologyError(f"{FILE}: the id {row.id} is given twice; ids are unique")
            if missing := [each for each in row.concepts if each not in concepts]:
                raise OntologyError(f"{FILE}: {row.id} is of {missing[0]}, which is no concept")
            findings[row.id] = _finding(row)
        _check_terms(findings.values(), concepts, ontology)
        return cls(findings, sha256_text(text))

    def __getitem__(self, finding_id: str) -> Finding:
        return self._findings[finding_id]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings.values())

    def __contains__(self, finding_id: object) -> bool:
        return finding_id in self._findings

    def __len__(self) -> int:
        return len(self._findings)


@lru_cache(maxsize=1)
def _load() -> Findings:
    return Findings.parse(knowledge_text(FILE), Concepts.load(), Ontology.load())


def _named_concepts(named: Mapping[str, Any], concepts: Concepts) -> Iterator[Finding]:
    for concept_id, sort in named.items():
        if concept_id not in concepts:
            raise OntologyError(f"{FILE}: among_concepts names {concept_id}, which is no concept")
        if sort not in get_args(Sort):
            raise OntologyError(f"{FILE}: {concept_id} is of the sort {sort!r}, which is no sort")
        yield _of_concept(concepts[concept_id], sort)


def _of_concept(concept: Concept, sort: Sort) -> Finding:
    names = (*concept.synonyms, *concept.adjectives)
    return Finding(
        finding_id=concept.concept_id,
        name=concept.name,
        sort=sort,
        concept_ids=(concept.concept_id,),
        synonyms=names,
        definition=concept.definition,
        is_concept=True,
    )


def _finding(row: _FindingEntry) -> Finding:
    return Finding(
        finding_id=row.id,
        name=row.name,
        sort=row.sort,
        concept_ids=tuple(row.concepts),
        synonyms=tuple(row.synonyms),
        definition=row.definition,
    )


def _check_terms(findings: Iterable[Finding], concepts: Concepts, ontology: Ontology) -> None:
    """Refuse a term that a finding shares with another finding, a concept or a condition."""
    owners = {
        term_key(term): f"the condition {condition.condition_id}"
        for condition in ontology
        for term in condition.terms
    }
    owners |= {
        term_key(term): f"the concept {concept.concept_id}"
        for concept in concepts
        for term in concept.terms
    }
    for finding in findings:
        if finding.is_concept:
            continue
        for term in finding.terms:
            owner = owners.setdefault(term_key(term), finding.finding_id)
            if owner != finding.finding_id:
                raise OntologyError(
                    f"{FILE}: {term!r} belongs to {owner} and to {finding.finding_id}; drop one"
                )
