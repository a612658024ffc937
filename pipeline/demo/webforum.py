"""The demo's HTML forum over HTTP: index pages, threads, pictures and robots.txt."""

import html
import json
from pathlib import Path
from typing import Any

from pipeline.demo.wire import Answer, Request, Service, html_answer, text_answer

_PER_PAGE = 3
_ROBOTS = "User-agent: *\nDisallow: /private/\nCrawl-delay: 0.1\n"


def webforum_service(folder: Path) -> Service:
    """Return the forum over `webforum/` of a world."""
    threads = json.loads((folder / "threads.json").read_text(encoding="utf-8"))
    by_path = {str(thread["path"]): thread for thread in threads}

    def answer(request: Request) -> Answer:
        path = request.path
        if path == "/robots.txt":
            return text_answer(_ROBOTS)
        if path in ("/", "/index.html"):
            return _index(request, threads)
        if path in by_path:
            return _thread(by_path[path])
        picture = folder / "pictures" / path.rsplit("/", 1)[-1]
        if path.startswith("/pictures/") and picture.is_file():
            return Answer(200, "image/jpeg", picture.read_bytes())
        return html_answer("<h1>Not found</h1>\n", title="404", status=404)

    return answer


def _index(request: Request, threads: list[dict[str, Any]]) -> Answer:
    page = int(request.value("page", "1"))
    shown = threads[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    lines = "".join(
        f'<li><a class="thread" href="{one["path"]}">{html.escape(one["title"])}</a></li>\n'
        for one in shown
    )
    more = ""
    if page * _PER_PAGE < len(threads):
        more = f'<a class="next" rel="next" href="/index.html?page={page + 1}">Older threads</a>\n'
    body = f'<h1>Skin talk</h1>\n<ul class="threads">\n{lines}</ul>\n{more}'
    return html_answer(body, title="Skin talk")


def _thread(thread: dict[str, Any]) -> Answer:
    posts = "".join(_post(post) for post in thread["posts"])
    title = html.escape(thread["title"])
    body = (
        f'<h1 class="title">{title}</h1>\n{posts}'
        '<footer>Everything written here is under <a rel="license" '
        'href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</footer>\n'
    )
    return html_answer(body, title=title)


def _post(post: dict[str, Any]) -> str:
    picture = ""
    if post["picture"]:
        picture = f'<img class="photo" src="../pictures/{post["picture"]}" alt="photo">'
    return (
        f'<article class="post"><header><span class="author">{post["author"]}</span> '
        f'<time datetime="{post["published"]}">{post["published"][:10]}</time></header>\n'
        f'<div class="body"><p>{html.escape(post["body"])}</p>{picture}</div></article>\n'
    )
