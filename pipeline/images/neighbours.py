"""The complete near-duplicate join of 64-bit hashes.

Cut the 64 bits into bands. Two hashes that differ in d bits differ in at most d bands, so with
d + k bands at least k are equal. For every choice of k bands the hashes are sorted with these bands
first; near pairs then lie in one run of equal bands, and no pair is missed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

BITS = 64
THREADS = 2
BLOCK = 1 << 15  # hashes compared at a time: they stay in the processor's cache

Hashes: TypeAlias = npt.NDArray[np.uint64]
Pairs: TypeAlias = npt.NDArray[np.int64]
Band: TypeAlias = tuple[int, int]
"""Lowest bit and width of a band."""


def near_pairs(hashes: Hashes, distance: int) -> Pairs:
    """Return all index pairs i < j of distinct hashes that differ in at most `distance` bits.

    The result has shape (n, 2) and is sorted. Equal hashes are to be collapsed by the caller
    (`np.unique`), so that thousands of copies do not give millions of pairs.

    Raises:
        ValueError: a hash repeats, or the distance is not between 0 and 10.
    """
    order = np.argsort(hashes, kind="stable")
    values = np.asarray(hashes[order], np.uint64)
    if len(values) > 1 and not (values[1:] > values[:-1]).all():
        raise ValueError("near_pairs needs distinct hashes; collapse equal ones with np.unique")
    if not 0 <= distance <= 10:
        raise ValueError(f"distance {distance} is not between 0 and 10")
    if distance == 0 or len(values) < 2:
        return np.empty((0, 2), np.int64)
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(partial(_pairs_of, values, distance), *_choices(distance)))
    places = np.searchsorted(values, np.concatenate(found).ravel()).reshape(-1, 2)
    pairs = np.sort(order[places], axis=1)
    return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))], np.int64)


def distances(one: Hashes, other: Hashes) -> npt.NDArray[np.int32]:
    """Return the number of bits in which hashes differ, element by element."""
    return np.asarray(np.bitwise_count(one ^ other), np.int32)


def _choices(distance: int) -> tuple[list[list[Band]], list[list[Band]]]:
    """Return every choice of bands that are to be equal, and beside it the bands left over."""
    equal = 2 if distance <= 5 else 3
    edges = np.linspace(0, BITS, distance + equal + 1).round().astype(int)
    bands = [(int(low), int(high - low)) for low, high in pairwise(edges)]
    chosen = [list(each) for each in combinations(bands, equal)]
    return chosen, [[band for band in bands if band not in each] for each in chosen]


def _pairs_of(values: Hashes, distance: int, chosen: list[Band], rest: list[Band]) -> Hashes:
    """Return the near pairs whose first equal bands are the chosen ones, as hashes, (n, 2)."""
    order = _joined([*rest, *chosen])  # from the lowest bit up: the chosen bands become the highest
    moved = np.sort(_move(values, order))
    below = np.uint64(sum(width for _, width in rest))
    found = [np.empty((0, 2), np.uint64)]
    for start in range(0, len(moved), BLOCK):
        for step in range(1, len(moved) - start):
            here = moved[start : start + BLOCK]
            there = moved[start + step : start + step + BLOCK]
            apart = here[: len(there)] ^ there
            if (apart >> below).min():
                break  # no run of equal bands that starts in this block is this long
            near = np.flatnonzero(np.bitwise_count(apart) <= distance)
            if len(near):
                pair = np.stack([here[near], there[near]], axis=1)
                found.append(_restore(pair, order))
    pairs = np.concatenate(found)
    return pairs[_is_first(pairs[:, 0] ^ pairs[:, 1], chosen, rest)]


def _joined(bands: list[Band]) -> list[Band]:
    """Join bands that lie side by side, so that fewer pieces are moved."""
    joined: list[Band] = []
    for low, width in bands:
        if joined and sum(joined[-1]) == low:
            joined[-1] = (joined[-1][0], joined[-1][1] + width)
        else:
            joined.append((low, width))
    return joined


def _move(values: Hashes, order: list[Band]) -> Hashes:
    moved = np.zeros_like(values)
    target = 0
    for low, width in order:
        moved |= ((values >> np.uint64(low)) & _ones(width)) << np.uint64(target)
        target += width
    return moved


def _restore(moved: Hashes, order: list[Band]) -> Hashes:
    values = np.zeros_like(moved)
    target = 0
    for low, width in order:
        values |= ((moved >> np.uint64(target)) & _ones(width)) << np.uint64(low)
        target += width
    return values


def _is_first(apart: Hashes, chosen: list[Band], rest: list[Band]) -> npt.NDArray[np.bool_]:
    """Tell which pairs belong here: the chosen bands are equal, and no earlier band is."""
    first = np.ones(len(apart), np.bool_)
    for low, width in chosen:
        first &= (apart >> np.uint64(low)) & _ones(width) == 0
    for low, width in rest:
        if low < chosen[-1][0]:
            first &= (apart >> np.uint64(low)) & _ones(width) != 0
    return first


def _ones(width: int) -> np.uint64:
    return np.uint64((1 << width) - 1)
