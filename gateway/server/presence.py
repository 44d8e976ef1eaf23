"""Whether the client of a request is still there, told at once and at no cost while it is.

ASGI has `receive` for that, which somebody must wait on beside the work: two tasks and their cancellation for every
request, a twentieth of a millisecond. The protocol (`gateway/server/wire.py`) knows when the connection is lost, so it
puts a `Presence` into the scope of each request, and what runs in `WhileClientStays` is cancelled by it. Under another
server, where there is none, a task waits on `receive`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final

from starlette.types import Receive, Scope

__all__ = ["PRESENCE", "ClientGone", "Fields", "Presence", "WhileClientStays", "is_whole", "not_now"]

PRESENCE: Final = "privacy_gateway.presence"
"""The key of a scope's `Presence`."""


Fields = Sequence[tuple[bytes, bytes]]
"""Headers, as ASGI has them."""


def not_now(_piece: bytes) -> bool:
    """Write nothing."""
    return False


class ClientGone(Exception):
    """The client went away before the work was done."""


class Presence:
    """Of the client of one request.

    Args:
        listen: makes sure that a lost connection is noticed: while nothing is read from it, it is not.
        answer: writes a whole answer (status, headers, body); False: it was not, and ASGI's way is to be taken.

    Attributes:
        write: writes a piece of an answer whose head is sent; False: it was not, because the client takes nothing now.
        whole: whether the request has come in to its end.
    """

    __slots__ = ("_listen", "_told", "answer", "gone", "whole", "write")

    def __init__(self, listen: Callable[[], None], answer: Callable[[int, Fields, bytes], bool]) -> None:
        self._listen = listen
        self.write: Callable[[bytes], bool] = not_now
        self.answer = answer
        self.whole = False
        self._told: Callable[[], None] | None = None
        self.gone = False

    def leave(self) -> None:
        """The client has gone away."""
        self.gone = True
        self.end()
        if self._told is not None:
            self._told()

    def end(self) -> None:
        """The answer has ended: nothing more is written, and who would write it is let go."""
        self.write = not_now

    def tell(self, told: Callable[[], None] | None) -> None:
        """Call `told`, and nobody else, when the client goes away; None: nobody."""
        self._told = told
        if told is not None:
            self._listen()


def is_whole(scope: Scope) -> bool:
    """Tell whether a request is known to have come in to its end, so that nobody waits who reads it."""
    presence: Presence | None = scope.get(PRESENCE)
    return presence is not None and presence.whole


class WhileClientStays:
    """Cancels what runs in this context, in a task, when the client goes away, and raises `ClientGone` in its place.

    The body of the request must have been read.
    """

    __slots__ = ("_before", "_listener", "_presence", "_receive", "_stopped", "_task")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._presence: Presence | None = scope.get(PRESENCE)
        self._receive = receive
        self._stopped = False
        self._listener: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        """Begin.

        Raises:
            ClientGone: if it has gone already.
        """
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._before = task.cancelling()
        if self._presence is None:
            self._listener = asyncio.create_task(_leaves(self._receive))
            self._listener.add_done_callback(lambda listener: None if listener.cancelled() else self._stop())
        elif self._presence.gone:
            raise ClientGone
        else:
            self._presence.tell(self._stop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        if self._presence is not None:
            self._presence.tell(None)
        if self._listener is not None:
            self._listener.cancel()
        # As `asyncio.timeout` does: a cancellation that was asked for by somebody else is passed on.
        if self._stopped and self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise ClientGone from None

    def _stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._task.cancel()


async def _leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
