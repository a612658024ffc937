"""The complete near-duplicate join of 64-bit hashes.

Cut the 64 bits into bands. Two hashes that differ in d bits differ in at most d bands, so with
d + k bands at least k are equal. For every choice of k bands the hashes are put into buckets by
these bands; near pairs then share a bucket, and no pair is missed. A pair that shares several
buckets is told in the first only.

The buckets are filled by a counting sort (the transpose of a sparse matrix), for `np.sort` of
64-bit numbers is several times slower on processors whose compressing stores are slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array  # type: ignore[import-untyped]

BITS = 64
MAX_DISTANCE = 10
THREADS = 2
BLOCK = 1 << 15  # hashes compared at a time: they stay in the processor's cache
DENSE = 0.25  # while more hashes than this have a neighbour so far on, all are compared unpicked
ASKED = 1 << 20  # probes that are sorted at a time
FEW = 256  # so few probes are compared with every hash
SCRAMBLE = np.uint64(0x9E3779B97F4A7C15)  # odd: a product's high bits depend on all bits below

Hashes: TypeAlias = npt.NDArray[np.uint64]
Places: TypeAlias = npt.NDArray[np.int64]
Band: TypeAlias = tuple[int, int]
"""Lowest bit and width of a band."""
Visit: TypeAlias = Callable[[Places], None]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Bands that are to be equal, highest last, and those of the others that come earlier."""

    equal: tuple[Band, ...]
    earlier: tuple[Band, ...]

    def width(self) -> int:
        """Return the number of bits in the equal bands."""
        return sum(width for _, width in self.equal)

    def keys(self, hashes: Hashes, bits: int) -> npt.NDArray[np.int32]:
        """Return the equal bands side by side, or if they are wider than `bits` a mix of them."""
        keys = np.zeros(len(hashes), np.uint64)
        for low, width in self.equal:
            keys <<= np.uint64(width)
            keys |= (hashes >> np.uint64(low)) & _ones(width)
        if self.width() > bits:
            keys = (keys * SCRAMBLE) >> np.uint64(BITS - bits)
        return keys.astype(np.int32)

    def is_first(self, apart: Hashes) -> npt.NDArray[np.bool_]:
        """Tell which pairs, given as XOR, belong here: these bands are equal, no earlier one is."""
        first = np.ones(len(apart), np.bool_)
        for low, width in self.equal:
            first &= (apart >> np.uint64(low)) & _ones(width) == 0
        for low, width in self.earlier:
            first &= (apart >> np.uint64(low)) & _ones(width) != 0
        return first


@dataclass(frozen=True, slots=True)
class _Buckets:
    """Hashes in the order of their keys; those of key k are `starts[k] : starts[k + 1]`."""

    hashes: Hashes
    rows: npt.NDArray[np.int32]
    bits: int
    starts: npt.NDArray[np.int32]


def near_pairs(hashes: Hashes, distance: int) -> Places:
    """Return all index pairs i < j of distinct hashes that differ in at most `distance` bits.

    The result has shape (n, 2) and is sorted. Equal hashes are to be collapsed by the caller
    (`np.unique`), so that thousands of copies do not give millions of pairs.

    Raises:
        ValueError: a hash repeats, or the distance is not between 0 and 10.
    """
    found: list[Places] = []
    visit_pairs(hashes, distance, found.append)
    return _sorted(found)


def near_links(hashes: Hashes, probes: Hashes, distance: int) -> Places:
    """Return all (probe, hash) index pairs that differ in at most `distance` bits, sorted.

    Raises:
        ValueError: the distance is not between 0 and 10.
    """
    found: list[Places] = []
    visit_links(hashes, probes, distance, found.append)
    return _sorted(found)


def extend_pairs(known: Places, hashes: Hashes, n_known: int, distance: int) -> Places:
    """Return `near_pairs(hashes, distance)`, given that of the first `n_known` hashes.

    Only the new hashes are compared, with one another and with the known ones.
    """
    old, new = hashes[:n_known], hashes[n_known:]
    links = near_links(old, new, distance)
    if (distances(new[links[:, 0]], old[links[:, 1]]) == 0).any():
        raise ValueError("near_pairs needs distinct hashes; a new one repeats a known one")
    across = links[:, ::-1] + np.array([0, n_known])
    return _sorted([known, across, near_pairs(new, distance) + n_known])


def visit_pairs(hashes: Hashes, distance: int, visit: Visit) -> None:
    """Give the pairs of `near_pairs` to a visitor, block by block, each pair once, in no order.

    The visitor is called from two threads. Nothing is held back for it: however many pairs there
    are, they take no memory here.
    """
    _check_distance(distance)
    ordered = np.sort(hashes)
    if len(hashes) > 1 and (ordered[1:] == ordered[:-1]).any():
        raise ValueError("near_pairs needs distinct hashes; collapse equal ones with np.unique")
    if distance == 0 or len(hashes) < 2:
        return
    hashes = np.ascontiguousarray(hashes, np.uint64)

    def search(choice: _Choice) -> None:
        for found in _pairs_of(_fill(hashes, choice), choice, distance):
            visit(found)

    _in_threads(search, _choices(distance))


