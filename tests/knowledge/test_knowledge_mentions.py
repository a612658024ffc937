"""Mentions carry exact spans and say how they are asserted."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.knowledge.body_sites import BODY_SITES, site_id
from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.cue_phrases import cue_phrases
from pipeline.knowledge.cues import FARTHEST_REACH, LONGEST_CUE
from pipeline.knowledge.mentions import find_mentions
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.spelling import term_key


def asserted(text, kind="disease"):
    return [(each.term_id, each.assertion) for each in find_mentions(text) if each.kind == kind]


def spans(text, kind):
    return [(each.text, each.term_id) for each in find_mentions(text) if each.kind == kind]


def test_reads_a_case_report():
    text = (
        "A 45-year-old woman with a 2-year history of erythematous, scaly plaques on the elbows. "
        "No evidence of eczema. Family history of psoriasis."
    )
    found = [(each.kind, each.term_id, each.text, each.assertion) for each in find_mentions(text)]
    assert found == [
        ("age", "45", "45-year-old", "affirmed"),
        ("sex", "female", "woman", "affirmed"),
        ("concept", "erythema", "erythematous", "affirmed"),
        ("concept", "scale", "scaly", "affirmed"),
        ("concept", "plaque", "plaques", "affirmed"),
        ("body_site", "elbow", "elbows", "affirmed"),
        ("disease", "eczema-and-dermatitis", "eczema", "negated"),
        ("disease", "psoriasis", "psoriasis", "family"),
    ]


@pytest.mark.parametrize(
    ("text", "term_id", "assertion"),
    [
        ("Psoriasis of the elbows.", "psoriasis", "affirmed"),
        ("There was no scale and no psoriasis.", "psoriasis", "negated"),
        ("Melanoma was ruled out.", "melanoma", "negated"),
        ("She denies acne.", "acne-vulgaris", "negated"),
        ("Biopsy excluded melanoma.", "melanoma", "negated"),
        ("Vitiligo is unlikely.", "vitiligo", "negated"),
        ("Rule out melanoma.", "melanoma", "possible"),
        ("Lesion suspicious for melanoma.", "melanoma", "possible"),
        ("A dermatofibroma mimicking melanoma.", "melanoma", "possible"),
        ("This could be ringworm.", "dermatophytosis", "possible"),
        ("Is this ringworm?", "dermatophytosis", "possible"),
        ("Melanoma cannot be excluded.", "melanoma", "possible"),
        ("A lupus-like rash.", "lupus-erythematosus", "possible"),
        ("History of atopic dermatitis.", "atopic-dermatitis", "historical"),
        ("He previously had scabies.", "scabies", "historical"),
        ("My mother has vitiligo.", "vitiligo", "family"),
        ("Vitiligo runs in the family.", "vitiligo", "family"),
        ("Unlike psoriasis, lichen planus itches.", "psoriasis", "negated"),
        ("Unlike psoriasis, lichen planus itches.", "lichen-planus", "affirmed"),
        ("Patient with h/o psoriasis.", "psoriasis", "historical"),
        ("No family history of melanoma.", "melanoma", "negated"),
        ("A six-month history of psoriasis.", "psoriasis", "affirmed"),
        ("No response to therapy for psoriasis.", "psoriasis", "affirmed"),
        ("No fever, but psoriasis.", "psoriasis", "affirmed"),
        ("No fever. Psoriasis.", "psoriasis", "affirmed"),
        ("Not only psoriasis.", "psoriasis", "affirmed"),
        ("History of eczema; now presented with psoriasis.", "psoriasis", "affirmed"),
    ],
)
def test_assertions(text, term_id, assertion):
    assert (term_id, assertion) in asserted(text)


def test_a_differential_makes_all_of_its_list_possible():
    text = "Differential diagnosis: lichen planus, pityriasis rosea, and secondary syphilis."
    assert asserted(text) == [
        ("lichen-planus", "possible"),
        ("pityriasis-rosea", "possible"),
        ("secondary-syphilis", "possible"),
    ]
    assert asserted("Psoriasis vs. mycosis fungoides") == [
        ("psoriasis", "possible"),
        ("mycosis-fungoides", "possible"),
    ]


def test_a_list_is_denied_to_its_end():
    assert asserted("No scale, vesicles, or crusting was seen.", "concept") == [
        ("scale", "negated"),
        ("vesicle", "negated"),
        ("crust", "negated"),
    ]


def test_doubt_about_a_disease_is_no_doubt_about_its_place():
    assert asserted("Possible psoriasis of the elbow.", "body_site") == [("elbow", "affirmed")]
    assert asserted("No lesions on the face.", "body_site") == [("face", "negated")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oral lichen planus", [("oral lichen planus", "oral-lichen-planus")]),
        ("Stevens–Johnson syndrome", [("Stevens–Johnson syndrome", "stevens-johnson-syndrome")]),
        ("multiple haemangiomata", [("haemangiomata", "hemangioma")]),
        ("SKs and BCCs", [("SKs", "seborrheic-keratosis"), ("BCCs", "basal-cell-carcinoma")]),
        ("skin task AD2 ADDRESS address", []),
        ("sk and bcc and ad", []),
        ("BP 120/80, DM type 2, MM", []),
        ("Bullous pemphigoid (BP)", [("Bullous pemphigoid", "bullous-pemphigoid"), ("BP",) * 2]),
        ("lichen. Planus", []),
        ("pruritus and itching", []),
        ("alopecia", []),
        ("a parapsoriasislike word", []),
        ("<b>psoriasis</b>", [("psoriasis", "psoriasis")]),
        ("lichen\nplanus", [("lichen\nplanus", "lichen-planus")]),
        ("pso\u00adriasis 🙂", [("pso\u00adriasis", "psoriasis")]),
    ],
)
def test_diseases_are_whole_words_longest_first(text, expected):
    expected = [("BP", "bullous-pemphigoid") if pair == ("BP", "BP") else pair for pair in expected]
    assert spans(text, "disease") == expected


def test_an_ambiguous_abbreviation_follows_the_disease_spelled_out():
    spelled = "Pyogenic granuloma was seen. The PG bled."
    assert ("PG", "pyogenic-granuloma") in spans(spelled, "disease")
    other = "Pyoderma gangrenosum was seen. The PG bled."
    assert ("PG", "pyoderma-gangrenosum") in spans(other, "disease")
    assert spans("The PG bled.", "disease") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("white patient, white blood cells, patch test", []),
        ("tumor necrosis factor and body mass index", []),
        ("on a large scale", []),
        ("a white patch", [("white", "white"), ("patch", "patch")]),
        ("arborizing vessels", [("arborizing vessels", "arborizing-vessels")]),
        ("oedematous naevoid papules", [("oedematous", "edema"), ("papules", "papule")]),
        ("psoriasis-like", [("psoriasis-like", "psoriasiform-change")]),
    ],
)
def test_concepts(text, expected):
    assert spans(text, "concept") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She came back; on the other hand, the treatment arm", []),
        ("the sole reason", [("sole", "sole")]),
        ("sole treatment", []),
        ("on the back of the hand", [("back of the hand", "back-of-the-hand")]),
        ("his back and armpits", [("back", "back"), ("armpits", "axilla")]),
        ("the lower lip", [("lower lip", "lip")]),
    ],
)
def test_body_sites(text, expected):
    assert spans(text, "body_site") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A 45-year-old", [("45-year-old", "45")]),
        ("45 years old", [("45 years old", "45")]),
        ("45 y/o", [("45 y/o", "45")]),
        ("45yo", [("45yo", "45")]),
        ("6-month-old infant", [("6-month-old", "0.5")]),
        ("aged 70", [("aged 70", "70")]),
        ("aged 30 to 40", []),
        ("since age 12", []),
        ("a 3-month-old lesion", []),
        ("a 2-year-old boy with a rash", [("2-year-old", "2")]),
        ("24F with acne", [("24", "24")]),
        ("300 years old", []),
        ("5 mg, 10 cm", []),
    ],
)
def test_ages(text, expected):
    assert spans(text, "age") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 30-year-old man", ["male"]),
        ("a Woman", ["female"]),
        ("(M/31)", ["male"]),
        ("24F", ["female"]),
        ("female pattern hair loss", []),
        ("men and women", []),
        ("a man-made fiber", []),
    ],
)
def test_sexes(text, expected):
    found = [term_id for _, term_id in spans(text, "sex")]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fitzpatrick skin type IV", ["IV"]),
        ("Fitzpatrick type 2", ["II"]),
        ("skin phototype III-IV", ["III", "IV"]),
        ("FST V", ["V"]),
        ("type IV hypersensitivity", []),
    ],
)
def test_skin_types(text, expected):
    assert [term_id for _, term_id in spans(text, "skin_type")] == expected


PIECES = st.sampled_from(
    [
        "psoriasis ",
        "no ",
        "naevi",
        "\n\n",
        ". ",
        "Bowen's disease",
        "BCCs ",
        "45-year-old ",
        "é",
        "🙂",
        "\x00",
        "\u200b",
        "<b>",
        "oedema ",
        "ﷺ",
        "ß",
        "back ",
        "the ",
        "24F ",
        "skin type IV",
        "'",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join)))
def test_every_span_is_exact(text):
    mentions = find_mentions(text)
    for mention in mentions:
        assert mention.text == text[mention.start : mention.end]
        assert mention.text
    assert mentions == sorted(mentions, key=lambda each: (each.start, each.end, each.kind))
    assert find_mentions(text) == mentions


@pytest.mark.parametrize(
    "text",
    [
        "psoriasis no " * 8_000,
        "a" * 100_000,
        "\n" * 100_000,
        "." * 100_000,
        "'" * 100_000,
        "9" * 100_000,
        "1 " * 50_000,
        "psoriasis" * 11_000,
        "🙂" * 50_000,
        "<i>" * 33_000,
        "no psoriasis, " * 7_000,
        " " * 100_000,
        "e\u0301" * 50_000,
        "fitzpatrick skin type " * 4_500,
    ],
)
def test_huge_input_is_read_in_linear_time(text):
    started = time.perf_counter()
    mentions = find_mentions(text)
    assert time.perf_counter() - started < 10
    assert all(mention.text == text[mention.start : mention.end] for mention in mentions)


def test_concept_and_disease_may_share_a_span():
    found = {(each.kind, each.start, each.end) for each in find_mentions("hives")}
    assert found == {("disease", 0, 5), ("concept", 0, 5)}


def test_every_term_is_found_whole_in_a_sentence():
    ontology = Ontology.load()
    undecided = {term_key(each.text) for each in ontology.ambiguities}
    for condition in ontology:
        for term in condition.terms if condition.level > 1 else ():
            # a slash parts words, so `SJS/TEN` is a label and two abbreviations in a text
            if term_key(term) not in undecided and "/" not in term:
                text = f"We saw {term}."
                assert (term, condition.condition_id) in spans(text, "disease"), term


def test_every_concept_term_is_found_whole_in_a_sentence():
    for concept in Concepts.load():
        for term in concept.terms:
            found = spans(f"We saw {term} there.", "concept")
            assert (term, concept.concept_id) in found or spans(term, "disease"), term


def test_every_body_site_is_found_under_its_name():
    for name, *others in BODY_SITES:
        for term in (name, *others):
            assert (term, site_id(name)) in spans(f"It was on the {term}.", "body_site"), term


def test_no_cue_is_longer_or_reaches_farther_than_the_bounds_say():
    for key, cue in cue_phrases().items():
        assert len(key.split()) <= LONGEST_CUE
        assert cue.reach <= FARTHEST_REACH


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("I am not sure if this is psoriasis.", "possible"),
        ("This is most likely psoriasis, biopsy pending.", "possible"),
        ("I was worried about psoriasis.", "possible"),
        ("He thinks it's psoriasis.", "possible"),
        ("My mother was told she had psoriasis.", "family"),
        ("She no longer has psoriasis.", "historical"),
        ("This is psoriasis.", "affirmed"),
    ],
)
def test_doubt_and_other_people_are_heard(text, assertion):
    (disease,) = [each for each in find_mentions(text) if each.kind == "disease"]
    assert disease.assertion == assertion
