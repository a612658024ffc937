"""Every way in which a file goes wrong: a row with a class and a sentence, and nothing stored.

Each fault is met by the real stage, client and store. An item beside it, on a host without fault,
comes whole every time.
"""

import functools
import gzip
import hashlib
import io
import json
import threading
import time
import zipfile

import pytest

from pipeline.catalog import Catalog
from pipeline.demo.tls import ensure_certificates
from pipeline.source_entries import Rate
from pipeline.sources import fetch
from pipeline.sources.collector import Listed, item_row
from pipeline.sources.files import Wanted, fetch_file
from pipeline.sources.http import HttpClient, Limits
from pipeline.store import Partition, Run, run_partition
from pipeline.store.manifest import Manifest, Output
from schemas import ITEMS, MEDIA
from tests.sources.web_host import JPEG, WebHost, reply

LIMITS = Limits(attempts=2, backoff_s=0.01, max_wait_s=1.0, connect_s=2.0, read_s=0.8, total_s=0.8)
MAX_BYTES = 200_000
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + bytes(17)
IEND = b"\0\0\0\0IEND\xaeB`\x82"
SCAN = b"\xff\xd8\xff\xe1\x00\x06ab\xff\xd9\xff\xda\x00\x04cd" + bytes(500)  # a thumbnail's end
HTML = b"<!-- oops --><!DOCTYPE html><html><body>Sorry</body></html>"

CATALOG = Catalog.model_validate_json(
    json.dumps(
        {
            "version": 1,
            "sources": {
                "shelf": {
                    "kind": "discourse",
                    "title": "t",
                    "homepage": "h",
                    "terms_url": "t",
                    "source_type": "edu",
                    "folder": "shelf",
                    "base_url": "u",
                }
            },
            "models": {"m": {"engine": "template", "name": "t", "revision": "1"}},
            "caption_sets": {"c": {"title": "t", "model": "m", "prompts": {"annotate": "a/v1"}}},
            "releases": {},
        }
    )
)


class Gallery:
    """Fetches the one file that an item names."""

    name = "discourse"
    version = fetch.COLLECTORS["discourse"].version

    def __init__(self, client):
        self.client = client

    def fetch(self, item, shelf):
        told = json.loads(item["details"])
        wanted = Wanted("file", "picture", max_bytes=MAX_BYTES, **told)
        return [fetch_file(self, self.client, item, wanted, shelf)]


@pytest.fixture
def client():
    made = HttpClient(
        user_agent="dermcurate/0 (tests)",
        rate=Rate(requests_per_second=1000.0, concurrency=4),
        allow_hosts=("127.0.0.1", "localhost"),
        limits=LIMITS,
    )
    yield made
    made.close()


@pytest.fixture
def collect(workspace, host, client):
    """Fetch a file that is at fault, and one beside it; return the row of the first."""
    good = host.on("/good.jpg", reply(200, JPEG)).replace("127.0.0.1", "localhost")

    def run(url, snapshot="s1", **told):
        items = [("bad", {"url": url, **told}), ("good", {"url": good})]
        entry = CATALOG.source("shelf")
        table = ITEMS.table(
            item_row("shelf", entry, Listed(key), page_url="p", stated="CC0-1.0", details=details)
            for key, details in items
        )
        partition = Partition("shelf", snapshot, 0)
        output = Output(workspace.write_table(ITEMS, table, partition), 2, {})
        made = Manifest("list", 1, str(partition), "k", {}, {}, {"items": output})
        workspace.write_manifest(made, partition)
        workspace.write_listing("shelf", snapshot, {"n_partitions": 1})
        run_partition(fetch.FETCH, partition, Run(workspace, CATALOG), Gallery(client))
        bad, beside = workspace.read_table(MEDIA, partition).to_pylist()
        assert beside["status"] == "ok"
        return bad

    return run


def blobs(workspace):
    return list(workspace.files.walk("media"))


