"""The HTTP client against hosts that misbehave in every way that real ones do."""

import gzip
import hashlib
import socket
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipeline.settings import Settings
from pipeline.source_entries import Rate, Source
from pipeline.sources.addresses import is_public, place_of, retirement
from pipeline.sources.answers import seconds_to_wait, shown
from pipeline.sources.bodies import BodyError, unpack
from pipeline.sources.http import HttpClient, Limits, client_for
from pipeline.sources.robots import forbidding_tag
from tests.sources.web_host import JPEG, QUICK, reply


def test_an_answer_has_content_type_by_its_bytes_and_the_host_knows_who_asks(host, client):
    url = host.on("/a.bin", reply(200, JPEG, Content_Type="application/octet-stream"))
    answer = client.get(url, expect="picture")
    assert (answer.status, answer.content, answer.content_type) == ("ok", JPEG, "image/jpeg")
    assert (answer.http_status, answer.error, answer.url) == (200, None, url)
    assert host.log[-1][1]["User-Agent"] == "dermcurate/0 (tests)"


def test_json_raises_value_errors_only(host, client):
    good = client.get(host.on("/good", reply(200, b'{"a": [1]}')), expect="json")
    assert good.json() == {"a": [1]}
    for path, body, why in (
        ("/bad", b"{", "Expecting property name"),
        ("/deep", b"[" * 200_000, "nested too deeply"),
        ("/latin", b'"\xe9"', "codec can't decode"),
    ):
        with pytest.raises(ValueError, match=why):
            client.get(host.on(path, reply(200, body))).json()


@pytest.mark.parametrize(
    ("http_status", "status", "asked"),
    [
        (401, "access_denied", 1),
        (403, "access_denied", 1),
        (404, "not_found", 1),
        (410, "gone", 1),
        (451, "access_denied", 1),
        (500, "server_error", 4),
        (503, "server_error", 4),
    ],
)
def test_a_status_becomes_a_class_and_a_sentence(host, client, http_status, status, asked):
    url = host.on("/x", reply(http_status, b"no"))
    answer = client.get(url)
    assert (answer.status, answer.http_status, answer.content) == (status, http_status, b"")
    assert answer.error == f"{url} was not fetched: the host answered HTTP {http_status}"
    assert host.paths().count("/x") == asked


def test_a_429_is_waited_out_as_the_host_asks(host, client):
    url = host.on("/x", reply(429, Retry_After="1"), reply(503), reply(200, b"at last"))
    began = time.monotonic()
    answer = client.get(url)
    assert answer.content == b"at last"
    assert time.monotonic() - began >= 0.95
    told = client.report()[url.split("/")[2]]
    assert (told["rate_limited"], told["retries"]) == (1, 2)


def test_a_429_that_does_not_end_is_a_class_and_a_long_wait_is_not_waited(host, client):
    url = host.on("/x", reply(429, Retry_After="3600"))
    began = time.monotonic()
    assert client.get(url).status == "rate_limited"
    assert time.monotonic() - began < 1
    assert host.paths().count("/x") == 1


def test_retry_after_is_seconds_or_a_date():
    soon = format_datetime(datetime.now(tz=UTC) + timedelta(seconds=30), usegmt=True)
    assert seconds_to_wait("7") == 7
    assert 25 < seconds_to_wait(soon) <= 30
    assert seconds_to_wait(None) is None


@pytest.mark.parametrize(
    "told",
    ["soon", "", "-5", "1.5", "0", "٣ days", "Thu, 99 Zzz 9999 99:99:99 GMT", "\x00", "1e9",
     "Thu, 01 Jan 1970 00:00:00 GMT"],
)  # fmt: skip
def test_a_retry_after_that_asks_for_nothing_leaves_the_wait_to_us(told):
    assert seconds_to_wait(told) is None


def test_a_date_to_wait_for_is_read_by_the_clock_of_the_host():
    # the host's clock stands in 2001, so the moment it names is long over by ours
    told = "Mon, 01 Jan 2001 00:00:20 GMT"
    assert seconds_to_wait(told, "Mon, 01 Jan 2001 00:00:00 GMT") == 20
    assert seconds_to_wait(told, "Mon, 01 Jan 2001 00:01:00 GMT") is None
    assert seconds_to_wait(told, "no date") is None
    assert seconds_to_wait(told) is None


