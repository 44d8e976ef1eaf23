"""One thread that does what it is told, in the order in which it was told.

Python's own executor makes a future with locks for each errand and counts its idle threads, in the way of every
decision, where caches are cold. Here an errand is a place in a queue.

The thread ends when whoever sends it is gone. It is a daemon, so that nobody waits for it at the end of the process.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

__all__ = ["Errands"]

T = TypeVar("T")
_Queue = SimpleQueue[tuple[Callable[..., object], tuple[Any, ...]] | None]


class Errands:
    """Sends one thread, which begins with the first errand.

    Args:
        name: the thread's.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: _Queue = SimpleQueue()
        self._has_begun = False
        self._end = weakref.finalize(self, self._queue.put, None)

    def do(self, act: Callable[..., object], *arguments: object) -> None:
        """Have `act` done; nobody is told what comes of it."""
        if not self._has_begun:
            self._has_begun = True
            threading.Thread(target=_work, args=(self._queue,), name=self._name, daemon=True).start()
        self._queue.put((act, arguments))

    def ask(self, act: Callable[[], T]) -> Callable[[], T]:
        """Have `act` done; return what waits for it, and returns what it returned or raises what it raised."""
        answer: SimpleQueue[tuple[T, None] | tuple[None, Exception]] = SimpleQueue()
        self.do(_answer, act, answer)
        return lambda: _answered(answer)

    async def answer(self, act: Callable[[], T]) -> T:
        """Have `act` done; return what it returned or raise what it raised, without holding up the event loop."""
        future: Future[T] = Future()
        self.do(_fulfil, act, future)
        return await asyncio.wrap_future(future)

    def end(self) -> None:
        """Let the thread end behind all that it was told; nothing may be told it afterwards."""
        self._end()


def _work(queue: _Queue) -> None:
    while (errand := queue.get()) is not None:
        act, arguments = errand
        with suppress(Exception):  # such as a loop that was closed meanwhile; the next errand is another's
            act(*arguments)
        del errand, act, arguments  # while it waits it keeps nothing alive, not even who sends it


def _answer(act: Callable[[], T], answer: SimpleQueue[tuple[T, None] | tuple[None, Exception]]) -> None:
    try:
        answer.put((act(), None))
    except Exception as error:  # noqa: BLE001 - it is raised where this is waited for
        answer.put((None, error))


def _answered(answer: SimpleQueue[tuple[T, None] | tuple[None, Exception]]) -> T:
    told = answer.get()
    if told[1] is not None:
        raise told[1]
    return told[0]


def _fulfil(act: Callable[[], T], future: Future[T]) -> None:
    if not future.set_running_or_notify_cancel():  # whoever waited went away
        return
    try:
        future.set_result(act())
    except Exception as error:  # noqa: BLE001 - it is raised where this is waited for
        future.set_exception(error)
