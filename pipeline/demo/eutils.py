"""NCBI E-utilities over the demo's articles: esearch, esummary and efetch for db=pmc."""

import json
import re
from pathlib import Path
from typing import Any

from pipeline.demo.articles import full_text
from pipeline.demo.wire import Answer, Request, Service, json_answer, text_answer

_LICENCE_FILTERS = {
    "cc0_license": "CC0",
    "cc_by_license": "CC BY",
    "cc_by-sa_license": "CC BY-SA",
    "cc_by-nd_license": "CC BY-ND",
    "cc_by-nc_license": "CC BY-NC",
    "cc_by-nc-sa_license": "CC BY-NC-SA",
    "cc_by-nc-nd_license": "CC BY-NC-ND",
}
_DATES = re.compile(r"(\d{4}(?:/\d\d?){0,2})\"?(?:\[\w+\])?\s*:\s*\"?(\d{4}(?:/\d\d?){0,2})")
_TAGGED = re.compile(r"\"?(open access|[\w-]+)\"?\s*\[filter\]", re.IGNORECASE)
_NOISE = re.compile(r"\[[^\]]*\]|\b(?:and|or|not)\b|[()\"]", re.IGNORECASE)
_OA = {"open_access", "author_manuscript"}
_MOST = 9_999
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def eutils_service(folder: Path) -> Service:
    """Return the service over `pubmed/` of a world."""
    articles = json.loads((folder / "articles.json").read_text(encoding="utf-8"))

    def answer(request: Request) -> Answer:
        name = request.path.rsplit("/", 1)[-1]
        if name == "esearch.fcgi":
            return _esearch(request, articles)
        if name == "esummary.fcgi":
            return _esummary(request, articles)
        if name == "efetch.fcgi":
            return _efetch(request, articles, folder)
        return text_answer("no such utility", 404)

    return answer


def _parameters(request: Request) -> dict[str, str]:
    """Return the parameters of a GET or of a form that was posted."""
    sent = Request("GET", request.base, "/?" + request.body.decode("utf-8", "replace"))
    return {name: values[0] for name, values in {**request.query, **sent.query}.items()}


def _esearch(request: Request, articles: list[dict[str, Any]]) -> Answer:
    given = _parameters(request)
    header = {"type": "esearch", "version": "0.3"}
    term = given.get("term", "").strip()
    if given.get("db") != "pmc" or not term:
        result: dict[str, Any] = {"ERROR": "Empty term and query_key - nothing todo"}
        return json_answer({"header": header, "esearchresult": result})
    start, most = int(given.get("retstart", "0")), min(int(given.get("retmax", "20")), _MOST)
    if start >= _MOST:
        result = {"ERROR": f"Search Backend failed: retstart must be below {_MOST}"}
        return json_answer({"header": header, "esearchresult": result})
    found = [one["id"] for one in articles if _matches(one, term, given)]
    found.sort(key=int, reverse=True)
    page = found[start : start + most]
    result = {
        "count": str(len(found)),
        "retmax": str(len(page)),
        "retstart": str(start),
        "idlist": page,
        "translationset": [],
        "querytranslation": term,
    }
    if not found:
        result["errorlist"] = {"phrasesnotfound": _words(term), "fieldsnotfound": []}
    return json_answer({"header": header, "esearchresult": result})


def _matches(article: dict[str, Any], term: str, given: dict[str, str]) -> bool:
    filters = {name.lower().replace(" ", "_") for name in _TAGGED.findall(term)}
    allowed = {_LICENCE_FILTERS[name] for name in filters if name in _LICENCE_FILTERS}
    if allowed and article["licence"] not in allowed:
        return False
    if not article["is_open_access"] and filters & _OA == {"open_access"}:
        return False
    ranges = _DATES.findall(term)
    if given.get("mindate") and given.get("maxdate"):
        ranges.append((given["mindate"], given["maxdate"]))
    published = article["published"]
    if any(not _day(low) <= published <= _day(high, "99") for low, high in ranges):
        return False
    words = _words(term)
    return not words or any(word in article["words"] for word in words)


def _day(text: str, rest: str = "01") -> str:
    parts = [part.zfill(2) for part in text.split("/")]
    return "-".join(parts + [rest] * (3 - len(parts)))


def _words(term: str) -> list[str]:
    """Return what is searched for besides filters, dates and operators."""
    bare = _DATES.sub(" ", _TAGGED.sub(" ", term))
    return [word for word in _NOISE.sub(" ", bare).lower().split() if len(word) > 2]


def _esummary(request: Request, articles: list[dict[str, Any]]) -> Answer:
    header = {"type": "esummary", "version": "0.3"}
    wanted = _parameters(request).get("id", "").split(",")
    known = {article["id"]: _summary(article) for article in articles}
    uids = [uid for uid in wanted if uid in known]
    result = {"uids": uids, **{uid: known[uid] for uid in uids}}
    return json_answer({"header": header, "result": result})


def _summary(article: dict[str, Any]) -> dict[str, Any]:
    year, month, day = map(int, article["published"].split("-"))
    stated = f"{year} {_MONTHS[month - 1]} {day}"
    return {
        "uid": article["id"],
        "pubdate": stated,
        "epubdate": stated,
        "printpubdate": "",
        "source": "J Invented Dermatol",
        "authors": [{"name": name, "authtype": "Author"} for name in article["authors"]],
        "title": article["title"],
        "articleids": [{"idtype": "pmcid", "value": f"PMC{article['id']}"}],
        "fulljournalname": "Journal of Invented Dermatology",
        "sortdate": f"{year}/{month:02d}/{day:02d} 00:00",
        "pmclivedate": f"{year}/{month:02d}/{day:02d}",
    }


def _efetch(request: Request, articles: list[dict[str, Any]], folder: Path) -> Answer:
    given = _parameters(request)
    wanted = {one.strip().removeprefix("PMC") for one in given.get("id", "").split(",")}
    parts = []
    for article in articles:
        if article["id"] in wanted:
            xml = full_text(folder, article)
            parts.append(xml[xml.index("<article ") :])
    body = f'<?xml version="1.0" ?>\n<pmc-articleset>{"".join(parts)}</pmc-articleset>\n'
    return text_answer(body, content_type="text/xml")
