"""PPTX decks: pictures as the slides show them, and the words around them."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from lxml import etree
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_SHAPE
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.util import Emu, Inches

import pipeline.extract.pptx_archive as pptx_archive
from pipeline.extract.alt_text import spoken_alt
from tests.extract.deck_files import (
    BLUE,
    GREEN,
    RED,
    add_picture,
    add_text,
    colour_of,
    extract,
    halves,
    left_out,
    noisy,
    picture,
    png,
    pptx,
    rewritten,
    said,
    taken,
)

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


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
    found, texts, pairs = extract(workspace.media, pptx(*(case(n) for n in range(1, 5))))
    images = taken(found)

    assert left_out(found) == {
        "s1/1": "the picture stands on 4 of 4 pages: it belongs to the template"
    }
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


def test_bombs_are_refused_before_they_unpack(workspace, monkeypatch):
    bomb = rewritten(
        pptx(lambda slide: None),
        lambda name, body: body + b" " * 3_000_000 if name.endswith("slide1.xml") else body,
    )
    monkeypatch.setattr(pptx_archive, "MAX_XML_BYTES", 2_000_000)
    images, _, _ = extract(workspace.media, bomb)
    assert "over the limit" in images[0]["error"]

    monkeypatch.setattr(pptx_archive, "MAX_XML_BYTES", 20_000_000)
    monkeypatch.setattr(pptx_archive, "MAX_UNPACKED_BYTES", 2_000_000)
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


# --- what a slide shows -------------------------------------------------------------------------


def test_groups_in_groups_move_scale_turn_and_mirror_their_pictures(workspace):
    def draw(slide):
        outer = slide.shapes.add_group_shape()
        inner = outer.shapes.add_group_shape()
        add_picture(inner.shapes, png(halves()), 2, 2)
        inner.rotation = 90
        outer.element.grpSpPr.find(f"{DRAWING}xfrm").set("flipV", "1")
        add_text(slide.shapes, "Turned and mirrored", 2.2, 5.2, 3)

    images, texts, pairs = extract(workspace.media, pptx(draw))

    assert [(row["width_px"], row["height_px"]) for row in images] == [(200, 400)]
    # by 90 degrees clockwise red comes to the top, and the outer group turns that upside down
    assert np.allclose(colour_of(images[0], workspace.media, y=0.2), GREEN, atol=4)
    assert np.allclose(colour_of(images[0], workspace.media, y=0.8), RED, atol=4)
    assert "slide_caption" in said(pairs, texts, images[0]["image_id"])


def test_a_picture_is_turned_and_mirrored_as_on_the_slide(workspace):
    def draw(slide):
        add_picture(slide.shapes, png(halves()), 0.5, 1).rotation = 270
        mirrored = add_picture(slide.shapes, png(halves()), 6, 1)
        mirrored._element.spPr.find(f"{DRAWING}xfrm").set("flipH", "1")
        tilted = add_picture(slide.shapes, png(halves()), 6, 4)
        tilted.rotation = 10

    first, second, third = extract(workspace.media, pptx(draw))[0]

    assert np.allclose(colour_of(first, workspace.media, y=0.8), RED, atol=4)
    assert np.allclose(colour_of(second, workspace.media, x=0.2), GREEN, atol=4)
    assert np.allclose(colour_of(third, workspace.media, x=0.2), RED, atol=4)


def test_a_picture_that_fills_a_shape_or_a_placeholder_is_taken(workspace):
    def draw(slide):
        shown = add_picture(slide.shapes, picture(RED), 1, 1)
        rectangle = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(6), 0, Inches(4), Inches(3))
        fill = etree.fromstring(etree.tostring(shown._element.blipFill))
        fill.tag = f"{DRAWING}blipFill"
        rectangle._element.spPr.insert(2, fill)
        shown._element.getparent().remove(shown._element)

    (row,), _, _ = extract(workspace.media, pptx(draw))

    assert row["locator"] == "s1/1"
    assert np.allclose(colour_of(row, workspace.media), RED, atol=4)


def test_what_a_shape_hides_stays_hidden_and_arrows_only_point(workspace):
    def draw(slide):
        add_picture(slide.shapes, picture(RED, (400, 300)), 0, 0, 4)
        bar = slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, Inches(1), Inches(1), Inches(2), Inches(0.5)
        )
        bar.fill.solid()
        bar.fill.fore_color.rgb = RGBColor(0, 0, 255)
        add_picture(slide.shapes, picture(GREEN, (400, 300)), 5, 0, 4)
        ring = slide.shapes.add_shape(MSO_SHAPE.OVAL, Inches(6), Inches(1), Inches(2), Inches(1))
        ring.fill.background()
        slide.shapes.add_shape(MSO_SHAPE.RIGHT_ARROW, Inches(6), Inches(1), Inches(2), Inches(1))
        add_picture(slide.shapes, picture(BLUE, (400, 300)), 0, 4, 4)
        cover = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, Inches(4), Inches(4), Inches(3))
        cover.fill.solid()

    images, _, _ = extract(workspace.media, pptx(draw))
    first, second = taken(images)

    assert np.allclose(colour_of(first, workspace.media, 0.5, 0.4), (0, 0, 255), atol=9)
    assert np.allclose(colour_of(first, workspace.media, 0.1, 0.9), RED, atol=4)
    assert np.allclose(colour_of(second, workspace.media, 0.5, 0.5), GREEN, atol=4)
    assert left_out(images) == {"s1/3": "it is hidden under a shape"}


def test_a_round_picture_has_white_corners(workspace):
    def draw(slide):
        add_picture(slide.shapes, picture(RED, (300, 300)), 1, 1).auto_shape_type = MSO_SHAPE.OVAL

    (row,), _, _ = extract(workspace.media, pptx(draw))

    assert np.allclose(colour_of(row, workspace.media), RED, atol=4)
    assert np.allclose(colour_of(row, workspace.media, 0.02, 0.02), (255, 255, 255), atol=4)


def test_alternative_texts_count_unless_a_program_made_them_up(workspace):
    told = (
        "Silvery plaques on both elbows",
        "A close-up of a skin\n\nDescription automatically generated",
        "IMG_2041.jpg",
        "Picture 7",
        "",
    )

    def draw(slide):
        for place, words in enumerate(told):
            shown = add_picture(slide.shapes, picture(RED, (200 + place, 200)), 2.5 * place, 1, 2)
            shown._element._nvXxPr.cNvPr.set("descr", words)

    images, texts, pairs = extract(workspace.media, pptx(draw))

    assert [(each["locator"], each["kind"], each["text"]) for each in texts] == [
        ("s1/1/alt", "caption", told[0])
    ]
    assert said(pairs, texts, images[0]["image_id"]) == {"slide_caption": (told[0], 0.8)}


@pytest.mark.parametrize(
    "words",
    ["Ein Bild, das Haut enthält. Automatisch generierte Beschreibung", "C:\\pictures\\a b.png",
     "AI-generated content may be incorrect.", "https://example.org/a", "image1", "Grafik 12", "x"],
)  # fmt: skip
def test_these_alternative_texts_say_nothing(words):
    assert spoken_alt(words) == ""


def test_what_is_no_picture_is_counted(workspace):
    def draw(slide):
        data = CategoryChartData()
        data.categories = ["a", "b"]
        data.add_series("n", (1, 2))
        slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(3), Inches(3), data)
        smart = slide.shapes.add_table(1, 1, Inches(4), 0, Inches(3), Inches(3))
        found = smart._element.find(f".//{DRAWING}graphicData")
        found.set("uri", "http://schemas.openxmlformats.org/drawingml/2006/diagram")
        slide.shapes.add_table(1, 1, Inches(8), 0, Inches(3), Inches(3))
        ground = add_picture(slide.shapes, picture(RED), 0, 0)
        fill = etree.fromstring(etree.tostring(ground._element.blipFill))
        fill.tag = f"{DRAWING}blipFill"
        slide.background.fill.solid()
        properties = slide._element.cSld.bg.bgPr
        properties.replace(properties[0], fill)
        ground._element.getparent().remove(ground._element)

    images, _, _ = extract(workspace.media, pptx(draw))

    assert taken(images) == []
    assert left_out(images) == {
        "s1/d1": "it is a chart, which PowerPoint draws when it is shown, and no picture",
        "s1/d2": "it is SmartArt, which PowerPoint draws when it is shown, and no picture",
        "s1/background": "it is the slide's background",
    }


def test_hidden_slides_and_shapes_are_not_shown(workspace):
    def hidden(slide):
        add_picture(slide.shapes, picture(RED), 1, 1)
        slide._element.set("show", "0")

    def partly(slide):
        add_picture(slide.shapes, picture(GREEN), 1, 1)._element._nvXxPr.cNvPr.set("hidden", "1")
        add_picture(slide.shapes, picture(BLUE), 6, 1)

    images, _, _ = extract(workspace.media, pptx(hidden, partly))

    assert left_out(images) == {"s1": "slide 1 is hidden: its author does not show it"}
    (row,) = taken(images)
    assert np.allclose(colour_of(row, workspace.media), BLUE, atol=4)


# --- hostile and broken files -------------------------------------------------------------------


def test_linked_pictures_are_never_asked_for(workspace):
    def draw(slide):
        shown = add_picture(slide.shapes, picture(RED), 1, 1)
        blip = shown._element.find(f".//{DRAWING}blip")
        address = "http://127.0.0.1:9/secret.png"
        key = slide.part.relate_to(address, RT.IMAGE, is_external=True)
        del blip.attrib[f"{RELATIONS}embed"]
        blip.set(f"{RELATIONS}link", key)
        add_picture(slide.shapes, picture(GREEN), 6, 1)
        local = add_picture(slide.shapes, picture(BLUE), 6, 4)
        outside = slide.part.relate_to("file:///etc/passwd", RT.IMAGE, is_external=True)
        local._element.find(f".//{DRAWING}blip").set(f"{RELATIONS}embed", outside)

    images, _, _ = extract(workspace.media, pptx(draw))

    assert [row["status"] for row in taken(images)] == ["ok"]
    assert set(left_out(images)) == {"s1/1", "s1/3"}
    assert "never asked" in left_out(images)["s1/1"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\x01\x00\x00\x00" + bytes(36) + b" EMF" + bytes(500), "EMF"),
        (b"\xd7\xcd\xc6\x9a" + bytes(500), "WMF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"<!doctype html><html>not found</html>", "an HTML page"),
        (b"", "the file is empty"),
    ],
)
def test_pictures_that_cannot_be_read_say_what_they_are(workspace, body, words):
    def draw(slide):
        add_picture(slide.shapes, picture(RED), 1, 1)
        add_picture(slide.shapes, picture(GREEN), 6, 1)

    content = rewritten(pptx(draw), lambda name, old: body if "image1" in name else old)
    images, _, _ = extract(workspace.media, content)

    failed = [row for row in images if row["status"] != "ok"]
    assert [row["status"] for row in failed] == ["undecodable"]
    assert words in failed[0]["error"]
    assert len(images) == 2


def test_a_part_that_is_missing_costs_its_picture_alone(workspace):
    def draw(slide):
        add_picture(slide.shapes, picture(RED), 1, 1)
        add_picture(slide.shapes, picture(GREEN), 6, 1)

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pptx(draw))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if "image1" not in name:
                new.writestr(name, old.read(name))
    images, _, _ = extract(workspace.media, out.getvalue())

    assert sorted(row["status"] for row in images) == ["ok", "undecodable"]
    assert "does not hold" in next(row["error"] for row in images if row["error"])


def test_names_that_lead_out_of_the_archive_lead_nowhere(workspace, tmp_path):
    def draw(slide):
        add_picture(slide.shapes, picture(RED), 1, 1)

    def change(name, body):
        if not name.endswith("slide1.xml.rels"):
            return body
        return body.replace(b"../media/image1.jpg", b"../../../../../../etc/hostname")

    content = rewritten(pptx(draw), change)
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = [(name, old.read(name)) for name in old.namelist()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, body in members:
            new.writestr(name, body)
        new.writestr("../../../outside.png", picture(GREEN))
        new.writestr("/absolute.png", picture(GREEN))
    before = sorted(tmp_path.rglob("*.png"))
    images, _, _ = extract(workspace.media, out.getvalue())

    assert [row["status"] for row in images] == ["undecodable"]
    assert sorted(tmp_path.rglob("*.png")) == before


def test_a_billion_laughs_end_in_a_row(workspace):
    laughs = "".join(f'<!ENTITY l{depth} "{f"&l{depth - 1};" * 10}">' for depth in range(1, 12))
    declared = f'<!DOCTYPE p [<!ENTITY l0 "ha">{laughs}]>'

    def change(name, body):
        if not name.endswith("slide1.xml"):
            return body
        text = body.decode().replace("CASE", "&l11;")
        return text.replace("?>", f"?>{declared}", 1).encode()

    def draw(slide):
        slide.shapes.title.text = "CASE"
        add_picture(slide.shapes, picture(RED), 1, 2)

    content = rewritten(
        pptx(draw, lambda slide: add_picture(slide.shapes, picture(GREEN), 1, 2)), change
    )
    images, texts, _ = extract(workspace.media, content)

    assert len(str(texts)) < 5000
    assert images
    assert all(row["status"] == "ok" or row["error"] for row in images)


def test_a_picture_of_too_many_bytes_stays_packed(workspace, monkeypatch):
    monkeypatch.setattr(pptx_archive, "MAX_MEDIA_BYTES", 10_000)

    def draw(slide):
        add_picture(slide.shapes, picture(RED, (200, 100)), 1, 1)
        add_picture(slide.shapes, png(noisy()), 6, 1)

    images, _, _ = extract(workspace.media, pptx(draw))

    assert [row["status"] for row in images] == ["ok", "too_large"]


@pytest.mark.parametrize(
    "kind",
    [
        b"vnd.openxmlformats-officedocument.presentationml.slideshow",
        b"vnd.openxmlformats-officedocument.presentationml.template",
        b"vnd.ms-powerpoint.presentation.macroEnabled",
    ],
)
def test_shows_templates_and_decks_with_macros_are_read_as_decks(workspace, kind):
    plain = b"vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"

    def change(name, body):
        return body.replace(plain, kind + b".main+xml") if "Content_Types" in name else body

    def draw(slide):
        add_picture(slide.shapes, picture(RED), 1, 1)

    images, _, _ = extract(workspace.media, rewritten(pptx(draw), change))

    assert [row["status"] for row in images] == ["ok"]


def test_a_picture_whose_packed_bytes_are_damaged_is_a_failed_row(workspace):
    def draw(slide):
        add_picture(slide.shapes, png(noisy(seed=1)), 1, 1)
        add_picture(slide.shapes, png(noisy(seed=2)), 6, 1)

    content = bytearray(rewritten(pptx(draw), lambda name, body: body))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = next(each for each in archive.infolist() if "image1" in each.filename)
    start = member.header_offset + 30 + len(member.filename)
    content[start : start + 400] = b"\xff" * 400
    images, _, _ = extract(workspace.media, bytes(content))

    assert sorted(row["status"] for row in images) == ["ok", "undecodable"]
    assert "cannot be unpacked" in next(row["error"] for row in images if row["error"])
