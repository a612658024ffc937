"""Threads: pictures, who says what about them, and what went wrong."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from pipeline.extract.language import language_of
from pipeline.extract.posts import extract_thread
from schemas import IMAGES, PAIRS, TEXTS

UNEVEN = (
    b'{"title": "x", "posts": [{"number": 1, "is_starter": true, "text": "x", "deleted": false,'
    b' "pictures": ["p1-1"], "captions": ["a", "b"]}]}'
)
ITEM = {"item_id": "forum:7", "group_key": "forum:7"}


def picture(colour=(190, 140, 110), size=(120, 90)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def post(number, text="", *pictures, starter=False, deleted=False):
    return {
        "number": number,
        "author": "user-000000000000",
        "is_starter": starter,
        "published_at": None,
        "text": text,
        "pictures": list(pictures),
        "deleted": deleted,
    }


def file(name, media, content=None, role="picture", status="ok"):
    sha256 = media.put(content, "bin") if content is not None else None
    error = None if status == "ok" else f"{name} was not fetched: HTTP 404"
    return {"name": name, "role": role, "sha256": sha256, "status": status, "error": error}


def extract(media, posts, *files, title="Itchy ring", options=None):
    record = json.dumps({"title": title, "posts": posts}).encode()
    record_file = file("thread.json", media, record, "record")
    found = extract_thread(ITEM, [record_file, *files], media, options or {})
    return (
        IMAGES.table(found.images).to_pylist(),
        TEXTS.table(found.texts).to_pylist(),
        PAIRS.table(found.pairs).to_pylist(),
    )


def paired(pairs):
    return [
        (each["image_id"][8:], each["text_id"][8:], each["method"], each["score"]) for each in pairs
    ]


def test_the_words_of_the_poster_and_of_the_others_stay_apart(workspace):
    media = workspace.media
    images, texts, pairs = extract(
        media,
        [
            post(0, "It itches.\n\nWhat is it?", "p0-1", starter=True),
            post(1, "Tinea corporis."),
            post(2, "Thank you", starter=True),
        ],
        file("p0-1", media, picture()),
    )

    assert [(row["image_id"], row["status"]) for row in images] == [("forum:7#p0-1", "ok")]
    assert (images[0]["width_px"], images[0]["height_px"]) == (120, 90)
    assert [(t["locator"], t["kind"], t["speaker"], t["text"]) for t in texts] == [
        ("title", "title", "author", "Itchy ring"),
        ("p0", "post", "author", "It itches. What is it?"),
        ("p1", "reply", "other", "Tinea corporis."),
        ("p2", "post", "author", "Thank you"),
    ]
    assert paired(pairs) == [
        ("p0-1", "p0", "same_post", 0.9),
        ("p0-1", "title", "same_post", 0.6),
        ("p0-1", "p1", "reply", 0.4),
        ("p0-1", "p2", "reply", 0.4),
    ]
    assert {each["group_id"] for each in pairs} == {"forum:7"}


def test_a_post_with_pictures_speaks_about_its_own(workspace):
    media = workspace.media
    _, _, pairs = extract(
        media,
        [
            post(1, "A wart", "p1-1", starter=True),
            post(2, "Agreed"),
            post(3, "And a mole", "p3-1", starter=True),
            post(4, "Fine"),
        ],
        file("p1-1", media, picture()),
        file("p3-1", media, picture((1, 2, 3))),
    )

    assert paired(pairs) == [
        ("p1-1", "p1", "same_post", 0.9),
        ("p1-1", "title", "same_post", 0.6),
        ("p1-1", "p2", "reply", 0.4),
        ("p1-1", "p4", "reply", 0.4),
        ("p3-1", "p3", "same_post", 0.9),
        ("p3-1", "p4", "reply", 0.4),
    ]


def test_deleted_posts_say_nothing_and_a_deleted_opening_takes_the_title_along(workspace):
    media = workspace.media
    images, texts, _ = extract(
        media,
        [
            post(1, "gone", "p1-1", starter=True, deleted=True),
            post(2, "also gone", deleted=True),
            post(3, "Still here", "p3-1"),
        ],
        file("p1-1", media, picture()),
        file("p3-1", media, picture()),
    )

    assert [row["locator"] for row in images] == ["p3-1"]
    assert [each["text"] for each in texts] == ["Still here"]


def test_at_most_ten_replies_are_taken_and_empty_ones_do_not_count(workspace):
    media = workspace.media
    replies = [post(n, "" if n == 3 else f"Reply {n}") for n in range(1, 20)]
    _, texts, pairs = extract(
        media,
        [post(0, "", "p0-1", starter=True), *replies, post(20, "Update", starter=True)],
        file("p0-1", media, picture()),
        title=" ",
    )

    assert [each["locator"] for each in texts] == [
        *[f"p{n}" for n in range(1, 12) if n != 3],
        "p20",
    ]
    assert len(pairs) == 11


def test_every_picture_that_is_not_there_is_a_row_that_says_why(workspace):
    media = workspace.media
    names = [f"p0-{n}" for n in range(1, 7)]
    lost = file("p0-4", media, picture((5, 5, 5)))
    media.remove(lost["sha256"])
    images, _, pairs = extract(
        media,
        [post(0, "Words", *names, starter=True)],
        file("p0-1", media, status="not_found"),
        file("p0-2", media, b"<html>no picture"),
        file("p0-3", media, picture((0, 200, 0), (640, 480))[:-900]),
        lost,
        file("p0-6", media, picture()),
    )

    assert [(row["locator"], row["status"]) for row in images] == [
        ("p0-1", "not_fetched"),
        ("p0-2", "undecodable"),
        ("p0-3", "truncated"),
        ("p0-4", "missing_media"),
        ("p0-5", "missing_media"),
        ("p0-6", "ok"),
    ]
    assert "HTTP 404" in images[0]["error"]
    assert {each["image_id"] for each in pairs} == {"forum:7#p0-6"}


def test_a_thread_that_was_not_fetched_is_one_failed_row(workspace):
    record = file("thread.json", workspace.media, role="record", status="forbidden_by_robots")
    found = extract_thread(ITEM, [record], workspace.media, {})

    (row,) = IMAGES.table(found.images).to_pylist()
    assert (row["image_id"], row["status"]) == ("forum:7#thread", "not_fetched")
    assert found.texts == found.pairs == []


def test_a_record_that_makes_no_sense_is_one_failed_row(workspace):
    for content in (
        b"{",
        b"[]",
        b"{}",
        b'{"title": "x", "posts": []}',
        b'{"posts": [1]}',
        b"\xff",
        UNEVEN,
    ):
        record = file("thread.json", workspace.media, content, "record")
        found = extract_thread(ITEM, [record], workspace.media, {})
        (row,) = IMAGES.table(found.images).to_pylist()
        assert (row["locator"], row["status"]) == ("thread", "undecodable")


def test_an_item_without_files_gives_nothing(workspace):
    found = extract_thread(ITEM, [], workspace.media, {})

    assert (found.images, found.texts, found.pairs) == ([], [], [])


def test_each_passage_has_its_own_language(workspace):
    media = workspace.media
    _, texts, _ = extract(
        media,
        [
            post(0, "Es juckt seit drei Wochen und brennt in der Nacht.", "p0-1", starter=True),
            post(1, "Looks like ringworm to me, please see a doctor about it."),
            post(2, "Tinea!"),
            post(3, "user-0123456789ab [email] 12345 https://example.org/what-is-this-on-my-skin"),
        ],
        file("p0-1", media, picture()),
        title="¿Qué es esta mancha roja que tengo en el brazo?",
        options={"language": "fr"},
    )

    assert {each["locator"]: each["language"] for each in texts} == {
        "title": "es",
        "p0": "de",
        "p1": "en",
        "p2": "und",
        "p3": "und",
    }


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I have had scaly plaques on both elbows for three weeks.", "en"),
        ("WHAT IS THIS ON MY SKIN?", "en"),
        ("Bonjour, j'ai des plaques rouges depuis un mois", "fr"),
        ("皮膚に赤い斑点があります", "ja"),
        ("lichen planus", "und"),
        ("Thank you!", "und"),
        ("", "und"),
        ("\ud800 12 %", "und"),
        ("x" * 100_000, "und"),
    ],
)
def test_a_language_is_told_only_where_it_is_clear(text, language):
    assert language_of(text) == language


def test_a_caption_goes_with_its_own_picture_and_the_post_with_all(workspace):
    media = workspace.media
    told = post(0, "Two spots, both new.", "p0-1", "p0-2", "p0-3", starter=True)
    told["captions"] = ["The red one on my chest", "", "The brown one"]
    _, texts, pairs = extract(
        media,
        [told, post(1, "Cherry angioma")],
        file("p0-1", media, picture()),
        file("p0-2", media, picture((90, 90, 90))),
        file("p0-3", media, status="not_found"),
        title="",
    )

    assert [(each["locator"], each["kind"], each["speaker"]) for each in texts] == [
        ("p0", "post", "author"),
        ("p1", "reply", "other"),
        ("p0-1/caption", "subcaption", "author"),
    ]
    assert paired(pairs) == [
        ("p0-1", "p0-1/caption", "picture_caption", 0.95),
        ("p0-1", "p0", "same_post", 0.9),
        ("p0-1", "p1", "reply", 0.4),
        ("p0-2", "p0", "same_post", 0.9),
        ("p0-2", "p1", "reply", 0.4),
    ]
