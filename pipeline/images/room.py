"""Room in memory for pictures: threads that decode at once wait before they add up to gigabytes."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import Counter

import numpy as np
import numpy.typing as npt

ROOM_PIXELS = 50_000_000  # held at once by all threads of a process
WAIT_S = 30.0  # room is a courtesy, not a lock: after so long one goes on


class Room:
    """Counts the pixels that are decoded and not yet forgotten.

    A thread that holds a picture already never waits: those that wait hold nothing, so nobody can
    wait for one another.
    """

    def __init__(self, pixels: int = ROOM_PIXELS, wait_s: float = WAIT_S) -> None:
        self._pixels = pixels
        self._wait_s = wait_s
        self._held: Counter[int] = Counter()
        self._changed = threading.Condition()

    @property
    def held(self) -> int:
        """Pixels that are held now."""
        with self._changed:
            return self._held.total()

    def take(self, pixels: int) -> int:
        """Wait until there is room for so many pixels; return the thread that takes it."""
        thread = threading.get_ident()
        with self._changed:
            if not self._changed.wait_for(lambda: self._fits(thread, pixels), self._wait_s):
                gc.collect()  # pictures that only a cycle of references keeps alive
            self._held[thread] += pixels
        return thread

    def give_back(self, thread: int, pixels: int) -> None:
        """Give back what a thread took."""
        with self._changed:
            self._held[thread] -= pixels
            self._changed.notify_all()

    def give_back_with(self, picture: npt.NDArray[np.uint8], thread: int, pixels: int) -> None:
        """Give back what a thread took once nothing refers to the picture any more."""
        weakref.finalize(picture, self.give_back, thread, pixels).atexit = False

    def _fits(self, thread: int, pixels: int) -> bool:
        taken = self._held.total()
        return taken == 0 or self._held[thread] > 0 or taken + pixels <= self._pixels
