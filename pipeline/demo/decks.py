"""The demo's slide decks: a folder with four, of which two can be taken, and an atlas online."""

from pathlib import Path

from pipeline.demo.deck_pdf import Made, atlas_pdf, lecture_pdf
from pipeline.demo.deck_pptx import lecture_pptx
from pipeline.demo.sheets import HISTOLOGY, Plan, Sheet, make_sheets
from pipeline.demo.truth import Place, TruthBook
from pipeline.demo.wire import Answer, Request, Service, html_answer, text_answer

PDF_NAME, PPTX_NAME = "skin-cancer-lecture.pdf", "rashes-for-students.pptx"
OLD_NAME, UNNAMED = "nail-rounds.ppt", "term-2/moulages.pdf"
ATLAS_NAME, MOVED_NAME = "pocket-atlas.pdf", "withdrawn-talk.pdf"
_ONLINE = "/teaching/"

PDF_PLANS = (
    Plan(),
    Plan(("melanoma",)),
    Plan(("basal cell carcinoma", "squamous cell carcinoma")),
    Plan((HISTOLOGY,)),
    Plan(("actinic keratosis",)),
    Plan(("seborrheic keratosis", "dermatofibroma")),
    Plan(("purpura",)),
    Plan(("melanocytic nevus",), "masked"),
    Plan(("keloid",), "cmyk"),
    Plan(("cherry angioma", "basal cell carcinoma"), "turned"),
    Plan((), "chart"),
)
PPTX_PLANS = (
    Plan(),
    Plan(("plaque psoriasis",)),
    Plan(("atopic dermatitis", "allergic contact dermatitis")),
    Plan(("scabies",)),
    Plan(("urticaria",)),
    Plan(("cellulitis", "bullous pemphigoid")),
    Plan(("impetigo",)),
    Plan(("rosacea", "pityriasis rosea"), "grouped"),
    Plan(("vitiligo",), "described"),
)
ATLAS_PLANS = (
    Plan(("tinea corporis", "lichen planus")),
    Plan(("granuloma annulare",), "strips"),
)
_UNNAMED_PLANS = (Plan(("verruca vulgaris",)),)


def write_decks(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write the decks of the folder and record their pictures."""
    sheets = make_sheets(PDF_NAME, PDF_PLANS, seed)
    _keep(folder / PDF_NAME, PDF_NAME, sheets, lecture_pdf(sheets, "Skin cancer"), truth)
    sheets = make_sheets(PPTX_NAME, PPTX_PLANS, seed)
    _keep(folder / PPTX_NAME, PPTX_NAME, sheets, lecture_pptx(sheets, "Rashes"), truth)
    (folder / OLD_NAME).write_bytes(_old_powerpoint())
    truth.plant("old_powerpoint", "failed", "A file of PowerPoint 97.", Place("slides", OLD_NAME))
    (folder / UNNAMED).parent.mkdir()
    unnamed = lecture_pdf(make_sheets(UNNAMED, _UNNAMED_PLANS, seed), "Moulages")
    (folder / UNNAMED).write_bytes(unnamed.body)
    note = "It lies in the folder, and the catalog names no licence for it."
    truth.plant("unnamed_deck", "not_collected", note, Place("slides", UNNAMED))


def write_online_decks(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write what the web serves of decks and record its pictures."""
    sheets = make_sheets(ATLAS_NAME, ATLAS_PLANS, seed)
    _keep(folder / ATLAS_NAME, ATLAS_NAME, sheets, atlas_pdf(sheets, "Pocket atlas"), truth)
    note = "Its address answers with a page that says that it was withdrawn."
    truth.plant("html_for_deck", "failed", note, Place("slides", MOVED_NAME))


def online_service(folder: Path) -> Service:
    """Return the service that gives the decks in a folder, and a page where one was."""

    def answer(request: Request) -> Answer:
        if request.path == f"{_ONLINE}{ATLAS_NAME}":
            return Answer(200, "application/pdf", (folder / ATLAS_NAME).read_bytes())
        if request.path == f"{_ONLINE}{MOVED_NAME}":
            return html_answer("<p>This talk was withdrawn.</p>", title="Withdrawn")
        return text_answer("no such page", 404)

    return answer


def _keep(path: Path, item: str, sheets: list[Sheet], made: Made, truth: TruthBook) -> None:
    path.write_bytes(made.body)
    for sheet, locators in zip(sheets, made.locators, strict=True):
        if sheet.form == "chart":
            truth.add_other(Place("slides", item, locators[0]), "chart", disease="melanoma")
        for exhibit, locator in zip(sheet.exhibits, locators, strict=False):
            place = Place("slides", item, locator)
            if exhibit.case is None:
                truth.add_other(place, "histology", disease="basal cell carcinoma")
            else:
                truth.add_skin(place, exhibit.case)


def _old_powerpoint() -> bytes:
    """Return the head and the directory of a file of PowerPoint 97, without slides."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "PowerPoint Document".encode("utf-16-le")
    )
