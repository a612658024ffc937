"""The demo's PDF decks: a lecture with all that producers do to pictures, and pages of an atlas."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymupdf as _pymupdf
from PIL import Image, ImageDraw, ImageFilter

from pipeline.demo.pictures import encode_png
from pipeline.demo.sheets import Exhibit, Sheet
from pipeline.demo.slides import draw_logo

WHEN = "D:20260105090000Z"
SOCIETY = "Invented Society of Dermatology"
_N_STRIPS = 6
_BODY = (
    "The pages of this atlas are invented. They stand in two columns, as books do, so that a "
    "caption is told from the text around it by the number that it begins with and by where it "
    "stands. Nothing that is said here is about a patient who lives."
)
pymupdf: Any = _pymupdf  # it has annotations, but not on what is called here


@dataclass(frozen=True, slots=True)
class Made:
    """A deck's bytes, and for each sheet the locators of its pictures, in their order."""

    body: bytes
    locators: tuple[tuple[str, ...], ...]


class _Page:
    """A page in the coordinates in which it is shown, turned or not."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def image(self, box: Any, body: bytes, mask: bytes | None = None) -> None:
        place = box * self._page.derotation_matrix
        self._page.insert_image(place, stream=body, mask=mask, rotate=self._page.rotation)

    def line(self, x: float, y: float, text: str, size: float) -> None:
        place = pymupdf.Point(x, y) * self._page.derotation_matrix
        self._page.insert_text(place, text, fontsize=size, rotate=self._page.rotation)

    def lines(self, box: Any, text: str, size: float) -> None:
        place = box * self._page.derotation_matrix
        self._page.insert_textbox(place, text, fontsize=size, rotate=self._page.rotation)

    def chart(self, left: float, top: float) -> None:
        """Draw a bar chart with lines, 420 by 260 points."""
        shape = self._page.new_shape()
        bottom = top + 260
        for line in range(1, 5):
            shape.draw_line((left, bottom - 60 * line), (left + 420, bottom - 60 * line))
        shape.finish(color=(0.85, 0.85, 0.85), width=0.7)
        shape.draw_line((left, top), (left, bottom))
        shape.draw_line((left, bottom), (left + 420, bottom))
        shape.finish(color=(0.1, 0.1, 0.1), width=1.6, closePath=False)
        for bar, height in enumerate((62, 88, 121, 109, 160, 204)):
            x = left + 20 + 67 * bar
            shape.draw_rect(pymupdf.Rect(x, bottom - height, x + 40, bottom))
            shape.finish(color=None, fill=(0.16, 0.38, 0.6))
            shape.insert_text((x + 6, bottom + 14), str(2019 + bar), fontsize=11)
        for line in range(1, 5):
            shape.insert_text((left - 24, bottom - 60 * line + 4), str(50 * line), fontsize=11)
        shape.commit()


def lecture_pdf(sheets: list[Sheet], title: str) -> Made:
    """Set a lecture: landscape pages with a logo, a footer, and captions below the pictures."""
    deck = pymupdf.open()
    logo = encode_png(draw_logo())
    for number, sheet in enumerate(sheets, 1):
        is_turned = sheet.form == "turned"
        size = {"width": 540, "height": 960} if is_turned else {"width": 960, "height": 540}
        raw = deck.new_page(**size)
        raw.set_rotation(90 if is_turned else 0)
        page = _Page(raw)
        page.image(pymupdf.Rect(860, 495, 945, 527), logo)
        page.line(40, 522, f"© {SOCIETY} 2026   {number}", 9)
        _fill_page(page, sheet, title)
    return _finished(deck, title, sheets, n_furniture=1)


def _fill_page(page: _Page, sheet: Sheet, title: str) -> None:
    if sheet.form == "chart":
        page.line(40, 48, "Melanomas per year", 28)
        page.chart(120, 110)
        page.line(120, 425, "Figure 1. Melanomas that were excised in an invented clinic.", 12)
        return
    if not sheet.exhibits:
        page.line(80, 240, f"{title} for students", 40)
        page.line(80, 290, SOCIETY, 20)
        return
    page.line(40, 48, sheet.title, 28)
    width = 880 / len(sheet.exhibits) - 20
    for place, exhibit in enumerate(sheet.exhibits):
        x = 40 + place * (width + 20)
        _place_exhibit(page, pymupdf.Rect(x, 75, x + width, 405), sheet, exhibit)
        page.lines(pymupdf.Rect(x, 415, x + width, 485), exhibit.words, 12)


def _place_exhibit(page: _Page, box: Any, sheet: Sheet, exhibit: Exhibit) -> None:
    if sheet.form == "masked":
        page.image(box, exhibit.body, mask=_vignette(exhibit.body))
    elif sheet.form == "cmyk":
        page.image(box, _as_cmyk(exhibit.body))
    else:
        page.image(box, exhibit.body)


def _vignette(body: bytes) -> bytes:
    """Return a soft mask that rounds a picture off."""
    with Image.open(io.BytesIO(body)) as picture:
        width, height = picture.size
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).rounded_rectangle((14, 14, width - 14, height - 14), 60, fill=255)
    return encode_png(np.asarray(mask.filter(ImageFilter.GaussianBlur(5)), np.uint8))


def _as_cmyk(body: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(body)) as picture:
        picture.convert("CMYK").save(out, "JPEG", quality=90)
    return out.getvalue()


def atlas_pdf(sheets: list[Sheet], title: str) -> Made:
    """Set pages of a book: two columns, numbered captions, pictures cut into strips."""
    deck = pymupdf.open()
    figure = 0
    for number, sheet in enumerate(sheets, 1):
        page = _Page(deck.new_page(width=595, height=842))
        page.line(240, 36, title, 9)
        page.line(290, 820, str(number), 9)
        for column, exhibit in enumerate(sheet.exhibits):
            figure += 1
            left, top = 50 + 255 * column, 70 + 240 * column
            _place_plate(page, pymupdf.Rect(left, top, left + 240, top + 180), sheet, exhibit)
            words = f"Figure {figure}. {exhibit.words}"
            page.lines(pymupdf.Rect(left, top + 184, left + 240, top + 240), words, 8.5)
            page.lines(pymupdf.Rect(left, top + 250, left + 240, top + 420), _BODY, 10)
    return _finished(deck, title, sheets, n_furniture=0)


def _place_plate(page: _Page, box: Any, sheet: Sheet, exhibit: Exhibit) -> None:
    if sheet.form != "strips":
        page.image(box, exhibit.body)
        return
    with Image.open(io.BytesIO(exhibit.body)) as opened:
        whole = np.asarray(opened.convert("RGB"), np.uint8)
    rows, height = len(whole) // _N_STRIPS, (box.y1 - box.y0) / _N_STRIPS
    for strip in range(_N_STRIPS):
        part = pymupdf.Rect(box.x0, box.y0 + strip * height, box.x1, box.y0 + (strip + 1) * height)
        page.image(part, encode_png(whole[strip * rows : (strip + 1) * rows]))


def _finished(deck: Any, title: str, sheets: list[Sheet], *, n_furniture: int) -> Made:
    deck.set_metadata({"title": title, "author": "", "creationDate": WHEN, "modDate": WHEN})
    body: bytes = deck.tobytes(deflate=True, garbage=3, no_new_id=True)
    deck.close()
    with pymupdf.open(stream=body, filetype="pdf") as saved:
        painted = [
            [one["xref"] for one in page.get_image_info(xrefs=True)][n_furniture:] for page in saved
        ]
    return Made(
        body,
        tuple(_locators(n, *each) for n, each in enumerate(zip(sheets, painted, strict=True), 1)),
    )


def _locators(number: int, sheet: Sheet, xrefs: list[int]) -> tuple[str, ...]:
    if sheet.form == "chart":
        return (f"p{number}/v1",)
    step = _N_STRIPS if sheet.form == "strips" else 1
    return tuple(f"p{number}/x{xref}" for xref in xrefs[::step])
