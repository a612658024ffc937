"""PDF decks: displayed pictures as they are embedded, and text clustered into passages."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

import cv2
import numpy as np
import pymupdf

from pipeline.extract.deck import Box, DeckError, Page, Passage, Shown
from pipeline.images.decode import MAX_PIXELS, PictureError, Pixels

MAX_PAGES = 3000
MAX_PICTURES_PER_PAGE = 200
MIN_SIDE_PX = 96
TITLE_SHARE = 0.3  # a title stands in this upper part of the page
TITLE_GAIN = 1.15  # and its type is this much larger than the usual
_SAME_SIZE = 0.6  # points
_SAME_EDGE = 1.5  # type sizes
_SAME_BLOCK = 0.9  # type sizes between two lines
_CUT = ("padding truncated", "premature end", "library error")
_REFERENCE = re.compile(r"(\d+) 0 R")

mupdf: Any = pymupdf  # its calls carry no types
# what PyMuPDF raises on damaged files: MuPDF's own faults, and Python's where it did not look
_BROKEN = (
    pymupdf.mupdf.FzErrorBase,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    OSError,
)
# MuPDF must not be called from two threads at once
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def open_pdf(content: bytes) -> Iterator[list[Page]]:
    """Give the pages of a PDF; their pictures can be loaded as long as it is open.

    Raises:
        DeckError: it is broken, encrypted or endless.
    """
    with _ONE_AT_A_TIME:
        mupdf.TOOLS.mupdf_display_errors(False)
        mupdf.TOOLS.mupdf_display_warnings(False)
        try:
            document = mupdf.open(stream=content, filetype="pdf")
        except _BROKEN as fault:
            raise DeckError("the file is not a PDF that can be opened") from fault
        pictures = _Pictures(content)
        try:
            yield _pages(document, pictures)
        finally:
            pictures.close()
            document.close()


class _Pictures:
    """The embedded pictures of a PDF.

    MuPDF fills up what is missing of a picture and only warns, and that once per document: here
    they are decoded from a document of their own, and what it says is remembered.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._document: Any = None
        self._warnings: dict[int, str] = {}

    def close(self) -> None:
        if self._document is not None:
            self._document.close()

    def decode(self, xref: int) -> Any:
        """Return a picture's pixmap in its own colours."""
        if self._document is None:
            self._document = mupdf.open(stream=self._content, filetype="pdf")
        mupdf.TOOLS.mupdf_warnings()  # forgets what was said before, held back repeats included
        pixmap = mupdf.Pixmap(self._document, xref)
        told = self._warnings.setdefault(xref, str(mupdf.TOOLS.mupdf_warnings()))
        if any(words in told for words in _CUT):
            raise PictureError("truncated", "the embedded picture ends early")
        return pixmap

    def mask(self, xref: int) -> Any:
        """Return the pixmap of a picture's soft mask, or null."""
        reference = _REFERENCE.match(self._document.xref_get_key(xref, "SMask")[1])
        return mupdf.Pixmap(self._document, int(reference[1])) if reference else None


def _pages(document: Any, pictures: _Pictures) -> list[Page]:
    try:
        locked, n_pages = bool(document.needs_pass), int(document.page_count)
    except _BROKEN as fault:
        raise DeckError("the PDF is broken: its pages cannot be counted") from fault
    if locked:
        raise DeckError("the PDF is encrypted and asks for a password")
    if n_pages == 0:
        raise DeckError("the PDF is broken: no page of it can be found")
    if n_pages > MAX_PAGES:
        raise DeckError(f"the PDF has {n_pages} pages, at most {MAX_PAGES} are read")
    return [_page(document, number, pictures) for number in range(n_pages)]


def _page(document: Any, number: int, pictures: _Pictures) -> Page:
    name = f"p{number + 1}"
    try:
        page = document[number]
        height = max(1.0, float(page.rect.height))
        passages = cluster_lines(_lines(page))
        shown = _shown(document, page, name, pictures)
    except _BROKEN as fault:
        return Page(name, 1.0, fault=f"page {number + 1} cannot be read: {_told(fault)}")
    title = _title(passages, height)
    rest = tuple(each for each in passages if each is not title)
    return Page(name, height, title.text if title else "", "", rest, shown)


# --- text ---------------------------------------------------------------------------------------


def _lines(page: Any) -> list[Passage]:
    found = []
    for block in page.get_text("dict", flags=mupdf.TEXTFLAGS_TEXT)["blocks"]:
        for line in block.get("lines", ()):
            text = " ".join("".join(span["text"] for span in line["spans"]).split())
            if text and line["dir"][0] > 0.99:
                size = max(span["size"] for span in line["spans"])
                found.append(Passage(_box(line["bbox"]), text, size))
    return found


def cluster_lines(lines: Sequence[Passage]) -> list[Passage]:
    """Join lines that follow each other in one size, with one left edge or one middle."""
    clusters: list[list[Passage]] = []
    for line in sorted(lines, key=lambda each: (each.box[1], each.box[0])):
        home = next((each for each in clusters if _follows(each[-1], line)), None)
        if home is None:
            clusters.append([line])
        else:
            home.append(line)
    return [_joined(each) for each in clusters]


