"""From a diagnosis in words to a condition of the ontology, or to an honest refusal.

The order: name, synonym, abbreviation; the refusals (none given, denied, someone else's, only
feared); the same without brackets and in the other order around a comma; a term whose every other
word is explained as severity, stage, site, cause or company; several diagnoses in one string;
misspelling. Nothing matches inside a word, so `sk` in `skin` never becomes seborrheic keratosis.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.refusals import is_sentinel, refusal_of
from pipeline.knowledge.resemblance import MARGIN, Resemblance
from pipeline.knowledge.spelling import WORD, plain, term_key, word_key
from pipeline.knowledge.terms import TermIndex
from pipeline.knowledge.wording import (
    are_dropped,
    has_numbered_type,
    leads,
    placed,
    tail_of,
    unwrapped,
)

Status = Literal["linked", "ambiguous", "not_in_ontology", "no_diagnosis"]
Method = Literal["exact", "synonym", "abbreviation", "fuzzy", "none"]

# A diagnosis longer than this is a paragraph; mentions read those.
MAX_LABEL_CHARACTERS = 300
# Score of a term found after words of severity or site, or brackets, were set aside.
SCORE_SET_ASIDE = 95.0
# Score of a term that a cause or company follows.
SCORE_WITH_TAIL = 90.0
# Words of the longest term that is looked for within a string.
MAX_TERM_WORDS = 8

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_SEPARATOR = re.compile(
    r"\s*[;/|,+\n]\s*|\s+(?:vs\.?|versus|or|and|&)\s+|\s+-\s+|\s*\b\d[.)]\s+", re.I
)
_LIST_SIGNS = "[]{}\"'"
_REPEATED = re.compile(r"\bnot otherwise specified\b", re.I)


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
        self._terms = TermIndex(ontology)
        self._resemblance = Resemblance(self._terms.words)
        self._lines = {
            condition.condition_id: tuple(
                each.condition_id for each in ontology.path(condition.condition_id)
            )
            for condition in ontology
        }
        self._names = {each.condition_id: term_key(each.name) for each in ontology}
        self._cached = lru_cache(maxsize=1 << 16)(self._link)

    def link(self, text: str) -> Link:
        """Return the condition that a diagnosis string names, or why there is none."""
        return self._cached(text.strip()[: MAX_LABEL_CHARACTERS + 1])

    def _link(self, text: str) -> Link:
        is_long = len(text) > MAX_LABEL_CHARACTERS
        text = _REPEATED.sub(" ", unwrapped(text)).strip()
        key = term_key(text)
        if is_sentinel(key):
            return NO_DIAGNOSIS
        if is_long or _has_control_signs(text):
            return NOT_IN_ONTOLOGY
        known = self._known(text)
        if known is not None and "?" not in text:
            return known
        refusal = refusal_of(key, text)
        if refusal is not None:
            return self._doubted(text) if refusal == "doubted" else NO_DIAGNOSIS
        return self._searched(text, key)

    def _searched(self, text: str, key: str) -> Link:
        found = self._bracketed(text) or self._inverted(text) or self._misspelt(key)
        found = found or self._dressed(text) or self._several(text)
        found = found or self._misspelt(" ".join(plain(text).split()))
        return found or self._misspelt(_bare(key)) or NOT_IN_ONTOLOGY

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

    def _doubted(self, text: str) -> Link:
        """Answer a diagnosis that is only feared: it is the runner-up of no diagnosis."""
        found = self._within(self._expanded(text), anywhere=True)
        if found is None or found.condition_id is None:
            return found or NOT_IN_ONTOLOGY
        return Link("ambiguous", None, found.matched, found.method, 0.0, found.condition_id)

    def _bracketed(self, text: str) -> Link | None:
        """Look up `basal cell carcinoma (BCC)`: what stands in brackets must not disagree."""
        insides = [inside.strip() for inside in _BRACKETS.findall(text)]
        if not insides or text[0] in "[(":
            return None
        outside = " ".join(_BRACKETS.sub(" ", text).split())
        for inside in insides:
            together = self._known(f"{inside} {outside}")
            if together is not None:
                return replace(together, score=min(together.score, SCORE_SET_ASIDE))
        found = self._known(outside) or self._dressed(outside)
        if found is None or found.condition_id is None:
            return found
        for inside in insides:
            other = self._known(inside)
            if other and other.condition_id:
                if not self._same_line(found.condition_id, other.condition_id):
                    return Link("ambiguous", None, text, found.method, 0.0, found.condition_id)
            elif " " not in outside and found.method == "synonym" and not _is_explained(inside):
                return NOT_IN_ONTOLOGY
        return replace(found, score=SCORE_SET_ASIDE)

    def _inverted(self, text: str) -> Link | None:
        """Look up `keratosis, seborrheic` as it is spoken."""
        head, comma, tail = text.partition(",")
        if not comma or "," in tail:
            head, comma, tail = text.partition(" - ")
        if not comma or "," in tail:
            return None
        return self._known(f"{tail.strip()} {head.strip()}")

    def _expanded(self, text: str) -> list[str]:
        """Return a string's word keys, abbreviations written out."""
        words: list[str] = []
        shouted = text.isupper() and " " in text.strip()
        for match in WORD.finditer(text):
            raw = match.group()
            meaning = self._terms.abbreviation(raw) if raw[:1].isupper() and raw[1:] else None
            if meaning is None or meaning.chosen is None or (shouted and len(raw) < 3):
                words.append(word_key(raw))
            else:
                words += self._names[meaning.chosen].split()
        return words

    def _dressed(self, text: str) -> Link | None:
        """Look up a term among words that do not change what it is."""
        if _SEPARATOR.search(text) and self._n_diagnoses(text) > 1:
            return None
        return self._within(self._expanded(text))

    def _within(self, words: Sequence[str], anywhere: bool = False) -> Link | None:
        if len(words) == 1 and not anywhere:
            return None
        for length in range(min(len(words), MAX_TERM_WORDS), 0, -1):
            for start in range(len(words) - length + 1):
                end = start + length
                matched = " ".join(words[start:end])
                meaning = self._terms.words.get(matched)
                if meaning is None or meaning.chosen is None:
                    continue
                method: Method = "exact" if meaning.is_name else "synonym"
                found = Link("linked", meaning.chosen, matched, method, SCORE_SET_ASIDE)
                explained = found if anywhere else self._explained(found, words, start, end)
                if explained is not None:
                    return explained
        return None

    def _explained(self, found: Link, words: Sequence[str], start: int, end: int) -> Link | None:
        """Return the link if the words around its term leave it what it is."""
        written_out = self._renamed(found, words, start, end)
        if written_out is not None:
            return written_out
        tail = tail_of(words[end:])
        if tail is None or not leads(words[:start]):
            return None
        kind, at = tail
        if not kind:
            return self._at_site(found, [*words[:start], *words[end:]])
        if kind == "company":
            other = self._within(words[end + at :], anywhere=True)
            if other is not None and self._is_other(found.condition_id, other.condition_id):
                return Link(
                    "ambiguous", None, " ".join(words), found.method, 0.0, found.condition_id
                )
        return replace(found, score=SCORE_WITH_TAIL)

    def _at_site(self, found: Link, around: Sequence[str]) -> Link:
        """Return the more exact condition that a term means at the site beside it, if any."""
        for name in placed(found.matched or "", around):
            link = self._renamed_key(name)
            if link is not None and found.condition_id in self._lines[link.condition_id or ""]:
                return link
        return found

    def _renamed(self, found: Link, words: Sequence[str], start: int, end: int) -> Link | None:
        """Look up `metastatic malignant melanoma` with its term's own name in place."""
        if found.condition_id is None or (start == 0 and end == len(words)):
            return None
        name = self._names[found.condition_id].split()
        return self._renamed_key(" ".join([*words[:start], *name, *words[end:]]))

    def _renamed_key(self, key: str) -> Link | None:
        meaning = self._terms.words.get(key)
        if meaning is None or meaning.chosen is None:
            return None
        return Link("linked", meaning.chosen, key, "synonym", SCORE_SET_ASIDE)

    def _n_diagnoses(self, text: str) -> int:
        parts = (self._expanded(part) for part in _SEPARATOR.split(text))
        found = {link.condition_id for part in parts if (link := self._within(part, anywhere=True))}
        return len(found)

    def _several(self, text: str) -> Link | None:
        """Read a string of several diagnoses; one line of the tree is one diagnosis."""
        parts = [part.strip(f" {_LIST_SIGNS}") for part in _SEPARATOR.split(text)]
        parts = [part for part in parts if part and not are_dropped(term_key(part).split())]
        parts = [part for part in parts if not is_sentinel(term_key(part))]
        if not parts or parts == [text]:
            return None
        links = [self._known(part) or self._dressed(part) for part in parts]
        known = [link for link in links if link is not None]
        if not known:
            return None
        deepest = max(known, key=lambda link: len(self._lines.get(link.condition_id or "", ())))
        lines = [self._same_line(deepest.condition_id, link.condition_id) for link in known]
        if all(lines) and len(known) == len(parts) and deepest.condition_id is not None:
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

    def _same_line(self, one: str | None, other: str | None) -> bool:
        return one in self._lines.get(other or "", ()) or other in self._lines.get(one or "", ())

    def _is_other(self, one: str | None, other: str | None) -> bool:
        return other is not None and not self._same_line(one, other)


def _has_control_signs(text: str) -> bool:
    return any(unicodedata.category(sign) == "Cc" and not sign.isspace() for sign in text)


def _is_explained(inside: str) -> bool:
    return are_dropped(term_key(inside).split())


def _bare(key: str) -> str:
    """Return a key without the words of severity around it."""
    words = key.split()
    if has_numbered_type(words):
        return ""
    while words and are_dropped(words[:1]):
        words.pop(0)
    while words and are_dropped(words[-1:]):
        words.pop()
    return " ".join(words)
