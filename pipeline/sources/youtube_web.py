"""What yt-dlp may ask for: YouTube's hosts alone, so many requests, so many bytes, so much time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from yt_dlp import YoutubeDL
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError, RequestError

from pipeline.sources.youtube_faults import VideoError

MAX_REQUESTS = 1000  # for one page: lists have many parts, and lists without end exist
MAX_PAGE_BYTES = 32 * 1024 * 1024
MAX_PAGE_S = 180.0
MAX_MEDIA_S = 3600.0
_CHUNK_BYTES = 64 * 1024
_HOSTS = ("youtube.com", "googlevideo.com", "ytimg.com", "youtube-nocookie.com", "google.com")


def is_youtubes(url: str) -> bool:
    """Tell whether an address is one of YouTube's, over TLS."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and any(
        host == own or host.endswith(f".{own}") for own in _HOSTS
    )


class Session(YoutubeDL):  # type: ignore[misc]
    """A yt-dlp that asks YouTube alone, stays within limits, and may trust one more authority.

    ``asked_to_wait_s`` is the longest `Retry-After` since `begin`.
    """

    def __init__(self, params: Mapping[str, Any], ca_file: str | None, max_media: int) -> None:
        self._ca_file = ca_file
        self._max_media = max_media
        self._requests = 0
        self.asked_to_wait_s = 0.0
        super().__init__(dict(params))

    def begin(self) -> None:
        """Begin another page: the limits hold anew."""
        self._requests = 0
        self.asked_to_wait_s = 0.0

    def urlopen(self, req: Any) -> Any:
        """Ask, within the limits.

        Raises:
            VideoError: the address is not YouTube's, or a limit was passed.
        """
        url = req if isinstance(req, str) else req.url
        if not is_youtubes(url):
            raise VideoError("refused_address", _refused(url), "malformed")
        self._requests += 1
        if self._requests > MAX_REQUESTS:
            raise VideoError("too_large", f"one page took over {MAX_REQUESTS:,} requests")
        try:
            response = super().urlopen(Request(url) if isinstance(req, str) else req)
        except HTTPError as fault:
            self._hear_wait(fault)
            raise
        is_media = (urlsplit(url).hostname or "").endswith("googlevideo.com")
        return _bounded(
            response,
            self._max_media if is_media else MAX_PAGE_BYTES,
            MAX_MEDIA_S if is_media else MAX_PAGE_S,
        )

    def _hear_wait(self, fault: HTTPError) -> None:
        told = fault.response.headers.get("Retry-After") or ""
        if fault.status == 429 and told.isdecimal() and len(told) < 8:
            self.asked_to_wait_s = max(self.asked_to_wait_s, float(told))

    def build_request_director(self, *args: Any, **options: Any) -> Any:
        """Build what sends requests, with our authority and our redirects."""
        director = super().build_request_director(*args, **options)
        for handler in director.handlers.values():
            if self._ca_file:
                handler._make_sslcontext = _trusting(handler._make_sslcontext, self._ca_file)
            if handler.RH_NAME == "requests":
                handler._create_instance = _guarding(handler._create_instance)
        return director


def _trusting(make: Callable[..., Any], ca_file: str) -> Callable[..., Any]:
    def make_context(*args: Any, **options: Any) -> Any:
        context = make(*args, **options)
        context.load_verify_locations(cafile=ca_file)
        return context

    return make_context


def _guarding(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let a session look at where a redirect leads before it follows."""

    def make_session(*args: Any, **options: Any) -> Any:
        session = make(*args, **options)
        follow = session.get_redirect_target

        def redirect_target(response: Any) -> str | None:
            where: str | None = follow(response)
            if where is not None and not is_youtubes(urljoin(response.url, where)):
                # any other exception would make yt-dlp try its next way to ask
                raise RequestError(_refused(where))
            return where

        session.get_redirect_target = redirect_target
        return session

    return make_session


def _refused(url: str) -> str:
    return f"YouTube led to {url[:100]!r}, which is not its own host"


def _bounded(response: Any, most: int, seconds: float) -> Any:
    """Let a response be read up to so many bytes, unpacked, and for so many seconds."""
    read, deadline, taken = response.read, time.monotonic() + seconds, 0

    def read_some(amount: int) -> bytes:
        nonlocal taken
        if time.monotonic() > deadline:
            raise VideoError("network_error", f"an answer took over {seconds:g} s: too slow")
        content: bytes = read(amount)
        taken += len(content)
        if taken > most:
            raise VideoError("too_large", f"an answer has over {most:,} bytes")
        return content

    def read_bounded(amount: int | None = None) -> bytes:
        if amount is not None and amount >= 0:
            return read_some(amount)
        return b"".join(iter(lambda: read_some(_CHUNK_BYTES), b""))

    response.read = read_bounded
    return response
