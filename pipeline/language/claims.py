"""What a caption claims, and whether the evidence says so. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pipeline.knowledge.link import Linker
from pipeline.knowledge.mentions import Mention, find_mentions
from pipeline.knowledge.ontology import Ontology

Verdict = Literal["supported", "unsupported", "malformed"]
Row = Mapping[str, Any]

MAX_CHARACTERS = 2000
MAX_FAULTS = 20

_SPECIAL_TOKEN = re.compile(
    r"</?s>|<\|[^|>]{0,40}\|>|<｜[^｜>]{0,40}｜>|\[/?(?:INST|SYS)\]|<</?SYS>>|<pad>|<unk>"
    r"|<(?:start|end)_of_turn>|\[(?:PAD|CLS|SEP|UNK|MASK)\]|<think>|</think>"
)
_MARKUP = re.compile(r"```|\*\*|^#+ |^\s*[{\[]|</?[a-z]{1,10}>")
_ASSISTANT = re.compile(
    r"\bas an? (?:AI|artificial|large language|language) |\bI(?:'m| am) (?:sorry|unable|not able)\b"
    r"|\bI (?:cannot|can't|can not|apologi[sz]e)\b|\bhere(?: is|'s) (?:a|the|your) (?:\w+ )?caption"
    r"|^(?:sure|certainly|of course)[,!. ]|\bas requested\b|\blet me know\b|\bignore the above\b"
    r"|^caption\s*:|\bno (?:information|evidence) (?:is |was )?(?:provided|given|available)\b"
    r"|\b(?:according to|based on) the (?:passages?|facts|provided)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:this|the) (?:image|photo(?:graph)?|figure)s? "
    r"(?:shows?|depicts?|displays?|illustrates?|presents?|features?)\b",
    re.IGNORECASE,
)
_NOTHING = frozenset({"nan", "none", "null", "n/a", "na", "unknown", "caption", "no caption"})
# A caption may only be as sure as its evidence is.
_SUPPORT = {
    "affirmed": ("affirmed",),
    "possible": ("possible", "affirmed"),
    "negated": ("negated",),
    "historical": ("historical", "affirmed"),
    "family": ("family",),
}
# These a caption states of the patient in view, whatever words stand around them.
_PLAIN = frozenset({"age", "sex", "skin_type", "body_site"})

# What a caption of each kind is about: it must name at least one.
_SUBJECTS = {
    "refined": frozenset({"disease", "concept", "body_site"}),
    "ontology": frozenset({"disease"}),
    "concept": frozenset({"concept"}),
}
MIN_LATIN_SHARE = 0.9

Claim = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Grounding:
    """Verdict on one caption; faults are `<kind>:<words>`, sorted as they stand in it."""

    verdict: Verdict
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Support:
    """All claims (kind, term id, assertion) that the evidence of one picture makes."""

    claims: frozenset[Claim]
    # names of the hierarchy: words in them, as in `tumors and cysts`, claim nothing further
    path_names: frozenset[str] = frozenset()

    def holds(self, mention: Mention) -> bool:
        """Tell whether the evidence says what a mention says, as surely as it does."""
        asserted = "affirmed" if mention.kind in _PLAIN else mention.assertion
        return any(
            (mention.kind, mention.term_id, enough) in self.claims for enough in _SUPPORT[asserted]
        )


def support_of(passages: Iterable[str], annotation: Row | None, label: Row | None) -> Support:
    """Gather what the evidence of one picture says.

    Diseases must stand in the annotation or the label's path; sites, ages, sexes, skin types and
    concepts may also stand in the passages that the annotator was shown.
    """
    claims: set[Claim] = set()
    for text in passages:
        claims |= {_claim(each) for each in find_mentions(text) if each.kind != "disease"}
    if annotation is not None:
        claims |= _annotated(annotation)
    names: set[str] = set()
    if label is not None:
        claims |= {("concept", each, "affirmed") for each in label["concept_ids"]}
        claims |= _on_paths(label["condition_ids"], "affirmed")
        names = {name for path in label["hierarchy"] for name in path.split(", ")}
    return Support(frozenset(claims), frozenset(names))


def check_caption(text: str, kind: str, support: Support) -> Grounding:
    """Judge a caption: malformed, or each thing that it names against the support.

    A caption that says nothing of what its kind is about is malformed.
    """
    if flaws := _flaws(text):
        return Grounding("malformed", tuple(flaws))
    mentions = find_mentions(text)
    faults = [
        f"{mention.kind}:{mention.text.lower()}"
        for mention in mentions
        if not support.holds(mention) and not _is_named(mention, text, support.path_names)
    ]
    if faults:
        return Grounding("unsupported", tuple(dict.fromkeys(faults))[:MAX_FAULTS])
    if not any(mention.kind in _SUBJECTS[kind] for mention in mentions):
        return Grounding("malformed", ("empty:nothing of the evidence is said",))
    return Grounding("supported")


def _is_named(mention: Mention, text: str, names: Iterable[str]) -> bool:
    """Tell whether a mention stands inside a name of the hierarchy."""
    return any(
        found.start() <= mention.start and mention.end <= found.end()
        for name in names
        for found in re.finditer(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
    )


def _claim(mention: Mention) -> Claim:
    asserted = "affirmed" if mention.kind in _PLAIN else mention.assertion
    return mention.kind, mention.term_id, asserted


def _annotated(annotation: Row) -> set[Claim]:
    claims: set[Claim] = set()
    for each in annotation["diseases"]:
        named = [m.term_id for m in find_mentions(each["value"]) if m.kind == "disease"]
        linked = _linker().link(each["value"]).condition_id
        claims |= _on_paths([*named, *([linked] if linked else [])], each["assertion"])
    for column, kind in (("concepts", "concept"), ("body_sites", "body_site")):
        for each in annotation[column]:
            # some sites are words of other trades too, and count only where a site is meant
            spoken = f"on the {each['value']}" if kind == "body_site" else each["value"]
            for mention in find_mentions(spoken):
                if mention.kind == kind:
                    claims.add((kind, mention.term_id, each["assertion"]))
    for text in _stated(annotation):
        claims |= {_claim(each) for each in find_mentions(text) if each.kind in _PLAIN}
    return claims


def _stated(annotation: Row) -> Iterator[str]:
    """Yield the annotation's single values in words that say what they are."""
    if age := annotation["age"]:
        yield f"{age}-year-old patient" if age.isdigit() else f"{age} old patient"
    if annotation["gender"]:
        yield f"{annotation['gender']} patient"
    if annotation["skin_tone"]:
        yield f"Fitzpatrick skin type {annotation['skin_tone']}"


