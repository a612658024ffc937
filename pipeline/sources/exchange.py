"""Exchange: one request and its answer, over a connection that watches where it leads."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3

from pipeline.sources.answers import (
    Answer,
    Expect,
    checked,
    failed,
    fault_chain,
    fault_sentence,
    refused_by_host,
    seconds_to_wait,
    shown,
)
from pipeline.sources.bodies import BodyError, Partial
from pipeline.sources.hosts import Host
from pipeline.sources.robots import forbidding_tag
from pipeline.sources.transport import RefusedAddressError, open_session

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WHOLE_OR_PART = frozenset({200, 203, 206})
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
class Terms:
    """What a caller asked for, on all hops and attempts.

    ``condition`` are headers that let the host say that nothing changed. ``clip`` takes the first
    ``max_bytes`` of a longer answer.
    """

    expect: Expect = "any"
    max_bytes: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    md5: str | None = None
    robots: bool = True
    condition: Mapping[str, str] = field(default_factory=dict)
    clip: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One attempt: its answer, and what to do about it."""

    answer: Answer
    retry: bool = False
    wait_s: float | None = None
    location: str | None = None


class Exchange:
    """Sends requests, one attempt each, and reads what comes. Thread-safe."""

    def __init__(
        self,
        *,
        user_agent: str,
        product: str,
        allow_hosts: Sequence[str],
        limits: Limits,
        connections: int,
    ) -> None:
        self._product = product
        self._limits = limits
        self._session = open_session(
            user_agent=user_agent,
            allow_hosts=allow_hosts,
            total_s=limits.total_s,
            connections=connections,
        )

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def proxies(self, url: str) -> Any:
        """Return the proxies that the environment names for a URL."""
        return self._session.merge_environment_settings(url, {}, True, None, None)["proxies"]

    def attempt(
        self, url: str, terms: Terms, partial: Partial, host: Host, *, by_proxy: bool
    ) -> Reply:
        """Ask once, in the host's turn. Nothing that the network or the host does is raised."""
        began = time.monotonic()
        try:
            with host.turn():
                began = time.monotonic()
                with self._send(url, _headers(terms, partial), by_proxy) as response:
                    return self._read(url, response, terms, partial, host)
        except RefusedAddressError as fault:
            return Reply(failed(url, "refused_address", str(fault)))
        except BodyError as fault:
            return Reply(failed(url, fault.status, str(fault)), retry=fault.status == "malformed")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as fault:
            partial.cut()
            in_time = time.monotonic() - began < self._limits.total_s
            why = fault_sentence(fault) if in_time else "the answer took too long"
            retry = in_time and not _lasts(fault)
            return Reply(failed(url, "network_error", why), retry=retry)
        except ValueError:
            return Reply(failed(url, "malformed", "it is no address that can be asked"))

    def _send(self, url: str, headers: Mapping[str, str], by_proxy: bool) -> requests.Response:
        settings = self._session.merge_environment_settings(url, {}, True, None, None)
        if not by_proxy:
            settings["proxies"] = {}
        request = self._session.prepare_request(requests.Request("GET", url, headers=headers))
        return self._session.send(
            request,
            allow_redirects=False,
            timeout=(self._limits.connect_s, self._limits.read_s),
            **settings,
        )

    def _read(
        self, url: str, response: requests.Response, terms: Terms, partial: Partial, host: Host
    ) -> Reply:
        status = response.status_code
        if status in _REDIRECTS and response.headers.get("Location"):
            return Reply(Answer(shown(url), "ok"), location=response.headers["Location"])
        unmodified = status == 304 and bool(terms.condition)
        if status not in _WHOLE_OR_PART and not unmodified:
            return _refusal(url, response, partial, host)
        tag = forbidding_tag(response.raw.headers.getlist("X-Robots-Tag"), self._product)
        if tag is not None and terms.robots:
            host.count(robots_refused=1)
            why = f"its X-Robots-Tag says {tag}"
            return Reply(failed(url, "forbidden_by_robots", why, status))
        if unmodified:
            host.count(not_modified=1)
            return Reply(Answer(shown(url), "not_modified", None, status, headers=response.headers))
        partial.start(status, response.headers)
        for size in partial.read(response.raw, response.headers, terms.max_bytes, terms.clip):
            host.count(n_bytes=size)
        content = partial.take(response.headers.get("Content-Encoding", ""), terms.max_bytes)
        stated = response.headers.get("Content-Type")
        answer = Answer(shown(url), "ok", None, status, content, stated, response.headers)
        return Reply(checked(answer, terms.expect, terms.md5))


def _headers(terms: Terms, partial: Partial) -> dict[str, str]:
    # of what came in part the rest is asked for, whatever was known before
    further = partial.headers() or terms.condition
    encodings = "identity" if terms.clip else "gzip, deflate"
    return {"Accept": "*/*", "Accept-Encoding": encodings, **terms.headers, **further}


def _refusal(url: str, response: requests.Response, partial: Partial, host: Host) -> Reply:
    status = response.status_code
    partial.forget()
    host.count(rate_limited=int(status == 429))
    told = response.headers
    return Reply(
        refused_by_host(url, status),
        retry=status in _PASSING,
        wait_s=seconds_to_wait(told.get("Retry-After"), told.get("Date")),
    )


def _lasts(fault: BaseException) -> bool:
    """Tell whether a fault is of a kind that asking again does not mend: a bad certificate."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in fault_chain(fault))
