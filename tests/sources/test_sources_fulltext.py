"""Full texts: checked before they are stored, and had from Europe PMC where the bucket fails."""

import hashlib
import json

import pytest

from pipeline.sources.fulltext import FullTexts, jats_fault
from pipeline.sources.pubmed import PubMedCollector
from pipeline.sources.shelf import Shelf
from schemas import MEDIA
from tests.sources.web_host import reply

OWN = "/europepmc/PMC1/fullTextXML"
AT_BUCKET = "/PMC1.2/PMC1.2.xml"
LAUGHS = (
    b"<!DOCTYPE article [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%b'>" % (n, b"&%c;" % (n - 1) * 10) for n in range(98, 107))
    + b"]><article><p>&j;</p></article>"
)


def _jats(number="1", kind="pmcid", body=b"<body/>"):
    ids = f'<article-id pub-id-type="{kind}">{number}</article-id>'
    front = f"<front><article-meta>{ids}</article-meta></front>"
    return b"<?xml version='1.0'?><article>" + front.encode() + body + b"</article>"


class _Source:
    name = PubMedCollector.name
    version = PubMedCollector.version


@pytest.fixture
def fetched(host, client, workspace):
    """Fetch with given answers of bucket and Europe PMC; an article whose MD5 is announced."""

    def fetch(at_bucket, at_europepmc=None, *, md5=None, with_other=True, shelf=None):
        host.on(AT_BUCKET, at_bucket)
        if at_europepmc is not None:
            host.on(OWN, at_europepmc)
        item = {
            "item_id": "pubmed:PMC1",
            "source_key": "PMC1",
            "listed_sha256": "0" * 64,
            "details": json.dumps(
                {"prefix": "PMC1.2", "xml_url": host.url + AT_BUCKET, "xml_md5": md5}
            ),
        }
        base = host.url + "/europepmc/" if with_other else None
        row = FullTexts(client, base, 1000.0).fetch(_Source, item, shelf or Shelf(workspace.media))
        MEDIA.table([row])
        return row

    return fetch


def test_the_bucket_s_own_text_is_taken_and_nobody_else_is_asked(fetched, host, workspace):
    row = fetched(reply(200, _jats()), reply(200, _jats()), md5=hashlib.md5(_jats()).hexdigest())
    assert (row["status"], row["error"], row["name"]) == ("ok", None, "PMC1.2.xml")
    assert row["url"] == host.url + AT_BUCKET
    assert workspace.media.get(row["sha256"]) == _jats()
    assert host.paths() == [AT_BUCKET]


BROKEN = [
    reply(404),
    reply(403),
    reply(410),
    reply(500),
    reply(503),
    reply(200, b""),
    reply(200, _jats()[:-20]),
    reply(200, b"<html><body>Sign in</body></html>"),
    reply(200, b"%PDF-1.7"),
    reply(200, b"<pmc-articleset/>"),
    reply(200, LAUGHS),
    reply(
        200, b'<!DOCTYPE article [<!ENTITY e SYSTEM "file:///etc/passwd">]><article>&e;</article>'
    ),
    reply(200, _jats("2")),
]


@pytest.mark.parametrize("at_bucket", BROKEN)
def test_europe_pmc_stands_in_for_a_text_that_the_bucket_does_not_give(
    fetched, host, workspace, tmp_path, at_bucket
):
    whole = _jats("PMC1", "pmc")
    row = fetched(at_bucket, reply(200, whole))
    assert (row["status"], row["error"], row["name"]) == ("ok", None, "PMC1.2.xml")
    assert row["url"] == host.url + OWN
    assert _blobs(tmp_path) == [f"{row['sha256']}.xml"]
    assert workspace.media.get(row["sha256"]) == whole


def _blobs(folder):
    return [path.name for path in folder.rglob("*.xml")]


@pytest.mark.parametrize(
    ("at_bucket", "status"),
    [
        (reply(404), "not_found"),
        (reply(500), "server_error"),
        (reply(200, _jats()[:-20]), "malformed"),
        (reply(200, b"<html></html>"), "wrong_type"),
    ],
)
@pytest.mark.parametrize("at_europepmc", [reply(404), reply(200, LAUGHS), reply(200, _jats("2"))])
def test_where_neither_has_it_the_row_says_both_and_nothing_is_stored(
    fetched, host, tmp_path, at_bucket, status, at_europepmc
):
    row = fetched(at_bucket, at_europepmc)
    assert (row["status"], row["sha256"], row["url"]) == (status, None, host.url + AT_BUCKET)
    assert host.url + AT_BUCKET in row["error"]
    assert host.url + OWN in row["error"]
    assert _blobs(tmp_path) == []


def test_bytes_that_are_not_those_announced_have_a_second_chance(fetched, host):
    row = fetched(reply(200, _jats()), reply(200, _jats()), md5="0" * 32)
    assert (row["status"], row["url"]) == ("ok", host.url + OWN)


def test_a_host_that_is_busy_is_not_gone_round(fetched, host):
    row = fetched(reply(429, b"", Retry_After="9"), reply(200, _jats()))
    assert row["status"] == "rate_limited"
    assert OWN not in host.paths()


def test_without_europe_pmc_in_the_catalog_it_is_not_asked(fetched, host):
    row = fetched(reply(404), reply(200, _jats()), with_other=False)
    assert (row["status"], host.paths()) == ("not_found", [AT_BUCKET])


def test_a_copy_that_came_before_an_interruption_is_not_asked_again(fetched, host, workspace):
    row = fetched(reply(404), reply(200, _jats()))
    host.log.clear()
    again = fetched(reply(404), shelf=Shelf(workspace.media, begun=[row]))
    assert again == row
    assert host.paths() == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_jats(), None),
        (_jats("PMC1"), None),
        (_jats("9", "pmid"), None),
        (b"<article/>", None),
        (b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "x.dtd"><article/>', None),
        (_jats("2"), "it is the text of 2, not of PMC1"),
        (_jats("1", body=b"<sub-article>" + _jats("2")[21:] + b"</sub-article>"), None),
        (b"<book/>", "it is a <book>, no article"),
        (_jats()[:-1], "it is not well-formed XML: "),
        (LAUGHS, "it is not well-formed XML: Maximum entity"),
        (
            b"<!DOCTYPE article [<!ENTITY e 'x'>]><article>&e;</article>",
            "it declares entities of its own",
        ),
    ],
)
def test_a_text_is_whole_and_that_of_its_article(content, why):
    found = jats_fault(content, "PMC1")
    assert found is None if why is None else found.startswith(why)