# --- bodies ------------------------------------------------------------------------------------

WHOLE = bytes(range(256)) * 1000


def _cut(handler):
    """Announce all and send half."""
    reply(200, WHOLE[:100_000], ETag='"v1"', Content_Length=str(len(WHOLE)))(handler)
    handler.close_connection = True


def _rest(handler):
    start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
    span = f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}"
    reply(206, WHOLE[start:], ETag='"v1"', Content_Range=span)(handler)


def test_a_cut_connection_is_resumed_where_it_broke(host, client):
    url = host.on("/big", _cut, _rest)
    answer = client.get(url)
    assert answer.content == WHOLE
    asked = host.log[-1][1]
    assert asked["If-Range"] == '"v1"'
    assert asked["Range"] == "bytes=100000-"


def test_a_rest_that_comes_in_pieces_is_asked_for_to_its_end(host, client):
    def piece(handler):
        start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        end = min(start + 60_000, len(WHOLE))
        span = f"bytes {start}-{end - 1}/{len(WHOLE)}"
        reply(206, WHOLE[start:end], ETag='"v1"', Content_Range=span)(handler)

    assert client.get(host.on("/big", _cut, piece)).content == WHOLE
    assert [path for path in host.paths() if path == "/big"] == ["/big"] * 4


def test_a_file_that_changed_since_the_cut_is_taken_anew(host, client):
    assert client.get(host.on("/big", _cut, reply(200, b"other"))).content == b"other"


def test_a_rest_of_other_content_is_not_put_to_what_came_before(host, client):
    def other(handler):
        start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        span = f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}"
        reply(206, bytes(len(WHOLE) - start), ETag='"v2"', Content_Range=span)(handler)

    url = host.on("/big", _cut, other, reply(200, b"the new one", ETag='"v2"'))
    assert client.get(url).content == b"the new one"
    assert [("Range" in head) for path, head in host.log if path == "/big"] == [False, True, False]


def test_a_rest_that_is_not_the_one_that_was_asked_for_is_not_taken(host, client):
    span = f"bytes 5-{len(WHOLE) - 1}/{len(WHOLE)}"
    wrong = reply(206, WHOLE[5:], ETag='"v1"', Content_Range=span)
    assert client.get(host.on("/big", _cut, wrong, reply(200, WHOLE))).content == WHOLE


def test_a_cut_of_what_was_asked_on_condition_is_resumed_without_it(host, client):
    url = host.on("/big", _cut, _rest)
    assert client.get(url, etag='"v0"').content == WHOLE
    first, second = (head for path, head in host.log if path == "/big")
    assert (first["If-None-Match"], "If-None-Match" in second) == ('"v0"', False)


def test_a_part_that_the_host_no_longer_has_is_asked_as_a_whole(host, client):
    url = host.on("/big", _cut, reply(416), reply(200, b"short now"))
    assert client.get(url).content == b"short now"
    assert "Range" not in host.log[-1][1]


def test_a_cut_without_a_validator_starts_again_from_the_first_byte(host, client):
    def cut(handler):
        reply(200, WHOLE[:1000], Content_Length=str(len(WHOLE)))(handler)
        handler.close_connection = True

    assert client.get(host.on("/big", cut, reply(200, WHOLE))).content == WHOLE
    assert "Range" not in host.log[-1][1]


def test_a_connection_that_is_always_cut_is_a_network_error(host, client):
    def hang_up(handler):
        handler.close_connection = True

    answer = client.get(host.on("/x", hang_up))
    assert answer.status == "network_error"
    assert answer.error.endswith("was not fetched: the connection was refused or cut")


def test_nobody_listens(client, host):
    url = host.url.replace("127.0.0.1", "localhost") + "/x"
    host.shutdown()
    host.server_close()
    local = HttpClient(
        user_agent="t",
        rate=Rate(requests_per_second=999.0),
        allow_hosts=("localhost",),
        limits=QUICK,
    )
    assert local.get(url, robots=False).status == "network_error"


