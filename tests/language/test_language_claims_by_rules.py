"""What the rules hear: the nearest words first, and no disease of another picture."""

from pipeline.language.evidence import Passage
from pipeline.language.template_annotations import claim_by_rules


def passages(*told):
    return [
        Passage(number, f"s:1~{number}", kind, "author", text)
        for number, (kind, text) in enumerate(told, start=1)
    ]


def diseases(*told):
    claims = claim_by_rules(passages(*told))["claims"]
    return [(each["value"], each["assertion"]) for each in claims if each["kind"] == "diseases"]


def test_a_panel_is_not_given_what_a_citing_paragraph_says_of_another():
    assert diseases(
        ("mention", "Melanoma and melanocytic nevus are shown in Figure 1."),
        ("subcaption", "An asymmetric black macule, diagnosed as melanoma."),
    ) == [("melanoma", "affirmed")]


def test_a_far_passage_is_heard_where_no_nearer_one_speaks():
    assert diseases(
        ("post", "I have itchy patches on the neck."),
        ("reply", "This is atopic dermatitis."),
    ) == [("atopic dermatitis", "affirmed")]


def test_several_diagnoses_from_afar_are_guesses():
    assert diseases(
        ("post", "Two spots, see the pictures."),
        ("reply", "The first is a cherry angioma. The second is a seborrheic keratosis."),
    ) == [("cherry angioma", "possible"), ("seborrheic keratosis", "possible")]


def test_chatter_in_replies_adds_no_concept_to_what_the_post_describes():
    claims = claim_by_rules(
        passages(
            ("post", "Ill-defined erythematous patches on the neck."),
            ("reply", "The picture is sharp, that helps a lot."),
        )
    )["claims"]

    concepts = [each["value"] for each in claims if each["kind"] == "concepts"]
    assert concepts == ["poorly defined border", "erythema", "patch"]
