"""A streamed answer that notices at once when the client goes away.

Starlette's own StreamingResponse learns of it when it next sends, which for a slow model is seconds later; until then
the upstream would go on computing for nobody. This one stops sending, and closes the source, the moment it leaves.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.server.presence import ClientGone, WhileClientStays

__all__ = ["EventStream"]


class EventStream(Response):
    """Server-Sent Events from an async generator, which is closed when the client leaves.

    `ended` is called once, whatever happens: a generator that was never begun has no `finally` that could do it.
    """

    media_type = "text/event-stream"

    def __init__(
        self, pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str], ended: Callable[[], None]
    ) -> None:
        self._pieces = pieces
        self._ended = ended
        super().__init__(headers=dict(headers) | {"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces as they come, until they end or the client leaves."""
        try:
            with suppress(ClientGone, OSError):
                async with WhileClientStays(scope, receive):
                    await self._send(send)
        finally:
            try:
                await self._pieces.aclose()
            finally:
                self._ended()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