def visit_links(hashes: Hashes, probes: Hashes, distance: int, visit: Visit) -> None:
    """Give the links of `near_links` to a visitor, as `visit_pairs` does with pairs."""
    _check_distance(distance)
    hashes = np.ascontiguousarray(hashes, np.uint64)
    probes = np.ascontiguousarray(probes, np.uint64)
    if not len(hashes) or not len(probes):
        return
    if len(probes) <= FEW:
        for row, probe in enumerate(probes):
            visit(_compare_all(hashes, probe, row, distance))
        return

    def search(choice: _Choice) -> None:
        buckets = _fill(hashes, choice)
        for start in range(0, len(probes), ASKED):
            for found in _links_of(buckets, probes[start : start + ASKED], choice, distance):
                visit(found + np.array([start, 0]))

    _in_threads(search, _choices(distance))


def distances(one: Hashes, other: Hashes) -> npt.NDArray[np.int32]:
    """Return the number of bits in which hashes differ, element by element."""
    return np.asarray(np.bitwise_count(one ^ other), np.int32)


def _check_distance(distance: int) -> None:
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(f"distance {distance} is not between 0 and {MAX_DISTANCE}")


def _choices(distance: int) -> list[_Choice]:
    """Return every choice of bands that are to be equal."""
    equal = 2 if distance <= 5 else 3
    edges = np.linspace(0, BITS, distance + equal + 1).round().astype(int)
    bands = [(int(low), int(high - low)) for low, high in pairwise(edges)]
    return [
        _Choice(chosen, tuple(band for band in bands if band not in chosen and band < chosen[-1]))
        for chosen in combinations(bands, equal)
    ]


def _in_threads(search: Callable[[_Choice], None], choices: list[_Choice]) -> None:
    """Search on two threads; NumPy and SciPy leave the interpreter free meanwhile."""
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(search, choices):
            pass


def _fill(hashes: Hashes, choice: _Choice, bits: int = 0) -> _Buckets:
    bits = bits or min(choice.width(), len(hashes).bit_length())
    rows = np.arange(len(hashes) + 1, dtype=np.int32)
    table = csr_array(
        (hashes.view(np.int64), choice.keys(hashes, bits), rows), shape=(len(hashes), 1 << bits)
    ).tocsc()
    return _Buckets(table.data.view(np.uint64), table.indices, bits, table.indptr)


def _pairs_of(buckets: _Buckets, choice: _Choice, distance: int) -> Iterator[Places]:
    """Yield the near pairs that share a bucket, those of an earlier choice left out."""
    # how many hashes of the same bucket follow each one
    counts = np.diff(buckets.starts)
    following = np.repeat(buckets.starts[1:], counts) - np.arange(1, len(buckets.hashes) + 1)
    for start in range(0, len(buckets.hashes), BLOCK):
        here = np.arange(start, min(start + BLOCK, len(buckets.hashes)), dtype=np.int64)
        left = following[start : start + BLOCK]
        longest, step = int(left.max()), 1
        while step <= longest:
            still = left >= step
            if np.count_nonzero(still) > DENSE * BLOCK:
                block = slice(start, start + BLOCK)
                yield from _near_at(buckets, choice, block, step, distance)
            else:
                here, left = here[still], left[still]
                yield from _near_at(buckets, choice, here, step, distance)
            step += 1


def _near_at(
    buckets: _Buckets, choice: _Choice, at: slice | Places, step: int, distance: int
) -> Iterator[Places]:
    hashes = buckets.hashes
    there: slice | Places
    if isinstance(at, slice):
        stop = min(at.stop, len(hashes) - step)
        at, there = slice(at.start, stop), slice(at.start + step, stop + step)
    else:
        there = at + step
    apart = hashes[at] ^ hashes[there]
    near = np.flatnonzero(np.bitwise_count(apart) <= distance)
    if len(near):
        near = near[choice.is_first(apart[near])]
        one, other = buckets.rows[at][near], buckets.rows[there][near]
        yield np.stack([np.minimum(one, other), np.maximum(one, other)], axis=1).astype(np.int64)


def _links_of(
    buckets: _Buckets, probes: Hashes, choice: _Choice, distance: int
) -> Iterator[Places]:
    """Yield (probe, hash) for near ones in one bucket, those of an earlier choice left out."""
    asked = _fill(probes, choice, buckets.bits)  # in the buckets' order: what is read lies near
    for start in range(0, len(probes), BLOCK):
        here = asked.hashes[start : start + BLOCK]
        keys = choice.keys(here, buckets.bits)
        at, stop = buckets.starts[keys], buckets.starts[keys + 1]
        rows = np.flatnonzero(at < stop)
        at, stop = at[rows], stop[rows]
        while len(rows):
            apart = here[rows] ^ buckets.hashes[at]
            near = np.flatnonzero(np.bitwise_count(apart) <= distance)
            if len(near):
                near = near[choice.is_first(apart[near])]
                found = (asked.rows[start + rows[near]], buckets.rows[at[near]])
                yield np.stack(found, axis=1).astype(np.int64)
            at = at + 1
            still = at < stop
            rows, at, stop = rows[still], at[still], stop[still]


def _compare_all(hashes: Hashes, probe: np.uint64, row: int, distance: int) -> Places:
    near = np.flatnonzero(np.bitwise_count(hashes ^ probe) <= distance)
    return np.stack([np.full(len(near), row), near], axis=1).astype(np.int64)


def _sorted(blocks: Iterable[Places]) -> Places:
    links = np.concatenate([np.empty((0, 2), np.int64), *blocks])
    return np.asarray(links[np.lexsort((links[:, 1], links[:, 0]))], np.int64)


def _ones(width: int) -> np.uint64:
    return np.uint64((1 << width) - 1)
