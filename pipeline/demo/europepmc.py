"""Europe PMC over the demo's articles: the full text of those that are open access."""

import json
import re
from pathlib import Path

from pipeline.demo.articles import full_text
from pipeline.demo.wire import Answer, Request, Service, text_answer

_FULL_TEXT = re.compile(r"/europepmc/webservices/rest/PMC([0-9]+)/fullTextXML")


def europepmc_service(folder: Path) -> Service:
    """Return the service over `pubmed/` of a world."""
    articles = json.loads((folder / "articles.json").read_text(encoding="utf-8"))
    open_access = {article["id"]: article for article in articles if article["is_open_access"]}

    def answer(request: Request) -> Answer:
        found = _FULL_TEXT.fullmatch(request.path)
        article = open_access.get(found[1]) if found else None
        if article is None:
            return text_answer("no full text", 404)
        return text_answer(full_text(folder, article), content_type="application/xml")

    return answer
