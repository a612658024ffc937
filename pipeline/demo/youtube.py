"""YouTube over the demo's videos, as yt-dlp's own extractor asks for it.

One service answers for all of YouTube's hosts; the TLS proxy brings it their requests.
"""

import html
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pipeline.demo.video_plans import PLAYLIST
from pipeline.demo.wire import Answer, Request, Service, json_answer, text_answer
from pipeline.demo.youtube_lists import CHANNEL_PATH, channel_data, channel_page, playlist_data
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
        self._waiting = {name for name, video in videos.items() if video["is_busy_once"]}
        self._lock = threading.Lock()
        self.routes: dict[str, Callable[[Request], Answer]] = {
            "/watch": self._watch,
            "/results": self._results,
            CHANNEL_PATH: lambda _: self._page({"ytInitialData": channel_data(self._shown())}),
            "/playlist": lambda _: self._page({"ytInitialData": self._listed()}),
            "/api/timedtext": self._captions,
            "/youtubei/v1/player": self._player,
            "/youtubei/v1/next": self._next,
            "/youtubei/v1/search": self._search,
            "/youtubei/v1/browse": self._browse,
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
        if video is None or _is_withheld(video):
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
        if video is None or _is_withheld(video):
            return text_answer("no such picture", 404)
        return Answer(200, "image/jpeg", self._file(video, "jpg").read_bytes())

    def _file(self, video: Video, suffix: str) -> Path:
        return self._folder / f"{video['id']}.{suffix}"

    def _response(self, video: Video) -> dict[str, Any]:
        size = 0 if _is_withheld(video) else self._file(video, "mp4").stat().st_size
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
        if video is None or _is_withheld(video):
            return text_answer("", 404)
        with self._lock:
            is_waiting = video["id"] in self._waiting
            self._waiting.discard(video["id"])
        if is_waiting:
            return text_answer("slow down", 429)
        if request.value("fmt") != "json3":
            return Answer(200, "text/vtt", self._file(video, "vtt").read_bytes())
        if video["captions"] == "vtt":
            return Answer(200, "application/json", b"")
        suffix = "json3" if request.value("kind") == "asr" else "manual.json3"
        return Answer(200, "application/json", self._file(video, suffix).read_bytes())

    def _player(self, request: Request) -> Answer:
        video = self._videos.get(str(_sent(request).get("videoId")))
        if video is None:
            status = {"status": "ERROR", "reason": "Video unavailable"}
            return json_answer({"playabilityStatus": status})
        return json_answer(self._response(video))

    def _next(self, request: Request) -> Answer:
        video = self._videos.get(str(_sent(request).get("videoId")))
        return json_answer(watch_data(video) if video else {})

    def _shown(self) -> list[Video]:
        """Return the videos of the channel, the latest first."""
        shown = (video for video in self._videos.values() if not _is_withheld(video))
        return sorted(shown, key=lambda video: str(video["published"]), reverse=True)

    def _listed(self) -> dict[str, Any]:
        return playlist_data([self._videos[name] for name in PLAYLIST if name in self._videos])

    def _browse(self, request: Request) -> Answer:
        sent = _sent(request)
        if str(sent.get("browseId")).startswith("VL"):  # a playlist, unavailable videos included
            return json_answer(self._listed())
        return json_answer(channel_page(self._shown(), str(sent.get("continuation"))))

    def _search(self, request: Request) -> Answer:
        sent = _sent(request)
        query, filters = str(sent.get("query", "")), str(sent.get("params") or "")
        return json_answer(search_data(list(self._videos.values()), query, filters))


def _is_withheld(video: Video) -> bool:
    return bool(video["is_removed"] or video["is_private"])


def _sent(request: Request) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}
