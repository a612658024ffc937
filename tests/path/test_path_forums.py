"""What the way makes of forums: no user's name anywhere, and every plant as the truth has it."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from pipeline.knowledge.link import Linker
from pipeline.knowledge.ontology import Ontology
from schemas import IMAGES, ITEMS, LABELS, MEDIA, PAIRS, TEXTS

FORUMS = ("reddit", "discourse", "webforum")


def names_of(world):
    """Return every user name of the demo's forums."""
    read = {
        place: json.loads((world.folder / place).read_text("utf-8"))
        for place in (
            "reddit/posts.json",
            "reddit/comments.json",
            "discourse/topics.json",
            "webforum/threads.json",
        )
    }
    waiting, found = list(read.values()), set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            found |= {each[key] for key in ("author", "username") if key in each}
        if isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each
    return sorted(found - {"[deleted]", "[removed]"})


def every_byte(walked, world):
    """Yield each file of the workspace: its bytes, and those of the values of its table."""
    for path in sorted(walked.root.rglob("*")):
        if path.is_file() and not path.is_relative_to(world.folder):
            yield path, path.read_bytes()
            if path.suffix == ".parquet":
                rows = pq.read_table(path).to_pylist()
                yield path, json.dumps(rows, default=str, ensure_ascii=False).encode()


def test_no_user_name_is_in_any_byte_of_the_workspace(walked, world):
    names = names_of(world)
    assert {"demo_user_0", "demo_reader_a", "member3", "patient1", "reader7@mail.example"} <= set(
        names
    )
    wanted = [name.encode() for name in names]
    n_files = 0
    for path, content in every_byte(walked, world):
        n_files += 1
        lowered = content.lower()
        assert not [name for name in wanted if name in lowered], path
    assert n_files > 200


@pytest.fixture(scope="module")
def tables(walked):
    run = walked.run()
    return {
        contract.name: [
            row
            for source in FORUMS
            for partition in run.workspace.partitions(source)
            for row in run.read(contract, partition).to_pylist()
        ]
        for contract in (ITEMS, MEDIA, IMAGES, TEXTS, PAIRS, LABELS)
    }


def places(world, name):
    (plant,) = [each for each in world.truth["plants"] if each["name"] == name]
    return [(f"{each['source']}:{each['item']}", each["locator"]) for each in plant["items"]]


@pytest.mark.parametrize("name", ["crosspost", "other_category"])
def test_what_is_no_item_of_its_own_is_not_listed(world, tables, name):
    listed = {row["item_id"] for row in tables["items"]}
    for item, _locator in places(world, name):
        assert item not in listed


def test_a_crosspost_from_elsewhere_stands_in_the_group_of_its_original(world, tables):
    ((item, _locator),) = places(world, "foreign_crosspost")
    groups = {row["item_id"]: row["group_key"] for row in tables["items"]}
    assert groups[item] == "reddit:else01"
    assert {row["group_id"] for row in tables["pairs"] if row["image_id"].startswith(item)} == {
        "reddit:else01"
    }


def test_the_language_of_every_post_is_told(world, tables):
    ((item, _locator),) = places(world, "foreign_language")
    languages = {row["text_id"]: row["language"] for row in tables["texts"]}
    assert languages[f"{item}~p0"] == "de"
    assert languages["reddit:demo08~p0"] == "en"
    posts = [row for row in tables["texts"] if row["kind"] == "post" and len(row["text"]) > 60]
    assert {row["language"] for row in posts if row["item_id"] != item} == {"en"}


def test_each_picture_of_a_gallery_has_the_disease_of_its_own_caption(world, tables):
    drawn = {
        f"{each['source']}:{each['item']}#p0-{int(each['locator']) + 1}": each["disease"]
        for each in world.truth["pictures"]
        if each["source"] == "reddit"
    }
    pictures = [f"{item}#p0-{int(n) + 1}" for item, n in places(world, "captioned_gallery")]
    assert len(pictures) == 2
    captions = {
        row["image_id"]: row["text_id"]
        for row in tables["pairs"]
        if row["method"] == "picture_caption"
    }
    said = {row["text_id"]: row["text"].lower() for row in tables["texts"]}
    labels = {row["image_id"]: row["condition_ids"] for row in tables["labels"]}
    linker = Linker(Ontology.load())
    for picture in pictures:
        assert drawn[picture] in said[captions[picture]]
        assert labels[picture] == [linker.link(drawn[picture]).condition_id]


def test_the_second_page_of_a_thread_is_read(world, tables):
    ((item, locator),) = places(world, "two_page_thread")
    number = locator.split("/")[0]
    statuses = {row["image_id"]: row["status"] for row in tables["images"]}
    assert statuses[f"{item}#p{number}-1"] == "ok"
    locators = {row["locator"] for row in tables["texts"] if row["item_id"] == item}
    assert {"p1", "p2", "p3", "p4", "p5"} <= locators


def test_a_page_that_says_noindex_is_left_alone(world, tables):
    ((item, _locator),) = places(world, "unindexed_thread")
    (row,) = [row for row in tables["media"] if row["item_id"] == item]
    assert (row["name"], row["status"], row["sha256"]) == (
        "thread.json",
        "forbidden_by_robots",
        None,
    )


def test_a_deleted_reply_leaves_neither_words_nor_pictures(world, tables):
    ((item, locator),) = places(world, "deleted_reply")
    post = f"p{locator.split('/')[0]}"
    assert not [row for row in tables["texts"] if row["text_id"] == f"{item}~{post}"]
    for name in ("media", "images"):
        told = [row for row in tables[name] if row["item_id"] == item]
        assert not [row for row in told if f"{post}-" in str(row)], name


def test_what_others_say_is_told_from_what_the_poster_says(world, tables):
    plants = [each for each in world.truth["plants"] if each["name"] == "diagnosis_in_reply"]
    items = [f"{place['source']}:{place['item']}" for each in plants for place in each["items"]]
    assert len(items) >= 2
    for item in items:
        named = [
            row
            for row in tables["texts"]
            if row["item_id"] == item and "this is " in row["text"].lower()
        ]
        assert {(row["kind"], row["speaker"]) for row in named} == {("reply", "other")}
