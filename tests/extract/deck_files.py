"""Decks made on the spot, and what the extractor makes of them."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pymupdf
from PIL import Image
from pptx import Presentation
from pptx.util import Inches

from pipeline.extract.documents import extract_deck
from pipeline.images.decode import decode_picture
from schemas import IMAGES, PAIRS, TEXTS

ITEM = {"item_id": "slides:deck", "group_key": "slides:deck"}
RED, GREEN, BLUE = (200, 40, 30), (30, 160, 50), (30, 60, 190)


def picture(colour=RED, size=(300, 200), mode="RGB", kind="JPEG", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(out, kind, quality=95, **options)
    return out.getvalue()


def png(image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def noisy(size=(300, 200), seed=1) -> Image.Image:
    """A picture like no other, smooth as photographs are."""
    small = np.random.default_rng(seed).integers(40, 220, (7, 9, 3)).astype("uint8")
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def halves(left=RED, right=GREEN, size=(400, 200)) -> Image.Image:
    made = Image.new("RGB", size, left)
    made.paste(right, (size[0] // 2, 0, *size))
    return made


def extract(media, content, name="deck"):
    """Return the rows of images, texts and pairs of a deck."""
    sha256 = media.put(content, "bin")
    row = {"name": name, "role": "deck", "sha256": sha256, "status": "ok", "error": None}
    found = extract_deck(ITEM, [row], media, {})
    return (
        IMAGES.table(found.images).to_pylist(),
        TEXTS.table(found.texts).to_pylist(),
        PAIRS.table(found.pairs).to_pylist(),
    )


def taken(images):
    return [row for row in images if row["status"] != "left_out"]


def left_out(images):
    return {row["locator"]: row["error"] for row in images if row["status"] == "left_out"}


def pixels_of(row, media):
    return decode_picture(media.get(row["sha256"])).astype(int)


def colour_of(row, media, x=0.5, y=0.5):
    pixels = pixels_of(row, media)
    height, width = pixels.shape[:2]
    return pixels[int(height * y), int(width * x)]


def said(pairs, texts, image_id):
    """Return what is said of a picture: (words, score) by method, the surest first."""
    words = {each["text_id"]: each["text"] for each in texts}
    found = {}
    for each in sorted(pairs, key=lambda each: each["score"]):
        if each["image_id"] == image_id:
            found[each["method"]] = (words[each["text_id"]], each["score"])
    return found


def pdf(draw, pages=1, size=(960, 540), **saving) -> bytes:
    """Return a PDF; ``draw`` is called with each page and its number from 0."""
    document = pymupdf.open()
    for number in range(pages):
        draw(document.new_page(width=size[0], height=size[1]), number)
    content = document.tobytes(**saving)
    document.close()
    return content


def changed_pdf(content, change) -> bytes:
    """Return a PDF after ``change`` had its open document."""
    with pymupdf.open(stream=content, filetype="pdf") as document:
        change(document)
        return document.tobytes()


def pptx(*draws) -> bytes:
    """Return a PPTX with a slide for each function, which is called with it."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    for draw in draws:
        draw(deck.slides.add_slide(deck.slide_layouts[5]))
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def add_text(shapes, words, left, top, width=4.0):
    shapes.add_textbox(
        Inches(left), Inches(top), Inches(width), Inches(0.6)
    ).text_frame.text = words


def add_picture(shapes, content, left, top, width=4.0):
    return shapes.add_picture(io.BytesIO(content), Inches(left), Inches(top), width=Inches(width))


def rewritten(content: bytes, change) -> bytes:
    """Return an archive after ``change`` had the name and the bytes of each member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)), zipfile.ZIP_DEFLATED)
    return out.getvalue()
