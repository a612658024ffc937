"""Arctic Shift's API over the demo's subreddit, and Reddit's picture host."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.demo.posts import SUBREDDIT
from pipeline.demo.wire import Answer, Request, Service, json_answer, text_answer

_RULE = "By posting here you place your text and pictures under the licence CC BY 4.0."
_LIMITS = {"X-RateLimit-Limit": "2000", "X-RateLimit-Remaining": "1999", "X-RateLimit-Reset": "9"}


def arctic_service(folder: Path, media_url: Callable[[], str]) -> Service:
    """Return the API over `reddit/` of a world; picture addresses lead to `media_url()`."""
    text = (folder / "posts.json").read_text(encoding="utf-8")
    comments = json.loads((folder / "comments.json").read_text(encoding="utf-8"))

    def answer(request: Request) -> Answer:
        ours = text.replace("https://i.redd.it", media_url())
        posts = json.loads(ours.replace("https://preview.redd.it", media_url()))
        status, data = _asked(request, posts, comments)
        error = None if status == 200 else data
        body = {"data": data if status == 200 else None, "error": error}
        made = json_answer(body, status)
        return Answer(made.status, made.content_type, made.body, dict(_LIMITS))

    return answer


def reddit_media_service(folder: Path) -> Service:
    """Return Reddit's picture host over `reddit/media/` of a world."""

    def answer(request: Request) -> Answer:
        name = request.path.rsplit("/", 1)[-1]
        path = folder / "media" / name
        if not name.endswith(".jpg") or not path.is_file():
            return text_answer("Not Found", 404)
        return Answer(200, "image/jpeg", path.read_bytes())

    return answer


def _asked(
    request: Request, posts: list[dict[str, Any]], comments: dict[str, Any]
) -> tuple[int, Any]:
    path = request.path.rstrip("/").removeprefix("/api")
    if path == "/posts/search":
        return _search(request, posts)
    if path == "/posts/ids":
        wanted = [one.removeprefix("t3_") for one in request.value("ids").split(",")]
        return 200, _trimmed(request, [post for post in posts if post["id"] in wanted])
    if path == "/comments/tree":
        link = request.value("link_id").removeprefix("t3_")
        return 200, comments.get(link, [])
    if path == "/subreddits/search":
        row = {"display_name": SUBREDDIT, "public_description": "Skin cases", "description": _RULE}
        return 200, [row]
    return 404, "no such endpoint"


def _search(request: Request, posts: list[dict[str, Any]]) -> tuple[int, Any]:
    limit = request.value("limit", "25")
    if limit != "auto" and not (limit.isdecimal() and 1 <= int(limit) <= 100):
        return 400, "limit must be 'auto' or a number from 1 to 100"
    subreddit = request.value("subreddit").lower()
    try:
        after, before = _moment(request.value("after")), _moment(request.value("before"))
    except ValueError:
        return 400, "after and before must be dates or seconds"
    words = request.value("query").lower()
    found = [
        post
        for post in posts
        if (not subreddit or post["subreddit"].lower() == subreddit)
        and (after is None or post["created_utc"] > after)
        and (before is None or post["created_utc"] < before)
        and words in f"{post['title']} {post['selftext']}".lower()
    ]
    found.sort(key=lambda post: int(post["created_utc"]), reverse=request.value("sort") != "asc")
    return 200, _trimmed(request, found[: 100 if limit == "auto" else int(limit)])


def _moment(text: str) -> float | None:
    """Read seconds, milliseconds or an ISO date; none from nothing."""
    if not text:
        return None
    if text.replace(".", "", 1).isdecimal():
        return float(text) / (1000 if float(text) > 1e11 else 1)
    when = datetime.datetime.fromisoformat(text)
    zoned = when if when.tzinfo else when.replace(tzinfo=datetime.UTC)
    return zoned.timestamp()


def _trimmed(request: Request, posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fields = [one for one in request.value("fields").split(",") if one]
    if not fields:
        return posts
    return [{name: post[name] for name in fields if name in post} for post in posts]
