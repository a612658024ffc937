"""Allowance: how many requests an interface still permits, as the headers of its answers say."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)

MAX_WAIT_S = 600.0  # the longest window in use: Reddit counts over ten minutes
_EPOCH_S = 1e9  # a reset beyond it is a moment, not a span


class Allowance:
    """Waits before a request that the interface would refuse. Thread-safe.

    ``X-RateLimit-Remaining`` tells how many requests are left, ``X-RateLimit-Reset`` in how many
    seconds, or at which second since 1970, there are new ones.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resume = 0.0

    def wait(self) -> None:
        """Wait until a request is permitted again."""
        with self._lock:
            pause = self._resume - time.monotonic()
            if pause > 0:
                log.info("the allowance is used up; going on in %.0f s", pause)
                time.sleep(pause)

    def read(self, headers: Mapping[str, str]) -> None:
        """Take note of what an answer says."""
        remaining = _number(headers.get("X-RateLimit-Remaining"))
        reset = _number(headers.get("X-RateLimit-Reset"))
        if remaining is None or reset is None or remaining >= 1:
            return
        span = reset - time.time() if reset > _EPOCH_S else reset
        with self._lock:
            self._resume = time.monotonic() + min(max(span, 0.0), MAX_WAIT_S)


def _number(told: str | None) -> float | None:
    try:
        number = float(told or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
