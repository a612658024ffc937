"""The demo's slide decks: one PDF, one PPTX, with a logo on every page and fixed dates."""

import datetime
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymupdf as _pymupdf
from pptx import Presentation
from pptx.util import Inches, Pt

from pipeline.demo.cases import Case, caption, draw_case, first_upper, make_case, narration
from pipeline.demo.figures import draw_histology
from pipeline.demo.pictures import encode_jpeg, encode_png, generator
from pipeline.demo.slides import draw_logo
from pipeline.demo.truth import Place, TruthBook

PDF_NAME, PPTX_NAME = "skin-cancer-lecture.pdf", "rashes-for-students.pptx"
_WHEN = datetime.datetime(2026, 1, 5, 9, 0, 0)
pymupdf: Any = _pymupdf  # it has annotations, but not on what is called here
_FOOTER = "© Invented Society of Dermatology 2026"

_PDF_PAGES: tuple[tuple[str, ...], ...] = (
    (),
    ("melanoma",),
    ("basal cell carcinoma", "squamous cell carcinoma"),
    ("histology",),
    ("actinic keratosis",),
    ("seborrheic keratosis", "dermatofibroma"),
    ("purpura",),
)
_PPTX_SLIDES: tuple[tuple[str, ...], ...] = (
    (),
    ("plaque psoriasis",),
    ("atopic dermatitis", "allergic contact dermatitis"),
    ("scabies",),
    ("urticaria",),
    ("cellulitis", "bullous pemphigoid"),
    ("impetigo",),
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One picture of a page: its bytes, its caption and its case, if a patient's."""

    body: bytes
    words: str
    case: Case | None


def write_decks(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write both decks and record their pictures."""
    pages = [_shown(PDF_NAME, n, names, seed, truth) for n, names in enumerate(_PDF_PAGES, 1)]
    (folder / PDF_NAME).write_bytes(_pdf(pages))
    slides = [_shown(PPTX_NAME, n, names, seed, truth) for n, names in enumerate(_PPTX_SLIDES, 1)]
    (folder / PPTX_NAME).write_bytes(_pptx(slides))


def _shown(
    deck: str, page: int, names: tuple[str, ...], seed: int, truth: TruthBook
) -> list[_Shown]:
    shown = []
    for number, name in enumerate(names):
        place = Place("slides", deck, f"p{page}/{number}")
        if name == "histology":
            picture = draw_histology(generator(seed, f"{deck} {page}"), 640, 480)
            words = "Histopathology of basal cell carcinoma: nests of basaloid cells in the dermis."
            shown.append(_Shown(encode_jpeg(picture), words, None))
            truth.add_other(place, "histology", disease="basal cell carcinoma")
            continue
        case = make_case(seed, f"slides {deck} {page} {number}", name)
        shown.append(_Shown(encode_jpeg(draw_case(case, 640, 480), 88), caption(case), case))
        truth.add_skin(place, case)
    return shown


def _title(shown: list[_Shown]) -> str:
    names = [one.case.disease.name if one.case else "histopathology" for one in shown]
    return first_upper(" and ".join(names)) or "Welcome"


def _pdf(pages: list[list[_Shown]]) -> bytes:
    deck = pymupdf.open()
    logo = encode_png(draw_logo())
    for number, shown in enumerate(pages, 1):
        page = deck.new_page(width=960, height=540)
        page.insert_image(pymupdf.Rect(860, 495, 945, 527), stream=logo)
        page.insert_text((40, 522), f"{_FOOTER}   {number}", fontsize=9)
        if not shown:
            page.insert_text((80, 240), "Skin cancer for students", fontsize=40)
            page.insert_text((80, 290), "Invented Society of Dermatology", fontsize=20)
            continue
        page.insert_text((40, 48), _title(shown), fontsize=28)
        width = 880 / len(shown) - 20
        for place, one in enumerate(shown):
            x = 40 + place * (width + 20)
            page.insert_image(pymupdf.Rect(x, 75, x + width, 405), stream=one.body)
            page.insert_textbox(pymupdf.Rect(x, 415, x + width, 485), one.words, fontsize=12)
    stamp = _WHEN.strftime("D:%Y%m%d%H%M%SZ")
    deck.set_metadata(
        {"title": "Skin cancer", "author": "", "creationDate": stamp, "modDate": stamp}
    )
    body: bytes = deck.tobytes(deflate=True, garbage=3, no_new_id=True)
    deck.close()
    return body


def _pptx(slides: list[list[_Shown]]) -> bytes:
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    logo = encode_png(draw_logo())
    for shown in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = _title(shown) if shown else "Rashes for students"
        slide.shapes.add_picture(io.BytesIO(logo), Inches(11.9), Inches(6.9), width=Inches(1.2))
        width = 12.0 / max(1, len(shown)) - 0.3
        for place, one in enumerate(shown):
            left = Inches(0.6 + place * (width + 0.3))
            slide.shapes.add_picture(io.BytesIO(one.body), left, Inches(1.6), height=Inches(4))
            box = slide.shapes.add_textbox(left, Inches(5.7), Inches(width), Inches(1))
            box.text_frame.word_wrap = True
            box.text_frame.text = one.words
            box.text_frame.paragraphs[0].font.size = Pt(14)
        said = " ".join(narration(one.case) for one in shown if one.case)
        slide.notes_slide.notes_text_frame.text = said or "Welcome the students."
    core = deck.core_properties
    core.title, core.author, core.created, core.modified = "Rashes", "", _WHEN, _WHEN
    buffer = io.BytesIO()
    deck.save(buffer)
    return _with_fixed_dates(buffer.getvalue())


def _with_fixed_dates(body: bytes) -> bytes:
    """Rewrite a zip file so that its members' dates don't tell when it was made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _WHEN.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return buffer.getvalue()
