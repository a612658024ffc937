"""Parallel: the same work on many things at once, the answers in the things' order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def in_order(work: Callable[[Thing], Result], things: Iterable[Thing], n: int) -> list[Result]:
    """Return ``work`` of each thing, at most ``n`` at a time; the first fault ends it all.

    What is under way when a fault comes is finished, what has not begun is not.
    """
    with ThreadPoolExecutor(max_workers=n) as pool:
        futures = [pool.submit(work, thing) for thing in things]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
