"""Grounding: what the evidence does not say is caught, what it says is let through."""

import pytest

from pipeline.knowledge.labels import LINK
from pipeline.language.annotate import ANNOTATE
from pipeline.language.claims import check_caption as check_kind
from pipeline.language.claims import support_of
from pipeline.language.clauses import CLIP_TOKENS, count_tokens, to_ascii, truncate
from pipeline.language.evidence import Passage
from pipeline.language.ground import GROUND
from pipeline.language.spans import read_claims
from pipeline.language.template import TemplateEngine
from pipeline.store import Bench
from schemas import ANSWERS
from tests.language.language_world import FIGURE, corpus, make_catalog, model

CATALOG = make_catalog({"template": model()}, {"full": {"model": "template"}})
GUESS = (
    "A scaly plaque on the elbow of a 60-year-old man. Could it be psoriasis? No pustules. "
    "His mother has vitiligo."
)


def annotated(*passages):
    texts, pairs, verdicts = corpus(*passages)
    options = ANNOTATE.options(CATALOG, "s", "full")
    engine = TemplateEngine("template", "1")
    (annotations,) = ANNOTATE.run(Bench(None, options, None, engine), texts, pairs, verdicts)
    (labels,) = LINK.run(Bench(None), annotations)
    return texts, annotations, labels


def check_caption(caption, evidence, kind="refined"):
    return check_kind(caption, kind, evidence)


def support(passage):
    _texts, annotations, labels = annotated(passage)
    return support_of([passage], annotations.to_pylist()[0], labels.to_pylist()[0])


@pytest.mark.parametrize(
    "caption",
    [
        "Ring-shaped, erythematous, scaly plaques on the forearm of a 34-year-old woman.",
        "Tinea corporis, a form of dermatophytosis among the fungal infections.",
        "A woman of 34 with ringworm of the body.",
        "Suspected tinea corporis on the forearm.",
        "Scaly plaque on the forearm in a female patient.",
    ],
)
def test_what_the_evidence_says_is_supported(caption):
    assert check_caption(caption, support(FIGURE)).faults == ()
    assert check_caption(caption, support(FIGURE)).verdict == "supported"


@pytest.mark.parametrize(
    ("caption", "fault"),
    [
        ("Plaques of melanoma on the forearm.", "disease:melanoma"),
        ("Plaques of tinea corporis on the cheek.", "body_site:cheek"),
        ("Scaly plaques in a 43-year-old woman.", "age:43-year-old"),
        ("Scaly plaques in a 34-year-old man.", "sex:man"),
        ("Pustules on the forearm of a woman.", "concept:pustules"),
        ("Plaques without scale on the forearm.", "concept:scale"),
        ("Scaly plaques, Fitzpatrick skin type V.", "skin_type:fitzpatrick skin type v"),
        ("Scaly plaques and no psoriasis.", "disease:psoriasis"),
    ],
)
def test_a_planted_fault_is_named(caption, fault):
    found = check_caption(caption, support(FIGURE))

    assert (found.verdict, found.faults) == ("unsupported", (fault,))


def test_a_guess_may_not_become_a_diagnosis():
    evidence = support(GUESS)

    assert check_caption("A scaly plaque, possibly psoriasis.", evidence).verdict == "supported"
    assert check_caption("A scaly plaque of psoriasis.", evidence).faults == ("disease:psoriasis",)
    assert check_caption("No pustules on the elbow.", evidence).verdict == "supported"
    assert check_caption("Pustules on the elbow.", evidence).faults == ("concept:pustules",)
    assert check_caption("Vitiligo on the elbow.", evidence).faults == ("disease:vitiligo",)


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("", "empty"),
        ("nan", "empty"),
        ("None.", "empty"),
        ("Scaly plaques on the forearm.</s>", "token"),
        ("Scaly plaques on the forearm<|im_end|>", "token"),
        ("[INST] Scaly plaques on the forearm", "token"),
        ("Scaly plaques on the\x07 forearm.", "character"),
        ("Scaly plaques on the forearm.\ud800", "character"),
        ("As an AI language model, I see plaques.", "phrase"),
        ("I'm sorry, but the forearm is not visible.", "phrase"),
        ("Here is a refined caption: scaly plaques.", "phrase"),
        ("Sure, scaly plaques on the forearm.", "phrase"),
        ("This image shows scaly plaques on the forearm.", "phrase"),
        ("**Scaly plaques** on the forearm.", "markup"),
        ('{"caption": "Scaly plaques"}', "markup"),
        ("Scaly plaques on the arm. " * 3, "repetition"),
        ("plaque plaque plaque plaque", "repetition"),
        ("Бляшки на предплечье, scaly plaques.", "language"),
        ("Something is seen somewhere.", "empty"),
        ("Scaly plaques " + " ".join(str(n) for n in range(900)), "length"),
    ],
)
def test_a_malformed_caption_is_told_apart(caption, kind):
    found = check_caption(caption, support(FIGURE))

    assert found.verdict == "malformed"
    assert found.faults[0].partition(":")[0] == kind


