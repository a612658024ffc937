"""The demo's HTML forum over HTTP: index pages, threads, pictures and robots.txt."""

import html
import json
from pathlib import Path
from typing import Any

from pipeline.demo.wire import Answer, Request, Service, html_answer, text_answer

_PER_PAGE = 3
_POSTS_PER_PAGE = 3
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
            return _thread(request, by_path[path])
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


def _thread(request: Request, thread: dict[str, Any]) -> Answer:
    page = int(request.value("page", "1"))
    shown = thread["posts"][(page - 1) * _POSTS_PER_PAGE : page * _POSTS_PER_PAGE]
    posts = "".join(_post(post, thread["trait"]) for post in shown)
    title = html.escape(thread["title"]) + (f" - page {page}" if page > 1 else "")
    more = ""
    if page * _POSTS_PER_PAGE < len(thread["posts"]):
        more = f'<a class="more" href="?page={page + 1}">More posts</a>\n'
    body = (
        f'<h1 class="title">{title}</h1>\n{posts}{more}'
        '<footer>Everything written here is under <a rel="license" '
        'href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</footer>\n'
    )
    if thread["trait"] == "noindex":
        body = f'<meta name="robots" content="noindex">\n{body}'
    return html_answer(body, title=title)


def _post(post: dict[str, Any], trait: str) -> str:
    author, quoted = post["author"], post["quotes"]
    picture = _picture(f"../pictures/{post['picture']}", trait) if post["picture"] else ""
    quote = f"<blockquote>{quoted} wrote: thank you all</blockquote>" if quoted else ""
    said = html.escape(post["body"]) + (f" As {quoted} says." if quoted else "")
    return (
        f'<article class="post"><header><span class="author">{author}</span> '
        f'<time datetime="{post["published"]}">{post["published"][:10]}</time></header>\n'
        f'<div class="body">{quote}<p>{said}</p>{picture}'
        f'<div class="signature">Yours, {author} - <a href="/members/{author}">my profile</a></div>'
        "</div></article>\n"
    )


def _picture(address: str, trait: str) -> str:
    """Return a picture: shown at once, loaded late, or attached."""
    if trait == "late":
        return f'<img class="photo" data-src="{address}" src="../blank.gif" alt="photo">'
    if trait == "attached":
        return f'<a class="attachment" href="{address}">photo.jpg</a>'
    return f'<img class="photo" src="{address}" alt="photo">'
