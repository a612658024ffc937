"""The ontology of skin conditions: four levels, stable ids, one primary parent each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

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

FILE = "ontology.yaml"
LEVELS = ("category", "group", "condition", "subtype")

Rule = Literal["never", "prefer", "spelled_out", "label_only"]

_SLUG = re.compile(SLUG)


@dataclass(frozen=True, slots=True)
class Condition:
    """One entry of the ontology; `level` counts from 1, category, to 4, subtype."""

    condition_id: str
    name: str
    level: int
    parent_id: str | None
    synonyms: tuple[str, ...]
    lay: tuple[str, ...]
    abbreviations: tuple[str, ...]
    definition: str
    also_under: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The name, then the synonyms, then the lay words."""
        return (self.name, *self.synonyms, *self.lay)


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Words that mean several things, and the rule that decides between them."""

    text: str
    condition_ids: tuple[str, ...]
    rule: Rule


class _ConditionEntry(Entry):
    id: str
    name: str = Field(min_length=2, pattern=r"^[^,\n]+$")
    definition: str = Field(min_length=10, pattern=r"\.$")
    parent: str | None = None
    also_under: list[str] = Field(default_factory=list)
    synonyms: list[str] = Field(default_factory=list)
    lay: list[str] = Field(default_factory=list)
    abbreviations: list[str] = Field(default_factory=list)


class _AmbiguityEntry(Entry):
    text: str = Field(min_length=1)
    conditions: list[str] = Field(min_length=1)
    rule: Rule


class Ontology:
    """All conditions by id, in the order of the file."""

    def __init__(
        self, conditions: dict[str, Condition], ambiguities: tuple[Ambiguity, ...], digest: str
    ) -> None:
        self._conditions = conditions
        self.ambiguities = ambiguities
        self.digest = digest
        self._children: dict[str | None, list[Condition]] = defaultdict(list)
        for condition in conditions.values():
            self._children[condition.parent_id].append(condition)

    @staticmethod
    def load() -> Ontology:
        """Return the ontology of `schemas/ontology.yaml`, read once.

        Raises:
            OntologyError: the file breaks a rule of its head; the entry is named.
        """
        return _load()

    @classmethod
    def parse(cls, text: str) -> Ontology:
        """Return the ontology that a YAML text describes.

        Raises:
            OntologyError: the text breaks a rule; the entry is named.
        """
        document = read_document(text, FILE)
        if unknown := sorted(set(document) - {"conditions", "ambiguous"}):
            raise OntologyError(f"{FILE}: unknown part {unknown[0]!r}; correct the file")
        conditions = _conditions_of(entries_of(document, "conditions", FILE))
        ambiguities = tuple(
            _ambiguity_of(entry, conditions) for entry in document.get("ambiguous") or []
        )
        _check_terms(conditions, ambiguities)
        return cls(conditions, ambiguities, sha256_text(text))

    def __getitem__(self, condition_id: str) -> Condition:
        return self._conditions[condition_id]

    def __iter__(self) -> Iterator[Condition]:
        return iter(self._conditions.values())

    def __contains__(self, condition_id: object) -> bool:
        return condition_id in self._conditions

    def __len__(self) -> int:
        return len(self._conditions)

    def children(self, condition_id: str | None) -> tuple[Condition, ...]:
        """Return what stands directly under an entry, or the categories for None."""
        return tuple(self._children.get(condition_id, ()))

    def path(self, condition_id: str) -> tuple[Condition, ...]:
        """Return the entries from the category down to the given one."""
        path = [self._conditions[condition_id]]
        while (parent_id := path[-1].parent_id) is not None:
            path.append(self._conditions[parent_id])
        return tuple(reversed(path))

    def path_names(self, condition_id: str) -> str:
        """Return the path's names in lower case, joined with a comma and a space."""
        return ", ".join(each.name.lower() for each in self.path(condition_id))

    def flat(self) -> dict[str, list[str]]:
        """Return `{parent: [children]}` by name, from `root` to the leaves, which map to []."""
        tree = {"root": [each.name for each in self.children(None)]}
        for condition in self:
            tree[condition.name] = [each.name for each in self.children(condition.condition_id)]
        return tree

    def nested(self) -> list[dict[str, Any]]:
        """Return the tree as nested mappings with all fields, categories first."""
        return [self._branch(each) for each in self.children(None)]

    def _branch(self, condition: Condition) -> dict[str, Any]:
        return {
            "id": condition.condition_id,
            "name": condition.name,
            "level": LEVELS[condition.level - 1],
            "synonyms": list(condition.synonyms),
            "lay": list(condition.lay),
            "abbreviations": list(condition.abbreviations),
            "also_under": list(condition.also_under),
            "definition": condition.definition,
            "children": [self._branch(each) for each in self.children(condition.condition_id)],
        }


