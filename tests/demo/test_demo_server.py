import hashlib
import socket
import xml.etree.ElementTree as ET
from urllib.parse import urljoin

import pytest
import requests
from selectolax.lexbor import LexborHTMLParser

from pipeline.demo.server import SERVICES, DemoServer, PortInUseError

S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def _json(url, **query):
    answer = requests.get(url, params=query, timeout=5)
    answer.raise_for_status()
    return answer.json()


def _found(server, **query):
    url = server.urls["eutils"] + "esearch.fcgi"
    return _json(url, db="pmc", retmode="json", **query)["esearchresult"]


def test_esearch_pages_with_numbers_as_strings(server):
    first = _found(server, term="dermatology", retmax=10)
    assert (first["count"], first["retmax"], first["retstart"]) == ("14", "10", "0")
    second = _found(server, term="dermatology", retmax=10, retstart=10)
    assert len(first["idlist"]) == 10
    assert len(set(first["idlist"] + second["idlist"])) == 14
    assert all(one.isdecimal() for one in first["idlist"])


def test_esearch_reads_filters_dates_and_words(server):
    free = "skin AND (open_access[Filter]) AND (cc0_license[Filter] OR cc_by_license[Filter])"
    found = _found(server, term=free)["idlist"]
    assert "9100009" not in found  # CC BY-NC
    assert "9100014" not in found  # an author manuscript
    assert "9100004" in found
    dated = _found(server, term="skin AND 2025/02/01:2025/03/31[pmcrdat]")["idlist"]
    assert dated == ["9100002", "9100001"]
    sliced = _found(server, term="skin", mindate="2026/03/01", maxdate="2026/03/31")["idlist"]
    assert sliced == ["9100014"]
    manuscripts = _found(server, term="skin AND (open_access[filter] OR author_manuscript[filter])")
    assert "9100014" in manuscripts["idlist"]
    nothing = _found(server, term="xylophone[Title]")
    assert nothing["count"] == "0"
    assert nothing["errorlist"]["phrasesnotfound"] == ["xylophone"]
    assert "ERROR" in _found(server, term="")


def test_efetch_gives_articles(server):
    url = server.urls["eutils"] + "efetch.fcgi"
    body = requests.get(url, params={"db": "pmc", "id": "9100007,9100001"}, timeout=5).content
    tree = ET.fromstring(body)
    assert tree.tag == "pmc-articleset"
    ids = [one.text for one in tree.iter("article-id") if one.get("pub-id-type") == "pmcid-ver"]
    assert ids == ["PMC9100001.1", "PMC9100007.2"]


def test_esummary_tells_author_and_date(server):
    url = server.urls["eutils"] + "esummary.fcgi"
    result = _json(url, db="pmc", id="9100001,77", retmode="json")["result"]
    assert result["uids"] == ["9100001"]
    assert result["9100001"]["epubdate"] == "2025 Feb 3"
    assert result["9100001"]["authors"] == [{"name": "Invented A", "authtype": "Author"}]


def test_europe_pmc_has_whole_what_the_bucket_has_in_part(server):
    rest = server.urls["europepmc"]
    assert rest.endswith("/europepmc/webservices/rest/")
    whole = requests.get(f"{rest}PMC9100013/fullTextXML", timeout=5).content
    part = requests.get(server.urls["pmc"] + "PMC9100013.1/PMC9100013.1.xml", timeout=5).content
    assert whole.startswith(part)
    assert ET.fromstring(whole).tag == "article"
    newest = requests.get(f"{rest}PMC9100010/fullTextXML", timeout=5).text
    assert "PMC9100010.10<" in newest
    found = _json(f"{rest}search", query="skin melasma", format="json", pageSize=1)
    assert (found["hitCount"], found["resultList"]["result"][0]["isOpenAccess"]) == (1, "N")
    manuscript = requests.get(f"{rest}PMC9100014/fullTextXML", timeout=5)
    assert manuscript.status_code == 404


def _listing(server, **query):
    answer = requests.get(server.urls["pmc"], params={"list-type": "2", **query}, timeout=5)
    return ET.fromstring(answer.content)


