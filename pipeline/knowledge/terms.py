"""All terms of the ontology by key: what each means, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.knowledge.ontology import Ontology, Rule
from pipeline.knowledge.spelling import term_key

# Categories are headings; nobody has one as a diagnosis.
HIGHEST_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a term means: one condition, or several and the rule that decides."""

    condition_ids: tuple[str, ...]
    is_name: bool
    rule: Rule | None = None

    @property
    def chosen(self) -> str | None:
        """The condition that the term means where it stands alone, as a label does."""
        if self.rule == "never" or (self.rule == "spelled_out" and len(self.condition_ids) > 1):
            return None
        return self.condition_ids[0]


class TermIndex:
    """Terms of groups, conditions and subtypes: words by key, abbreviations as written."""

    def __init__(self, ontology: Ontology) -> None:
        self.words: dict[str, Meaning] = {}
        self.abbreviations: dict[str, Meaning] = {}
        for condition in ontology:
            if condition.level < HIGHEST_LEVEL:
                continue
            for term in condition.terms:
                meaning = Meaning((condition.condition_id,), term == condition.name)
                self.words.setdefault(term_key(term), meaning)
            for abbreviation in condition.abbreviations:
                meaning = Meaning((condition.condition_id,), is_name=False)
                self.abbreviations.setdefault(abbreviation, meaning)
        for each in ontology.ambiguities:
            meaning = Meaning(each.condition_ids, is_name=False, rule=each.rule)
            if is_abbreviation(each.text):
                self.abbreviations[each.text] = meaning
            else:
                key = term_key(each.text)
                standing = self.words.get(key)
                is_name = standing is not None and standing.is_name
                self.words[key] = Meaning(each.condition_ids, is_name, each.rule)

    def abbreviation(self, word: str) -> Meaning | None:
        """Return what a word means as an abbreviation, also with a plural s (`BCCs`)."""
        meaning = self.abbreviations.get(word)
        if meaning is None and word.endswith("s"):
            meaning = self.abbreviations.get(word[:-1])
        return meaning


def is_abbreviation(text: str) -> bool:
    """Tell whether a text is written as an abbreviation: capitals without a space."""
    return text.isupper() and " " not in text
