"""Which pictures hang together by their hashes alone: complete, and not final.

Two pictures are linked if their pHashes are near, or the pHash of one and that of a view of the
other. Links are folded into components as they are found, so that a crowd of pictures that are all
alike takes no more memory than others.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from pipeline.images.neighbours import Hashes, Places, visit_links, visit_pairs

FOLDED_AT_ONCE = 1 << 20  # links that are held until they are folded


class Components:
    """Components of n things under links that are told bit by bit, from any thread.

    A component's label is its lowest thing, so that labels of an earlier folding stay things.
    """

    def __init__(self, count: int) -> None:
        self._labels = np.arange(count, dtype=np.int32)
        self._held: list[Places] = []
        self._n_held = 0
        self._lock = threading.Lock()

    def add(self, links: Places) -> None:
        """Link things, (n, 2)."""
        joined = self._labels[links]
        joined = joined[joined[:, 0] != joined[:, 1]]
        if not len(joined):
            return
        with self._lock:
            self._held.append(joined)
            self._n_held += len(joined)
            if self._n_held >= FOLDED_AT_ONCE:
                self._fold()

    def labels(self) -> npt.NDArray[np.int32]:
        """Return the component of each thing: the lowest thing in it."""
        with self._lock:
            self._fold()
            return self._labels

    def _fold(self) -> None:
        count = len(self._labels)
        links = np.concatenate([np.empty((0, 2), np.int32), *self._held])
        self._held, self._n_held = [], 0
        table = coo_array((np.ones(len(links), np.bool_), (links[:, 0], links[:, 1])), (count,) * 2)
        _, of_label = connected_components(table, directed=False)
        lowest = np.full(count, count, np.int32)
        np.minimum.at(lowest, of_label, np.arange(count, dtype=np.int32))
        self._labels = lowest[of_label][self._labels]


def find_components(phashes: Hashes, views: Hashes, distance: int) -> npt.NDArray[np.int32]:
    """Return the component of each picture: `phashes` has shape (n,), `views` (n, views)."""
    values, place = np.unique(phashes, return_inverse=True)
    found = Components(len(values))
    if distance:
        visit_pairs(values, distance, found.add)
    n_views = views.shape[1]

    def link(links: Places) -> None:
        found.add(np.stack([place[links[:, 0] // n_views], links[:, 1]], axis=1))

    visit_links(values, views.ravel(), distance, link)
    return np.asarray(found.labels()[place], np.int32)


def crowds(labels: npt.NDArray[np.int32]) -> Iterator[Places]:
    """Yield the rows of each component that has more than one, in order of their labels."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=1)
    ends = np.cumsum(counts)
    for label in np.flatnonzero(counts > 1):
        yield order[ends[label] - counts[label] : ends[label]]
