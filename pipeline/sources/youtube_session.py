"""yt-dlp as a library: one session of it, and its faults told apart.

Imported late: yt-dlp takes longer to load than most commands take to run.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import YoutubeDLError

from pipeline.sources.youtube_faults import Ear, VideoError, class_of

MAX_VIDEO_BYTES = 1024**3
MAX_CAPTION_BYTES = 16 * 1024 * 1024
# frames are all that is cut from a video: no sound, no more lines than are needed, H.264 first
FORMATS = "/".join(
    f"{kind}[ext=mp4]{rest}"
    for rest in ("[vcodec^=avc1][height<=720]", "[height<=720]", "")
    for kind in ("bv", "b")
)


@dataclass(frozen=True, slots=True)
class YtOptions:
    """How yt-dlp reaches YouTube. ``pause_s`` is its wait between two requests of one video."""

    proxy: str | None = None
    ca_file: str | None = None
    cookies: Path | None = None
    pause_s: float = 0.75


class _Session(YoutubeDL):  # type: ignore[misc]
    """A yt-dlp that also trusts one more authority, in this session alone."""

    def __init__(self, params: Mapping[str, Any], ca_file: str | None) -> None:
        self._ca_file = ca_file
        super().__init__(dict(params))

    def build_request_director(self, *args: Any, **options: Any) -> Any:
        director = super().build_request_director(*args, **options)
        for handler in director.handlers.values() if self._ca_file else ():
            handler._make_sslcontext = _trusting(handler._make_sslcontext, self._ca_file)
        return director


def _trusting(make: Any, ca_file: str | None) -> Any:
    def make_context(*args: Any, **options: Any) -> Any:
        context = make(*args, **options)
        context.load_verify_locations(cafile=ca_file)
        return context

    return make_context


class Video:
    """What yt-dlp extracted of one page, and the session that can fetch from it."""

    def __init__(self, session: _Session, info: dict[str, Any]) -> None:
        self._session = session
        self.info = info

    def captions(self, url: str) -> bytes:
        """Return captions as served.

        Raises:
            VideoError: they did not come.
        """
        try:
            with self._session.urlopen(Request(url)) as response:
                content = bytes(response.read(MAX_CAPTION_BYTES + 1))
        except HTTPError as fault:
            raise VideoError(class_of(f"HTTP Error {fault.status}"), str(fault)) from fault
        except RequestError as fault:
            raise VideoError("network_error", "the captions could not be reached") from fault
        if len(content) > MAX_CAPTION_BYTES:
            raise VideoError("too_large", f"the captions have over {MAX_CAPTION_BYTES:,} bytes")
        return content

    def download(self) -> tuple[Path, dict[str, Any]]:
        """Download the video; return the file and the facts of the format that was chosen.

        Raises:
            VideoError: it did not come.
        """
        with _told(self._session):
            done = self._session.process_ie_result(dict(self.info), download=True)
        for each in done.get("requested_downloads") or ():
            path = Path(each.get("filepath") or "")
            if path.is_file():
                return path, done
        raise VideoError("too_large", f"the video has over {MAX_VIDEO_BYTES:,} bytes")


@contextmanager
def open_page(url: str, options: YtOptions, folder: Path, n_entries: int = 1) -> Iterator[Video]:
    """Extract a watch page, or the first ``n_entries`` of a search, within a `with` block.

    Raises:
        VideoError: the page did not come.
    """
    with _Session(_params(options, folder, n_entries), options.ca_file) as session:
        with _told(session):
            info = session.extract_info(url, download=False, process=n_entries > 1)
        if not isinstance(info, dict):
            raise VideoError("malformed", f"yt-dlp makes nothing of {url}")
        yield Video(session, info)


def _params(options: YtOptions, folder: Path, n_entries: int) -> dict[str, Any]:
    deno = Path(sys.executable).with_name("deno")
    params: dict[str, Any] = {
        "quiet": True,
        "noprogress": True,
        "no_color": True,
        "logger": Ear(),
        "cachedir": False,
        "allowed_extractors": ["youtube.*"],
        "extract_flat": "in_playlist",
        "playlistend": n_entries,
        "format": FORMATS,
        "paths": {"home": str(folder)},
        "outtmpl": "%(id)s.%(ext)s",
        "max_filesize": MAX_VIDEO_BYTES,
        # as a library yt-dlp tries nothing twice unless it is told to
        "retries": 10,
        "fragment_retries": 10,
        "extractor_retries": 3,
        "retry_sleep_functions": {"http": lambda n: min(options.pause_s * 2**n, 60)},
        "sleep_interval_requests": options.pause_s,
        "socket_timeout": 30,
        "updatetime": False,
        "extractor_args": {"youtube": {"skip": ["translated_subs"]}},
    }
    if deno.exists():
        params["js_runtimes"] = {"deno": {"path": str(deno)}}
    if options.proxy:
        params["proxy"] = options.proxy
    if options.cookies:
        params["cookiefile"] = io.StringIO(options.cookies.read_text("utf-8"))  # never written to
    return params


@contextmanager
def _told(session: YoutubeDL) -> Iterator[None]:
    try:
        yield
    except YoutubeDLError as fault:
        raise session.params["logger"].fault(str(fault)) from fault
