"""Tie what the annotations name to the ontology and the concepts.

Reads annotations. Writes labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.link import Link, Linker
from pipeline.knowledge.mentions import find_mentions
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.vocabularies import vocabulary_digests
from pipeline.store import Bench, Options, Stage
from schemas import ANNOTATIONS, LABELS

Row = dict[str, Any]

# Of several refusals, the one that says most.
_REFUSALS = ("ambiguous", "not_in_ontology", "no_diagnosis")


def label_images(_bench: Bench, annotations: pa.Table) -> tuple[pa.Table]:
    """Return one label per annotation: conditions and concepts that the text affirms.

    A diagnosis that is only possible labels nothing: it is named as the runner-up of an
    `ambiguous` label.
    """
    ontology = Ontology.load()
    linker = Linker(ontology)
    return (LABELS.table([_label(row, ontology, linker) for row in annotations.to_pylist()]),)


def _label(annotation: Row, ontology: Ontology, linker: Linker) -> Row:
    if annotation["status"] not in ("ok", "no_evidence"):
        told = f"the annotation is {annotation['status']}"
        return _blank(annotation["image_id"]) | {"status": "not_annotated", "error": told}
    links = [linker.link(value) for value in _values(annotation["diseases"], "affirmed")]
    concept_ids = _concept_ids(_values(annotation["concepts"], "affirmed"))
    concepts = Concepts.load()
    return {
        **_blank(annotation["image_id"]),
        **_diagnosed(links, ontology),
        **_suspected(links, annotation["diseases"], linker),
        "concept_ids": concept_ids,
        "concept_names": [concepts[each].name for each in concept_ids],
    }


def _blank(image_id: str) -> Row:
    lists = ("condition_ids", "disease_label", "hierarchy", "concept_ids", "concept_names")
    return {
        "image_id": image_id,
        "label_status": "no_diagnosis",
        **{name: [] for name in lists},
        "status": "ok",
    }


def _values(claims: Iterable[Row], assertion: str) -> list[str]:
    return list(dict.fromkeys(each["value"] for each in claims if each["assertion"] == assertion))


def _diagnosed(links: Sequence[Link], ontology: Ontology) -> Row:
    linked = {each.condition_id: each for each in reversed(links) if each.condition_id}
    first_said = [each for each in dict.fromkeys(link.condition_id for link in links) if each]
    chosen = _most_specific(first_said, ontology)
    if not chosen:
        refused = sorted(links, key=lambda each: _REFUSALS.index(each.status))
        return {"label_status": refused[0].status, **_how(refused[0])} if refused else {}
    return {
        "label_status": "linked",
        "condition_ids": chosen,
        "disease_label": [ontology[each].name for each in chosen],
        "hierarchy": [ontology.path_names(each) for each in chosen],
        **_how(linked[chosen[0]]),
    }


def _most_specific(condition_ids: Sequence[str], ontology: Ontology) -> list[str]:
    """Drop what another one says more exactly: psoriasis beside plaque psoriasis."""
    broader = {
        each.condition_id
        for condition_id in condition_ids
        for each in ontology.path(condition_id)[:-1]
    }
    return [each for each in condition_ids if each not in broader]


def _how(link: Link) -> Row:
    return {
        "matched": link.matched,
        "method": link.method,
        "score": link.score,
        "runner_up_id": link.runner_up_id,
    }


def _suspected(links: Sequence[Link], diseases: Sequence[Row], linker: Linker) -> Row:
    """Return the label of a picture whose text names no diagnosis as certain."""
    if links:
        return {}
    possible = [linker.link(value) for value in _values(diseases, "possible")]
    found = [each for each in possible if each.condition_id]
    if not found:
        return {}
    return {"label_status": "ambiguous", **_how(found[0]), "runner_up_id": found[0].condition_id}


def _concept_ids(values: Iterable[str]) -> list[str]:
    found = (
        mention.term_id
        for value in values
        for mention in find_mentions(value)
        if mention.kind == "concept"
    )
    return list(dict.fromkeys(found))


def link_options(_catalog: Catalog, _source_id: str | None, _caption_set: str | None) -> Options:
    """Return what labels depend on besides their table: what dermatology calls things."""
    return vocabulary_digests()


LINK = Stage(
    name="link",
    version=2,
    reads=(ANNOTATIONS,),
    writes=(LABELS,),
    run=label_images,
    options=link_options,
)
