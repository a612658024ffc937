"""Decks: pictures of PDF and PPTX, and the captions next to them."""

from __future__ import annotations

import io
import random
import zipfile

import numpy as np
import pymupdf
import pytest
from PIL import Image
from pptx import Presentation
from pptx.util import Emu, Inches

import pipeline.extract.pptx as pptx_reader
from pipeline.demo.decks import PDF_NAME, PPTX_NAME, write_decks
from pipeline.demo.truth import TruthBook
from pipeline.extract.deck import Passage, nearest_passages
from pipeline.extract.documents import extract_deck
from pipeline.extract.pdf import cluster_lines
from pipeline.images.decode import decode_picture
from schemas import IMAGES, PAIRS, TEXTS

ITEM = {"item_id": "slides:deck", "group_key": "slides:deck"}
RED, GREEN, BLUE = (200, 40, 30), (30, 160, 50), (30, 60, 190)


def picture(colour=RED, size=(300, 200), mode="RGB", kind="JPEG", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(out, kind, quality=95, **options)
    return out.getvalue()


def extract(media, content, name="deck"):
    sha256 = media.put(content, "bin")
    row = {"name": name, "role": "deck", "sha256": sha256, "status": "ok", "error": None}
    found = extract_deck(ITEM, [row], media, {})
    return (
        IMAGES.table(found.images).to_pylist(),
        TEXTS.table(found.texts).to_pylist(),
        PAIRS.table(found.pairs).to_pylist(),
    )


def colour_of(row, media, x=0.5, y=0.5):
    pixels = decode_picture(media.get(row["sha256"])).astype(int)
    height, width = pixels.shape[:2]
    return pixels[int(height * y), int(width * x)]


def said(pairs, texts, image_id):
    words = {each["text_id"]: each["text"] for each in texts}
    return {
        each["method"]: (words[each["text_id"]], each["score"])
        for each in pairs
        if each["image_id"] == image_id
    }


def pdf(draw, pages=1, **saving) -> bytes:
    document = pymupdf.open()
    for number in range(pages):
        draw(document.new_page(width=960, height=540), number)
    content = document.tobytes(**saving)
    document.close()
    return content


# --- PDF ----------------------------------------------------------------------------------------


def two_columns(page, number):
    page.insert_image(pymupdf.Rect(860, 495, 945, 527), stream=picture(BLUE, (400, 150)))
    page.insert_text((40, 522), f"(c) Society of Skin 2026   {number + 1}", fontsize=9)
    page.insert_text((40, 48), f"Lecture part {number}: tinea and scabies", fontsize=28)
    for place, (colour, words) in enumerate(
        ((RED, f"Left {number}: an annular plaque\nwith a raised border"), (GREEN, "Right burrows"))
    ):
        left = 40 + place * 450
        page.insert_image(
            pymupdf.Rect(left, 75, left + 430, 405), stream=picture(colour, (301 + number, 200))
        )
        box = pymupdf.Rect(left, 412, left + 430, 485)
        page.insert_textbox(box, words, fontsize=12)


def test_pictures_of_a_pdf_are_paired_with_caption_and_title(workspace):
    images, texts, pairs = extract(workspace.media, pdf(two_columns, 4))

    assert len(images) == 8, "the logo of every page is left out"
    assert all(row["locator"].startswith(f"p{n // 2 + 1}/x") for n, row in enumerate(images))
    assert np.allclose(colour_of(images[0], workspace.media), RED, atol=4)
    assert np.allclose(colour_of(images[1], workspace.media), GREEN, atol=4)
    assert said(pairs, texts, images[2]["image_id"]) == {
        "slide_caption": ("Left 1: an annular plaque with a raised border", 0.9),
        "slide_title": ("Lecture part 1: tinea and scabies", 0.5),
    }
    assert said(pairs, texts, images[3]["image_id"])["slide_caption"] == ("Right burrows", 0.9)
    assert [each["locator"] for each in texts[:3]] == ["p1/title", "p1/caption-1", "p1/caption-2"]
    assert [each["kind"] for each in texts[:3]] == ["title", "slide", "slide"]
    assert not any("Society" in each["text"] for each in texts)


def test_a_caption_above_is_found_where_there_is_none_below(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(100, 160, 500, 460), stream=picture())
        page.insert_textbox(pymupdf.Rect(100, 130, 500, 158), "Erythema migrans", fontsize=11)
        page.insert_text((600, 520), "far away from it", fontsize=11)

    images, texts, pairs = extract(workspace.media, pdf(draw))

    found = said(pairs, texts, images[0]["image_id"])
    assert found["slide_caption"] == ("Erythema migrans", 0.9)


def test_small_and_hidden_pictures_are_ornaments(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 90, 90), stream=picture(RED, (95, 400)))
        page.insert_image(pymupdf.Rect(1000, 10, 1300, 210), stream=picture(GREEN))
        page.insert_image(pymupdf.Rect(100, 100, 400, 300), stream=picture(BLUE, (96, 96)))

    images, _, _ = extract(workspace.media, pdf(draw))

    assert [(row["width_px"], row["height_px"]) for row in images] == [(96, 96)]


