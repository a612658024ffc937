"""Reddit's own interface: tokens, listings that lead backwards, comments in parts, allowance."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

sys.path.append(str(Path(__file__).parent))
from pipeline.demo.posts import write_posts
from pipeline.demo.truth import TruthBook
from pipeline.demo.wire import Answer, json_answer, text_answer
from pipeline.errors import SourceError
from pipeline.source_entries import RedditSource
from pipeline.sources.reddit import RedditCollector
from pipeline.sources.reddit_oauth import Credentials
from tests.sources.forum_loopback import (
    ABOUT,
    KEY,
    all_that_is_kept,
    blob,
    fetched,
    jpeg,
    listed_items,
    quick_client,
    serving,
)

CREDENTIALS = Credentials("an id", "a secret of the tests")
BASIC = "Basic YW4gaWQ6YSBzZWNyZXQgb2YgdGhlIHRlc3Rz"
SINCE = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())


def listing(things, after=None, kind="t3"):
    children = [each if "kind" in each else {"kind": kind, "data": each} for each in things]
    return {"kind": "Listing", "data": {"after": after, "children": children}}


class Reddit:
    """Reddit over a list of posts, oldest first; a token is good for so many requests."""

    def __init__(self, posts, comments=None, more=None, uses=1000):
        self.posts, self.comments, self.more = posts, comments or {}, more or {}
        self.uses, self.left, self.n_tokens = uses, 0, 0
        self.headers = {}

    def __call__(self, request):
        if request.path == "/api/v1/access_token":
            return self._token(request)
        if request.path.endswith(".jpg"):
            return Answer(200, "image/jpeg", jpeg())
        if request.headers.get("Authorization") != f"Bearer token-{self.n_tokens}" or not self.left:
            return json_answer({"message": "Unauthorized", "error": 401}, 401)
        self.left -= 1
        assert request.value("raw_json") == "1"
        return replace(self._answer(request), headers=self.headers)

    def _token(self, request):
        if request.headers.get("Authorization") != BASIC:
            return json_answer({"message": "Unauthorized", "error": 401}, 401)
        assert (request.method, parse_qs(request.body.decode())) == (
            "POST",
            {"grant_type": ["client_credentials"]},
        )
        self.n_tokens += 1
        self.left = self.uses
        told = {"access_token": f"token-{self.n_tokens}", "token_type": "bearer"}
        return json_answer({**told, "expires_in": 86400, "scope": "*"})

    def _answer(self, request):
        if request.path.endswith("/new"):
            newest = list(reversed(self.posts))
            after = request.value("after").removeprefix("t3_")
            start = next((n + 1 for n, post in enumerate(newest) if post["id"] == after), 0)
            page = newest[start : start + int(request.value("limit"))]
            last = start + len(page) >= len(newest)
            return json_answer(listing(page, None if last else f"t3_{page[-1]['id']}"))
        if request.path == "/api/info":
            wanted = request.value("id").split(",")
            return json_answer(listing([p for p in self.posts if f"t3_{p['id']}" in wanted]))
        if request.path == "/api/morechildren":
            wanted = request.value("children").split(",")
            assert len(wanted) <= 100
            things = [self.more[key] for key in wanted if key in self.more]
            return json_answer({"json": {"errors": [], "data": {"things": things}}})
        key = request.path.removeprefix("/comments/")
        found = [post for post in self.posts if post["id"] == key]
        return json_answer([listing(found), listing(self.comments.get(key, []))])


def post(number, base="http://127.0.0.1:9", **more):
    key = f"p{number}"
    return {
        "id": key,
        "title": f"Rash {number}",
        "selftext": "It itches.",
        "author": "Mole_Spotter",
        "subreddit": "Skin",
        "created_utc": float(SINCE + number),
        "permalink": f"/r/Skin/comments/{key}/rash/",
        "url": f"{base}/{key}.jpg",
        "num_comments": 1,
    } | more


def comment(key, parent, body, *below):
    replies = listing(below, kind="t1") if below else ""
    told = {"id": key, "name": f"t1_{key}", "parent_id": parent, "author": f"writer_{key}"}
    return {
        "kind": "t1",
        "data": told | {"body": body, "created_utc": float(SINCE + 60), "replies": replies},
    }


def collector_of(url, client, credentials=CREDENTIALS, **more):
    entry = RedditSource(
        kind="reddit",
        api="oauth",
        api_url=f"{url}/",
        token_url=f"{url}/api/v1/access_token",
        **{"subreddits": ("Skin",), "since": date(2024, 1, 1)} | more,
        **ABOUT,
    )
    return RedditCollector("reddit", entry, client, KEY, credentials)


def test_listings_are_followed_backwards_to_the_first_wanted_day():
    old = [post(n, created_utc=float(SINCE - 1000 + n)) for n in range(700, 760)]
    reddit = Reddit(old + [post(n) for n in range(250)])
    with serving(reddit) as (url, log), quick_client() as client:
        keys = [each.source_key for each in collector_of(url, client).list_keys()]

    assert keys == [f"p{n}" for n in range(249, -1, -1)]
    assert sum("/new" in asked for asked in log) == 3
    assert log[0] == "/api/v1/access_token"
    assert reddit.n_tokens == 1


def test_a_token_that_ran_out_is_replaced():
    reddit = Reddit([post(n) for n in range(450)], uses=2)
    with serving(reddit) as (url, _), quick_client() as client:
        keys = [each.source_key for each in collector_of(url, client).list_keys()]

    assert len(keys) == len(set(keys)) == 450
    assert reddit.n_tokens == 3


def test_without_credentials_the_source_says_what_to_set():
    with quick_client() as client, pytest.raises(SourceError, match="DERMCURATE_REDDIT_CLIENT_ID"):
        collector_of("http://127.0.0.1:9", client, credentials=None)


def test_refused_credentials_stop_the_source_and_are_not_told():
    with serving(Reddit([])) as (url, log), quick_client() as client:
        wrong = Credentials("an id", "another secret")
        listing = collector_of(url, client, wrong).list_keys()
        with pytest.raises(SourceError, match="refuses the credentials") as caught:
            list(listing)

    assert "another secret" not in str(caught.value)
    assert log == ["/api/v1/access_token"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (text_answer("<html>busy</html>", 503, "text/html"), "gave no token"),
        (text_answer("[" * 50_000, 200, "application/json"), "gave no token"),
        (json_answer({"error": "unsupported_grant_type"}), "gave no token"),
        (json_answer({"access_token": "e\u0301\r\nX: y"}), "gave no token"),
        (Answer(302, "text/html", b"", {"Location": "http://169.254.1.1/"}), "gave no token"),
    ],
)
def test_no_token_no_listing(answer, sentence):
    with serving(lambda _request: answer) as (url, log), quick_client() as client:
        listing = collector_of(url, client).list_keys()
        with pytest.raises(SourceError, match=sentence):
            list(listing)
        assert len(log) == 1


def test_a_listing_that_repeats_itself_stops_the_source():
    reddit = Reddit([post(1)])
    endless = json_answer(listing([post(1)], "t3_p1"))
    reddit._answer = lambda _request: endless
    with serving(reddit) as (url, log), quick_client() as client:
        listing_ = collector_of(url, client).list_keys()
        with pytest.raises(SourceError, match="does not end"):
            list(listing_)
        assert len(log) == 3


def test_comments_that_are_only_counted_are_asked_for_and_put_in_their_place(workspace):
    more = {"kind": "more", "data": {"count": 3, "children": ["b", "lost", "c"]}}
    branch = {"kind": "more", "data": {"count": 0, "children": []}}
    tree = [
        comment("a", "t3_p1", "first", comment("aa", "t1_a", "first answer", branch)),
        comment("d", "t3_p1", "second"),
        more,
    ]
    further = {
        "b": comment("b", "t1_a", "second answer"),
        "c": comment("c", "t1_b", "answer to it"),
    }
    posts = []
    with serving(Reddit(posts, {"p1": tree}, further)) as (url, _), quick_client() as client:
        posts.append(post(1, url))
        collector = collector_of(url, client)
        rows = fetched(collector, listed_items(collector)[0], workspace.media)

    record = blob(rows[0], workspace.media)
    assert [each["text"] for each in record["posts"]] == [
        "It itches.",
        "first",
        "first answer",
        "second answer",
        "answer to it",
        "second",
    ]
    assert record["n_unread"] == 2  # one that did not come, and one branch that is not told
    assert [row["status"] for row in rows] == ["ok", "ok"]
    assert "writer_" not in all_that_is_kept(rows, workspace.media)


def test_comments_that_answer_each_other_in_a_circle_are_read_once(workspace):
    more = {"kind": "more", "data": {"count": 2, "children": ["x", "y"]}}
    circle = {"x": comment("x", "t1_y", "hen"), "y": comment("y", "t1_x", "egg")}
    posts = []
    with serving(Reddit(posts, {"p1": [more, more]}, circle)) as (url, _), quick_client() as client:
        posts.append(post(1, url))
        collector = collector_of(url, client)
        rows = fetched(collector, listed_items(collector)[0], workspace.media)

    texts = [each["text"] for each in blob(rows[0], workspace.media)["posts"]]
    assert texts == ["It itches.", "hen", "egg"]


def test_a_used_up_allowance_is_waited_for(monkeypatch):
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    reddit = Reddit([post(n) for n in range(150)])
    reddit.headers = {
        "X-Ratelimit-Remaining": "0.0",
        "X-Ratelimit-Used": "100",
        "X-Ratelimit-Reset": "372",
    }
    with serving(reddit) as (url, _), quick_client() as client:
        assert len(list(collector_of(url, client).list_keys())) == 150

    assert any(300 < each <= 372 for each in waited)


def test_a_post_that_was_removed_meanwhile_is_not_kept(workspace):
    posts = [post(1)]
    with serving(Reddit(posts)) as (url, _), quick_client() as client:
        collector = collector_of(url, client)
        (item,) = listed_items(collector)
        posts[0] |= {"removed_by_category": "moderator", "selftext": "[removed]"}
        (row,) = fetched(collector, item, workspace.media)
        assert collector.revisit(item)["status"] == "deleted"
        posts.clear()
        assert collector.revisit(item)["status"] == "gone"

    assert (row["role"], row["status"], row["sha256"]) == ("record", "gone", None)


def test_the_demo_subreddit_is_the_same_through_both_interfaces(tmp_path, workspace):
    write_posts(tmp_path / "reddit", 7, TruthBook(7))
    posts = json.loads((tmp_path / "reddit" / "posts.json").read_text("utf-8"))
    comments = json.loads((tmp_path / "reddit" / "comments.json").read_text("utf-8"))
    with serving(Reddit(posts, comments)) as (url, _), quick_client() as client:
        collector = collector_of(url, client, subreddits=("SkinCasesDemo",))
        items = {each["source_key"]: each for each in listed_items(collector)}
        text = json.dumps(posts).replace("https://i.redd.it", url)
        posts[:] = json.loads(text.replace("https://preview.redd.it", url))
        rows = fetched(collector, items["demo02"], workspace.media)

    assert {key for key, each in items.items() if each["status"] == "deleted"} == {
        "demo03",
        "demo09",
    }
    assert [row["name"] for row in rows] == ["thread.json", "p0-1", "p0-2", "p0-3"]
    assert len(blob(rows[0], workspace.media)["posts"]) == 3
    assert "demo_" not in all_that_is_kept([*rows], workspace.media).replace("skincasesdemo", "")
