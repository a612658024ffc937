"""PMC: searches sliced by date, newest versions, gates, and files checked by MD5."""

import gzip
import hashlib
import itertools
import json
import re
from datetime import UTC, date, datetime, timedelta
from unittest.mock import ANY
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.errors import SourceError
from pipeline.settings import Settings
from pipeline.source_entries import PubMedSource
from pipeline.sources import entrez
from pipeline.sources.collector import Listed
from pipeline.sources.pubmed import PubMedCollector
from pipeline.sources.queries import Slice
from pipeline.sources.registry import make_collector
from pipeline.sources.shelf import Shelf
from schemas import ITEMS, MEDIA
from tests.sources.web_host import JPEG, reply

XML = b"<?xml version='1.0'?><article/>"
BUCKET = "s3://pmc-oa-opendata"


def _collector(host, client, **changes):
    told = {
        "kind": "pubmed",
        "title": "PMC",
        "homepage": "h",
        "terms_url": "t",
        "source_type": "knowledge",
        "folder": "pubmed",
        "eutils_url": host.url + "/entrez/eutils/",
        "bucket_url": host.url + "/",
        "eutils_per_second": 1000.0,
        "europepmc_per_second": 1000.0,
        "queries": ("psoriasis",),
        "since": date(2024, 1, 1),
        "until": date(2026, 1, 31),
        **changes,
    }
    entry = PubMedSource(**told)
    made = PubMedCollector("pubmed", entry, client, "key", api_key="k3y", contact="me@example.org")
    made._entrez._patience_s = 0.01
    return made


def _md5(content):
    return hashlib.md5(content).hexdigest()


# --- searches ----------------------------------------------------------------------------------


class Library:
    """An esearch over ids with release days, with NCBI's own limits; without summaries."""

    def __init__(self, host, days, most=9_999):
        self.days = days
        self.most = most
        self.asked = []
        host.on("/entrez/eutils/esearch.fcgi", self.answer)

    def answer(self, handler):
        sent = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        start, end = sent["term"].rsplit(" AND ", 1)[1].removesuffix("[pmcrdat]").split(":")
        found = [
            number
            for number, day in self.days.items()
            if start <= day.strftime("%Y/%m/%d") <= end and self.is_under(sent["term"], number)
        ]
        at = int(sent["retstart"])
        self.asked.append((sent, len(found)))
        page = found[at : at + int(sent["retmax"])] if at < self.most else []
        told = {"count": str(len(found)), "retstart": str(at), "idlist": page}
        reply(200, json.dumps({"esearchresult": told}).encode())(handler)

    @staticmethod
    def is_under(term, number):
        """Every third article is under CC BY, every third CC0, the others under neither."""
        licence = {"0": "cc_by_license", "1": "cc0_license"}.get(str(int(number) % 3))
        wanted = re.findall(r"(AND|NOT) (cc\S+)\[Filter\]", term)
        return all((name == licence) == (word == "AND") for word, name in wanted)


def test_a_search_is_paged_and_says_who_asks(host, client):
    library = Library(host, {str(n): date(2025, 1, 1) for n in range(1, 1201)})
    keys = [each.source_key for each in _collector(host, client).list_keys()]
    assert keys == [f"PMC{n}" for n in range(1, 1201)]
    assert [sent["retstart"] for sent, _ in library.asked] == ["0", "500", "1000"]
    sent = library.asked[0][0]
    assert (sent["db"], sent["tool"], sent["email"]) == ("pmc", "dermcurate", "me@example.org")
    assert sent["api_key"] == "k3y"
    assert sent["term"] == (
        "(psoriasis) AND open_access[Filter] AND 2024/01/01:2026/01/31[pmcrdat]"
    )


def test_a_search_over_the_limit_is_cut_into_spans_of_days(host, client, monkeypatch):
    monkeypatch.setattr(entrez, "MOST", 20)
    monkeypatch.setattr(entrez, "PAGE", 7)
    start = date(2024, 1, 1)
    days = {str(n + 1): start + timedelta(days=n * 7) for n in range(100)}
    days |= {str(n + 500): date(2025, 3, 14) for n in range(18)}
    days |= {str(n + 600): date(2025, 3, 15) for n in range(20)}
    library = Library(host, days, most=20)
    keys = [each.source_key for each in _collector(host, client).list_keys()]
    assert sorted(keys) == sorted(f"PMC{n}" for n in days)
    assert len(keys) == len(set(keys))
    # a slice that is too large is asked for its first page alone
    assert all(sent["retstart"] == "0" for sent, count in library.asked if count > 20)
    assert any("2025/03/14:2025/03/14" in sent["term"] for sent, _ in library.asked)
    assert not any("license" in sent["term"] for sent, _ in library.asked)


