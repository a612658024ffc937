"""One polite, careful HTTP client for all collectors."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from typing import Any
from urllib.parse import urljoin

import requests

from pipeline.settings import Settings
from pipeline.source_entries import Rate, Source
from pipeline.sources.addresses import Gate, Place, place_of, retirement
from pipeline.sources.answers import Answer, Expect, failed, shown
from pipeline.sources.bodies import Partial
from pipeline.sources.exchange import Exchange, Limits, Reply, Terms
from pipeline.sources.hosts import Host, Hosts
from pipeline.sources.robots import MAX_ROBOTS_BYTES, RobotsRules, Rules, read_rules

__all__ = ["Answer", "Expect", "HttpClient", "Limits", "client_for"]

PRODUCT = "dermcurate"
MAX_BYTES = 64 * 1024 * 1024
MAX_URL_CHARACTERS = 8000
USUAL = Limits()


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
        limits: Limits = USUAL,
    ) -> None:
        self.user_agent = user_agent
        self._limits = limits
        self._gate = Gate(allow_hosts, limits.backoff_s)
        self._hosts = Hosts(rate)
        self._robots = RobotsRules()
        self._exchange = Exchange(
            user_agent=user_agent,
            product=PRODUCT,
            allow_hosts=allow_hosts,
            limits=limits,
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
        held = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        condition = {name: value for name, value in held.items() if value}
        terms = Terms(expect, max_bytes, headers or {}, md5, robots, condition)
        try:
            asked = requests.Request("GET", url, params=dict(params or {})).prepare().url or url
        except (requests.RequestException, ValueError):
            return Answer(url[:200], "malformed", f"{url[:200]!r} is no address that can be asked")
        return self._get(asked, terms)

    def host(self, url: str) -> Host:
        """Return the host of a URL, for a library that sends its own requests to it.

        Such a library asks within ``host.turn()`` and tells ``host.count()`` what else it did.

        Raises:
            ValueError: the URL is no HTTP address.
        """
        return self._hosts[place_of(url).netloc]

    def report(self) -> dict[str, dict[str, Any]]:
        """Return what passed between this client and each host, as in `Tally`."""
        return self._hosts.report()

    def take_report(self) -> dict[str, dict[str, Any]]:
        """Return what passed since the last call; hosts that were not asked are left out."""
        return self._hosts.take_report()

    def close(self) -> None:
        """Close all connections."""
        self._exchange.close()

    # --- one URL, and where it leads --------------------------------------------------------

    def _get(self, url: str, terms: Terms) -> Answer:
        for _hop in range(self._limits.redirects + 1):
            if len(url) > MAX_URL_CHARACTERS:
                return failed(url[:200], "malformed", f"it has {len(url):,} characters")
            reply = self._ask(url, terms)
            if reply.location is None:
                return reply.answer
            url, terms = _follow(url, reply.location, terms)
        return failed(url, "malformed", f"it redirects more than {self._limits.redirects} times")

    def _ask(self, url: str, terms: Terms) -> Reply:
        try:
            place = place_of(url)
        except ValueError as fault:
            return Reply(failed(url, "refused_address", str(fault)))
        refused = self._refused(url, place, terms)
        if refused is not None:
            return Reply(refused)
        host = self._hosts[place.netloc]
        by_proxy = not self._gate.is_allowed(place)
        partial = Partial(has_digest=terms.md5 is not None)
        for attempt in range(1, self._limits.attempts + 1):
            reply = self._exchange.attempt(url, terms, partial, host, by_proxy=by_proxy)
            if not reply.retry or not self._wait(reply, attempt, host):
                break
        return reply

    def _wait(self, reply: Reply, attempt: int, host: Host) -> bool:
        """Wait as the host asks, or longer each time; tell whether to ask again."""
        if reply.wait_s is not None and reply.wait_s > self._limits.max_wait_s:
            host.pace.shut(reply.wait_s)
            return False
        if attempt == self._limits.attempts:
            return False
        host.count(retries=1)
        doubled = self._limits.backoff_s * 2.0 ** (attempt - 1)
        wait_s = min(doubled * random.uniform(0.75, 1.25), self._limits.max_wait_s)
        if reply.wait_s is not None:
            wait_s = reply.wait_s
        if reply.wait_s is not None or reply.answer.status == "rate_limited":
            host.pause(wait_s)
        else:
            host.rest(wait_s)
        return True

    # --- what is not asked at all -----------------------------------------------------------

    def _refused(self, url: str, place: Place, terms: Terms) -> Answer | None:
        if (told := retirement(url)) is not None:
            return failed(url, "retired_endpoint", told)
        if (unreachable := self._unreachable(url, place)) is not None:
            return unreachable
        host = self._hosts[place.netloc]
        if (shut_s := host.pace.shut_s()) is not None:
            why = f"the host asked to be left alone for {shut_s:,.0f} seconds; run again later"
            return failed(url, "rate_limited", why)
        if not terms.robots:
            return None
        rules = self._robots.of(place.origin, self._read_robots)
        why_not = rules.forbids(shown(url), PRODUCT)
        if why_not is None:
            return None
        host.count(robots_refused=1)
        return failed(url, "forbidden_by_robots", why_not)

    def _unreachable(self, url: str, place: Place) -> Answer | None:
        try:
            why = self._gate.refusal(place)
        except (OSError, UnicodeError):
            if self._exchange.proxies(url):
                return None  # the proxy resolves names for us
            return failed(url, "network_error", "its name cannot be resolved; is there a network?")
        return failed(url, "refused_address", why) if why is not None else None

    def _read_robots(self, origin: str) -> Rules:
        terms = Terms(max_bytes=MAX_ROBOTS_BYTES, robots=False, clip=True)
        rules = read_rules(origin, self._get(f"{origin}/robots.txt", terms), PRODUCT)
        host = self.host(origin)
        host.note_robots(rules.verdict)
        host.pace.slow_down(rules.delay_s)
        return rules


def _follow(url: str, location: str, terms: Terms) -> tuple[str, Terms]:
    """Return where a redirect leads; headers meant for the first host are not sent to another."""
    try:
        following = urljoin(url, location)
        same = place_of(url) == place_of(following)
    except ValueError:
        return location, replace(terms, headers={})
    return following, terms if same else replace(terms, headers={})


def client_for(entry: Source, settings: Settings, limits: Limits = USUAL) -> HttpClient:
    """Open the client of a source: its rate, its private hosts, and whom a host can write to."""
    try:
        version = metadata.version(PRODUCT)
    except metadata.PackageNotFoundError:
        version = "0"
    return HttpClient(
        user_agent=f"{PRODUCT}/{version} (research dataset; contact: {settings.contact})",
        rate=entry.rate,
        allow_hosts=entry.allow_hosts,
        limits=limits,
    )
