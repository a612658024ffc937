"""The join is complete and exact: equal to brute force, on random and on crowded hashes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.images.candidates import crowds, find_components
from pipeline.images.neighbours import distances, extend_pairs, near_links, near_pairs

HASH = st.integers(0, 2**64 - 1)


def brute_force(hashes: np.ndarray, distance: int) -> list[tuple[int, int]]:
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None])
    return list(zip(*np.nonzero(np.triu(apart <= distance, 1)), strict=True))


def as_tuples(pairs: np.ndarray) -> list[tuple[int, int]]:
    return [tuple(pair) for pair in pairs.tolist()]


@st.composite
def crowded(draw) -> np.ndarray:
    """Distinct hashes, most of them a few flipped bits away from one of a few centres."""
    centres = draw(st.lists(HASH, min_size=1, max_size=4))
    hashes = set(draw(st.lists(HASH, max_size=10)))
    for _ in range(draw(st.integers(0, 40))):
        value = draw(st.sampled_from(centres))
        for bit in draw(st.lists(st.integers(0, 63), max_size=12)):
            value ^= 1 << bit
        hashes.add(value)
    return np.array(draw(st.permutations(sorted(hashes))), np.uint64)


@settings(max_examples=120, deadline=None)
@given(hashes=crowded(), distance=st.integers(0, 10))
def test_the_join_equals_brute_force(hashes, distance) -> None:
    assert as_tuples(near_pairs(hashes, distance)) == brute_force(hashes, distance)


@pytest.mark.parametrize("distance", [1, 4, 5, 6, 8, 10])
def test_pairs_at_exactly_the_distance_are_found_wherever_the_bits_lie(distance) -> None:
    rng = np.random.default_rng(distance)
    centres = rng.integers(0, 2**64, 2000, dtype=np.uint64)
    at = centres.copy()
    beyond = centres.copy()
    for row in range(len(centres)):
        flipped = rng.permutation(64)[: distance + 1].astype(np.uint64)
        at[row] ^= np.bitwise_or.reduce(np.uint64(1) << flipped[:-1])
        beyond[row] ^= np.bitwise_or.reduce(np.uint64(1) << flipped)
    found = as_tuples(near_pairs(np.concatenate([centres, at]), distance))
    assert set(found) >= {(row, row + 2000) for row in range(2000)}
    far = as_tuples(near_pairs(np.concatenate([centres, beyond]), distance))
    assert not set(far) & {(row, row + 2000) for row in range(2000)}


def test_blocks_do_not_cut_runs(monkeypatch) -> None:
    monkeypatch.setattr("pipeline.images.neighbours.BLOCK", 7)
    rng = np.random.default_rng(3)
    flips = np.uint64(1) << rng.integers(0, 64, (400, 5)).astype(np.uint64)
    hashes = np.unique(np.uint64(2**63 + 12345) ^ np.bitwise_or.reduce(flips, axis=1))
    assert as_tuples(near_pairs(hashes, 6)) == brute_force(hashes, 6)


@pytest.mark.parametrize(("hashes", "distance"), [([], 4), ([7], 8), ([7, 6], 0)])
def test_nothing_near_gives_an_empty_table(hashes, distance) -> None:
    assert near_pairs(np.array(hashes, np.uint64), distance).shape == (0, 2)


def test_what_the_join_does_not_take() -> None:
    with pytest.raises(ValueError, match="distinct"):
        near_pairs(np.array([5, 9, 5], np.uint64), 4)
    with pytest.raises(ValueError, match="distance 11"):
        near_pairs(np.array([5, 9], np.uint64), 11)


def test_distances_are_counted_bits() -> None:
    one = np.array([0, 2**64 - 1, 0b1011], np.uint64)
    assert distances(one, np.array([0, 0, 0b0110], np.uint64)).tolist() == [0, 64, 3]


@pytest.fixture(params=["few", "many"])
def each_way(request, monkeypatch) -> None:
    """Compare few probes with all hashes, or look for them in buckets as many are."""
    if request.param == "many":
        monkeypatch.setattr("pipeline.images.neighbours.FEW", 0)
        monkeypatch.setattr("pipeline.images.neighbours.ASKED", 7)


WAYS = HealthCheck.function_scoped_fixture


@settings(max_examples=80, deadline=None, suppress_health_check=[WAYS])
@given(hashes=crowded(), probes=crowded(), distance=st.integers(0, 10))
def test_links_equal_brute_force(each_way, hashes, probes, distance) -> None:
    apart = np.bitwise_count(probes[:, None] ^ hashes[None])
    expected = np.argwhere(apart <= distance).tolist()
    assert near_links(hashes, probes, distance).tolist() == expected


@settings(max_examples=80, deadline=None, suppress_health_check=[WAYS])
@given(hashes=crowded(), distance=st.integers(0, 10), share=st.floats(0, 1))
def test_new_hashes_joined_to_known_ones_give_the_whole_join(
    each_way, hashes, distance, share
) -> None:
    n_known = int(share * len(hashes))
    known = near_pairs(hashes[:n_known], distance)
    found = extend_pairs(known, hashes, n_known, distance)
    assert found.tolist() == near_pairs(hashes, distance).tolist()


def test_a_new_hash_that_is_known_is_refused() -> None:
    hashes = np.array([5, 9, 5], np.uint64)
    with pytest.raises(ValueError, match="distinct"):
        extend_pairs(np.empty((0, 2), np.int64), hashes, 2, 4)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 60), folded=st.sampled_from([1, 9]))
def test_components_are_those_of_brute_force(seed, count, folded) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, 8, dtype=np.uint64)
    drawn = rng.choice(centres, (count, 3))
    flips = np.uint64(1) << rng.integers(0, 64, (count, 3, 7)).astype(np.uint64)
    drawn ^= np.bitwise_xor.reduce(flips, axis=2)
    hashes, views = drawn[:, 0].copy(), drawn[:, 1:].copy()
    hashes[rng.random(count) < 0.3] = centres[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.images.candidates.FOLDED_AT_ONCE", folded)
        labels = find_components(hashes, views, 8)
    seen = (np.bitwise_count(views[:, :, None] ^ hashes) <= 8).any(axis=1)
    linked = (np.bitwise_count(hashes[:, None] ^ hashes) <= 8) | seen | seen.T
    reached = np.eye(count, dtype=bool)
    for _ in range(count):
        reached = reached @ linked
    assert (labels[:, None] == labels[None]).tolist() == reached.tolist()
    crowded_rows = [rows.tolist() for rows in crowds(labels)]
    assert (
        sorted(row for rows in crowded_rows for row in rows)
        == np.flatnonzero(reached.sum(axis=1) > 1).tolist()
    )
    assert all(len(set(labels[rows])) == 1 for rows in crowded_rows)
