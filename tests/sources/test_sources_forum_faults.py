"""Forums that misbehave: each fault is a row with a class and a sentence, and others go on."""

from __future__ import annotations

import gzip
import json
import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
from pipeline.source_entries import DiscourseSource, RedditSource, Selectors, WebForumSource
from pipeline.sources.discourse import DiscourseCollector
from pipeline.sources.reddit import RedditCollector
from pipeline.sources.webforum import WebForumCollector
from schemas.vocabulary import FETCH_STATUSES
from tests.sources.forum_loopback import ABOUT, KEY, fetched, jpeg, listed_items, quick_client
from tests.sources.web_host import reply

SELECTORS = Selectors(
    thread_link="a",
    next_page="a.next",
    title="h1",
    post="article",
    author="b",
    published="time",
    body="p",
    image="img",
)


def as_json(body):
    return reply(200, json.dumps(body).encode(), Content_Type="application/json")


def as_html(body):
    return reply(200, f"<html><body>{body}</body></html>".encode(), Content_Type="text/html")


def reddit(host, client):
    """Return a collector of two posts; the second's comments are at /comments of their own."""
    posts = [
        {
            "id": key,
            "title": "A rash",
            "selftext": "It itches",
            "author": "ann_b",
            "subreddit": "Skin",
            "created_utc": 1_750_000_000 + number,
            "permalink": f"/r/Skin/comments/{key}/",
            "url": f"{host.url}/{key}.jpg",
        }
        for number, key in enumerate(("bad", "good"))
    ]
    # the archive answers both posts to each question, and the collector picks its own
    host.on("/api/posts/search", as_json({"data": posts}))
    host.on("/api/posts/ids", as_json({"data": posts}))
    host.on("/api/comments/tree", as_json({"data": []}))
    entry = RedditSource(
        kind="reddit", api_url=host.url, subreddits=("Skin",), since=date(2024, 1, 1), **ABOUT
    )
    return RedditCollector("forum", entry, client, KEY), "/api/comments/tree"


def discourse(host, client):
    topics = [{"id": 1, "title": "A rash"}, {"id": 2, "title": "Another"}]
    host.on("/latest.json", as_json({"users": [], "topic_list": {"topics": topics}}))
    for number, key in ((1, "bad"), (2, "good")):
        post = {
            "id": number,
            "post_number": 1,
            "username": "ann_b",
            "cooked": f'<p>It itches</p><img src="/{key}.jpg">',
        }
        stream = {"post_stream": {"posts": [post], "stream": [number]}}
        host.on(f"/t/{number}.json", as_json(stream))
    entry = DiscourseSource(kind="discourse", base_url=host.url, **ABOUT)
    return DiscourseCollector("forum", entry, client, KEY), "/t/1.json"


def webforum(host, client):
    host.on("/", as_html('<a href="/t/bad1">x</a><a href="/t/good2">y</a>'))
    for name, key in (("bad1", "bad"), ("good2", "good")):
        page = f'<h1>A rash</h1><article><b>ann_b</b><p>It itches</p><img src="/{key}.jpg">'
        host.on(f"/t/{name}", as_html(page))
    entry = WebForumSource(kind="webforum", start_url=f"{host.url}/", selectors=SELECTORS, **ABOUT)
    return WebForumCollector("forum", entry, client, KEY), "/t/bad1"


def cut(handler):
    """Announce more than is sent, and hang up."""
    reply(200, jpeg()[:300], Content_Length="90000")(handler)
    handler.close_connection = True


FORUMS = pytest.mark.parametrize("forum", [reddit, discourse, webforum])
BOMB = gzip.compress(b"\0" * 60_000_000)
PICTURE_FAULTS = {
    "missing": (reply(404, b"no"), "not_found"),
    "gone": (reply(410, b"no"), "gone"),
    "forbidden": (reply(403, b"no"), "access_denied"),
    "busy": (reply(429, b"no"), "rate_limited"),
    "broken": (reply(500, b"no"), "server_error"),
    "down": (reply(503, b"no"), "server_error"),
    "page": (reply(200, b"<!DOCTYPE html><html>moved", Content_Type="image/jpeg"), "wrong_type"),
    "empty": (reply(200, b"", Content_Type="image/jpeg"), "malformed"),
    "cut": (cut, "network_error"),
    "bomb": (reply(200, BOMB, Content_Encoding="gzip"), "too_large"),
    "inside": (reply(302, b"", Location="http://169.254.169.254/latest/"), "refused_address"),
    "noai": (reply(200, jpeg(), X_Robots_Tag="noai"), "forbidden_by_robots"),
}
THREAD_FAULTS = {
    name: PICTURE_FAULTS[name]
    for name in ("missing", "gone", "forbidden", "busy", "broken", "down", "empty", "cut", "inside")
} | {
    "truncated": (reply(200, b'{"data": [{"a"', Content_Type="application/json"), None),
    "nested": (reply(200, b"[" * 200_000, Content_Type="application/json"), None),
    "other": (as_json({"post_stream": 7, "data": "soon", "error": None}), None),
    "binary": (reply(200, jpeg(), Content_Type="text/html"), None),
}


def collected(forum, host, path, answer, media):
    """Collect both items, with a fault in the first one; return the rows of each."""
    with quick_client() as client:
        collector, of_thread = forum(host, client)
        host.on("/good.jpg", reply(200, jpeg(), Content_Type="image/jpeg"))
        host.on("/bad.jpg", reply(200, jpeg((9, 9, 9)), Content_Type="image/jpeg"))
        host.on("/robots.txt", reply(404))
        items = listed_items(collector)
        assert [item["status"] for item in items] == ["ok", "ok"]
        sound = host.replies.get(path or of_thread)
        host.on(path or of_thread, answer)
        bad = fetched(collector, items[0], media)
        host.replies[path or of_thread] = sound
        return bad, fetched(collector, items[1], media)


@FORUMS
@pytest.mark.parametrize("fault", PICTURE_FAULTS)
def test_a_picture_at_fault_is_a_row_and_the_rest_goes_on(forum, fault, host, workspace):
    answer, status = PICTURE_FAULTS[fault]

    bad, good = collected(forum, host, "/bad.jpg", answer, workspace.media)

    assert [row["status"] for row in bad] == ["ok", status]
    assert [row["status"] for row in good] == ["ok", "ok"]
    assert bad[1]["sha256"] is None
    assert len(bad[1]["error"]) > 30
    stored = {row["sha256"] for row in (*bad, *good)} - {None}
    assert len(list(workspace.files.walk("media"))) == len(stored)


@FORUMS
@pytest.mark.parametrize("fault", THREAD_FAULTS)
def test_a_thread_at_fault_is_one_row_and_the_rest_goes_on(forum, fault, host, workspace):
    answer, status = THREAD_FAULTS[fault]

    bad, good = collected(forum, host, None, answer, workspace.media)

    (row,) = bad
    assert (row["name"], row["sha256"]) == ("thread.json", None)
    assert row["status"] == status or (
        status is None and row["status"] in ("malformed", "wrong_type")
    )
    assert row["status"] in FETCH_STATUSES - {"ok"}
    assert len(row["error"]) > 30
    assert [each["status"] for each in good] == ["ok", "ok"]
    stored = {each["sha256"] for each in good}
    assert len(list(workspace.files.walk("media"))) == len(stored)
