"""yt-dlp as a library: sessions that open pages, and what can be fetched from a page.

Imported late: yt-dlp takes longer to load than most commands take to run.
"""

from __future__ import annotations

import io
import queue
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import YoutubeDLError
from yt_dlp.version import __version__ as YT_DLP_VERSION  # noqa: N812 - a constant

from pipeline.sources.youtube_faults import Ear, VideoError, fault_of
from pipeline.sources.youtube_web import Session

MAX_CAPTION_BYTES = 16 * 1024 * 1024
_MB = 1024 * 1024
_SOUND = "ba[ext=m4a]/ba"
_NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class YtOptions:
    """How yt-dlp reaches YouTube, and how much it fetches of a video.

    ``pause_s`` is its wait between two requests of one page.
    """

    proxy: str | None = None
    ca_file: str | None = None
    cookies: Path | None = None
    pause_s: float = 0.75
    max_height_px: int = 720
    max_video_mb: int = 512

    @property
    def pictures(self) -> str:
        """Format for frames: no sound, no more lines than wanted, H.264 in mp4 first."""
        within = f"[ext=mp4][height<={self.max_height_px}][filesize<?{self.max_video_mb}M]"
        choices = [
            f"{kind}{within}{codec}" for codec in ("[vcodec^=avc1]", "") for kind in ("bv", "b")
        ]
        return "/".join((*choices, "wv[ext=mp4]", "w[ext=mp4]"))


class Video:
    """What yt-dlp extracted of one page, and the session that can fetch from it."""

    def __init__(
        self, session: Session, info: dict[str, Any], options: YtOptions, ear: Ear
    ) -> None:
        self._session = session
        self._options = options
        self._ear = ear
        self.info = info

    @property
    def withholds_captions(self) -> bool:
        """Tell whether there are captions that YouTube gives only to a player with a token."""
        return self._ear.withholds_captions

    def captions(self, url: str) -> bytes:
        """Return captions as served.

        Raises:
            VideoError: they did not come.
        """
        try:
            with self._session.urlopen(Request(url)) as response:
                content = bytes(response.read(MAX_CAPTION_BYTES + 1))
        except HTTPError as fault:
            told = fault_of(f"HTTP Error {fault.status}", str(fault))
            told.wait_s = self._session.asked_to_wait_s
            raise told from fault
        except RequestError as fault:
            raise fault_of(f"connection {fault}", str(fault)) from fault
        if len(content) > MAX_CAPTION_BYTES:
            raise VideoError("too_large", f"the captions have over {MAX_CAPTION_BYTES:,} bytes")
        return content

    @property
    def tool(self) -> str:
        """What extracted the page, with its version."""
        return f"yt-dlp {YT_DLP_VERSION}"

    @cached_property
    def chosen(self) -> Mapping[str, Any] | None:
        """The facts of the format that frames are cut from, or null if there is none."""
        try:
            return self._choose(self._options.pictures, download=False)
        except VideoError:
            return None

    @property
    def has_sound_apart(self) -> bool:
        """Tell whether the pictures come without sound, which then is a file of its own."""
        return self.chosen is not None and self.chosen.get("acodec") in (None, "none")

    def pictures(self) -> Path:
        """Download the pictures.

        Raises:
            VideoError: they did not come.
        """
        return self._download(self._options.pictures)

    def sound(self) -> Path:
        """Download the sound alone.

        Raises:
            VideoError: it did not come.
        """
        return self._download(_SOUND)

    def _download(self, form: str) -> Path:
        done = self._choose(form, download=True)
        for each in done.get("requested_downloads") or ():
            path = Path(each.get("filepath") or "")
            if path.is_file():
                return path
        raise VideoError("too_large", f"the file has over {self._options.max_video_mb} MB")

    def _choose(self, form: str, *, download: bool) -> Mapping[str, Any]:
        session = self._session
        session.params.update(writesubtitles=False, writeautomaticsub=False)
        session.format_selector = session.build_format_selector(form)
        with told_faults(session, self._ear):
            done: dict[str, Any] = session.process_ie_result(dict(self.info), download=download)
        return done


