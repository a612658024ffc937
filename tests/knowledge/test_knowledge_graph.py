"""The graph resolves, does not contradict itself, and knows what every dermatologist knows."""

import re
from collections import Counter

import pytest

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.graph import KINDS, Graph, Relation
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.reading import OntologyError

CONCEPTS = "groups: [shape]\nconcepts:\n" + "".join(
    f"  - {{id: {word}, name: {word}, group: shape, definition: A kind of look.}}\n"
    for word in ("round", "flat", "red", "blue", "rough")
)
ONTOLOGY = """
conditions:
  - {id: tops, name: tops, definition: The highest level.}
  - {id: group, parent: tops, name: group, definition: The second level.}
  - {id: spot, parent: group, name: spot, definition: A small dot.}
  - {id: red-spot, parent: spot, name: red spot, definition: A red small dot.}
  - {id: pale-spot, parent: spot, name: pale spot, definition: A pale small dot.}
"""
FINDINGS = """
sorts: [clinical, dermoscopic, elicited, eponym]
findings:
  - {id: coin-sign, name: coin sign, sort: clinical, concepts: [round], definition: Like a coin.}
"""
SMALL = """
relations:
  spot:
    hallmark: [coin-sign]
    usual: [round, flat, red]
    rules_out: [rough]
  red-spot:
    hallmark: [red]
    usual: [round, flat]
    sometimes: [rough]
"""


def parsed(text):
    concepts, ontology = Concepts.parse(CONCEPTS), Ontology.parse(ONTOLOGY)
    return Graph.parse(text, ontology, concepts, Findings.parse(FINDINGS, concepts, ontology))


@pytest.fixture(scope="module")
def graph():
    return Graph.load()


def weights(graph, condition_id):
    return {each.sign_id: each.weight for each in graph.of_condition(condition_id)}


def test_at_least_150_conditions_have_four_concepts_each(graph):
    concepts = Concepts.load()
    n_concepts = Counter(each.condition_id for each in graph if each.sign_id in concepts)
    assert len([n for n in n_concepts.values() if n >= 4]) >= 150
    assert min(n_concepts.values()) >= 4


def test_related_conditions_are_conditions_and_not_headings(graph):
    ontology = Ontology.load()
    for condition_id in graph.condition_ids:
        assert ontology[condition_id].level >= 3, condition_id


def test_every_relation_resolves(graph):
    ontology, concepts, findings = Ontology.load(), Concepts.load(), Findings.load()
    assert len(graph) > 1500
    for each in graph:
        assert each.condition_id in ontology
        assert each.sign_id in concepts or each.sign_id in findings
        assert each.kind == KINDS[each.weight]
    assert sum(graph.n_by_kind().values()) == len(graph)
    assert min(graph.n_by_kind().values()) > 100


def test_a_condition_has_something_typical(graph):
    for condition_id in graph.condition_ids:
        kinds = [each.kind for each in graph.of_condition(condition_id)]
        assert kinds.count("typical") >= 2, condition_id


def test_what_is_usual_does_not_exclude_itself(graph):
    concepts = Concepts.load()
    for condition_id in graph.condition_ids:
        usual = [
            each.sign_id for each in graph.of_condition(condition_id) if each.kind == "typical"
        ]
        for sign_id in usual:
            if sign_id in concepts:
                assert not set(concepts[sign_id].opposites) & set(usual), (condition_id, sign_id)