def test_a_caption_must_speak_of_what_its_kind_is_about():
    evidence = support(FIGURE)
    about_site = "The forearm of a woman, nothing more."

    assert check_caption(about_site, evidence).verdict == "supported"
    for kind in ("ontology", "concept"):
        found = check_caption(about_site, evidence, kind)
        assert found.faults == ("empty:nothing of the evidence is said",)
    assert check_caption("Tinea corporis it is.", evidence, "ontology").verdict == "supported"
    assert check_caption("Tinea corporis it is.", evidence, "concept").verdict == "malformed"
    assert check_caption("Scaly plaques it is.", evidence, "concept").verdict == "supported"


def answer(text, status="ok", image="s:0#F1", attempt=1):
    return {
        "caption_id": f"{image}@refined@full@{attempt}",
        "image_id": image,
        "kind": "refined",
        "caption_set": "full",
        "raw": text,
        "text": text,
        "request_sha256": "0" * 64,
        "prompt_id": "refined/v1",
        "prompt_sha256": "0" * 64,
        "engine": "openai",
        "model_id": "m",
        "model_revision": "1",
        "sampling": "{}",
        "attempt": attempt,
        "status": status,
    }


def test_the_stage_rejects_and_says_why():
    texts, annotations, labels = annotated(FIGURE, "Thanks.")
    rows = [
        answer(FIGURE),
        answer("Melanoma on the forearm.", attempt=2),
        answer("This figure shows plaques.", attempt=3),
        answer(None, "timeout", attempt=4),
        answer(FIGURE, image="s:1#F1"),
    ]
    (captions,) = GROUND.run(Bench(None), texts, annotations, labels, ANSWERS.table(rows))

    good, unsupported, malformed, failed, foreign = captions.to_pylist()
    assert (good["status"], good["grounding"], good["truncated_text"]) == (
        "ok",
        "supported",
        FIGURE,
    )
    assert (unsupported["status"], unsupported["grounding"]) == ("rejected", "unsupported")
    assert unsupported["faults"] == ["disease:melanoma"]
    assert unsupported["error"] == "the caption is unsupported: disease:melanoma"
    assert (malformed["status"], malformed["grounding"]) == ("rejected", "malformed")
    assert (failed["status"], failed["grounding"], failed["text"]) == (
        "timeout",
        "not_checked",
        None,
    )
    # one picture's text supports no other's caption
    assert foreign["status"] == "rejected"
    assert "disease:tinea corporis" in foreign["faults"]


# --- spans ---------------------------------------------------------------------------------------


def claim(kind, value, span, passage=1, assertion="affirmed"):
    return {
        "kind": kind,
        "value": value,
        "passage": passage,
        "span": span,
        "assertion": assertion,
    }


def test_claims_without_their_words_are_dropped_and_counted():
    passages = [
        Passage(1, "t1", "caption", "author", FIGURE),
        Passage(2, "t2", "mention", "author", "It was  treated."),
    ]
    told = {
        "claims": [
            claim("diseases", "psoriasis", "tinea", assertion="possible"),
            claim("diseases", "tinea corporis", "tinea corporis"),
            claim("diseases", "tinea corporis", "tinea corporis"),
            claim("diseases", "melanoma", "melanoma"),
            claim("concepts", "plaque", "Plaques"),
            claim("concepts", "plaque", "plaques", passage=2),
            claim("concepts", "plaque", "plaques", passage=7),
            claim("history", "treated", "was treated", passage=2),
            claim("gender", "woman", "woman"),
            claim("age", "43", "43-year-old"),
            claim("skin_tone", "IV", "woman"),
            claim("modality", "drawing", "plaques"),
        ]
    }
    found = read_claims(told, passages)

    assert found.n_dropped == 5
    named = [(each["value"], each["assertion"]) for each in found.columns["diseases"]]
    assert named == [("tinea corporis", "affirmed"), ("psoriasis", "possible")]
    assert found.columns["concepts"] == []
    assert found.columns["history"][0]["text_id"] == "t2"
    assert (found.columns["gender"], found.columns["age"]) == ("female", None)
    assert (found.columns["skin_tone"], found.columns["modality"]) == ("IV", "other")
    assert read_claims(None, passages).n_dropped == 0


# --- clauses -------------------------------------------------------------------------------------


def test_a_short_caption_stays_as_it_is():
    assert truncate(FIGURE) == FIGURE
    assert to_ascii("Naïve “plaque” – 5 mm × 3 µm ≥ 2…") == 'Naive "plaque" - 5 mm x 3 um >= 2...'


def test_whole_sentences_then_whole_clauses_then_words_are_kept():
    long = "Scaly plaques on the forearm of a woman. " * 12
    assert truncate(long).count("woman.") == truncate(long).count("Scaly") > 3
    clauses = "scaly plaques on the arm, " * 30
    assert truncate(clauses).endswith("on the arm.")
    words = "plaque " * 200
    for text in (long, clauses, words):
        assert 60 < count_tokens(truncate(text)) <= CLIP_TOKENS
        assert truncate(truncate(text)) == truncate(text)
    assert truncate("病変") == ""
