"""The findings file keeps its own rules, and the signs that every textbook names are in it."""

import re
from collections import Counter

import pytest

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.reading import OntologyError
from pipeline.knowledge.spelling import term_key

CONCEPTS = """
groups: [shape]
concepts:
  - {id: round, name: round, group: shape, adjectives: [circular], definition: Without corners.}
  - {id: flat, name: flat, group: shape, definition: Not above the level.}
"""
ONTOLOGY = """
conditions:
  - {id: tops, name: tops, definition: The highest level.}
  - {id: spots, parent: tops, name: spots, synonyms: [dots], definition: The second level.}
"""
SMALL = """
sorts: [clinical, dermoscopic, elicited, eponym]
among_concepts: {flat: clinical}
findings:
  - id: coin-sign
    name: coin sign
    sort: clinical
    concepts: [round, flat]
    synonyms: [penny sign]
    definition: Round and flat like a coin.
"""


def parsed(text):
    return Findings.parse(text, Concepts.parse(CONCEPTS), Ontology.parse(ONTOLOGY))


@pytest.fixture(scope="module")
def findings():
    return Findings.load()


def test_has_enough_findings_that_are_no_concepts(findings):
    named = [each for each in findings if not each.is_concept]
    assert len(named) >= 150
    assert set(Counter(each.sort for each in named)) == {
        "clinical",
        "dermoscopic",
        "elicited",
        "eponym",
    }


@pytest.mark.parametrize(
    ("words", "finding_id", "concept_id"),
    [
        ("Wickham striae", "wickham-striae", "wickham-striae"),
        ("herald patch", "herald-patch", "patch"),
        ("Auspitz sign", "auspitz-sign", "hemorrhage"),
        ("Darier's sign", "darier-sign", "wheal"),
        ("Nikolsky sign", "nikolsky-sign", "erosion"),
        ("honey-coloured crust", "honey-colored-crust", "crust"),
        ("arborising vessels", "arborizing-vessels", "arborizing-vessels"),
        ("blue-white veil", "blue-whitish-veil", "blue-whitish-veil"),
        ("Gottron's papules", "gottron-papules", "papule"),
        ("heliotrope rash", "heliotrope-rash", "violaceous"),
        ("exclamation mark hairs", "exclamation-mark-hairs", "exclamation-mark-hairs"),
        ("Koebner phenomenon", "koebnerization", "koebnerization"),
        ("axillary freckling", "crowe-sign", "hyperpigmentation"),
        ("ugly duckling sign", "ugly-duckling-sign", "asymmetric"),
        ("cornoid lamella", "thread-like-keratotic-rim", "hyperkeratosis"),
        ("oil drop sign", "salmon-patch-of-the-nail-bed", "subungual"),
    ],
)
def test_signs_of_the_textbooks_are_there_in_any_spelling(findings, words, finding_id, concept_id):
    finding = findings[finding_id]
    assert term_key(words) in {term_key(term) for term in finding.terms}
    assert concept_id in finding.concept_ids


def test_every_finding_is_an_instance_of_concepts(findings):
    concepts = Concepts.load()
    for finding in findings:
        assert finding.concept_ids
        assert set(finding.concept_ids) <= {each.concept_id for each in concepts}
        assert len(set(finding.concept_ids)) == len(finding.concept_ids)


def test_only_findings_that_are_concepts_share_words_with_them(findings):
    owners = {term_key(term): each.concept_id for each in Concepts.load() for term in each.terms}
    for finding in findings:
        shared = {owners[term_key(term)] for term in finding.terms if term_key(term) in owners}
        assert shared == ({finding.finding_id} if finding.is_concept else set()), finding.name


def test_no_word_of_a_finding_is_a_condition_or_another_finding(findings):
    conditions = {term_key(term) for each in Ontology.load() for term in each.terms}
    words = [term_key(term) for each in findings if not each.is_concept for term in each.terms]
    assert not conditions & set(words)
    owners = {}
    for each in findings:
        for term in each.terms:
            assert owners.setdefault(term_key(term), each.finding_id) == each.finding_id


def test_definitions_are_one_line_of_our_own(findings):
    for each in findings:
        assert each.definition.endswith(".")
        assert 10 <= len(each.definition) <= 120, each.name


def test_parse_reads_a_small_file():
    small = parsed(SMALL)
    assert [each.finding_id for each in small] == ["flat", "coin-sign"]
    assert small["flat"].is_concept
    assert small["flat"].concept_ids == ("flat",)
    assert small["coin-sign"].terms == ("coin sign", "penny sign")
    assert not small["coin-sign"].is_concept


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL.replace("[round, flat]", "[square]"), "coin-sign is of square, which is no concept"),
        (SMALL.replace("[round, flat]", "[]"), "entry coin-sign"),
        (SMALL.replace("sort: clinical", "sort: guessed"), "entry coin-sign"),
        (SMALL.replace("penny sign", "circular"), "'circular' belongs to the concept round"),
        (SMALL.replace("penny sign", "dot"), "'dot' belongs to the condition spots"),
        (SMALL.replace("id: coin-sign", "id: spots"), "the id spots is given twice"),
        (SMALL.replace("id: coin-sign", "id: round"), "the id round is given twice"),
        (SMALL.replace("{flat: clinical}", "{dent: clinical}"), "names dent, which is no concept"),
        (SMALL.replace("{flat: clinical}", "{flat: seen}"), "which is no sort"),
        (SMALL.replace("sorts: [clinical", "sorts: [seen"), "sorts must be"),
        (SMALL + "extras: []\n", "unknown part 'extras'"),
        (SMALL.replace("findings:", "findings: 3\nrest:"), "unknown part 'rest'"),
    ],
)
def test_broken_files_are_refused_by_name(text, told):
    with pytest.raises(OntologyError, match=re.escape(told)):
        parsed(text)
