"""What is done when an answer has been sent, whatever becomes of the request that it was for.

A client that goes away cancels the task of its request, and the record of how it ended must be written all the same. So
that is done in a task of its own; a gateway that stops waits for all of them (`drain`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["Endings"]


class Endings:
    """Tasks that nobody else waits for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        """An event loop keeps no task alive by itself."""

    def begin(self, ending: Coroutine[Any, Any, None]) -> None:
        """Run `ending`, even if the task that calls this is being cancelled."""
        task = asyncio.get_running_loop().create_task(ending)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Return when all have ended, those that begin meanwhile, too."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
