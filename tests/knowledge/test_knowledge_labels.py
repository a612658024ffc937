"""Labels: what annotations affirm, tied to the ontology; what they guess labels nothing."""

import pytest

from pipeline.knowledge.labels import LINK
from pipeline.store import Bench
from schemas import ANNOTATIONS

NAMES = ("diseases", "concepts", "body_sites", "symptoms", "history")


def label(diseases=(), concepts=(), status="ok"):
    """Label one annotation; a claim is a value, or a value and its assertion."""
    claims = {"diseases": diseases, "concepts": concepts}
    row = {
        "image_id": "s:0#F1",
        **{name: [evidence(each) for each in claims.get(name, ())] for name in NAMES},
        "text_ids": ["t"],
        "n_spans_dropped": 0,
        "request_sha256": "0",
        "prompt_id": "annotate/v1",
        "prompt_sha256": "0",
        "engine": "openai",
        "model_id": "m",
        "model_revision": "1",
        "sampling": "{}",
        "attempt": 1,
        "status": status,
    }
    (labels,) = LINK.run(Bench(None), ANNOTATIONS.table([row]))
    return labels.to_pylist()[0]


def evidence(claim):
    value, assertion = (claim, "affirmed") if isinstance(claim, str) else claim
    return {"value": value, "text_id": "t", "span": value, "assertion": assertion}


def test_a_diagnosis_is_tied_to_its_path():
    told = label(["psoriasis vulgaris"])

    assert told["label_status"] == "linked"
    assert told["condition_ids"] == ["plaque-psoriasis"]
    assert told["disease_label"] == ["plaque psoriasis"]
    assert told["hierarchy"] == [
        "inflammatory skin diseases, papulosquamous diseases, psoriasis, plaque psoriasis"
    ]
    assert (told["matched"], told["method"], told["score"]) == (
        "psoriasis vulgaris",
        "synonym",
        100,
    )


def test_the_first_diagnosis_is_the_primary_one():
    told = label(["vitiligo", "melanoma", "vitiligo"])

    assert told["condition_ids"] == ["vitiligo", "melanoma"]
    assert told["method"] == "exact"


def test_what_another_says_more_exactly_is_dropped():
    assert label(["psoriasis", "plaque psoriasis"])["condition_ids"] == ["plaque-psoriasis"]
    assert label(["plaque psoriasis", "psoriasis"])["condition_ids"] == ["plaque-psoriasis"]


@pytest.mark.parametrize("assertion", ["negated", "family", "historical", "possible"])
def test_what_is_not_affirmed_labels_nothing(assertion):
    told = label([("melanoma", assertion)], [("papule", assertion)])

    assert told["condition_ids"] == []
    assert told["concept_ids"] == []
    guessed = assertion == "possible"
    assert told["label_status"] == ("ambiguous" if guessed else "no_diagnosis")
    assert told["runner_up_id"] == ("melanoma" if guessed else None)


def test_a_guess_beside_a_diagnosis_changes_nothing():
    told = label([("melanoma", "possible"), "vitiligo"])

    assert (told["label_status"], told["condition_ids"]) == ("linked", ["vitiligo"])


def test_a_diagnosis_out_of_the_ontology_is_told_apart_from_none():
    assert label(["broken femur"])["label_status"] == "not_in_ontology"
    assert label(["no definitive diagnosis"])["label_status"] == "no_diagnosis"
    assert label([])["label_status"] == "no_diagnosis"
    assert label(["broken femur", "vitiligo"])["condition_ids"] == ["vitiligo"]


def test_concepts_are_named_once_in_the_order_of_the_text():
    told = label([], ["scaly", "erythematous plaque", "scale"])

    assert told["concept_ids"] == ["scale", "erythema", "plaque"]
    assert told["concept_names"] == ["scale", "erythema", "plaque"]


def test_a_failed_annotation_is_not_annotated():
    told = label([], status="timeout")

    assert (told["status"], told["error"]) == ("not_annotated", "the annotation is timeout")


def test_labels_depend_on_the_ontology():
    options = LINK.options(None, "s", "full")

    assert set(options) == {"ontology", "concepts", "findings"}
    assert all(len(each) == 64 for each in options.values())
