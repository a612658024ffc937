"""The demo's PPTX deck: grouped pictures, alternative texts, notes, a logo on every slide."""

import datetime
import io
import zipfile
from typing import Any

from pptx import Presentation
from pptx.util import Emu, Inches, Pt

from pipeline.demo.cases import narration
from pipeline.demo.deck_pdf import Made
from pipeline.demo.pictures import encode_png
from pipeline.demo.sheets import Exhibit, Sheet
from pipeline.demo.slides import draw_logo

WHEN = datetime.datetime(2026, 1, 5, 9, 0, 0)


def lecture_pptx(sheets: list[Sheet], title: str) -> Made:
    """Set a lecture: a title, captions below the pictures, and what the lecturer says as notes."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    logo = encode_png(draw_logo())
    for sheet in sheets:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = sheet.title or f"{title} for students"
        slide.shapes.add_picture(io.BytesIO(logo), Inches(11.9), Inches(6.9), width=Inches(1.2))
        _fill_slide(slide, sheet)
        said = " ".join(narration(one.case) for one in sheet.exhibits if one.case)
        slide.notes_slide.notes_text_frame.text = said or "Welcome the students."
    core = deck.core_properties
    core.title, core.author, core.created, core.modified = title, "", WHEN, WHEN
    buffer = io.BytesIO()
    deck.save(buffer)
    locators = tuple(
        # the logo is the first picture of each slide
        tuple(f"s{number}/{place}" for place, _ in enumerate(sheet.exhibits, 2))
        for number, sheet in enumerate(sheets, 1)
    )
    return Made(_with_fixed_dates(buffer.getvalue()), locators)


def _fill_slide(slide: Any, sheet: Sheet) -> None:
    width = 12.0 / max(1, len(sheet.exhibits)) - 0.3
    grouped = _groups(slide) if sheet.form == "grouped" else None
    for place, exhibit in enumerate(sheet.exhibits):
        left = 0.6 + place * (width + 0.3)
        shapes = grouped[1].shapes if grouped is not None else slide.shapes
        # in the group all is half as large and half as far from its corner as it is shown
        scale = 0.5 if grouped is not None else 1.0
        stream = io.BytesIO(exhibit.body)
        x, y, height = (Inches(scale * each) for each in (left, 1.6, 4))
        shown = shapes.add_picture(stream, x, y, height=height)
        if sheet.form == "described":
            shown._element._nvXxPr.cNvPr.set("descr", exhibit.words)
        else:
            _write_caption(slide, exhibit, left, width)
    if grouped is not None:
        _enlarge(grouped[0])


def _groups(slide: Any) -> tuple[Any, Any]:
    outer = slide.shapes.add_group_shape()
    return outer, outer.shapes.add_group_shape()


def _enlarge(group: Any) -> None:
    """Show a group twice as large and twice as far from the slide's corner as it was drawn."""
    for side in ("left", "top", "width", "height"):
        setattr(group, side, Emu(2 * getattr(group, side)))


def _write_caption(slide: Any, exhibit: Exhibit, left: float, width: float) -> None:
    box = slide.shapes.add_textbox(Inches(left), Inches(5.7), Inches(width), Inches(1))
    box.text_frame.word_wrap = True
    box.text_frame.text = exhibit.words
    box.text_frame.paragraphs[0].font.size = Pt(14)


def _with_fixed_dates(body: bytes) -> bytes:
    """Rewrite a zip file so that its members' dates don't tell when it was made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, WHEN.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return buffer.getvalue()
