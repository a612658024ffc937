"""Which pictures may be the same picture, told from their hashes alone: complete, and not final."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.images.neighbours import Hashes, near_pairs

Places: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Adjacency:
    """For every row a list of numbers: those of row r are `targets[starts[r] : starts[r + 1]]`."""

    starts: Places
    targets: Places

    def of(self, row: int) -> Places:
        """Return the numbers of one row, ascending."""
        return self.targets[self.starts[row] : self.starts[row + 1]]

    def counts(self) -> Places:
        """Return how many numbers each row has."""
        return np.diff(self.starts)


def adjacency(rows: Places, targets: Places, n_rows: int) -> Adjacency:
    """Gather (row, target) links by row; a link that is told twice counts once."""
    links = np.unique(np.stack([rows, targets], axis=1), axis=0) if len(rows) else None
    if links is None:
        return Adjacency(np.zeros(n_rows + 1, np.int64), np.empty(0, np.int64))
    starts = np.searchsorted(links[:, 0], np.arange(n_rows + 1))
    return Adjacency(np.asarray(starts, np.int64), np.asarray(links[:, 1], np.int64))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Near hashes of a set of pictures.

    ``place`` is the number of each picture's hash among the distinct ones. ``near`` lists, for a
    distinct hash, the others within the distance. ``seen`` lists, for a picture, the distinct
    hashes that one of its own views (mirror, crops) comes near, its own hash left out.
    """

    place: Places
    near: Adjacency
    seen: Adjacency

    def rows(self) -> Iterator[int]:
        """Yield the pictures that have a candidate at all, in their order."""
        copies = np.bincount(self.place, minlength=len(self.near.starts) - 1)
        wanted = (copies > 1) | (self.near.counts() > 0)
        wanted[self.seen.targets] = True
        yield from np.flatnonzero(wanted[self.place] | (self.seen.counts() > 0)).tolist()


def find_candidates(hashes: Hashes, views: Hashes, distance: int) -> Candidates:
    """Return all candidates within a distance: `hashes` has shape (n,), `views` (n, views)."""
    values, place = np.unique(hashes, return_inverse=True)
    pairs = near_pairs(values, distance)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    found = np.empty((0, 2), np.int64)
    for column in range(views.shape[1]):
        links = _view_links(values, views[:, column], distance)
        found = np.concatenate([found, links[place[links[:, 0]] != links[:, 1]]])
    return Candidates(
        np.asarray(place, np.int64),
        adjacency(both[:, 0], both[:, 1], len(values)),
        adjacency(found[:, 0], found[:, 1], len(hashes)),
    )


def _view_links(values: Hashes, view: Hashes, distance: int) -> Places:
    """Return (row, place of a value) for every view that is near one of the sorted values."""
    union = np.union1d(values, view)
    is_value = np.zeros(len(union), np.bool_)
    at_value = np.searchsorted(union, values)
    is_value[at_value] = True
    of_view = np.searchsorted(union, view)
    pairs = near_pairs(union, distance)
    same = np.stack([at_value, at_value], axis=1)
    links = np.concatenate([pairs, pairs[:, ::-1], same])  # (view's place, value's place)
    links = links[is_value[links[:, 1]]]
    order = np.argsort(of_view, kind="stable")
    first = np.searchsorted(of_view[order], links[:, 0], side="left")
    counts = np.searchsorted(of_view[order], links[:, 0], side="right") - first
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = order[np.repeat(first, counts) + within]
    targets = np.searchsorted(values, union[np.repeat(links[:, 1], counts)])
    return np.asarray(np.stack([rows, targets], axis=1), np.int64)
