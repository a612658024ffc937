"""The test of two candidates: are they one picture?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pipeline.errors import NotFoundError
from pipeline.images.clusters import Method
from pipeline.images.prints import Prints, Signatures
from pipeline.images.reduced import decode_reduced
from pipeline.images.similarity import Thumb, compare, make_thumb, signature_distance
from pipeline.images.srgb import Pixels
from pipeline.images.views import SIDE_PX, TRIMMED, reduce_squarely, see
from pipeline.store import MediaStore, Options
from schemas.fingerprints import TURNS, VIEWS

# mean of nine Lab distances, a common shift of lightness taken out
MAX_SIGNATURE_DISTANCE = 16.0  # coarse: a crop moves the cells, another white balance their colour
SURE_COLOUR_DISTANCE = 12.0  # within `duplicate_distance`
MAX_COLOUR_DISTANCE = 8.0
MIN_STRUCTURE = 0.89  # of generated pictures: changed copies exceed 0.91, other ones reach 0.85
MOST_VIEWS = 3  # of the near views, so many are laid on the other picture
SQUARES_IN_MEMORY = 512


class Sameness:
    """Tells how a picture was recognised as another: by its hash, or by that of a view."""

    def __init__(self, prints: Prints, media: MediaStore, options: Options) -> None:
        self._prints = prints
        self._media = media
        self._sure = int(options["duplicate_distance"])
        self._wide = int(options["candidate_distance"])
        self._square = lru_cache(maxsize=SQUARES_IN_MEMORY)(self._read_square)

    def test(self, row: int, canonical: int) -> Method | None:
        """Return how the two were recognised as one picture, or null if they are two."""
        bits = self._prints.bits(row, canonical)
        order = np.argsort(bits, kind="stable")[:MOST_VIEWS]
        for view in order[bits[order] <= self._wide].tolist():
            sure = view == 0 and bits[0] <= self._sure
            if self._is_alike(row, canonical, view, sure=sure):
                return "phash" if bits[0] <= self._wide else "view"
        return None

    def _is_alike(self, row: int, canonical: int, view: int, *, sure: bool) -> bool:
        if view > len(VIEWS):  # a view of the canonical one looks like the row
            row, canonical, view = canonical, row, view - len(VIEWS)
        mine, theirs = self._prints.colours[row], self._prints.colours[canonical]
        turned = _turned(mine, view - 1)
        if view - 1 != TRIMMED and signature_distance(turned, theirs) > MAX_SIGNATURE_DISTANCE:
            return False
        one, other = self._thumb(row, view - 1), self._thumb(canonical, -1)
        if one is None or other is None:
            return False
        found = compare(one, other)
        limit = SURE_COLOUR_DISTANCE if sure else MAX_COLOUR_DISTANCE
        return found.structure >= MIN_STRUCTURE and found.colour <= limit

    def _thumb(self, row: int, view: int) -> Thumb | None:
        square = self._square(row)
        if square is None:
            return None
        return make_thumb(see(square, view) if view >= 0 else square)

    def _read_square(self, row: int) -> Pixels | None:
        """Return a picture's small copy; null if its blob is not there: no proof, no match."""
        try:
            content = self._media.get(self._prints.blobs[row].as_py())
        except NotFoundError:
            return None
        return reduce_squarely(decode_reduced(content, SIDE_PX).pixels)


def _turned(colours: Signatures, view: int) -> Signatures:
    """Return a signature as the mirror (view 0) or a turn has it; other views change it little."""
    if not 0 <= view < len(TURNS):
        return colours
    return colours[:, ::-1] if view == 0 else np.rot90(colours, view)
