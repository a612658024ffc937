"""Figures of an article, cut into panels where the caption speaks of panels, and their texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.extract.extracted import Extracted
from pipeline.extract.figures import Figure
from pipeline.extract.graphics import find_file
from pipeline.extract.jats import parse_article
from pipeline.extract.panel_detector import find_panels
from pipeline.extract.panel_gutters import Box
from pipeline.extract.panel_matching import match_letters
from pipeline.extract.panels import Panel
from pipeline.extract.subcaptions import Layout
from pipeline.images.decode import (
    PictureError,
    Pixels,
    decode_picture,
    failed_row,
    picture_row,
)
from pipeline.store import MediaStore

Row = Mapping[str, Any]

_CAPTION_SCORE = 0.9
_LEAD_SCORE = 0.7  # said of all panels, so less of each
_MENTION_SCORE = 0.5
_UNTOLD_SCORE = 0.6  # the caption of a whole figure, for a panel whose letter is not known
_SURE = 0.95  # a panel that no letter confirms must be at least so sure


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture of a figure, or a panel of one, with its place and pixels.

    ``letter`` is null for a whole figure, and none for a panel whose letter is not known.
    """

    locator: str
    letter: str | None
    sha256: str
    pixels: Pixels
    box: Box | None
    box_score: float | None = None


@dataclass(frozen=True, slots=True)
class _Passage:
    """Something said of a figure: ``letters`` of panels, none for all, null for wholes only."""

    locator: str
    kind: str
    text: str
    method: str
    score: float
    letters: str | None

    def speaks_of(self, letter: str | None) -> bool:
        """Tell whether it speaks of a panel, or of a picture that is a whole figure."""
        if letter is None:
            return True
        if not letter:
            return not self.letters
        return self.letters is not None and (not self.letters or letter in self.letters)


def extract_article(
    item: Row, files: list[Row], media: MediaStore, options: Mapping[str, Any]
) -> Extracted:
    """Return an article's figures or their panels, the captions, and the passages that cite them.

    Raises:
        JatsError: the full text cannot be read.
        NotFoundError: the store lacks a blob.
    """
    extracted = Extracted()
    fulltext = next((each for each in files if each["role"] == "fulltext"), None)
    if fulltext is None or fulltext["status"] != "ok":
        why = fulltext["error"] if fulltext else "the article has no full text"
        extracted.images.append(failed_row(item, "fulltext", "not_fetched", why or "not fetched"))
        return extracted
    article = parse_article(media.get(fulltext["sha256"]), item.get("source_key"))
    served = [each for each in files if each["role"] == "picture"]
    for figure in article.figures:
        if figure.graphics and figure.rights is not None and figure.rights.is_withheld:
            told = f"the figure states rights of its own: {figure.rights.evidence}"
            row = failed_row(item, figure.figure_id, "withheld_rights", told)
            extracted.images.append(row | _own_licence(figure))
        elif figure.graphics:
            detector = options.get("panel_detector")
            pictures = _pictures(item, figure, served, media, extracted, detector=detector)
            places = _add_pictures(item, figure, pictures, media, extracted)
            language = figure.language or options["language"]
            add_passages(item, figure, places, extracted, language)
    return extracted


def _own_licence(figure: Figure) -> dict[str, str | None]:
    """Return the columns of a licence that the figure states itself; none if it states none."""
    if figure.rights is None:
        return {}
    licence = figure.rights.licence
    where = f"{figure.rights.evidence!r} at figure {figure.figure_id}"
    return {
        "licence": licence.spdx,
        "licence_tier": licence.tier,
        "licence_evidence": where,
    }


def _pictures(
    item: Row,
    figure: Figure,
    served: list[Row],
    media: MediaStore,
    extracted: Extracted,
    *,
    detector: Row | None,
) -> list[_Picture]:
    """Return the figure's readable pictures, panels cut; note those that cannot be had."""
    letters = list(figure.parts.by_letter)
    is_lettered = len(figure.graphics) == len(letters) > 1
    pictures: list[_Picture] = []
    for place, hrefs in enumerate(figure.graphics):
        locator = figure.figure_id if not place else f"{figure.figure_id}/g{place + 1}"
        letter = letters[place] if is_lettered else None
        if letter:
            locator = f"{figure.figure_id}/{letter}"
        file = find_file(hrefs, served)
        if file is None or file["status"] != "ok":
            status = "not_fetched" if file else "missing_media"
            told = (file["error"] if file else None) or f"{hrefs[0]} is not among the files"
            extracted.images.append(failed_row(item, locator, status, told))
            continue
        try:
            pixels = decode_picture(media.get(file["sha256"]))
        except PictureError as fault:
            row = failed_row(item, locator, fault.status, str(fault), file["sha256"])
            extracted.images.append(row)
            continue
        if len(figure.graphics) == 1:
            pictures += _panels(figure, file["sha256"], pixels, find_panels(pixels, detector))
        else:
            pictures.append(_Picture(locator, letter, file["sha256"], pixels, None))
    return pictures


