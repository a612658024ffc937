"""One polite, careful HTTP client for all collectors."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any
from urllib.parse import urljoin

import requests
import urllib3

from pipeline.settings import Settings
from pipeline.source_entries import Rate, Source
from pipeline.sources.addresses import Gate, Place, place_of, retirement
from pipeline.sources.answers import (
    Answer,
    Expect,
    checked,
    failed,
    fault_sentence,
    refused_by_host,
    seconds_to_wait,
    shown,
)
from pipeline.sources.bodies import BodyError, Partial
from pipeline.sources.hosts import Host, Hosts
from pipeline.sources.robots import RobotsRules, Rules, forbidding_tag, read_rules
from pipeline.sources.transport import RefusedAddressError, open_session

__all__ = ["Answer", "Expect", "HttpClient", "Limits", "client_for"]

PRODUCT = "dermcurate"
MAX_BYTES = 64 * 1024 * 1024
_SPEAKING = frozenset({200, 203, 206, 304})  # of which a tag tells something
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 416, 425, 429, 500, 502, 503, 504, *range(520, 525)})


@dataclass(frozen=True, slots=True)
class Limits:
    """How often, how long and how far a request may go. Times in seconds."""

    attempts: int = 5
    backoff_s: float = 0.5
    max_wait_s: float = 120.0
    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 300.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a caller asked for, for all hops and attempts."""

    expect: Expect
    max_bytes: int
    headers: Mapping[str, str]
    md5: str | None
    robots: bool
    condition: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Reply:
    """One attempt: its answer, and what to do about it."""

    answer: Answer
    retry: bool = False
    wait_s: float | None = None
    location: str | None = None


