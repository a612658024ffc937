"""The graph as GraphML, which Gephi, yEd, Cytoscape and networkx read."""

from __future__ import annotations

import networkx

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.graph import Graph
from pipeline.knowledge.ontology import LEVELS, Ontology


def graphml() -> bytes:
    """Return the directed graph as GraphML; the vertices are `<kind>:<id>`.

    An edge's `relation` is is_a, also_under, instance_of, opposite_of, or typical, possible and
    excluding with their `weight` word.
    """
    drawn = networkx.DiGraph(name="dermcurate")
    _add_conditions(drawn, Ontology.load())
    _add_concepts(drawn, Concepts.load())
    _add_findings(drawn, Findings.load())
    for relation in Graph.load():
        drawn.add_edge(
            f"condition:{relation.condition_id}",
            sign_key(relation.sign_id),
            relation=relation.kind,
            weight=relation.weight,
        )
    lines = networkx.generate_graphml(drawn, named_key_ids=True)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return (head + "\n".join(lines) + "\n").encode()


def sign_key(sign_id: str) -> str:
    """Return `concept:<id>` or `finding:<id>`; a finding that is a concept is the concept."""
    return f"concept:{sign_id}" if sign_id in Concepts.load() else f"finding:{sign_id}"


def _add_conditions(drawn: networkx.DiGraph, ontology: Ontology) -> None:
    for each in ontology:
        drawn.add_node(
            f"condition:{each.condition_id}",
            kind="condition",
            label=each.name,
            level=LEVELS[each.level - 1],
            definition=each.definition,
        )
    for each in ontology:
        above = [(each.parent_id, "is_a")] if each.parent_id else []
        for other, relation in (*above, *((also, "also_under") for also in each.also_under)):
            drawn.add_edge(
                f"condition:{each.condition_id}", f"condition:{other}", relation=relation
            )


def _add_concepts(drawn: networkx.DiGraph, concepts: Concepts) -> None:
    for each in concepts:
        drawn.add_node(
            f"concept:{each.concept_id}",
            kind="concept",
            label=each.name,
            group=each.group,
            definition=each.definition,
        )
    for each in concepts:
        for other in each.opposites:
            drawn.add_edge(f"concept:{each.concept_id}", f"concept:{other}", relation="opposite_of")


def _add_findings(drawn: networkx.DiGraph, findings: Findings) -> None:
    for each in findings:
        if each.is_concept:
            drawn.nodes[f"concept:{each.finding_id}"]["sort"] = each.sort
            continue
        drawn.add_node(
            f"finding:{each.finding_id}",
            kind="finding",
            label=each.name,
            sort=each.sort,
            definition=each.definition,
        )
        for concept_id in each.concept_ids:
            drawn.add_edge(
                f"finding:{each.finding_id}", f"concept:{concept_id}", relation="instance_of"
            )