@pytest.mark.parametrize(
    ("condition_id", "sign_id", "weight"),
    [
        ("psoriasis", "auspitz-sign", "hallmark"),
        ("psoriasis", "scale", "usual"),
        ("lichen-planus", "wickham-striae", "hallmark"),
        ("pityriasis-rosea", "herald-patch", "hallmark"),
        ("impetigo", "honey-colored-crust", "hallmark"),
        ("basal-cell-carcinoma", "arborizing-vessels", "hallmark"),
        ("basal-cell-carcinoma", "pigment-network", "speaks_against"),
        ("melanoma", "blue-whitish-veil", "sometimes"),
        ("melanoma", "asymmetric", "hallmark"),
        ("urticaria", "scale", "rules_out"),
        ("urticaria-pigmentosa", "darier-sign", "hallmark"),
        ("pemphigus-vulgaris", "nikolsky-sign", "hallmark"),
        ("bullous-pemphigoid", "nikolsky-sign", "speaks_against"),
        ("herpes-zoster", "dermatomal", "hallmark"),
        ("molluscum-contagiosum", "umbilicated", "hallmark"),
        ("acne-vulgaris", "comedo", "hallmark"),
        ("rosacea", "comedo", "speaks_against"),
        ("alopecia-areata", "exclamation-mark-hairs", "hallmark"),
        ("alopecia-areata", "scar", "rules_out"),
        ("erythema-multiforme", "targetoid-change", "usual"),
        ("dermatomyositis", "gottron-papules", "hallmark"),
        ("scabies", "burrow", "hallmark"),
        ("vitiligo", "depigmentation", "usual"),
        ("dermatofibroma", "dimple-sign", "hallmark"),
        ("acral-lentiginous-melanoma", "parallel-ridge-pattern", "hallmark"),
        ("tinea-corporis", "advancing-border", "hallmark"),
    ],
)
def test_knows_what_every_dermatologist_knows(graph, condition_id, sign_id, weight):
    assert weights(graph, condition_id)[sign_id] == weight


def test_leads_from_a_sign_to_its_conditions_and_instances(graph):
    auspitz = {each.condition_id for each in graph.of_sign("auspitz-sign")}
    assert "psoriasis" in auspitz
    assert "auspitz-sign" in graph.instances("scale")
    assert graph.of_sign("nothing") == ()


def test_what_has_no_signs_of_its_own_has_those_of_the_nearest_above():
    small = parsed(SMALL)
    own = [each.sign_id for each in small.of_condition("red-spot")]
    assert own == ["red", "round", "flat", "rough"]
    assert small.of_condition("red-spot", inherited=True) == small.of_condition("red-spot")
    assert small.of_condition("pale-spot") == ()
    assert small.of_condition("pale-spot", inherited=True) == small.of_condition("spot")
    assert small.of_condition("group", inherited=True) == ()
    assert small.relations[0] == Relation("spot", "coin-sign", "hallmark")
    assert small.instances("round") == ("coin-sign",)


def test_a_subtype_that_looks_different_does_not_inherit(graph):
    segmental = {each.sign_id: each.kind for each in graph.of_condition("segmental-vitiligo")}
    assert segmental["unilateral"] == "typical"
    assert segmental["symmetric"] == "excluding"
    amelanotic = graph.of_condition("amelanotic-melanoma", inherited=True)
    assert "pigmentation" not in {each.sign_id for each in amelanotic}
    nonsegmental = graph.of_condition("nonsegmental-vitiligo", inherited=True)
    assert nonsegmental == graph.of_condition("vitiligo")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL.replace("  spot:", "  blot:"), "blot is no condition"),
        (SMALL.replace("[coin-sign]", "[penny-sign]"), "names penny-sign, which is no concept"),
        (SMALL.replace("[rough]", "[red]", 1), "spot names red twice"),
        (SMALL.replace("usual: [round, flat, red]", "usual: [round]"), "spot has 2 concepts"),
        (SMALL.replace("usual: [round, flat, red]", "often: [round, flat, red]"), "often"),
        (SMALL.replace("[coin-sign]", "coin-sign"), "hallmark"),
        ("relations: [spot]", "must hold one mapping"),
        ("others: {}", "must hold one mapping"),
    ],
)
def test_broken_files_are_refused_by_name(text, told):
    with pytest.raises(OntologyError, match=re.escape(told)):
        parsed(text)
