"""Discourse: listings, topics beyond twenty posts, original pictures, pseudonyms."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser

sys.path.append(str(Path(__file__).parent))
from pipeline.demo.discourse import discourse_service
from pipeline.demo.topics import write_topics
from pipeline.demo.truth import TruthBook
from pipeline.demo.wire import Answer, text_answer
from pipeline.errors import SourceError
from pipeline.identity import pseudonym
from pipeline.source_entries import DiscourseSource
from pipeline.sources.discourse import DiscourseCollector
from pipeline.sources.discourse_posts import cooked_pictures
from schemas import ITEMS
from tests.sources.forum_loopback import (
    ABOUT,
    KEY,
    all_that_is_kept,
    blob,
    fetched,
    from_table,
    jpeg,
    listed_items,
    quick_client,
    serving,
)

ROBOTS = text_answer("User-agent: *\nDisallow: /admin/\n")


def collector_of(url, client, max_pages=50, **more):
    entry = DiscourseSource(
        kind="discourse", base_url=url + "/", max_pages=max_pages, **more, **ABOUT
    )
    return DiscourseCollector("discourse", entry, client, KEY)


def topic(number, **more):
    return {
        "id": number,
        "title": f"Topic {number}",
        "slug": f"topic-{number}",
        "posts_count": 2,
        "created_at": "2026-02-10T09:00:00.000Z",
        "visible": True,
        "posters": [{"user_id": 1}],
    } | more


def page(topics, more=None):
    users = [{"id": 1, "username": "nurse_jo", "name": "Johanna Weiss"}]
    listing = {"topics": topics} | ({"more_topics_url": more} if more else {})
    return {"users": users, "topic_list": listing}


def post(number, cooked="<p>Words</p>", **more):
    return {
        "id": 900 + number,
        "username": "nurse_jo" if number == 1 else f"member{number}",
        "name": None,
        "created_at": f"2026-02-10T09:{number % 60:02d}:00.000Z",
        "cooked": cooked,
        "post_number": number,
        "post_type": 1,
    } | more


def world(posts, pages=None, **more):
    """A forum of one topic, 5, whose answers hold at most twenty posts at a time."""
    table = {
        "/robots.txt": ROBOTS,
        "/latest.json?order=created&page=0": page([topic(5)]),
        "/t/5.json": {
            "post_stream": {"posts": posts[:20], "stream": [each["id"] for each in posts]},
        },
        "/a.jpg": jpeg(),
        "/uploads/b.jpeg": jpeg((1, 2, 3)),
    } | more

    def respond(request):
        if request.path == "/t/5/posts.json" and request.path not in more:
            wanted = request.query["post_ids[]"]
            assert len(wanted) <= 20
            chosen = [each for each in posts if str(each["id"]) in wanted]
            return from_table({request.path: {"post_stream": {"posts": chosen}}})(request)
        return from_table(table)(request)

    return respond


def collected(respond, media):
    with serving(respond) as (url, log), quick_client() as client:
        collector = collector_of(url, client)
        items = listed_items(collector)
        return items, fetched(collector, items[0], media), log


def test_pages_are_read_until_there_are_no_more_and_no_topic_twice():
    table = {
        "/robots.txt": ROBOTS,
        "/latest.json?order=created&page=0": page([topic(1), topic(9)], "/latest?page=1"),
        "/latest.json?order=created&page=1": page([topic(1), topic(8)], "/latest?page=2"),
        "/latest.json?order=created&page=2": page([topic(7), topic(6, visible=False)]),
    }
    with serving(from_table(table)) as (url, _), quick_client() as client:
        items = listed_items(collector_of(url, client))
        cut = listed_items(collector_of(url, client, max_pages=1))

    assert [item["source_key"] for item in items] == ["1", "9", "8", "7"]
    assert [item["source_key"] for item in cut] == ["1", "9"]
    assert items[0]["page_url"] == f"{url}/t/1"
    assert items[0]["creator"] == pseudonym("nurse_jo", KEY)
    assert (items[0]["licence"], items[0]["licence_evidence"]) == ("CC-BY-4.0", "Rule 3: CC BY 4.0")


def test_a_listing_that_repeats_itself_stops_the_source():
    endless = {"/robots.txt": ROBOTS, "/latest.json": page([topic(1)], "/latest?page=1")}
    with serving(from_table(endless)) as (url, log), quick_client() as client:
        with pytest.raises(SourceError, match="does not end"):
            list(collector_of(url, client).list_keys())
        assert len(log) == 3


@pytest.mark.parametrize("body", ["<html>no</html>", [1, 2], None])
def test_a_forum_that_does_not_speak_discourse_stops_the_source(body):
    table = {"/robots.txt": ROBOTS, "/latest.json": body}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        collector = collector_of(url, client)
        with pytest.raises(SourceError, match="cannot be listed"):
            list(collector.list_keys())


def test_posts_beyond_the_first_twenty_are_fetched_in_chunks(workspace):
    posts = [post(number, f"<p>Post {number}</p>") for number in range(1, 66)]
    _, rows, log = collected(world(posts), workspace.media)
    record = blob(rows[0], workspace.media)

    assert [each["text"] for each in record["posts"]] == [f"Post {n}" for n in range(1, 66)]
    assert sum("/posts.json" in asked for asked in log) == 3


def test_a_chunk_that_cannot_be_had_fails_the_topic_whole(workspace):
    posts = [post(number) for number in range(1, 30)]
    failing = {"/t/5/posts.json": Answer(503, "text/plain", b"busy")}
    _, rows, _ = collected(world(posts, **failing), workspace.media)

    assert [(row["name"], row["status"]) for row in rows] == [("thread.json", "server_error")]


def test_a_deleted_topic_is_gone(workspace):
    _, rows, _ = collected(world([], **{"/t/5.json": {"deleted_at": "2026"}}), workspace.media)

    assert [(row["role"], row["status"]) for row in rows] == [("record", "gone")]


def test_deleted_and_hidden_posts_keep_their_place_and_nothing_else(workspace):
    picture = '<p>Secret <img src="/a.jpg"></p>'
    posts = [
        post(1),
        post(2, picture, user_deleted=True),
        post(3, picture, hidden=True),
        post(4, picture, deleted_at="2026-02-11T00:00:00Z"),
        post(5, "<p>pinned globally</p>", post_type=3),
    ]
    _, rows, _ = collected(world(posts), workspace.media)
    record = blob(rows[0], workspace.media)

    assert [each["deleted"] for each in record["posts"]] == [False, True, True, True]
    assert [each["pictures"] for each in record["posts"]] == [[], [], [], []]
    assert "Secret" not in str(record)
    assert len(rows) == 1


def test_pictures_are_the_originals_wherever_they_are_named(workspace):
    cooked = (
        '<p>Look <img src="%BASE%/images/emoji/wave.png" class="emoji" alt=":wave:"></p>'
        '<div class="lightbox-wrapper"><a class="lightbox" href="//%HOST%/uploads/b.jpeg">'
        '<img src="/uploads/b_small.jpeg"><div class="meta">b.jpeg 600×400</div></a></div>'
        '<img src="a.jpg"><img src="data:image/png;base64,AAAA"><img src="http://[broken">'
    )
    _, rows, _ = collected(world([post(1, cooked), post(2)]), workspace.media)
    record = blob(rows[0], workspace.media)

    assert [(row["name"], row["url"].split("/", 3)[3]) for row in rows[1:]] == [
        ("p1-1", "uploads/b.jpeg"),
        ("p1-2", "a.jpg"),
    ]
    assert [row["status"] for row in rows] == ["ok", "ok", "ok"]
    assert record["posts"][0]["text"] == "Look"
    assert record["posts"][0]["pictures"] == ["p1-1", "p1-2"]


def test_quoted_words_and_pictures_are_not_taken_for_the_writer_s():
    cooked = (
        '<aside class="quote" data-username="nurse_jo"><div class="title">nurse_jo:</div>'
        '<blockquote><p>It is <img src="/q.jpg"> eczema</p></blockquote></aside>'
        '<aside class="onebox"><img src="/site.jpg" class="thumbnail"></aside>'
        '<p>No.</p><img src="/user_avatar/x.png"><img src="/mine.jpg">'
    )
    body = LexborHTMLParser(cooked).body

    found = [each.address for each in cooked_pictures(body, "https://f.org/")]
    assert found == ["https://f.org/mine.jpg"]


def test_pictures_without_lightbox_are_taken_as_large_as_they_are_named():
    cooked = (
        '<img src="/o/a_690.jpeg" srcset="/o/a_690.jpeg, /o/a_1035.jpeg 1.5x, /o/a_1380.jpeg 2x">'
        '<img src="upload://short1.png"><img src="/transparent.png" data-orig-src="upload://s2.jpg">'
        '<img src="//cdn.f.org/b.jpeg">'
    )
    found = cooked_pictures(LexborHTMLParser(cooked).body, "https://f.org/")

    assert [each.address for each in found] == [
        "https://f.org/o/a_1380.jpeg",
        "https://f.org/uploads/short-url/short1.png",
        "https://f.org/uploads/short-url/s2.jpg",
        "https://cdn.f.org/b.jpeg",
    ]


def test_categories_are_read_one_by_one_and_tags_chosen_in_both_forms():
    photo = [{"id": 1, "name": "Photo", "slug": "photo"}]
    table = {
        "/robots.txt": ROBOTS,
        "/c/skin/7.json?order=created&page=0": page(
            [topic(1, tags=photo), topic(2, tags=["diet"])]
        ),
        "/c/health/nails/9.json?order=created&page=0": page(
            [topic(1, tags=photo), topic(3, tags=["photo"]), topic(4)]
        ),
        "/tag/photo.json?order=created&page=0": page([topic(8, tags=["photo"])]),
    }
    categories = {"categories": ("skin/7", "health/nails/9")}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        both = listed_items(collector_of(url, client, tags=("photo",), **categories))
        alone = listed_items(collector_of(url, client, **categories))
        tagged = listed_items(collector_of(url, client, tags=("photo",)))

    assert [item["source_key"] for item in both] == ["1", "3"]
    assert [item["source_key"] for item in alone] == ["1", "2", "3", "4"]
    assert [item["source_key"] for item in tagged] == ["8"]


@pytest.mark.parametrize("category", ["skin", "../admin/1", "skin/x", "/skin/7", "skin/7?x=1"])
def test_a_category_that_is_none_is_refused(category):
    with pytest.raises(ValidationError, match="categories"):
        DiscourseSource(
            kind="discourse", base_url="https://f.org/", categories=(category,), **ABOUT
        )


@pytest.mark.parametrize(
    ("answer", "status", "sentence"),
    [
        ({"id": 5, "post_stream": {"posts": [], "stream": []}}, "ok", None),
        ({"deleted_at": "2026-05-01T00:00:00Z"}, "deleted", "topic 5 was deleted or hidden"),
        ({"visible": False}, "deleted", "topic 5 was deleted or hidden"),
        (
            {"post_stream": {"posts": [{"post_number": 1, "user_deleted": True}]}},
            "deleted",
            "topic 5 was deleted or hidden",
        ),
        (None, "gone", "HTTP 404"),
        (Answer(503, "text/plain", b"busy"), "unreachable", "HTTP 503"),
    ],
)
def test_a_topic_that_is_no_longer_listed_is_looked_for(answer, status, sentence):
    table = {"/robots.txt": ROBOTS, "/latest.json": page([topic(5)])}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        collector = collector_of(url, client)
        (item,) = listed_items(collector)
        if answer is not None:
            table["/t/5.json"] = answer
        (row,) = ITEMS.table([collector.revisit(item)]).to_pylist()

    assert row["status"] == status
    assert (row["error"] is None) if sentence is None else sentence in row["error"]
    assert (row["title"] is None) == (status in ("deleted", "gone"))


def test_a_forum_that_is_busy_is_waited_for(workspace):
    answers = [Answer(429, "text/plain", b"slow down", {"Retry-After": "0"})]
    plain = world([post(1), post(2)])

    def respond(request):
        return answers.pop() if answers and request.path == "/t/5.json" else plain(request)

    with serving(respond) as (url, log), quick_client(attempts=3) as client:
        collector = collector_of(url, client)
        rows = fetched(collector, listed_items(collector)[0], workspace.media)

    assert [row["status"] for row in rows] == ["ok"]
    assert log.count("/t/5.json") == 2


def test_posts_that_are_listed_but_not_given_are_counted(workspace):
    posts = [post(number) for number in range(1, 30)]
    missing = {"/t/5/posts.json": {"post_stream": {"posts": posts[20:24]}}}
    _, rows, _ = collected(world(posts, **missing), workspace.media)

    record = blob(rows[0], workspace.media)
    assert (len(record["posts"]), record["n_unread"]) == (24, 5)


def test_no_name_is_kept_neither_user_nor_real(workspace):
    posts = [
        post(1, "<p>I am Johanna Weiss, call me nurse_jo</p>", name="Johanna Weiss"),
        post(2, '<p>Hi <a class="mention" href="/u/nurse_jo">@Nurse_Jo</a> and @stranger.7</p>'),
        post(3, "<p>member2 is right</p>", username="小明明", name="Ming Li"),
        post(4, "<p>谢谢小明明的回复</p>"),
    ]
    listing = {
        "/latest.json?order=created&page=0": page([topic(5, title="For nurse_jo: Johanna Weiss")])
    }
    items, rows, _ = collected(world(posts, **listing), workspace.media)
    record = blob(rows[0], workspace.media)
    starter = pseudonym("nurse_jo", KEY)

    assert record["posts"][0]["text"] == f"I am {starter}, call me {starter}"
    assert record["posts"][1]["text"].startswith(f"Hi @{starter} and @user-")
    assert record["posts"][3]["text"] == f"谢谢{pseudonym('小明明', KEY)}的回复"
    assert record["title"] == items[0]["title"] == f"For {starter}: {starter}"
    assert [each["is_starter"] for each in record["posts"]] == [True, False, False, False]
    kept = all_that_is_kept(items + rows, workspace.media)
    for name in ("nurse_jo", "johanna", "weiss", "member", "stranger", "小明明", "ming li"):
        assert name not in kept


def test_a_post_nested_without_end_is_malformed(workspace):
    _, rows, _ = collected(world([post(1, "<div>" * 100_000)]), workspace.media)

    assert [(row["name"], row["status"]) for row in rows] == [("thread.json", "malformed")]


def test_a_page_in_place_of_a_picture_is_a_row_and_not_data(workspace):
    posts = [post(1, '<p>See</p><img src="/page.jpg"><img src="/none.jpg">')]
    html = Answer(200, "image/jpeg", b"<!DOCTYPE html><html><body>moved</body></html>")
    _, rows, _ = collected(world(posts, **{"/page.jpg": html}), workspace.media)

    assert [(row["status"], row["sha256"]) for row in rows[1:]] == [
        ("wrong_type", None),
        ("not_found", None),
    ]


def test_the_demo_forum_is_collected_with_original_pictures(tmp_path, workspace, caplog):
    caplog.set_level("DEBUG")
    write_topics(tmp_path / "discourse", 7, TruthBook(7))
    with (
        serving(discourse_service(tmp_path / "discourse")) as (url, _),
        quick_client() as client,
    ):
        collector = collector_of(url, client, categories=("cases/4",))
        items = {item["source_key"]: item for item in listed_items(collector)}
        rows = {key: fetched(collector, item, workspace.media) for key, item in items.items()}

    record = blob(rows["102"][0], workspace.media)
    assert sorted(items) == ["101", "102", "103", "104", "105", "106"]
    assert {key: len(each) - 1 for key, each in rows.items()} == {
        "101": 1,
        "102": 1,
        "103": 2,
        "104": 1,
        "105": 0,
        "106": 1,
    }
    assert all("/original/" in row["url"] for each in rows.values() for row in each[1:])
    assert {row["status"] for each in rows.values() for row in each} == {"ok"}
    assert len(record["posts"]) == 25
    assert [each["deleted"] for each in blob(rows["103"][0], workspace.media)["posts"]] == [
        False,
        False,
        True,
    ]
    everything = [row for each in rows.values() for row in each] + list(items.values())
    assert not re.search(r"\bmember\d", all_that_is_kept(everything, workspace.media))
    assert not re.search(r"\bmember\d", caplog.text)
