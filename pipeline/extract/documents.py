"""Slide decks to pictures, the captions next to them, titles and notes.

Reads items, media. Writes images, texts, pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.extract.alt_text import spoken_alt
from pipeline.extract.deck import MIN_SIDE_PX, DeckError, LeftOut, Page, Shown, too_small
from pipeline.extract.extracted import Extracted, Row
from pipeline.extract.furniture import Furniture
from pipeline.extract.nearby import is_labelled, nearest_passages
from pipeline.extract.pdf import open_pdf
from pipeline.extract.pptx import open_pptx
from pipeline.images.decode import PictureError, Pixels, failed_row, picture_row
from pipeline.store import MediaStore

LOCATOR = "deck"
TITLE_SCORE = 0.5
ALT_SCORE = 0.8
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
        with media.as_file(sha256) as path, _open(path) as pages:
            language = str(options.get("language", "en"))
            _Reading(item, sha256, media, language, extracted).read(pages)
    except DeckError as fault:
        row = failed_row(item, LOCATOR, "undecodable", f"{deck['name']}: {fault}", sha256)
        extracted.images.append(row)
    return extracted


@contextmanager
def _open(path: Path) -> Iterator[Sequence[Page]]:
    with path.open("rb") as file:
        head = file.read(_PDF_HEAD_BYTES)
    with open_pdf(path) if b"%PDF-" in head else open_pptx(path) as pages:
        yield pages


@dataclass(frozen=True, slots=True)
class _Reading:
    """The reading of one deck, page by page. What is left out is told once."""

    item: Mapping[str, Any]
    sha256: str
    media: MediaStore
    language: str
    extracted: Extracted
    told: set[bytes] = field(default_factory=set)

    def read(self, pages: Sequence[Page]) -> None:
        furniture = Furniture.of(pages)
        for page in pages:
            if page.fault is not None:
                self._fail(page.name, "undecodable", page.fault)
                continue
            for left in page.left_out:
                self._leave_out(left)
            shown = []
            for each in page.pictures:
                why = furniture.why(each.digest)
                if why is None:
                    shown.append(each)
                else:
                    self._leave_out(LeftOut(each.locator, why, each.digest))
            self._read_page(page, shown, furniture)

    def _read_page(self, page: Page, shown: list[Shown], furniture: Furniture) -> None:
        rows = [(each, self._picture(each)) for each in shown]
        seen = [(each, row) for each, row in rows if row is not None and row["status"] == "ok"]
        if not seen:
            return
        title = self._text(f"{page.name}/title", "title", page.title)
        notes = self._text(f"{page.name}/notes", "notes", page.notes)
        passages = [each for each in page.passages if not furniture.is_running(each, page)]
        captions: dict[str, str] = {}
        boxes = [each.box for each, _ in seen]
        found = nearest_passages(boxes, passages, (page.width, page.height))
        for (each, row), nearest in zip(seen, found, strict=True):
            if nearest is not None:
                passage, score = nearest
                if passage.text not in captions:
                    locator = f"{page.name}/caption-{len(captions) + 1}"
                    kind = "caption" if is_labelled(passage.text) else "slide"
                    captions[passage.text] = self._text(locator, kind, passage.text) or ""
                self._pair(row, captions[passage.text], "slide_caption", score)
            alt = self._text(f"{each.locator}/alt", "caption", spoken_alt(each.alt))
            self._pair(row, alt, "slide_caption", ALT_SCORE)
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
        """Add and return a picture's row; null if it is an icon."""
        if shown.size_px is not None and min(shown.size_px) < MIN_SIDE_PX:
            self._leave_out(LeftOut(shown.locator, too_small(*shown.size_px), shown.digest))
            return None
        try:
            pixels = shown.load()
        except PictureError as fault:
            return self._fail(shown.locator, fault.status, str(fault))
        pixels, box = _cropped(pixels, shown)
        height, width = pixels.shape[:2]
        if min(height, width) < MIN_SIDE_PX:
            self._leave_out(LeftOut(shown.locator, too_small(width, height), shown.digest))
            return None
        if shown.finish is not None:
            pixels = shown.finish(pixels)
        row = picture_row(self.item, shown.locator, self.sha256, pixels, self.media, box=box)
        self.extracted.images.append(row)
        return row

    def _leave_out(self, left: LeftOut) -> None:
        """Tell why something is not taken."""
        if not left.digest or left.digest not in self.told:
            self.told.add(left.digest)
            self._fail(left.locator, "left_out", left.why)

    def _fail(self, locator: str, status: str, why: str) -> Row:
        row = failed_row(self.item, locator, status, why, self.sha256)
        self.extracted.images.append(row)
        return row


def _cropped(pixels: Pixels, shown: Shown) -> tuple[Pixels, tuple[int, int, int, int] | None]:
    """Return the part of a picture that the slide shows, and its box in pixels."""
    if shown.crop is None:
        return pixels, None
    height, width = pixels.shape[:2]
    left, top, right, bottom = shown.crop
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    return pixels[box[1] : box[3], box[0] : box[2]], box
