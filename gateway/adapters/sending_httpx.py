"""Requests over an httpx transport, where one is given in the place of `gateway.adapters.sending`'s own connections.

Apart from it, because importing httpx takes a twentieth of a start's time, and a gateway as it is shipped does without.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress

import httpx

from gateway.adapters.pieces import Take
from gateway.adapters.sending import CONNECT_TIMEOUT_S, Incoming, joined
from gateway.adapters.tapping import TimedOut, Unreachable

__all__ = ["OverHttpx"]


class OverHttpx:
    """Sends over any httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> Incoming:
        """See the protocol."""
        timeouts = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S).as_dict()
        request = httpx.Request(method, url, headers=headers, content=body, extensions={"timeout": timeouts})
        try:
            return _FromHttpx(await self._transport.handle_async_request(request))
        except httpx.ReadTimeout:
            raise TimedOut from None
        except (httpx.HTTPError, OSError):
            raise Unreachable from None

    async def aclose(self) -> None:
        """See the protocol."""
        await self._transport.aclose()


class _FromHttpx:
    """An answer over httpx."""

    __slots__ = ("_pieces", "_response", "headers", "status")

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._pieces: AsyncGenerator[bytes, None] | None = None
        self.status = response.status_code
        self.headers: Mapping[str, str] = joined(response.headers.raw)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """See the protocol."""
        try:
            assert isinstance(self._response.stream, httpx.AsyncByteStream)
            async for piece in self._response.stream:
                yield piece
        except httpx.TimeoutException:
            raise TimedOut from None
        except (httpx.HTTPError, OSError):
            raise Unreachable from None

    async def pour(self, take: Take) -> bool:
        """See the protocol."""
        if self._pieces is None:
            self._pieces = self.pieces()
        async for piece in self._pieces:
            if piece and not take(piece):
                return False
        return True

    async def aclose(self) -> None:
        """See the protocol."""
        with suppress(httpx.HTTPError, OSError):
            await self._response.aclose()
