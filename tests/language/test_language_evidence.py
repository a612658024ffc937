"""Evidence: whose words a question shows, in which order, and no more than fits."""

from pipeline.language.evidence import (
    MAX_CHARACTERS,
    MAX_PASSAGES,
    caption_variables,
    kept_images,
    passages_by_image,
    reread,
    shown,
)
from schemas import PAIRS, TEXTS, VERDICTS


def text(key, words, status="ok", kind="reply", speaker="other"):
    row = {"text_id": key, "item_id": "s:1", "kind": kind, "locator": key, "speaker": speaker}
    return {**row, "language": "en", "text": words, "status": status}


def pair(image, key, score):
    row = {"image_id": image, "text_id": key, "method": "reply", "score": score}
    return {**row, "group_id": "g", "status": "ok"}


def passages(texts, pairs):
    return passages_by_image(TEXTS.table(texts), PAIRS.table(pairs))


def test_the_surest_passage_comes_first_and_others_stay_out():
    found = passages(
        [text("a", "A."), text("b", "B.", speaker=None), text("c", "", "empty"), text("d", "D.")],
        [pair("i", "a", 0.5), pair("i", "b", 0.9), pair("i", "c", 1.0), pair("j", "d", 1.0)],
    )

    assert [(each.number, each.text, each.speaker) for each in found["i"]] == [
        (1, "B.", "author"),
        (2, "A.", "other"),
    ]
    assert [each.text_id for each in found["j"]] == ["d"]


def test_passages_are_bounded_in_number_and_length():
    many = passages(
        [text(f"{n:02}", "word") for n in range(30)], [pair("i", f"{n:02}", 1) for n in range(30)]
    )
    long = passages(
        [text("a", "word " * 1000), text("b", "other " * 1000), text("c", "third")],
        [pair("i", "a", 0.9), pair("i", "b", 0.8), pair("i", "c", 0.7)],
    )

    assert len(many["i"]) == MAX_PASSAGES
    assert [each.text_id for each in many["i"]][:2] == ["00", "01"]
    assert sum(len(each.text) for each in long["i"]) <= MAX_CHARACTERS
    assert long["i"][1].text.endswith("other")


def test_what_is_shown_can_be_read_again():
    found = passages([text("a", "Scaly\u202e plaques.")], [pair("i", "a", 1)])["i"]

    (again,) = reread({"passages": shown(found)})

    assert (again.number, again.kind, again.speaker) == (1, "reply", "other")
    assert again.text == "Scaly plaques."


def test_kept_pictures_keep_their_order():
    rows = [("b", "keep"), ("a", "drop"), ("c", "failed"), ("d", "keep")]
    verdicts = [{"image_id": i, "verdict": v, "reasons": [], "status": "ok"} for i, v in rows]

    assert kept_images(VERDICTS.table(verdicts)) == ["b", "d"]


def claim(value, assertion="affirmed"):
    return {"value": value, "text_id": "a", "span": value.upper(), "assertion": assertion}


def test_each_kind_sees_its_own_evidence_only():
    found = passages([text("a", "Words.")], [pair("i", "a", 1)])["i"]
    annotation = {
        "diseases": [claim("psoriasis"), claim("Psoriasis"), claim("acne", "negated")],
        "concepts": [claim("scale"), claim("pustule", "negated")],
        "body_sites": [claim("elbow"), claim("nose", "possible")],
        "symptoms": [],
        "history": [],
        **dict.fromkeys(("age", "gender", "skin_tone", "modality")),
    }
    label = {
        "disease_label": ["psoriasis"],
        "hierarchy": ["inflammatory skin diseases, papulosquamous diseases, psoriasis"],
        "concept_names": ["scale"],
    }

    refined = caption_variables("refined", found, annotation, label)
    assert refined["facts"]["diseases"] == [{"name": "psoriasis", "assertion": "affirmed"}]
    assert refined["facts"]["body_sites"] == ["elbow"]
    assert caption_variables("ontology", found, annotation, label) == {
        "diagnoses": [
            {
                "name": "psoriasis",
                "path": ["inflammatory skin diseases", "papulosquamous diseases", "psoriasis"],
            }
        ]
    }
    assert caption_variables("concept", found, annotation, label) == {
        "concepts": [{"name": "scale", "words": "SCALE"}],
        "body_sites": ["elbow"],
    }
    assert caption_variables("refined", [], annotation, label) is None
    assert caption_variables("concept", found, annotation, None) is None