def test_soft_masks_become_white_and_cmyk_becomes_rgb(workspace):
    clear = Image.new("RGBA", (200, 200), (*BLUE, 255))
    clear.paste((*BLUE, 0), (0, 0, 200, 100))
    out = io.BytesIO()
    clear.save(out, "PNG")

    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 210, 210), stream=out.getvalue())
        page.insert_image(pymupdf.Rect(300, 10, 600, 210), stream=picture(GREEN, mode="CMYK"))
        page.insert_image(pymupdf.Rect(10, 300, 310, 500), stream=picture((90, 90, 90), mode="L"))

    images, _, _ = extract(workspace.media, pdf(draw))
    masked, cmyk, grey = images

    assert np.allclose(colour_of(masked, workspace.media, y=0.2), (255, 255, 255), atol=3)
    assert np.allclose(colour_of(masked, workspace.media, y=0.8), BLUE, atol=4)
    assert np.argmax(colour_of(cmyk, workspace.media)) == 1
    assert np.allclose(colour_of(grey, workspace.media), (90, 90, 90), atol=3)


def test_a_picture_is_turned_as_the_page_shows_it(workspace):
    half = Image.new("RGB", (300, 200), RED)
    half.paste(BLUE, (0, 0, 150, 200))
    out = io.BytesIO()
    half.save(out, "PNG")

    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=out.getvalue(), rotate=90)

    content = pdf(draw)
    images, _, _ = extract(workspace.media, content)
    with pymupdf.open(stream=content) as document:
        shown = document[0].get_pixmap()
        top, bottom = shown.pixel(160, 40), shown.pixel(160, 180)

    assert (images[0]["width_px"], images[0]["height_px"]) == (200, 300)
    assert np.allclose(colour_of(images[0], workspace.media, y=0.2), top, atol=4)
    assert np.allclose(colour_of(images[0], workspace.media, y=0.8), bottom, atol=4)
    assert tuple(top) != tuple(bottom)


def test_an_inline_picture_is_drawn_from_the_page(workspace):
    inline = b"q 200 0 0 200 50 50 cm BI /W 128 /H 128 /CS /RGB /BPC 8 ID "
    body = inline + bytes(RED) * (128 * 128) + b"\nEI Q"
    document = pymupdf.open()
    page = document.new_page(width=400, height=400)
    page.insert_text((50, 30), "x")
    document.update_stream(page.get_contents()[0], body)
    images, _, _ = extract(workspace.media, document.tobytes())
    document.close()

    assert [row["locator"] for row in images] == ["p1/i0"]
    assert np.allclose(colour_of(images[0], workspace.media), RED, atol=4)


def test_broken_and_encrypted_files_are_one_failed_row(workspace):
    locked = pdf(
        two_columns, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="owner"
    )
    whole = pptx(lambda slide: None)
    contents = {
        b"%PDF-1.7 and nothing else": "PDF",
        locked: "password",
        b"PK\x03\x04 no archive": "PPTX",
        whole[: len(whole) // 2]: "PPTX",
        b"\xd0\xcf\x11\xe0" + bytes(600): "encrypted or an old PowerPoint",
        b"": "PPTX",
    }
    for content, words in contents.items():
        images, texts, pairs = extract(workspace.media, content)
        assert [(row["locator"], row["status"]) for row in images] == [("deck", "undecodable")]
        assert words in images[0]["error"]
        assert (texts, pairs) == ([], [])


@pytest.mark.parametrize(("kept", "is_jpeg"), [(0.5, True), (0.0, True), (0.5, False)])
def test_a_broken_picture_is_a_failed_row_on_every_page(workspace, kept, is_jpeg):
    noisy = io.BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(noisy, "JPEG")

    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=noisy.getvalue())
        page.insert_image(pymupdf.Rect(10, 300, 310, 500), stream=picture(GREEN, (310, 200)))

    with pymupdf.open(stream=pdf(draw, 2), filetype="pdf") as document:
        first = document[0].get_images()[0][0]
        embedded = document.xref_stream_raw(first)
        body = embedded[: int(len(embedded) * kept)] or b"nothing of it"
        document.update_stream(first, body, compress=False)
        if is_jpeg:
            document.xref_set_key(first, "Filter", "/DCTDecode")
        content = document.tobytes()
    images, _, _ = extract(workspace.media, content)

    assert [row["status"] for row in images] == ["truncated", "ok"] * 2


