"""Annotation without a model: the claims that rules find in passages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.knowledge.concepts import Concepts
from pipeline.knowledge.mentions import Mention, find_mentions
from pipeline.knowledge.ontology import Ontology
from pipeline.language.evidence import Passage

MAX_CLAIMS = 40

Claim = dict[str, Any]

_KINDS = {
    "disease": "diseases",
    "concept": "concepts",
    "body_site": "body_sites",
    "age": "age",
    "sex": "gender",
    "skin_type": "skin_tone",
}
_SYMPTOMS = (
    ("itching", re.compile(r"\b(?:itch(?:y|es|ing|iness)?|prurit(?:us|ic))\b", re.IGNORECASE)),
    ("pain", re.compile(r"\b(?:pain(?:ful)?|aching|sore(?:ness)?)\b", re.IGNORECASE)),
    ("tenderness", re.compile(r"\btender(?:ness)?\b", re.IGNORECASE)),
    ("burning", re.compile(r"\b(?:burning|stinging)(?: sensation)?\b", re.IGNORECASE)),
    ("bleeding", re.compile(r"\bbleed(?:s|ing)?\b", re.IGNORECASE)),
    ("numbness", re.compile(r"\bnumb(?:ness)?\b", re.IGNORECASE)),
    ("fever", re.compile(r"\b(?:fever|febrile)\b", re.IGNORECASE)),
)
_ABSENT = re.compile(
    r"\b(?:no|not|non|without|denie[sd]|never|neither|nor|free of)\b(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|several|many|a few)"
_COURSE = re.compile(
    rf"\b(?:for|over|within|since)(?: (?:the )?(?:past|last))?(?: about| more than)? {_NUMBER} "
    r"(?:hour|day|week|month|year|decade)s?\b|\bsince (?:birth|childhood|infancy|adolescence)\b",
    re.IGNORECASE,
)
_DIAGNOSIS = re.compile(r"\bdiagnos(?:is|ed|es)\b[^.;]{0,40}$", re.IGNORECASE)
_RECORDED_SITE = re.compile(r"\bbody site: (?P<site>[^.;,]{2,60})", re.IGNORECASE)
# How near a passage's words are to the picture: those of its own caption or post come first, then
# what stands around it, and last what only points to it. A citing paragraph speaks of all panels.
FAR = 3
_DISTANCE = {"caption": 1, "title": 2, "notes": 2, "mention": FAR, "reply": FAR}
_MODALITIES = (
    (
        "dermoscopy",
        re.compile(
            r"\b(?:dermoscop\w+|dermatoscop\w+)(?= (?:image|picture|photo|view|show|reveal|of\b))"
            r"|(?<=imaging: )dermoscop\w+|^dermoscop\w+",
            re.IGNORECASE,
        ),
    ),
    (
        "histology",
        re.compile(
            r"\b(?:histolog|histopatholog)\w+(?= (?:image|section|picture|slide|show|reveal))"
            r"|\bh(?:a?ematoxylin)(?: and|-) ?eosin\b",
            re.IGNORECASE,
        ),
    ),
    (
        "clinical",
        re.compile(r"\bclinical (?:photo(?:graph)?|picture|image|appearance|view)", re.IGNORECASE),
    ),
)


def claim_by_rules(passages: Iterable[Passage]) -> dict[str, Any]:
    """Return the claims of passages in the form of the annotate prompt's answer.

    Every claim's span stands literally in its passage; each kind and value is claimed once per
    assertion, where it is first said. Of each kind only the nearest passages that claim anything
    are heard, so that a panel does not take what a citing paragraph says of another one.
    """
    heard = sorted(passages, key=_distance)
    nearest: dict[str, int] = {}
    first: dict[tuple[str, str, str], Claim] = {}
    texts: dict[int, str] = {}
    for passage in heard:
        texts[passage.number] = passage.text
        for claim in _claims(passage):
            if nearest.setdefault(claim["kind"], _distance(passage)) == _distance(passage):
                first.setdefault((claim["kind"], claim["value"], claim["assertion"]), claim)
    _doubt_far_diagnoses(first.values(), nearest.get("diseases", 0))
    # a stable sort: what the text calls the diagnosis comes before what it only names
    claims = sorted(first.values(), key=lambda claim: not _is_called_diagnosis(claim, texts))
    return {"claims": claims[:MAX_CLAIMS]}


def _doubt_far_diagnoses(claims: Iterable[Claim], distance: int) -> None:
    """Take several diagnoses that only far passages give for guesses: only one can be right.

    An answer in a thread, or a paragraph that cites a figure, speaks of all its pictures.
    """
    named = [c for c in claims if c["kind"] == "diseases" and c["assertion"] == "affirmed"]
    if distance >= FAR and len({claim["value"] for claim in named}) > 1:
        for claim in named:
            claim["assertion"] = "possible"


def _distance(passage: Passage) -> int:
    return _DISTANCE.get(passage.kind, 0)


def _is_called_diagnosis(claim: Claim, texts: Mapping[int, str]) -> bool:
    text = texts[claim["passage"]]
    before = _just_before(text, text.index(claim["span"]))
    return claim["kind"] == "diseases" and bool(_DIAGNOSIS.search(before))


def _just_before(text: str, end: int) -> str:
    return re.split(r"[.!?;\n]", text[max(0, end - 80) : end])[-1]


def _claims(passage: Passage) -> Iterator[Claim]:
    for mention in find_mentions(passage.text):
        if mention.kind in _KINDS:
            assertion = _assertion(passage.text, mention)
            yield _claim(passage, _KINDS[mention.kind], _value(mention), mention.text, assertion)
    if passage.kind == "record" and (site := _RECORDED_SITE.search(passage.text)):
        yield _claim(passage, "body_sites", site["site"].lower(), site["site"], "affirmed")
    for name, pattern in _SYMPTOMS:
        for found in pattern.finditer(passage.text):
            is_absent = bool(_ABSENT.search(_just_before(passage.text, found.start())))
            assertion = "negated" if is_absent else "affirmed"
            yield _claim(passage, "symptoms", name, found.group(), assertion)
    for found in _COURSE.finditer(passage.text):
        yield _claim(passage, "history", found.group().lower(), found.group(), "affirmed")
    for name, pattern in _MODALITIES:
        if seen := pattern.search(passage.text):
            yield _claim(passage, "modality", name, seen.group(), "affirmed")


def _claim(passage: Passage, kind: str, value: str, span: str, assertion: str) -> Claim:
    return {
        "kind": kind,
        "value": value,
        "passage": passage.number,
        "span": span,
        "assertion": assertion,
    }


def _assertion(text: str, mention: Mention) -> str:
    """Return the mention's assertion; a disease in a question is no more than possible."""
    if mention.kind == "disease" and mention.assertion == "affirmed":
        ending = re.search(r"[.!?](?=\s|$)", text[mention.end :])
        if ending is not None and ending.group() == "?":
            return "possible"
    return mention.assertion


def _value(mention: Mention) -> str:
    if mention.kind == "disease":
        return Ontology.load()[mention.term_id].name
    if mention.kind == "concept":
        return Concepts.load()[mention.term_id].name
    if mention.kind == "body_site" or (mention.kind == "age" and not mention.term_id.isdigit()):
        return mention.text.lower()
    return mention.term_id
