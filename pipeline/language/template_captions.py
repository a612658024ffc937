"""Captions without a model: a small grammar over facts, varied by a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.knowledge.concepts import Concept, Concepts
from pipeline.language.english import article, first_upper, listed, plural, sentence

Facts = Mapping[str, Any]

MAX_ADJECTIVES = 4
MAX_SIGNS = 4

# Primary lesions that are no things to count.
_UNCOUNTED = frozenset({"erythema", "purpura", "edema", "telangiectasia"})
# Where the adjective says less than the noun after "with".
_NOUN_PREFERRED = frozenset({"scale", "crust", "telangiectasia", "excoriation", "ulcer"})
_NOT_ADJECTIVE = re.compile(r"(?:border|vessels|structures|lesions?|change|color|surface|sign)$")
_AGE_GROUPS = frozenset({"infant", "newborn", "neonate", "toddler", "child", "adolescent"})
_MALE = {"male": ("man", "boy"), "female": ("woman", "girl")}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is seen, as parts of a noun phrase."""

    adjectives: tuple[str, ...]
    lesions: tuple[str, ...]
    signs: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.adjectives or self.lesions or self.signs)

    def phrase(self, *, is_split: bool) -> str:
        """Return `scaly, erythematous plaques` or `erythematous plaques with scale`."""
        head = listed(self.lesions) if self.lesions else ("lesions" if self.adjectives else "")
        described = " ".join([", ".join(self.adjectives), head]).strip()
        if not described:
            return listed(self.signs)
        joint = " showing " if is_split else " with "
        return described + (f"{joint}{listed(self.signs)}" if self.signs else "")


def write_refined(facts: Facts, seed: int, *, is_terse: bool = False) -> str | None:
    """Return one to three sentences of what is seen, where, in whom, and the diagnosis.

    A terse caption is one sentence; null means that nothing is known.
    """
    rng = random.Random(seed)
    seen = _seen(facts["concepts"]).phrase(is_split=rng.random() < 0.3)
    sites = listed([site.removeprefix("the ") for site in facts["body_sites"][:3]])
    place = f" on the {sites}" if sites else ""
    person = _person(facts)
    certain = [each["name"] for each in facts["diseases"] if each["assertion"] == "affirmed"]
    possible = [each["name"] for each in facts["diseases"] if each["assertion"] == "possible"]
    if certain:
        body = _diagnosed(certain[0], seen, place, person, rng)
    elif possible:
        body = _suspected(possible[0], seen, place, person, rng)
    else:
        body = _undiagnosed(facts["symptoms"], seen, place, person)
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


def write_concept(concepts: Sequence[str], body_sites: Sequence[str], seed: int) -> str | None:
    """Return a sentence that names every concept seen."""
    if not concepts:
        return None
    rng = random.Random(seed)
    named = listed([name.lower() if name.istitle() else name for name in concepts])
    site = listed([site.removeprefix("the ") for site in body_sites[:3]])
    forms = [
        f"the picture shows {named}" + (f" on the {site}" if site else ""),
        f"visible on the {site or 'skin'}: {named}",
        f"the {site or 'skin'} with {named}",
        f"clinical features{f' on the {site}' if site else ''}: {named}",
    ]
    return sentence(rng.choice(forms))


def _placings(name: str, broader: Sequence[str]) -> list[str]:
    if len(broader) >= 3:
        category, group, parent = broader[0], broader[-2], broader[-1]
        return [
            f"{name}, a form of {parent}, which falls under {group} ({category})",
            f"{name} is a form of {parent}, classified among {group} within {category}",
            f"a case of {name}, that is {parent}, from the group of {group} ({category})",
        ]
    if len(broader) == 2:
        category, group = broader
        return [
            f"{name}, which falls under {group} ({category})",
            f"{name} is classified among {group} within {category}",
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


def _undiagnosed(symptoms: Sequence[str], seen: str, place: str, person: str | None) -> str | None:
    of = f" of {person}" if person and place else f" in {person}" if person else ""
    if seen:
        return f"{seen}{place}{of}"
    if symptoms:
        return f"a skin complaint{place}{of}"
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
    adult, young = _MALE.get(gender or "", ("patient", "patient"))
    if age and age.isdigit() and int(age) > 0:
        years = int(age)
        return article(f"{years}-year-old {young if years < 18 else adult}")
    if age and age.lower() in _AGE_GROUPS:
        return article(f"{gender} {age.lower()}" if gender else age.lower())
    return article(adult) if gender in _MALE else None


def _seen(names: Sequence[str]) -> _Seen:
    known = {concept.name: concept for concept in Concepts.load()}
    adjectives: list[str] = []
    lesions: list[str] = []
    signs: list[str] = []
    is_single = "solitary" in names
    for name in names:
        concept = known.get(name)
        if concept is None:
            signs.append(name)
        elif concept.group == "primary_lesion" and name not in _UNCOUNTED:
            lesions.append(name if is_single else plural(name))
        elif (adjective := _adjective(concept)) is not None:
            adjectives.append(adjective)
        else:
            signs.append(name)
    return _Seen(tuple(adjectives[:MAX_ADJECTIVES]), tuple(lesions), tuple(signs[:MAX_SIGNS]))


def _adjective(concept: Concept) -> str | None:
    """Return the word that can stand before a lesion's name, or null."""
    if concept.name in _NOUN_PREFERRED or concept.group == "dermoscopy":
        return None
    if concept.adjectives:
        return concept.adjectives[0]
    is_noun = concept.group in ("primary_lesion", "secondary_change")
    return None if is_noun or _NOT_ADJECTIVE.search(concept.name) else concept.name