def test_a_day_over_the_limit_is_cut_by_licences_that_make_up_the_whole(host, client, monkeypatch):
    monkeypatch.setattr(entrez, "MOST", 20)
    library = Library(host, {str(n): date(2025, 3, 14) for n in range(1, 61)}, most=20)
    keys = [each.source_key for each in _collector(host, client).list_keys()]
    assert sorted(keys) == sorted(f"PMC{n}" for n in range(1, 61))
    licences = {
        sent["term"].partition("[Filter]")[2].split(" AND 2025")[0] for sent, _ in library.asked
    }
    assert " AND cc_by_license[Filter]" in licences
    assert any(each.count(" NOT cc") == 7 for each in licences)


def test_what_no_cut_brings_below_the_limit_is_told(host, client, monkeypatch, caplog):
    monkeypatch.setattr(entrez, "MOST", 20)
    Library(host, {str(n * 3): date(2025, 3, 14) for n in range(1, 31)}, most=20)
    assert len(list(_collector(host, client).list_keys())) == 20
    assert "has 30 articles, only 20 of them" in caplog.text


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2015, 3, 9), date(3000, 12, 31)),
        (date(2024, 2, 28), date(2024, 3, 1)),
        (date(2023, 12, 31), date(2024, 1, 1)),
    ],
)
def test_the_parts_of_a_slice_join_without_gap_or_overlap(start, end):
    one, other = Slice("q", start, end).parts()
    assert (one.start, other.end) == (start, end)
    assert other.start - one.end == timedelta(days=1)
    assert start <= one.end < other.start <= end


def test_a_page_that_repeats_another_ends_the_search_with_a_sentence(host, client):
    page = [str(n) for n in range(1, 501)]
    told = {"esearchresult": {"count": "9000", "idlist": page}}
    host.on("/entrez/eutils/esearch.fcgi", reply(200, json.dumps(told).encode()))
    with pytest.raises(SourceError, match=r"gave 500 of 9000 articles .* nothing new"):
        list(_collector(host, client).list_keys())
    assert len(host.log) <= 5


def test_ids_that_are_none_or_come_twice_are_passed_over(host, client):
    ids = ["7", "7", 8, "PMC9", "0", "-1", "1e3", None, True, ["10"], "11", "9" * 13]
    told = {"esearchresult": {"count": "12", "idlist": ids}}
    host.on("/entrez/eutils/esearch.fcgi", reply(200, json.dumps(told).encode()))
    keys = [each.source_key for each in _collector(host, client).list_keys()]
    assert keys == ["PMC7", "PMC8", "PMC11"]


def test_a_count_that_shrinks_while_pages_are_turned_ends_the_search(host, client):
    def page(count, *ids):
        told = {"esearchresult": {"count": str(count), "idlist": [str(each) for each in ids]}}
        return reply(200, json.dumps(told).encode())

    host.on("/entrez/eutils/esearch.fcgi", page(1002, *range(1, 1001)), page(1000))
    assert len(list(_collector(host, client).list_keys())) == 1000


