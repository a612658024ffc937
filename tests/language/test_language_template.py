"""The path from passages to captions without a model: the same every time, and good English."""

import pytest

from pipeline.errors import CatalogError, ModelError
from pipeline.knowledge.labels import LINK
from pipeline.language.annotate import ANNOTATE
from pipeline.language.caption import CAPTION
from pipeline.language.english import article, listed, plural, sentence, sentences
from pipeline.language.evidence import Passage
from pipeline.language.ground import GROUND
from pipeline.language.source_sentences import describe
from pipeline.language.template import TemplateEngine
from pipeline.language.template_captions import write_concept, write_ontology, write_refined
from pipeline.store import Bench
from tests.language.language_world import CHAT, FIGURE, POST, SPEECH, corpus, make_catalog, model

CATALOG = make_catalog(
    {"template": model(), "template-terse": model(name="template-terse")},
    {
        "full": {"model": "template"},
        "terse": {"model": "template-terse", "annotations_from": "full"},
    },
)


def bench(stage, caption_set="full", engine=None):
    return Bench(None, stage.options(CATALOG, "s", caption_set), None, engine)


def walk(*passages, caption_set="full"):
    """Return annotations, labels and captions, by picture number (and kind)."""
    texts, pairs, verdicts = corpus(*passages)
    engine = TemplateEngine("template", "1")
    (annotations,) = ANNOTATE.run(bench(ANNOTATE, "full", engine), texts, pairs, verdicts)
    (labels,) = LINK.run(bench(LINK), annotations)
    if caption_set == "terse":
        engine = TemplateEngine("template-terse", "1", "template-terse")
    asking = bench(CAPTION, caption_set, engine)
    (answers,) = CAPTION.run(asking, texts, pairs, annotations, labels, verdicts)
    (captions,) = GROUND.run(bench(GROUND), texts, annotations, labels, answers)
    by_kind = {(row["image_id"], row["kind"]): row for row in captions.to_pylist()}
    return annotations.to_pylist(), labels.to_pylist(), by_kind


def values(claims):
    return [(each["value"], each["assertion"]) for each in claims]


def test_a_figure_becomes_an_annotation_with_its_words():
    (annotation,), (label,), _ = walk(FIGURE)

    assert values(annotation["diseases"]) == [("tinea corporis", "affirmed")]
    spans = {each["value"]: each["span"] for each in annotation["concepts"]}
    assert spans["erythema"] == "erythematous"
    assert {"annular", "plaque", "scale"} <= set(spans)
    assert annotation["body_sites"][0]["text_id"] == "s:0~F1"
    assert (annotation["age"], annotation["gender"]) == ("34", "female")
    assert annotation["engine"] == "template"
    assert annotation["model_revision"] == "1"
    assert annotation["prompt_id"] == "annotate/v1"
    assert annotation["n_spans_dropped"] == 0
    assert label["label_status"] == "linked"
    assert label["condition_ids"] == ["tinea-corporis"]
    assert label["hierarchy"][0].endswith("tinea corporis")


def test_every_span_stands_in_its_passage():
    passages = (FIGURE, (POST, "post"), (SPEECH, "transcript"), CHAT)
    annotations, *_ = walk(*passages)
    words = {f"s:{n}~F1": p if isinstance(p, str) else p[0] for n, p in enumerate(passages)}

    claims = [
        claim
        for row in annotations
        for name in ("diseases", "concepts", "body_sites", "symptoms", "history")
        for claim in row[name]
    ]
    assert len(claims) > 15
    for claim in claims:
        assert claim["span"] in words[claim["text_id"]]


def test_a_figure_keeps_its_own_words():
    *_, captions = walk(FIGURE)
    refined, concept = captions["s:0#F1", "refined"], captions["s:0#F1", "concept"]

    assert refined["text"] == FIGURE
    assert (refined["status"], refined["grounding"], refined["faults"]) == ("ok", "supported", [])
    assert refined["caption_id"] == "s:0#F1@refined@full@1"
    assert refined["engine"] == "template"
    assert "annular, erythematous" in concept["text"]
    assert concept["text"].endswith(".")
    ontology = captions["s:0#F1", "ontology"]["text"]
    assert ontology.lower().startswith(("tinea corporis", "a case of tinea corporis"))
    assert "fungal infections" in ontology


