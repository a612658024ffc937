"""Robots: what a host lets programs read (RFC 9309), and what an answer says of itself."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from protego import Protego

MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309, 2.5
MAX_CRAWL_DELAY_S = 30.0
_FORBIDDING = frozenset({"noai", "noimageai", "none"})
_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview"})
_AGENT = re.compile(r"^\s*([A-Za-z0-9_*-]+)\s*:\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Rules:
    """A host's robots.txt; without one all is allowed, and ``refusal`` refuses all."""

    parsed: Protego | None = None
    refusal: str | None = None
    verdict: str = "none"

    def forbids(self, url: str, user_agent: str) -> str | None:
        """Return why a URL must not be read, or null."""
        if self.refusal is not None:
            return self.refusal
        if self.parsed is not None and not self.parsed.can_fetch(url, user_agent):
            return "robots.txt of the host forbids it"
        return None

    def delay_s(self, user_agent: str) -> float:
        """Return the seconds that the host wants between two requests, at most 30."""
        if self.parsed is None:
            return 0.0
        return min(float(self.parsed.crawl_delay(user_agent) or 0.0), MAX_CRAWL_DELAY_S)


def read_rules(origin: str, http_status: int | None, content: bytes) -> Rules:
    """Read the answer to robots.txt: 4xx allows everything, no answer or 5xx forbids it."""
    if http_status is not None and 200 <= http_status < 300:
        text = content[:MAX_ROBOTS_BYTES].decode("utf-8", errors="replace")
        return Rules(parsed=Protego.parse(text), verdict="read")
    if http_status is not None and 400 <= http_status < 500 and http_status != 429:
        return Rules()
    why = "did not answer" if http_status is None else f"answered HTTP {http_status}"
    return Rules(
        refusal=f"{origin}/robots.txt {why}, so nothing of the host may be read; try again later",
        verdict="unreachable",
    )


class RobotsRules:
    """The rules of every host, each asked for once. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rules: dict[str, Rules] = {}

    def of(self, origin: str, read: Callable[[str], Rules]) -> Rules:
        """Return a host's rules; the first caller reads them while the others wait."""
        with self._lock:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            if origin not in self._rules:
                self._rules[origin] = read(origin)
            return self._rules[origin]


def forbidding_tag(values: Iterable[str], product: str) -> str | None:
    """Return the first directive of `X-Robots-Tag` headers that forbids our use, or null.

    A value that names another program (`otherbot: noai`) is not for us.
    """
    for value in values:
        for_us = True
        for part in value.split(","):
            named = _AGENT.match(part)
            directive = part.strip().lower()
            if named and named[1].lower() not in _WITH_VALUE:
                for_us = named[1].lower() in ("*", product.lower())
                directive = named[2].strip().lower()
            if for_us and directive in _FORBIDDING:
                return directive
    return None
