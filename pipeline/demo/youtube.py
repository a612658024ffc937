"""YouTube over the demo's videos, as yt-dlp's own extractor asks for it.

One service answers for all of YouTube's hosts; the TLS proxy brings it their requests.
"""

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pipeline.demo.wire import Answer, Request, Service, json_answer, text_answer
from pipeline.demo.youtube_pages import (
    Video,
    configuration,
    player_response,
    search_data,
    watch_data,
)
from pipeline.demo.youtube_player import PLAYER_SCRIPT, solution

HOSTS = (
    "youtube.com",
    "*.youtube.com",
    "*.googlevideo.com",
    "i.ytimg.com",
    "*.google.com",
    "*.youtube-nocookie.com",
    "*.googleapis.com",
)
_VTT = "WEBVTT\nKind: captions\nLanguage: en\n\n"


def youtube_service(folder: Path) -> Service:
    """Return the service over `youtube/` of a world."""
    rows = json.loads((folder / "videos.json").read_text(encoding="utf-8"))
    site = _Site(folder, {str(row["id"]): row for row in rows})

    def answer(request: Request) -> Answer:
        host = urlsplit(request.base).hostname or ""
        if host.endswith("googlevideo.com"):
            return site.media(request)
        if host == "i.ytimg.com":
            return site.thumbnail(request)
        if request.path.startswith("/s/player/") and request.path.endswith(".js"):
            return text_answer(PLAYER_SCRIPT, content_type="text/javascript")
        return site.routes.get(request.path, site.home)(request)

    return answer


class _Site:
    """What www.youtube.com answers, path by path."""

    def __init__(self, folder: Path, videos: dict[str, Video]) -> None:
        self._folder = folder
        self._videos = videos
        self.routes: dict[str, Callable[[Request], Answer]] = {
            "/watch": self._watch,
            "/results": self._results,
            "/api/timedtext": self._captions,
            "/youtubei/v1/player": self._player,
            "/youtubei/v1/next": self._next,
            "/youtubei/v1/search": self._search,
            "/robots.txt": lambda _: text_answer("User-agent: *\nDisallow: /results\n"),
        }

    def home(self, request: Request) -> Answer:
        """Answer any other page with the configuration alone, any API with 404."""
        if request.path.startswith("/youtubei/"):
            return json_answer({"error": {"code": 404, "message": "not found"}}, 404)
        return self._page({})

    def media(self, request: Request) -> Answer:
        """Serve a video's file, if its challenges were solved."""
        video = self._videos.get(request.value("id"))
        if video is None or video["is_removed"]:
            return text_answer("no such video", 404)
        solved = request.value("n") == solution(video["id"], "n")
        signed = request.value("sig") == solution(video["id"], "s")
        if not solved or (video["is_ciphered"] and not signed):
            return text_answer("n or signature is wrong", 403)
        return Answer(200, "video/mp4", self._file(video, "mp4").read_bytes())

    def thumbnail(self, request: Request) -> Answer:
        """Serve a video's still."""
        parts = request.path.strip("/").split("/")
        video = self._videos.get(parts[1]) if len(parts) > 2 else None
        if video is None or video["is_removed"]:
            return text_answer("no such picture", 404)
        return Answer(200, "image/jpeg", self._file(video, "jpg").read_bytes())

    def _file(self, video: Video, suffix: str) -> Path:
        return self._folder / f"{video['id']}.{suffix}"

    def _response(self, video: Video) -> dict[str, Any]:
        size = 0 if video["is_removed"] else self._file(video, "mp4").stat().st_size
        return player_response(video, size)

    def _page(self, values: dict[str, Any]) -> Answer:
        scripts = "".join(
            f"<script>var {name} = {json.dumps(value)};</script>\n"
            for name, value in values.items()
        )
        page = (
            "<!DOCTYPE html><html><head><title>YouTube</title>\n"
            f"<script>ytcfg.set({json.dumps(configuration())});</script></head>\n"
            f"<body>{scripts}</body></html>"
        )
        return text_answer(page, content_type="text/html")

    def _watch(self, request: Request) -> Answer:
        video = self._videos.get(request.value("v"))
        if video is None:
            return text_answer(html.escape("no such video"), 404, "text/html")
        response = self._response(video)
        response.pop("streamingData", None)
        return self._page({"ytInitialPlayerResponse": response, "ytInitialData": watch_data(video)})

    def _results(self, request: Request) -> Answer:
        found = search_data(
            list(self._videos.values()),
            request.value("search_query"),
            quote(request.value("sp")),
        )
        return self._page({"ytInitialData": found})

    def _captions(self, request: Request) -> Answer:
        video = self._videos.get(request.value("v"))
        if video is None or video["is_removed"]:
            return text_answer("", 404)
        if request.value("fmt") == "json3":
            return Answer(200, "application/json", self._file(video, "json3").read_bytes())
        return text_answer(_VTT + _as_vtt(self._file(video, "json3")), content_type="text/vtt")

    def _player(self, request: Request) -> Answer:
        video = self._videos.get(str(_sent(request).get("videoId")))
        if video is None:
            status = {"status": "ERROR", "reason": "Video unavailable"}
            return json_answer({"playabilityStatus": status})
        return json_answer(self._response(video))

    def _next(self, request: Request) -> Answer:
        video = self._videos.get(str(_sent(request).get("videoId")))
        return json_answer(watch_data(video) if video else {})

    def _search(self, request: Request) -> Answer:
        sent = _sent(request)
        query, filters = str(sent.get("query", "")), str(sent.get("params") or "")
        return json_answer(search_data(list(self._videos.values()), query, filters))


def _sent(request: Request) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _as_vtt(path: Path) -> str:
    cues = []
    for event in json.loads(path.read_text(encoding="utf-8"))["events"]:
        words = "".join(seg["utf8"] for seg in event.get("segs", [])).strip()
        if words:
            start, end = event["tStartMs"], event["tStartMs"] + event["dDurationMs"]
            cues.append(f"{_clock(start)} --> {_clock(end)}\n{words}\n")
    return "\n".join(cues)


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
