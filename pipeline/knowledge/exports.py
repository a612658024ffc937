"""The vocabulary and the graph for other tools, as bytes: the same at every call."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal, get_args

from pipeline.knowledge.concepts import Concept, Concepts
from pipeline.knowledge.findings import Finding, Findings
from pipeline.knowledge.graph import KINDS, Graph, Relation
from pipeline.knowledge.label_maps import load_label_maps
from pipeline.knowledge.ontology import LEVELS, Condition, Ontology
from pipeline.knowledge.search import Kind

# Categories and groups; what stands below are conditions and subtypes.
GROUP_LEVEL = 2

Format = Literal["flat", "nested", "graphml", "skos", "html"]
FORMATS: tuple[Format, ...] = get_args(Format)


def numbers() -> dict[str, int]:
    """Return how much there is of everything, by name."""
    ontology, findings = Ontology.load(), Findings.load()
    return {
        "conditions": sum(each.level > GROUP_LEVEL for each in ontology),
        "categories_and_groups": sum(each.level <= GROUP_LEVEL for each in ontology),
        "levels": len({each.level for each in ontology}),
        "concepts": len(Concepts.load()),
        "findings": len(findings),
        "relations": len(Graph.load()),
        "findings_that_are_concepts": sum(each.is_concept for each in findings),
        "conditions_with_relations": len(Graph.load().condition_ids),
        "label_maps": len(load_label_maps()),
        "labels": sum(len(each) for each in load_label_maps().values()),
    }


def export(wanted: Format) -> bytes:
    """Return the vocabulary in one of the formats.

    `flat` is `{parent: [children]}` by name from `root`, `nested` all by id, `graphml` and `skos`
    (Turtle) the graph, and `html` a page that needs nothing else.
    """
    # rdflib, networkx and jinja2 are slow to import and seldom needed
    if wanted == "graphml":
        from pipeline.knowledge.graphml import graphml

        return graphml()
    if wanted == "skos":
        from pipeline.knowledge.skos import turtle

        return turtle()
    if wanted == "html":
        from pipeline.knowledge.tree_page import tree_page

        return tree_page()
    return _json_bytes(Ontology.load().flat() if wanted == "flat" else everything())


def everything() -> dict[str, Any]:
    """Return the tree with all fields, and concepts, findings and relations by id."""
    return {
        "levels": list(LEVELS),
        "weights": dict(KINDS),
        "conditions": Ontology.load().nested(),
        "concepts": [_concept(each) for each in Concepts.load()],
        "findings": [_finding(each) for each in Findings.load()],
        "relations": [relation_fields(each) for each in Graph.load()],
    }


def describe(kind: Kind, entry_id: str) -> dict[str, Any]:
    """Return all that is known of one entry as plain fields, with its signs or conditions."""
    if kind == "condition":
        return _condition(Ontology.load()[entry_id])
    if kind == "concept":
        told = _concept(Concepts.load()[entry_id])
        told["instances"] = list(Graph.load().instances(entry_id))
    else:
        told = _finding(Findings.load()[entry_id])
    told["conditions"] = _by_weight(
        (each.weight, each.condition_id) for each in Graph.load().of_sign(entry_id)
    )
    return {"kind": kind, **told}


def _condition(condition: Condition) -> dict[str, Any]:
    ontology = Ontology.load()
    above = ontology.path(condition.condition_id)
    signs = Graph.load().of_condition(condition.condition_id, inherited=True)
    return {
        "kind": "condition",
        "id": condition.condition_id,
        "name": condition.name,
        "level": LEVELS[condition.level - 1],
        "path": [each.condition_id for each in above],
        "also_under": list(condition.also_under),
        "synonyms": list(condition.synonyms),
        "lay": list(condition.lay),
        "abbreviations": list(condition.abbreviations),
        "definition": condition.definition,
        "children": [each.condition_id for each in ontology.children(condition.condition_id)],
        "signs": _by_weight((each.weight, each.sign_id) for each in signs),
        "signs_of": signs[0].condition_id if signs else None,
    }


def _by_weight(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    pairs = list(named)
    found = {weight: [each for word, each in pairs if word == weight] for weight in KINDS}
    return {weight: each for weight, each in found.items() if each}


def relation_fields(relation: Relation) -> dict[str, str]:
    """Return a relation as plain fields: condition, sign, kind, weight."""
    return {
        "condition": relation.condition_id,
        "sign": relation.sign_id,
        "kind": relation.kind,
        "weight": relation.weight,
    }


def _concept(concept: Concept) -> dict[str, Any]:
    return {
        "id": concept.concept_id,
        "name": concept.name,
        "group": concept.group,
        "synonyms": list(concept.synonyms),
        "adjectives": list(concept.adjectives),
        "opposites": list(concept.opposites),
        "skincon": concept.skincon,
        "definition": concept.definition,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.finding_id,
        "name": finding.name,
        "sort": finding.sort,
        "concepts": list(finding.concept_ids),
        "synonyms": list(finding.synonyms),
        "is_concept": finding.is_concept,
        "definition": finding.definition,
    }


def _json_bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
