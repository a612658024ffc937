"""Robots: what a host lets programs read (RFC 9309), and what an answer says of itself."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from protego import Protego

from pipeline.sources.answers import Answer
from pipeline.sources.bodies import sniff

MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309, 2.5
MAX_DELAY_S = 120.0
MAX_AGE_S = 24 * 3600.0  # RFC 9309, 2.4
MAX_REFUSAL_AGE_S = 900.0
_FORBIDDING = frozenset({"noai", "noimageai", "none"})
_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview"})
_AGENT = re.compile(r"^\s*([A-Za-z0-9_*-]+)\s*:\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Rules:
    """A host's robots.txt; without one all is allowed, and ``refusal`` refuses all.

    ``delay_s`` is what it wants between two requests, ``verdict`` one word for the report, and
    ``max_age_s`` how long it holds.
    """

    parsed: Protego | None = None
    refusal: str | None = None
    verdict: str = "none"
    delay_s: float = 0.0
    max_age_s: float = MAX_AGE_S

    def forbids(self, url: str, user_agent: str) -> str | None:
        """Return why a URL must not be read, or null."""
        if self.refusal is not None:
            return self.refusal
        if self.parsed is not None and not self.parsed.can_fetch(url, user_agent):
            return "robots.txt of the host forbids it"
        return None


def read_rules(origin: str, answer: Answer, user_agent: str) -> Rules:
    """Read the answer to robots.txt: 4xx allows everything, no answer or 5xx forbids it.

    A page in its place holds no rules, and so allows everything too.
    """
    status = answer.http_status
    if status is not None and 200 <= status < 300:
        return _parsed(origin, answer.content, user_agent)
    if status is not None and 400 <= status < 500 and status != 429:
        return Rules()
    why = "did not answer" if status is None else f"answered HTTP {status}"
    return Rules(
        refusal=f"{origin}/robots.txt {why}, so nothing of the host may be read; try again later",
        verdict="unreachable",
        max_age_s=MAX_REFUSAL_AGE_S,
    )


def _parsed(origin: str, content: bytes, user_agent: str) -> Rules:
    if sniff(content) is not None:
        return Rules(verdict="no robots.txt but a page")
    parsed = Protego.parse(content[:MAX_ROBOTS_BYTES].decode("utf-8-sig", errors="replace"))
    delay_s = float(parsed.crawl_delay(user_agent) or 0.0)
    rate = parsed.request_rate(user_agent)
    if rate is not None and rate.requests > 0:
        delay_s = max(delay_s, rate.seconds / rate.requests)
    if delay_s <= MAX_DELAY_S:
        return Rules(parsed, verdict="read", delay_s=delay_s)
    why = (
        f"{origin}/robots.txt asks for {delay_s:,.0f} seconds between two requests; "
        f"more than {MAX_DELAY_S:.0f} are not waited, so nothing of the host is read"
    )
    return Rules(refusal=why, verdict="asks for too long a delay")


class RobotsRules:
    """The rules of every host, each asked for once while they hold. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rules: dict[str, tuple[float, Rules]] = {}

    def of(self, origin: str, read: Callable[[str], Rules]) -> Rules:
        """Return a host's rules; the first caller reads them while the others wait."""
        with self._lock:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            read_at, rules = self._rules.get(origin, (0.0, None))
            if rules is None or time.monotonic() - read_at > rules.max_age_s:
                rules = read(origin)
                self._rules[origin] = (time.monotonic(), rules)
            return rules


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
