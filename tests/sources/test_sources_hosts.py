"""Pace, tallies and reports; and addresses that must not be reached, however they are written."""

import threading
import time

import pytest

from pipeline.source_entries import Rate
from pipeline.sources.addresses import is_public
from pipeline.sources.host_report import read_hosts, write_hosts
from pipeline.sources.hosts import Host, Pace, Tally, merge_reports, pace_of
from pipeline.sources.http import HttpClient
from pipeline.store import Partition
from tests.sources.web_host import JPEG, QUICK, reply


def a_client(rate=1000.0, allow=("127.0.0.1", "localhost")):
    return HttpClient(
        user_agent="t",
        rate=Rate(requests_per_second=rate, concurrency=4),
        allow_hosts=allow,
        limits=QUICK,
    )


def test_two_clients_of_one_host_keep_one_pace(host):
    moments = []

    def note(handler):
        moments.append(time.monotonic())
        reply(200, b"x")(handler)

    url = host.on("/x", note)
    clients = [a_client(10.0), a_client(1000.0)]
    threads = [
        threading.Thread(target=each.get, args=(url,), kwargs={"robots": False})
        for each in clients * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments.sort()
    assert moments[-1] - moments[0] >= 0.25  # four turns, 0.1 s apart
    assert pace_of("nobody.example:443") is not pace_of(host.url.split("/")[2])


def test_a_pace_that_nobody_keeps_any_more_is_forgotten():
    held = Host(Rate(requests_per_second=0.001), pace_of("slow.example:443"))
    assert pace_of("slow.example:443") is held.pace
    del held
    fresh = Host(Rate(requests_per_second=1000.0), pace_of("slow.example:443"))
    began = time.monotonic()
    for _ in range(3):
        with fresh.turn():
            pass
    assert time.monotonic() - began < 10


def test_a_pause_that_begins_while_a_turn_is_waited_for_holds_it_back():
    pace = Pace()
    pace.slow_down(0.2)
    pace.wait()
    threading.Timer(0.05, pace.pause, (0.5,)).start()
    began = time.monotonic()
    pace.wait()
    assert time.monotonic() - began >= 0.5


def test_a_host_that_shut_itself_opens_again():
    pace = Pace()
    assert pace.shut_s() is None
    pace.shut(0.05)
    assert pace.shut_s() == 0.05
    time.sleep(0.06)
    assert pace.shut_s() is None


def test_reports_add_up_and_the_latest_word_on_robots_holds():
    one = Tally(requests=2, n_bytes=10, waited_s=0.1, robots="unreachable")
    two = Tally(requests=1, retries=1, rate_limited=1, waited_s=0.2)
    three = Tally(not_modified=1, robots="read", robots_refused=1)
    reports = [
        {"b:1": {name: getattr(each, name) for name in Tally.__dataclass_fields__}}
        for each in (one, two, three)
    ]
    merged = merge_reports([*reports, {"a:1": {"requests": 5}}])
    assert list(merged) == ["a:1", "b:1"]
    assert merged["b:1"] == {
        "requests": 3, "n_bytes": 10, "not_modified": 1, "retries": 1, "rate_limited": 1,
        "waited_s": 0.3, "robots": "read", "robots_refused": 1,
    }  # fmt: skip
    assert merged["a:1"]["robots"] == "not asked"


def test_what_passed_is_written_once_and_adds_up_over_runs(workspace, host):
    url = host.on("/x", reply(503), reply(200, JPEG))
    partition = Partition("shelf", "s1", 0)
    netloc = host.url.split("/")[2]

    client = a_client()
    client.get(url)
    write_hosts(client, "list", partition, workspace)
    client.get(url)
    write_hosts(client, "fetch", partition, workspace)
    write_hosts(client, "fetch", partition, workspace)  # nothing passed since
    resumed = a_client()
    resumed.get(url, robots=False)
    write_hosts(resumed, "fetch", partition, workspace)

    assert len(workspace.read_hosts("shelf", "s1")) == 3
    told = read_hosts(workspace, ["shelf", "never"])
    assert list(told) == ["shelf"]
    assert told["shelf"]["snapshot"] == "s1"
    tally = told["shelf"]["hosts"][netloc]
    assert (tally["requests"], tally["retries"], tally["robots"]) == (5, 1, "none")
    assert tally["n_bytes"] == 3 * len(JPEG)
    assert tally["waited_s"] > 0
    assert len(host.log) == tally["requests"]


def test_a_library_that_asks_by_itself_is_counted_too(host):
    client = a_client()
    own = client.host(host.url)
    with own.turn():
        own.count(n_bytes=7, retries=1)
    told = client.take_report()[host.url.split("/")[2]]
    assert (told["requests"], told["n_bytes"], told["retries"]) == (1, 7, 1)
    assert client.take_report() == {}


# --- addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
        "172.16.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:0:7f00:1", "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1",
        "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public(address):
    assert is_public(address) is False


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_an_address_that_is_public(address):
    assert is_public(address) is True


@pytest.mark.parametrize(
    "name",
    [
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "localhost",
        "[::1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::7f00:1]", "0", "LOCALHOST",
    ],
)  # fmt: skip
def test_loopback_is_told_however_it_is_written(host, name):
    port = host.server_address[1]
    answer = a_client(allow=()).get(f"http://{name}:{port}/x", robots=False)
    assert answer.status in ("refused_address", "network_error")
    assert answer.content == b""
    assert host.log == []


def test_a_host_that_is_allowed_does_not_open_others(host):
    netloc = host.url.split("/")[2]
    port = host.server_address[1]
    url = host.on("/x", reply(302, Location=f"http://127.0.0.2:{port}/y"))
    host.on("/y", reply(200, b"secret"))
    answer = a_client(allow=(netloc,)).get(url, robots=False)
    assert (answer.status, answer.content) == ("refused_address", b"")
    assert host.paths() == ["/x"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}\\@public.example/",
        "http://public.example@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@public.example/",
        "http://127.0.0.1:{port}?@public.example/",
        "http://127.0.0.1:{port}%00.public.example/",
        "http://public.example:99999/",
    ],
)
def test_an_address_that_two_readers_read_differently_leads_nowhere(host, url):
    asked = url.format(port=host.server_address[1])
    assert not a_client(allow=()).get(asked, robots=False).ok
    host.on("/r", reply(302, Location=asked))
    netloc = f"localhost:{host.server_address[1]}"
    assert not a_client(allow=(netloc,)).get(f"http://{netloc}/r", robots=False).ok
    assert host.paths() == ["/r"]