def test_a_disease_and_a_journal_make_a_query_each(host, client):
    library = Library(host, {})
    entry = {"queries": ("a",), "diseases": ("lichen planus",), "journals": ("JAAD Case Reports",)}
    assert list(_collector(host, client, **entry).list_keys()) == []
    assert [sent["term"].split(" AND open")[0] for sent, _ in library.asked] == [
        "(a)",
        '("lichen planus"[MeSH Terms] OR "lichen planus"[Title] OR "lichen planus"[Abstract])',
        '("JAAD Case Reports"[Journal])',
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"queries": ()}, "needs queries, diseases or journals"),
        ({"until": date(2023, 1, 1)}, "until is before since"),
        ({"diseases": ('acne"[Title] OR "x',)}, "String should match pattern"),
    ],
)
def test_an_entry_that_cannot_be_asked_is_refused(host, client, changes, why):
    with pytest.raises(ValueError, match=why):
        _collector(host, client, **changes)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"bucket_url": "https://ftp.ncbi.nlm.nih.gov/pub/pmc/oa_package/"}, "use its Cloud Ser"),
        ({"bucket_url": "https://pmc-oa-opendata.s3.amazonaws.com/oa_comm/"}, "one prefix per ver"),
        ({"eutils_url": "https://www.ncbi.nlm.nih.gov/pmc/utils/oa/oa.fcgi"}, "August 2026"),
    ],
)
def test_a_retired_address_stops_the_source_with_a_sentence(host, client, changes, why):
    with pytest.raises(SourceError, match=f"of the entry pubmed is retired: .*{why}"):
        list(_collector(host, client, **changes).list_keys())
    assert host.log == []


def test_matches_are_counted_before_anything_is_listed(host, client):
    library = Library(host, {str(n): date(2025, 1, 1) for n in range(1, 31)})
    assert _collector(host, client, queries=("a", "b")).count_listed() == 60
    assert [sent["retmax"] for sent, _ in library.asked] == ["0", "0"]


def test_each_article_is_listed_once_over_all_queries(host, client):
    library = Library(host, {"1": date(2025, 1, 1), "2": date(2025, 1, 2)})
    made = _collector(host, client, queries=("a", "b"))
    assert [each.source_key for each in made.list_keys()] == ["PMC1", "PMC2"]
    assert len(library.asked) == 2


def _summarised(host, records):
    told = {"result": {"uids": list(records), **records}}
    host.on("/entrez/eutils/esummary.fcgi", reply(200, json.dumps(told).encode()))


def test_the_listing_tells_who_wrote_an_article_and_when(host, client):
    Library(host, {str(n): date(2025, 1, 1) for n in range(1, 6)})
    smith, group = {"name": "Smith J", "authtype": "Author"}, {"name": "The  Vitiligo\tGroup"}
    _summarised(
        host,
        {
            "1": {"authors": [smith, group], "epubdate": "2024 Dec 9", "pubdate": "2025 Feb"},
            "2": {"authors": [group], "epubdate": "", "pubdate": "2025 Feb 31"},
            "3": {"authors": [], "printpubdate": "2025 Feb 3"},
            "4": {"error": "cannot get document summary"},
        },
    )
    listed = {each.source_key: each.payload for each in _collector(host, client).list_keys()}
    assert listed == {
        "PMC1": {"creator": "Smith J et al.", "published_on": "2024-12-09"},
        "PMC2": {"creator": "The Vitiligo Group"},
        "PMC3": {"published_on": "2025-02-03"},
        "PMC4": {},
        "PMC5": {},
    }


@pytest.mark.parametrize(
    "answer",
    [
        reply(500),
        reply(200, b"[]"),
        reply(200, b'{"result": [1]}'),
        reply(200, b'{"result": {"7": {"authors": {"name": 3}, "pubdate": 2025}}}'),
        reply(200, b"{"),
    ],
)
def test_without_summaries_articles_are_listed_all_the_same(host, client, answer):
    Library(host, {"7": date(2025, 1, 1)})
    host.on("/entrez/eutils/esummary.fcgi", answer)
    assert list(_collector(host, client).list_keys()) == [Listed("PMC7")]


def test_a_refusal_inside_a_2xx_is_waited_out(host, client):
    busy = reply(200, b'{"error": "API rate limit exceeded", "count": "11"}')
    good = reply(200, b'{"esearchresult": {"count": "1", "idlist": ["7"]}}')
    host.on("/entrez/eutils/esearch.fcgi", busy, busy, good)
    assert [each.source_key for each in _collector(host, client).list_keys()] == ["PMC7"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"error": "API rate limit exceeded"}', "NCBI refuses esearch"),
        (
            b'{"esearchresult": {"ERROR": "Empty term"}}',
            "rejects .* correct the queries",
        ),
        (b'{"esearchresult": {"count": "many"}}', "states no count"),
        (b'{"esearchresult": {"count": "1"}}', "has no list of ids"),
        (b'{"esearchresult": {"count": "5", "idlist": []}}', "gave 0 of 5 articles"),
        (b'{"esearchresult": {"count": "5", "idlist": {"1": 2}}}', "has no list of ids"),
        (b'{"error": {"deep": []}}', "NCBI refuses esearch"),
        (b"[]", "is no search result"),
        (b"{", "is no JSON"),
        (b"<html></html>", "does not answer esearch"),
    ],
)
def test_a_search_that_fails_stops_the_source_with_a_sentence(host, client, body, why):
    host.on("/entrez/eutils/esearch.fcgi", reply(200, body))
    with pytest.raises(SourceError, match=why) as told:
        list(_collector(host, client).list_keys())
    assert "k3y" not in str(told.value)


def test_an_inventory_tells_version_and_etag_of_what_is_found(host, client):
    Library(host, {str(n): date(2025, 1, 1) for n in (5, 6)})
    row = f'"pmc-oa-opendata","metadata/PMC5.12.json","2026-02-12T02:59:59.000Z","{"e" * 32}"\n'
    packed = gzip.compress(row.encode() + row.replace("PMC5.12", "PMC7.1").encode())
    day = "inventory-reports/pmc-oa-opendata/metadata/2026-11-20T01-00Z/"
    key = day.replace("2026-11-20T01-00Z", "data") + "1.csv.gz"
    told = {
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, LastModifiedDate, ETag",
        "files": [{"key": key, "MD5checksum": _md5(packed)}],
    }
    host.on("/", reply(200, _versions(day)))
    host.on(f"/{day}manifest.json", reply(200, json.dumps(told).encode()))
    host.on(f"/{key}", reply(200, packed))
    assert list(_collector(host, client, listing="inventory").list_keys()) == [
        Listed("PMC5", {"version": 12, "etag": "e" * 32}),
        Listed("PMC6"),
    ]


def test_without_an_inventory_the_listing_goes_on(host, client):
    Library(host, {"5": date(2025, 1, 1)})
    host.on("/", reply(500))
    assert list(_collector(host, client, listing="inventory").list_keys()) == [Listed("PMC5")]


def test_a_listing_that_is_left_early_leaves_nothing_open(host, client):
    Library(host, {str(n): date(2025, 1, 1) for n in range(1, 400)})
    keys = _collector(host, client).list_keys()
    assert next(keys) == Listed("PMC1")
    keys.close()
    assert [path.split("?")[0].rsplit("/")[-1] for path in host.paths()] == [
        "esearch.fcgi",
        "esummary.fcgi",
    ]


# --- items -------------------------------------------------------------------------------------


def _versions(*names, token=None):
    found = "".join(f"<CommonPrefixes><Prefix>{n}</Prefix></CommonPrefixes>" for n in names)
    cut = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
    return (
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"{found}{cut if token else '<IsTruncated>false</IsTruncated>'}</ListBucketResult>"
    ).encode()


def _metadata(prefix="PMC1.2", **changes):
    return {
        "pmcid": "PMC1",
        "title": "A  case of\npsoriasis",
        "doi": "10.1/x",
        "citation": "J Derm. 2025",
        "is_pmc_openaccess": True,
        "is_retracted": False,
        "license_code": "CC BY",
        "xml_url": f"{BUCKET}/{prefix}/{prefix}.xml?md5={_md5(XML)}",
        "media_urls": [
            f"{BUCKET}/{prefix}/gr1.gif?md5={'0' * 32}",
            f"{BUCKET}/{prefix}/gr1.jpg?md5={_md5(JPEG)}",
            f"{BUCKET}/{prefix}/JCB9.f1.tif",
            f"{BUCKET}/{prefix}/gr 2.png",
            f"{BUCKET}/{prefix}/movie.mp4",
            f"{BUCKET}/PMC9.1/stranger.jpg",
            f"{BUCKET}/{prefix}/../../etc/passwd.jpg",
            None,
        ],
        **changes,
    }


def _article(host, metadata, versions=("PMC1.1/", "PMC1.2/")):
    host.on("/", reply(200, _versions(*versions)))
    body = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    host.on("/metadata/PMC1.2.json", reply(200, body))


def _item(host, client, metadata):
    _article(host, metadata)
    row = _collector(host, client).describe(Listed("PMC1"))
    ITEMS.table([row])
    return row


