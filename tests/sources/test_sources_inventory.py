"""The daily inventory: the newest that is whole, versions as numbers, bounded and MD5 checked."""

import gzip
import hashlib
import json
import tracemalloc

import pytest

from pipeline.sources import inventory
from pipeline.sources.bucket import Bucket
from pipeline.sources.inventory import Inventory, Version, Versions
from tests.sources.web_host import reply

REPORTS = "inventory-reports/pmc-oa-opendata/metadata/"
ETAG = "0123456789abcdef" * 2


def _row(key, etag=ETAG):
    return f'"pmc-oa-opendata","{key}","2026-02-12T02:59:59.000Z","{etag}"\n'


class Shelves:
    """A bucket with inventories by day."""

    def __init__(self, host):
        self.host = host
        self.days = []
        self.list()

    def list(self, *more):
        names = [*self.days, "hive", "data", *more]
        found = "".join(
            f"<CommonPrefixes><Prefix>{REPORTS}{name}/</Prefix></CommonPrefixes>" for name in names
        )
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        listing = f'<ListBucketResult xmlns="{space}">{found}</ListBucketResult>'
        self.host.on("/", reply(200, listing.encode()))

    def add(self, day, text, *, manifest=None, packed=None, **changes):
        self.days.append(day)
        self.list()
        content = gzip.compress(text.encode()) if packed is None else packed
        key = f"{REPORTS}data/{day}.csv.gz"
        entry = {"key": key, "size": len(content), "MD5checksum": _md5(content), **changes}
        told = {
            "sourceBucket": "pmc-oa-opendata",
            "fileFormat": "CSV",
            "fileSchema": "Bucket, Key, LastModifiedDate, ETag",
            "files": [entry],
        }
        body = json.dumps(told).encode() if manifest is None else manifest
        self.host.on(f"/{REPORTS}{day}/manifest.json", reply(200, body))
        self.host.on(f"/{key}", reply(200, content))

    def day(self, number):
        return f"2026-11-{number:02d}T01-00Z"


def _md5(content):
    return hashlib.md5(content).hexdigest()


@pytest.fixture
def shelves(host):
    return Shelves(host)


@pytest.fixture
def read(host, client):
    opened = []

    def read():
        found = Inventory(client, Bucket(client, host.url + "/")).read()
        opened.append(found)
        return found

    yield read
    for each in opened:
        if each is not None:
            each.close()


def test_of_an_article_s_versions_the_highest_number_stands(shelves, read):
    lines = [
        _row("metadata/PMC7.10.json", "a" * 32),
        _row("metadata/PMC7.9.json", "b" * 32),
        _row("metadata/PMC70.1.json", "c" * 32),
        _row("metadata/PMC8.1.json", "d" * 32 + "-2"),
    ]
    shelves.add(shelves.day(20), "".join(lines))
    versions = read()
    assert len(versions) == 3
    assert versions.of(7) == Version(10, "a" * 32)
    assert versions.of(8) == Version(1, "d" * 32 + "-2")
    assert versions.of(70) == Version(1, "c" * 32)
    assert versions.of(9) is None


def test_the_newest_day_is_read_and_no_other(shelves, read, host):
    for number in (9, 21, 20):
        shelves.add(shelves.day(number), _row(f"metadata/PMC{number}.1.json"))
    assert read().of(21) is not None
    assert [path.split("?")[0] for path in host.paths()] == [
        "/",
        f"/{REPORTS}{shelves.day(21)}/manifest.json",
        f"/{REPORTS}data/{shelves.day(21)}.csv.gz",
    ]


def test_rows_that_name_no_metadata_are_passed_over(shelves, read):
    lines = [
        _row("metadata/"),
        _row("metadata/PMC1.1.json.tmp"),
        _row("metadata/PMC01.1.json"),
        _row("metadata/../PMC2.1.json"),
        _row("metadata/PMC3.x.json"),
        _row("metadata/PMC4.1.json", "no etag"),
        '"short"\n',
        "\n",
        _row("metadata%2FPMC5.1.json"),
    ]
    shelves.add(shelves.day(20), "".join(lines))
    versions = read()
    assert len(versions) == 1
    assert versions.of(5) == Version(1, ETAG)