class HttpClient:
    """Asks hosts politely: robots.txt, a rate and a concurrency per host, Retry-After, resume.

    Only public addresses are reached, and those that ``allow_hosts`` names (host or host:port).
    Thread-safe. Nothing that the network or a server does is raised.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        rate: Rate,
        allow_hosts: Sequence[str] = (),
        limits: Limits = Limits(),
    ) -> None:
        self.user_agent = user_agent
        self._limits = limits
        self._gate = Gate(allow_hosts, limits.backoff_s)
        self._hosts = Hosts(rate)
        self._robots = RobotsRules()
        self._session = open_session(
            user_agent=user_agent,
            allow_hosts=allow_hosts,
            total_s=limits.total_s,
            connections=rate.concurrency,
        )

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        expect: Expect = "any",
        max_bytes: int = MAX_BYTES,
        headers: Mapping[str, str] | None = None,
        md5: str | None = None,
        robots: bool = True,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Answer:
        """Fetch a URL. ``md5`` is the digest that the source announced.

        ``etag`` and ``last_modified`` are what an earlier answer said of itself: if the content is
        still that one, the answer is `not_modified`.

        ``robots=False`` is for interfaces that their owner documents for programs: robots.txt
        speaks to crawlers of pages.
        """
        condition = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        told = {name: value for name, value in condition.items() if value}
        wanted = _Wanted(expect, max_bytes, headers or {}, md5, robots, told)
        try:
            asked = requests.Request("GET", url, params=dict(params or {})).prepare().url or url
        except (requests.RequestException, ValueError):
            return Answer(url, "malformed", f"{url[:200]!r} is no address that can be asked")
        for _hop in range(self._limits.redirects + 1):
            reply = self._ask(asked, wanted)
            if reply.location is None:
                return reply.answer
            asked, wanted = _follow(asked, reply.location, wanted)
        return failed(asked, "malformed", f"it redirects more than {self._limits.redirects} times")

    def report(self) -> dict[str, dict[str, int | str]]:
        """Return per host: requests, bytes, retries, 429s, and what robots.txt said."""
        return self._hosts.report()

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    # --- one hop ---------------------------------------------------------------------------

    def _ask(self, url: str, wanted: _Wanted) -> _Reply:
        refused = self._refused(url, wanted)
        if refused is not None:
            return _Reply(refused)
        host = self._hosts[place_of(url).netloc]
        partial = Partial(has_digest=wanted.md5 is not None)
        for attempt in range(1, self._limits.attempts + 1):
            reply = self._attempt(url, wanted, partial, host)
            wait_s = self._wait_s(reply, attempt)
            if not reply.retry or attempt == self._limits.attempts or wait_s is None:
                break
            host.count(retries=1)
            if reply.wait_s is not None:
                host.pause(wait_s)
            else:
                time.sleep(wait_s)
        return reply

    def _wait_s(self, reply: _Reply, attempt: int) -> float | None:
        """Return how long to wait before the next attempt; null if the host asks for too much."""
        if reply.wait_s is not None:
            return reply.wait_s if reply.wait_s <= self._limits.max_wait_s else None
        doubled = self._limits.backoff_s * 2.0 ** (attempt - 1)
        return min(doubled * random.uniform(0.75, 1.25), self._limits.max_wait_s)

    def _refused(self, url: str, wanted: _Wanted) -> Answer | None:
        """Return the answer to a URL that is not asked at all, or null."""
        if (told := retirement(url)) is not None:
            return failed(url, "retired_endpoint", told)
        try:
            place = place_of(url)
        except ValueError as fault:
            return failed(url, "refused_address", str(fault))
        if (unreachable := self._unreachable(url, place)) is not None:
            return unreachable
        if not wanted.robots:
            return None
        host = self._hosts[place.netloc]
        rules = self._robots.of(place.origin, self._read_robots)
        why = rules.forbids(shown(url), PRODUCT)
        if why is None:
            return None
        host.count(robots_refused=1)
        return failed(url, "forbidden_by_robots", why)

    def _unreachable(self, url: str, place: Place) -> Answer | None:
        try:
            why = self._gate.refusal(place)
        except (OSError, UnicodeError):
            if self._proxies(url, place):
                return None  # the proxy resolves names for us
            return failed(url, "network_error", "its name cannot be resolved; is there a network?")
        return failed(url, "refused_address", why) if why is not None else None

    def _read_robots(self, origin: str) -> Rules:
        answer = self.get(f"{origin}/robots.txt", robots=False)
        rules = read_rules(origin, answer.http_status, answer.content)
        host = self._hosts[place_of(origin).netloc]
        host.tally.robots = rules.verdict
        host.slow_down(rules.delay_s(PRODUCT))
        return rules

    # --- one attempt -----------------------------------------------------------------------

    def _proxies(self, url: str, place: Place) -> Any:
        if self._gate.is_allowed(place):
            return {}
        return self._session.merge_environment_settings(url, {}, True, None, None)["proxies"]

    def _attempt(self, url: str, wanted: _Wanted, partial: Partial, host: Host) -> _Reply:
        place = place_of(url)
        # of what came in part, the rest is asked for, whatever was known before
        further = partial.headers() or wanted.condition
        headers = {"Accept-Encoding": "gzip, deflate", **wanted.headers, **further}
        began = time.monotonic()
        try:
            with host.turn():
                began = time.monotonic()
                with self._send(url, place, headers) as response:
                    return self._read(url, response, wanted, partial, host)
        except RefusedAddressError as fault:
            return _Reply(failed(url, "refused_address", str(fault)))
        except BodyError as fault:
            return _Reply(failed(url, fault.status, str(fault)), retry=fault.status == "malformed")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as fault:
            partial.cut()
            in_time = time.monotonic() - began < self._limits.total_s
            why = fault_sentence(fault) if in_time else "the answer took too long"
            return _Reply(failed(url, "network_error", why), retry=in_time)
        except ValueError:
            return _Reply(failed(url, "malformed", "it is no address that can be asked"))

    def _send(self, url: str, place: Place, headers: Mapping[str, str]) -> requests.Response:
        settings = self._session.merge_environment_settings(url, {}, True, None, None)
        settings["proxies"] = self._proxies(url, place)
        request = self._session.prepare_request(
            requests.Request("GET", url, headers={"Accept": "*/*", **headers})
        )
        return self._session.send(
            request,
            allow_redirects=False,
            timeout=(self._limits.connect_s, self._limits.read_s),
            **settings,
        )

    def _read(
        self,
        url: str,
        response: requests.Response,
        wanted: _Wanted,
        partial: Partial,
        host: Host,
    ) -> _Reply:
        status = response.status_code
        if status in _REDIRECTS and response.headers.get("Location"):
            return _Reply(Answer(shown(url), "ok"), location=response.headers["Location"])
        tag = forbidding_tag(response.raw.headers.getlist("X-Robots-Tag"), PRODUCT)
        if tag is not None and wanted.robots and status in _SPEAKING:
            host.count(robots_refused=1)
            why = f"its X-Robots-Tag says {tag}"
            return _Reply(failed(url, "forbidden_by_robots", why, status))
        if status == 304 and wanted.condition:
            host.count(not_modified=1)
            return _Reply(
                Answer(shown(url), "not_modified", None, status, headers=response.headers)
            )
        if status not in (200, 203, 206):
            partial.forget()
            host.count(rate_limited=int(status == 429))
            return _Reply(
                refused_by_host(url, status),
                retry=status in _PASSING,
                wait_s=seconds_to_wait(response.headers.get("Retry-After")),
            )
        partial.start(status, response.headers)
        for size in partial.read(response.raw, response.headers, wanted.max_bytes):
            host.count(n_bytes=size)
        content = partial.take(response.headers.get("Content-Encoding", ""), wanted.max_bytes)
        stated = response.headers.get("Content-Type")
        answer = Answer(shown(url), "ok", None, status, content, stated, response.headers)
        return _Reply(checked(answer, wanted.expect, wanted.md5))


def _follow(url: str, location: str, wanted: _Wanted) -> tuple[str, _Wanted]:
    """Return where a redirect leads; headers meant for the first host are not sent to another."""
    try:
        following = urljoin(url, location)
        same = place_of(url) == place_of(following)
    except ValueError:
        return location, replace(wanted, headers={})
    return following, wanted if same else replace(wanted, headers={})


def client_for(entry: Source, settings: Settings) -> HttpClient:
    """Open the client of a source: its rate, its private hosts, and whom a host can write to."""
    try:
        version = metadata.version(PRODUCT)
    except metadata.PackageNotFoundError:
        version = "0"
    return HttpClient(
        user_agent=f"{PRODUCT}/{version} (research dataset; contact: {settings.contact})",
        rate=entry.rate,
        allow_hosts=entry.allow_hosts,
    )
