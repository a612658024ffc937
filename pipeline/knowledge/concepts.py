"""The clinical concepts: what can be seen on the skin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import Field

from pipeline.identity import sha256_text
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

FILE = "concepts.yaml"


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept; `skincon` is the SkinCon concept of the same meaning, as spelt there.

    `opposites` are the ids of what cannot be said of the same spot together with it.
    """

    concept_id: str
    name: str
    group: str
    synonyms: tuple[str, ...]
    adjectives: tuple[str, ...]
    skincon: str | None
    definition: str
    opposites: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """The name, then the synonyms, then the adjectives."""
        return (self.name, *self.synonyms, *self.adjectives)


class _ConceptEntry(Entry):
    id: str = Field(pattern=SLUG)
    name: str = Field(min_length=2, pattern=r"^[^,\n]+$")
    group: str
    definition: str = Field(min_length=10, pattern=r"\.$")
    synonyms: list[str] = Field(default_factory=list)
    adjectives: list[str] = Field(default_factory=list)
    skincon: str | None = None


class Concepts:
    """All concepts by id, in the order of the file."""

    def __init__(
        self,
        concepts: dict[str, Concept],
        groups: tuple[str, ...],
        not_concepts: tuple[str, ...],
        digest: str,
    ) -> None:
        self._concepts = concepts
        self.groups = groups
        self.not_concepts = not_concepts
        self.digest = digest

    @staticmethod
    def load() -> Concepts:
        """Return the concepts of `schemas/concepts.yaml`, read once.

        Raises:
            OntologyError: the file breaks a rule of its head; the entry is named.
        """
        return _load()

    @classmethod
    def parse(cls, text: str) -> Concepts:
        """Return the concepts that a YAML text describes.

        Raises:
            OntologyError: the text breaks a rule; the entry is named.
        """
        document = read_document(text, FILE)
        groups = tuple(str(group) for group in entries_of(document, "groups", FILE))
        phrases = tuple(str(phrase) for phrase in document.get("not_concepts") or [])
        concepts: dict[str, Concept] = {}
        for entry in entries_of(document, "concepts", FILE):
            row = check_entry(_ConceptEntry, entry, FILE)
            if row.id in concepts:
                raise OntologyError(f"{FILE}: the id {row.id} is given twice; ids are unique")
            if row.group not in groups:
                raise OntologyError(f"{FILE}: {row.id} is in {row.group!r}, which is no group")
            concepts[row.id] = _concept(row)
        _check_terms(concepts)
        _add_opposites(concepts, document.get("opposites") or [])
        return cls(concepts, groups, phrases, sha256_text(text))

    def __getitem__(self, concept_id: str) -> Concept:
        return self._concepts[concept_id]

    def __iter__(self) -> Iterator[Concept]:
        return iter(self._concepts.values())

    def __contains__(self, concept_id: object) -> bool:
        return concept_id in self._concepts

    def __len__(self) -> int:
        return len(self._concepts)


@lru_cache(maxsize=1)
def _load() -> Concepts:
    return Concepts.parse(knowledge_text(FILE))


def _concept(row: _ConceptEntry) -> Concept:
    return Concept(
        concept_id=row.id,
        name=row.name,
        group=row.group,
        synonyms=tuple(row.synonyms),
        adjectives=tuple(row.adjectives),
        skincon=row.skincon,
        definition=row.definition,
    )


def _add_opposites(concepts: dict[str, Concept], pairs: Any) -> None:
    """Tell each concept its opposites; a pair is written once and holds both ways."""
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or pair[0] == pair[1]:
            raise OntologyError(f"{FILE}: opposites {pair!r} must be two concepts; correct them")
        for one, other in (pair, pair[::-1]):
            if one not in concepts:
                raise OntologyError(f"{FILE}: opposites name {one!r}, which is no concept")
            if other in concepts[one].opposites:
                raise OntologyError(f"{FILE}: {one} and {other} are opposites twice; drop one")
            told = (*concepts[one].opposites, other)
            concepts[one] = replace(concepts[one], opposites=told)


def _check_terms(concepts: dict[str, Concept]) -> None:
    owners: dict[str, str] = {}
    for concept in concepts.values():
        for term in concept.terms:
            owner = owners.setdefault(term_key(term), concept.concept_id)
            if owner != concept.concept_id:
                raise OntologyError(
                    f"{FILE}: {term!r} belongs to {owner} and to {concept.concept_id}; drop one"
                )
