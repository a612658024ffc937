"""The gold: large, varied, halved for ever; the goals hold on its development half."""

import time

import pytest

from bench.measures.linking_gold import (
    HALVES,
    gold_passages,
    gold_strings,
    half_of,
    score_links,
    score_mentions,
)
from pipeline.knowledge.body_sites import BODY_SITES, site_id
from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.findings import Findings
from pipeline.knowledge.link import Linker
from pipeline.knowledge.mentions import find_mentions
from pipeline.knowledge.ontology import Ontology

STATUSES = {"affirmed", "negated", "possible", "historical", "family"}


@pytest.fixture(scope="module")
def linker():
    return Linker(Ontology.load())


def test_the_gold_is_large_and_halved_evenly():
    n_strings = {half: len(gold_strings(half)) for half in HALVES}
    n_passages = {half: len(gold_passages(half)) for half in HALVES}

    assert sum(n_strings.values()) >= 800
    assert sum(n_passages.values()) >= 300
    assert min(n_strings.values()) > 0.4 * sum(n_strings.values())
    assert min(n_passages.values()) > 0.4 * sum(n_passages.values())
    assert half_of("psoriasis") == half_of("psoriasis")


def test_every_answer_of_the_gold_exists():
    ontology, concepts, findings = Ontology.load(), Concepts.load(), Findings.load()
    sites = {site_id(name) for name, *_ in BODY_SITES}
    for half in HALVES:
        for gold in gold_strings(half):
            assert (gold.status == "linked") == (gold.condition_id is not None), gold
            assert gold.condition_id is None or gold.condition_id in ontology, gold
        for passage in gold_passages(half):
            for each in passage.mentions:
                known = {
                    "disease": each.term_id in ontology,
                    "sign": each.term_id in concepts or each.term_id in findings,
                    "body_site": each.term_id in sites,
                }
                assert known.get(each.kind, True), (passage.text, each)
                assert each.status in STATUSES
                assert passage.text[each.start : each.end].strip()


def test_strings_are_linked_as_well_as_the_goal_says(linker):
    score = score_links(gold_strings("development"), linker.link)

    assert score.all.precision >= 0.98
    assert score.all.recall >= 0.93
    assert score.traps_answered == 0
    assert score.n_right_reasons / score.n_refusals >= 0.9


def test_mentions_are_found_as_well_as_the_goal_says():
    score = score_mentions(gold_passages("development"), find_mentions)

    assert score.all.f1 >= 0.93
    assert score.negation_accuracy >= 0.95


HOSTILE = {
    "nothing": "",
    "spaces": " " * 1_000_000,
    "words": "psoriasis " * 100_000,
    "cues": "no not without " * 60_000,
    "negated": "no psoriasis, " * 70_000,
    "letters": "a" * 1_000_000,
    "signs": "?!,;:-" * 160_000,
    "lines": "\n \n" * 300_000,
    "apostrophes": "a'" * 500_000,
    "underscores": " _" * 500_000,
    "marks": "\u0301\u200b" * 500_000,
    "controls": "\x00\x07\x1b" * 300_000,
    "emoji": "🤷‍♀️🙂 " * 100_000,
    "chinese": "银屑病是一种皮肤病。" * 100_000,
    "mixed": "pѕоrіаѕіѕ ПСОРИАЗ صدفية " * 40_000,
    "tags": "<div><b " * 120_000,
    "brackets": "(" * 1_000_000,
    "ages": "45-year-old 24F " * 60_000,
    "abbreviations": "BCC PG AD " * 100_000,
    "sites": "the back of the hand " * 45_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_is_refused_as_a_label_at_once(name, linker):
    began = time.process_time()
    link = linker.link(HOSTILE[name])

    assert time.process_time() - began < 1
    assert link.status in ("no_diagnosis", "not_in_ontology")


@pytest.mark.parametrize("name", HOSTILE)
def test_much_of_anything_is_read_in_linear_time(name):
    text = HOSTILE[name] if name == "negated" else HOSTILE[name][:150_000]
    began = time.process_time()
    mentions = find_mentions(text)

    assert time.process_time() - began < 25
    assert all(text[each.start : each.end] == each.text for each in mentions)
    if name in ("nothing", "spaces", "letters", "signs", "controls", "emoji", "chinese", "mixed"):
        assert mentions == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("no psoriasis", "no_diagnosis"),
        ("not melanoma", "no_diagnosis"),
        ("non-melanoma", "no_diagnosis"),
        ("Melanoma: negative", "no_diagnosis"),
        ("my sister's psoriasis", "no_diagnosis"),
        ("family history of melanoma", "no_diagnosis"),
        ("suspected melanoma", "ambiguous"),
        ("psoriasis?", "ambiguous"),
        ("psoriasis with vitiligo", "ambiguous"),
        ("melanoma screening", "not_in_ontology"),
        ("acne patch", "not_in_ontology"),
        ("Lupus (constellation)", "not_in_ontology"),
        ("pso\x00riasis", "not_in_ontology"),
    ],
)
def test_what_is_denied_feared_or_something_else_is_refused(text, status, linker):
    link = linker.link(text)
    assert (link.status, link.condition_id) == (status, None)


@pytest.mark.parametrize(
    ("text", "condition_id"),
    [
        ("psoriasis with arthritis", "psoriasis"),
        ("erythema nodosum secondary to tuberculosis", "erythema-nodosum"),
        ("tinea of the scalp", "tinea-capitis"),
        ("lichen planus of the oral mucosa", "oral-lichen-planus"),
        ("metastatic malignant melanoma", "metastatic-melanoma"),
        ("nodular BCC of the nose", "nodular-basal-cell-carcinoma"),
        ("psoriasis on scalp and elbows", "psoriasis"),
        ("SSM stage IIB", "superficial-spreading-melanoma"),
        ("soriasis", "psoriasis"),
        ("<b>psoriasis</b>&nbsp;", "psoriasis"),
    ],
)
def test_what_a_diagnosis_is_dressed_in_is_set_aside(text, condition_id, linker):
    assert linker.link(text).condition_id == condition_id


def test_a_finding_stands_beside_the_concepts_that_it_is_made_of():
    found = [(each.kind, each.term_id) for each in find_mentions("Tense bullae were seen.")]
    assert found == [("finding", "tense-bullae"), ("concept", "bulla")]