def test_a_deck_that_was_not_fetched_is_one_failed_row(workspace):
    row = {"name": "d", "role": "deck", "sha256": None, "status": "too_large", "error": "too big"}
    found = extract_deck(ITEM, [row], workspace.media, {})
    gone = extract_deck(ITEM, [row | {"status": "ok", "sha256": "0" * 64}], workspace.media, {})

    assert [(each["locator"], each["status"]) for each in found.images] == [("deck", "not_fetched")]
    assert [each["status"] for each in gone.images] == ["missing_media"]
    assert extract_deck(ITEM, [], workspace.media, {}).images == []


def test_lines_are_joined_by_size_and_edge_and_not_across_columns():
    lines = [
        Passage((40, 100, 200, 112), "An annular plaque", 11.0),
        Passage((300, 100, 460, 112), "A burrow", 11.0),
        Passage((40, 114, 180, 126), "with a raised border", 11.0),
        Passage((300, 114, 420, 126), "on the wrist", 11.0),
        Passage((40, 130, 200, 148), "Heading", 18.0),
        Passage((60, 400, 200, 412), "far below", 11.0),
    ]

    assert sorted(each.text for each in cluster_lines(lines)) == [
        "A burrow on the wrist",
        "An annular plaque with a raised border",
        "Heading",
        "far below",
    ]


def test_the_nearest_passage_is_below_or_above_and_else_beside():
    shown = (100.0, 100.0, 300.0, 300.0)
    below = Passage((100, 305, 300, 330), "below it")
    above = Passage((100, 80, 300, 95), "above it")
    beside = Passage((310, 120, 500, 280), "beside it")
    inside = Passage((120, 180, 200, 200), "burned in")
    number = Passage((150, 301, 200, 309), "17")

    assert nearest_passages([shown], [above, below, number], 540.0) == [(below, 0.9)]
    assert nearest_passages([shown], [inside, beside, above], 540.0) == [(above, 0.9)]
    assert nearest_passages([shown], [inside, beside], 540.0) == [(beside, 0.7)]
    assert nearest_passages([shown], [inside, number], 540.0) == [None]


@pytest.mark.parametrize("side", ["below", "above"])
def test_in_a_tight_grid_all_captions_stand_on_the_same_side(side):
    # the caption of the other row is nearer to a picture than its own
    pictures = [(0.0, 40.0, 200.0, 200.0), (0.0, 240.0, 200.0, 400.0)]
    places = (210, 410) if side == "below" else (18, 218)
    if side == "above":
        pictures = [(0.0, 40.0, 200.0, 215.0), (0.0, 240.0, 200.0, 400.0)]
    own = [Passage((0, top, 200, top + 12), f"caption at {top}") for top in places]
    if side == "below":
        own[0] = Passage((0, 212, 200, 236), "caption of the first row")

    assert nearest_passages(pictures, own, 540.0) == [(own[0], 0.9), (own[1], 0.9)]


# --- PPTX ---------------------------------------------------------------------------------------


def pptx(*draws) -> bytes:
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


def case(number):
    def draw(slide):
        slide.shapes.title.text = f"Case {number}"
        add_picture(slide.shapes, picture(BLUE, (200, 120)), 12, 7, 1)
        add_picture(slide.shapes, picture(RED, (300 + number, 200)), 0.5, 1.6)
        add_picture(slide.shapes, picture(GREEN, (300 + number, 200)), 6.5, 1.6)
        add_text(slide.shapes, f"Left lesion {number}", 0.5, 4.5)
        add_text(slide.shapes, f"Right lesion {number}", 6.5, 4.5)
        slide.notes_slide.notes_text_frame.text = f"Both itch, says patient {number}."

    return draw


def test_pictures_of_a_pptx_are_paired_with_caption_title_and_notes(workspace):
    images, texts, pairs = extract(workspace.media, pptx(*(case(n) for n in range(1, 5))))

    assert [row["locator"] for row in images] == [f"s{n}/{k}" for n in range(1, 5) for k in (2, 3)]
    assert np.allclose(colour_of(images[3], workspace.media), GREEN, atol=4)
    assert said(pairs, texts, images[3]["image_id"]) == {
        "slide_caption": ("Right lesion 2", 0.9),
        "slide_title": ("Case 2", 0.5),
        "slide_notes": ("Both itch, says patient 2.", 0.4),
    }
    assert {each["locator"] for each in texts if each["kind"] == "notes"} == {
        f"s{n}/notes" for n in range(1, 5)
    }


