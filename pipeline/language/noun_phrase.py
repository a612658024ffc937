"""Concepts as one noun phrase: adjectives, lesions, and the signs that come with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from pipeline.knowledge.concepts import Concept, Concepts
from pipeline.knowledge.spelling import term_key
from pipeline.language.english import article, listed, plural

Part = Literal["adjective", "lesion", "sign"]

# Primary lesions that are no things to count.
_UNCOUNTED = frozenset({"erythema", "purpura", "edema", "telangiectasia", "hematoma"})
_COUNTED_SIGNS = frozenset({"ulcer", "erosion", "fissure", "excoriation", "scar", "keratin plug"})
_NOUN = re.compile(
    r"(?:border|vessels|structures|lesions?|change|color|surface|sign|tion|sis|ia|erma|punctum"
    r"|clearing|pitting|shape|scaling|distribution)$"
)


def seen_phrase(concepts: Sequence[Mapping[str, str]], *, most: int, joint: str) -> str:
    """Return `erythematous plaques with scale` for concepts given by name and the text's words.

    The words of the text are kept where they are a form of the concept; at most ``most`` concepts
    are named, the first ones.
    """
    parts: dict[Part, list[str]] = {"adjective": [], "lesion": [], "sign": []}
    is_single = any(each["name"] == "solitary" for each in concepts)
    for each in concepts[:most]:
        part, word = _word(each["name"], each["words"].lower(), is_single=is_single)
        if word not in parts[part]:
            parts[part].append(word)
    adjectives, lesions, signs = parts["adjective"], parts["lesion"], listed(parts["sign"])
    if not lesions and not adjectives:
        return signs
    heads = listed(lesions) if lesions else "lesions"
    described = " ".join([*([", ".join(adjectives)] if adjectives else []), heads])
    if lesions and _is_singular(lesions[0]):
        described = article(described)
    return f"{described} {joint} {signs}" if signs else described


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, Concept]:
    return {concept.name: concept for concept in Concepts.load()}


def _word(name: str, words: str, *, is_single: bool) -> tuple[Part, str]:
    """Return what a concept is in the phrase, and the word for it."""
    concept = _by_name().get(name)
    if concept is None:
        return "sign", words
    adjective = _adjective(concept, words)
    if adjective is not None:
        return "adjective", adjective
    is_said = _is_one_of(words, (name, *concept.synonyms))
    is_counted = concept.group == "primary_lesion" and name not in _UNCOUNTED
    if not is_said:
        words = plural(name) if not is_single and (is_counted or name in _COUNTED_SIGNS) else name
    if is_counted:
        return "lesion", words
    return "sign", article(words) if words.endswith((" border", " surface")) else words


def _adjective(concept: Concept, words: str) -> str | None:
    """Return the adjective that stands for a concept, the text's own if it is one, or null."""
    if _is_one_of(words, concept.adjectives):
        # `in a ring` cannot stand before a noun
        return words if not words.startswith("in ") else concept.name
    is_noun = bool(_NOUN.search(concept.name))
    if concept.group in ("primary_lesion", "secondary_change", "dermoscopy"):
        is_noun = True
    if _is_one_of(words, (concept.name, *concept.synonyms)):
        is_plain = not _NOUN.search(words)
        if is_noun and not (is_plain and concept.group == "color"):
            return None
        return words if is_plain else concept.name
    if not is_noun:
        return concept.name
    has_noun = concept.group in ("primary_lesion", "dermoscopy")
    return concept.adjectives[0] if concept.adjectives and not has_noun else None


def _is_one_of(words: str, terms: Sequence[str]) -> bool:
    key = term_key(words)
    return any(key == term_key(term) for term in terms)


def _is_singular(noun: str) -> bool:
    return noun in _by_name() or not noun.endswith(("s", "ae", "i"))