def test_a_post_is_told_in_the_third_person():
    (annotation,), _, captions = walk((POST, "post"))
    text = captions["s:0#F1", "refined"]["text"]

    assert values(annotation["symptoms"]) == [("itching", "affirmed")]
    assert values(annotation["history"]) == [("for three weeks", "affirmed")]
    assert "plaque psoriasis" in text.lower()
    assert "erythematous plaques" in text.lower()
    assert "on the elbows" in text
    assert "45-year-old man" in text
    assert "itching" in text.lower()
    assert " I " not in text


def test_speech_is_cleaned_of_its_openings_and_farewells():
    *_, captions = walk((SPEECH, "transcript"))

    assert captions["s:0#F1", "refined"]["text"] == (
        "Dome-shaped umbilicated papules on the axilla of an 8-year-old girl. "
        "The diagnosis is molluscum contagiosum."
    )


def test_a_record_is_read_by_its_fields():
    record = (
        "Diagnosis: melanoma, confirmed by histopathology. Body site: back. Age: 45. Sex: male. "
        "Imaging: dermoscopy."
    )
    (annotation,), _, captions = walk((record, "record"))

    assert values(annotation["body_sites"]) == [("back", "affirmed")]
    assert annotation["modality"] == "dermoscopy"
    assert captions["s:0#F1", "refined"]["text"] in (
        "Melanoma on the back of a 45-year-old man.",
        "A 45-year-old man with melanoma on the back.",
    )
    assert captions["s:0#F1", "refined"]["grounding"] == "supported"
    assert captions["s:0#F1", "concept"]["status"] == "no_evidence"


def test_where_nothing_is_said_nothing_is_written():
    (annotation,), (label,), captions = walk((CHAT, "reply"))

    assert annotation["status"] == "ok"
    assert label["label_status"] == "no_diagnosis"
    for kind in ("refined", "ontology", "concept"):
        row = captions["s:0#F1", kind]
        assert (row["status"], row["text"], row["grounding"]) == (
            "no_evidence",
            None,
            "not_checked",
        )


def test_a_guess_labels_nothing_and_stays_a_guess():
    asked = ("A scaly plaque on my elbow. Could it be psoriasis?", "post")
    (annotation,), (label,), captions = walk(asked)

    assert values(annotation["diseases"]) == [("psoriasis", "possible")]
    assert label["label_status"] == "ambiguous"
    assert (label["condition_ids"], label["runner_up_id"]) == ([], "psoriasis")
    text = captions["s:0#F1", "refined"]["text"]
    assert "possibly psoriasis" in text or "suspected psoriasis" in text
    assert captions["s:0#F1", "refined"]["grounding"] == "supported"
    assert captions["s:0#F1", "ontology"]["status"] == "no_evidence"


def test_what_is_denied_is_not_captioned():
    told = "A scaly plaque on the elbow of a woman with plaque psoriasis; no pustules."
    (annotation,), _, captions = walk((told, "post"))

    assert ("pustule", "negated") in values(annotation["concepts"])
    assert "pustul" not in captions["s:0#F1", "concept"]["text"]


def test_the_same_input_gives_the_same_words():
    passages = (FIGURE, (POST, "post"), (SPEECH, "transcript"))

    assert walk(*passages) == walk(*passages)


def test_captions_of_equal_evidence_vary():
    *_, captions = walk(*[(POST, "post")] * 12)
    refined = {row["text"] for (_, kind), row in captions.items() if kind == "refined"}
    ontology = {row["text"] for (_, kind), row in captions.items() if kind == "ontology"}

    assert len(refined) >= 4
    assert len(ontology) >= 2
    assert {row["status"] for row in captions.values()} == {"ok"}


def test_the_terse_style_writes_one_sentence():
    *_, full = walk((POST, "post"))
    *_, terse = walk((POST, "post"), caption_set="terse")

    assert full["s:0#F1", "refined"]["text"].count(". ") == 1
    assert terse["s:0#F1", "refined"]["text"].count(".") == 1
    assert terse["s:0#F1", "refined"]["model_id"] == "template-terse"
    assert terse["s:0#F1", "refined"]["engine"] == "template"


def test_only_kept_pictures_have_rows():
    texts, pairs, verdicts = corpus(FIGURE, (POST, "post"))
    column = verdicts.column_names.index("verdict")
    dropped = verdicts.set_column(column, verdicts.schema.field("verdict"), [["drop", "keep"]])

    engine = TemplateEngine("template", "1")
    (annotations,) = ANNOTATE.run(bench(ANNOTATE, "full", engine), texts, pairs, dropped)

    assert annotations["image_id"].to_pylist() == ["s:1#F1"]