def _prefixes(tree):
    return [one.text for one in tree.findall(f"{S3}CommonPrefixes/{S3}Prefix")]


def test_bucket_lists_versions_by_prefix_and_delimiter(server):
    tree = _listing(server, prefix="PMC9100007.", delimiter="/")
    assert _prefixes(tree) == ["PMC9100007.1/", "PMC9100007.2/"]
    alike = _prefixes(_listing(server, prefix="PMC9100011", delimiter="/"))
    assert alike == ["PMC9100011.1/", "PMC91000112.1/"]
    exact = _prefixes(_listing(server, prefix="PMC9100011.", delimiter="/"))
    assert exact == ["PMC9100011.1/"]
    nothing = _listing(server, prefix="PMC1.", delimiter="/")
    assert nothing.findtext(f"{S3}KeyCount") == "0"


def test_bucket_pages_with_continuation_tokens(server):
    keys, token = [], None
    for _ in range(20):
        query = {"prefix": "metadata/", "max-keys": "4"}
        tree = _listing(server, **query, **({"continuation-token": token} if token else {}))
        keys += [one.text for one in tree.findall(f"{S3}Contents/{S3}Key")]
        token = tree.findtext(f"{S3}NextContinuationToken")
        if tree.findtext(f"{S3}IsTruncated") == "false":
            break
    assert len(keys) == 16
    assert keys == sorted(set(keys))


def test_bucket_serves_media_whose_entity_tag_is_their_md5(server):
    metadata = _json(server.urls["pmc"] + "metadata/PMC9100002.1.json")
    assert metadata["license_code"] == "CC BY"
    address = metadata["media_urls"][0].removeprefix("s3://pmc-oa-opendata/")
    answer = requests.get(server.urls["pmc"] + address, timeout=5)
    digest = hashlib.md5(answer.content).hexdigest()
    assert address.endswith(f"?md5={digest}")
    assert answer.headers["ETag"] == f'"{digest}"'
    assert answer.headers["Content-Type"] == "image/jpeg"
    missing = requests.get(server.urls["pmc"] + "PMC1.1/PMC1.1.json", timeout=5)
    assert missing.status_code == 404
    assert b"NoSuchKey" in missing.content


def test_ranges_tags_and_head_are_answered_as_http_has_it(server):
    url = server.urls["reddit_media"] + "demo01p0.jpg"
    whole = requests.get(url, timeout=5)
    size = len(whole.content)
    assert whole.headers["Accept-Ranges"] == "bytes"

    def part(wanted, **headers):
        return requests.get(url, headers={"Range": wanted, **headers}, timeout=5)

    assert part("bytes=10-19").content == whole.content[10:20]
    assert part("bytes=10-19").status_code == 206
    assert part("bytes=10-19").headers["Content-Range"] == f"bytes 10-19/{size}"
    assert part("bytes=100-").content == whole.content[100:]
    assert part("bytes=-7").content == whole.content[-7:]
    assert part(f"bytes={size}-").status_code == 416
    assert part(f"bytes={size}-").headers["Content-Range"] == f"bytes */{size}"
    assert part("bytes=10-19", **{"If-Range": '"old"'}).status_code == 200
    same = requests.get(url, headers={"If-None-Match": whole.headers["ETag"]}, timeout=5)
    assert (same.status_code, same.content) == (304, b"")
    head = requests.head(url, timeout=5)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(size)


def test_one_connection_carries_many_requests(server):
    with requests.Session() as session:
        for _ in range(3):
            session.head(server.urls["reddit_media"] + "demo01p0.jpg", timeout=5)
            session.get(server.urls["reddit_media"] + "none.jpg", timeout=5)
        pools = session.get_adapter("http://").poolmanager.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118


def _posts(server, **query):
    return _json(server.urls["arctic"] + "posts/search", **query)["data"]


