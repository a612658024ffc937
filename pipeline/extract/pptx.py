"""PPTX decks: pictures as cropped on the slide, also in groups, text boxes, titles and notes."""

from __future__ import annotations

import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError

from pipeline.extract.deck import Box, DeckError, Page, Passage, Shown
from pipeline.images.decode import PictureError, Pixels, decode_picture

MAX_UNPACKED_BYTES = 600_000_000
MAX_XML_BYTES = 60_000_000  # one part; text is small, pictures are not unpacked
MAX_MEMBERS = 20_000
MAX_DEPTH = 16  # groups in groups
_RUNNING = frozenset({PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER})
_OLE = b"\xd0\xcf\x11\xe0"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
# what damaged files raise: the archive's faults, XML's, and Python's where nobody looked
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    etree.XMLSyntaxError,
    PythonPptxError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    EOFError,
    OSError,
)


@contextmanager
def open_pptx(content: bytes) -> Iterator[list[Page]]:
    """Give the slides of a PPTX.

    Raises:
        DeckError: it is broken, encrypted, an old office file, or a bomb.
    """
    if content.startswith(_OLE):
        raise DeckError("the file is encrypted or an old PowerPoint file; save it as PPTX")
    try:
        _check_size(content)
        deck = Presentation(io.BytesIO(content))
        height = float(deck.slide_height or 1)
        slides = list(deck.slides)
    except _BROKEN as fault:
        raise DeckError("the file is not a PPTX that can be opened") from fault
    yield [_page(slide, number, height) for number, slide in enumerate(slides, 1)]


def _check_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
    unpacked = sum(each.file_size for each in members)
    largest = max(
        (each.file_size for each in members if each.filename.endswith((".xml", ".rels"))), default=0
    )
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or largest > MAX_XML_BYTES:
        raise DeckError(
            f"the PPTX unpacks to {unpacked:,} bytes in {len(members)} parts, which is over the "
            "limit"
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the coordinates of a group's members lie on the slide."""

    x: float = 0.0
    y: float = 0.0
    x_scale: float = 1.0
    y_scale: float = 1.0

    def place(self, left: float, top: float, width: float, height: float) -> Box:
        x, y = self.x + left * self.x_scale, self.y + top * self.y_scale
        return (x, y, x + width * self.x_scale, y + height * self.y_scale)


def _page(slide: Any, number: int, height: float) -> Page:
    name = f"s{number}"
    try:
        title = slide.shapes.title
        passages = []
        pictures: list[Shown] = []
        for shape, frame in _shapes(slide.shapes, _Frame(), 0):
            box = _box(shape, frame)
            if _is_picture(shape):
                locator = f"{name}/{len(pictures) + 1}"
                pictures.append(_shown(shape, locator, box or (0.0, 0.0, 0.0, 0.0)))
            elif box is not None and _speaks(shape) and shape != title:
                passages.append(Passage(box, " ".join(shape.text_frame.text.split())))
        notes = _notes(slide)
        words = " ".join(title.text_frame.text.split()) if title is not None else ""
    except _BROKEN as fault:
        told = " ".join(str(fault).split())[:200]
        return Page(name, height, fault=f"slide {number} cannot be read: {told}")
    return Page(name, height, words, notes, tuple(passages), tuple(pictures))


def _shapes(shapes: Any, frame: _Frame, depth: int) -> Iterator[tuple[Any, _Frame]]:
    for shape in shapes:
        if not hasattr(shape, "shapes"):
            yield shape, frame
        elif depth < MAX_DEPTH:
            yield from _shapes(shape.shapes, _inner_frame(shape, frame), depth + 1)


def _inner_frame(group: Any, outer: _Frame) -> _Frame:
    """Return the frame of a group's members: their space is mapped onto the group's box."""
    found = group._element.grpSpPr.find(f"{_DRAWING}xfrm")
    parts = {} if found is None else {etree.QName(each).localname: each for each in found}
    if not {"off", "ext", "chOff", "chExt"} <= set(parts):
        return outer
    x, y = _pair(parts["off"], "x", "y")
    width, height = _pair(parts["ext"], "cx", "cy")
    inner_x, inner_y = _pair(parts["chOff"], "x", "y")
    inner_width, inner_height = _pair(parts["chExt"], "cx", "cy")
    x_scale = width / inner_width if inner_width else 1.0
    y_scale = height / inner_height if inner_height else 1.0
    left, top, _, _ = outer.place(x - inner_x * x_scale, y - inner_y * y_scale, 0, 0)
    return _Frame(left, top, outer.x_scale * x_scale, outer.y_scale * y_scale)


def _pair(element: Any, first: str, second: str) -> tuple[float, float]:
    return float(element.get(first, 0)), float(element.get(second, 0))


def _box(shape: Any, frame: _Frame) -> Box | None:
    sides = (shape.left, shape.top, shape.width, shape.height)
    if any(side is None for side in sides):
        return None
    return frame.place(*(float(side) for side in sides))


def _is_picture(shape: Any) -> bool:
    return hasattr(type(shape), "image") and shape._element.tag.endswith("}pic")


def _speaks(shape: Any) -> bool:
    if shape.is_placeholder and shape.placeholder_format.type in _RUNNING:
        return False
    return bool(shape.has_text_frame and shape.text_frame.text.strip())


def _notes(slide: Any) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return " ".join(frame.text.split()) if frame is not None else ""


def _shown(shape: Any, locator: str, box: Box) -> Shown:
    try:
        blob = bytes(shape.image.blob)
    except _BROKEN:
        return Shown(locator, box, locator.encode(), _not_embedded)
    crop = (shape.crop_left, shape.crop_top, 1 - shape.crop_right, 1 - shape.crop_bottom)
    kept = tuple(min(1.0, max(0.0, float(side))) for side in crop)
    whole = kept == (0.0, 0.0, 1.0, 1.0) or kept[0] >= kept[2] or kept[1] >= kept[3]
    digest = hashlib.sha256(blob).digest()
    cropped = None if whole else (kept[0], kept[1], kept[2], kept[3])
    return Shown(locator, box, digest, partial(decode_picture, blob), cropped)


def _not_embedded() -> Pixels:
    raise PictureError("undecodable", "the picture is linked, not embedded, or cannot be read")