class Sessions:
    """Opens pages, each with a session of its own; sessions are kept and lent again.

    A session that lasts keeps its connections and the player that it has read, which YouTube would
    else be asked for with each video.
    """

    def __init__(self, options: YtOptions) -> None:
        self._options = options
        self._idle: queue.SimpleQueue[tuple[Session, Ear]] = queue.SimpleQueue()

    @contextmanager
    def open_page(self, url: str, folder: Path, n_entries: int = 1) -> Iterator[Video]:
        """Extract a watch page, or the first ``n_entries`` of a list, within a `with` block.

        Raises:
            VideoError: the page did not come.
            SourceError: no page at all can be had.
        """
        session, ear = self._lent()
        # a list that breaks off in its midst would else end there without a word
        incomplete = {"raise_incomplete_data": ["1"]} if n_entries > 1 else {}
        session.params.update(
            extractor_args={"youtube": {"skip": ["translated_subs"], **incomplete}},
            paths={"home": str(folder)},
            playlistend=n_entries,
            # nothing is written, but captions that are withheld are complained of
            writesubtitles=True,
            writeautomaticsub=True,
        )
        try:
            with told_faults(session, ear):
                info = session.extract_info(url, download=False, process=n_entries > 1)
            if not isinstance(info, dict):
                raise VideoError("malformed", f"yt-dlp makes nothing of {url}", "malformed")
            yield Video(session, info, self._options, ear)
        finally:
            self._idle.put((session, ear))

    def close(self) -> None:
        """Close the connections of all sessions."""
        while not self._idle.empty():
            self._idle.get()[0].close()

    def _lent(self) -> tuple[Session, Ear]:
        try:
            session, ear = self._idle.get_nowait()
        except queue.Empty:
            ear = Ear()
            max_media = self._options.max_video_mb * _MB
            session = Session(_params(self._options, ear), self._options.ca_file, max_media)
        session.begin()
        ear.forget()
        return session, ear


def _params(options: YtOptions, ear: Ear) -> dict[str, Any]:
    deno = Path(sys.executable).with_name("deno")
    params: dict[str, Any] = {
        "quiet": True,
        "noprogress": True,
        "no_color": True,
        "logger": ear,
        "cachedir": False,
        "allowed_extractors": ["youtube.*"],
        "extract_flat": "in_playlist",
        "format": options.pictures,
        "outtmpl": "%(id)s.%(ext)s",
        "max_filesize": options.max_video_mb * _MB,
        # as a library yt-dlp tries nothing twice unless it is told to
        "retries": 10,
        "fragment_retries": 10,
        "extractor_retries": 3,
        "retry_sleep_functions": {"http": lambda n: min(options.pause_s * 2**n, 60)},
        "sleep_interval_requests": options.pause_s,
        "socket_timeout": 30,
        "updatetime": False,
    }
    if deno.exists():
        params["js_runtimes"] = {"deno": {"path": str(deno)}}
    if options.proxy:
        params["proxy"] = options.proxy
    if options.cookies:
        params["cookiefile"] = io.StringIO(options.cookies.read_text("utf-8"))  # never written to
    return params


@contextmanager
def told_faults(session: Session, ear: Ear) -> Iterator[None]:
    """Turn yt-dlp's complaints within a `with` block into one fault.

    Raises:
        VideoError: the page or the file did not come.
        SourceError: no page at all can be had.
    """
    try:
        yield
    except YoutubeDLError as raised:
        fault = ear.fault(str(raised))
        if isinstance(fault, VideoError):
            fault.wait_s = session.asked_to_wait_s
        raise fault from raised
    except _NONSENSE as raised:  # yt-dlp believes in the shape of what it reads
        told = f"yt-dlp cannot read the answer ({type(raised).__name__}: {str(raised)[:100]})"
        raise VideoError("malformed", told, "malformed") from raised
