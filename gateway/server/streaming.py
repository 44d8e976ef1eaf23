"""A streamed answer that notices at once when the client goes away.

Starlette's own StreamingResponse learns of it when it next sends, which for a slow model is seconds later; until then
the upstream would go on computing for nobody. This one stops sending, and closes the source, the moment it leaves.

While the client takes what it is sent, `send` has nothing to wait for, so whoever has a piece in his hand may write it
at once (`Outlet`), from a callback, and no task is woken for it. Only our own protocol can do that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.adapters.pieces import Passing
from gateway.core.protocols import StreamRestorer
from gateway.server.presence import PRESENCE, ClientGone, Presence, WhileClientStays, not_now

__all__ = ["EventStream", "Outlet", "Whole"]


class Outlet(Passing):
    """Where pieces of one answer are restored and written at once, in their order, as soon as its head is sent.

    Args:
        restorer: of the stream.
    """

    __slots__ = ()

    def __init__(self, restorer: StreamRestorer) -> None:
        super().__init__(restorer, not_now)

    def open(self, scope: Scope) -> None:
        """Let pieces be written from now on, if the server can."""
        presence: Presence | None = scope.get(PRESENCE)
        if presence is not None:
            self.write = presence.write


class Whole(Response):
    """An answer that is there from its first byte to its last: written at once where the server can.

    `ended`, if there is one, is awaited when it is written, whatever happens.
    """

    def __init__(
        self,
        body: bytes,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        media_type: str | None = None,
        ended: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(body, status, headers, media_type)
        self.ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            presence: Presence | None = scope.get(PRESENCE)
            if presence is None or not presence.answer(self.status_code, self.raw_headers, bytes(self.body)):
                await super().__call__(scope, receive, send)
        finally:
            if self.ended is not None:
                await self.ended()


class EventStream(Response):
    """Server-Sent Events from an async generator, which is closed when the client leaves.

    `ended` is called once, whatever happens: a generator that was never begun has no `finally` that could do it.
    `outlet` is opened for the generator, which may write there while it is asked for its next piece.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        headers: Mapping[str, str],
        ended: Callable[[], None],
        outlet: Outlet | None = None,
    ) -> None:
        self._pieces = pieces
        self.ended = ended
        self._outlet = outlet
        super().__init__(headers=dict(headers) | {"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces as they come, until they end or the client leaves."""
        try:
            with suppress(ClientGone, OSError), WhileClientStays(scope, receive):
                await self._send(scope, send)
        finally:
            try:
                await self._pieces.aclose()
            finally:
                self.ended()

    async def _send(self, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if self._outlet is not None:
            self._outlet.open(scope)
        async for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
