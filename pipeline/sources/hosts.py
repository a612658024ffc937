"""Hosts: how fast each may be asked, and what each was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from pipeline.source_entries import Rate


@dataclass(slots=True)
class Tally:
    """What passed between us and one host."""

    requests: int = 0
    n_bytes: int = 0
    not_modified: int = 0
    retries: int = 0
    rate_limited: int = 0
    robots: str = "not asked"
    robots_refused: int = 0


class Host:
    """One host: turns are given out at its rate, and at most so many run at once. Thread-safe."""

    def __init__(self, rate: Rate) -> None:
        self._interval_s = 1.0 / rate.requests_per_second
        self._running = threading.BoundedSemaphore(rate.concurrency)
        self._lock = threading.Lock()
        self._next = 0.0
        self.tally = Tally()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and hold it for the time of a `with` block."""
        with self._running:
            with self._lock:
                now = time.monotonic()
                start = max(now, self._next)
                self._next = start + self._interval_s
                self.tally.requests += 1
            if start > now:
                time.sleep(start - now)
            yield

    def pause(self, seconds: float) -> None:
        """Give out no turn for some seconds: the host asked for it."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def slow_down(self, interval_s: float) -> None:
        """Leave at least so many seconds between two turns."""
        with self._lock:
            self._interval_s = max(self._interval_s, interval_s)

    def count(
        self,
        *,
        n_bytes: int = 0,
        not_modified: int = 0,
        retries: int = 0,
        rate_limited: int = 0,
        robots_refused: int = 0,
    ) -> None:
        """Add to the tally."""
        with self._lock:
            self.tally.n_bytes += n_bytes
            self.tally.not_modified += not_modified
            self.tally.retries += retries
            self.tally.rate_limited += rate_limited
            self.tally.robots_refused += robots_refused


class Hosts:
    """All hosts that a client has asked."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._hosts: dict[str, Host] = {}

    def __getitem__(self, netloc: str) -> Host:
        with self._lock:
            if netloc not in self._hosts:
                self._hosts[netloc] = Host(self._rate)
            return self._hosts[netloc]

    def report(self) -> dict[str, dict[str, int | str]]:
        """Return each host's tally, hosts sorted."""
        with self._lock:
            return {name: asdict(host.tally) for name, host in sorted(self._hosts.items())}