def test_a_stage_refuses_an_engine_that_is_not_its_own():
    with pytest.raises(ModelError, match="asks model template and was given the engine of other"):
        ANNOTATE.run(bench(ANNOTATE, "full", TemplateEngine("other")), *corpus(FIGURE))
    with pytest.raises(ModelError, match="was given no engine"):
        ANNOTATE.run(bench(ANNOTATE, "full", None), *corpus(FIGURE))


def test_an_unknown_style_is_an_error():
    with pytest.raises(CatalogError, match="the template engine knows"):
        TemplateEngine("t", "1", "template-loud")


def facts(**told):
    nothing = {"diseases": [], "concepts": [], "body_sites": [], "symptoms": [], "history": []}
    single = dict.fromkeys(("age", "gender", "skin_tone", "modality"))
    return {**nothing, **single, **told}


def seen(*names):
    return [{"name": name, "words": name} for name in names]


@pytest.mark.parametrize(
    ("age", "gender", "person"),
    [
        ("8", "male", "an 8-year-old boy"),
        ("18", "female", "an 18-year-old woman"),
        ("17", None, "a 17-year-old patient"),
        ("85", "female", "an 85-year-old woman"),
        ("6-month-old", "female", "a 6-month-old girl"),
        (None, "male", "a man"),
    ],
)
def test_a_person_is_named_by_age_and_sex(age, gender, person):
    disease = [{"name": "melanoma", "assertion": "affirmed"}]
    told = write_refined(facts(diseases=disease, age=age, gender=gender, body_sites=["calf"]), 0)

    assert person in told[0].lower() + told[1:]


def test_a_single_lesion_stays_single():
    concepts = [
        {"name": "translucent", "words": "pearly"},
        {"name": "papule", "words": "papule"},
        {"name": "scale", "words": "scale"},
    ]
    told = {write_concept(concepts, [], seed) for seed in range(8)}

    assert told == {
        "The picture shows a pearly papule with scale.",
        "Seen here: a pearly papule with scale.",
    }


def test_signs_alone_are_listed():
    told = {write_concept(seen("scale", "erythema"), ["the nose"], seed) for seed in range(20)}

    assert "The picture shows scale and erythema on the nose." in told
    assert len(told) >= 3


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            ["a things", "b things", "c", "d"],
            "D, a form of c, which falls under b things (a things).",
        ),
        (["a things", "b things", "d"], "D, which falls under b things (a things)."),
        (["a things", "d"], "D, which falls under a things."),
        (["d"], "A case of d."),
    ],
)
def test_a_diagnosis_stands_in_its_hierarchy(path, told):
    assert told in {write_ontology([{"name": "d", "path": path}], seed) for seed in range(20)}
    assert write_ontology([], 1) is None


def passage(text, kind="caption"):
    return Passage(1, "t", kind, "author", text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Figure 2. (A) This image shows scaly plaques on the arm.", "Scaly plaques on the arm."),
        (
            "Scaly plaques on the arm (arrow, see Fig. 3) of a man [12, 13].",
            "Scaly plaques on the arm of a man.",
        ),
        ("Scaly plaques as in Figure 3 on the arm.", None),
        ("I have scaly plaques on the arm.", None),
        ("Are these scaly plaques on the arm?", None),
        ("Front view.", None),
        ("The patient was followed for two years.", None),
        (
            "Nodules in a man with type I skin on the arm. All went well. More nodules later on.",
            "Nodules in a man with type I skin on the arm. More nodules later on.",
        ),
    ],
)
def test_sentences_of_the_source_are_chosen_and_cleaned(text, told):
    assert describe([passage(text)], set()) == told


def test_a_sentence_with_another_disease_is_not_taken():
    text = "Scaly plaques of psoriasis on the arm."

    assert describe([passage(text)], {"psoriasis"}) == text
    assert describe([passage(text)], {"melanoma"}) is None
    assert describe([passage(text, "post")], {"psoriasis"}) is None


def test_small_english():
    assert [article(each) for each in ("ulcer", "8-year-old", "80-year-old", "800", "unit")] == [
        "an ulcer",
        "an 8-year-old",
        "an 80-year-old",
        "an 800",
        "a unit",
    ]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert [plural(each) for each in ("bulla", "patch", "abscess", "nodule")] == [
        "bullae",
        "patches",
        "abscesses",
        "nodules",
    ]
    assert sentence("  a  b ,") == "A b."
    assert sentences("See Fig. 2 here. Next one! J. Smith said so. 3 plaques.") == [
        "See Fig. 2 here.",
        "Next one!",
        "J. Smith said so.",
        "3 plaques.",
    ]
