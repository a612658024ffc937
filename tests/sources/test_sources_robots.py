"""What a host says to programs, in every form that hosts say it."""

import pytest

from pipeline.sources import robots
from pipeline.sources.answers import Answer
from pipeline.sources.robots import MAX_ROBOTS_BYTES, read_rules
from tests.sources.web_host import reply

ORIGIN = "https://forum.example:443"
PAGE = b"<!DOCTYPE html><html><body>User-agent: *\nDisallow: /\n</body></html>"


def rules(text, status=200):
    return read_rules(ORIGIN, Answer(f"{ORIGIN}/robots.txt", "ok", None, status, text), "us")


@pytest.mark.parametrize(
    ("status", "verdict", "allows"),
    [
        (400, "none", True),
        (401, "none", True),
        (403, "none", True),
        (404, "none", True),
        (410, "none", True),
        (429, "unreachable", False),
        (500, "unreachable", False),
        (503, "unreachable", False),
        (304, "unreachable", False),
        (None, "unreachable", False),
    ],
)
def test_what_a_status_means(status, verdict, allows):
    found = rules(b"", status)
    assert found.verdict == verdict
    assert (found.forbids(f"{ORIGIN}/x", "us") is None) is allows


def test_a_page_in_place_of_robots_txt_holds_no_rules():
    found = rules(PAGE)
    assert found.verdict == "no robots.txt but a page"
    assert found.forbids(f"{ORIGIN}/x", "us") is None


def test_robots_txt_with_a_byte_order_mark_and_odd_line_ends_is_read():
    found = rules(b"\xef\xbb\xbfUser-Agent: us\r\rDisallow: /a\r\nUser-agent: *\nDisallow: /b")
    assert found.forbids(f"{ORIGIN}/a", "us") == "robots.txt of the host forbids it"
    assert found.forbids(f"{ORIGIN}/b", "us") is None


@pytest.mark.parametrize(
    ("text", "delay_s"),
    [
        (b"User-agent: *\nCrawl-delay: 5", 5.0),
        (b"User-agent: us\nCrawl-delay: 2\nUser-agent: *\nCrawl-delay: 9", 2.0),
        (b"User-agent: *\nRequest-rate: 1/10s", 10.0),
        (b"User-agent: *\nRequest-rate: 30/1m\nCrawl-delay: 1", 2.0),
        (b"User-agent: *\nCrawl-delay: soon", 0.0),
        (b"User-agent: *\nCrawl-delay: -3", 0.0),
        (b"User-agent: *\nRequest-rate: 0/10s", 0.0),
        (b"User-agent: *\nCrawl-delay: nan", 0.0),
        (b"User-agent: *\nCrawl-delay: inf", 0.0),
    ],
)
def test_the_pace_that_a_host_asks_for(text, delay_s):
    found = rules(text)
    assert found.delay_s == delay_s
    assert found.verdict == "read"


@pytest.mark.parametrize("asked", [b"Crawl-delay: 3600", b"Request-rate: 1/1h"])
def test_a_host_that_asks_for_more_than_we_wait_is_not_read_at_all(asked):
    found = rules(b"User-agent: *\n" + asked)
    assert found.delay_s == 0
    assert "seconds between two requests; more than 120 are not waited" in found.forbids(
        f"{ORIGIN}/x", "us"
    )


# --- through the client ------------------------------------------------------------------------


def test_only_the_beginning_of_a_robots_txt_without_end_is_read(host, client):
    def endless(handler):
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /private\n")
        while True:
            handler.wfile.write(b"# padding\n" * 400)

    host.on("/robots.txt", endless)
    assert client.get(host.on("/open", reply(200, b"x"))).ok
    assert client.get(host.on("/private/x", reply(200, b"x"))).status == "forbidden_by_robots"
    told = client.report()[host.url.split("/")[2]]
    assert told["robots"] == "read"
    assert told["n_bytes"] < MAX_ROBOTS_BYTES + 100_000
    assert host.paths().count("/robots.txt") == 1


def test_robots_txt_may_redirect_and_one_that_goes_round_forbids(host, client):
    host.on("/robots.txt", reply(301, Location="/rules"))
    host.on("/rules", reply(200, b"User-agent: *\nDisallow: /a"))
    assert client.get(host.on("/a", reply(200, b"x"))).status == "forbidden_by_robots"


def test_robots_txt_that_only_redirects_to_itself_forbids(host, client):
    host.on("/robots.txt", reply(301, Location="/robots.txt"))
    answer = client.get(host.on("/a", reply(200, b"x")))
    assert answer.status == "forbidden_by_robots"
    assert "/robots.txt did not answer, so nothing of the host may be read" in answer.error


def test_rules_are_read_again_when_they_are_old(host, client, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(robots.time, "monotonic", lambda: now[0])
    url = host.on("/a", reply(200, b"x"))
    host.on("/robots.txt", reply(503), reply(503), reply(503), reply(503), reply(404))
    rules_of = robots.RobotsRules()
    read = client._read_robots
    assert rules_of.of(host.url, read).verdict == "unreachable"
    now[0] += robots.MAX_REFUSAL_AGE_S - 1
    assert rules_of.of(host.url, read).verdict == "unreachable"
    now[0] += 2
    assert rules_of.of(host.url, read).forbids(url, "us") is None
    now[0] += robots.MAX_AGE_S - 1
    rules_of.of(host.url, read)
    assert host.paths().count("/robots.txt") == 5
    now[0] += 2
    rules_of.of(host.url, read)
    assert host.paths().count("/robots.txt") == 6


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ("noai", "forbidden_by_robots"),
        ("NoImageAI, nofollow", "forbidden_by_robots"),
        ("none", "forbidden_by_robots"),
        ("dermcurate: noai", "forbidden_by_robots"),
        ("*: noai", "forbidden_by_robots"),
        ("googlebot: noai", "ok"),
        ("noindex, nofollow", "ok"),
        ("max-snippet: 50, noarchive", "ok"),
    ],
)
def test_a_tag_of_an_answer_is_heeded_where_it_speaks_to_us(host, client, tag, status):
    url = host.on("/x", reply(200, b"x", X_Robots_Tag=tag))
    assert client.get(url).status == status
    assert client.get(url, robots=False).status == "ok"
