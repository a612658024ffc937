"""Pace: when YouTube may be asked, how long a refusal is waited out, and when we give up."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import TypeVar

from pipeline.errors import SourceError
from pipeline.source_entries import YouTubeSource
from pipeline.sources.hosts import Host
from pipeline.sources.youtube_archive import Archive
from pipeline.sources.youtube_faults import VideoError

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# How often one thing is asked for. yt-dlp has tried most faults again by itself, but never a 429.
ATTEMPTS = {"rate_limited": 5, "server_error": 3, "network_error": 2}
# Pages in a row that end so, until the source stops: then it is not the videos.
MOST_IN_A_ROW = {"rate_limited": 3, "network_error": 10}
MAX_WAIT_S = 900.0
_RESUME = "run the same command again later: it goes on where it stopped"


class Pace:
    """The turns of one source: rate, quota of a day, and waits that grow. Thread-safe."""

    def __init__(
        self, entry: YouTubeSource, host: Host, archive: Archive | None, patience_s: float
    ) -> None:
        self.host = host
        self._quota = entry.quota_per_day
        self._archive = archive
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._in_a_row: Counter[str] = Counter()

    @contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Wait for a turn to open a page, and hold it for the time of a `with` block.

        Raises:
            SourceError: the quota of the day is used up.
        """
        with self.host.turn():
            self._spend(url)
            yield

    def _spend(self, url: str) -> None:
        if self._quota is None or self._archive is None:
            return
        with self._lock:
            if self._archive.pages_today() >= self._quota:
                raise SourceError(
                    f"the quota of {self._quota} pages for today is used up; raise quota_per_day, "
                    f"or {_RESUME}"
                )
            self._archive.note_page(url)

    def patiently(self, work: Callable[[], Result]) -> Result:
        """Do work; after a fault that passes, wait twice as long each time and do it again.

        Raises:
            VideoError: the fault does not pass, or not in time.
            SourceError: YouTube asks us to wait for longer than we do.
        """
        attempt = 0
        while True:
            try:
                return work()
            except VideoError as fault:
                attempt += 1
                if attempt >= ATTEMPTS.get(fault.status, 1):
                    raise
                self._wait(fault, self._patience_s * 2 ** (attempt - 1))

    def _wait(self, fault: VideoError, seconds: float) -> None:
        seconds = max(seconds, fault.wait_s)
        if seconds > MAX_WAIT_S:
            raise SourceError(f"YouTube asks us to wait for {seconds:g} s; {_RESUME}") from fault
        log.info("youtube: %s; asked again in %g s", fault, seconds)
        if fault.status == "rate_limited":
            self.host.count(rate_limited=1)
            self.host.pause(seconds)  # the others that ask wait, too
        self.host.count(retries=1)
        sleep(seconds)

    def note(self, fault: VideoError | None) -> None:
        """Count how a page ended.

        Raises:
            SourceError: too many in a row ended so that the videos cannot be the cause.
        """
        status = fault.status if fault else "ok"
        with self._lock:
            before = self._in_a_row[status]
            self._in_a_row.clear()
            if fault is None or status not in MOST_IN_A_ROW:
                return
            self._in_a_row[status] = before + 1
        if before + 1 >= MOST_IN_A_ROW[status]:
            raise SourceError(
                f"YouTube refused {before + 1} pages in a row ({fault}); lower the rate of the "
                f"catalog entry, set DERMCURATE_YOUTUBE_COOKIES, or {_RESUME}"
                if status == "rate_limited"
                else f"YouTube was not reached {before + 1} times in a row ({fault}); check the "
                f"network, then {_RESUME}"
            ) from fault
