"""PPTX decks: pictures as the slides show them, text boxes, titles and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError

from pipeline.extract.deck import DeckError, LeftOut, Page, Passage
from pipeline.extract.pptx_archive import BROKEN_ARCHIVE, Archive
from pipeline.extract.pptx_pictures import Canvas, read_pictures
from pipeline.extract.pptx_shapes import Placed, placed_shapes

MAX_SLIDES = 3000
_RUNNING = frozenset({PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER})
_GRAPHICS = {
    "chart": "a chart, which PowerPoint draws when it is shown",
    "diagram": "SmartArt, which PowerPoint draws when it is shown",
    "ole": "an object of another program",
}
_NEWER = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
# what damaged files raise: the archive's faults, XML's, and Python's where nobody looked
_BROKEN = (
    *BROKEN_ARCHIVE,
    etree.XMLSyntaxError,
    PythonPptxError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)


@contextmanager
def open_pptx(path: Path) -> Iterator[list[Page]]:
    """Give the slides of a PPTX; their pictures can be loaded as long as it is open.

    Raises:
        DeckError: it is broken, encrypted, an old office file, or a bomb.
    """
    try:
        archive = Archive(path)
    except _BROKEN as fault:
        raise DeckError("the file is not a PPTX that can be opened") from fault
    try:
        yield _pages(archive)
    finally:
        archive.close()


def _pages(archive: Archive) -> list[Page]:
    try:
        deck = Presentation(archive.without_media())
        size = (float(deck.slide_width or 1), float(deck.slide_height or 1))
        slides = list(deck.slides)
    except _BROKEN as fault:
        raise DeckError("the file is not a PPTX that can be opened") from fault
    pages = [_page(each, n, size, archive) for n, each in enumerate(slides[:MAX_SLIDES], 1)]
    if len(slides) > MAX_SLIDES:
        name = f"s{MAX_SLIDES + 1}"
        why = f"the deck has {len(slides):,} slides, of which the first {MAX_SLIDES:,} are read"
        pages.append(Page(name, left_out=(LeftOut(name, why),)))
    return pages


def _page(slide: Any, number: int, size: tuple[float, float], archive: Archive) -> Page:
    name = f"s{number}"
    if slide._element.get("show") in ("0", "false"):
        why = f"slide {number} is hidden: its author does not show it"
        return Page(name, *size, left_out=(LeftOut(name, why),))
    try:
        shapes = placed_shapes(slide.shapes)
        shown, left_out = read_pictures(Canvas(name, slide.part, shapes, archive))
        return Page(
            name,
            *size,
            _title(slide),
            _notes(slide),
            tuple(_passages(slide, shapes)),
            tuple(shown),
            (*left_out, *_other_graphics(name, slide, shapes)),
        )
    except _BROKEN as fault:
        told = " ".join(str(fault).split())[:200]
        return Page(name, *size, fault=f"slide {number} cannot be read: {told}")


def _title(slide: Any) -> str:
    title = slide.shapes.title
    return " ".join(title.text_frame.text.split()) if title is not None else ""


def _notes(slide: Any) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return " ".join(frame.text.split()) if frame is not None else ""


def _passages(slide: Any, shapes: Sequence[Placed]) -> Iterator[Passage]:
    title = slide.shapes.title
    for placed in shapes:
        shape = placed.shape
        if placed.matrix is not None and _speaks(shape) and shape != title:
            yield Passage(placed.matrix.box(), " ".join(shape.text_frame.text.split()))


def _speaks(shape: Any) -> bool:
    if shape.is_placeholder and shape.placeholder_format.type in _RUNNING:
        return False
    return bool(shape.has_text_frame and shape.text_frame.text.strip())


def _other_graphics(name: str, slide: Any, shapes: Sequence[Placed]) -> Iterator[LeftOut]:
    """Yield what a slide shows that is no picture, named `d1`, `d2` and so on."""
    found = [_graphic(each.shape) for each in shapes]
    whys = [f"it is {each}, and no picture" for each in found if each is not None]
    n_newer = sum(1 for _ in slide.shapes._spTree.iter(_NEWER))
    whys += ["it is drawn by newer versions of PowerPoint alone"] * n_newer
    for place, why in enumerate(whys, 1):
        yield LeftOut(f"{name}/d{place}", why)
    if slide._element.xpath("./p:cSld/p:bg//a:blip"):
        yield LeftOut(f"{name}/background", "it is the slide's background")


def _graphic(shape: Any) -> str | None:
    data = shape._element.xpath("./a:graphic/a:graphicData")
    uri = str(data[0].get("uri", "")) if data else ""
    return next((told for word, told in _GRAPHICS.items() if uri.endswith(f"/{word}")), None)
