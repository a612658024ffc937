"""Clusters stand around canonical pictures, whatever order the rows come in."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.images.candidates import crowds, find_components
from pipeline.images.clusters import FAR, MAX_TRIED, cluster_rows
from pipeline.images.prints import Prints
from schemas.fingerprints import VIEWS

WIDE = 8


def draw_prints(seed: int, count: int) -> Prints:
    """Draw hashes and views around a few centres, so that chains and crowds occur."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, 4, dtype=np.uint64)
    drawn = rng.choice(centres, (count, 1 + len(VIEWS)))
    drawn[:, 1:] = rng.integers(0, 2**64, (count, len(VIEWS)), dtype=np.uint64)
    drawn[:, 1] = rng.choice(centres, count)
    flips = np.uint64(1) << rng.integers(0, 64, (count, 1 + len(VIEWS), 6)).astype(np.uint64)
    drawn ^= np.bitwise_xor.reduce(flips, axis=2)
    colours = np.zeros((count, 3, 3, 3), np.float32)
    return Prints(drawn[:, 0].copy(), drawn[:, 1:].copy(), colours, None)


def members_of(prints: Prints, rank: np.ndarray) -> dict[int, int]:
    """Cluster all rows; the pixel test is a rule that only the two hashes decide."""

    def test(row: int, canonical: int) -> str | None:
        one, other = int(prints.phashes[row]), int(prints.phashes[canonical])
        return "phash" if (one ^ other).bit_count() <= 6 else None

    members = {}
    for rows in crowds(find_components(prints.phashes, prints.views, WIDE)):
        ordered = rows[np.argsort(rank[rows])]
        near = lambda canonical, others: prints.near(canonical, others, WIDE)  # noqa: E731
        members |= cluster_rows(ordered, near, test)
    return {row: member.canonical for row, member in members.items()}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 60))
def test_clusters_do_not_depend_on_the_order_of_rows(seed, count) -> None:
    prints = draw_prints(seed, count)
    rng = np.random.default_rng(seed + 1)
    rank, order = rng.permutation(count), rng.permutation(count)
    moved = Prints(prints.phashes[order], prints.views[order], prints.colours, None)
    before = members_of(prints, rank)
    after = members_of(moved, rank[order])
    assert {int(order[row]): int(order[other]) for row, other in after.items()} == before


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 60))
def test_every_member_passes_the_test_with_a_canonical_row_of_better_rank(seed, count) -> None:
    prints = draw_prints(seed, count)
    rank = np.random.default_rng(seed).permutation(count)
    members = members_of(prints, rank)
    for row, canonical in members.items():
        assert canonical not in members
        assert rank[canonical] < rank[row]
        apart = int(prints.phashes[row]) ^ int(prints.phashes[canonical])
        assert apart.bit_count() <= 6


def test_a_chain_is_cut_where_a_member_is_too_far_from_the_canonical_row() -> None:
    places = np.arange(6) * 3

    def near(canonical: int, rows: np.ndarray) -> np.ndarray:
        return np.abs(places[rows] - places[canonical]).astype(np.uint8)

    def test(row: int, canonical: int) -> str | None:
        return "phash" if abs(places[row] - places[canonical]) <= 4 else None

    found = cluster_rows(np.arange(6), near, test)
    assert {row: member.canonical for row, member in found.items()} == {1: 0, 3: 2, 5: 4}


def test_a_row_is_compared_with_a_bounded_number_of_canonical_rows() -> None:
    asked = []

    def test(row: int, canonical: int) -> None:
        asked.append((row, canonical))

    def near(_canonical: int, rows: np.ndarray) -> np.ndarray:
        return np.full(len(rows), 8, np.uint8)

    assert cluster_rows(np.arange(80), near, test) == {}
    assert max(np.bincount([row for row, _ in asked])) == MAX_TRIED
    assert (79, 0) in asked


def test_what_is_not_near_is_not_asked() -> None:
    def near(_canonical: int, rows: np.ndarray) -> np.ndarray:
        return np.full(len(rows), FAR + 1, np.uint8)

    def refuse(_row: int, _canonical: int) -> None:
        raise AssertionError

    assert cluster_rows(np.arange(5), near, refuse) == {}
