"""The tree as one HTML page that a person can fold and search; it asks nothing of any network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.graph import KINDS, Graph
from pipeline.knowledge.ontology import LEVELS, Condition, Ontology
from pipeline.knowledge.spelling import plain

TEMPLATE = "tree_page.html.jinja"


def tree_page() -> bytes:
    """Return the page: every entry once, folded, with its names, definition and signs."""
    ontology = Ontology.load()
    levels = [each.level for each in ontology]
    html = (
        _environment()
        .get_template(TEMPLATE)
        .render(
            branches=[_branch(each, ontology) for each in ontology.children(None)],
            n_entries=len(ontology),
            n_by_level={name: levels.count(n) for n, name in enumerate(LEVELS, start=1)},
            n_relations=len(Graph.load()),
        )
    )
    return html.encode()


def _branch(condition: Condition, ontology: Ontology) -> dict[str, Any]:
    return {
        "id": condition.condition_id,
        "name": condition.name,
        "level": LEVELS[condition.level - 1],
        "others": [*condition.synonyms, *condition.lay, *condition.abbreviations],
        "definition": condition.definition,
        "also_under": [ontology[other].name for other in condition.also_under],
        "signs": _signs(condition.condition_id),
        "sought": plain(" | ".join((*condition.terms, *condition.abbreviations))),
        "children": [_branch(each, ontology) for each in ontology.children(condition.condition_id)],
    }


def _signs(condition_id: str) -> dict[str, list[str]]:
    """Return the names of a condition's own signs by weight word, the strongest first."""
    concepts, findings = Concepts.load(), Findings.load()
    signs: dict[str, list[str]] = {weight.replace("_", " "): [] for weight in KINDS}
    for relation in Graph.load().of_condition(condition_id):
        sign_id = relation.sign_id
        name = concepts[sign_id].name if sign_id in concepts else findings[sign_id].name
        signs[relation.weight.replace("_", " ")].append(name)
    return {weight: names for weight, names in signs.items() if names}


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
