"""Reddit through Arctic Shift: paging, galleries, removal, pseudonyms."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PIL import Image

sys.path.append(str(Path(__file__).parent))
from pipeline.demo.arctic import arctic_service, reddit_media_service
from pipeline.demo.posts import write_posts
from pipeline.demo.truth import TruthBook
from pipeline.demo.wire import Answer, json_answer
from pipeline.errors import SourceError
from pipeline.identity import pseudonym, sha256_bytes
from pipeline.source_entries import RedditSource
from pipeline.sources.reddit import RedditCollector
from pipeline.sources.reddit_posts import plain_words, shown_pictures
from pipeline.sources.threads import Picture
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

SINCE = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())


def entry(url, **more):
    return RedditSource(
        kind="reddit",
        api_url=url,
        **{"subreddits": ("Skin",), "since": date(2024, 1, 1)} | more,
        **ABOUT,
    )


def post(number, base="http://127.0.0.1:9", **more):
    key = f"p{number}"
    return {
        "id": key,
        "title": f"Rash {number}",
        "selftext": "It itches.",
        "author": "Mole_Spotter",
        "subreddit": "Skin",
        "created_utc": SINCE + number,
        "permalink": f"/r/Skin/comments/{key}/rash/",
        "url": f"{base}/{key}.jpg",
        "num_comments": 1,
    } | more


def archive(posts, comments=(), obeys=True):
    """Arctic Shift over a list of posts; one that does not obey ignores the times."""

    def respond(request):
        if request.path == "/api/posts/search":
            after, before = int(request.value("after")), int(request.value("before") or 9e9)
            later = [
                each
                for each in posts
                if each["subreddit"] == request.value("subreddit")
                and (not obeys or after < each["created_utc"] < before)
            ]
            later.sort(key=lambda each: each["created_utc"], reverse=request.value("sort") != "asc")
            limit = request.value("limit")
            return json_answer({"data": later[: 1000 if limit == "auto" else int(limit)]})
        if request.path == "/api/posts/ids":
            wanted = request.value("ids").split(",")
            return json_answer({"data": [each for each in posts if each["id"] in wanted]})
        if request.path == "/api/comments/tree":
            return json_answer({"data": list(comments)})
        return from_table({"/p1.jpg": jpeg(), "/p2.jpg": jpeg((20, 30, 40))})(request)

    return respond


def comment(author, body, children=(), **more):
    replies = {"kind": "Listing", "data": {"children": list(children)}} if children else ""
    data = {"author": author, "body": body, "created_utc": SINCE + 60, "replies": replies} | more
    return {"kind": "t1", "data": data}


@pytest.fixture
def keys_of():
    def keys(posts, **more):
        with serving(archive(posts, **more)) as (url, log), quick_client() as client:
            collector = RedditCollector("reddit", entry(url), client, KEY)
            return [each.source_key for each in collector.list_keys()], log

    return keys


def test_every_post_of_many_pages_is_listed_once(keys_of):
    # two pages end inside a second that several posts share
    posts = [post(n, created_utc=SINCE + n // 7) for n in range(250)]

    keys, log = keys_of(posts)

    assert keys == [f"p{n}" for n in range(250)]
    assert len(log) == 4


def test_a_listing_that_does_not_advance_ends_with_a_sentence(keys_of):
    with pytest.raises(SourceError, match="does not advance past second"):
        keys_of([post(n) for n in range(300)], obeys=False)


def test_a_second_that_fills_whole_pages_is_read_to_its_end(keys_of):
    # 350 posts within one second, and the one after it
    crowd = [post(n, created_utc=SINCE + 5) for n in range(350)]

    keys, log = keys_of([post(900), *crowd, post(901, created_utc=SINCE + 6)])

    assert sorted(keys) == sorted([f"p{n}" for n in range(350)] + ["p900", "p901"])
    assert len(keys) == len(set(keys))
    assert sum("limit=auto" in asked for asked in log) == 1


def test_a_second_that_holds_more_than_the_archive_gives_is_told(keys_of, caplog):
    posts = [post(n, created_utc=SINCE + 5) for n in range(1200)] + [post(2000)]

    keys, _ = keys_of(posts)

    assert len(keys) == len(set(keys)) >= 1000
    assert "p2000" in keys
    assert "holds more posts than the archive gives" in caplog.text


def test_a_page_in_the_wrong_order_is_not_trusted():
    body = json_answer({"data": [post(n) for n in range(120, 20, -1)]})
    with serving(lambda _request: body) as (url, log), quick_client() as client:
        with pytest.raises(SourceError, match="keep to `after` and `sort`"):
            list(RedditCollector("reddit", entry(url), client, KEY).list_keys())
        assert len(log) == 1


def test_a_listing_that_leads_into_the_future_ends_with_a_sentence():
    later = int(datetime.now(tz=UTC).timestamp()) + 10 * 86_400
    body = json_answer({"data": [post(1, created_utc=later)]})
    with serving(lambda _request: body) as (url, _), quick_client() as client:
        listing = RedditCollector("reddit", entry(url), client, KEY).list_keys()
        with pytest.raises(SourceError, match="into the future"):
            list(listing)


def test_posts_that_cannot_be_read_do_not_end_a_page(keys_of, caplog):
    broken = [
        {"id": "../x", "created_utc": SINCE + 2},
        {"id": "zz", "created_utc": "soon"},
        {"id": None, "created_utc": SINCE + 2},
        {"created_utc": SINCE + 3},
    ]
    sound = [post(1), post(3)]

    def respond(request):
        page = [sound[0], *broken, "text", sound[1]]
        return json_answer({"data": page if request.value("after") < str(SINCE) else []})

    with serving(respond) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        assert [each.source_key for each in collector.list_keys()] == ["p1", "p3"]
    assert "without a usable id" in caplog.text
    assert "post zz has no time" in caplog.text


@pytest.mark.parametrize("status", [200, 422])
def test_a_search_that_times_out_is_asked_again_for_shorter_spans(status):
    day = 86_400
    posts = [post(n, created_utc=SINCE + n * 20 * day) for n in range(12)]
    whole = archive(posts)

    def respond(request):
        span = int(request.value("before") or 9e9) - int(request.value("after"))
        if request.path == "/api/posts/search" and span > 8 * day:
            return json_answer({"data": None, "error": "Query timed out"}, status)
        return whole(request)

    with serving(respond) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        assert [each.source_key for each in collector.list_keys()] == [f"p{n}" for n in range(12)]


def test_a_used_up_allowance_is_waited_for(keys_of):
    import time

    posts = [post(n) for n in range(150)]
    plain = archive(posts)
    moments = []

    def respond(request):
        moments.append(time.monotonic())
        answer = plain(request)
        told = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0.2"}
        return replace(answer, headers=told)

    with serving(respond) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        assert len(list(collector.list_keys())) == 150
    assert moments[1] - moments[0] >= 0.2


def test_clocks_that_go_backwards_do_not_make_an_endless_listing():
    pages = iter(range(1000))

    def respond(_request):
        page = next(pages)
        return json_answer({"data": [post(1000 - page, id=f"x{page}")]})

    with serving(respond) as (url, log), quick_client() as client:
        with pytest.raises(SourceError, match="does not advance"):
            list(RedditCollector("reddit", entry(url), client, KEY).list_keys())
        assert len(log) == 2


def test_an_error_of_the_archive_stops_the_source():
    respond = from_table({"/api/posts/search": {"data": None, "error": "Query timed out"}})
    with serving(respond) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        with pytest.raises(SourceError, match="Query timed out"):
            list(collector.list_keys())


def test_posts_without_pictures_are_no_items_and_the_base_may_end_in_api():
    posts = [post(1), post(2, url="https://www.reddit.com/r/x", is_self=True), {"id": 7}, None]
    with serving(archive(posts[:2])) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(f"{url}/api/"), client, KEY)
        assert [each.source_key for each in collector.list_keys()] == ["p1"]


@pytest.mark.parametrize(
    "marks",
    [
        {"author": "[deleted]"},
        {"removal_type": "copyright_takedown"},
        {"selftext": "[removed]"},
        {"removed_by_category": "moderator"},
        {"_meta": {"was_deleted_later": True}},
        {"_meta": {"removal_type": "deleted"}},
        {"is_gallery": True, "is_self": False, "media_metadata": None, "author": "[deleted]"},
    ],
)
def test_a_removed_post_is_an_item_that_keeps_nothing(marks, workspace):
    with serving(archive([post(1, **marks)])) as (url, _), quick_client() as client:
        (item,) = listed_items(RedditCollector("reddit", entry(url), client, KEY))

    assert (item["item_id"], item["status"]) == ("reddit:p1", "deleted")
    assert item["title"] is None
    assert item["creator"] is None
    assert "itches" not in str(item)
    assert "p1.jpg" not in str(item)


def test_a_post_that_was_deleted_after_the_listing_is_not_kept(workspace):
    posts = [post(1)]
    with serving(archive(posts)) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        (item,) = listed_items(collector)
        posts[0]["selftext"] = "[deleted]"
        (row,) = fetched(collector, item, workspace.media)

    assert (row["role"], row["status"], row["sha256"]) == ("record", "gone", None)


def test_a_crosspost_is_left_out_where_its_parent_is_listed(keys_of):
    parent = post(1)
    inside = post(2, crosspost_parent="t3_p1", crosspost_parent_list=[parent])
    stranger = post(9, id="zz9", subreddit="Elsewhere")
    outside = post(
        3,
        url="https://www.reddit.com/r/Elsewhere/comments/zz9/",
        crosspost_parent="t3_zz9",
        crosspost_parent_list=[stranger],
    )

    assert keys_of([parent, inside, outside])[0] == ["p1", "p3"]


def test_crossposts_of_one_foreign_post_are_one_item_in_the_group_of_the_original(workspace):
    stranger = post(9, id="zz9", subreddit="Elsewhere", author="First_Writer", title="Lichen")
    link = {"url": "https://www.reddit.com/r/Elsewhere/comments/zz9/", "title": "Look at this"}
    first = post(1, crosspost_parent="t3_zz9", crosspost_parent_list=[stranger], **link)
    bare = post(2, crosspost_parent="t3_zz9", **link)  # the archive left its parent out
    posts = [first, bare, stranger]

    with serving(archive(posts)) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        stranger["url"] = f"{url}/p1.jpg"
        (item,) = listed_items(collector)
        rows = fetched(collector, item, workspace.media)
        stranger["selftext"] = "[deleted]"
        (again,) = fetched(collector, item, workspace.media)
        revisited = collector.revisit(item)

    record = blob(rows[0], workspace.media)
    assert (item["source_key"], item["group_key"]) == ("p1", "reddit:zz9")
    assert record["title"] == "Lichen"
    assert record["posts"][0]["author"] == pseudonym("First_Writer", KEY) == item["creator"]
    assert [row["status"] for row in rows] == ["ok", "ok"]
    assert (again["status"], revisited["status"]) == ("gone", "deleted")


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({}, "ok", None),
        ({"selftext": "[removed]"}, "deleted", "was deleted or removed"),
        ({"id": "other"}, "gone", "no longer known"),
        ("down", "unreachable", "HTTP 503"),
    ],
)
def test_a_post_that_is_no_longer_listed_is_looked_for(change, status, sentence):
    posts = [post(1)]
    plain = archive(posts)
    is_down = []

    def respond(request):
        return json_answer({"error": "busy"}, 503) if is_down else plain(request)

    with serving(respond) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        (item,) = listed_items(collector)
        if change == "down":
            is_down.append(True)
        else:
            posts[0].update(change)
        (row,) = ITEMS.table([collector.revisit(item)]).to_pylist()

    assert row["status"] == status
    assert row["listed_sha256"] == item["listed_sha256"]
    assert (row["error"] is None) if sentence is None else sentence in row["error"]
    assert (row["title"] is None) == (status in ("deleted", "gone"))


def test_a_gallery_keeps_its_order_and_captions_and_names_what_failed():
    metadata = {
        "b": {"status": "valid", "s": {"u": "https://preview.redd.it/b.jpg?width=9&amp;s=1"}},
        "a": {"status": "valid", "s": {"gif": "https://i.redd.it/a.gif"}},
        "c": {"status": "failed"},
        "d": {"status": "valid", "e": "RedditVideo"},
        "e": {"status": "unprocessed"},
    }
    items = [{"media_id": key, "caption": f"**View** {key}"} for key in ("b", "c", "a", "d", "e")]
    found = shown_pictures({"gallery_data": {"items": items}, "media_metadata": metadata})

    assert [each.address for each in found] == [
        "https://preview.redd.it/b.jpg?width=9&s=1",
        None,
        "https://i.redd.it/a.gif",
        None,
        None,
    ]
    assert [each.caption for each in found] == [f"View {key}" for key in "bcade"]
    assert [each.why for each in found if each.address is None] == [
        "Reddit says that its status is 'failed'",
        "it is a video",
        "Reddit says that its status is 'unprocessed'",
    ]


def test_pictures_inside_a_text_come_in_its_order():
    valid = {"status": "valid"}
    metadata = {
        "m1": valid | {"s": {"u": "https://preview.redd.it/m1.jpg"}},
        "m2": valid | {"s": {"u": "https://preview.redd.it/m2.jpg"}},
        "emote|t5_x|7": valid | {"s": {"u": "https://reddit.com/smile.png"}},
    }
    text = 'First ![img](m2 "the *left* arm") then https://preview.redd.it/m1.jpg emote|t5_x|7'
    found = shown_pictures({"is_self": True, "selftext": text, "media_metadata": metadata})

    assert found == [
        Picture("https://preview.redd.it/m2.jpg", "the left arm"),
        Picture("https://preview.redd.it/m1.jpg"),
    ]


def png(width, height) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (250, 250, 250)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("size", [(161, 81), (130, 60)])
def test_the_sign_for_a_removed_picture_is_no_picture(size, workspace):
    sign = Answer(200, "image/png", png(*size))
    posts = []

    def respond(request):
        return sign if request.path == "/p1.jpg" else archive(posts)(request)

    with serving(respond) as (url, _), quick_client() as client:
        posts.append(post(1, url))
        collector = RedditCollector("reddit", entry(url), client, KEY)
        rows = fetched(collector, listed_items(collector)[0], workspace.media)

    assert [(row["name"], row["status"]) for row in rows] == [
        ("thread.json", "ok"),
        ("p0-1", "gone"),
    ]
    assert "stands for a removed picture" in rows[1]["error"]
    assert rows[1]["sha256"] is None
    assert workspace.media.find(sha256_bytes(sign.body)) is None


def test_words_come_without_markup_quotes_and_addresses():
    text = "&gt; they said **this**\n\nI have [a rash](https://x.org/a) &amp; *itch*\n&#x200B;"

    assert plain_words(text) == "I have a rash & itch"
    assert plain_words("Biopsy says\n\n&gt;!melanoma!&lt;") == "Biopsy says\nmelanoma"
    assert plain_words("thanks mole\\_spotter\\!") == "thanks mole_spotter!"


def test_a_thread_is_stored_with_its_tree_in_order_and_no_name(workspace):
    tree = [
        comment(
            "DocFeet",
            "Looks like tinea, mole_spotter. Ask u/Third_One or @fourth.one!",
            [comment("Mole_Spotter", "Thanks DocFeet")],
        ),
        comment("AutoModerator", "I am a bot"),
        comment("Someone", "[removed]"),
        {"kind": "more", "data": {"children": ["q"]}},
    ]
    with (
        serving(archive([], tree)) as (url, _),
        serving(archive([post(1, url), post(2, url)], tree)) as (api, _),
        quick_client() as client,
    ):
        collector = RedditCollector("reddit", entry(api), client, KEY)
        items = listed_items(collector)
        rows = fetched(collector, items[0], workspace.media)

    record = blob(rows[0], workspace.media)
    starter, doctor = pseudonym("Mole_Spotter", KEY), pseudonym("DocFeet", KEY)
    assert [row["name"] for row in rows] == ["thread.json", "p0-1"]
    assert workspace.media.get(rows[1]["sha256"]) == jpeg()
    assert items[0]["creator"] == starter
    assert items[0]["page_url"] == "https://www.reddit.com/r/Skin/comments/p1/rash/"
    assert items[0]["published_at"] == datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert [each["number"] for each in record["posts"]] == [0, 1, 2, 3]
    assert [each["is_starter"] for each in record["posts"]] == [True, False, True, False]
    assert [each["author"] for each in record["posts"]][:3] == [starter, doctor, starter]
    assert record["posts"][0]["pictures"] == ["p0-1"]
    assert record["posts"][1]["text"].startswith(f"Looks like tinea, {starter}. Ask u/user-")
    assert record["posts"][2]["text"] == f"Thanks {doctor}"
    assert record["posts"][3]["deleted"]
    assert record["posts"][3]["text"] == ""
    kept = all_that_is_kept(rows + items, workspace.media)
    for name in ("mole_spotter", "docfeet", "third_one", "fourth.one", "someone", "automod"):
        assert name not in kept


def test_comments_that_cannot_be_had_fail_the_item_whole(workspace):
    posts = [post(1)]
    table = {
        "/api/posts/search": {"data": posts},
        "/api/posts/ids": {"data": posts},
        "/api/comments/tree": {"data": None, "error": "Query timed out"},
    }
    with serving(from_table(table)) as (url, _), quick_client() as client:
        collector = RedditCollector("reddit", entry(url), client, KEY)
        (row,) = fetched(collector, listed_items(collector)[0], workspace.media)

    assert (row["name"], row["status"]) == ("thread.json", "server_error")
    assert "Query timed out" in row["error"]


def test_the_demo_subreddit_is_collected_as_its_truth_says(tmp_path, workspace, caplog):
    caplog.set_level("DEBUG")
    write_posts(tmp_path / "reddit", 7, TruthBook(7))
    media_of = {"url": ""}
    service = arctic_service(tmp_path / "reddit", lambda: media_of["url"])
    with (
        serving(reddit_media_service(tmp_path / "reddit")) as (media_of["url"], _),
        serving(service) as (api, _),
        quick_client() as client,
    ):
        demo = entry(api, subreddits=("SkinCasesDemo",))
        collector = RedditCollector("reddit", demo, client, KEY)
        items = {each["source_key"]: each for each in listed_items(collector)}
        rows = {
            key: fetched(collector, item, workspace.media)
            for key, item in items.items()
            if item["status"] == "ok"
        }

    assert sorted(items) == [f"demo{n:02d}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 14)]
    assert {key for key, item in items.items() if item["status"] == "deleted"} == {
        "demo03",
        "demo09",
    }
    assert [row["name"] for row in rows["demo02"]] == ["thread.json", "p0-1", "p0-2", "p0-3"]
    assert rows["demo05"][1]["status"] == "not_found"
    assert [items[key]["group_key"] for key in ("demo08", "demo13")] == [
        "reddit:demo08",
        "reddit:else01",
    ]
    (opening, *_) = blob(rows["demo11"][0], workspace.media)["posts"]
    assert "cherry angioma" in opening["captions"][0].lower()
    assert "seborrheic keratosis" in opening["captions"][1].lower()
    everything = [row for each in rows.values() for row in each] + list(items.values())
    assert "demo_user_" not in all_that_is_kept(everything, workspace.media)
    assert "demo_reader" not in all_that_is_kept(everything, workspace.media)
    assert "demo_user_" not in caplog.text
    assert "demo_reader" not in caplog.text
