"""Captions without a model: a small grammar over facts, varied by a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.language.english import article, first_upper, listed, sentence
from pipeline.language.noun_phrase import seen_phrase

Facts = Mapping[str, Any]

MAX_CONCEPTS = 8
JOINTS = ("with", "with", "showing")

_AGE_GROUPS = frozenset({"infant", "newborn", "neonate", "toddler", "child", "adolescent"})
_MONTHS = re.compile(r"(?P<n>\d{1,3})[ -](?P<unit>month|week|day)", re.IGNORECASE)
_NOUNS = {"male": ("man", "boy"), "female": ("woman", "girl")}


def write_refined(facts: Facts, seed: int, *, is_terse: bool = False) -> str | None:
    """Return one to three sentences of what is seen, where, in whom, and the diagnosis.

    A terse caption is one sentence; null means that nothing is known.
    """
    rng = random.Random(seed)
    seen = seen_phrase(facts["concepts"], most=MAX_CONCEPTS, joint=rng.choice(JOINTS))
    sites = _sites(facts["body_sites"])
    place = f" on the {sites}" if sites else ""
    person = _person(facts)
    certain = [each["name"] for each in facts["diseases"] if each["assertion"] == "affirmed"]
    possible = [each["name"] for each in facts["diseases"] if each["assertion"] == "possible"]
    if certain:
        body = _diagnosed(certain[0], seen, place, person, rng)
    elif possible:
        body = _suspected(possible[0], seen, place, person, rng)
    else:
        body = _undiagnosed(seen, place, person)
    if body is None:
        return None
    further = [] if is_terse else _afterthoughts(facts, body, rng)
    return " ".join([sentence(body), *further])


def write_ontology(diagnoses: Sequence[Mapping[str, Any]], seed: int) -> str | None:
    """Return a sentence that puts a diagnosis into its place in the hierarchy."""
    if not diagnoses:
        return None
    rng = random.Random(seed)
    name, path = diagnoses[0]["name"], list(diagnoses[0]["path"])
    others = [each["name"] for each in diagnoses[1:4]]
    broader = [each for each in path if each.casefold() != name.casefold()]
    body = rng.choice(_placings(name, broader))
    further = f", together with {listed(others)}" if others else ""
    return sentence(body + further)


def write_concept(
    concepts: Sequence[Mapping[str, str]], body_sites: Sequence[str], seed: int
) -> str | None:
    """Return a sentence that names every concept seen."""
    if not concepts:
        return None
    rng = random.Random(seed)
    seen = seen_phrase(concepts, most=len(concepts), joint="with")
    site = _sites(body_sites)
    if not site:
        return sentence(rng.choice([f"the picture shows {seen}", f"seen here: {seen}"]))
    forms = [
        f"the picture shows {seen} on the {site}",
        f"visible on the {site}: {seen}",
        f"on the {site}, {seen}",
        f"clinical features on the {site}: {seen}",
    ]
    return sentence(rng.choice(forms))


def _sites(body_sites: Sequence[str]) -> str:
    return listed([site.removeprefix("the ") for site in body_sites[:3]])


def _placings(name: str, broader: Sequence[str]) -> list[str]:
    if len(broader) >= 3:
        category, group, parent = broader[0], broader[-2], broader[-1]
        return [
            f"{name}, a form of {parent}, which falls under {group} ({category})",
            f"{name} is a form of {parent}, classified under {group} within {category}",
            f"a case of {name}, a form of {parent}, from the group of {group} ({category})",
        ]
    if len(broader) == 2:
        category, group = broader
        return [
            f"{name}, which falls under {group} ({category})",
            f"{name} is classified under {group} within {category}",
            f"a case of {name}, from the group of {group} ({category})",
        ]
    if len(broader) == 1:
        return [f"{name}, which falls under {broader[0]}", f"a case of {name} ({broader[0]})"]
    return [f"a case of {name}"]


def _diagnosed(
    disease: str, seen: str, place: str, person: str | None, rng: random.Random
) -> str | None:
    of = f" of {person}" if person else ""
    within = f" in {person}" if person else ""
    if not seen:
        return rng.choice(
            [
                f"{disease}{place}{of if place else within}",
                f"{person or 'a patient'} with {disease}{place}",
            ]
        )
    forms = [
        f"{seen}{place}{of if place else within}, diagnosed as {disease}",
        f"{disease}{within}: {seen}{place}",
        f"{disease} with {seen}{place}{of if place else within}",
    ]
    if person:
        forms.append(f"{person} with {disease}, presenting with {seen}{place}")
    return rng.choice(forms)


def _suspected(
    disease: str, seen: str, place: str, person: str | None, rng: random.Random
) -> str | None:
    of = f" of {person}" if person and place else f" in {person}" if person else ""
    if not seen:
        return f"suspected {disease}{place}{of}"
    return rng.choice(
        [
            f"{seen}{place}{of}, possibly {disease}",
            f"{seen}{place}{of}; suspected {disease}",
        ]
    )


def _undiagnosed(seen: str, place: str, person: str | None) -> str | None:
    of = f" of {person}" if person and place else f" in {person}" if person else ""
    if seen:
        return f"{seen}{place}{of}"
    return f"skin{place}{of}".replace("skin on the", "skin of the") if place else None


def _afterthoughts(facts: Facts, body: str, rng: random.Random) -> list[str]:
    told = []
    symptoms = [each for each in facts["symptoms"] if each not in body]
    if symptoms:
        named = listed(symptoms[:3])
        verb = "is" if len(symptoms[:3]) == 1 else "are"
        told.append(
            rng.choice([f"{first_upper(named)} {verb} reported.", f"Associated with {named}."])
        )
    if facts["skin_tone"]:
        told.append(f"Fitzpatrick skin type {facts['skin_tone']}.")
    return told


def _person(facts: Facts) -> str | None:
    """Return `a 45-year-old man`, or null where neither age nor sex is known."""
    gender, age = facts["gender"], facts["age"]
    adult, young = _NOUNS.get(gender or "", ("patient", "patient"))
    if age and age.isdigit() and int(age) > 0:
        years = int(age)
        return article(f"{years}-year-old {young if years < 18 else adult}")
    if age and (young_age := _MONTHS.match(age)):
        return article(f"{young_age['n']}-{young_age['unit']}-old {young}")
    if age and age.lower() in _AGE_GROUPS:
        return article(f"{gender} {age.lower()}" if gender else age.lower())
    return article(adult) if gender in _NOUNS else None
