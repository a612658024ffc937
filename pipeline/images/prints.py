"""Fingerprints as arrays, and how near those of two pictures are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.images.clusters import FAR
from pipeline.images.neighbours import Hashes, Places
from schemas.fingerprints import VIEWS

Signatures: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints of n pictures as arrays: (n,), (n, views), (n, 3, 3, 3), and blob digests.

    Fingerprints of benchmarks can be appended to those of a corpus: nothing here knows of sources.
    """

    phashes: Hashes
    views: Hashes
    colours: Signatures
    blobs: pa.ChunkedArray

    @classmethod
    def of(cls, fingerprints: pa.Table, blobs: pa.ChunkedArray) -> Prints:
        """Take the arrays out of rows of `fingerprints` that are all `ok`."""
        count = fingerprints.num_rows
        return cls(
            fingerprints["phash"].to_numpy(),
            _flat(fingerprints["view_phashes"])
            .astype(np.uint64, copy=False)
            .reshape(count, len(VIEWS)),
            _flat(fingerprints["colour_signature"])
            .astype(np.float32, copy=False)
            .reshape(count, 3, 3, 3),
            blobs,
        )

    def append(self, other: Prints) -> Prints:
        """Return these prints, followed by others."""
        return Prints(
            np.concatenate([self.phashes, other.phashes]),
            np.concatenate([self.views, other.views]),
            np.concatenate([self.colours, other.colours]),
            pa.chunked_array([*self.blobs.chunks, *other.blobs.chunks], self.blobs.type),
        )

    def bits(self, row: int, canonical: int) -> npt.NDArray[np.uint8]:
        """Return the distances of the two hashes, of row's views, and of canonical's views."""
        one, other = self.phashes[row], self.phashes[canonical]
        apart = [[one ^ other], self.views[row] ^ other, self.views[canonical] ^ one]
        return np.asarray(np.bitwise_count(np.concatenate(apart)), np.uint8)

    def near(self, canonical: int, rows: Places, distance: int) -> npt.NDArray[np.uint8]:
        """Return the least distance of each row to a canonical one; beyond `distance`, 255."""
        hashes = self.phashes[rows]
        apart = np.bitwise_count(hashes ^ self.phashes[canonical])
        for view in range(self.views.shape[1]):
            seen = self.views[rows, view] ^ self.phashes[canonical]
            shown = hashes ^ self.views[canonical, view]
            apart = np.minimum(apart, np.bitwise_count(seen))
            apart = np.minimum(apart, np.bitwise_count(shown))
        return np.where(apart <= min(distance, FAR), apart, np.uint8(255))


def _flat(lists: pa.ChunkedArray) -> npt.NDArray[np.generic]:
    """Return the values of all lists, one after the other."""
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in lists.chunks]
    if len(parts) == 1:
        return np.asarray(parts[0])
    return np.concatenate(parts) if parts else np.empty(0, lists.type.value_type.to_pandas_dtype())