def _endless(handler):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(10_000):
        handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def test_an_endless_body_stops_at_the_limit(host, client):
    answer = client.get(host.on("/x", _endless), max_bytes=100_000)
    assert answer.status == "too_large"
    assert host.paths().count("/x") == 1


def test_an_announced_size_over_the_limit_is_not_read(host, client):
    answer = client.get(host.on("/x", reply(200, JPEG * 100)), max_bytes=1000)
    assert answer.status == "too_large"
    assert client.report()[place_of(host.url).netloc]["n_bytes"] == 0


def test_a_slow_loris_is_left_when_the_time_is_up(host, client):
    stop = threading.Event()

    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            handler.wfile.write(b"X-A: b\r\n")
            handler.wfile.flush()

    url = host.on("/x", drip)
    client.get(host.url)  # robots.txt
    began = time.monotonic()
    answer = client.get(url)
    stop.set()
    assert answer.status == "network_error"
    assert answer.error.endswith("the answer took too long")
    assert time.monotonic() - began < 4
    assert host.paths().count("/x") == 1


def test_packed_bodies_are_unpacked_and_bombs_are_not(host, client):
    text = b'{"a": 1}'
    for encoding, packed in (
        ("gzip", gzip.compress(text)),
        ("gzip", gzip.compress(text[:4]) + gzip.compress(text[4:])),
        ("deflate", zlib.compress(text)),
        ("deflate", zlib.compress(text)[2:-4]),
    ):
        url = host.on("/x", reply(200, packed, Content_Encoding=encoding))
        assert client.get(url, expect="json").content == text
    bomb = gzip.compress(bytes(50_000_000))
    answer = client.get(host.on("/x", reply(200, bomb, Content_Encoding="gzip")), max_bytes=10**6)
    assert answer.status == "too_large"
    assert "unpacks to more than 1,000,000 bytes" in answer.error


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"x" * 99)[:-12]])
def test_a_body_that_cannot_be_unpacked_is_malformed(content):
    with pytest.raises(BodyError) as told:
        unpack(content, "gzip", 1000)
    assert told.value.status == "malformed"


def test_an_md5_that_was_announced_is_checked(host, client):
    url = host.on("/x", reply(200, JPEG))
    good = hashlib.md5(JPEG).hexdigest()
    assert client.get(url, md5=good.upper()).ok
    bad = client.get(url, md5="0" * 32)
    assert (bad.status, bad.content) == ("checksum_mismatch", b"")
    assert f"its MD5 is {good}, announced was {'0' * 32}" in bad.error


@pytest.mark.parametrize(
    ("expect", "body", "status"),
    [
        ("picture", b"<!DOCTYPE html><html>gone</html>", "wrong_type"),
        ("picture", b'{"error": "no"}', "wrong_type"),
        ("picture", b"\x89PNG\r\n\x1a\n", "malformed"),
        ("picture", b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82", "ok"),
        ("picture", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "ok"),
        ("json", b"  <html></html>", "wrong_type"),
        ("json", b"[1]", "ok"),
        ("xml", b"<?xml version='1.0'?><a/>", "ok"),
        ("xml", b"\xef\xbb\xbf<html>", "wrong_type"),
        ("html", b"<html>", "ok"),
        ("html", JPEG, "wrong_type"),
        ("any", b"", "malformed"),
    ],
)
def test_what_was_promised_must_come(host, client, expect, body, status):
    assert client.get(host.on("/x", reply(200, body)), expect=expect).status == status


# --- where it may go ---------------------------------------------------------------------------


def test_a_redirect_is_followed_to_where_it_may_lead(host, client):
    host.on("/b", reply(200, b"there"))
    answer = client.get(host.on("/a", reply(302, Location="/b")))
    assert (answer.content, answer.url) == (b"there", host.url + "/b")


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]:9/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x7f.2.3.4/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://user:word@127.0.0.1/",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(host, client, target):
    answer = client.get(host.on("/a", reply(302, Location=target)))
    assert answer.status == "refused_address"
    assert answer.content == b""


def test_a_redirect_that_goes_round_ends(host, client):
    answer = client.get(host.on("/a", reply(301, Location="/a")))
    assert answer.status == "malformed"
    assert host.paths().count("/a") == 6