@lru_cache(maxsize=1)
def _linker() -> Linker:
    return Linker(Ontology.load())


def _on_paths(condition_ids: Iterable[str], assertion: str) -> set[Claim]:
    ontology = Ontology.load()
    broader = assertion in ("affirmed", "possible")
    return {
        ("disease", each.condition_id, assertion)
        for condition_id in condition_ids
        if condition_id in ontology
        # what is said not to be psoriasis may still be inflammatory
        for each in (ontology.path(condition_id) if broader else [ontology[condition_id]])
    }


def _flaws(text: str) -> list[str]:
    flaws = []
    if len(text.split()) < 2 or text.strip().strip(".").casefold() in _NOTHING:
        flaws.append("empty:no sentence")
    if any(unicodedata.category(each) in ("Cc", "Cs", "Co", "Cn") for each in text):
        flaws.append("character:control character")
    for kind, pattern in (
        ("token", _SPECIAL_TOKEN),
        ("markup", _MARKUP),
        ("phrase", _ASSISTANT),
        ("phrase", _OPENING),
    ):
        if found := pattern.search(text):
            flaws.append(f"{kind}:{found.group().strip()}")
    if _latin_share(text) < MIN_LATIN_SHARE:
        flaws.append("language:not written in Latin letters")
    if len(text) > MAX_CHARACTERS:
        flaws.append(f"length:{len(text)} characters")
    if repeated := _repetition(text):
        flaws.append(f"repetition:{repeated}")
    return flaws


def _latin_share(text: str) -> float:
    letters = [each for each in text if each.isalpha()]
    latin = sum(unicodedata.name(each, "").startswith("LATIN") for each in letters)
    return latin / len(letters) if letters else 1.0


def _repetition(text: str) -> str | None:
    """Return four words that stand there three times, or one that stands four times in a row."""
    words = re.findall(r"\w+", text.casefold())
    runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
    for run, times in runs.items():
        if times >= 3 or len(set(run)) == 1:
            return " ".join(run)
    return None
