"""Linking: how often a diagnosis string gets the right condition, and a passage its mentions.

python bench/linking.py [--seconds 3] [--json]

Strings and passages are the hand-written gold of `tests/gold`; nothing is tuned on its test half.
Beside the linker stand two baselines on the same strings: the longest term that a string contains
as letters, and rapidfuzz's WRatio of 90 or more alone.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from typing import Any

from measures.linking_gold import (
    HALVES,
    LinkScore,
    MentionScore,
    Tally,
    gold_passages,
    gold_strings,
    score_links,
    score_mentions,
)
from rapidfuzz import fuzz, process, utils

from pipeline.knowledge.link import Link, Linker
from pipeline.knowledge.mentions import default_finder
from pipeline.knowledge.ontology import Ontology

WORDS_PER_PASSAGE = 60
DISTINCT_STRINGS = 20_000
MANY_STRINGS = 1_000_000
MIN_WRATIO = 90
SEED = 5001


class Baselines:
    """Two plain ways to link a string, over the same terms as the linker."""

    def __init__(self, ontology: Ontology) -> None:
        self._owners: dict[str, str] = {}
        for condition in ontology:
            for term in (*condition.terms, *condition.abbreviations):
                self._owners.setdefault(term.lower(), condition.condition_id)
        self._terms = sorted(self._owners, key=lambda term: (-len(term), term))
        self._choices = [utils.default_process(term) for term in self._terms]

    def substring(self, text: str) -> Link:
        """Return the longest term that the string contains as letters."""
        lower = text.lower()
        found = next((term for term in self._terms if term in lower), None)
        return self._link(found)

    def wratio(self, text: str) -> Link:
        """Return the term of the best WRatio, if that is 90 or more."""
        found = process.extractOne(
            utils.default_process(text[:1000]),
            self._choices,
            scorer=fuzz.WRatio,
            score_cutoff=MIN_WRATIO,
        )
        return self._link(self._terms[found[2]] if found else None)

    def _link(self, term: str | None) -> Link:
        if term is None:
            return Link("not_in_ontology")
        return Link("linked", self._owners[term], term)


def passages_per_second(seconds: float) -> float:
    """Return how many passages of 60 words one core reads, over the gold's own words."""
    words = " ".join(each.text for half in HALVES for each in gold_passages(half)).split()
    starts = range(0, len(words) - WORDS_PER_PASSAGE, 7)
    passages = [" ".join(words[start : start + WORDS_PER_PASSAGE]) for start in starts]
    find = default_finder().find
    for passage in passages:
        find(passage)
    n_read, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        for passage in passages:
            find(passage)
        n_read += len(passages)
    return n_read / (time.process_time() - began)


def distinct_strings(ontology: Ontology) -> list[str]:
    """Return 20,000 strings as datasets hold them: dressed, misspelt, and out of the ontology."""
    chance = random.Random(SEED)
    terms = [term for condition in ontology for term in condition.terms]
    before = ("", "severe ", "chronic ", "left ", "possible ", "history of ", "treated ", "odd ")
    after = ("", " of the arm", ", back", " (biopsy)", " vs eczema", " with edema", " clinic")
    strings: dict[str, None] = {}
    while len(strings) < DISTINCT_STRINGS:
        term = chance.choice(terms)
        at = chance.randrange(len(term))
        term = chance.choice((term, f"{term[:at]}{term[at + 1 :]}", f"{term[:at]}x{term[at:]}"))
        strings[f"{chance.choice(before)}{term}{chance.choice(after)}"] = None
    return list(strings)


def linking_speed(ontology: Ontology) -> dict[str, float]:
    """Return strings per minute, all distinct, and seconds for a million of 20,000 distinct."""
    strings = distinct_strings(ontology)
    linker = Linker(ontology)
    began = time.perf_counter()
    for string in strings:
        linker.link(string)
    taken = time.perf_counter() - began
    many = random.Random(SEED).choices(strings, k=MANY_STRINGS)
    linker = Linker(ontology)
    began = time.perf_counter()
    for string in many:
        linker.link(string)
    seconds = time.perf_counter() - began
    return {"strings_per_min": len(strings) / taken * 60, "million_strings_seconds": seconds}


