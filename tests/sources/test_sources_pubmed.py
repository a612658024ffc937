"""PMC: searches sliced by date, newest versions, gates, and files checked by MD5."""

import hashlib
import itertools
import json
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.errors import SourceError
from pipeline.settings import Settings
from pipeline.source_entries import PubMedSource, Rate
from pipeline.sources import entrez
from pipeline.sources.collector import Listed
from pipeline.sources.pubmed import PubMedCollector
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
    """An esearch over ids with release days, with NCBI's own limits."""

    def __init__(self, host, days, most=9_999):
        self.days = days
        self.most = most
        self.asked = []
        host.on("/entrez/eutils/esearch.fcgi", self.answer)

    def answer(self, handler):
        sent = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        start, end = sent["term"].rsplit(" AND ", 1)[1].removesuffix("[pmcrdat]").split(":")
        found = [
            number for number, day in self.days.items() if start <= day.strftime("%Y/%m/%d") <= end
        ]
        at = int(sent["retstart"])
        self.asked.append((sent, len(found)))
        page = found[at : at + int(sent["retmax"])] if at < self.most else []
        told = {"count": str(len(found)), "retstart": str(at), "idlist": page}
        reply(200, json.dumps({"esearchresult": told}).encode())(handler)


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


def test_a_search_over_the_limit_is_sliced_by_years_months_and_days(host, client, monkeypatch):
    monkeypatch.setattr(entrez, "MOST", 20)
    monkeypatch.setattr(entrez, "PAGE", 7)
    start = date(2024, 1, 1)
    days = {str(n + 1): start + timedelta(days=n * 7) for n in range(100)}
    days |= {str(n + 500): date(2025, 3, 14) for n in range(18)}
    days |= {str(n + 600): date(2025, 3, 15) for n in range(9)}
    library = Library(host, days, most=20)
    keys = [each.source_key for each in _collector(host, client).list_keys()]
    assert sorted(keys) == sorted(f"PMC{n}" for n in days)
    assert len(keys) == len(set(keys))
    # a slice that is too large is asked for its count alone
    assert all(sent["retstart"] == "0" for sent, count in library.asked if count > 20)
    assert any("2025/03/14:2025/03/14" in sent["term"] for sent, _ in library.asked)


@pytest.mark.parametrize(
    ("start", "end", "today"),
    [
        (date(2015, 3, 9), date(3000, 12, 31), date(2026, 11, 22)),
        (date(2024, 2, 3), date(2024, 12, 31), date(2026, 11, 22)),
        (date(2024, 2, 3), date(2024, 2, 29), date(2026, 11, 22)),
        (date(2027, 2, 3), date(3000, 12, 31), date(2026, 11, 22)),
    ],
)
def test_the_parts_of_a_slice_join_without_gap_or_overlap(start, end, today):
    parts = entrez.Slice("q", start, end).parts(today)
    assert (parts[0].start, parts[-1].end) == (start, end)
    for one, following in itertools.pairwise(parts):
        assert following.start - one.end == timedelta(days=1)
    assert len(parts) > 1 or start > today


def test_each_article_is_listed_once_over_all_queries(host, client):
    library = Library(host, {"1": date(2025, 1, 1), "2": date(2025, 1, 2)})
    made = _collector(host, client, queries=("a", "b"))
    assert [each.source_key for each in made.list_keys()] == ["PMC1", "PMC2"]
    assert len(library.asked) == 2


def test_a_refusal_inside_a_2xx_is_waited_out(host, client):
    busy = reply(200, b'{"error": "API rate limit exceeded", "count": "11"}')
    good = reply(200, b'{"esearchresult": {"count": "1", "idlist": ["7"]}}')
    host.on("/entrez/eutils/esearch.fcgi", busy, busy, good)
    assert [each.source_key for each in _collector(host, client).list_keys()] == ["PMC7"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"error": "API rate limit exceeded"}', "NCBI refuses searches"),
        (
            b'{"esearchresult": {"ERROR": "Empty term"}}',
            "rejects .* correct the queries",
        ),
        (b'{"esearchresult": {"count": "many"}}', "states no count"),
        (b'{"esearchresult": {"count": "1"}}', "has no list of ids"),
        (b'{"esearchresult": {"count": "5", "idlist": []}}', "gave 0 of 5 articles"),
        (b"[]", "is no search result"),
        (b"{", "is no JSON"),
        (b"<html></html>", "does not answer searches"),
    ],
)
def test_a_search_that_fails_stops_the_source_with_a_sentence(host, client, body, why):
    host.on("/entrez/eutils/esearch.fcgi", reply(200, body))
    with pytest.raises(SourceError, match=why) as told:
        list(_collector(host, client).list_keys())
    assert "k3y" not in str(told.value)


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


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b"\xff\xfe"])
def test_metadata_that_is_none_is_malformed(host, client, body):
    assert _item(host, client, body)["status"] == "malformed"


def test_an_article_that_the_bucket_lacks_is_gone(host, client):
    host.on("/", reply(200, _versions()))
    row = _collector(host, client).describe(Listed("PMC1"))
    assert row["status"] == "gone"
    assert row["error"] == "the PMC Cloud Service has no version of PMC1"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (reply(500), "unreachable"),
        (reply(200, b"<a><b></a>"), "malformed"),
        (reply(200, _versions("PMC1.1/", token="again")), "malformed"),
    ],
)
def test_a_bucket_that_misbehaves_makes_a_row(host, client, answer, status):
    host.on("/", answer)
    assert _collector(host, client).describe(Listed("PMC1"))["status"] == status


def test_entities_of_a_listing_are_not_expanded(host, client):
    evil = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    host.on("/", reply(200, evil))
    row = _collector(host, client).describe(Listed("PMC1"))
    assert (row["status"], row["details"]) == ("gone", "{}")


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


def test_an_ncbi_key_permits_ten_requests_a_second(host, workspace):
    entry = _collector(host, None)._entry.model_copy(
        update={"rate": Rate(requests_per_second=3.0, concurrency=2)}
    )
    for settings, rate in ((Settings(), 3.0), (Settings(ncbi_api_key="k"), 10.0)):
        made = make_collector("pubmed", entry, settings, workspace)
        assert made._client._hosts._rate.requests_per_second == pytest.approx(rate)
