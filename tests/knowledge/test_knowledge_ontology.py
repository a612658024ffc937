"""The ontology file keeps its own rules, and readings that break them are refused by name."""

import hashlib
import re
from collections import Counter
from importlib.resources import files

import pytest

from pipeline.errors import DermcurateError
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.reading import OntologyError
from pipeline.knowledge.spelling import term_key

HEAD = "conditions:\n"
CATEGORY = "  - {id: tops, name: tops, definition: The highest level.}\n"
GROUP = "  - {id: group, parent: tops, name: group, definition: The second level.}\n"
CONDITION = "  - {id: spot, parent: group, name: spot, synonyms: [dot], definition: A small dot.}\n"
SUBTYPE = "  - {id: red-spot, parent: spot, name: red spot, definition: A red small dot.}\n"
SMALL = HEAD + CATEGORY + GROUP + CONDITION + SUBTYPE


@pytest.fixture(scope="module")
def ontology():
    return Ontology.load()


def test_has_four_levels_and_enough_conditions(ontology):
    levels = Counter(condition.level for condition in ontology)
    assert sorted(levels) == [1, 2, 3, 4]
    assert levels[3] + levels[4] >= 450


def test_every_parent_is_one_level_up(ontology):
    for condition in ontology:
        if condition.level == 1:
            assert condition.parent_id is None
        else:
            assert ontology[condition.parent_id].level == condition.level - 1, condition


def test_every_path_ends_at_a_category_without_a_loop(ontology):
    for condition in ontology:
        path = ontology.path(condition.condition_id)
        assert [each.level for each in path] == list(range(1, condition.level + 1))
        assert path[-1] is condition


def test_no_category_or_group_is_empty(ontology):
    for condition in ontology:
        if condition.level < 3:
            assert ontology.children(condition.condition_id), condition.name


def test_ids_are_slugs_and_names_hold_no_comma(ontology):
    for condition in ontology:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", condition.condition_id)
        assert "," not in condition.name


def test_names_are_unique_in_any_spelling(ontology):
    keys = Counter(term_key(condition.name) for condition in ontology)
    assert [key for key, n_names in keys.items() if n_names > 1] == []


def test_terms_of_two_conditions_are_declared_ambiguous(ontology):
    declared = {term_key(each.text) for each in ontology.ambiguities}
    owners = {}
    for condition in ontology:
        for term in condition.terms:
            owners.setdefault(term_key(term), set()).add(condition.condition_id)
    assert {key for key, ids in owners.items() if len(ids) > 1} <= declared


def test_abbreviations_are_short_and_without_spaces(ontology):
    for condition in ontology:
        for abbreviation in condition.abbreviations:
            assert re.fullmatch(r"[A-Za-z0-9]{2,8}", abbreviation), condition.name
            assert not abbreviation.islower(), condition.name


def test_two_letter_abbreviations_that_medicine_uses_otherwise_are_declared(ontology):
    declared = {each.text for each in ontology.ambiguities}
    for abbreviation in ("BP", "DM", "PG", "MM", "MF", "EM", "GA", "AA", "PRP", "ICD"):
        assert abbreviation in declared


def test_also_under_resolves_upward_and_is_not_the_parent(ontology):
    n_references = 0
    for condition in ontology:
        for other in condition.also_under:
            n_references += 1
            assert ontology[other].level < condition.level
            assert other not in {
                each.condition_id for each in ontology.path(condition.condition_id)
            }
    assert n_references > 20


def test_definitions_are_one_line_of_our_own(ontology):
    for condition in ontology:
        assert condition.definition.endswith(".")
        assert "\n" not in condition.definition
        assert 15 <= len(condition.definition) <= 160, condition.name


@pytest.mark.parametrize(
    ("condition_id", "above", "never_above"),
    [
        ("mycosis-fungoides", "cutaneous-lymphomas", "infections-and-infestations"),
        ("melanoma", "malignant-melanocytic-neoplasms", "benign-tumors-and-cysts"),
        ("spitz-nevus", "benign-melanocytic-neoplasms", "premalignant-and-malignant-neoplasms"),
        ("viral-wart", "viral-infections", "bacterial-infections"),
        ("squamous-cell-carcinoma-in-situ", "premalignant-and-malignant-neoplasms", "viral-wart"),
        ("granuloma-annulare", "granulomatous-dermatoses", "infections-and-infestations"),
        ("pyogenic-granuloma", "benign-tumors-and-cysts", "bacterial-infections"),
        ("pyoderma-gangrenosum", "neutrophilic-dermatoses", "infections-and-infestations"),
        ("lupus-vulgaris", "mycobacterial-infections", "connective-tissue-diseases"),
        ("lymphangioma-circumscriptum", "benign-tumors-and-cysts", "cutaneous-lymphomas"),
        ("cutaneous-pseudolymphoma", "benign-lymphoid-proliferations", "cutaneous-lymphomas"),
        ("grover-disease", "acantholytic-dermatoses", "genetic-skin-disorders"),
        ("mucinosis", "metabolic-and-deposition-disorders", "other-skin-cancers"),
        ("pityriasis-rosea", "papulosquamous-diseases", "fungal-infections"),
        ("hailey-hailey-disease", "acantholytic-dermatoses", "autoimmune-blistering-diseases"),
        ("acne-keloidalis-nuchae", "inflammatory-skin-diseases", "benign-fibrous-tumors"),
    ],
)
def test_classic_misplacements_do_not_occur(ontology, condition_id, above, never_above):
    path = {each.condition_id for each in ontology.path(condition_id)}
    assert above in path
    assert never_above not in path