def raw(content, *, keep=False):
    """Answer with bytes as they are, then hang up."""

    def answer(handler):
        handler.wfile.write(content)
        handler.close_connection = not keep

    return answer


def drip(head, piece, seconds=3.0):
    """Send a head, then a piece every 50 ms."""

    def answer(handler):
        handler.close_connection = True
        handler.wfile.write(head)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.05)

    return answer


def flood(head, piece):
    """Send a head, then pieces without end."""

    def answer(handler):
        handler.close_connection = True
        handler.wfile.write(head)
        while True:
            handler.wfile.write(piece)

    return answer


def archive(*sizes):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for number, size in enumerate(sizes):
            out.writestr(f"{number}.xml", bytes(size))
    return made.getvalue()


def bomb():
    """Return an archive whose directory admits to 4 GB."""
    made = bytearray(archive(10))
    at = made.index(b"PK\x01\x02") + 24
    made[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(made)


OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"

FAULTS = {
    "JPEG that ends too early": (reply(200, SCAN), "malformed", "it ends too early"),
    "PNG that ends too early": (reply(200, PNG), "malformed", "it ends too early"),
    "WEBP that ends too early": (
        reply(200, b"RIFF\xff\xff\0\0WEBPVP8 " + bytes(50)), "malformed", "it ends too early"
    ),
    "fewer bytes than announced": (
        raw(OK + LENGTH % len(JPEG) + JPEG[:500]), "network_error", "refused or cut"
    ),
    "chunks that break off": (
        raw(OK + CHUNKED + b"ffff\r\nabc"), "network_error", "refused or cut"
    ),
    "no byte": (reply(200, b""), "malformed", "the answer is empty"),
    "HTML page": (reply(200, HTML), "wrong_type", "text/html came where picture was promised"),
    "HTML page called JPEG": (
        reply(200, HTML, Content_Type="image/jpeg"), "wrong_type", "text/html came"
    ),
    "JSON": (reply(200, b'{"error": 1}'), "wrong_type", "something else came where picture"),
    "PDF": (reply(200, b"%PDF-1.7 x"), "wrong_type", "application/pdf came where picture"),
    "401": (reply(401), "access_denied", "HTTP 401"),
    "403": (reply(403), "access_denied", "HTTP 403"),
    "404": (reply(404), "not_found", "HTTP 404"),
    "410": (reply(410), "gone", "HTTP 410"),
    "451": (reply(451), "access_denied", "HTTP 451"),
    "429": (reply(429), "rate_limited", "HTTP 429"),
    "429 for an hour": (reply(429, Retry_After="3600"), "rate_limited", "HTTP 429"),
    "429 until a moment long over": (
        reply(429, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), "rate_limited", "HTTP 429"
    ),
    "500": (reply(500, HTML), "server_error", "HTTP 500"),
    "503": (reply(503), "server_error", "HTTP 503"),
    "304 that nobody asked for": (reply(304), "server_error", "HTTP 304"),
    "206 that nobody asked for": (
        reply(206, JPEG, Content_Range="bytes 500-999/1000"), "malformed", "another part was sent"
    ),
    "cut before a word": (raw(b""), "network_error", "refused or cut"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH\r\n" * 9), "network_error", "what it answered is not HTTP"),
    "too many headers": (
        raw(OK + b"X-A: b\r\n" * 300 + LENGTH % 1), "network_error", "is not HTTP"
    ),
    "a header without end": (
        flood(OK + b"X-A: ", b"a" * 4096), "network_error", "is not HTTP"
    ),
    "headers that drip": (drip(OK, b"X-A: b\r\n"), "network_error", "took too long"),
    "a body that drips": (
        drip(OK + LENGTH % 100_000 + JPEG, b"x"), "network_error", "took too long"
    ),
    "chunks that drip": (drip(OK + CHUNKED, b"1\r\nx\r\n"), "network_error", "took too long"),
    "100 Continue without end": (
        flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "network_error", "took too long"
    ),
    "silence": (drip(OK, b""), "network_error", "took too long"),
    "chunks without end": (
        flood(OK + CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        "too_large",
        "it has more than 200,000 bytes",
    ),
    "a body without end": (flood(OK + b"\r\n", b"x" * 4096), "too_large", "more than 200,000"),
    "a size beyond the limit": (
        raw(OK + LENGTH % 10**12), "too_large", "1,000,000,000,000 bytes are over 200,000"
    ),
    "a size of 300 digits": (
        raw(OK + b"Content-Length: " + b"9" * 300 + b"\r\n\r\n"), "too_large", "over 200,000"
    ),
    "gzip bomb": (
        reply(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"),
        "too_large",
        "it unpacks to more than 200,000 bytes",
    ),
    "many small gzip members": (
        reply(200, gzip.compress(b"") * 999, Content_Encoding="gzip"), "malformed", "members"
    ),
    "gzip that is none": (
        reply(200, JPEG, Content_Encoding="gzip"), "malformed", "says that it is packed as gzip"
    ),
    "gzip that breaks off": (
        reply(200, gzip.compress(JPEG * 9)[:-9], Content_Encoding="gzip"),
        "malformed",
        "its packed bytes end too early",
    ),
    "a packing that was not asked for": (
        reply(200, JPEG, Content_Encoding="br"), "malformed", "'br', which was not asked for"
    ),
    "X-Robots-Tag": (
        reply(200, JPEG, X_Robots_Tag="noai"), "forbidden_by_robots", "X-Robots-Tag says noai"
    ),
    "a redirect to itself": (
        reply(302, Location="/bad"), "malformed", "redirects more than 5 times"
    ),
    "a redirect into the network": (
        reply(302, Location="http://10.0.0.1/"), "refused_address", "which is not public"
    ),
    "a redirect to a file": (
        reply(302, Location="file:///etc/passwd"), "refused_address", "is no HTTP address"
    ),
    "a redirect to nowhere": (
        reply(302, Location="http://[::"), "refused_address", "Invalid IPv6 URL"
    ),
    "a redirect with a body without end": (
        flood(b"HTTP/1.1 302 Found\r\nLocation: /away\r\n\r\n", b"x" * 4096),
        "not_found",
        "/away was not fetched: the host answered HTTP 404",
    ),
    "a refusal with a body without end": (
        flood(b"HTTP/1.1 403 Forbidden\r\n\r\n", b"x" * 4096), "access_denied", "HTTP 403"
    ),
    "a redirect without an address": (reply(302), "server_error", "HTTP 302"),
    "a redirect of 9,000 characters": (
        reply(302, Location="/" + "a" * 9000), "malformed", "characters"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_a_row_with_a_class_and_a_sentence(workspace, host, collect, name):
    answer, status, why = FAULTS[name]
    url = host.on("/bad", answer)

    row = collect(url)

    assert (row["status"], row["sha256"], row["n_bytes"]) == (status, None, None)
    assert why in row["error"]
    assert " was not fetched: " in row["error"]
    assert len(row["error"]) < 500
    assert len(blobs(workspace)) == 1
    assert workspace.files.read(blobs(workspace)[0]) == JPEG


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (bomb(), "too_large", "unpacks to more than"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 20_001, "too_large", "more than 20,000 members"),
        (archive(1000, 1000)[:-30], "malformed", "ends too early or is damaged"),
        (HTML, "wrong_type", "text/html came where document was promised"),
        (JPEG, "wrong_type", "image/jpeg came where document was promised"),
    ],
)
def test_an_archive_at_fault_is_not_stored(workspace, host, collect, content, status, why):
    row = collect(host.on("/bad", reply(200, content)), expect="document")

    assert (row["status"], row["sha256"]) == (status, None)
    assert why in row["error"]
    assert len(blobs(workspace)) == 1


@pytest.mark.parametrize(
    ("content", "expect"),
    [
        (SCAN + b"\xff\xd9", "picture"),
        (PNG + IEND, "picture"),
        (b"RIFF\x08\0\0\0WEBPVP8 ", "picture"),
        (archive(10, 20), "document"),
        (b"%PDF-1.7 x", "document"),
    ],
)
def test_a_file_without_fault_is_stored(workspace, host, collect, content, expect):
    row = collect(host.on("/bad", reply(200, content)), expect=expect)
    assert row["status"] == "ok"
    assert workspace.media.get(row["sha256"]) == content


def test_bytes_that_are_not_the_announced_ones_are_not_stored(workspace, host, collect):
    row = collect(host.on("/bad", reply(200, JPEG + b"x")), md5=hashlib.md5(JPEG).hexdigest())
    assert row["status"] == "checksum_mismatch"
    assert len(blobs(workspace)) == 1


# --- certificates ------------------------------------------------------------------------------


@pytest.fixture
def secure_host(tmp_path):
    """Start a host whose certificate nobody vouches for."""
    made = ensure_certificates(tmp_path / "tls", ("localhost",))
    server = WebHost()
    server.socket = made.server_context().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_certificate_that_nobody_vouches_for_is_refused_and_not_tried_again(
    workspace, secure_host, collect, client
):
    secure_host.on("/bad", reply(200, JPEG))
    row = collect(secure_host.url.replace("http:", "https:") + "/bad", robots=False)
    assert row["status"] == "network_error"
    assert row["error"].endswith("its certificate cannot be verified")
    assert secure_host.log == []
    told = client.report()[secure_host.url.split("/")[2]]
    assert (told["requests"], told["retries"]) == (1, 0)


# --- content that changes ----------------------------------------------------------------------


def tagged(content, etag=None, changed=None):
    """Answer 304 to those who hold this content already."""

    def answer(handler):
        headers = {"ETag": etag} if etag else {}
        headers |= {"Last_Modified": changed} if changed else {}
        held = (handler.headers["If-None-Match"], handler.headers["If-Modified-Since"])
        same = held[0] == etag if etag else held[1] == changed
        reply(304, **headers)(handler) if same else reply(200, content, **headers)(handler)

    return answer


@pytest.fixture
def again(collect, monkeypatch):
    """Fetch an unchanged listing a second time, as after a new version of the collector."""

    def run(url, **told):
        first = collect(url, **told)
        for each in (fetch.COLLECTORS["discourse"], Gallery):
            monkeypatch.setattr(each, "version", 99)
        return first, collect(url, "s2", **told)

    return run


@pytest.mark.parametrize(
    "held", [{"etag": '"v1"'}, {"etag": 'W/"v1"'}, {"changed": "Mon, 01 Jan 2024 00:00:00 GMT"}]
)
def test_what_has_not_changed_is_not_sent_again(host, client, again, held):
    url = host.on("/bad", tagged(JPEG, **held))
    first, second = again(url)
    assert (second["status"], second["http_status"], second["error"]) == ("ok", 304, None)
    for name in ("sha256", "n_bytes", "content_type", "etag", "last_modified"):
        assert second[name] == first[name]
    told = client.report()[url.split("/")[2]]
    assert (told["not_modified"], told["n_bytes"]) == (1, len(JPEG))


def test_content_that_changed_under_one_address_is_told_with_both_digests(
    workspace, host, collect, again
):
    url = host.on("/bad", tagged(JPEG, '"v1"'), tagged(JPEG + b"2", '"v2"'))
    first, second = again(url)
    assert first["sha256"] != second["sha256"]
    assert second["status"] == "ok"
    assert second["error"] == (
        f"{url} held {first['sha256']} before and holds {second['sha256']} now, though the "
        "listing of its item says the same"
    )
    assert workspace.media.get(first["sha256"]) == JPEG
    assert workspace.media.get(second["sha256"]) == JPEG + b"2"
    third = collect(url, "s3")
    assert (third["sha256"], third["error"]) == (second["sha256"], None)


def test_a_host_whose_clock_went_back_is_not_believed_that_nothing_changed(host, again):
    new = {"Last_Modified": "Mon, 01 Jan 2001 00:00:00 GMT"}
    url = host.on(
        "/bad",
        reply(200, JPEG, Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT"),
        reply(304, **new),
        reply(200, JPEG + b"2", **new),
    )
    first, second = again(url)
    assert first["sha256"] != second["sha256"]
    asked = [headers for path, headers in host.log if path == "/bad"]
    assert ["If-Modified-Since" in headers for headers in asked] == [False, True, False]


def test_a_blob_that_vanished_is_asked_for_without_condition(workspace, host, collect, again):
    url = host.on("/bad", tagged(JPEG + b"3", '"v1"'))
    first = collect(url)
    workspace.media.remove(first["sha256"])
    _first, second = again(url)
    assert (second["http_status"], second["sha256"]) == (200, first["sha256"])


def test_a_blob_that_was_damaged_is_not_taken_for_what_has_not_changed(
    workspace, host, collect, again
):
    url = host.on("/bad", tagged(JPEG + b"3", '"v1"'))
    path = workspace.media.find(collect(url)["sha256"])
    workspace.files.write(path, b"damaged")
    _first, second = again(url)
    assert second["http_status"] == 200


def test_a_tag_that_forbids_also_speaks_with_304(host, again):
    url = host.on(
        "/bad", reply(200, JPEG, ETag='"v1"'), reply(304, ETag='"v1"', X_Robots_Tag="noai")
    )
    _first, second = again(url)
    assert (second["status"], second["sha256"]) == ("forbidden_by_robots", None)


def test_an_announced_digest_that_is_new_is_asked_for_without_condition(host, client, collect):
    old, new = (hashlib.md5(each).hexdigest() for each in (JPEG, JPEG + b"2"))
    url = host.on("/bad", reply(200, JPEG, ETag='"v1"'), tagged(JPEG + b"2", '"v1"'))
    assert collect(url, md5=old)["status"] == "ok"
    row = collect(url, "s2", md5=new)
    assert (row["http_status"], row["error"]) == (200, None)


def test_a_secret_address_is_not_told_by_its_failure(host, collect):
    url = host.on("/bad", reply(404))
    row = collect(url, told_url="https://forum.example/p/user-0123456789ab")
    assert row["url"] == "https://forum.example/p/user-0123456789ab"
    assert row["error"] == f"{row['url']} was not fetched: the host answered HTTP 404"


# --- a host that shuts itself ------------------------------------------------------------------


def test_a_host_that_wants_an_hour_of_peace_is_not_asked_again(host, client):
    url = host.on("/x", reply(429, Retry_After="3600"))
    other = host.on("/y", reply(200, JPEG))
    assert client.get(url).http_status == 429
    answer = client.get(other)
    assert (answer.status, answer.http_status) == ("rate_limited", None)
    assert answer.error.endswith("asked to be left alone for 3,600 seconds; run again later")
    assert host.paths().count("/y") == 0


def test_a_429_holds_back_all_who_ask_the_host(host, client):
    moments = []

    def note(handler):
        moments.append(time.monotonic())
        reply(200, JPEG)(handler)

    url = host.on("/x", reply(429, Retry_After="1"), reply(200, b"x"))
    client.get(host.on("/robots.txt", reply(404)))
    first = threading.Thread(target=client.get, args=(url,))
    began = time.monotonic()
    first.start()
    while "/x" not in host.paths():
        time.sleep(0.01)
    time.sleep(0.1)
    threads = [
        threading.Thread(target=functools.partial(client.get, host.on("/y", note)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in (first, *threads):
        thread.join()
    assert len(moments) == 3
    assert min(moments) - began >= 0.95
