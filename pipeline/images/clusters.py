"""Clusters of pictures around a canonical one.

Pictures are taken in order of preference. Each joins the nearest canonical picture that is a
candidate and passes the test, or else is the canonical picture of a new cluster. Every member has
thus been compared with the one that stands for it: chains of small changes cannot form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from pipeline.images.candidates import Candidates

Method = Literal["pixels", "phash", "view"]
Test = Callable[[int, int], Method | None]
"""Row, canonical row -> how the two were recognised as one picture, or null."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The canonical row that a row belongs to, and how that was recognised."""

    canonical: int
    method: Method


@dataclass(slots=True)
class _Canonicals:
    """Canonical rows found so far, by the hash they have and by the hashes their views see."""

    candidates: Candidates
    having: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    seeing: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: int) -> None:
        self.having[int(self.candidates.place[row])].append(row)
        for value in self.candidates.seen.of(row).tolist():
            self.seeing[value].append(row)

    def near(self, row: int) -> list[int]:
        place = int(self.candidates.place[row])
        values = [place, *self.candidates.near.of(place).tolist()]
        values += self.candidates.seen.of(row).tolist()
        found = [each for value in values for each in self.having.get(value, ())]
        return list(dict.fromkeys([*found, *self.seeing.get(place, ())]))


def cluster_rows(candidates: Candidates, rank: Sequence[int], test: Test) -> dict[int, Membership]:
    """Return the rows that are not canonical; `rank` is the order of preference, lowest first.

    Canonical rows with an equal hash, or of better rank, are tried first.
    """
    canonicals = _Canonicals(candidates)
    members: dict[int, Membership] = {}
    place = candidates.place
    ranks = np.asarray(rank)
    for row in sorted(candidates.rows(), key=lambda each: int(ranks[each])):
        tried = sorted(
            canonicals.near(row), key=lambda each: (place[each] != place[row], int(ranks[each]))
        )
        for canonical in tried:
            method = test(row, canonical)
            if method is not None:
                members[row] = Membership(canonical, method)
                break
        else:
            canonicals.add(row)
    return members
