"""Articles: the right panel with the right words, and nothing borrowed or withheld in a pair."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pipeline.extract.articles import extract_article
from pipeline.extract.graphics import find_file
from pipeline.extract.jats import JatsError
from schemas import IMAGES, PAIRS, TEXTS

ITEM = {"item_id": "pubmed:PMC1", "group_key": "pubmed:PMC1"}


def noise(width, height, seed=1):
    rng = np.random.default_rng(seed)
    return rng.integers(60, 200, (height, width, 3)).astype(np.uint8)


def grid(columns):
    """Draw a row of pictures, 200 x 150, on white with gutters of 20."""
    canvas = np.full((190, 20 + columns * 220, 3), 255, np.uint8)
    for place in range(columns):
        canvas[20:170, 20 + place * 220 : 220 + place * 220] = noise(200, 150, place)
    return canvas


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def fig(figure_id, caption="", href="g1", label="Figure 1", more=""):
    words = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<fig id="{figure_id}"><label>{label}</label>{words}'
        f'<graphic xlink:href="{href}"/>{more}</fig>'
    )


def picture(media, name, content, status="ok"):
    sha256 = media.put(content, "png") if status == "ok" else None
    error = None if status == "ok" else f"{name}: HTTP 404"
    return {"role": "picture", "name": name, "sha256": sha256, "status": status, "error": error}


def extract(workspace, body, *pictures):
    content = (
        f'<article xmlns:xlink="http://www.w3.org/1999/xlink"><front/><body>{body}</body></article>'
    ).encode()
    sha256 = workspace.media.put(content, "xml")
    fulltext = {"role": "fulltext", "name": "a.xml", "sha256": sha256, "status": "ok"}
    found = extract_article(
        ITEM, [fulltext, *pictures], workspace.media, {"kind": "pubmed", "language": "en"}
    )
    return (
        {each["locator"]: each for each in IMAGES.table(found.images).to_pylist()},
        {each["locator"]: each["text"] for each in TEXTS.table(found.texts).to_pylist()},
        {
            (each["image_id"].split("#")[1], each["text_id"].split("~")[1]): (
                each["method"],
                each["score"],
            )
            for each in PAIRS.table(found.pairs).to_pylist()
        },
    )


CAPTION = "<title>Psoriasis.</title><p>(A) Elbow. (B) Nail.</p>"


def test_a_compound_figure_becomes_panels_with_their_own_words(workspace):
    body = (
        '<p>Plaques <xref rid="F1">Figure 1A</xref>. Pits <xref rid="F1">Figure 1B</xref>. '
        'Both <xref rid="F1">Figure 1</xref>.</p>' + fig("F1", CAPTION)
    )
    images, texts, pairs = extract(
        workspace, body, picture(workspace.media, "g1.png", png(grid(2)))
    )
    assert {place: row["box"] for place, row in images.items()} == {
        "F1/a": [20, 20, 220, 170],
        "F1/b": [240, 20, 440, 170],
    }
    assert (images["F1/b"]["width_px"], images["F1/b"]["height_px"]) == (200, 150)
    assert texts == {
        "F1/caption": "Psoriasis. (A) Elbow. (B) Nail.",
        "F1/lead": "Psoriasis.",
        "F1/a/caption": "Elbow.",
        "F1/b/caption": "Nail.",
        "F1/mention-1": "Plaques Figure 1A.",
        "F1/mention-2": "Pits Figure 1B.",
        "F1/mention-3": "Both Figure 1.",
    }
    assert pairs == {
        ("F1/a", "F1/lead"): ("figure_caption", 0.7),
        ("F1/b", "F1/lead"): ("figure_caption", 0.7),
        ("F1/a", "F1/a/caption"): ("panel_subcaption", 0.9),
        ("F1/b", "F1/b/caption"): ("panel_subcaption", 0.9),
        ("F1/a", "F1/mention-1"): ("citing_paragraph", 0.5),
        ("F1/b", "F1/mention-2"): ("citing_paragraph", 0.5),
        ("F1/a", "F1/mention-3"): ("citing_paragraph", 0.5),
        ("F1/b", "F1/mention-3"): ("citing_paragraph", 0.5),
    }
    stored = workspace.media.get(images["F1/a"]["sha256"])
    shown = np.asarray(Image.open(io.BytesIO(stored))).astype(int)
    assert np.abs(shown - noise(200, 150, 0)).mean() < 12


def test_a_figure_with_fewer_panels_than_letters_stays_whole(workspace):
    pixels = grid(1)
    images, texts, pairs = extract(
        workspace, fig("F1", CAPTION), picture(workspace.media, "g1.png", png(pixels))
    )
    assert list(images) == ["F1"]
    assert (images["F1"]["box"], images["F1"]["box_score"]) == (None, None)
    assert images["F1"]["width_px"] == pixels.shape[1]
    assert list(texts) == ["F1/caption"]
    assert pairs == {("F1", "F1/caption"): ("figure_caption", 0.9)}


def test_panels_whose_letters_are_not_known_have_the_whole_caption_and_say_so(workspace):
    images, texts, pairs = extract(
        workspace, fig("F1", CAPTION), picture(workspace.media, "g1.png", png(grid(3)))
    )
    assert list(images) == ["F1/p1", "F1/p2", "F1/p3"]
    assert images["F1/p2"]["box_score"] == 0.99
    assert list(texts) == ["F1/caption"]
    assert pairs == {(f"F1/p{n}", "F1/caption"): ("figure_caption", 0.6) for n in (1, 2, 3)}


def test_a_picture_per_letter_needs_no_cutting(workspace):
    body = fig("F1", CAPTION, more='<graphic xlink:href="g2"/>')
    files = [picture(workspace.media, f"g{n}.png", png(noise(90, 80, n))) for n in (1, 2)]
    images, _, pairs = extract(workspace, body, *files)
    assert list(images) == ["F1/a", "F1/b"]
    assert pairs["F1/b", "F1/b/caption"] == ("panel_subcaption", 0.9)
    assert ("F1/a", "F1/b/caption") not in pairs


def test_a_figure_without_caption_has_no_caption(workspace):
    body = fig("F1", "<p>Melanoma.</p>") + fig("F2", "", "g2", "Figure 2")
    files = [picture(workspace.media, f"g{n}.png", png(noise(90, 80, n))) for n in (1, 2)]
    images, texts, pairs = extract(workspace, body, *files)
    assert list(images) == ["F1", "F2"]
    assert texts == {"F1/caption": "Melanoma."}
    assert list(pairs) == [("F1", "F1/caption")]


def test_a_figure_of_somebody_else_is_withheld(workspace):
    foreign = "<p>Reproduced with permission from Smith.</p>"
    free = (
        '<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"/>'
        "</permissions>"
    )
    body = fig("F1", foreign) + fig("F2", "<p>Rash.</p>", "g1", "Figure 2", free)
    images, texts, pairs = extract(
        workspace, body, picture(workspace.media, "g1.png", png(noise(90, 80)))
    )
    assert images["F1"]["status"] == "withheld_rights"
    assert "Reproduced with permission from Smith." in images["F1"]["error"]
    assert images["F1"]["sha256"] is None
    assert images["F1"]["licence_tier"] == "unknown"
    assert images["F2"]["status"] == "ok"
    assert list(texts) == ["F2/caption"]
    assert list(pairs) == [("F2", "F2/caption")]


def test_a_figure_with_a_licence_of_its_own_carries_it(workspace):
    licensed = "<p>Rash. Adapted from [3] under CC BY-NC 4.0.</p>"
    body = fig("F1", licensed) + fig("F2", "<p>Rash.</p>", "g1", "Figure 2")
    images, _, _ = extract(workspace, body, picture(workspace.media, "g1.png", png(noise(90, 80))))
    assert images["F1"]["status"] == "ok"
    assert images["F1"]["licence"] == "CC-BY-NC-4.0"
    assert images["F1"]["licence_tier"] == "non-commercial"
    assert images["F1"]["licence_evidence"] == (
        "'Adapted from [3] under CC BY-NC 4.0.' at figure F1"
    )
    assert images["F2"]["licence_tier"] is None
    assert images["F2"]["licence_evidence"] is None


@pytest.mark.parametrize(
    ("words", "locators"),
    [("Left: old. Right: new.", ["F1/a", "F1/b"]), ("Top: old. Bottom: new.", ["F1"])],
)
def test_panels_told_by_place_must_lie_so(workspace, words, locators):
    body = fig("F1", f"<p>{words}</p>")
    images, texts, _ = extract(workspace, body, picture(workspace.media, "g1", png(grid(2))))
    assert list(images) == locators
    assert ("F1/b/caption" in texts) is (len(locators) == 2)


def test_each_figure_of_a_group_has_its_part_of_the_caption(workspace):
    inside = fig("F1a", label="A") + fig("F1b", href="g2", label="B")
    body = f"<fig-group><caption><p>Arms. (A) Old. (B) New.</p></caption>{inside}</fig-group>"
    files = [picture(workspace.media, f"g{n}.png", png(noise(90, 80, n))) for n in (1, 2)]
    _, texts, pairs = extract(workspace, body, *files)
    assert texts["F1b/group-part"] == "New."
    assert pairs == {
        ("F1a", "F1a/group"): ("figure_caption", 0.7),
        ("F1a", "F1a/group-part"): ("panel_subcaption", 0.9),
        ("F1b", "F1b/group"): ("figure_caption", 0.7),
        ("F1b", "F1b/group-part"): ("panel_subcaption", 0.9),
    }


def test_pictures_that_cannot_be_had_are_rows_with_a_reason(workspace):
    body = "".join(fig(f"F{n}", "<p>x</p>", f"g{n}", f"Figure {n}") for n in range(1, 5))
    images, _, pairs = extract(
        workspace,
        body,
        picture(workspace.media, "g1.png", b"", status="not_found"),
        picture(workspace.media, "g2.png", png(noise(90, 80))[:3000]),
        picture(workspace.media, "g3.png", b"no picture"),
    )
    assert {place: row["status"] for place, row in images.items()} == {
        "F1": "not_fetched",
        "F2": "truncated",
        "F3": "undecodable",
        "F4": "missing_media",
    }
    assert images["F1"]["error"] == "g1.png: HTTP 404"
    assert images["F4"]["error"] == "g4 is not among the files"
    assert pairs == {}


def test_the_caption_of_a_group_goes_to_all_its_figures(workspace):
    inside = fig("F1a") + fig("F1b", "<p>Left.</p>")
    body = f"<fig-group><caption><p>Arms.</p></caption>{inside}</fig-group>"
    _, _, pairs = extract(workspace, body, picture(workspace.media, "g1.png", png(noise(90, 80))))
    assert pairs == {
        ("F1a", "F1a/group"): ("figure_caption", 0.7),
        ("F1b", "F1b/caption"): ("figure_caption", 0.9),
        ("F1b", "F1b/group"): ("figure_caption", 0.7),
    }


def test_files_are_found_by_name_then_by_stem():
    def served(*names):
        return [
            {"name": each.rstrip("!"), "status": "gone" if "!" in each else "ok"} for each in names
        ]

    def found(hrefs, *names):
        file = find_file(hrefs, served(*names))
        return file and file["name"]

    assert found(("x-g001",), "x-g0011.jpg", "x-g001.gif", "x-g001.jpg") == "x-g001.jpg"
    assert found(("x.g001",), "x.g001.jpg", "x.jpg") == "x.g001.jpg"
    assert found(("x.gif",), "x.jpg", "x.gif") == "x.gif"
    assert found(("x.tif", "x.jpg"), "x.jpg") == "x.jpg"
    assert found(("x.tif",), "x.jpg") == "x.jpg"
    assert found(("x",), "x.jpg!", "x.gif") == "x.gif"
    assert found(("x",), "x.jpg!") == "x.jpg"
    assert found(("x",), "y.jpg") is None
    assert found(("x",), "x.pdf") is None
    assert found(("x",), "x.gif", "x.tiff", "x.tif", "x.png", "x.jpeg", "x.jpg") == "x.jpg"
    assert found(("x",), "x.gif", "x.tiff", "x.tif", "x.png", "x.jpeg") == "x.jpeg"
    assert found(("x",), "x.gif", "x.tiff", "x.tif", "x.png") == "x.png"
    assert found(("x",), "x.gif", "x.tiff", "x.tif") == "x.tif"
    assert found(("x",), "x.gif", "x.tiff") == "x.tiff"
    assert found(("JCB9806103.f1",), "JCB9806103.jpg", "JCB9806103.f1.jpg") == "JCB9806103.f1.jpg"
    assert found(("info:doi/10.1371/pone.1.g001",), "pone.1.g001.jpg") == "pone.1.g001.jpg"
    assert found(("pic/Fig1.JPG",), "fig1.jpg") == "fig1.jpg"


def test_no_full_text_is_one_failed_row_and_malformed_xml_an_error(workspace):
    gone = {"role": "fulltext", "name": "a", "sha256": None, "status": "gone", "error": "HTTP 410"}
    found = extract_article(ITEM, [gone], workspace.media, {"language": "en"})
    assert [(each["locator"], each["status"], each["error"]) for each in found.images] == [
        ("fulltext", "not_fetched", "HTTP 410")
    ]
    with pytest.raises(JatsError, match="not well-formed"):
        extract(workspace, "<fig>")
