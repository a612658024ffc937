"""Plain HTML forums: index pages, threads, robots.txt, keys that stay, pseudonyms."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
from pipeline.demo.boards import write_threads
from pipeline.demo.truth import TruthBook
from pipeline.demo.webforum import webforum_service
from pipeline.demo.wire import Answer, text_answer
from pipeline.errors import SourceError
from pipeline.identity import pseudonym
from pipeline.source_entries import Selectors, WebForumSource
from pipeline.sources.dates import read_date
from pipeline.sources.markup import html_text, largest_of, parse_html, parse_page, read_time
from pipeline.sources.webforum import WebForumCollector, thread_key
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

SELECTORS = {
    "thread_link": "a.thread",
    "next_page": "a[rel=next]",
    "title": "h1",
    "post": "article.post",
    "author": ".author",
    "published": "time",
    "body": ".body",
    "image": ".body img",
}
ROBOTS = text_answer("User-agent: *\nDisallow: /private/\n")


def collector_of(url, client, start="/", max_pages=50, formats=(), **selectors):
    entry = WebForumSource(
        kind="webforum",
        start_url=url + start,
        max_pages=max_pages,
        date_formats=formats,
        selectors=Selectors(**(SELECTORS | selectors)),
        **ABOUT,
    )
    return WebForumCollector("webforum", entry, client, KEY)


def index(*links, after=None):
    lines = "".join(f'<a class="thread" href="{each}">About {each}</a>' for each in links)
    return f"<html><body>{lines}" + (f'<a rel="next" href="{after}">Older</a>' if after else "")


def post(author, body, when="2026-03-01T10:00:00+01:00"):
    return (
        f'<article class="post"><span class="author">{author}</span>'
        f'<time datetime="{when}">1 March</time><div class="body">{body}</div></article>'
    )


def thread(*posts, title="A rash", after=None):
    more = f'<a rel="next" href="{after}">Next</a>' if after else ""
    return f"<html><body><h1>{title}</h1>{''.join(posts)}{more}</body></html>"


def collected(table, media, key="t1", **selectors):
    table = {"/robots.txt": ROBOTS, "/": index("/thread/t1.html")} | table
    with serving(from_table(table)) as (url, log), quick_client() as client:
        collector = collector_of(url, client, **selectors)
        items = {item["source_key"]: item for item in listed_items(collector)}
        return items[key], fetched(collector, items[key], media), log


def test_index_pages_are_followed_and_no_thread_is_listed_twice():
    table = {
        "/robots.txt": ROBOTS,
        "/": index("/thread/t1.html", "thread/t2.html#p9", after="/index.html?page=2"),
        "/index.html?page=2": index("/thread/t1.html?sid=abc", "/view.php?t=3&sid=f00"),
    }
    with serving(from_table(table)) as (url, _), quick_client() as client:
        items = listed_items(collector_of(url, client))
        first = listed_items(collector_of(url, client, max_pages=1))

    assert [item["source_key"] for item in items] == ["t1", "t2", "view?t=3"]
    assert [item["source_key"] for item in first] == ["t1", "t2"]
    assert items[1]["page_url"] == f"{url}/thread/t2.html"
    assert items[2]["page_url"] == f"{url}/view.php?t=3"
    assert {item["status"] for item in items} == {"ok"}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://f.org/thread/t201.html", "t201"),
        ("https://f.org/threads/rash.4711/", "rash.4711"),
        ("https://f.org/viewtopic.php?t=12&f=3", "viewtopic?f=3&t=12"),
        ("https://f.org/eczema/help-me", "eczema/help-me"),
        ("https://f.org/b/t1.html", "b/t1"),
    ],
)
def test_a_thread_s_key_is_its_number_or_its_whole_path(address, key):
    assert thread_key(address, {"t1": "https://f.org/a/t1.html"}) == key


def test_an_index_that_leads_back_to_itself_stops_the_source():
    table = {"/robots.txt": ROBOTS, "/": index("/t1", after="/two"), "/two": index(after="/")}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        collector = collector_of(url, client)
        with pytest.raises(SourceError, match="leads back"):
            list(collector.list_keys())


def test_an_index_without_threads_says_which_selector_to_check():
    table = {"/robots.txt": ROBOTS, "/": "<html><body>Welcome"}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        collector = collector_of(url, client)
        with pytest.raises(SourceError, match="thread_link"):
            list(collector.list_keys())


def test_a_selector_that_is_none_is_named():
    with quick_client() as client, pytest.raises(SourceError, match=r"'a\[\[' .* thread_link"):
        collector_of("http://127.0.0.1:1", client, thread_link="a[[")


def test_links_to_other_hosts_are_no_threads():
    links = ("https://elsewhere.example/t9", "javascript:void(0)", "/t1", "http://[x")
    table = {"/robots.txt": ROBOTS, "/": index(*links)}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        assert [each.source_key for each in collector_of(url, client).list_keys()] == ["t1"]


def test_a_thread_that_robots_txt_forbids_is_a_row_that_says_so(workspace):
    table = {"/": index("/private/t5.html"), "/private/t5.html": thread(post("ann", "x"))}
    _, rows, log = collected(table, workspace.media, "t5")

    assert [(row["name"], row["status"]) for row in rows] == [
        ("thread.json", "forbidden_by_robots")
    ]
    assert "robots.txt" in rows[0]["error"]
    assert "/private/t5.html" not in log


def test_a_thread_is_stored_with_pictures_times_and_no_names(workspace):
    first = post(
        "Patient_One",
        '<p>It &amp; itches.<br>Since May.</p><img src="../pictures/a.jpg">'
        '<a href="/full/b.jpg"><img src="/thumb/b.jpg"></a>',
    )
    second = post(
        "reader7",
        "<blockquote>Patient_One wrote: It itches</blockquote><p>Hello patient_one, scabies?</p>",
        "2026-03-02",
    )
    table = {
        "/": '<html><body><a class="thread" href="/thread/t1.html">Question by Patient_One</a>',
        "/thread/t1.html": thread(first, second, title="Question by Patient_One"),
        "/pictures/a.jpg": jpeg(),
        "/full/b.jpg": jpeg((9, 9, 9)),
    }
    item, rows, _ = collected(table, workspace.media)
    record = blob(rows[0], workspace.media)
    starter = pseudonym("Patient_One", KEY)

    assert record == {
        "title": f"Question by {starter}",
        "n_unread": 0,
        "posts": [
            {
                "number": 1,
                "author": starter,
                "is_starter": True,
                "published_at": "2026-03-01T09:00:00+00:00",
                "text": "It & itches.\nSince May.",
                "pictures": ["p1-1", "p1-2"],
                "captions": ["", ""],
                "deleted": False,
            },
            {
                "number": 2,
                "author": pseudonym("reader7", KEY),
                "is_starter": False,
                "published_at": "2026-03-02T00:00:00+00:00",
                "text": f"Hello {starter}, scabies?",
                "pictures": [],
                "captions": [],
                "deleted": False,
            },
        ],
    }
    assert [workspace.media.get(row["sha256"]) for row in rows[1:]] == [jpeg(), jpeg((9, 9, 9))]
    kept = all_that_is_kept([item, *rows], workspace.media)
    assert "patient_one" not in kept
    assert "reader7" not in kept


def test_further_pages_of_a_thread_belong_to_it_but_the_next_thread_does_not(workspace):
    table = {
        "/thread/t1.html": thread(post("a1b", "one"), after="/thread/t1.html?page=2"),
        "/thread/t1.html?page=2": thread(
            post("c2d", "two"), title="A rash - page 2", after="/thread/t2.html"
        ),
        "/thread/t2.html": thread(post("e3f", "three"), title="Warts"),
    }
    _, rows, _ = collected(table, workspace.media)

    assert [each["text"] for each in blob(rows[0], workspace.media)["posts"]] == ["one", "two"]


def test_a_thread_s_own_next_page_is_trusted_whatever_its_title(workspace):
    table = {
        "/thread/t1.html": thread(post("a1b", "one"), after="/thread/t2.html")
        + '<a class="more" href="?page=2">2</a>',
        "/thread/t1.html?page=2": thread(post("c2d", "two"), title="Page two"),
    }
    _, rows, log = collected(table, workspace.media, thread_next_page="a.more")

    assert [each["text"] for each in blob(rows[0], workspace.media)["posts"]] == ["one", "two"]
    assert "/thread/t2.html" not in log


def test_pages_of_a_thread_that_lead_back_or_repeat_are_noticed(workspace, caplog):
    back = {
        "/thread/t1.html": thread(post("a1b", "one"), after="/thread/t1.html?page=2"),
        "/thread/t1.html?page=2": thread(post("c2d", "two"), after="/thread/t1.html"),
    }
    _, rows, log = collected(back, workspace.media)
    assert [each["text"] for each in blob(rows[0], workspace.media)["posts"]] == ["one", "two"]
    assert sum("/thread/" in asked for asked in log) == 2
    assert "lead back to" in caplog.text

    pages = {
        f"/thread/t1.html?page={n}": thread(post("a1b", "one"), after=f"?page={n + 1}")
        for n in range(1, 9)
    }
    pages["/thread/t1.html"] = thread(post("a1b", "one"), after="?page=1")
    _, rows, log = collected(pages, workspace.media)
    assert [each["text"] for each in blob(rows[0], workspace.media)["posts"]] == ["one"]
    assert sum("/thread/" in asked for asked in log) == 2
    assert "repeats the posts before it" in caplog.text


def test_an_index_that_never_ends_stops_the_source():
    def respond(request):
        if request.path == "/robots.txt":
            return ROBOTS
        number = int(request.value("page", "1"))
        return text_answer(index("/t1", after=f"/?page={number + 1}"), 200, "text/html")

    with serving(respond) as (url, log), quick_client() as client:
        listing = collector_of(url, client).list_keys()
        with pytest.raises(SourceError, match="does not end"):
            list(listing)
        assert len(log) == 5


def test_pictures_are_found_however_the_page_brings_them(workspace):
    body = (
        '<img data-src="/late.jpg" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
        '<img srcset="/s-320.jpg 320w, /s-1280.jpg 1280w, /s-640.jpg 640w" src="/s-320.jpg">'
        '<picture><source srcset="/w-2.jpg 2x"><img src="/w-1.jpg"></picture>'
        '<a href="/full/one.png"><img src="/thumb/one.png"></a>'
        '<a href="attachment.php?id=7" class="file"><img src="attachment.php?id=7&amp;thumb=1"></a>'
        '<a href="attachment.php?id=8" class="file">rash.jpg</a>'
        '<a href="/linked.JPG">my picture</a> <a href="/about.html">not one</a>'
        '<img src="/smile.gif" class="bbcode_smilie"><img src="/dot.gif" width="16" height="16">'
        '<blockquote><img src="/quoted.jpg"><a href="/quoted2.jpg">q</a></blockquote>'
        '<img src="/late.jpg">'
    )
    table = {"/thread/t1.html": thread(post("ann", body))}
    _, rows, _ = collected(table, workspace.media, attachment="a.file")

    assert [row["url"].split("/", 3)[3] for row in rows[1:]] == [
        "late.jpg",
        "s-1280.jpg",
        "w-2.jpg",
        "full/one.png",
        "thread/attachment.php?id=7",
        "thread/attachment.php?id=8",
        "linked.JPG",
    ]


def test_a_page_that_asks_robots_to_stay_away_is_left_alone(workspace):
    head = '<html><head><meta name="Robots" content="{}"></head><body>'
    for content, status in (
        ("noindex, follow", "forbidden_by_robots"),
        ("index, noai", "forbidden_by_robots"),
        ("NONE", "forbidden_by_robots"),
        ("index, nofollow", "ok"),
    ):
        table = {"/thread/t1.html": head.format(content) + thread(post("ann", "x"))}
        _, rows, _ = collected(table, workspace.media)
        assert [row["status"] for row in rows] == [status], content
        assert status == "ok" or "robots element" in rows[0]["error"]

    headers = {"X-Robots-Tag": "otherbot: noarchive, noindex"}
    answer = Answer(200, "text/html", thread(post("ann", "x")).encode(), headers)
    _, (row,), _ = collected({"/thread/t1.html": answer}, workspace.media)
    assert (row["status"], "X-Robots-Tag says noindex" in row["error"]) == (
        "forbidden_by_robots",
        True,
    )

    table = {"/robots.txt": ROBOTS, "/": head.format("nofollow") + index("/t1")}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        listing = collector_of(url, client).list_keys()
        with pytest.raises(SourceError, match="must not be followed"):
            list(listing)


def test_deleted_posts_keep_their_place_and_nothing_else(workspace):
    gone = '<p class="deleted-message">Deleted</p><p>Secret</p><img src="/secret.jpg">'
    table = {"/thread/t1.html": thread(post("ann", "one"), post("bob", gone))}
    _, rows, _ = collected(table, workspace.media, deleted=".deleted-message")
    record = blob(rows[0], workspace.media)

    assert [(each["text"], each["deleted"]) for each in record["posts"]] == [
        ("one", False),
        ("", True),
    ]
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("answer", "status", "sentence"),
    [
        (thread(post("ann", "x")), "ok", None),
        ("<html><p class='none'>The thread does not exist", "gone", "no such thread"),
        (None, "gone", "HTTP 404"),
        (Answer(410, "text/plain", b"no"), "gone", "HTTP 410"),
        (Answer(503, "text/plain", b"busy"), "unreachable", "HTTP 503"),
        (
            "<html><head><meta name=robots content=noindex></head>",
            "forbidden_by_robots",
            "says noindex",
        ),
    ],
)
def test_a_thread_that_is_no_longer_listed_is_looked_for(answer, status, sentence):
    table = {"/robots.txt": ROBOTS, "/": index("/thread/t1.html")}
    with serving(from_table(table)) as (url, _), quick_client() as client:
        collector = collector_of(url, client, gone="p.none")
        (item,) = listed_items(collector)
        if answer is not None:
            table["/thread/t1.html"] = answer
        (row,) = ITEMS.table([collector.revisit(item)]).to_pylist()

    assert row["status"] == status
    assert (row["error"] is None) if sentence is None else sentence in row["error"]


def test_a_thread_whose_state_has_changed_is_another_listing():
    def listed(state):
        row = f'<li><a class="thread" href="/t1">A rash</a><b>{state}</b></li>'
        table = {"/robots.txt": ROBOTS, "/": f"<html><ul>{row}</ul>"}
        with serving(from_table(table)) as (url, _), quick_client() as client:
            collector = collector_of(url, client, thread_row="li", thread_state="b")
            (each,) = collector.list_keys()
            return {name: told for name, told in each.payload.items() if name != "url"}

    assert listed("3 replies") == listed("3 replies")
    assert listed("3 replies") != listed("4 replies, last by ann_b")
    assert "ann_b" not in str(listed("4 replies, last by ann_b"))


NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "when"),
    [
        ("2026-03-01T10:00:00+01:00", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("1772359200", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1772359200000", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("3 hours ago", datetime(2026, 6, 1, 9, tzinfo=UTC)),
        ("posted an hour ago", datetime(2026, 6, 1, 11, tzinfo=UTC)),
        ("2 weeks ago", datetime(2026, 5, 18, 12, tzinfo=UTC)),
        ("Just now", NOW),
        ("Yesterday at 2:30 PM", datetime(2026, 5, 31, 14, 30, tzinfo=UTC)),
        ("Today, 09:15", datetime(2026, 6, 1, 9, 15, tzinfo=UTC)),
        ("Mar 1, 2026 10:00 pm", datetime(2026, 3, 1, 22, tzinfo=UTC)),
        ("01.03.2026", datetime(2026, 3, 1, tzinfo=UTC)),
        ("9999 years ago", None),
        ("yesterday at 99:99", datetime(2026, 5, 31, tzinfo=UTC)),
        ("long ago", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_as_forums_write_them(told, when):
    assert read_date(told, NOW, ("%b %d, %Y %I:%M %p", "%d.%m.%Y")) == when


def test_a_srcset_gives_its_largest_picture():
    assert largest_of("a.jpg 320w, b,c.jpg 1280w, d.jpg 640w") == "b,c.jpg"
    assert largest_of("a.jpg, b.jpg 1.5x") == "b.jpg"
    assert largest_of("a.jpg") == "a.jpg"
    assert largest_of(" , ") is None
    assert largest_of(None) is None


def test_a_page_without_posts_is_malformed_and_says_which_selector_to_check(workspace):
    _, rows, _ = collected({"/thread/t1.html": "<html><h1>Log in</h1>"}, workspace.media)

    assert [row["status"] for row in rows] == ["malformed"]
    assert "article.post" in rows[0]["error"]


def test_a_thread_that_is_gone_or_broken_is_a_row(workspace):
    for status, expected in ((404, "not_found"), (410, "gone"), (403, "access_denied")):
        answer = Answer(status, "text/plain", b"no")
        _, rows, _ = collected({"/thread/t1.html": answer}, workspace.media)
        assert [row["status"] for row in rows] == [expected]


def test_a_page_is_read_in_the_charset_that_it_states(workspace):
    body = "<html><meta charset='windows-1252'><h1>Naevus</h1>" + post("über", "größer, dünn")
    answer = Answer(200, "text/html", body.encode("cp1252"))
    _, rows, _ = collected({"/thread/t1.html": answer}, workspace.media)
    assert blob(rows[0], workspace.media)["posts"][0]["text"] == "größer, dünn"

    from pipeline.sources.answers import Answer as Fetched

    strange = Fetched("u", "ok", content=b"<p>ok", headers={"Content-Type": "text/html; charset=x"})
    assert html_text(parse_page(strange).body) == "ok"


def test_nesting_without_end_is_malformed_and_scripts_are_no_words(workspace):
    _, rows, _ = collected({"/thread/t1.html": "<div>" * 1_000_000}, workspace.media)
    deep = parse_html("<div>" * 900 + "x<script>evil()</script><style>p{}</style>")

    assert [row["status"] for row in rows] == ["malformed"]
    assert "nested" in rows[0]["error"]
    assert html_text(deep.body) == "x"


def test_times_are_utc_and_nonsense_is_none():
    assert read_time("2026-03-01T10:00:00+01:00") == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert read_time("0001-01-01T00:00:00+23:59") is None
    assert read_time("yesterday") is None


def test_the_demo_forum_is_collected_as_its_truth_says(tmp_path, workspace, caplog):
    caplog.set_level("DEBUG")
    write_threads(tmp_path / "webforum", 7, TruthBook(7))
    with serving(webforum_service(tmp_path / "webforum")) as (url, _), quick_client() as client:
        further = {"thread_next_page": "a.more", "attachment": "a.attachment"}
        collector = collector_of(url, client, **further)
        items = {item["source_key"]: item for item in listed_items(collector)}
        rows = {key: fetched(collector, item, workspace.media) for key, item in items.items()}

    assert sorted(items) == [f"t20{n}" for n in range(1, 10)]
    assert rows["t205"][0]["status"] == "forbidden_by_robots"
    assert rows["t209"][0]["status"] == "forbidden_by_robots"
    for key in ("t204", "t207"):
        assert [row["status"] for row in rows[key]] == ["ok", "ok"]
    assert [row["name"] for row in rows["t208"]] == ["thread.json", "p1-1", "p4-1"]
    assert rows["t203"][1]["status"] == "wrong_type"
    assert [row["name"] for row in rows["t206"]] == ["thread.json", "p1-1", "p2-1"]
    everything = [row for each in rows.values() for row in each] + list(items.values())
    kept = all_that_is_kept(everything, workspace.media)
    for number in range(9):
        assert f"patient{number}" not in kept
        assert f"reader{number}" not in kept
    assert "mail.example" not in kept
    assert not re.search(r"patient\d|reader\d|mail\.example", caplog.text)
