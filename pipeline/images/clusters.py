"""Clusters of pictures around a canonical one.

The pictures of a component are taken in order of preference. Each joins the nearest canonical
picture that passes the test, or else is the canonical picture of a new cluster. Every member has
thus been compared with the one that stands for it: chains of small changes cannot form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.images.neighbours import Places

Method = Literal["pixels", "phash", "view"]
Near = Callable[[int, Places], npt.NDArray[np.integer]]
"""Canonical row, rows -> bits by which each row is away from it; more than FAR means not near."""
Test = Callable[[int, int], Method | None]
"""Row, canonical row -> how the two were recognised as one picture, or null."""

FAR = 64
MAX_TRIED = 24  # canonical pictures; whoever is near to more has a hash that says nothing


@dataclass(frozen=True, slots=True)
class Membership:
    """The canonical row that a row belongs to, and how that was recognised."""

    canonical: int
    method: Method


def cluster_rows(rows: Places, near: Near, test: Test) -> dict[int, Membership]:
    """Return the rows of a component that are not canonical; `rows` stand in order of preference.

    Canonical rows with a nearer hash, then those of better rank, are tried first.
    """
    members: dict[int, Membership] = {}
    tried: list[list[tuple[int, int]]] = [[] for _ in rows]
    for at, row in enumerate(rows.tolist()):
        found = _first_match(row, sorted(tried[at])[:MAX_TRIED], rows, test)
        tried[at] = []
        if found is not None:
            members[row] = found
            continue
        after = rows[at + 1 :]
        if len(after):
            bits = near(row, after)
            for place in np.flatnonzero(bits <= FAR).tolist():
                tried[at + 1 + place].append((int(bits[place]), at))
    return members


def _first_match(
    row: int, tried: list[tuple[int, int]], rows: Places, test: Test
) -> Membership | None:
    for _, place in tried:
        canonical = int(rows[place])
        method = test(row, canonical)
        if method is not None:
            return Membership(canonical, method)
    return None