@pytest.mark.parametrize(
    "condition_id",
    [
        "actinic-keratosis",
        "squamous-cell-carcinoma-in-situ",
        "basal-cell-carcinoma",
        "melanoma",
        "melanocytic-nevus",
        "seborrheic-keratosis",
        "solar-lentigo",
        "lichen-planus-like-keratosis",
        "dermatofibroma",
        "hemangioma",
        "angiokeratoma",
        "pyogenic-granuloma",
        "squamous-cell-carcinoma",
    ],
)
def test_diagnoses_of_ham10000_and_pad_ufes_20_are_there(ontology, condition_id):
    assert ontology[condition_id].level in (3, 4)


def test_path_names_are_lower_case_and_joined_with_commas(ontology):
    assert ontology.path_names("guttate-psoriasis") == (
        "inflammatory skin diseases, papulosquamous diseases, psoriasis, guttate psoriasis"
    )
    for condition in ontology:
        names = ontology.path_names(condition.condition_id)
        assert names == names.lower()
        assert names.count(", ") == condition.level - 1


def test_flat_holds_every_name_once_and_leads_from_root_to_all(ontology):
    flat = ontology.flat()
    assert len(flat) == len(ontology) + 1
    children = [name for names in flat.values() for name in names]
    assert len(children) == len(set(children)) == len(ontology)
    reached, ahead = set(), ["root"]
    while ahead:
        name = ahead.pop()
        reached.add(name)
        ahead += flat[name]
    assert reached == set(flat)
    assert flat["guttate psoriasis"] == []


def test_nested_holds_the_same_entries(ontology):
    def ids(branches):
        for branch in branches:
            yield branch["id"]
            yield from ids(branch["children"])

    nested = ontology.nested()
    assert sorted(ids(nested)) == sorted(each.condition_id for each in ontology)
    assert {branch["level"] for branch in nested} == {"category"}


def test_digest_is_that_of_the_file(ontology):
    content = files("schemas").joinpath("ontology.yaml").read_bytes()
    assert ontology.digest == hashlib.sha256(content).hexdigest()


def test_load_reads_once():
    assert Ontology.load() is Ontology.load()


def test_parse_reads_a_small_file():
    small = Ontology.parse(SMALL)
    assert [each.condition_id for each in small.path("red-spot")] == [
        "tops",
        "group",
        "spot",
        "red-spot",
    ]
    assert small["spot"].terms == ("spot", "dot")
    assert "spot" in small
    assert "blue-spot" not in small


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL + SUBTYPE.replace("red-spot", "spot"), "id spot is given twice"),
        (SMALL.replace("parent: group", "parent: nowhere"), "spot has the parent nowhere"),
        (SMALL.replace("definition: A small dot.", "colour: red"), "spot"),
        (SMALL.replace("definition: A small dot.", "definition: Dot"), "entry spot"),
        (SMALL.replace("synonyms: [dot]", "synonyms: dot"), "entry spot"),
        (SMALL.replace("id: red-spot", "id: Red Spot"), "'Red Spot' is no slug"),
        (SMALL.replace("name: red spot", "name: 'spot, red'"), "entry red-spot"),
        (SMALL.replace("name: red spot", "name: Dots"), "'dot' belongs to spot and to red-spot"),
        (SMALL.replace("id: tops,", "id: tops, parent: spot,"), "loops"),
        (
            SMALL + SUBTYPE.replace("red-spot, parent: spot", "dark-spot, parent: red-spot"),
            "deeper than four levels",
        ),
        (SMALL.replace("synonyms: [dot]", "also_under: [red-spot]"), "spot is also under red-spot"),
        (SMALL.replace("synonyms: [dot]", "also_under: [group]"), "spot is also under group"),
        (SMALL.replace("name: spot,", "name: spot, name: speck,"), "stands there twice"),
        (
            SMALL + "ambiguous:\n  - {text: dot, conditions: [blot], rule: never}\n",
            "'dot' names blot",
        ),
        (SMALL + "ambiguous:\n  - {text: dot, conditions: [spot], rule: guess}\n", "entry dot"),
        (SMALL + "extras: []\n", "unknown part 'extras'"),
        ("conditions: [", "cannot be read"),
        ("- a list", "must hold a mapping"),
        ("conditions: 3", "conditions must be a list"),
    ],
)
def test_broken_files_are_refused_by_name(text, told):
    with pytest.raises(OntologyError, match=re.escape(told)) as refusal:
        Ontology.parse(text)
    assert isinstance(refusal.value, DermcurateError)


def test_a_shared_term_is_allowed_where_it_is_declared():
    shared = SMALL.replace("name: red spot", "name: red spot, synonyms: [dots]")
    declared = shared + "ambiguous:\n  - {text: dot, conditions: [spot, red-spot], rule: never}\n"
    with pytest.raises(OntologyError):
        Ontology.parse(shared)
    assert Ontology.parse(declared).ambiguities[0].condition_ids == ("spot", "red-spot")