def test_loopback_is_refused_unless_the_entry_allows_it(host):
    url = host.on("/x", reply(200, b"y"))
    netloc = url.split("/")[2]
    for allowed, status in (
        ((), "refused_address"),
        ((netloc,), "ok"),
        (("10.0.0.1",), "refused_address"),
    ):
        made = HttpClient(
            user_agent="t", rate=Rate(requests_per_second=999.0), allow_hosts=allowed, limits=QUICK
        )
        assert made.get(url).status == status
    assert host.paths() == ["/robots.txt", "/x"]


def test_a_name_that_leads_elsewhere_the_second_time_is_caught(host, monkeypatch):
    # the first look-up says a public address, the connection then goes to loopback
    monkeypatch.setattr("pipeline.sources.addresses.Gate.refusal", lambda gate, place: None)
    made = HttpClient(user_agent="t", rate=Rate(requests_per_second=999.0), limits=QUICK)
    answer = made.get(host.on("/x", reply(200, b"secret")), robots=False)
    assert answer.status == "refused_address"
    assert host.log == []


def test_a_name_that_cannot_be_resolved_now_is_looked_up_again(monkeypatch):
    answers = [socket.gaierror(socket.EAI_AGAIN, "later"), [(0, 0, 0, "", ("10.0.0.7", 80))]]

    def look_up(*_args, **_options):
        told = answers.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    made = HttpClient(user_agent="t", rate=Rate(requests_per_second=999.0), limits=QUICK)
    assert "is at 10.0.0.7, which is not public" in made.get("http://later.example.org/").error
    answers += [socket.gaierror(socket.EAI_NONAME, "never")]
    answer = made.get("http://never.example.org/")
    assert answer.status == "network_error"
    assert answer.error.endswith("its name cannot be resolved; is there a network?")


def test_headers_do_not_follow_to_another_host(host, client):
    other = host.url.replace("127.0.0.1", "localhost")
    host.on("/b", reply(200, b"x"))
    url = host.on("/a", reply(302, Location=other + "/b"))
    made = HttpClient(
        user_agent="t",
        rate=Rate(requests_per_second=999.0),
        allow_hosts=("127.0.0.1", "localhost"),
        limits=QUICK,
    )
    assert made.get(url, headers={"Authorization": "Bearer s"}, robots=False).ok
    assert [head.get("Authorization") for _, head in host.log] == ["Bearer s", None]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:192.168.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
    ],
)
def test_public_addresses_are_told_from_others(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "https://www.ncbi.nlm.nih.gov/pmc/utils/oa/oa.fcgi?id=PMC1",
        "https://ftp.ncbi.nlm.nih.gov/pub/pmc/oa_package/8e/71/PMC5334499.tar.gz",
        "https://ftp.ncbi.nlm.nih.gov/pub/pmc/deprecated/oa_bulk/x",
        "https://pmc-oa-opendata.s3.amazonaws.com/oa_comm/xml/x",
        "https://www.reddit.com/r/Dermatology/new.json?limit=5",
    ],
)
def test_retired_endpoints_are_named_and_not_asked(client, url):
    answer = client.get(url)
    assert answer.status == "retired_endpoint"
    assert retirement(url) in answer.error
    assert client.report() == {}


def test_what_is_no_address_is_malformed_or_refused(client):
    assert client.get("http://[::1/").status == "malformed"
    assert client.get("nothing").status == "malformed"
    assert client.get("gopher://example.org/").status in ("malformed", "refused_address")


def test_secrets_are_not_shown(host, client):
    url = host.on("/x", reply(404))
    answer = client.get(url, params={"db": "pmc", "api_key": "s3cret"})
    assert answer.url == f"{url}?db=pmc"
    assert "s3cret" not in answer.error
    assert "api_key=s3cret" in host.paths()[-1]
    assert shown("https://a.org/p?q=%20a#f") == "https://a.org/p?q=%20a"


# --- robots ------------------------------------------------------------------------------------


