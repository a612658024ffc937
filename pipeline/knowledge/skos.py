"""The vocabulary as SKOS in Turtle, for triple stores and thesaurus tools.

Two schemes, conditions and signs. The relations are properties under `skos:related`: one for each
weight word, which is a subproperty of its kind.
"""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import RDF, RDFS, SKOS, Literal, Namespace, URIRef
from rdflib import Graph as Triples

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.graph import KINDS, Graph
from pipeline.knowledge.graphml import sign_key
from pipeline.knowledge.ontology import Ontology

# names, not addresses: nothing is served there
SPACE = "urn:dermcurate:"
CONDITIONS = URIRef(f"{SPACE}scheme:conditions")
SIGNS = URIRef(f"{SPACE}scheme:signs")
_RELATION = Namespace(f"{SPACE}relation:")


def turtle() -> bytes:
    """Return conditions, concepts, findings and relations as Turtle."""
    triples = Triples()
    for kind in ("condition", "concept", "finding", "group", "relation", "scheme"):
        triples.bind(kind, Namespace(f"{SPACE}{kind}:"))
    _add_schemes(triples)
    _add_conditions(triples, Ontology.load())
    _add_concepts(triples, Concepts.load())
    _add_findings(triples, Findings.load())
    for relation in Graph.load():
        condition = URIRef(f"{SPACE}condition:{relation.condition_id}")
        sign = URIRef(SPACE + sign_key(relation.sign_id))
        triples.add((condition, _RELATION[relation.weight], sign))
    return triples.serialize(format="turtle", encoding="utf-8")


def _add_schemes(triples: Triples) -> None:
    for scheme, title in ((CONDITIONS, "skin conditions"), (SIGNS, "signs of the skin")):
        triples.add((scheme, RDF.type, SKOS.ConceptScheme))
        triples.add((scheme, SKOS.prefLabel, Literal(title, "en")))
    for weight, kind in KINDS.items():
        triples.add((_RELATION[kind], RDFS.subPropertyOf, SKOS.related))
        triples.add((_RELATION[weight], RDFS.subPropertyOf, _RELATION[kind]))


def _add_conditions(triples: Triples, ontology: Ontology) -> None:
    for each in ontology:
        entry = URIRef(f"{SPACE}condition:{each.condition_id}")
        others = (*each.synonyms, *each.lay, *each.abbreviations)
        _describe(
            triples, entry, CONDITIONS, name=each.name, others=others, definition=each.definition
        )
        if each.parent_id is None:
            triples.add((entry, SKOS.topConceptOf, CONDITIONS))
            triples.add((CONDITIONS, SKOS.hasTopConcept, entry))
        above = (each.parent_id, *each.also_under) if each.parent_id else each.also_under
        for other in above:
            parent = URIRef(f"{SPACE}condition:{other}")
            triples.add((entry, SKOS.broader, parent))
            triples.add((parent, SKOS.narrower, entry))


def _add_concepts(triples: Triples, concepts: Concepts) -> None:
    for each in concepts:
        entry = URIRef(f"{SPACE}concept:{each.concept_id}")
        _describe(
            triples, entry, SIGNS, name=each.name, others=each.terms[1:], definition=each.definition
        )
        group = URIRef(f"{SPACE}group:{each.group}")
        triples.add((group, RDF.type, SKOS.Collection))
        triples.add((group, SKOS.prefLabel, Literal(each.group.replace("_", " "), "en")))
        triples.add((group, SKOS.member, entry))
        for other in each.opposites:
            triples.add((entry, _RELATION.opposite_of, URIRef(f"{SPACE}concept:{other}")))


def _add_findings(triples: Triples, findings: Findings) -> None:
    for each in findings:
        if each.is_concept:
            continue
        entry = URIRef(f"{SPACE}finding:{each.finding_id}")
        _describe(
            triples, entry, SIGNS, name=each.name, others=each.synonyms, definition=each.definition
        )
        for concept_id in each.concept_ids:
            triples.add((entry, SKOS.broader, URIRef(f"{SPACE}concept:{concept_id}")))


def _describe(
    triples: Triples,
    entry: URIRef,
    scheme: URIRef,
    *,
    name: str,
    others: Iterable[str],
    definition: str,
) -> None:
    triples.add((entry, RDF.type, SKOS.Concept))
    triples.add((entry, SKOS.inScheme, scheme))
    triples.add((entry, SKOS.prefLabel, Literal(name, "en")))
    for other in others:
        triples.add((entry, SKOS.altLabel, Literal(other, "en")))
    triples.add((entry, SKOS.definition, Literal(definition, "en")))
