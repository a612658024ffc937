"""Hosts: how fast each may be asked, and what passed between us and it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any
from weakref import WeakValueDictionary

from pipeline.source_entries import Rate

NOT_ASKED = "not asked"


@dataclass(slots=True)
class Tally:
    """What passed between us and one host; ``waited_s`` adds up over requests and their retries.

    ``robots`` is what became of its robots.txt, ``robots_refused`` how many addresses it or an
    `X-Robots-Tag` kept us from.
    """

    requests: int = 0
    n_bytes: int = 0
    not_modified: int = 0
    retries: int = 0
    rate_limited: int = 0
    waited_s: float = 0.0
    robots: str = NOT_ASKED
    robots_refused: int = 0

    def add(self, other: Mapping[str, Any]) -> None:
        """Add another tally; of two words on robots.txt the later one holds."""
        for each in fields(self):
            found = other.get(each.name, each.default)
            if each.name != "robots":
                setattr(self, each.name, round(getattr(self, each.name) + found, 3))
            elif found != NOT_ASKED:
                self.robots = str(found)


class Pace:
    """When a host may be asked next, by whichever client of this process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interval_s = 0.0
        self._next = 0.0
        self._paused_until = 0.0
        self._shut: tuple[float, float] = (0.0, 0.0)

    def slow_down(self, interval_s: float) -> None:
        """Leave at least so many seconds between two turns; the slowest that was asked holds."""
        with self._lock:
            self._interval_s = max(self._interval_s, interval_s)

    def pause(self, seconds: float) -> None:
        """Give out no turn for some seconds: the host asked for it."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)
            self._next = max(self._next, self._paused_until)

    def shut(self, seconds: float) -> None:
        """Let nobody ask for so long: the host asked for more than anybody waits."""
        with self._lock:
            self._shut = max(self._shut, (time.monotonic() + seconds, seconds))

    def shut_s(self) -> float | None:
        """Return for how many seconds the host shut itself, null if that time is over."""
        until, seconds = self._shut
        return seconds if until > time.monotonic() else None

    def wait(self) -> None:
        """Wait for a turn."""
        while True:
            time.sleep(self._take())
            paused_s = self._paused_until - time.monotonic()
            if paused_s <= 0:  # else the pause began while this turn was waited for
                return
            time.sleep(paused_s)

    def _take(self) -> float:
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._interval_s
        return start - now


_paces: WeakValueDictionary[str, Pace] = WeakValueDictionary()
_naming = threading.Lock()


def pace_of(netloc: str) -> Pace:
    """Return the pace of a host, which all clients of this process keep."""
    with _naming:
        return _paces.setdefault(netloc, Pace())


class Host:
    """One host as one client asks it: in its turn, and at most so often at once. Thread-safe."""

    def __init__(self, rate: Rate, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self.pace.slow_down(1.0 / rate.requests_per_second)
        self._running = threading.BoundedSemaphore(rate.concurrency)
        self._lock = threading.Lock()
        self.tally = Tally()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and hold it for the time of a `with` block."""
        began = time.monotonic()
        with self._running:
            self.pace.wait()
            self.count(requests=1, waited_s=time.monotonic() - began)
            yield

    def rest(self, seconds: float) -> None:
        """Wait before another attempt; others may ask meanwhile."""
        self.count(waited_s=seconds)
        time.sleep(seconds)

    def pause(self, seconds: float) -> None:
        """Give out no turn for some seconds, to nobody: the host asked for it."""
        self.pace.pause(seconds)

    def count(self, **more: float) -> None:
        """Add to the tally."""
        with self._lock:
            self.tally.add(more)

    def note_robots(self, verdict: str) -> None:
        """Note down what became of the host's robots.txt."""
        with self._lock:
            self.tally.robots = verdict

    def take_tally(self) -> dict[str, Any]:
        """Return the tally and begin a new one."""
        with self._lock:
            told, self.tally = self.tally, Tally(robots=self.tally.robots)
        return asdict(told)


class Hosts:
    """All hosts that a client has asked."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._hosts: dict[str, Host] = {}

    def __getitem__(self, netloc: str) -> Host:
        with self._lock:
            if netloc not in self._hosts:
                self._hosts[netloc] = Host(self._rate, pace_of(netloc))
            return self._hosts[netloc]

    def report(self) -> dict[str, dict[str, Any]]:
        """Return each host's tally, hosts sorted."""
        with self._lock:
            return {name: asdict(host.tally) for name, host in sorted(self._hosts.items())}

    def take_report(self) -> dict[str, dict[str, Any]]:
        """Return each host's tally since the last call, hosts sorted; those unasked left out."""
        with self._lock:
            told = {name: host.take_tally() for name, host in sorted(self._hosts.items())}
        return {name: tally for name, tally in told.items() if tally != asdict(_silent(tally))}


def _silent(tally: Mapping[str, Any]) -> Tally:
    return Tally(robots=tally["robots"])


def merge_reports(
    reports: Iterable[Mapping[str, Mapping[str, Any]]],
) -> dict[str, dict[str, Any]]:
    """Add up reports, the oldest first: one tally per host, hosts sorted."""
    merged: dict[str, Tally] = {}
    for report in reports:
        for name, tally in report.items():
            merged.setdefault(name, Tally()).add(tally)
    return {name: asdict(tally) for name, tally in sorted(merged.items())}