def test_robots_txt_is_asked_once_and_kept(host, client):
    host.on("/robots.txt", reply(200, b"User-agent: dermcurate\nDisallow: /private\n"))
    assert client.get(host.on("/open", reply(200, b"x"))).ok
    refused = client.get(host.on("/private/x", reply(200, b"x")))
    assert refused.status == "forbidden_by_robots"
    assert (
        refused.error == f"{host.url}/private/x was not fetched: robots.txt of the host forbids it"
    )
    assert host.paths() == ["/robots.txt", "/open"]
    told = client.report()[place_of(host.url).netloc]
    assert (told["robots"], told["robots_refused"]) == ("read", 1)


def test_a_redirect_does_not_lead_around_robots_txt(host, client):
    host.on("/robots.txt", reply(200, b"User-agent: *\nDisallow: /private\n"))
    answer = client.get(host.on("/a", reply(302, Location="/private/x")))
    assert answer.status == "forbidden_by_robots"


@pytest.mark.parametrize(
    ("status", "verdict"), [(404, "ok"), (403, "ok"), (503, "forbidden_by_robots")]
)
def test_robots_txt_that_is_missing_allows_and_one_that_fails_forbids(
    host, client, status, verdict
):
    host.on("/robots.txt", reply(status))
    answer = client.get(host.on("/x", reply(200, b"x")))
    assert answer.status == verdict
    if not answer.ok:
        assert "/robots.txt answered HTTP 503, so nothing of the host may be read" in answer.error


def test_an_empty_robots_txt_allows(host, client):
    host.on("/robots.txt", reply(200, b""))
    assert client.get(host.on("/x", reply(200, b"x"))).ok
    assert client.report()[place_of(host.url).netloc]["robots"] == "read"


def test_interfaces_for_programs_are_not_asked_for_robots_txt(host, client):
    assert client.get(host.on("/api", reply(200, b"x")), robots=False).ok
    assert host.paths() == ["/api"]


def test_crawl_delay_slows_the_host_down(host, client):
    host.on("/robots.txt", reply(200, b"User-agent: *\nCrawl-delay: 0.3\n"))
    url = host.on("/x", reply(200, b"x"))
    client.get(url)
    began = time.monotonic()
    client.get(url)
    client.get(url)
    assert time.monotonic() - began >= 0.55


def test_x_robots_tag_noai_is_honoured(host, client):
    url = host.on("/x", reply(200, JPEG, X_Robots_Tag="noindex, noai"))
    answer = client.get(url)
    assert (answer.status, answer.content) == ("forbidden_by_robots", b"")
    assert "X-Robots-Tag says noai" in answer.error


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["none"], "none"),
        (["noindex"], None),
        (["otherbot: noai"], None),
        (["otherbot: noindex, none", "noimageai"], "noimageai"),
        (["dermcurate: noindex, NoAI"], "noai"),
        (["unavailable_after: 25 Jun 2030 15:00:00 PST, noai"], "noai"),
        ([], None),
    ],
)
def test_the_tag_is_read_for_us_alone(values, found):
    assert forbidding_tag(values, "dermcurate") == found


# --- pace --------------------------------------------------------------------------------------


def test_the_rate_holds_over_threads_and_is_kept_busy(host):
    url = host.on("/x", reply(200, b"x"))
    made = HttpClient(
        user_agent="t",
        rate=Rate(requests_per_second=50.0, concurrency=4),
        allow_hosts=("127.0.0.1",),
        limits=QUICK,
    )
    began = time.monotonic()
    threads = [
        threading.Thread(target=lambda: [made.get(url, robots=False) for _ in range(10)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert 39 / 50 <= took < 39 / 50 / 0.5


def test_no_more_requests_run_at_once_than_the_entry_says(host):
    running, most = [], []

    def slow(handler):
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        running.pop()
        reply(200, b"x")(handler)

    url = host.on("/x", slow)
    made = HttpClient(
        user_agent="t",
        rate=Rate(requests_per_second=999.0, concurrency=2),
        allow_hosts=("127.0.0.1",),
        limits=Limits(),
    )
    threads = [threading.Thread(target=made.get, args=(url,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2


def test_a_source_says_whom_to_write_to():
    entry = Source(
        title="t",
        homepage="h",
        terms_url="t",
        source_type="edu",
        folder="f",
        allow_hosts=("127.0.0.1",),
    )
    made = client_for(entry, Settings(contact="me@example.org"))
    assert made.user_agent.startswith("dermcurate/")
    assert "me@example.org" in made.user_agent