def test_an_article_is_its_newest_version_with_licence_and_files(host, client):
    row = _item(host, client, _metadata())
    assert (row["item_id"], row["status"], row["error"]) == ("pubmed:PMC1", "ok", None)
    assert row["title"] == "A case of psoriasis"
    assert (row["licence"], row["licence_tier"]) == ("LicenseRef-CC-BY", "open")
    assert row["licence_evidence"] == f"license_code 'CC BY' in {host.url}/metadata/PMC1.2.json"
    assert row["page_url"] == "https://pmc.ncbi.nlm.nih.gov/articles/PMC1/"
    assert (row["creator"], row["published_at"]) == (None, None)
    details = json.loads(row["details"])
    base = f"{host.url}/PMC1.2"
    assert details["prefix"] == "PMC1.2"
    assert (details["xml_url"], details["xml_md5"]) == (f"{base}/PMC1.2.xml", _md5(XML))
    assert details["media"] == [
        {"name": "gr1.jpg", "url": f"{base}/gr1.jpg", "md5": _md5(JPEG)},
        {"name": "JCB9.f1.tif", "url": f"{base}/JCB9.f1.tif", "md5": None},
        {"name": "gr 2.png", "url": f"{base}/gr%202.png", "md5": None},
    ]
    assert "prefix=PMC1.&delimiter=%2F" in host.paths()[0]


def test_versions_are_numbers_and_their_list_is_read_to_its_end(host, client):
    host.on(
        "/",
        reply(200, _versions("PMC1.9/", "PMC1.10/", token="t+1")),
        reply(200, _versions("PMC1.2/", "PMC1.x/", "PMC11.99/")),
    )
    host.on("/metadata/PMC1.10.json", reply(200, json.dumps(_metadata("PMC1.10")).encode()))
    row = _collector(host, client).describe(Listed("PMC1"))
    assert json.loads(row["details"])["prefix"] == "PMC1.10"
    assert "continuation-token=t%2B1" in host.paths()[1]


def test_metadata_beside_the_article_is_found_too(host, client):
    host.on("/", reply(200, _versions("PMC1.2/")))
    host.on("/metadata/PMC1.2.json", reply(403))
    host.on("/PMC1.2/PMC1.2.json", reply(200, json.dumps(_metadata()).encode()))
    row = _collector(host, client).describe(Listed("PMC1"))
    assert row["status"] == "ok"
    assert row["licence_evidence"].endswith("/PMC1.2/PMC1.2.json")


@pytest.mark.parametrize(
    ("changes", "status", "tier", "why"),
    [
        ({"is_retracted": True}, "retracted", "open", "is_retracted is true in"),
        ({"is_retracted": "yes"}, "malformed", "open", "is_retracted is neither true nor false in"),
        ({"is_retracted": None}, "malformed", "open", "is_retracted is neither true nor false in"),
        ({"is_pmc_openaccess": 1}, "not_open_access", "open", "is_pmc_openaccess is not true"),
        ({"license_code": ["CC BY"]}, "no_licence", "unknown", 'license_code is ["CC BY"]'),
        ({"media_urls": {"a": 1}}, "malformed", "open", "media_urls is no list of up to 2,000"),
        ({"media_urls": ["x"] * 2001}, "malformed", "open", "media_urls is no list of up to 2,000"),
        ({"pmcid": "PMC2"}, "malformed", "unknown", 'is the record of "PMC2", not of PMC1'),
        ({"title": ["t"], "doi": 3, "media_urls": None}, "ok", "open", None),
        ({"is_pmc_openaccess": False}, "not_open_access", "open", "is_pmc_openaccess is not true"),
        ({"license_code": None}, "no_licence", "unknown", "license_code is null"),
        ({"license_code": "TDM"}, "no_licence", "unknown", 'license_code is "TDM"'),
        ({"license_code": "CC BY-NC"}, "ok", "non-commercial", None),
        ({"license_code": "CC BY-ND"}, "ok", "no-derivatives", None),
        ({"xml_url": "https://elsewhere/x.xml"}, "malformed", "open", "xml_url names no file"),
    ],
)
def test_an_article_that_may_not_be_collected_says_why(host, client, changes, status, tier, why):
    row = _item(host, client, _metadata(**changes))
    assert (row["status"], row["licence_tier"]) == (status, tier)
    assert row["error"] is None if why is None else why in row["error"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b"\xff\xfe", b"[" * 100_000])