def test_arctic_shift_searches_in_pages(server):
    newest = _posts(server, subreddit="SkinCasesDemo", limit=3)
    assert [post["id"] for post in newest] == ["demo14", "demo13", "demo12"]
    seen, after = [], "2026-01-01"
    while page := _posts(server, subreddit="skincasesdemo", after=after, limit=4, sort="asc"):
        seen += [post["id"] for post in page]
        after = page[-1]["created_utc"]
    assert seen == [f"demo{n:02d}" for n in range(1, 15)]
    assert _posts(server, subreddit="elsewhere") == []
    assert set(_posts(server, fields="id,title", limit=1)[0]) == {"id", "title"}
    url = server.urls["arctic"] + "posts/search"
    refused = requests.get(url, params={"limit": 101}, timeout=5)
    assert refused.status_code == 400
    assert "limit" in refused.json()["error"]
    assert "X-RateLimit-Remaining" in refused.headers


def test_arctic_shift_gives_galleries_deletions_and_replies(server):
    url = server.urls["arctic"] + "posts/ids"
    gallery, deleted = _json(url, ids="demo02,t3_demo03")["data"]
    order = [item["media_id"] for item in gallery["gallery_data"]["items"]]
    assert order == ["demo02p0", "demo02p1", "demo02p2"]
    assert list(gallery["media_metadata"]) != order
    address = gallery["media_metadata"][order[0]]["s"]["u"]
    assert "&amp;" in address
    assert requests.get(address.replace("&amp;", "&"), timeout=5).status_code == 200
    assert (deleted["author"], deleted["selftext"]) == ("[deleted]", "[deleted]")
    assert deleted["_meta"]["was_deleted_later"] is True
    tree = _json(server.urls["arctic"] + "comments/tree", link_id="t3_demo01", limit=9999)["data"]
    assert "this is lichen planus" in tree[0]["data"]["body"]
    assert tree[0]["data"]["replies"]["data"]["children"][0]["data"]["replies"] == ""
    missing = _json(url, ids="demo05")["data"][0]["url"]
    assert missing.startswith(server.urls["reddit_media"])
    assert requests.get(missing, timeout=5).status_code == 404
    rules = _json(server.urls["arctic"] + "subreddits/search", subreddit="SkinCasesDemo")
    assert "CC BY 4.0" in rules["data"][0]["description"]


def test_discourse_pages_topics_and_posts(server):
    base = server.urls["discourse"]
    first = _json(base + "latest.json", order="created", per_page=4)["topic_list"]
    assert first["more_topics_url"] == "/latest?no_definitions=true&page=1"
    second = _json(base + "latest.json", order="created", per_page=4, page=1)["topic_list"]
    assert "more_topics_url" not in second
    ids = [topic["id"] for topic in first["topics"] + second["topics"]]
    assert sorted(ids) == list(range(101, 108))
    cases = _json(base + "c/cases/4.json", order="created")["topic_list"]
    assert sorted(topic["id"] for topic in cases["topics"]) == list(range(101, 107))
    topic = _json(base + "t/102.json")
    stream = topic["post_stream"]
    assert (len(stream["posts"]), len(stream["stream"]), topic["posts_count"]) == (20, 25, 25)
    query = [("post_ids[]", post_id) for post_id in stream["stream"][20:]]
    rest = requests.get(base + "t/102/posts.json", params=query, timeout=5).json()
    assert [post["post_number"] for post in rest["post_stream"]["posts"]] == [21, 22, 23, 24, 25]
    assert requests.get(base + "t/999.json", timeout=5).status_code == 404


def test_discourse_links_lead_to_the_original_pictures(server):
    base = server.urls["discourse"]
    forms = set()
    for topic_id in (101, 102, 103, 104, 106):
        cooked = _json(f"{base}t/{topic_id}.json")["post_stream"]["posts"][0]["cooked"]
        for link in LexborHTMLParser(cooked).css("a.lightbox"):
            href = link.attributes["href"]
            forms.add(href[:2])
            original = requests.get(urljoin(base, href), timeout=5)
            shown = requests.get(urljoin(base, link.css_first("img").attributes["src"]), timeout=5)
            assert original.headers["Content-Type"] == "image/jpeg"
            assert len(original.content) > len(shown.content) > 1000
    assert forms == {"ht", "//", "/u"}