def _panels(figure: Figure, sha256: str, pixels: Pixels, found: list[Panel]) -> list[_Picture]:
    """Return a picture per panel, with its letter if that is known; a doubt leaves it whole."""
    panels = _lettered(figure, pixels, found)
    is_sure = all(panel.letter or panel.confidence >= _SURE for panel in panels)
    if len(panels) < 2 or not is_sure:
        return [_Picture(figure.figure_id, None, sha256, pixels, None)]
    return [
        _Picture(
            f"{figure.figure_id}/{panel.letter or f'p{number}'}",
            panel.letter or "",
            sha256,
            pixels[panel.box[1] : panel.box[3], panel.box[0] : panel.box[2]],
            panel.box,
            panel.confidence,
        )
        for number, panel in enumerate(panels, start=1)
    ]


def _lettered(figure: Figure, pixels: Pixels, panels: list[Panel]) -> list[Panel]:
    """Return the panels with the caption's letters; none if they contradict the caption."""
    letters = "".join(figure.parts.by_letter)
    if figure.parts.layout is None:
        return match_letters(pixels, panels, letters) or []
    if len(panels) != len(letters) or not _lie_so(panels, figure.parts.layout):
        return []
    return panels


def _lie_so(panels: list[Panel], layout: Layout | None) -> bool:
    """Tell whether panels lie as the caption says: side by side, or one above the other."""
    boxes = [panel.box for panel in panels]
    if layout == "row":
        return _share_rows(boxes)
    if layout == "column":
        return _share_columns(boxes)
    return layout is None or (_share_rows(boxes[:2]) and _share_columns(boxes[::2]))


def _share_rows(boxes: list[Box]) -> bool:
    return max(top for _, top, _, _ in boxes) < min(bottom for *_, bottom in boxes)


def _share_columns(boxes: list[Box]) -> bool:
    return max(left for left, *_ in boxes) < min(right for _, _, right, _ in boxes)


def _add_pictures(
    item: Row, figure: Figure, pictures: list[_Picture], media: MediaStore, extracted: Extracted
) -> list[tuple[str, str | None]]:
    """Add pictures and return the id and the panel letter of each."""
    places: list[tuple[str, str | None]] = []
    for each in pictures:
        row = picture_row(item, each.locator, each.sha256, each.pixels, media, box=each.box)
        row["box_score"] = each.box_score
        extracted.images.append(row | _own_licence(figure))
        places.append((row["image_id"], each.letter))
    return places


def _passages(figure: Figure, *, has_panels: bool) -> Iterator[_Passage]:
    """Yield what is said of a figure and, if it was cut, of each of its panels."""
    yield _Passage("caption", "caption", figure.caption, "figure_caption", _CAPTION_SCORE, None)
    if has_panels:
        lead, letters = figure.parts.lead, "".join(figure.parts.by_letter)
        yield _Passage("lead", "caption", lead, "figure_caption", _LEAD_SCORE, letters)
        for letter, text in figure.parts.by_letter.items():
            where = f"{letter}/caption"
            yield _Passage(where, "subcaption", text, "panel_subcaption", _CAPTION_SCORE, letter)
    yield _Passage("group", "caption", figure.group_caption, "figure_caption", _LEAD_SCORE, "")
    part = figure.group_part
    yield _Passage("group-part", "subcaption", part, "panel_subcaption", _CAPTION_SCORE, "")
    for number, mention in enumerate(figure.mentions, start=1):
        yield _Passage(
            f"mention-{number}",
            "mention",
            mention.text,
            "citing_paragraph",
            _MENTION_SCORE,
            mention.letters,
        )


def add_passages(
    item: Row,
    figure: Figure,
    places: list[tuple[str, str | None]],
    extracted: Extracted,
    language: str,
) -> None:
    """Add what is said of a figure, each passage paired with the pictures that it speaks of."""
    has_panels = any(letter for _, letter in places)
    for passage in _passages(figure, has_panels=has_panels):
        if not passage.text:
            continue
        locator = f"{figure.figure_id}/{passage.locator}"
        text = extracted.add_text(item, locator, passage.kind, passage.text, language=language)
        for image, letter in places:
            if passage.speaks_of(letter):
                is_untold = letter == "" and passage.letters is None
                score = _UNTOLD_SCORE if is_untold else passage.score
                extracted.pair(item, image, text, passage.method, score)
