"""User names in texts and addresses: found however they are written, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
from pipeline.demo.wire import text_answer
from pipeline.identity import pseudonym
from pipeline.sources.names import Names
from pipeline.sources.shelf import Shelf
from pipeline.sources.threads import Picture, Post, Thread, ThreadFiles
from tests.sources.forum_loopback import (
    KEY,
    all_that_is_kept,
    blob,
    from_table,
    jpeg,
    quick_client,
    serving,
)

ANN = pseudonym("Ann_Example", KEY)


@pytest.fixture
def names():
    known = Names(KEY)
    known.add("Ann_Example", "Ann Marie Example")
    known.add("jane.doe@mail.example")
    known.add("Zoë")
    return known


@pytest.mark.parametrize(
    "text",
    [
        "Thanks ann_example!",
        "ANN_EXAMPLE's rash",
        "(Ann\nMarie  Example)",
        "@Ann_Example: look",
        "https://forum.example/u/ann_example/summary",
        "ask /user/Ann_Example",
        "[quote=Ann_Example, post:2]",
        "Ann_Example wrote:\nhello",
    ],
)
def test_a_known_name_becomes_the_pseudonym_wherever_it_stands(names, text):
    hidden = names.hide(text)

    assert ANN in hidden
    assert "ann" not in hidden.lower().replace(ANN, "")


def test_a_name_like_an_address_is_found_whole_and_in_part(names):
    jane = pseudonym("jane.doe@mail.example", KEY)

    assert names.hide("write to Jane.Doe@mail.example") == f"write to {jane}"
    assert names.hide("as jane.doe said") == f"as {jane} said"


def test_a_name_is_found_in_either_form_of_its_letters(names):
    assert names.hide("Zoe\u0308 asks") == f"{pseudonym('Zoë', KEY)} asks"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ping @li now", "li"),
        ("u/Some-Body_9 knows", "Some-Body_9"),
        ("see /members/old.hand.77/", "old.hand.77"),
        ('[quote="skin_fan, post:3"]', "skin_fan"),
        ("The Old Hand wrote:", "The Old Hand"),
        ("Marta schrieb :", "Marta"),
    ],
)
def test_whoever_is_spoken_to_is_hidden_though_nobody_knows_the_name(names, text, name):
    hidden = names.hide(text)

    assert name not in hidden
    assert pseudonym(name, KEY) in hidden


@pytest.mark.parametrize(
    "text",
    [
        "annular plaques, and/or scale; 3 u/kg twice a day, 10 u/day, 5 U/min",
        "Plaques on the elbow @ 3 weeks",
        "an example of lichen planus",
    ],
)
def test_words_that_are_no_names_stay(text):
    known = Names(KEY)
    known.add("Ann_Example")
    known.add("ex")

    assert known.hide(text) == text


def test_hiding_twice_changes_nothing(names):
    once = names.hide("@ann_example and u/third_one, says Zoë")

    assert names.hide(once) == once


def test_an_address_with_a_name_in_it_is_asked_but_not_told(workspace, caplog):
    caplog.set_level("DEBUG", "pipeline")
    table = {"/robots.txt": text_answer(""), "/albums/ann_example/1.jpg": jpeg()}
    item = {"item_id": "f:1", "listed_sha256": "0" * 64, "page_url": "https://forum.example/1"}
    with serving(from_table(table)) as (url, log), quick_client() as client:
        pictures = (
            Picture(f"{url}/albums/ann_example/1.jpg"),
            Picture(f"{url}/albums/Ann%5FExample/2.jpg"),
        )
        thread = Thread("Ann_Example asks", [Post(1, "Ann_Example", "x", True, None, pictures)])

        class Forum:
            name, version = "forum", 1

        files = ThreadFiles(Forum(), item, client, Shelf(workspace.media))
        rows = files.store(f"{url}/t/ann_example.1", thread, Names(KEY))

    assert "/albums/ann_example/1.jpg" in log
    assert [row["status"] for row in rows] == ["ok", "ok", "not_found"]
    assert blob(rows[0], workspace.media)["title"] == f"{ANN} asks"
    assert rows[1]["url"] == f"{url}/albums/{ANN}/1.jpg"
    assert "ann" not in all_that_is_kept(rows, workspace.media).replace(ANN, "")
    assert "ann" not in caplog.text.lower().replace(ANN, "")
