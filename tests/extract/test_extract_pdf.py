"""PDF decks: what a page shows, and nothing else of what the file holds."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageDraw

import pipeline.extract.pdf as pdf_reader
import pipeline.extract.pdf_trace as pdf_trace
from tests.extract.deck_files import (
    BLUE,
    GREEN,
    RED,
    changed_pdf,
    colour_of,
    extract,
    halves,
    left_out,
    noisy,
    pdf,
    picture,
    pixels_of,
    png,
    said,
    taken,
)


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
    found, texts, pairs = extract(workspace.media, pdf(two_columns, 4))
    images = taken(found)

    assert len(images) == 8
    assert left_out(found) == {
        "p1/x5": "the picture stands on 4 of 4 pages: it belongs to the template"
    }
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

    assert [(row["width_px"], row["height_px"]) for row in taken(images)] == [(96, 96)]
    icon, outside = left_out(images).values()
    assert "95 x 400 pixels" in outside + icon
    assert "outside the page" in outside + icon


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


def test_inline_pictures_in_one_place_are_furniture_only_if_they_are_the_same(workspace):
    def inline(document):
        for number, page in enumerate(document):
            colour = bytes((200, 20 * number, 30))
            for x, pixel in ((50, colour), (300, bytes(BLUE))):
                body = b"q 200 0 0 200 %d 50 cm BI /W 128 /H 128 /CS /RGB /BPC 8 ID " % x
                stream = document.get_new_xref()
                document.update_object(stream, "<<>>")
                document.update_stream(stream, body + pixel * 128**2 + b"\nEI Q", new=True)
                kept = document.xref_get_key(page.xref, "Contents")[1].strip("[]")
                kept = "" if kept == "null" else kept
                document.xref_set_key(page.xref, "Contents", f"[{kept} {stream} 0 R]")

    images, _, _ = extract(workspace.media, changed_pdf(pdf(lambda *_: None, 5), inline))

    assert [row["locator"] for row in taken(images)] == [f"p{n}/i0" for n in range(1, 6)]
    assert list(left_out(images)) == ["p1/i1"]


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


# --- what is shown ------------------------------------------------------------------------------


def test_a_picture_shown_twice_stands_in_two_places(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=picture())
        page.insert_image(pymupdf.Rect(400, 10, 700, 210), stream=picture())
        page.insert_text((20, 225), "before treatment")
        page.insert_text((410, 225), "after treatment")

    images, texts, pairs = extract(workspace.media, pdf(draw))

    assert [row["locator"] for row in images] == ["p1/x5", "p1/x5-2"]
    words = [said(pairs, texts, row["image_id"])["slide_caption"][0] for row in images]
    assert words == ["before treatment", "after treatment"]


def test_a_large_picture_that_is_shown_again_is_no_furniture(workspace):
    def draw(page, number):
        shown = 0 if number in (1, 3, 5) else number + 10
        page.insert_image(pymupdf.Rect(100, 60, 800, 500), stream=png(noisy(seed=shown)))

    images, _, _ = extract(workspace.media, pdf(draw, 8))

    assert [row["status"] for row in images] == ["ok"] * 8


def test_a_clip_leaves_what_it_shows(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(0, 0, 400, 200), stream=png(halves()))

    def clip(document):
        stream = document[0].get_contents()[0]
        drawn = document.xref_stream(stream).replace(b"q", b"q 250 340 150 200 re W n", 1)
        document.update_stream(stream, drawn)

    (row,), _, _ = extract(workspace.media, changed_pdf(pdf(draw), clip))

    assert (row["width_px"], row["height_px"]) == (150, 200)
    assert row["box"] == [250, 0, 400, 200]
    assert np.allclose(pixels_of(row, workspace.media).mean(axis=(0, 1)), GREEN, atol=4)


def test_a_round_clip_hides_the_corners(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(0, 0, 300, 300), stream=picture(size=(600, 600)))

    def clip(document):
        stream = document[0].get_contents()[0]
        round_path = b"q 150 540 m 350 540 350 240 150 240 c -50 240 -50 540 150 540 c W n"
        drawn = document.xref_stream(stream).replace(b"q", round_path, 1)
        document.update_stream(stream, drawn)

    (row,), _, _ = extract(workspace.media, changed_pdf(pdf(draw), clip))

    assert row["width_px"] == 600
    assert np.allclose(colour_of(row, workspace.media), RED, atol=4)
    assert np.allclose(colour_of(row, workspace.media, 0.02, 0.02), (255, 255, 255), atol=4)


def test_what_a_bar_hides_stays_hidden(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(0, 0, 300, 200), stream=picture(size=(600, 400)))
        page.draw_rect(pymupdf.Rect(100, 50, 200, 80), color=None, fill=(0, 0, 0))
        page.insert_image(pymupdf.Rect(400, 0, 700, 200), stream=picture(GREEN, (600, 400)))
        page.draw_line((420, 90), (660, 90), color=(0, 0, 0), width=20)
        page.insert_image(pymupdf.Rect(0, 300, 300, 500), stream=picture(BLUE, (600, 400)))
        page.draw_rect(pymupdf.Rect(0, 300, 300, 500), color=None, fill=(1, 1, 1))

    images, _, _ = extract(workspace.media, pdf(draw))
    first, second = taken(images)

    for row, colour in ((first, RED), (second, GREEN)):
        assert (row["width_px"], row["height_px"]) == (600, 400)
        assert np.allclose(
            colour_of(row, workspace.media, 0.5, 0.45 if row is second else 0.3), 0, atol=9
        )
        assert np.allclose(colour_of(row, workspace.media, 0.5, 0.8), colour, atol=4)
    assert "under a shape" in " ".join(left_out(images).values())


def test_thin_outlines_and_letters_on_a_picture_do_not_touch_its_pixels(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(0, 0, 300, 200), stream=picture(size=(600, 400)))
        page.draw_rect(pymupdf.Rect(0, 0, 300, 200), color=(0, 0, 1), width=1)
        page.insert_text((20, 40), "A", fontsize=30)

    (row,), _, _ = extract(workspace.media, pdf(draw))

    assert np.abs(pixels_of(row, workspace.media) - RED).max() < 8


def test_a_rotated_page_is_read_as_it_is_shown(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(100, 100, 500, 300), stream=png(halves()))
        page.set_rotation(90)
        place = pymupdf.Point(250, 520) * page.derotation_matrix
        page.insert_text(place, "Shown upright below the picture", rotate=90)

    content = pdf(draw)
    images, texts, pairs = extract(workspace.media, content)
    with pymupdf.open(stream=content) as document:
        shown = document[0].get_pixmap()
        top, bottom = shown.pixel(340, 150), shown.pixel(340, 450)

    assert [(row["width_px"], row["height_px"]) for row in images] == [(200, 400)]
    assert np.allclose(colour_of(images[0], workspace.media, y=0.2), top, atol=4)
    assert np.allclose(colour_of(images[0], workspace.media, y=0.8), bottom, atol=4)
    assert tuple(top) != tuple(bottom)
    found = said(pairs, texts, images[0]["image_id"])
    assert found["slide_caption"] == ("Shown upright below the picture", 0.9)


def test_strips_are_put_together_and_neighbours_are_not(workspace):
    whole = noisy((300, 400))

    def draw(page, _):
        for place in range(8):
            strip = whole.crop((0, 50 * place, 300, 50 * place + 50))
            box = pymupdf.Rect(10, 10 + 25 * place, 160, 35 + 25 * place)
            page.insert_image(box, stream=png(strip))
        page.insert_image(pymupdf.Rect(300, 10, 450, 110), stream=picture(RED))
        page.insert_image(pymupdf.Rect(300, 110, 450, 210), stream=picture(GREEN))
        for place in range(4):
            left, top = 150 * (place % 2), 200 * (place // 2)
            tile = whole.crop((left, top, left + 150, top + 200))
            box = pymupdf.Rect(600 + left / 2, 10 + top / 2, 675 + left / 2, 110 + top / 2)
            page.insert_image(box, stream=png(tile))

    images, _, _ = extract(workspace.media, pdf(draw))

    assert [(row["width_px"], row["height_px"]) for row in images] == [
        (300, 400),
        (300, 200),
        (300, 400),
        (300, 200),
    ]
    for row in (images[0], images[2]):
        assert np.abs(pixels_of(row, workspace.media) - np.asarray(whole)).mean() < 3


def test_a_shadow_and_a_layer_are_parts_of_their_picture(workspace):
    shadow = Image.new("RGBA", (300, 200), (0, 0, 0, 90))
    writing = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    ImageDraw.Draw(writing).rectangle((100, 100, 200, 200), fill=(0, 0, 255, 255))

    def draw(page, _):
        page.insert_image(pymupdf.Rect(20, 20, 330, 230), stream=png(shadow))
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=picture())
        page.insert_image(pymupdf.Rect(400, 10, 700, 210), stream=picture(GREEN, (600, 400)))
        page.insert_image(pymupdf.Rect(400, 10, 700, 210), stream=png(writing))

    images, _, _ = extract(workspace.media, pdf(draw))
    first, second = taken(images)

    assert np.allclose(colour_of(first, workspace.media), RED, atol=4)
    assert np.allclose(colour_of(second, workspace.media, 0.25, 0.4), (0, 0, 255), atol=9)
    assert np.allclose(colour_of(second, workspace.media, 0.9, 0.9), GREEN, atol=4)
    assert len(left_out(images)) == 2


def cmyk_profile() -> bytes:
    """Return an ICC profile in which pure cyan looks red."""

    def number(value):
        return struct.pack(">i", int(value * 65536))

    corners = b"".join(
        bytes((130, 190, 170)) if corner & 8 else bytes((255, 128, 128)) for corner in range(16)
    )
    ramp = bytes(range(256))
    unit = b"".join(number(each) for each in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit + ramp * 4 + corners + ramp * 3
    white = number(0.9642) + number(1) + number(0.8249)
    name = b"desc" + bytes(4) + struct.pack(">I", 4) + b"odd\0" + bytes(78)
    tags = [
        (b"desc", name),
        (b"cprt", b"text" + bytes(4) + b"none\0"),
        (b"wtpt", b"XYZ " + bytes(4) + white),
        (b"A2B0", table),
    ]
    start = 128 + 4 + 12 * len(tags)
    index, body = struct.pack(">I", len(tags)), b""
    for key, content in tags:
        index += key + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = bytearray(128)
    head[:4] = struct.pack(">I", start + len(body))
    head[4:24] = b"test\x02\x40\0\0prtrCMYKLab "
    head[36:40], head[68:80] = b"acsp", white
    return bytes(head) + index + body


def test_the_colours_of_a_profile_become_srgb(workspace):
    def draw(page, _):
        page.insert_image(
            pymupdf.Rect(10, 10, 310, 210), stream=picture((0, 255, 255), mode="CMYK")
        )

    def profiled(document):
        xref = document[0].get_images()[0][0]
        profile = document.get_new_xref()
        document.update_object(profile, "<</N 4/Alternate/DeviceCMYK>>")
        document.update_stream(profile, cmyk_profile(), new=True)
        document.xref_set_key(xref, "ColorSpace", f"[/ICCBased {profile} 0 R]")

    (plain,), _, _ = extract(workspace.media, pdf(draw))
    (row,), _, _ = extract(workspace.media, changed_pdf(pdf(draw), profiled))

    red, _, blue = colour_of(plain, workspace.media)
    assert red < 60 < 150 < blue
    red, green, blue = colour_of(row, workspace.media)
    assert red > 180 > green + 60
    assert red > blue + 60


def test_a_scanned_page_is_one_picture_with_its_own_words(workspace):
    def draw(page, number):
        page.insert_image(page.rect, stream=png(noisy((900, 1200), number)))
        page.insert_text((60, 580), f"Fig. {number + 1}. A keloid of the ear.", render_mode=3)

    images, texts, pairs = extract(workspace.media, pdf(draw, 3, size=(450, 600)))

    assert [(row["width_px"], row["height_px"]) for row in images] == [(900, 1200)] * 3
    found = [said(pairs, texts, row["image_id"])["slide_caption"] for row in images]
    assert found[1] == ("Fig. 2. A keloid of the ear.", 0.7)
    assert {each["kind"] for each in texts} == {"caption"}


# --- drawn figures ------------------------------------------------------------------------------


def chart(page, left, top):
    page.draw_line((left, top), (left, top + 200))
    page.draw_line((left, top + 200), (left + 300, top + 200))
    for bar in range(6):
        x, height = left + 15 + 45 * bar, 40 + 25 * (bar * 7 % 6)
        box = pymupdf.Rect(x, top + 200 - height, x + 30, top + 200)
        page.draw_rect(box, color=None, fill=(0.2, 0.3, 0.1 * bar))
        page.insert_text((x, top + 214), f"{1990 + bar}", fontsize=9)


def test_a_chart_is_drawn_with_its_labels_and_its_caption_is_found(workspace):
    def draw(page, _):
        chart(page, 100, 100)
        page.insert_text((100, 335), "Figure 2. Cases per year.", fontsize=11)

    (row,), texts, pairs = extract(workspace.media, pdf(draw))

    assert row["locator"] == "p1/v1"
    assert 2.4 * 300 < row["width_px"] < 2.6 * 330
    assert 2.4 * 214 < row["height_px"] < 2.6 * 230
    assert said(pairs, texts, row["image_id"])["slide_caption"] == (
        "Figure 2. Cases per year.",
        0.9,
    )
    assert np.allclose(colour_of(row, workspace.media, 0.12, 0.85), (51, 77, 0), atol=9)


def test_tables_frames_rules_and_marks_on_pictures_are_no_figures(workspace):
    def draw(page, _):
        for line in range(9):
            y = 50 + 20 * line
            page.draw_line((50, y), (450, y))
            for cell in range(4):
                page.insert_text((55 + 100 * cell, y + 14), "some words here", fontsize=11)
        for column in range(5):
            page.draw_line((50 + 100 * column, 50), (50 + 100 * column, 210))
        page.insert_image(pymupdf.Rect(500, 50, 800, 250), stream=png(noisy()))
        for arrow in range(10):
            page.draw_line((520 + 20 * arrow, 60), (540 + 20 * arrow, 200))
        for rule in range(12):
            page.draw_line((50, 400 + rule), (900, 400 + rule))

    images, _, _ = extract(workspace.media, pdf(draw))

    assert [row["locator"].split("/")[1][0] for row in images] == ["x"]


def test_a_drawn_ornament_of_every_page_is_furniture(workspace):
    images, _, _ = extract(workspace.media, pdf(lambda page, _: chart(page, 100, 100), 4))

    assert taken(images) == []
    assert "on 4 of 4 pages" in left_out(images)["p1/v1"]


# --- hostile files ------------------------------------------------------------------------------


def page_of(document, content: bytes, resources: str = "<<>>"):
    """Give the first page another content."""
    page = document[0]
    stream = document.get_new_xref()
    document.update_object(stream, "<<>>")
    document.update_stream(stream, content, new=True)
    document.xref_set_key(page.xref, "Contents", f"{stream} 0 R")
    document.xref_set_key(page.xref, "Resources", resources)


def with_good_page(page, number):
    if number == 1:
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=picture())


def assert_only_the_first_page_fails(images, words):
    assert (images[0]["locator"], images[0]["status"]) == ("p1", "undecodable")
    assert words in images[0]["error"]
    assert [row["status"] for row in images[1:]] == ["ok"]


def test_forms_in_forms_without_end_are_stopped(workspace, monkeypatch):
    monkeypatch.setattr(pdf_trace, "MAX_EVENTS", 5000)
    monkeypatch.setattr(pdf_reader, "MAX_EVENTS", 5000)

    def laugh(document):
        inner = None
        for _depth in range(12):
            xref = document.get_new_xref()
            names = "" if inner is None else f"/XObject<</A {inner} 0 R>>"
            told = f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<{names}>>>>"
            document.update_object(xref, told)
            document.update_stream(xref, b"" if inner is None else b"/A Do " * 10, new=True)
            inner = xref
        page_of(document, b"/A Do", f"<</XObject<</A {inner} 0 R>>>>")

    images, _, _ = extract(workspace.media, changed_pdf(pdf(with_good_page, 2), laugh))

    assert_only_the_first_page_fails(images, "paints more than 5,000 things")


def test_instructions_that_unpack_without_end_are_not_read(workspace, monkeypatch):
    monkeypatch.setattr(pdf_reader, "MAX_CONTENT_BYTES", 1_000_000)

    def bomb(document):
        page_of(document, b"q Q " * 500_000)

    content = changed_pdf(pdf(with_good_page, 2), bomb)
    assert len(content) < 30_000
    images, _, _ = extract(workspace.media, content)

    assert_only_the_first_page_fails(images, "unpack to more than 1,000,000 bytes")


def test_a_picture_bomb_is_refused_before_it_is_decoded(workspace):
    def bomb(document):
        first = document[0].get_images()[0][0]
        packed = zlib.compress(bytes(3_000_000))
        document.update_stream(first, packed, compress=False)
        for key, value in (("Width", "50000"), ("Height", "50000"), ("Filter", "/FlateDecode")):
            document.xref_set_key(first, key, value)
        document.xref_set_key(first, "ColorSpace", "/DeviceRGB")

    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=picture())
        page.insert_image(pymupdf.Rect(400, 10, 700, 210), stream=picture(GREEN))

    images, _, _ = extract(workspace.media, changed_pdf(pdf(draw), bomb))

    assert [row["status"] for row in images] == ["too_large", "ok"]
    assert "2,500,000,000 pixels" in images[0]["error"]


def test_a_page_as_large_as_a_field_is_read(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=picture())

    def stretch(document):
        document.xref_set_key(document[0].xref, "MediaBox", "[0 0 90000000 90000000]")

    images, _, _ = extract(workspace.media, changed_pdf(pdf(draw), stretch))

    assert [row["status"] for row in images] == ["ok"]


def test_a_deck_of_too_many_pages_is_read_as_far_as_that(workspace, monkeypatch):
    monkeypatch.setattr(pdf_reader, "MAX_PAGES", 3)

    images, _, _ = extract(workspace.media, pdf(with_good_page, 5))

    assert [row["locator"] for row in taken(images)] == ["p2/x7"]
    assert left_out(images) == {"p4": "the PDF has 5 pages, of which the first 3 are read"}


def test_a_broken_table_of_contents_is_mended(workspace):
    content = pdf(with_good_page, 2)
    start = content.rindex(b"startxref")
    broken = (
        content[: content.rindex(b"xref", 0, start)] + b"xref\n0 1\nnonsense\n" + content[start:]
    )

    images, _, _ = extract(workspace.media, broken)

    assert [row["status"] for row in images] == ["ok"]


def test_scripts_and_attached_files_are_not_looked_at(workspace):
    def draw(page, _):
        page.insert_image(pymupdf.Rect(10, 10, 310, 210), stream=picture())

    def arm(document):
        document.embfile_add("other.jpg", picture(GREEN, (640, 480)))
        document.embfile_add("deck.pdf", pdf(draw, 3))
        script = (
            "<</Type/Action/S/JavaScript/JS(app.alert\\(1\\); this.submitForm\\('http://x'\\))>>"
        )
        document.xref_set_key(document.pdf_catalog(), "OpenAction", script)
        document.xref_set_key(document[0].xref, "AA", f"<</O {script}>>")

    images, texts, _ = extract(workspace.media, changed_pdf(pdf(draw), arm))

    assert [row["locator"] for row in images] == ["p1/x5"]
    assert np.allclose(colour_of(images[0], workspace.media), RED, atol=4)
    assert texts == []