@lru_cache(maxsize=1)
def _load() -> Ontology:
    return Ontology.parse(knowledge_text(FILE))


def _conditions_of(entries: list[Any]) -> dict[str, Condition]:
    rows: dict[str, _ConditionEntry] = {}
    for entry in entries:
        row = check_entry(_ConditionEntry, entry, FILE)
        if not _SLUG.match(row.id):
            raise OntologyError(f"{FILE}: {row.id!r} is no slug; use a-z, 0-9 and hyphens")
        if row.id in rows:
            raise OntologyError(f"{FILE}: the id {row.id} is given twice; ids are unique")
        rows[row.id] = row
    levels = {condition_id: _level(condition_id, rows) for condition_id in rows}
    for row in rows.values():
        for other in row.also_under:
            if other not in rows or levels[other] >= levels[row.id] or other == row.parent:
                raise OntologyError(
                    f"{FILE}: {row.id} is also under {other}, which must be another entry of a "
                    "higher level; correct also_under"
                )
    return {row.id: _condition(row, levels[row.id]) for row in rows.values()}


def _level(condition_id: str, rows: dict[str, _ConditionEntry]) -> int:
    level, at = 1, rows[condition_id]
    while at.parent is not None:
        level += 1
        if at.parent not in rows:
            raise OntologyError(f"{FILE}: {at.id} has the parent {at.parent}, which is not there")
        if level > len(LEVELS):
            raise OntologyError(f"{FILE}: {condition_id} stands deeper than four levels, or loops")
        at = rows[at.parent]
    return level


def _condition(row: _ConditionEntry, level: int) -> Condition:
    return Condition(
        condition_id=row.id,
        name=row.name,
        level=level,
        parent_id=row.parent,
        synonyms=tuple(row.synonyms),
        lay=tuple(row.lay),
        abbreviations=tuple(row.abbreviations),
        definition=row.definition,
        also_under=tuple(row.also_under),
    )


def _ambiguity_of(entry: Any, conditions: dict[str, Condition]) -> Ambiguity:
    row = check_entry(_AmbiguityEntry, entry, FILE)
    for condition_id in row.conditions:
        if condition_id not in conditions:
            raise OntologyError(f"{FILE}: ambiguous {row.text!r} names {condition_id}, not there")
    return Ambiguity(row.text, tuple(row.conditions), row.rule)


def _check_terms(conditions: dict[str, Condition], ambiguities: tuple[Ambiguity, ...]) -> None:
    """Refuse a term of two entries that is not declared ambiguous, and declarations made twice."""
    texts = [each.text for each in ambiguities]
    if repeated := sorted({text for text in texts if texts.count(text) > 1}):
        raise OntologyError(f"{FILE}: {repeated[0]!r} is declared ambiguous twice; merge them")
    declared = {term_key(text) for text in texts} | {f"={text}" for text in texts}
    owners: dict[str, str] = {}
    for condition in conditions.values():
        keys = [term_key(term) for term in condition.terms]
        # the sign keeps the case-sensitive abbreviations apart from the words
        keys += [f"={abbreviation}" for abbreviation in condition.abbreviations]
        for key in keys:
            owner = owners.setdefault(key, condition.condition_id)
            if owner != condition.condition_id and key not in declared:
                raise OntologyError(
                    f"{FILE}: {key.lstrip('=')!r} belongs to {owner} and to "
                    f"{condition.condition_id}; declare it under ambiguous, or drop one"
                )
