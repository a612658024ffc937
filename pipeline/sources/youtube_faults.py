"""Faults of YouTube: what yt-dlp complains of, told apart."""

from __future__ import annotations

import re
from typing import Any

# The first that fits decides: a 429 hides behind many other complaints.
_FAULTS = (
    ("rate_limited", r"HTTP Error 429|Too Many Requests|rate.?limited|not a bot"),
    ("server_error", r"HTTP Error 5\d\d"),
    ("gone", r"has been removed|no longer available|account .{0,80}terminated|HTTP Error 410"),
    ("access_denied", r"Private video|members.only|Sign in|confirm your age|not available in your"),
    ("network_error", r"timed out|connection|resolve|proxy|certificate|IncompleteRead"),
    ("gone", r"Video unavailable|This video is (?:not available|unavailable)"),
    ("not_found", r"HTTP Error 404"),
    ("access_denied", r"HTTP Error 40[13]|DRM"),
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PREFIX = re.compile(r"^(?:ERROR: )?(?:\[[^\]]+\] )?(?:[A-Za-z0-9_-]{11}: )?")
_TAIL = re.compile(r"; please report|\. (?:Use --|Confirm you|See )|\(caused by")


class VideoError(Exception):
    """A video that did not come: ``status`` is the class of the failure, one of media's."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Ear:
    """Listens to what yt-dlp complains of, as its logger: its exceptions often hide the cause."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def debug(self, message: str) -> None:
        """Ignore progress."""

    def info(self, message: str) -> None:
        """Ignore progress."""

    def warning(self, message: str, **_: Any) -> None:
        """Keep a complaint."""
        self.heard.append(message)

    def error(self, message: str, **_: Any) -> None:
        """Keep a complaint."""
        self.heard.append(message)

    def fault(self, raised: str) -> VideoError:
        """Return the fault that an exception's message and all complaints before it tell of."""
        message = _sentence(raised)
        heard = "\n".join([*self.heard, message])
        if "No video formats" in message and "JavaScript runtime" in heard:
            message = "yt-dlp found no JavaScript runtime; install deno with the other packages"
        return VideoError(class_of(heard), message)


def class_of(complaints: str) -> str:
    """Return the class of what was complained of; `malformed` if it cannot be told."""
    found = (status for status, words in _FAULTS if re.search(words, complaints, re.IGNORECASE))
    return next(found, "malformed")


def _sentence(message: str) -> str:
    """Return yt-dlp's first sentence without colours, ids and pleas to report a bug."""
    plain = _COLOUR.sub("", message).strip().split("\n")[0]
    return _TAIL.split(_PREFIX.sub("", plain))[0].strip()[:300]
