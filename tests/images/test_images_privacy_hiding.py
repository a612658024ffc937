"""What is hidden cannot be brought back: only a few means of what stood there are left."""

import numpy as np

from pipeline.images.hiding import N_BLOCKS, hide_places

PLACE = ((20.0, 20.0), (99.0, 20.0), (99.0, 59.0), (20.0, 59.0))


def ground() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (120, 160, 3), np.uint8)


def test_only_the_place_changes() -> None:
    before = ground()
    kept = before.copy()
    after = hide_places(before, [PLACE])
    assert np.array_equal(before, kept)
    changed = (before != after).any(axis=2)
    assert changed[20:60, 20:100].mean() > 0.97
    assert not changed[:, 125:].any()
    assert not changed[80:].any()


def test_different_contents_of_equal_means_become_the_same_bytes() -> None:
    one = ground()
    other = one.copy()
    # shuffle pixels within cells: every mean of a block of cells stays, the content does not
    rng = np.random.default_rng(5)
    place = ((0.0, 0.0), (159.0, 0.0), (159.0, 119.0), (0.0, 119.0))
    for top in range(0, 120, 40):
        for left in range(0, 160, 40):
            cell = other[top : top + 40, left : left + 40].reshape(-1, 3)
            other[top : top + 40, left : left + 40] = rng.permutation(cell).reshape(40, 40, 3)
    assert not np.array_equal(one, other)
    assert np.array_equal(hide_places(one, [place]), hide_places(other, [place]))


def test_little_of_it_is_left() -> None:
    hidden = hide_places(ground(), [PLACE])[22:58, 22:98].astype(float)
    across = np.abs(np.diff(hidden, axis=1)).sum(axis=1).max()
    assert N_BLOCKS == 4
    assert across < 3 * 76  # smooth, where the noise changed by 85 levels a pixel


def test_turned_places_and_places_beyond_the_edge_are_hidden() -> None:
    before = ground()
    lozenge = ((60.0, 10.0), (90.0, 40.0), (60.0, 70.0), (30.0, 40.0))
    after = hide_places(before, [lozenge])
    changed = (before != after).any(axis=2)
    assert changed[35:45, 40:80].mean() > 0.97
    assert not changed[3:8, 20:30].any()
    outside = ((-50.0, -50.0), (5.0, -50.0), (5.0, 5.0), (-50.0, 5.0))
    assert (hide_places(before, [outside]) != before).any()
    beyond = ((500.0, 500.0), (600.0, 500.0), (600.0, 600.0), (500.0, 600.0))
    assert np.array_equal(hide_places(before, [beyond]), before)
