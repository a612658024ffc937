"""The pixels of PDF pictures: decoded as they are embedded, or drawn as the page shows them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pymupdf

from pipeline.extract.deck import Box
from pipeline.images.decode import MAX_PIXELS, PictureError, Pixels

MAX_DRAWN_PIXELS = 24_000_000
MAX_ZOOM = 8.0
_CUT = ("padding truncated", "premature end", "library error")
_REFERENCE = re.compile(r"(\d+) 0 R")

mupdf: Any = pymupdf  # its calls carry no types
# what PyMuPDF raises on damaged files: MuPDF's own faults, and Python's where it did not look
BROKEN = (
    pymupdf.mupdf.FzErrorBase,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    OSError,
)


class Embedded:
    """The embedded pictures of a PDF.

    MuPDF fills up what is missing of a picture and only warns, and that once per document: here
    they are decoded from a document of their own, and what it says is remembered.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._document: Any = None
        self._warnings: dict[int, str] = {}
        self._digests: dict[int, bytes] = {}

    def close(self) -> None:
        """Close the document."""
        if self._document is not None:
            self._document.close()

    def digest(self, xref: int) -> bytes:
        """Return a digest of a picture's bytes as they lie in the file."""
        if xref not in self._digests:
            raw = self._opened().xref_stream_raw(xref) or b""
            self._digests[xref] = hashlib.sha256(raw).digest()
        return self._digests[xref]

    def decode(self, xref: int) -> Pixels:
        """Return a picture in sRGB, its soft mask laid on white.

        Raises:
            PictureError: it cannot be decoded, or ends early.
        """
        document = self._opened()
        mupdf.TOOLS.mupdf_warnings()  # forgets what was said before, held back repeats included
        try:
            pixmap = mupdf.Pixmap(document, xref)
            told = self._warnings.setdefault(xref, str(mupdf.TOOLS.mupdf_warnings()))
            if any(words in told for words in _CUT):
                raise PictureError("truncated", "the embedded picture ends early")
            return _over_white(self._mask(xref), _rgb(pixmap))
        except BROKEN as fault:
            why = f"the picture cannot be decoded: {told_by(fault)}"
            raise PictureError("undecodable", why) from fault

    def _mask(self, xref: int) -> Any:
        """Return the pixmap of a picture's soft mask, or null."""
        reference = _REFERENCE.match(self._opened().xref_get_key(xref, "SMask")[1])
        return mupdf.Pixmap(self._document, int(reference[1])) if reference else None

    def _opened(self) -> Any:
        if self._document is None:
            self._document = mupdf.open(str(self._path), filetype="pdf")
        return self._document


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of an open PDF, numbered from 0, whose largest picture has so many pixels."""

    document: Any
    number: int
    n_largest: int
    embedded: Embedded

    @property
    def name(self) -> str:
        """`p1` is the first page."""
        return f"p{self.number + 1}"

    def draw(self, box: Box, zoom: float) -> Pixels:
        """Draw a part of the page as it is shown.

        Raises:
            PictureError: it cannot be drawn, or the page holds a picture that is too large.
        """
        check_size(self.n_largest)  # drawing decodes all that the page holds
        return draw_region(self.document[self.number], box, zoom)


def draw_region(page: Any, box: Box, zoom: float) -> Pixels:
    """Draw a part of a page as it is shown, `zoom` pixels per point unless that are too many.

    Raises:
        PictureError: it cannot be drawn.
    """
    clip = mupdf.Rect(box) & page.rect
    most = (MAX_DRAWN_PIXELS / max(1.0, clip.width * clip.height)) ** 0.5
    scale = min(zoom, MAX_ZOOM, most)
    try:
        return _rgb(page.get_pixmap(matrix=mupdf.Matrix(scale, scale), clip=clip, alpha=False))
    except BROKEN as fault:
        why = f"the page cannot be drawn: {told_by(fault)}"
        raise PictureError("undecodable", why) from fault


def check_size(n_pixels: int) -> None:
    """Refuse a picture before it is decoded.

    Raises:
        PictureError: it has too many pixels.
    """
    if n_pixels > MAX_PIXELS:
        why = f"the page holds a picture of {n_pixels:,} pixels, at most {MAX_PIXELS:,} are decoded"
        raise PictureError("too_large", why)


def told_by(fault: Exception) -> str:
    """Return a fault's own words, on one line."""
    return " ".join(str(fault).split())[:200]


def _rgb(pixmap: Any) -> Pixels:
    if pixmap.colorspace.name != "DeviceRGB":  # with a profile of its own, say
        pixmap = mupdf.Pixmap(mupdf.csRGB, pixmap)
    if pixmap.alpha:
        pixmap = mupdf.Pixmap(pixmap, 0)
    rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    return rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()


def _over_white(mask: Any, pixels: Pixels) -> Pixels:
    """Lay a picture with a soft mask on white."""
    if mask is None:
        return pixels
    rows = np.frombuffer(mask.samples, np.uint8).reshape(mask.height, mask.stride)
    height, width = pixels.shape[:2]
    opacity = np.ascontiguousarray(rows[:, : mask.width * mask.n : mask.n])
    resized = cv2.resize(opacity, (width, height), interpolation=cv2.INTER_AREA)
    share = np.asarray(resized, np.float32)[..., None] / 255.0
    laid: Pixels = (pixels * share + 255.0 * (1.0 - share)).round().astype(np.uint8)
    return laid
