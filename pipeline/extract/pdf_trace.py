"""What a PDF page paints, in order: its pictures and shapes, and what of each can be seen.

The page is run through a device of our own. That decodes nothing, so that it costs little and no
picture can do harm by its size; and it sees what the page's list of resources does not tell: the
clips, the groups, and what is painted over what.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pymupdf

from pipeline.extract.affine import Affine
from pipeline.extract.deck import Box, shared
from pipeline.extract.pdf_painted import Picture, Shape, Trace

MAX_EVENTS = 300_000
MAX_PICTURES = 1500
_HIDING_STROKE = 4.0  # points: a thicker line may be a bar over somebody's eyes

mupdf: Any = pymupdf.mupdf  # its calls carry no types
_Device: Any = mupdf.FzDevice2
_as_pdf: Any = pymupdf._as_pdf_document
_bytes_of: Any = pymupdf.JM_BinFromBuffer


def trace_page(document: Any, page: Any) -> Trace:
    """Run a page, turned as it says, and return what it paints.

    ``is_cut`` tells that it paints without end, and that it was stopped.
    """
    bounds = (0.0, 0.0, float(page.rect.width), float(page.rect.height))
    recorder = _Recorder(bounds)
    mupdf.fz_run_page(page.this, recorder, mupdf.FzMatrix(), recorder.cookie)
    xrefs = _xrefs(document, page, recorder)
    pictures = tuple(each.settled(xrefs) for each in recorder.pictures)
    return Trace(pictures, tuple(recorder.shapes), recorder.n_events > MAX_EVENTS)


@dataclass(slots=True)
class _Seen:
    """A picture whose number in the file is not known yet."""

    image: Any
    picture: Picture

    def settled(self, xrefs: dict[int, int]) -> Picture:
        xref = xrefs.get(_address(self.image), 0)
        return replace(self.picture, xref=xref, content=b"" if xref else _packed(self.image))


class _Recorder(_Device):  # type: ignore[misc]
    """A device that writes down what it is told to paint."""

    _TOLD = (
        "fill_path stroke_path fill_shade fill_image fill_image_mask clip_path clip_stroke_path "
        "clip_text clip_stroke_text clip_image_mask pop_clip begin_mask end_mask begin_group "
        "end_group begin_tile end_tile"
    )

    def __init__(self, bounds: Box) -> None:
        super().__init__()
        for name in self._TOLD.split():
            getattr(self, f"use_virtual_{name}")()
        self.cookie = mupdf.FzCookie()
        self.n_events = 0
        self.pictures: list[_Seen] = []
        self.shapes: list[Shape] = []
        self._clips: list[tuple[Box, bool]] = [(bounds, True)]
        self._groups: list[bool] = []  # whether each is painted as it is, opaque
        self._soft_mask: tuple[int, tuple[Box, bool]] | None = None  # its address; what it clips
        self._unseen = 0  # depth in soft masks, whose painting is not displayed
        self._tiles = 0

    def _count(self) -> bool:
        """Tell whether to go on; the page is stopped where it paints without end."""
        self.n_events += 1
        if self.n_events > MAX_EVENTS:
            self.cookie.m_internal.abort = 1
        return self.n_events <= MAX_EVENTS

    # --- clips, masks and groups ---------------------------------------------------------------

    def _clip(self, box: Box, is_rectangle: bool) -> None:
        self._count()
        held, is_plain = self._clips[-1]
        self._clips.append((shared(held, box), is_plain and is_rectangle))

    def clip_path(self, _context: Any, path: Any, _rule: int, matrix: Any, _scissor: Any) -> None:
        is_rectangle = bool(mupdf.ll_fz_path_is_rect(path, matrix))
        self._clip(_box(mupdf.ll_fz_bound_path(path, None, matrix)), is_rectangle)

    def clip_stroke_path(
        self, _context: Any, path: Any, stroke: Any, matrix: Any, _scissor: Any
    ) -> None:
        self._clip(_box(mupdf.ll_fz_bound_path(path, stroke, matrix)), False)

    def clip_text(self, _context: Any, text: Any, matrix: Any, _scissor: Any) -> None:
        self._clip(_box(mupdf.ll_fz_bound_text(text, None, matrix)), False)

    def clip_stroke_text(
        self, _context: Any, text: Any, stroke: Any, matrix: Any, _scissor: Any
    ) -> None:
        self._clip(_box(mupdf.ll_fz_bound_text(text, stroke, matrix)), False)

    def clip_image_mask(self, _context: Any, image: Any, matrix: Any, _scissor: Any) -> None:
        held = self._clips[-1]
        self._clip(_affine(matrix).box(), False)
        self._soft_mask = (_address(image), held)

    def pop_clip(self, _context: Any) -> None:
        if len(self._clips) > 1:
            self._clips.pop()

    def begin_mask(self, *_told: Any) -> None:
        self._count()
        self._unseen += 1

    def end_mask(self, *_told: Any) -> None:
        self._unseen = max(0, self._unseen - 1)
        self._clips.append((self._clips[-1][0], False))

    def begin_group(
        self, _context: Any, _area: Any, _colours: Any, _alone: int, _out: int, blend: int, a: float
    ) -> None:
        self._count()
        self._groups.append(blend == 0 and a >= 1.0)

    def end_group(self, _context: Any) -> None:
        if self._groups:
            self._groups.pop()

    def begin_tile(self, *_told: Any) -> int:
        self._count()
        self._tiles += 1
        return 0

    def end_tile(self, _context: Any) -> None:
        self._tiles = max(0, self._tiles - 1)

    # --- what is painted -----------------------------------------------------------------------

    def fill_path(
        self,
        _c: Any,
        path: Any,
        _rule: int,
        matrix: Any,
        _space: Any,
        _colour: Any,
        a: float,
        _p: Any,
    ) -> None:
        is_rectangle = bool(mupdf.ll_fz_path_is_rect(path, matrix))
        self._shape(_box(mupdf.ll_fz_bound_path(path, None, matrix)), is_rectangle, True, a >= 1.0)

    def stroke_path(
        self, _c: Any, path: Any, stroke: Any, matrix: Any, _s: Any, _colour: Any, a: float, _p: Any
    ) -> None:
        box = _box(mupdf.ll_fz_bound_path(path, stroke, matrix))
        scale = (abs(matrix.a * matrix.d - matrix.b * matrix.c)) ** 0.5
        is_straight = min(box[2] - box[0], box[3] - box[1]) <= 2.0 * stroke.linewidth * scale + 2.0
        is_thick = is_straight and stroke.linewidth * scale >= _HIDING_STROKE
        self._shape(box, is_straight, is_thick, a >= 1.0)

    def fill_shade(self, _c: Any, shade: Any, matrix: Any, a: float, _params: Any) -> None:
        self._shape(_box(mupdf.ll_fz_bound_shade(shade, matrix)), False, True, a >= 1.0)

    def fill_image(self, _c: Any, image: Any, matrix: Any, a: float, _params: Any) -> None:
        self._picture(image, matrix, is_stencil=False, alpha=a)

    def fill_image_mask(
        self, _c: Any, image: Any, matrix: Any, _space: Any, _colour: Any, a: float, _params: Any
    ) -> None:
        self._picture(image, matrix, is_stencil=True, alpha=a)

    def _shape(self, box: Box, is_straight: bool, covers: bool, is_opaque: bool) -> None:
        if not self._count() or self._unseen:
            return
        held, _ = self._clips[-1]
        box = held if self._tiles else shared(held, box)
        is_opaque = is_opaque and all(self._groups)
        self.shapes.append(Shape(self.n_events, box, is_straight, covers, is_opaque))

    def _picture(self, image: Any, matrix: Any, *, is_stencil: bool, alpha: float) -> None:
        if not self._count() or self._unseen or len(self.pictures) >= MAX_PICTURES:
            return
        mask = image.mask
        held, is_cut_straight = self._clips[-1]
        if mask and self._soft_mask is not None and self._soft_mask[0] == int(mask.this):
            held, is_cut_straight = self._soft_mask[1]  # a soft mask is painted as a clip
        placed = _affine(matrix)
        frame = placed.box()
        is_seen_through = alpha < 1.0 or not all(self._groups) or bool(self._tiles)
        is_plain = is_cut_straight and not (is_stencil or is_seen_through) and placed.is_square()
        n_pixels = max(image.w * image.h, mask.w * mask.h if mask else 0)
        picture = Picture(
            self.n_events,
            shared(held, frame),
            frame,
            placed,
            int(image.w),
            int(image.h),
            int(n_pixels),
            0,
            is_plain,
            is_plain and not mask,
        )
        self.pictures.append(_Seen(mupdf.FzImage(mupdf.ll_fz_keep_image(image)), picture))


def _xrefs(document: Any, page: Any, recorder: _Recorder) -> dict[int, int]:
    """Return the number in the file of each picture that was painted, by its address in memory.

    MuPDF holds a picture once as long as somebody uses it, and the recorder does.
    """
    sizes = {(each.picture.width_px, each.picture.height_px) for each in recorder.pictures}
    if not sizes:
        return {}
    pdf = _as_pdf(document)
    found: dict[int, int] = {}
    for xref, _mask, width, height, *_rest in sorted(page.get_images()):
        if (width, height) in sizes:
            image = mupdf.pdf_load_image(pdf, mupdf.pdf_new_indirect(pdf, xref, 0))
            found.setdefault(_address(image), int(xref))
    return found


def _packed(image: Any) -> bytes:
    held = mupdf.fz_compressed_image_buffer(image)
    if not held.m_internal or not held.m_internal.buffer:
        return b""
    buffer = mupdf.FzBuffer(mupdf.ll_fz_keep_buffer(held.m_internal.buffer))
    return bytes(_bytes_of(buffer) or b"")


def _address(image: Any) -> int:
    return int(getattr(image, "m_internal", image).this)


def _affine(matrix: Any) -> Affine:
    return Affine(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _box(rect: Any) -> Box:
    return (float(rect.x0), float(rect.y0), float(rect.x1), float(rect.y1))
