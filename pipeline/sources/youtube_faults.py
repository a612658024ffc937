"""Faults of YouTube: what yt-dlp complains of, told apart.

yt-dlp's exceptions often hide the cause: a player that was refused for asking too much ends as
"No video formats found". So every warning of a page is heard, and the first kind that fits any of
them decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.errors import DermcurateError, SourceError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: the status of a file, that of an item, and a sentence for a person.

    A kind without a sentence of its own is told in yt-dlp's words.
    """

    status: str
    item_status: str
    sentence: str
    words: str


# What YouTube says for certain comes first; then what hides behind other complaints; then the rest.
_KINDS = (
    Kind("refused_address", "malformed", "", r"not its own host"),
    Kind("gone", "gone", "the video is private", r"private video|video is private"),
    Kind(
        "access_denied",
        "unreachable",
        "the video is blocked in the country from which it was asked for",
        r"in your country|geo.?restrict|from your location",
    ),
    Kind(
        "gone",
        "gone",
        "the video was taken down for a claim of copyright",
        r"copyright (?:claim|grounds|infringement)",
    ),
    Kind(
        "gone",
        "gone",
        "the video was removed",
        r"has been removed|been terminated|no longer available|account.{0,80}closed|HTTP Error 410",
    ),
    Kind(
        "access_denied",
        "not_open_access",
        "the video is for members of its channel only",
        r"members.only|join this channel|available to this channel's members",
    ),
    Kind(
        "access_denied",
        "not_open_access",
        "the video must be paid for",
        r"requires payment|YouTube Premium|rental",
    ),
    Kind(
        "access_denied",
        "not_open_access",
        "the video is shown only to those who sign in and are of age",
        r"confirm your age|age.restricted|inappropriate for some",
    ),
    Kind(
        "malformed",
        "off_topic",
        "the video is a live stream, or has not begun yet",
        r"live event|premiere|live stream (?:recording|will|offline)|is not currently live",
    ),
    Kind(
        "rate_limited",
        "unreachable",
        "YouTube asks to prove that no bot is asking",
        r"not a bot|captcha challenge",
    ),
    Kind(
        "rate_limited",
        "unreachable",
        "YouTube was asked too often",
        r"HTTP Error 429|Too Many Requests|rate.?limited|try again later",
    ),
    Kind(
        "server_error",
        "unreachable",
        "YouTube is at fault",
        r"HTTP Error 5\d\d",
    ),
    Kind("access_denied", "not_open_access", "the video is encrypted", r"\bDRM\b"),
    Kind("access_denied", "not_open_access", "the video is shown to who signs in", r"Sign in"),
    Kind("access_denied", "unreachable", "", r"HTTP Error 40[13]"),
    Kind("gone", "gone", "", r"Video unavailable|This video is (?:not available|unavailable)"),
    Kind("gone", "gone", "", r"(?:playlist|channel) (?:type is unviewable|does not exist)"),
    Kind("not_found", "gone", "", r"HTTP Error 404"),
    Kind("server_error", "unreachable", "", r"Incomplete data received"),
    Kind(
        "malformed",
        "malformed",
        "yt-dlp does not solve the challenge of YouTube's player; a newer one may",
        r"challenge solving failed",
    ),
    Kind(
        "network_error",
        "unreachable",
        "",
        r"timed out|connection|resolve|proxy|certificate|IncompleteRead|bytes read|too slow",
    ),
)
_UNKNOWN = Kind("malformed", "malformed", "", "")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PREFIX = re.compile(r"^(?:ERROR: )?(?:\[[^\]]+\] )?(?:[A-Za-z0-9_-]{11}: )?")
_TAIL = re.compile(
    r"; please report|\. (?:Use --|Confirm you|See )|\(caused by|\. For more information"
)


class VideoError(Exception):
    """A video that did not come: ``status`` is the class of the failure, one of media's.

    ``item_status`` is what it makes of the item, ``wait_s`` how long YouTube asks us to wait.
    """

    def __init__(self, status: str, message: str, item_status: str = "unreachable") -> None:
        super().__init__(message)
        self.status = status
        self.item_status = item_status
        self.wait_s = 0.0


class Ear:
    """Listens to what yt-dlp complains of, as its logger."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def forget(self) -> None:
        """Begin anew: another page is asked for."""
        self.heard.clear()

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

    @property
    def withholds_captions(self) -> bool:
        """Tell whether captions are there that YouTube gives only to a player with a token."""
        return any("PO token" in each and "ubtitles" in each for each in self.heard)

    def fault(self, raised: str) -> VideoError | DermcurateError:
        """Return the fault that an exception's message and all complaints before it tell of.

        Without a JavaScript runtime no video at all can be had: that is a fault of the source.
        """
        message = _sentence(raised)
        heard = "\n".join([*self.heard, raised])
        if "No video formats" in message and "No supported JavaScript runtime" in heard:
            return SourceError(
                "yt-dlp found no JavaScript runtime; install deno with the other packages"
            )
        return fault_of(heard, message)


def fault_of(complaints: str, message: str) -> VideoError:
    """Return the fault that complaints tell of; ``message`` is the one that ended it all."""
    kind = kind_of(complaints)
    told = f"{kind.sentence} ({message})" if kind.sentence else message
    return VideoError(kind.status, told, kind.item_status)


def kind_of(complaints: str) -> Kind:
    """Return the kind of what was complained of; `malformed` if it cannot be told."""
    found = (
        kind for kind in _KINDS if re.search(kind.words, complaints, re.IGNORECASE | re.MULTILINE)
    )
    return next(found, _UNKNOWN)


def _sentence(message: str) -> str:
    """Return yt-dlp's first sentence without colours, ids and pleas to report a bug."""
    plain = _COLOUR.sub("", message).strip().split("\n")[0]
    return _TAIL.split(_PREFIX.sub("", plain))[0].strip()[:300]
