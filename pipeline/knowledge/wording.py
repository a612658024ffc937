"""Words that a diagnosis carries without becoming another one, and what only looks like one.

Used by `link`: a term counts as the diagnosis of a string only if every other word of the string
is explained here, as severity, course, stage, site, or what the condition comes with.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.knowledge.body_sites import SITE_WORDS
from pipeline.knowledge.spelling import listed, term_key

# May stand before the term, or after it.
QUALIFIERS = frozenset(
    listed(
        """
        severe mild moderate extensive widespread recurrent persistent early late active typical
        classic classical bilateral unilateral left right multiple solitary single small large
        generalized localized chronic acute subacute cutaneous facial truncal palmar plantar
        biopsy proven confirmed histologically pathologically clinically lesion disorder nos
        unspecified skin new onset longstanding refractory resistant treated untreated advanced
        primary type advancing benign invasive well poorly moderately differentiated reactivated
        childhood adult infantile pediatric elderly pregnancy flare exacerbation episode
        recalcitrant relapsing relapsed stable progressive progressing worsening
        mucocutaneous peristomal stage grade hurley aid related bacterial idiopathic infection
        infestation eruption rash outbreak ulcerative ulcerated bullous vesicular crusted erosive
        erythematous scaly inflamed irritated infected itchy pruritic painful disseminated diffuse
        annular linear hypertrophic atrophic pigmented hypopigmented hyperpigmented nodular
        papular follicular giant huge tiny numerous several few eruptive symptomatic asymptomatic
        superficial deep distal proximal lateral subungual interdigital mucosal oral genital
        seasonal mildly moderately severely focal field sporadic familial metastatic regressing
        amelanotic verrucous hyperkeratotic inflammatory non ii iii iv i v 1 2 3 4 5 mm cm breslow
        thickness level clark a b condition form variant subtype
        """
    )
)
# Words of place that no site is named by alone.
_PLACE_WORDS = frozenset(
    listed(
        """
        the a an his her my your their of my on in at over both and upper lower border area region
        side part inner outer mid middle medial lateral anterior posterior dorsal ventral central
        distal proximal aspect surface extensor flexor skin left right bilateral multiple several
        body sun exposed mucosa entire whole all
        """
    )
)
_LEAD_INS = (
    "diagnosis of",
    "diagnosis",
    "final diagnosis",
    "impression",
    "label",
    "case of",
    "a case of",
    "patient with",
    "flare of",
    "field of",
    "consistent with",
    "known case of",
    "confirmed",
    "patch stage",
    "plaque stage",
    "tumor stage",
)
_LEADS = tuple(sorted((tuple(term_key(each).split()) for each in _LEAD_INS), key=len, reverse=True))

# What follows these is a cause, a treatment or a company of the diagnosis before them.
_CAUSES = tuple(
    tuple(term_key(each).split())
    for each in listed(
        """
        due to; caused by; secondary to; associated with; in association with; induced by;
        triggered by; treated with; treated by; following; after; complicated by; related to; to;
        arising in; arising from; arising on; overlying; developing in; from; complicating; during
        """,
        ";",
    )
)
_COMPANY = tuple(
    tuple(term_key(each).split())
    for each in listed("with; with associated; plus; showing; and associated", ";")
)
_PERSONS = frozenset(
    listed("patient infant child adult man woman boy girl neonate newborn pregnancy adolescent")
)
# Stages, sizes, and codes: `pt1a`, `iib`, `2mm`, `l40`.
_MEASURE = re.compile(r"p?t[0-4][ab]?|n[0-3]|m[01]|[ivx]{1,3}[abc]?|\d{1,3}(?:mm|cm)?|[a-z]\d{2}")
# How terms name the place of a disease, by its site: before the term, or after it.
_PLACED_BEFORE = {
    "mouth": "oral",
    "mucosa": "oral",
    "buccal": "oral",
    "tongue": "oral",
    "vulva": "vulvar",
    "genitalia": "genital",
    "genitals": "genital",
    "penis": "penile",
    "face": "facial",
    "facial": "face",
    "palm": "palmar",
    "sole": "plantar",
}
_PLACED_AFTER = {
    "scalp": "capitis",
    "head": "capitis",
    "body": "corporis",
    "trunk": "corporis",
    "groin": "cruris",
    "foot": "pedis",
    "hand": "manuum",
    "face": "faciei",
    "facial": "faciei",
    "beard": "barbae",
    "nail": "unguium",
    "toenail": "unguium",
}
_TAG = re.compile(r"<[^<>]{0,200}>")
_CODE = re.compile(r"^\s*(?:[A-Z]\d{2}(?:\.\w{1,4})?\s*[-:]?|\(?\d{1,2}[.)])\s+(?=\S)")


def unwrapped(text: str) -> str:
    """Return a string without markup, entities, and a code or a number that leads it."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return _CODE.sub("", text)


def are_dropped(words: Sequence[str]) -> bool:
    """Tell whether all words are of severity, course, stage or site."""
    return not has_numbered_type(words) and all(
        word in QUALIFIERS
        or word in SITE_WORDS
        or word in _PLACE_WORDS
        or _MEASURE.fullmatch(word) is not None
        for word in words
    )


def has_numbered_type(words: Sequence[str]) -> bool:
    """Tell whether a type has a number: neurofibromatosis type 2 is another disease."""
    return any(one == "type" and _MEASURE.fullmatch(other) for one, other in pairwise(words))


def placed(term: str, around: Sequence[str]) -> list[str]:
    """Return the names that a term may have with a word or the one site that stands beside it.

    `tinea` beside `of the scalp` may be `tinea capitis`; beside two sites it stays what it is.
    """
    sites = [
        word
        for word in around
        if word in SITE_WORDS or word in _PLACED_BEFORE or word in _PLACED_AFTER
    ]
    sites = [word for word in sites if word not in _PLACE_WORDS] or sites
    if "oral" in around or len(sites) != 1:
        sites = ["mouth"] if "oral" in around or set(sites) == {"oral", "mucosa"} else []
    names = [f"{word} {term}" for word in around if word in QUALIFIERS]
    names += [f"{word} {term}" for word in sites]
    names += [f"{_PLACED_BEFORE[word]} {term}" for word in sites if word in _PLACED_BEFORE]
    first = term.split()[0]
    names += [f"{first} {_PLACED_AFTER[word]}" for word in sites if word in _PLACED_AFTER]
    return names


def leads(words: Sequence[str]) -> bool:
    """Tell whether the words before a term leave it what it is."""
    for lead in _LEADS:
        if tuple(words[: len(lead)]) == lead:
            return are_dropped(words[len(lead) :])
    return are_dropped(words)


def tail_of(words: Sequence[str]) -> tuple[str, int] | None:
    """Return what the words after a term are, `cause` or `company`, and where that tail begins.

    An empty kind says that all words are dropped; None that they are not explained.
    """
    for at in range(len(words) + 1):
        if at == len(words):
            return "", at
        if at + 1 < len(words):
            for phrases, kind in ((_CAUSES, "cause"), (_COMPANY, "company")):
                if any(tuple(words[at : at + len(each)]) == each for each in phrases):
                    return kind, at
            if words[at] == "in" and any(word in _PERSONS for word in words[at + 1 :]):
                return "cause", at
        if not are_dropped(words[at : at + 2][: 2 if words[at] == "type" else 1]):
            return None
    return None
