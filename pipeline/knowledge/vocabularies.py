"""What dermatology calls things, as one: the digests that a reading of words depends on."""

from __future__ import annotations

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.ontology import Ontology


def vocabulary_digests() -> dict[str, str]:
    """Return the digests of the conditions, the concepts and the findings, by name."""
    return {
        "ontology": Ontology.load().digest,
        "concepts": Concepts.load().digest,
        "findings": Findings.load().digest,
    }
