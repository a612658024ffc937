"""The graph condition ⇌ concept ⇌ finding: what is typical, possible, and what speaks against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import Field

from pipeline.identity import sha256_text
from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.reading import (
    Entry,
    OntologyError,
    check_entry,
    knowledge_text,
    read_document,
)

FILE = "relations.yaml"

Kind = Literal["typical", "possible", "excluding"]
Weight = Literal["hallmark", "usual", "sometimes", "rarely", "speaks_against", "rules_out"]

# from the strongest sign of a condition to the strongest against it
KINDS: Mapping[Weight, Kind] = {
    "hallmark": "typical",
    "usual": "typical",
    "sometimes": "possible",
    "rarely": "possible",
    "speaks_against": "excluding",
    "rules_out": "excluding",
}
LEAST_CONCEPTS = 4


@dataclass(frozen=True, slots=True)
class Relation:
    """What one sign, a concept or a finding, says about one condition."""

    condition_id: str
    sign_id: str
    weight: Weight

    @property
    def kind(self) -> Kind:
        """The kind of relation that the weight word makes."""
        return KINDS[self.weight]


class _Signs(Entry):
    hallmark: list[str] = Field(default_factory=list)
    usual: list[str] = Field(default_factory=list)
    sometimes: list[str] = Field(default_factory=list)
    rarely: list[str] = Field(default_factory=list)
    speaks_against: list[str] = Field(default_factory=list)
    rules_out: list[str] = Field(default_factory=list)


class Graph:
    """All relations, in the order of the file, and within a condition by falling weight."""

    def __init__(
        self,
        relations: tuple[Relation, ...],
        ontology: Ontology,
        findings: Findings,
        digest: str,
    ) -> None:
        self.relations = relations
        self.digest = digest
        self._ontology = ontology
        self._findings = findings
        self._of_condition: dict[str, list[Relation]] = defaultdict(list)
        self._of_sign: dict[str, list[Relation]] = defaultdict(list)
        for relation in relations:
            self._of_condition[relation.condition_id].append(relation)
            self._of_sign[relation.sign_id].append(relation)

    @staticmethod
    def load() -> Graph:
        """Return the graph of `schemas/relations.yaml`, read once.

        Raises:
            OntologyError: the file breaks a rule of its head; the condition is named.
        """
        return _load()

    @classmethod
    def parse(cls, text: str, ontology: Ontology, concepts: Concepts, findings: Findings) -> Graph:
        """Return the graph that a YAML text draws between given conditions and signs.

        Raises:
            OntologyError: the text breaks a rule; the condition is named.
        """
        document = read_document(text, FILE)
        if set(document) != {"relations"} or not isinstance(document["relations"], dict):
            raise OntologyError(f"{FILE} must hold one mapping, relations; see its head")
        relations: list[Relation] = []
        for condition_id, entry in document["relations"].items():
            if condition_id not in ontology:
                raise OntologyError(f"{FILE}: {condition_id} is no condition; correct the file")
            own = list(_relations_of(condition_id, check_entry(_Signs, entry, FILE)))
            _check_signs(condition_id, own, concepts, findings)
            relations += own
        return cls(tuple(relations), ontology, findings, sha256_text(text))

    def __iter__(self) -> Iterator[Relation]:
        return iter(self.relations)

    def __len__(self) -> int:
        return len(self.relations)

    @property
    def condition_ids(self) -> tuple[str, ...]:
        """The conditions that have relations of their own."""
        return tuple(self._of_condition)

    def of_condition(self, condition_id: str, *, inherited: bool = False) -> tuple[Relation, ...]:
        """Return a condition's own relations, the strongest first.

        Where it has none and `inherited` is set, those of the nearest entry above that has some.
        """
        entries = [each.condition_id for each in reversed(self._ontology.path(condition_id))]
        for entry in entries if inherited else entries[:1]:
            if entry in self._of_condition:
                return tuple(self._of_condition[entry])
        return ()

    def of_sign(self, sign_id: str) -> tuple[Relation, ...]:
        """Return the relations of a concept or finding, without those of its instances."""
        return tuple(self._of_sign.get(sign_id, ()))

    def instances(self, concept_id: str) -> tuple[str, ...]:
        """Return the findings that are instances of a concept."""
        return tuple(each.finding_id for each in self._findings if concept_id in each.concept_ids)

    def n_by_kind(self) -> dict[str, int]:
        """Return how many relations there are of each kind."""
        kinds = [relation.kind for relation in self.relations]
        return {kind: kinds.count(kind) for kind in dict.fromkeys(KINDS.values())}


@lru_cache(maxsize=1)
def _load() -> Graph:
    text = knowledge_text(FILE)
    return Graph.parse(text, Ontology.load(), Concepts.load(), Findings.load())


def _relations_of(condition_id: str, signs: _Signs) -> Iterator[Relation]:
    for weight in KINDS:
        for sign_id in getattr(signs, weight):
            yield Relation(condition_id, sign_id, weight)


def _check_signs(
    condition_id: str, relations: list[Relation], concepts: Concepts, findings: Findings
) -> None:
    sign_ids = [relation.sign_id for relation in relations]
    if missing := [each for each in sign_ids if each not in concepts and each not in findings]:
        raise OntologyError(
            f"{FILE}: {condition_id} names {missing[0]}, which is no concept and no finding"
        )
    if repeated := [each for each in sign_ids if sign_ids.count(each) > 1]:
        raise OntologyError(f"{FILE}: {condition_id} names {repeated[0]} twice; drop one")
    n_concepts = sum(each in concepts for each in sign_ids)
    if n_concepts < LEAST_CONCEPTS:
        raise OntologyError(
            f"{FILE}: {condition_id} has {n_concepts} concepts; name at least {LEAST_CONCEPTS}"
        )