def test_web_forum_leads_from_page_to_page_to_pictures(server):
    page, threads, pictures = server.urls["webforum"], [], []
    while page:
        tree = LexborHTMLParser(requests.get(page, timeout=5).text)
        threads += [urljoin(page, one.attributes["href"]) for one in tree.css("a.thread")]
        more = tree.css_first("a.next")
        page = urljoin(page, more.attributes["href"]) if more else None
    assert len(threads) == 9
    for address in threads:
        tree = LexborHTMLParser(requests.get(address, timeout=5).text)
        for post in tree.css("article.post"):
            assert post.css_first(".author").text()
            assert post.css_first("time").attributes["datetime"].startswith("2026-")
            assert len(post.css_first(".body").text()) > 20
            for one in post.css(".body img, .body a.attachment"):
                told = one.attributes
                source = told.get("data-src") or told.get("src") or told["href"]
                pictures.append(urljoin(address, source))
    bodies = [requests.get(one, timeout=5).content for one in pictures]
    assert len(bodies) == 10  # and one more on the second page of t208
    assert sum(body.startswith(b"\xff\xd8") for body in bodies) == 9
    assert sum(b"<html>" in body for body in bodies) == 1
    robots = requests.get(server.urls["webforum"] + "robots.txt", timeout=5).text
    assert "Disallow: /private/" in robots
    assert sum("/private/" in one for one in threads) == 1


def test_every_item_of_the_truth_is_served(server, world):
    posts = {post["id"] for post in _posts(server, limit=100)}
    articles = {f"PMC{one}" for one in _found(server, term="skin", retmax=100)["idlist"]}
    topics = _json(server.urls["discourse"] + "latest.json")["topic_list"]["topics"]
    known = {
        "reddit": posts,
        "pubmed": articles,
        "discourse": {str(topic["id"]) for topic in topics},
        "webforum": {f"t{n}" for n in range(201, 210)},
    }
    for row in world.truth["pictures"]:
        assert row["item"] in known.get(row["source"], {row["item"]})
    for plant in world.truth["plants"]:
        for place in plant["items"]:
            assert place["item"] in known.get(place["source"], {place["item"]})


def test_faults_come_first_and_every_answer_is_logged(server):
    server.faults[("pmc", "/metadata/")] = [503, 429]
    url = server.urls["pmc"] + "metadata/PMC9100001.1.json"
    statuses = []
    for _ in range(3):
        answer = requests.get(url, timeout=5)
        statuses.append((answer.status_code, answer.headers.get("Retry-After")))
    assert statuses == [(503, "1"), (429, "1"), (200, None)]
    path = "/metadata/PMC9100001.1.json"
    assert server.requests_log == [("pmc", "GET", path, code) for code in (503, 429, 200)]


def test_a_request_that_makes_no_sense_is_answered_with_400(server):
    urls = server.urls
    asked = (
        urls["discourse"] + "latest.json?page=x",
        urls["webforum"] + "index.html?page=x",
        urls["eutils"] + "esearch.fcgi?db=pmc&term=skin&retstart=x",
        urls["pmc"] + "?list-type=2&max-keys=x",
    )
    assert [requests.get(url, timeout=5).status_code for url in asked] == [400] * 4


def free_base():
    """Return a base port that starts a row of free ones, below those of outgoing connections."""
    for base in range(23_100, 32_000, 100):
        try:
            for port in range(base, base + len(SERVICES)):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    pytest.fail("there is no row of free ports")


def test_a_port_in_use_is_named_and_nothing_stays_bound(world):
    base = free_base()
    port = base + 3
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(PortInUseError, match=rf"Port {port} .*--port"):
            DemoServer(world, base_port=base).__enter__()
    with DemoServer(world, base_port=base) as running:
        assert running.urls["discourse"] == f"http://127.0.0.1:{base + 4}/"
        assert set(running.urls) == {*SERVICES, "ca_path"}
