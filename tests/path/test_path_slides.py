"""What comes of the demo's decks, picture by picture."""

from __future__ import annotations

from schemas import IMAGES, ITEMS, PAIRS, TEXTS


def rows_of(run, contract):
    return [
        row
        for partition in run.workspace.partitions("slides")
        for row in run.read(contract, partition).to_pylist()
    ]


def test_the_pictures_of_the_decks_are_those_that_were_put_on_them(walked, world):
    images = rows_of(walked.run(), IMAGES)
    meant = {
        f"slides:{each['item']}#{each['locator']}"
        for each in world.truth["pictures"]
        if each["source"] == "slides"
    }

    assert {row["image_id"] for row in images if row["status"] == "ok"} == meant
    assert sorted(
        (row["image_id"], row["error"].split(": ")[-1]) for row in images if row["status"] != "ok"
    ) == [
        (
            "slides:nail-rounds.ppt#deck",
            "it is a PowerPoint file of before 2007 (PPT); save it as PPTX or PDF",
        ),
        ("slides:rashes-for-students.pptx#s1/1", "it belongs to the template"),
        ("slides:skin-cancer-lecture.pdf#p1/x5", "it belongs to the template"),
        (
            "slides:withdrawn-talk.pdf#deck",
            "text/html came where document was promised",
        ),
    ]


def test_each_deck_stands_under_its_own_licence(walked):
    items = rows_of(walked.run(), ITEMS)

    assert {row["source_key"]: (row["licence"], row["status"]) for row in items} == {
        "skin-cancer-lecture.pdf": ("CC-BY-4.0", "ok"),
        "rashes-for-students.pptx": ("CC-BY-NC-4.0", "ok"),
        "nail-rounds.ppt": ("CC-BY-4.0", "ok"),
        "pocket-atlas.pdf": ("CC-BY-SA-4.0", "ok"),
        "withdrawn-talk.pdf": ("CC-BY-4.0", "ok"),
        "term-2/moulages.pdf": (None, "no_licence"),
    }


def test_every_patient_on_a_deck_has_words_of_their_own(walked, world):
    run = walked.run()
    words = {row["text_id"]: row for row in rows_of(run, TEXTS)}
    told = {}
    for pair in rows_of(run, PAIRS):
        text = words[pair["text_id"]]
        if pair["method"] == "slide_caption":
            told.setdefault(pair["image_id"], []).append(text)
    skin = [
        each
        for each in world.truth["pictures"]
        if each["source"] == "slides" and each["kind"] == "skin"
    ]

    for each in skin:
        (caption,) = told[f"slides:{each['item']}#{each['locator']}"]
        assert each["disease"] in caption["text"].lower()
        is_numbered = each["item"] == "pocket-atlas.pdf" or caption["locator"].endswith("/alt")
        assert caption["kind"] == ("caption" if is_numbered else "slide")
    assert {words[text]["kind"] for text in words} == {"caption", "slide", "title", "notes"}
