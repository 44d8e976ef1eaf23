"""Planning goes one request after the other, with all that is short in between.

Plans of short bodies are made in the event loop, because a thread for each costs more than it gives. When many come at
once, the loop would make all of them before it looks at anything else: the decision that is on the disk by now, the
upstream that has answered, the chunk of a stream that a client waits for. So each plan waits for its turn, and between
two turns the loop goes round a few times.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

__all__ = ["Turns"]

_ROUNDS: Final = 4
"""Of the event loop between two turns: enough for a durable decision to become bytes on their way to an upstream."""


class Turns:
    """An asynchronous context that one holds at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taken = False

    async def __aenter__(self) -> None:
        """Wait for the turn."""
        if not self._taken:
            self._taken = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on(0)
            raise

    async def __aexit__(self, *_error: object) -> None:
        """Give it to the next, when the loop has gone round."""
        self._pass_on(_ROUNDS)

    def _pass_on(self, rounds: int) -> None:
        if rounds:
            asyncio.get_running_loop().call_soon(self._pass_on, rounds - 1)
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False