def test_pictures_in_groups_lie_where_the_group_shows_them(workspace):
    def draw(slide):
        group = slide.shapes.add_group_shape()
        inner = group.shapes.add_group_shape()
        add_picture(inner.shapes, picture(RED), 1, 1)
        # moved and doubled as a whole: the picture's own place says nothing of where it is shown
        group.left, group.top = Inches(5), Inches(0.5)
        group.width, group.height = Emu(group.width * 2), Emu(group.height * 2)
        add_text(slide.shapes, "Under the group", 6, 6.1, 5)
        add_text(slide.shapes, "Under the picture's own place", 0.5, 3.9, 4)

    images, texts, pairs = extract(workspace.media, pptx(draw))

    assert [row["locator"] for row in images] == ["s1/1"]
    assert said(pairs, texts, images[0]["image_id"])["slide_caption"] == ("Under the group", 0.9)


def test_only_the_part_that_a_slide_shows_is_taken(workspace):
    halves = Image.new("RGB", (400, 200), RED)
    halves.paste(GREEN, (200, 0, 400, 200))
    out = io.BytesIO()
    halves.save(out, "PNG")

    def draw(slide):
        shown = add_picture(slide.shapes, out.getvalue(), 1, 1)
        shown.crop_left = 0.5

    (row,), _, _ = extract(workspace.media, pptx(draw))

    assert (row["width_px"], row["height_px"], row["box"]) == (200, 200, [200, 0, 400, 200])
    assert np.allclose(colour_of(row, workspace.media, x=0.1), GREEN, atol=4)


def test_a_picture_that_cannot_be_read_is_a_failed_row(workspace):
    def draw(slide):
        add_picture(slide.shapes, picture(RED), 1, 1)
        add_picture(slide.shapes, picture(GREEN), 6, 1)

    content = rewritten(pptx(draw), lambda name, body: body[:200] if "image1" in name else body)
    images, _, _ = extract(workspace.media, content)

    assert sorted(row["status"] for row in images) == ["ok", "truncated"]


def rewritten(content: bytes, change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_bombs_are_refused_before_they_unpack(workspace, monkeypatch):
    bomb = rewritten(
        pptx(lambda slide: None),
        lambda name, body: body + b" " * 3_000_000 if name.endswith("slide1.xml") else body,
    )
    monkeypatch.setattr(pptx_reader, "MAX_XML_BYTES", 2_000_000)
    images, _, _ = extract(workspace.media, bomb)
    assert "over the limit" in images[0]["error"]

    monkeypatch.setattr(pptx_reader, "MAX_XML_BYTES", 20_000_000)
    monkeypatch.setattr(pptx_reader, "MAX_UNPACKED_BYTES", 2_000_000)
    images, _, _ = extract(workspace.media, bomb)
    assert "over the limit" in images[0]["error"]


def test_entities_are_not_followed(workspace, tmp_path):
    (tmp_path / "secret").write_text("the secret")
    declared = f'<!DOCTYPE p [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'

    def change(name, body):
        if not name.endswith("slide1.xml"):
            return body
        text = body.decode().replace("CASE", "&x;")
        return text.replace("?>", f"?>{declared}", 1).encode()

    def draw(slide):
        slide.shapes.title.text = "CASE"
        add_picture(slide.shapes, picture(RED), 1, 2)

    _, texts, _ = extract(workspace.media, rewritten(pptx(draw), change))

    assert "the secret" not in str(texts)


@pytest.fixture(scope="module")
def demo_decks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decks")
    write_decks(folder, 7, TruthBook(7))
    return folder


@pytest.mark.parametrize("name", [PDF_NAME, PPTX_NAME])
def test_damaged_decks_end_in_rows(demo_decks, workspace, name):
    whole = (demo_decks / name).read_bytes()
    rng = random.Random(11)
    statuses = set()
    for number in range(16):
        damaged = bytearray(whole)
        for _ in range(rng.choice((1, 20, 400))):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        end = rng.randrange(len(damaged)) if number % 4 == 0 else None
        images, _, _ = extract(workspace.media, bytes(damaged[:end]), name)
        assert all(row["error"] for row in images if row["status"] != "ok")
        statuses |= {row["status"] for row in images}

    assert "undecodable" in statuses


@pytest.mark.parametrize(
    ("name", "locators"),
    [
        (PDF_NAME, ["p2", "p3", "p3", "p4", "p5", "p6", "p6", "p7"]),
        (PPTX_NAME, ["s2", "s3", "s3", "s4", "s5", "s6", "s6", "s7"]),
    ],
)
def test_the_demo_decks_are_read_as_their_truth_says(demo_decks, workspace, name, locators):
    images, texts, pairs = extract(workspace.media, (demo_decks / name).read_bytes(), name)

    assert [row["locator"].split("/")[0] for row in images] == locators
    assert {row["status"] for row in images} == {"ok"}
    captions = [said(pairs, texts, row["image_id"]).get("slide_caption") for row in images]
    assert all(captions)
    assert len({words for words, _ in captions}) == len(images)
