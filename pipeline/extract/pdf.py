"""PDF decks: their pages as they are shown, one after the other."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymupdf

from pipeline.extract.deck import DeckError, LeftOut, Page
from pipeline.extract.pdf_figures import read_figures
from pipeline.extract.pdf_pictures import read_pictures
from pipeline.extract.pdf_pixels import BROKEN, Embedded, Leaf, told_by
from pipeline.extract.pdf_text import cluster_lines, find_title, read_lines
from pipeline.extract.pdf_trace import MAX_EVENTS, trace_page

MAX_PAGES = 3000
MAX_CONTENT_BYTES = 80_000_000  # of one page's drawing instructions, unpacked

mupdf: Any = pymupdf  # its calls carry no types
# MuPDF must not be called from two threads at once
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def open_pdf(path: Path) -> Iterator[list[Page]]:
    """Give the pages of a PDF; their pictures can be loaded as long as it is open.

    Scripts, forms and attached files are not looked at.

    Raises:
        DeckError: it is broken, or encrypted.
    """
    with _ONE_AT_A_TIME:
        mupdf.TOOLS.mupdf_display_errors(False)
        mupdf.TOOLS.mupdf_display_warnings(False)
        try:
            document = mupdf.open(str(path), filetype="pdf")
        except BROKEN as fault:
            raise DeckError("the file is not a PDF that can be opened") from fault
        embedded = Embedded(path)
        try:
            yield _pages(document, embedded)
        finally:
            embedded.close()
            document.close()


def _pages(document: Any, embedded: Embedded) -> list[Page]:
    try:
        locked, n_pages = bool(document.needs_pass), int(document.page_count)
    except BROKEN as fault:
        raise DeckError("the PDF is broken: its pages cannot be counted") from fault
    if locked:
        raise DeckError(
            "the PDF is encrypted and asks for a password; save it without one, if you may"
        )
    if n_pages == 0:
        raise DeckError("the PDF is broken: no page of it can be found")
    pages = [_page(document, number, embedded) for number in range(min(n_pages, MAX_PAGES))]
    if n_pages > MAX_PAGES:
        name = f"p{MAX_PAGES + 1}"
        why = f"the PDF has {n_pages:,} pages, of which the first {MAX_PAGES:,} are read"
        pages.append(Page(name, left_out=(LeftOut(name, why),)))
    return pages


def _page(document: Any, number: int, embedded: Embedded) -> Page:
    name = f"p{number + 1}"
    try:
        page = document[number]
        _check_content(document, page)
        trace = trace_page(document, page)
        if trace.is_cut:
            return Page(name, fault=f"page {number + 1} paints more than {MAX_EVENTS:,} things")
        size = (0.0, 0.0, max(1.0, float(page.rect.width)), max(1.0, float(page.rect.height)))
        lines = read_lines(page)
        leaf = Leaf(document, number, trace.largest(), embedded)
        shown, left_out = read_pictures(leaf, trace)
        figures = read_figures(leaf, trace, lines, size)
    except BROKEN as fault:
        return Page(name, fault=f"page {number + 1} cannot be read: {told_by(fault)}")
    passages = cluster_lines(lines)
    title = find_title(passages, size[3])
    return Page(
        name,
        size[2],
        size[3],
        title.text if title else "",
        passages=tuple(each for each in passages if each is not title),
        pictures=(*shown, *figures),
        left_out=left_out,
    )


def _check_content(document: Any, page: Any) -> None:
    """Refuse a page whose drawing instructions unpack without end.

    Raises:
        ValueError: they do.
    """
    streams = {*page.get_contents(), *(each[0] for each in page.get_xobjects())}
    left = MAX_CONTENT_BYTES
    for xref in sorted(streams):
        left -= _unpacked(document, xref, left)
        if left < 0:
            raise ValueError(f"its instructions unpack to more than {MAX_CONTENT_BYTES:,} bytes")


def _unpacked(document: Any, xref: int, most: int) -> int:
    """Return how long a stream is unpacked, and no more than ``most`` + 1."""
    raw = document.xref_stream_raw(xref) or b""
    if "Flate" not in str(document.xref_get_key(xref, "Filter")):
        return len(raw)
    unpacking, n_bytes = zlib.decompressobj(), 0
    try:
        while raw and not unpacking.eof and n_bytes <= most:
            n_bytes += len(unpacking.decompress(raw, 1 << 20))
            raw = unpacking.unconsumed_tail
    except zlib.error:
        return n_bytes  # MuPDF reads on its own terms what is broken
    return n_bytes
