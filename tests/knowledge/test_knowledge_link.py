"""The linker finds what is meant and refuses to guess."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.knowledge.link import Linker
from pipeline.knowledge.ontology import Ontology

LINKER = Linker(Ontology.load())
STATUSES = {"linked", "ambiguous", "not_in_ontology", "no_diagnosis"}


@pytest.mark.parametrize(
    ("text", "condition_id", "method"),
    [
        ("psoriasis", "psoriasis", "exact"),
        ("  Psoriasis. ", "psoriasis", "exact"),
        ("psoriasis_vulgaris", "plaque-psoriasis", "synonym"),
        ("Melanocytic naevi", "melanocytic-nevus", "exact"),
        ("seborrhoeic warts", "seborrheic-keratosis", "synonym"),
        ("Bowen’s disease", "squamous-cell-carcinoma-in-situ", "synonym"),
        ("shingles", "herpes-zoster", "synonym"),
        ("tinea", "dermatophytosis", "synonym"),
        ("eczema", "eczema-and-dermatitis", "synonym"),
        ("mycosis fungoides", "mycosis-fungoides", "exact"),
        ("BCC", "basal-cell-carcinoma", "abbreviation"),
        ("BCCs", "basal-cell-carcinoma", "abbreviation"),
        ("ACK", "actinic-keratosis", "abbreviation"),
        ("SEK", "seborrheic-keratosis", "abbreviation"),
        ("NEV", "melanocytic-nevus", "abbreviation"),
        ("Basal cell carcinoma (BCC)", "basal-cell-carcinoma", "exact"),
        ("Pyoderma gangrenosum (PG)", "pyoderma-gangrenosum", "exact"),
        ("keratosis, seborrheic", "seborrheic-keratosis", "exact"),
        ("severe plaque psoriasis on the elbows", "plaque-psoriasis", "exact"),
        ("tinea corporis on left arm", "tinea-corporis", "exact"),
        ("chronic eczema, NOS", "eczema-and-dermatitis", "synonym"),
        ("melanoma, superficial spreading melanoma", "superficial-spreading-melanoma", "exact"),
        ("hand, foot and mouth disease", "hand-foot-and-mouth-disease", "exact"),
        ("psoriaisis", "psoriasis", "fuzzy"),
        ("allopecia areata", "alopecia-areata", "fuzzy"),
        ("molluscum contagiosm", "molluscum-contagiosum", "fuzzy"),
        ("ring worm", "dermatophytosis", "fuzzy"),
        ("sun burn", "sunburn", "fuzzy"),
        ("seborheic dermatitis", "seborrheic-dermatitis", "fuzzy"),
        ("basal-cell-carcinoma-nodular", "nodular-basal-cell-carcinoma", "fuzzy"),
    ],
)
def test_links(text, condition_id, method):
    link = LINKER.link(text)
    assert (link.status, link.condition_id, link.method) == ("linked", condition_id, method)
    assert 80 <= link.score <= 100
    assert link.matched


@pytest.mark.parametrize(
    "text",
    [
        "sk",
        "skin",
        "task1",
        "Wiskott",
        "address",
        "MADAM",
        "ad",
        "tinea xyz",
        "hyperpigmentation",
        "hypopigmentation",
        "melanosis",
        "keratitis",
        "carcinoma",
        "squamous cell carcinoma of the lung",
        "uveal melanoma",
        "neurofibromatosis type 2",
        "diabetes mellitus",
        "disease",
        "psoriasiform",
        "porokeratotic",
        "lymphangitic",
        "acneiform",
        "Lichtenstein",
        "银屑病",
        "x" * 5000,
        "psoriasis " * 500,
    ],
)
def test_traps_are_not_in_the_ontology(text):
    link = LINKER.link(text)
    assert (link.status, link.condition_id) == ("not_in_ontology", None)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "???", "🙂", "unknown", "No definitive diagnosis", "healthy skin", "N/A", "None"],
)
def test_sentinels_are_no_diagnosis(text):
    link = LINKER.link(text)
    assert (link.status, link.condition_id, link.method) == ("no_diagnosis", None, "none")


@pytest.mark.parametrize(
    ("text", "runner_up_id"),
    [
        ("PG", "pyoderma-gangrenosum"),
        ("alopecia", "nonscarring-alopecia"),
        ("Paget's disease", "mammary-paget-disease"),
        ("psoriasis vs eczema", "psoriasis"),
        ("acne vulgaris and rosacea", "acne-vulgaris"),
        ("melanoma (BCC)", "melanoma"),
        ("psoriasis, Crohn disease", "psoriasis"),
    ],
)
def test_ambiguous_strings_choose_nothing(text, runner_up_id):
    link = LINKER.link(text)
    assert (link.status, link.condition_id) == ("ambiguous", None)
    assert link.runner_up_id == runner_up_id


def test_every_name_and_synonym_links_to_its_own_condition():
    ontology = Ontology.load()
    decided = {each.text.lower() for each in ontology.ambiguities}
    for condition in ontology:
        if condition.level == 1:
            continue
        for term in condition.terms:
            if term.lower() in decided:
                continue
            link = LINKER.link(term)
            assert link.condition_id == condition.condition_id, term
            assert link.score == 100.0
            assert link.method == ("exact" if term == condition.name else "synonym")


def test_categories_are_no_diagnosis_of_anyone():
    assert LINKER.link("skin cancer").status == "not_in_ontology"


def test_a_name_with_one_letter_too_many_never_links_to_another_condition():
    wrong = []
    for condition in Ontology.load():
        if condition.level < 3:
            continue
        for position in (3, len(condition.name) // 2, len(condition.name) - 2):
            name = f"{condition.name[:position]}q{condition.name[position:]}"
            link = LINKER.link(name)
            if link.condition_id not in (None, condition.condition_id):
                wrong.append((name, link.condition_id))
    assert wrong == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_string_gets_an_honest_answer(text):
    link = LINKER.link(text)
    assert link.status in STATUSES
    assert (link.status == "linked") == (link.condition_id is not None)
    assert 0.0 <= link.score <= 100.0
    assert LINKER.link(text) == link