def _follows(before: Passage, line: Passage) -> bool:
    size = max(before.size, line.size)
    gap = line.box[1] - before.box[3]
    edges = abs(line.box[0] - before.box[0])
    middles = abs(line.box[0] + line.box[2] - before.box[0] - before.box[2]) / 2
    return (
        abs(line.size - before.size) < _SAME_SIZE
        and -0.5 * size <= gap <= _SAME_BLOCK * size
        and line.box[1] > before.box[1] + 0.3 * size
        and min(edges, middles) < _SAME_EDGE * size
    )


def _joined(lines: Sequence[Passage]) -> Passage:
    sides = list(zip(*(line.box for line in lines), strict=True))
    box = (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))
    return Passage(box, " ".join(line.text for line in lines), lines[0].size)


def _title(passages: Sequence[Passage], height: float) -> Passage | None:
    """Return the largest text at the top, if it is larger than the text usually is."""
    upper = [each for each in passages if each.box[3] <= TITLE_SHARE * height]
    if not upper:
        return None
    largest = max(upper, key=lambda each: (round(each.size, 1), -each.box[1]))
    others = [each.size for each in passages if each is not largest]
    usual = median(others) if others else 0.0
    return largest if largest.size >= TITLE_GAIN * usual else None


# --- pictures -----------------------------------------------------------------------------------


def _shown(document: Any, page: Any, name: str, pictures: _Pictures) -> tuple[Shown, ...]:
    """Return the pictures that a page displays, each once, as large as it is displayed."""
    shown: dict[str, Shown] = {}
    infos = page.get_image_info(xrefs=True)[:MAX_PICTURES_PER_PAGE]
    for info in sorted(infos, key=_displayed_area, reverse=True):
        is_seen = _displayed_area(info) > 0 and page.rect.intersects(mupdf.Rect(info["bbox"]))
        if min(info["width"], info["height"]) < MIN_SIDE_PX or not is_seen:
            continue
        key = f"x{info['xref']}" if info["xref"] else f"i{info['number']}"
        locator = f"{name}/{key}"
        load = partial(_load, document, page.number, dict(info), pictures)
        shown.setdefault(locator, Shown(locator, _box(info["bbox"]), info["digest"], load))
    return tuple(sorted(shown.values(), key=lambda each: (each.box[1], each.box[0], each.locator)))


def _displayed_area(info: dict[str, Any]) -> float:
    left, top, right, bottom = _box(info["bbox"])
    return max(0.0, right - left) * max(0.0, bottom - top)


def _load(document: Any, page_number: int, info: dict[str, Any], pictures: _Pictures) -> Pixels:
    if info["width"] * info["height"] > MAX_PIXELS:
        raise PictureError(
            "too_large",
            f"{info['width']} x {info['height']} pixels, at most {MAX_PIXELS} are decoded",
        )
    try:
        if not info["xref"]:
            return _rendered(document[page_number], info)
        pixmap = pictures.decode(info["xref"])
        if pixmap.colorspace is None:  # a stencil has no colours of its own
            return _rendered(document[page_number], info)
        pixels = _over_white(pictures.mask(info["xref"]), _rgb(pixmap))
    except _BROKEN as fault:
        raise PictureError(
            "undecodable", f"the picture cannot be decoded: {_told(fault)}"
        ) from fault
    return _turned(pixels, info["transform"])


def _rgb(pixmap: Any) -> Pixels:
    if pixmap.colorspace.n != 3:
        pixmap = mupdf.Pixmap(mupdf.csRGB, pixmap)
    if pixmap.alpha:
        pixmap = mupdf.Pixmap(pixmap, 0)
    rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    return rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()


def _over_white(mask: Any, pixels: Pixels) -> Pixels:
    """Lay a picture with a soft mask on white."""
    if mask is None or mask.width * mask.height > MAX_PIXELS:
        return pixels
    rows = np.frombuffer(mask.samples, np.uint8).reshape(mask.height, mask.stride)
    height, width = pixels.shape[:2]
    opacity = np.ascontiguousarray(rows[:, : mask.width * mask.n : mask.n])
    resized = cv2.resize(opacity, (width, height), interpolation=cv2.INTER_AREA)
    share = np.asarray(resized, np.float32)[..., None] / 255.0
    laid: Pixels = (pixels * share + 255.0 * (1.0 - share)).round().astype(np.uint8)
    return laid


def _rendered(page: Any, info: dict[str, Any]) -> Pixels:
    """Draw the part of the page that an inline picture covers, in the picture's resolution."""
    clip = mupdf.Rect(info["bbox"]) & page.rect
    zoom = min(4.0, max(1.0, info["width"] / max(1.0, clip.width)))
    return _rgb(page.get_pixmap(matrix=mupdf.Matrix(zoom, zoom), clip=clip, alpha=False))


def _turned(pixels: Pixels, transform: Sequence[float]) -> Pixels:
    """Turn a picture as the page shows it, by quarter turns and mirrors."""
    a, b, c, d = transform[:4]
    if abs(a) < abs(b):
        pixels = pixels.swapaxes(0, 1)
        a, d = c, b
    pixels = pixels[:, ::-1] if a < 0 else pixels
    pixels = pixels[::-1] if d < 0 else pixels
    return np.ascontiguousarray(pixels)


def _box(found: Sequence[float]) -> Box:
    return (float(found[0]), float(found[1]), float(found[2]), float(found[3]))


def _told(fault: Exception) -> str:
    return " ".join(str(fault).split())[:200]
