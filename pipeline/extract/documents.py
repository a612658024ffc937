"""Slide decks to pictures, the captions next to them, titles and notes.

Reads items, media. Writes images, texts, pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from pipeline.extract.deck import (
    DeckError,
    Page,
    Passage,
    Shown,
    is_running,
    nearest_passages,
    repeated_pictures,
    running_lines,
)
from pipeline.extract.extracted import Extracted, Row
from pipeline.extract.pdf import open_pdf
from pipeline.extract.pptx import open_pptx
from pipeline.images.decode import PictureError, Pixels, failed_row, picture_row
from pipeline.store import MediaStore

LOCATOR = "deck"
MIN_SIDE_PX = 96
TITLE_SCORE = 0.5
NOTES_SCORE = 0.4
_PDF_HEAD_BYTES = 1024


def extract_deck(
    item: Mapping[str, Any],
    files: list[Mapping[str, Any]],
    media: MediaStore,
    options: Mapping[str, Any],
) -> Extracted:
    """Extract a deck. One that cannot be opened is one row of images with the locator `deck`."""
    extracted = Extracted()
    deck = next((each for each in files if each["role"] == "deck"), None)
    if deck is None:
        return extracted
    if deck["status"] != "ok":
        extracted.images.append(failed_row(item, LOCATOR, "not_fetched", str(deck["error"])))
        return extracted
    sha256 = str(deck["sha256"])
    if media.find(sha256) is None:
        why = f"the media store does not hold the file of {deck['name']}"
        extracted.images.append(failed_row(item, LOCATOR, "missing_media", why, sha256))
        return extracted
    try:
        with _open(media.get(sha256)) as pages:
            language = str(options.get("language", "en"))
            _Reading(item, sha256, media, language, extracted).read(pages)
    except DeckError as fault:
        row = failed_row(item, LOCATOR, "undecodable", f"{deck['name']}: {fault}", sha256)
        extracted.images.append(row)
    return extracted


def _open(content: bytes) -> AbstractContextManager[list[Page]]:
    return open_pdf(content) if b"%PDF-" in content[:_PDF_HEAD_BYTES] else open_pptx(content)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The reading of one deck, page by page."""

    item: Mapping[str, Any]
    sha256: str
    media: MediaStore
    language: str
    extracted: Extracted

    def read(self, pages: Sequence[Page]) -> None:
        repeated, lines = repeated_pictures(pages), running_lines(pages)
        for page in pages:
            if page.fault is not None:
                row = failed_row(self.item, page.name, "undecodable", page.fault, self.sha256)
                self.extracted.images.append(row)
                continue
            shown = [each for each in page.pictures if each.digest not in repeated]
            passages = [each for each in page.passages if not is_running(each, page, lines)]
            self._read_page(page, shown, passages)

    def _read_page(self, page: Page, shown: list[Shown], passages: list[Passage]) -> None:
        rows = [(each, self._picture(each)) for each in shown]
        standing = [(each, row) for each, row in rows if row is not None]
        self.extracted.images.extend(row for _, row in standing)
        seen = [(each, row) for each, row in standing if row["status"] == "ok"]
        if not seen:
            return
        title = self._text(f"{page.name}/title", "title", page.title)
        notes = self._text(f"{page.name}/notes", "notes", page.notes)
        captions: dict[str, str] = {}
        found = nearest_passages([each.box for each, _ in seen], passages, page.height)
        for (_, row), nearest in zip(seen, found, strict=True):
            if nearest is not None:
                passage, score = nearest
                locator = f"{page.name}/caption-{len(captions) + 1}"
                if passage.text not in captions:
                    captions[passage.text] = self._text(locator, "slide", passage.text) or ""
                self._pair(row, captions[passage.text], "slide_caption", score)
            self._pair(row, title, "slide_title", TITLE_SCORE)
            self._pair(row, notes, "slide_notes", NOTES_SCORE)

    def _text(self, locator: str, kind: str, text: str) -> str | None:
        if not text:
            return None
        return self.extracted.add_text(self.item, locator, kind, text, language=self.language)

    def _pair(self, row: Row, text: str | None, method: str, score: float) -> None:
        if text:
            self.extracted.pair(self.item, row["image_id"], text, method, score)

    def _picture(self, shown: Shown) -> Row | None:
        """Return a picture's row; null if it is too small to be more than an ornament."""
        try:
            pixels = shown.load()
        except PictureError as fault:
            return failed_row(self.item, shown.locator, fault.status, str(fault), self.sha256)
        pixels, box = _cropped(pixels, shown)
        if min(pixels.shape[:2]) < MIN_SIDE_PX:
            return None
        return picture_row(self.item, shown.locator, self.sha256, pixels, self.media, box=box)


def _cropped(pixels: Pixels, shown: Shown) -> tuple[Pixels, tuple[int, int, int, int] | None]:
    """Return the part of a picture that the slide shows, and its box in pixels."""
    if shown.crop is None:
        return pixels, None
    height, width = pixels.shape[:2]
    left, top, right, bottom = shown.crop
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    return pixels[box[1] : box[3], box[0] : box[2]], box