def test_metadata_that_is_none_is_malformed(host, client, body):
    assert _item(host, client, body)["status"] == "malformed"


def test_an_article_that_the_bucket_lacks_is_gone(host, client):
    host.on("/", reply(200, _versions()))
    row = _collector(host, client).describe(Listed("PMC1"))
    assert row["status"] == "gone"
    assert row["error"] == "the PMC Cloud Service has no version of PMC1"


LAUGHS = (
    b"<!DOCTYPE x [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%b'>" % (n, b"&%c;" % (n - 1) * 10) for n in range(98, 107))
    + b"]>"
)
STEALING = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (reply(500), "unreachable", "HTTP 500"),
        (reply(200, b"<a><b></a>"), "malformed", "not well-formed XML"),
        (reply(200, _versions("PMC1.1/")[:-9]), "malformed", "not well-formed XML"),
        (reply(200, _versions("PMC1.1/", token="again")), "malformed", "does not end"),
        (
            reply(200, b"<Error><Code>x</Code></Error>"),
            "malformed",
            "listing of the bucket but <Er",
        ),
        (reply(200, LAUGHS + b"<x>&j;</x>"), "malformed", "entity amplification"),
        (reply(200, LAUGHS + b"<x y='&j;'/>"), "malformed", "entity amplification"),
        (reply(200, STEALING), "malformed", "declares entities of its own"),
        (reply(200, b"<html><body>Sign in</body></html>"), "malformed", "text/html came where xml"),
    ],
)
def test_a_bucket_that_misbehaves_makes_a_row(host, client, answer, status, why):
    host.on("/", answer)
    row = _collector(host, client).describe(Listed("PMC1"))
    assert (row["status"], row["details"]) == (status, "{}")
    assert why in row["error"]
    assert len(host.log) <= 5


def test_a_listing_that_goes_on_for_ever_is_left(host, client):
    count = itertools.count()

    def more(handler):
        reply(200, _versions("PMC1.1/", token=f"t{next(count)}"))(handler)

    host.on("/", more)
    row = _collector(host, client).describe(Listed("PMC1"))
    assert (row["status"], len(host.log)) == ("malformed", 20)
    assert row["error"] == "the list of what begins with PMC1. does not end"


def test_what_the_listing_tells_goes_into_the_item(host, client):
    host.on("/metadata/PMC1.2.json", reply(200, json.dumps(_metadata()).encode()))
    told = {"creator": "Smith J et al.", "published_on": "2024-12-09", "version": 2, "etag": "e"}
    row = _collector(host, client).describe(Listed("PMC1", told))
    ITEMS.table([row])
    assert (row["status"], row["creator"]) == ("ok", "Smith J et al.")
    assert row["published_at"] == datetime(2024, 12, 9, tzinfo=UTC)
    assert host.paths() == ["/metadata/PMC1.2.json"]  # the version was known


def test_a_version_that_is_gone_gives_way_to_the_one_that_is_there(host, client):
    _article(host, _metadata())
    row = _collector(host, client).describe(Listed("PMC1", {"version": 7, "etag": "e"}))
    assert json.loads(row["details"])["prefix"] == "PMC1.2"


def test_an_article_looked_at_again_keeps_author_and_date(host, client):
    _article(host, _metadata())
    collector = _collector(host, client)
    told = {"creator": "Smith J", "published_on": "2024-12-09", "version": 2, "etag": "e"}
    before = collector.describe(Listed("PMC1", told))
    assert collector.revisit(before) == {**before, "collected_at": ANY}
    _article(host, _metadata(title="Corrected", doi="10.1/y"))
    after = collector.revisit(before)
    assert (after["title"], after["creator"]) == ("Corrected", "Smith J")
    assert after["listed_sha256"] != before["listed_sha256"]
    _article(host, _metadata(is_retracted=True))
    assert collector.revisit(before)["status"] == "retracted"


# --- files -------------------------------------------------------------------------------------


def _fetched(host, client, workspace, metadata=None):
    row = _item(host, client, metadata or _metadata())
    rows = _collector(host, client).fetch(row, Shelf(workspace.media))
    MEDIA.table(rows)
    return rows


