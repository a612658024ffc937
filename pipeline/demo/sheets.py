"""Sheets: what the pages of the demo's decks show, whatever kind of file they go into."""

from dataclasses import dataclass
from typing import Literal

from pipeline.demo.cases import Case, caption, draw_case, first_upper, make_case
from pipeline.demo.figures import draw_histology
from pipeline.demo.pictures import encode_jpeg, generator

HISTOLOGY = "histology"
Form = Literal["plain", "masked", "cmyk", "turned", "chart", "grouped", "described", "strips"]
"""How a sheet's pictures are put on it; `chart` has none, but a chart drawn with lines."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A sheet as it is thought of: its form and the diseases of its pictures."""

    names: tuple[str, ...] = ()
    form: Form = "plain"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One picture of a sheet: a JPEG, its caption, and its case if it is a patient's."""

    body: bytes
    words: str
    case: Case | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page or slide."""

    form: Form
    title: str
    exhibits: tuple[Exhibit, ...]


def make_sheets(deck: str, plans: tuple[Plan, ...], seed: int) -> list[Sheet]:
    """Draw the pictures of a deck's plans."""
    return [_sheet(deck, number, plan, seed) for number, plan in enumerate(plans, 1)]


def _sheet(deck: str, page: int, plan: Plan, seed: int) -> Sheet:
    exhibits = tuple(
        _exhibit(deck, page, number, name, seed) for number, name in enumerate(plan.names)
    )
    title = " and ".join("histopathology" if name == HISTOLOGY else name for name in plan.names)
    return Sheet(plan.form, first_upper(title), exhibits)


def _exhibit(deck: str, page: int, number: int, name: str, seed: int) -> Exhibit:
    if name == HISTOLOGY:
        picture = draw_histology(generator(seed, f"{deck} {page}"), 640, 480)
        words = "Histopathology of basal cell carcinoma: nests of basaloid cells in the dermis."
        return Exhibit(encode_jpeg(picture), words, None)
    case = make_case(seed, f"slides {deck} {page} {number}", name)
    return Exhibit(encode_jpeg(draw_case(case, 640, 480), 88), caption(case), case)
