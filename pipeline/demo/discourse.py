"""The demo's Discourse forum over HTTP: listings, topics, posts and uploads."""

import json
import re
from pathlib import Path
from typing import Any

from pipeline.demo.wire import Answer, Request, Service, json_answer, text_answer

_CHUNK = 20
_ROBOTS = """User-agent: *
Disallow: /admin/
Disallow: /auth/
Disallow: /email/
Disallow: /session
Disallow: /user-api-key
Disallow: /*?api_key*
"""
_MISSING = {
    "errors": ["The requested URL or resource could not be found."],
    "error_type": "not_found",
}


def discourse_service(folder: Path) -> Service:
    """Return the forum over `discourse/` of a world."""
    text = (folder / "topics.json").read_text(encoding="utf-8")

    def answer(request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer(_ROBOTS)
        if request.path.startswith("/uploads/"):
            return _upload(folder, request.path)
        ours = text.replace("%BASE%", request.base).replace("%HOST%", request.host)
        topics: list[dict[str, Any]] = json.loads(ours)
        category = re.fullmatch(r"/c/([a-z]+/\d+)\.json", request.path)
        if request.path == "/latest.json" or category:
            wanted = [one for one in topics if not category or one["category"] == category[1]]
            return _latest(request, wanted)
        return _topic(request, {str(topic["id"]): topic for topic in topics})

    return answer


def _upload(folder: Path, path: str) -> Answer:
    place = folder / path.lstrip("/")
    if ".." in path or not place.is_file():
        return json_answer(_MISSING, 404)
    return Answer(200, "image/jpeg", place.read_bytes())


def _latest(request: Request, topics: list[dict[str, Any]]) -> Answer:
    size = min(100, max(1, int(request.value("per_page", "30"))))
    page = int(request.value("page", "0"))
    newest = sorted(topics, key=lambda topic: str(topic["posts"][0]["created_at"]), reverse=True)
    shown = newest[page * size : (page + 1) * size]
    listing: dict[str, Any] = {"can_create_topic": False, "per_page": size}
    if (page + 1) * size < len(newest):
        listing["more_topics_url"] = f"/latest?no_definitions=true&page={page + 1}"
    listing["topics"] = [_summary(topic) for topic in shown]
    users = sorted({str(post["username"]) for topic in shown for post in topic["posts"]})
    return json_answer(
        {
            "users": [
                {"id": number, "username": name, "name": None, "avatar_template": "/a/{size}.png"}
                for number, name in enumerate(users, 1)
            ],
            "topic_list": listing,
        }
    )


def _summary(topic: dict[str, Any]) -> dict[str, Any]:
    posts = topic["posts"]
    return {
        "id": topic["id"],
        "title": topic["title"],
        "slug": topic["slug"],
        "posts_count": len(posts),
        "reply_count": len(posts) - 1,
        "highest_post_number": len(posts),
        "image_url": None,
        "created_at": posts[0]["created_at"],
        "last_posted_at": posts[-1]["created_at"],
        "bumped_at": posts[-1]["created_at"],
        "category_id": int(topic["category"].split("/")[1]),
        "tags": topic["tags"],
        "visible": True,
        "closed": False,
        "archived": False,
        "views": 10,
        "like_count": 0,
    }


def _topic(request: Request, topics: dict[str, dict[str, Any]]) -> Answer:
    asked = re.fullmatch(r"/t/(?:[^/]+/)?(\d+)(/posts)?\.json", request.path)
    topic = topics.get(asked[1]) if asked else None
    if asked is None or topic is None:
        return json_answer(_MISSING, 404)
    posts = [_post(topic, number) for number in range(len(topic["posts"]))]
    if asked[2]:
        wanted = set(request.query.get("post_ids[]", []))
        chosen = [post for post in posts if str(post["id"]) in wanted]
        return json_answer({"post_stream": {"posts": chosen}, "id": topic["id"]})
    stream = {"posts": posts[:_CHUNK], "stream": [post["id"] for post in posts]}
    return json_answer({**_summary(topic), "post_stream": stream, "deleted_at": None})


def _post(topic: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "user_deleted": False,
        **topic["posts"][number],
        "name": None,
        "updated_at": topic["posts"][number]["created_at"],
        "post_number": number + 1,
        "post_type": 1,
        "reply_to_post_number": 1 if number > 1 else None,
        "link_counts": [],
        "hidden": False,
        "deleted_at": None,
        "version": 1,
        "topic_id": topic["id"],
        "topic_slug": topic["slug"],
        "user_id": number + 1,
    }
