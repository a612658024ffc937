"""All spellings of a term share one key, and different terms do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.knowledge.spelling import WORD, listed, term_key, word_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bowen's disease", "Bowen disease"),
        ("Bowen’s disease", "bowens DISEASE"),
        ("naevi", "nevus"),
        ("haemangiomas", "hemangioma"),
        ("haemangiomata", "hemangioma"),
        ("seborrhoeic keratoses", "seborrheic keratosis"),
        ("oedema", "edema"),
        ("lymphoedema", "lymphedema"),
        ("tumours", "tumor"),
        ("leucoderma", "leukoderma"),
        ("generalised", "generalized"),
        ("verrucae", "verruca"),
        ("dermatitides", "dermatitis"),
        ("metastases", "metastasis"),
        ("abscesses", "abscess"),
        ("calluses", "callus"),
        ("Behçet", "behcet"),
        ("Sézary", "SEZARY"),
        ("Henoch–Schönlein", "henoch-schonlein"),
        ("café-au-lait spots", "cafe au lait spot"),
        ("pso\u00adriasis", "psoriasis"),
        ("grey", "gray"),
        ("lentigines", "lentigo"),
        ("comedones", "comedo"),
    ],
)
def test_spellings_share_a_key(one, other):
    assert term_key(one) == term_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hyperpigmentation", "hypopigmentation"),
        ("lichen planus", "lichen nitidus"),
        ("melanosis", "melanoma"),
        ("macule", "papule"),
        ("scab", "scabies"),
        ("iris", "iritis"),
    ],
)
def test_different_terms_keep_different_keys(one, other):
    assert term_key(one) != term_key(other)


@pytest.mark.parametrize("word", ["psoriasis", "lupus", "scabies", "herpes", "pus", "cruris"])
def test_singular_words_that_end_in_s_are_kept(word):
    assert word_key(word) == word


def test_signs_leave_no_key():
    assert term_key("?! … 🙂 --") == ""


@given(st.text())
def test_keys_are_stable_and_made_of_single_words(text):
    key = term_key(text)
    assert term_key(text) == key
    assert len(key.split()) == len(WORD.findall(text))


def test_listed_joins_wrapped_entries():
    assert listed("one\n  two, three", ",") == ("one two", "three")
    assert listed(" one\n two ") == ("one", "two")