def test_the_text_comes_first_then_each_picture_once(host, client, workspace):
    host.on("/PMC1.2/PMC1.2.xml", reply(200, XML, Content_Type="text/xml"))
    host.on("/PMC1.2/gr1.jpg", reply(200, JPEG))
    host.on("/PMC1.2/JCB9.f1.tif", reply(200, b"II*\0" + bytes(99)))
    host.on("/PMC1.2/gr%202.png", reply(200, b"<html>no such picture</html>"))
    rows = _fetched(host, client, workspace)
    assert [(row["name"], row["role"], row["status"]) for row in rows] == [
        ("PMC1.2.xml", "fulltext", "ok"),
        ("gr1.jpg", "picture", "ok"),
        ("JCB9.f1.tif", "picture", "ok"),
        ("gr 2.png", "picture", "wrong_type"),
        ("media_urls[5]", "picture", "refused_address"),
        ("media_urls[6]", "picture", "refused_address"),
        ("media_urls[7]", "picture", "malformed"),
    ]
    assert workspace.media.get(rows[1]["sha256"]) == JPEG
    assert (rows[1]["n_bytes"], rows[1]["content_type"]) == (len(JPEG), "image/jpeg")
    assert (rows[3]["sha256"], rows[3]["http_status"]) == (None, 200)


def test_bytes_that_are_not_those_announced_are_not_stored(host, client, workspace):
    host.on("/PMC1.2/PMC1.2.xml", reply(200, XML))
    host.on("/PMC1.2/gr1.jpg", reply(200, JPEG + b"!"))
    rows = _fetched(host, client, workspace)
    assert (rows[1]["status"], rows[1]["sha256"]) == ("checksum_mismatch", None)
    assert workspace.media.find(hashlib.sha256(JPEG + b"!").hexdigest()) is None


def test_without_its_text_no_picture_is_asked(host, client, workspace):
    rows = _fetched(host, client, workspace)
    assert [(row["name"], row["status"]) for row in rows] == [("PMC1.2.xml", "not_found")]


@pytest.mark.parametrize(
    "address",
    [
        "s3://another-bucket/PMC1.2/gr1.jpg",
        "https://elsewhere.example/PMC1.2/gr1.jpg",
        "file:///etc/passwd",
        "s3://pmc-oa-opendata/PMC9.1/gr1.jpg",
        "s3://pmc-oa-opendata/PMC1.2/../PMC9.1/gr1.jpg",
        "s3://pmc-oa-opendata/PMC1.2/%2e%2e%2fgr1.jpg",
        "s3://pmc-oa-opendata/PMC1.2/a/b.jpg",
        "s3://pmc-oa-opendata/PMC1.2/..",
        "s3://user@pmc-oa-opendata/PMC1.2/gr1.jpg",
        "s3://[/PMC1.2/gr1.jpg",
        "PMC1.2/gr1.jpg",
        "",
    ],
)
def test_a_file_that_is_none_of_the_article_is_a_row_and_never_asked(
    host, client, workspace, address
):
    host.on("/PMC1.2/PMC1.2.xml", reply(200, XML))
    host.on("/PMC1.2/gr1.jpg", reply(200, JPEG))
    good = f"{BUCKET}/PMC1.2/gr1.jpg?md5={_md5(JPEG)}"
    rows = _fetched(host, client, workspace, _metadata(media_urls=[address, good]))
    assert [row["status"] for row in rows] == ["ok", "ok", "refused_address"]
    assert rows[2]["url"] == address
    assert rows[2]["error"] == (
        "media_urls[0] was not fetched: it is no address below s3://pmc-oa-opendata/PMC1.2/"
    )
    assert {urlsplit(path).path for path in host.paths()} <= {
        "/",
        "/metadata/PMC1.2.json",
        "/PMC1.2/PMC1.2.xml",
        "/PMC1.2/gr1.jpg",
    }


def test_an_ncbi_key_permits_ten_requests_a_second(host, workspace):
    entry = _collector(host, None)._entry.model_copy(update={"eutils_per_second": 3.0})
    for settings, rate in ((Settings(), 3.0), (Settings(ncbi_api_key="k"), 10.0)):
        made = make_collector("pubmed", entry, settings, workspace)
        assert made._entrez.per_second == pytest.approx(rate)