def measure(seconds: float) -> dict[str, Any]:
    """Return all numbers, by half."""
    ontology = Ontology.load()
    baselines = Baselines(ontology)
    ways = {"": Linker(ontology).link, "substring_": baselines.substring}
    ways["wratio_"] = baselines.wratio
    told: dict[str, Any] = {"halves": {}}
    for half in HALVES:
        strings = gold_strings(half)
        scores = {name: score_links(strings, link) for name, link in ways.items()}
        mentions = score_mentions(gold_passages(half), default_finder().find)
        told["halves"][half] = _numbers(scores, mentions) | {
            "classes": {name: _shares(each) for name, each in sorted(scores[""].groups.items())},
            "kinds": {name: _shares(each) for name, each in sorted(mentions.kinds.items())},
            "statuses": {name: _shares(each) for name, each in sorted(mentions.statuses.items())},
            "strings": len(strings),
            "passages": len(gold_passages(half)),
        }
    told |= {
        name: value
        for name, value in told["halves"]["test"].items()
        if isinstance(value, int | float)
    }
    told["passages_per_s"] = round(passages_per_second(seconds))
    return told | {name: round(value, 1) for name, value in linking_speed(ontology).items()}


def _numbers(scores: dict[str, LinkScore], mentions: MentionScore) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name, score in scores.items():
        numbers[f"{name}link_precision"] = round(score.all.precision, 4)
        numbers[f"{name}link_recall"] = round(score.all.recall, 4)
        numbers[f"{name}link_f1"] = round(score.all.f1, 4)
        numbers[f"{name}traps_answered"] = score.traps_answered
    numbers["refusal_reasons"] = round(scores[""].n_right_reasons / scores[""].n_refusals, 4)
    numbers["mention_precision"] = round(mentions.all.precision, 4)
    numbers["mention_recall"] = round(mentions.all.recall, 4)
    numbers["mention_f1"] = round(mentions.all.f1, 4)
    numbers["negation_accuracy"] = round(mentions.negation_accuracy, 4)
    return numbers


def _shares(tally: Tally) -> dict[str, float]:
    return {
        "precision": round(tally.precision, 4),
        "recall": round(tally.recall, 4),
        "f1": round(tally.f1, 4),
        "wanted": tally.wanted,
        "given": tally.given,
    }


def _print(told: dict[str, Any]) -> None:
    for half in HALVES:
        numbers = told["halves"][half]
        print(f"{half}: {numbers['strings']} strings, {numbers['passages']} passages")
        for name, title in (("", "linker"), ("substring_", "substring"), ("wratio_", "WRatio 90")):
            print(
                f"  {title:10} precision {numbers[f'{name}link_precision']:.3f}  recall "
                f"{numbers[f'{name}link_recall']:.3f}  F1 {numbers[f'{name}link_f1']:.3f}  "
                f"traps answered {numbers[f'{name}traps_answered']}"
            )
        print(
            f"  mentions   precision {numbers['mention_precision']:.3f}  recall "
            f"{numbers['mention_recall']:.3f}  F1 {numbers['mention_f1']:.3f}  "
            f"assertions right {numbers['negation_accuracy']:.3f}"
        )
        for part in ("classes", "kinds", "statuses"):
            for name, each in numbers[part].items():
                print(
                    f"    {name:14} precision {each['precision']:.3f}  recall "
                    f"{each['recall']:.3f}  F1 {each['f1']:.3f}  of {each['wanted']}, "
                    f"{each['given']} given"
                )
    print(f"{told['passages_per_s']:,} passages of {WORDS_PER_PASSAGE} words per second and core")
    print(f"{told['strings_per_min']:,.0f} distinct strings per minute")
    print(f"{told['million_strings_seconds']:.1f} s for a million strings, 20,000 distinct")


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    told = measure(options.seconds)
    if options.json:
        print(json.dumps(told, indent=2))
    else:
        _print(told)


if __name__ == "__main__":
    main()
