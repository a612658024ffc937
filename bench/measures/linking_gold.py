"""The gold of linking and mentions: read, parted into halves, and answers scored against it.

`tests/gold/linking.jsonl` holds strings with the answer that a dermatologist would give;
`tests/gold/passages.jsonl` holds passages with their mentions marked in place, as
`{text|kind:id}` or `{text|kind:id|status}` where the status is not affirmed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.knowledge.link import Link
from pipeline.knowledge.mentions import Mention

GOLD = Path(__file__).parents[2] / "tests" / "gold"
HALVES = ("development", "test")
# Kinds of which a text can say that they are not there.
ASSERTED = ("disease", "sign")
# A string of these classes must not be linked, whatever the reason of the refusal.
TRAPS = ("trap", "denied", "others", "hostile", "absent")

_MARK = re.compile(r"\{([^{}|]*)\|([a-z_]+):([^{}|]*)(?:\|([a-z]+))?\}")


@dataclass(frozen=True, slots=True)
class GoldString:
    """A string, its class, and its answer: `condition_id` where the status is linked."""

    text: str
    group: str
    status: str
    condition_id: str | None


@dataclass(frozen=True, slots=True)
class GoldMention:
    """What a passage mentions from `start` to `end`; kinds concept and finding are a sign."""

    kind: str
    term_id: str
    start: int
    end: int
    status: str
    is_finding: bool = False


@dataclass(frozen=True, slots=True)
class GoldPassage:
    """A passage, whose voice it is, and its mentions."""

    text: str
    voice: str
    mentions: tuple[GoldMention, ...]


@dataclass(slots=True)
class Tally:
    """Counts of answers; precision and recall are 1 where there is nothing to count."""

    right: int = 0
    given: int = 0
    wanted: int = 0

    @property
    def precision(self) -> float:
        """Share of the given answers that are right."""
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        """Share of the wanted answers that are given."""
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class LinkScore:
    """Links of strings: `all` and by class; refusals whose reason is right; traps linked."""

    all: Tally = field(default_factory=Tally)
    groups: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    n_refusals: int = 0
    n_right_reasons: int = 0
    traps_answered: int = 0


@dataclass(slots=True)
class MentionScore:
    """Mentions with exact span, kind and id; assertions of those found that can be denied."""

    all: Tally = field(default_factory=Tally)
    kinds: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    statuses: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    @property
    def negation_accuracy(self) -> float:
        """Share of the mentions found whose assertion is the right one of five."""
        tallies = self.statuses.values()
        return sum(each.right for each in tallies) / max(1, sum(each.wanted for each in tallies))


def half_of(text: str) -> str:
    """Return the half that a text belongs to, for ever: by the first bit of its SHA-256."""
    return HALVES[hashlib.sha256(text.encode()).digest()[0] >> 7]


def gold_strings(half: str) -> list[GoldString]:
    """Return the strings of one half, in the order of the file."""
    rows = [json.loads(line) for line in _lines("linking.jsonl")]
    return [
        GoldString(row["text"], row["class"], row["status"], row.get("condition_id"))
        for row in rows
        if half_of(row["text"]) == half
    ]


def gold_passages(half: str) -> list[GoldPassage]:
    """Return the passages of one half, in the order of the file."""
    rows = [json.loads(line) for line in _lines("passages.jsonl")]
    passages = [_unmarked(row["passage"], row["voice"]) for row in rows]
    return [each for each in passages if half_of(each.text) == half]


def score_links(strings: Iterable[GoldString], link: Callable[[str], Link]) -> LinkScore:
    """Return how a linker does on strings."""
    score = LinkScore()
    for gold in strings:
        answer = link(gold.text)
        right = answer.condition_id is not None and answer.condition_id == gold.condition_id
        for tally in (score.all, score.groups[gold.group]):
            tally.given += answer.condition_id is not None
            tally.wanted += gold.condition_id is not None
            tally.right += right
        if gold.condition_id is None:
            score.n_refusals += 1
            score.n_right_reasons += answer.status == gold.status
        is_wrong = answer.condition_id is not None and not right
        score.traps_answered += is_wrong and gold.group in TRAPS
    return score


def score_mentions(
    passages: Iterable[GoldPassage], find: Callable[[str], list[Mention]]
) -> MentionScore:
    """Return how a finder does on passages."""
    score = MentionScore()
    for passage in passages:
        wanted = {_place(each): each.status for each in passage.mentions}
        found = {
            (_kind(each.kind), each.term_id, each.start, each.end): each.assertion
            for each in find(passage.text)
            if not _is_part_of_finding(each, passage)
        }
        for place in wanted.keys() | found.keys():
            for tally in (score.all, score.kinds[place[0]]):
                tally.wanted += place in wanted
                tally.given += place in found
                tally.right += place in wanted and place in found
        for place in wanted.keys() & found.keys():
            if place[0] in ASSERTED:
                score.statuses[wanted[place]].wanted += 1
                score.statuses[wanted[place]].right += wanted[place] == found[place]
                score.statuses[found[place]].given += 1
    return score


def _lines(name: str) -> list[str]:
    return [line for line in (GOLD / name).read_text("utf-8").split("\n") if line]


def _unmarked(passage: str, voice: str) -> GoldPassage:
    text, at = "", 0
    mentions: list[GoldMention] = []
    for mark in _MARK.finditer(passage):
        text += passage[at : mark.start()]
        start = len(text)
        text += mark[1]
        status = mark[4] or "affirmed"
        place = (start, len(text))
        is_finding = mark[2] == "finding"
        mentions.append(GoldMention(_kind(mark[2]), mark[3], *place, status, is_finding))
        at = mark.end()
    return GoldPassage(text + passage[at:], voice, tuple(mentions))


def _kind(kind: str) -> str:
    return "sign" if kind in ("concept", "finding") else kind


def _is_part_of_finding(mention: Mention, passage: GoldPassage) -> bool:
    """Tell whether a concept is one that a marked finding is made of: neither right nor wrong."""
    return mention.kind == "concept" and any(
        each.is_finding
        and each.start <= mention.start
        and mention.end <= each.end
        and mention.end - mention.start < each.end - each.start
        for each in passage.mentions
    )


def _place(mention: GoldMention) -> tuple[str, str, int, int]:
    return (mention.kind, mention.term_id, mention.start, mention.end)
