"""The test of two candidates: are they one picture?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import NotFoundError
from pipeline.images.clusters import Method
from pipeline.images.decode import decode_picture
from pipeline.images.neighbours import Hashes
from pipeline.images.similarity import Thumb, make_thumb, similarity
from pipeline.store import MediaStore, Options
from schemas.fingerprints import VIEWS

# mean of nine Lab distances, a common shift of lightness taken out
SURE_COLOUR_DISTANCE = (
    12.0  # within `duplicate_distance`: another white balance is no other picture
)
MAX_COLOUR_DISTANCE = 8.0
MIN_SIMILARITY = 0.82  # changed copies of a picture reach 0.85, two moles in one light 0.79
THUMBS_IN_MEMORY = 4096
MIRROR = VIEWS.index("mirror")

Signatures: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints of n pictures as arrays: (n,), (n, views), (n, 3, 3, 3), and blob digests.

    Fingerprints of benchmarks can be appended to those of a corpus: nothing here knows of sources.
    """

    phashes: Hashes
    views: Hashes
    colours: Signatures
    blobs: list[str]

    @classmethod
    def of(cls, fingerprints: pa.Table, blobs: pa.ChunkedArray) -> Prints:
        """Take the arrays out of rows of `fingerprints` that are all `ok`."""
        count = fingerprints.num_rows
        views = fingerprints["view_phashes"].combine_chunks().flatten().to_numpy()
        colours = fingerprints["colour_signature"].combine_chunks().flatten().to_numpy()
        return cls(
            fingerprints["phash"].to_numpy(),
            views.reshape(count, len(VIEWS)),
            colours.reshape(count, 3, 3, 3),
            blobs.to_pylist(),
        )


class Sameness:
    """Tells how a picture was recognised as another: by its hash, or by its pixels."""

    def __init__(self, prints: Prints, media: MediaStore, options: Options) -> None:
        self._prints = prints
        self._media = media
        self._sure = int(options["duplicate_distance"])
        self._wide = int(options["candidate_distance"])
        self._thumb = lru_cache(maxsize=THUMBS_IN_MEMORY)(self._read_thumb)

    def test(self, row: int, canonical: int) -> Method | None:
        """Return how the two were recognised as one picture, or null if they are two."""
        prints = self._prints
        apart = _bits(prints.phashes[row], prints.phashes[canonical])
        mine, theirs = prints.colours[row], prints.colours[canonical]
        limit = SURE_COLOUR_DISTANCE if apart <= self._sure else MAX_COLOUR_DISTANCE
        if colour_distance(mine, theirs) <= limit and self._is_alike(row, canonical):
            return "phash" if apart <= self._wide else "view"
        mirrored = _bits(prints.views[row, MIRROR], prints.phashes[canonical]) <= self._wide
        if mirrored and colour_distance(mine[:, ::-1], theirs) <= MAX_COLOUR_DISTANCE:
            return "view" if self._is_alike(row, canonical, mirrored=True) else None
        return None

    def _is_alike(self, row: int, canonical: int, *, mirrored: bool = False) -> bool:
        one, other = self._thumb(row), self._thumb(canonical)
        if one is None or other is None:
            return False
        turned = np.ascontiguousarray(one[:, ::-1]) if mirrored else one
        return similarity(turned, other) >= MIN_SIMILARITY

    def _read_thumb(self, row: int) -> Thumb | None:
        """Return a picture's thumb; null if its blob is no longer there: no proof, no match."""
        try:
            return make_thumb(decode_picture(self._media.get(self._prints.blobs[row])))
        except NotFoundError:
            return None


def colour_distance(one: Signatures, other: Signatures) -> float:
    """Return the mean Lab distance of two 3 x 3 signatures; exposure alone makes no distance."""
    apart = one - other
    apart = apart - apart.mean(axis=(0, 1)) * np.array([1, 0, 0], np.float32)
    return float(np.linalg.norm(apart, axis=2).mean())


def _bits(one: np.uint64, other: np.uint64) -> int:
    return int(np.bitwise_count(one ^ other))
