"""Europe PMC over the demo's articles: a search, and the full text of what is open access."""

import json
import re
from pathlib import Path
from typing import Any

from pipeline.demo.articles import full_text
from pipeline.demo.wire import Answer, Request, Service, json_answer, text_answer

_REST = "/europepmc/webservices/rest/"
_FULL_TEXT = re.compile(re.escape(_REST) + r"PMC([0-9]+)/fullTextXML")


def europepmc_service(folder: Path) -> Service:
    """Return the service over `pubmed/` of a world."""
    articles = json.loads((folder / "articles.json").read_text(encoding="utf-8"))
    open_access = {article["id"]: article for article in articles if article["is_open_access"]}

    def answer(request: Request) -> Answer:
        if request.path == f"{_REST}search":
            return _search(request, articles)
        found = _FULL_TEXT.fullmatch(request.path)
        article = open_access.get(found[1]) if found else None
        if article is None:
            return text_answer("no full text", 404)
        return text_answer(full_text(folder, article), content_type="application/xml")

    return answer


def _search(request: Request, articles: list[dict[str, Any]]) -> Answer:
    words = request.value("query").lower().split()
    found = [one for one in articles if all(word in one["words"] for word in words)]
    size = min(1000, int(request.value("pageSize", "25")))
    result = [
        {
            "id": one["id"],
            "source": "PMC",
            "pmcid": f"PMC{one['id']}",
            "title": one["title"],
            "isOpenAccess": "Y" if one["is_open_access"] else "N",
        }
        for one in found[:size]
    ]
    told = {"version": "6.9", "hitCount": len(found), "resultList": {"result": result}}
    return json_answer(told)