def test_columns_are_found_by_their_names(shelves, read, host):
    shelves.add(shelves.day(20), f'"{ETAG}","metadata/PMC5.1.json"\n')
    path = f"/{REPORTS}{shelves.day(20)}/manifest.json"
    packed = gzip.compress(f'"{ETAG}","metadata/PMC5.1.json"\n'.encode())
    key = f"{REPORTS}data/{shelves.day(20)}.csv.gz"
    host.on(f"/{key}", reply(200, packed))
    told = {
        "fileFormat": "CSV",
        "fileSchema": "ETag,Key",
        "files": [{"key": key, "MD5checksum": _md5(packed)}],
    }
    host.on(path, reply(200, json.dumps(told).encode()))
    assert read().of(5) == Version(1, ETAG)


GOOD = _row("metadata/PMC5.1.json")
BOMB = gzip.compress(b"\0" * 50_000_000)
LINES = gzip.compress(GOOD.encode() * 200_000)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"manifest": b'{"fileFormat": "CSV", "fil'}, "no JSON; it may be half written"),
        ({"manifest": b"[]"}, "names no files"),
        ({"manifest": b'{"files": []}'}, "names no files"),
        ({"manifest": b'{"files": {"a": 1}}'}, "names no files"),
        ({"manifest": b'{"files": [1], "fileFormat": "ORC"}'}, "describes no CSV"),
        ({"manifest": b"<html></html>"}, "text/html came where json was promised"),
        ({"manifest": b""}, "the answer is empty"),
        ({"key": "../../secret.csv.gz"}, "names a file outside the inventory"),
        ({"key": "PMC1.1/PMC1.1.xml"}, "names a file outside the inventory"),
        ({"key": REPORTS + "../a/b.csv.gz"}, "names a file outside the inventory"),
        ({"key": 7}, "names a file outside the inventory"),
        ({"key": f"{REPORTS}data/absent.csv.gz"}, "HTTP 404"),
        ({"MD5checksum": None}, "tells no MD5"),
        ({"MD5checksum": "0" * 32}, "its MD5 is"),
        ({"packed": b"no gzip at all"}, "cannot be unpacked"),
        ({"packed": gzip.compress(GOOD.encode() * 9)[:-12]}, "cannot be unpacked"),
        ({"packed": BOMB}, "a line of over 4,096 bytes"),
        ({"packed": LINES}, "unpacks to over 100 times its size"),
        (
            {"packed": gzip.compress(b'"' + b"".join(b"%d\n" % n for n in range(50_000)))},
            "cannot be unpacked",
        ),
        ({"packed": gzip.compress(b"\xff\xfe\n")}, "cannot be unpacked"),
        ({"packed": gzip.compress(b"nothing,of,use,here\n")}, "names no metadata in 1 rows"),
        ({"packed": gzip.compress(b"")}, "names no metadata in 0 rows"),
    ],
)
def test_a_day_that_cannot_be_used_gives_way_to_the_one_before(shelves, read, caplog, fault, why):
    shelves.add(shelves.day(19), _row("metadata/PMC19.1.json"))
    shelves.add(shelves.day(20), GOOD, **fault)
    versions = read()
    assert why in caplog.text
    assert (len(versions), versions.of(19)) == (1, Version(1, ETAG))


def test_an_absent_manifest_gives_way_too_but_not_for_ever(shelves, read, host, caplog):
    shelves.add(shelves.day(1), GOOD)
    shelves.list(*(shelves.day(number) for number in range(2, 8)))
    assert read().of(5) is not None
    shelves.list(*(shelves.day(number) for number in range(2, 21)))
    host.log.clear()
    assert read() is None
    assert len(host.log) == 1 + inventory.MAX_DAYS
    assert "none of 8 inventories can be read" in caplog.text


@pytest.mark.parametrize("body", [b"<a><b></a>", b"<html></html>", b"<Error/>"])
def test_a_bucket_that_cannot_be_listed_has_no_inventory(host, read, caplog, body):
    host.on("/", reply(200, body))
    assert read() is None
    assert "the inventories cannot be listed" in caplog.text


def test_memory_stays_flat_however_long_the_inventory_is():
    def rows(n):
        return ((number, 1 + number % 3, ETAG) for number in range(1, n + 1))

    peaks = []
    for n in (2_000, 200_000):
        versions = Versions()
        tracemalloc.start()
        versions.add(rows(n))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(versions) == n
        versions.close()
    assert peaks[1] < peaks[0] + 200_000
