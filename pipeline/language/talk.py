"""An event loop in a thread of its own, whose answers are taken by plain iteration."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, Generic, TypeVar

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Talk(Generic[Answer]):
    """Answers on their way from a coroutine to the thread that iterates over them.

    The coroutine acquires ``room`` before it begins on an answer; taking one releases it, so no
    more than ``bound`` are under way or waiting.
    """

    def __init__(self, bound: int) -> None:
        self.room = asyncio.Semaphore(bound)
        self._answers: queue.SimpleQueue[Answer | _End] = queue.SimpleQueue()

    def put(self, answer: Answer) -> None:
        """Hand an answer over."""
        self._answers.put(answer)

    def run(self, coroutine: Coroutine[Any, Any, None]) -> Iterator[Answer]:
        """Yield what the coroutine puts, as it comes; raise what it raises.

        It is cancelled when the iteration is left early.
        """
        loop = asyncio.new_event_loop()
        main = loop.create_task(coroutine)
        thread = threading.Thread(target=self._live, args=(loop, main), name="talk", daemon=True)
        thread.start()
        try:
            while not isinstance(answer := self._answers.get(), _End):
                loop.call_soon_threadsafe(self.room.release)
                yield answer
            if answer.fault is not None:
                raise answer.fault
        finally:
            loop.call_soon_threadsafe(main.cancel)
            thread.join()
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def _live(self, loop: asyncio.AbstractEventLoop, main: asyncio.Task[None]) -> None:
        fault: BaseException | None = None
        try:
            loop.run_until_complete(main)
        except asyncio.CancelledError:
            log.debug("the talk was broken off")
        except BaseException as raised:  # noqa: BLE001 - raised again where answers are taken
            fault = _first(raised)
        self._answers.put(_End(fault))


class _End:
    """The last thing in the queue."""

    def __init__(self, fault: BaseException | None) -> None:
        self.fault = fault


def _first(fault: BaseException) -> BaseException:
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault
