"""From a diagnosis in words to a condition of the ontology, or to an honest refusal.

The order: sentinels, name, synonym, abbreviation; the same without brackets, in the other order
around a comma, without words of severity and site; several diagnoses in one string; misspelling.
Nothing matches inside a word, so `sk` in `skin` never becomes seborrheic keratosis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pipeline.knowledge.body_sites import SITE_WORDS
from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.resemblance import MARGIN, Resemblance
from pipeline.knowledge.spelling import listed, term_key
from pipeline.knowledge.terms import TermIndex

Status = Literal["linked", "ambiguous", "not_in_ontology", "no_diagnosis"]
Method = Literal["exact", "synonym", "abbreviation", "fuzzy", "none"]

# A diagnosis longer than this is a paragraph; mentions read those.
MAX_LABEL_CHARACTERS = 300
# Score of a term found after words of severity or site, or brackets, were set aside.
SCORE_SET_ASIDE = 95.0

_SENTINELS = frozenset(
    term_key(text)
    for text in listed(
        """
        no definitive diagnosis, no diagnosis, unknown, none, n/a, na, nan, null, nil, healthy,
        healthy skin, normal skin, normal, normal nail, normal nails, normal hair, undiagnosed,
        not applicable, not available, not specified, unspecified, unclear diagnosis, no disease,
        uncertain diagnosis, multiple potential diagnoses, no skin disease, no lesion, other,
        others, unclear, undetermined, not given, no label, unlabeled, missing, to be determined,
        no abnormality, no specific diagnosis, diagnosis unknown, unknown diagnosis
        """,
        ",",
    )
)
_QUALIFIERS = frozenset(
    listed(
        """
        severe mild moderate extensive widespread recurrent persistent early late active typical
        classic classical bilateral unilateral left right multiple solitary single small large
        generalized localized chronic acute subacute cutaneous facial truncal palmar plantar
        biopsy proven confirmed histologically lesion disorder nos unspecified skin new onset
        longstanding refractory resistant treated untreated advanced primary type
        """
    )
)
_FILLERS = frozenset(listed("the a an his her my of on in at over both and upper lower"))
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_SITE_PHRASE = re.compile(r"\b(?:of|on|in|at|over|involving|affecting)\b(.*)$", re.I | re.S)
_SEPARATOR = re.compile(r"\s*[;/|,]\s*|\s+(?:vs\.?|versus|or|and|&)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    """The answer: `condition_id` only where linked; `runner_up_id` is the next best, if any."""

    status: Status
    condition_id: str | None = None
    matched: str | None = None
    method: Method = "none"
    score: float = 0.0
    runner_up_id: str | None = None


NO_DIAGNOSIS = Link("no_diagnosis")
NOT_IN_ONTOLOGY = Link("not_in_ontology")


class Linker:
    """Links diagnosis strings to one ontology; the same string always gets the same answer."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._terms = TermIndex(ontology)
        self._resemblance = Resemblance(self._terms.words)
        self._cached = lru_cache(maxsize=1 << 16)(self._link)

    def link(self, text: str) -> Link:
        """Return the condition that a diagnosis string names, or why there is none."""
        return self._cached(text.strip()[: MAX_LABEL_CHARACTERS + 1])

    def _link(self, text: str) -> Link:
        key = term_key(text)
        if not key or key in _SENTINELS:
            return NO_DIAGNOSIS
        if len(text) > MAX_LABEL_CHARACTERS:
            return NOT_IN_ONTOLOGY
        for attempt in (self._known, self._bracketed, self._inverted, self._bare, self._several):
            found = attempt(text)
            if found is not None:
                return found
        return self._misspelt(key) or self._misspelt(_bare_key(text)) or NOT_IN_ONTOLOGY

    def _known(self, text: str) -> Link | None:
        """Look a string up as it stands, abbreviations first since they respect case."""
        meaning = self._terms.abbreviation(text.strip(" .,;:"))
        method: Method = "abbreviation"
        if meaning is None:
            meaning = self._terms.words.get(term_key(text))
            if meaning is None:
                return None
            method = "exact" if meaning.is_name else "synonym"
        first, *others = (*meaning.condition_ids, None)
        if meaning.chosen is None:
            return Link("ambiguous", None, text, method, 0.0, first)
        return Link("linked", meaning.chosen, text, method, 100.0, others[0])

    def _bracketed(self, text: str) -> Link | None:
        """Look up `basal cell carcinoma (BCC)`: what stands in brackets must not disagree."""
        insides = [inside.strip() for inside in _BRACKETS.findall(text)]
        if not insides:
            return None
        outside = " ".join(_BRACKETS.sub(" ", text).split())
        found = self._known(outside) or self._bare(outside)
        if found is None or found.condition_id is None:
            return found
        for inside in insides:
            other = self._known(inside)
            if other and other.condition_id and not self._same_line(found, other):
                return replace(
                    found, status="ambiguous", condition_id=None, runner_up_id=found.condition_id
                )
        return replace(found, score=SCORE_SET_ASIDE)

    def _inverted(self, text: str) -> Link | None:
        """Look up `keratosis, seborrheic` as it is spoken."""
        head, comma, tail = text.partition(",")
        if not comma or "," in tail:
            return None
        return self._known(f"{tail.strip()} {head.strip()}")

    def _bare(self, text: str) -> Link | None:
        """Look up what is left without words of severity and site."""
        key = _bare_key(text)
        meaning = self._terms.words.get(key)
        if meaning is None or meaning.chosen is None:
            return None
        method: Method = "exact" if meaning.is_name else "synonym"
        return Link("linked", meaning.chosen, key, method, SCORE_SET_ASIDE)

    def _several(self, text: str) -> Link | None:
        """Read a string of several diagnoses; one line of the tree is one diagnosis."""
        parts = [part for part in _SEPARATOR.split(text) if _bare_key(part)]
        parts = [part for part in parts if term_key(part) not in _SENTINELS]
        if not parts or parts == [text]:
            return None
        links = [self._known(part) or self._bare(part) for part in parts]
        known = [link for link in links if link is not None]
        if not known:
            return None
        deepest = max(known, key=lambda link: len(self._line(link)))
        one_line = all(self._same_line(deepest, link) for link in known)
        if one_line and len(known) == len(parts) and deepest.condition_id is not None:
            return replace(deepest, score=min(deepest.score, SCORE_SET_ASIDE))
        first = known[0].condition_id or known[0].runner_up_id
        return Link("ambiguous", None, text, known[0].method, 0.0, first)

    def _misspelt(self, key: str) -> Link | None:
        best: dict[str, tuple[float, str]] = {}
        for near, score in self._resemblance.candidates(key):
            chosen = self._terms.words[near].chosen
            if chosen is not None and score > best.get(chosen, (0.0, ""))[0]:
                best[chosen] = (score, near)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        if not ranked:
            return None
        condition_id, (score, matched) = ranked[0]
        runner_up_id = ranked[1][0] if len(ranked) > 1 else None
        if runner_up_id and score - ranked[1][1][0] < MARGIN:
            return Link("ambiguous", None, matched, "fuzzy", score, condition_id)
        return Link("linked", condition_id, matched, "fuzzy", score, runner_up_id)

    def _line(self, link: Link) -> tuple[str, ...]:
        if link.condition_id is None:
            return ()
        return tuple(each.condition_id for each in self._ontology.path(link.condition_id))

    def _same_line(self, one: Link, other: Link) -> bool:
        return one.condition_id in self._line(other) or other.condition_id in self._line(one)


def _bare_key(text: str) -> str:
    """Return the key without words of severity and without a closing phrase of site."""
    phrase = _SITE_PHRASE.search(text)
    if phrase is not None and _is_site(term_key(phrase[1])):
        text = text[: phrase.start()]
    words = term_key(text).split()
    while words and (words[0] in _QUALIFIERS or words[0] in SITE_WORDS):
        words.pop(0)
    while words and words[-1] in _QUALIFIERS:
        words.pop()
    return " ".join(words)


def _is_site(key: str) -> bool:
    words = key.split()
    return bool(words) and all(
        word in SITE_WORDS or word in _FILLERS or word in _QUALIFIERS for word in words
    )
