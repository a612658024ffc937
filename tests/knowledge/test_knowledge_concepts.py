"""The concepts file keeps its own rules."""

import hashlib
import re
from importlib.resources import files

import pytest

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.reading import OntologyError
from pipeline.knowledge.spelling import term_key

SKINCON = """Abscess|Acuminate|Atrophy|Black|Blue|Brown(Hyperpigmentation)|Bulla|Burrow|Comedo|Crust
Cyst|Dome-shaped|Erosion|Erythema|Excoriation|Exophytic/Fungating|Exudate|Fissure|Flat topped
Friable|Gray|Induration|Lichenification|Macule|Nodule|Papule|Patch|Pedunculated|Pigmented|Plaque
Poikiloderma|Purple|Purpura/Petechiae|Pustule|Salmon|Scale|Scar|Sclerosis|Telangiectasia
Translucent|Ulcer|Umbilicated|Vesicle|Warty/Papillomatous|Wheal|White(Hypopigmentation)|Xerosis
Yellow"""

SMALL = """
groups: [shape]
concepts:
  - {id: round, name: round, group: shape, adjectives: [circular], definition: Without corners.}
"""


@pytest.fixture(scope="module")
def concepts():
    return Concepts.load()


def test_has_at_least_130_concepts_in_every_group(concepts):
    assert len(concepts) >= 130
    assert {concept.group for concept in concepts} == set(concepts.groups)


def test_holds_the_48_of_skincon_as_spelt_there(concepts):
    expected = re.split(r"[|\n]", SKINCON)
    assert len(expected) == 48
    assert sorted(each.skincon for each in concepts if each.skincon) == sorted(expected)


@pytest.mark.parametrize(
    ("word", "concept_id"),
    [
        ("scaly", "scale"),
        ("erythematous", "erythema"),
        ("petechiae", "purpura"),
        ("verrucous", "warty"),
        ("hyperpigmented", "hyperpigmentation"),
        ("blue whitish veil", "blue-whitish-veil"),
    ],
)
def test_adjectives_and_synonyms_belong_to_their_concept(concepts, word, concept_id):
    assert term_key(word) in {term_key(term) for term in concepts[concept_id].terms}


def test_opposites_hold_both_ways_and_never_of_itself(concepts):
    assert set(concepts["raised"].opposites) == {"flat", "sunken"}
    assert "well-defined-border" in concepts["poorly-defined-border"].opposites
    n_opposites = 0
    for each in concepts:
        for other in each.opposites:
            n_opposites += 1
            assert each.concept_id in concepts[other].opposites
            assert other != each.concept_id
    assert n_opposites >= 60


def test_digest_is_that_of_the_file(concepts):
    content = files("schemas").joinpath("concepts.yaml").read_bytes()
    assert concepts.digest == hashlib.sha256(content).hexdigest()


def test_parse_reads_a_small_file():
    small = Concepts.parse(SMALL)
    assert small["round"].terms == ("round", "circular")
    assert small["round"].skincon is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL.replace("group: shape", "group: form"), "round is in 'form'"),
        (SMALL + SMALL.splitlines()[-1], "the id round is given twice"),
        (
            SMALL
            + SMALL.splitlines()[-1].replace("id: round, name: round", "id: disc, name: disc"),
            "'circular' belongs to round and to disc",
        ),
        (SMALL.replace("definition: Without corners.", "weight: 2"), "entry round"),
        ("groups: [shape]", "concepts must be a list"),
        (SMALL + "opposites: [[round, oval]]", "which is no concept"),
        (SMALL + "opposites: [[round, round]]", "must be two concepts"),
        (SMALL + "opposites: [round]", "must be two concepts"),
    ],
)
def test_broken_files_are_refused_by_name(text, told):
    with pytest.raises(OntologyError, match=re.escape(told)):
        Concepts.parse(text)
