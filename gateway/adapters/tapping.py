"""An answer is taken as it comes in, by a function that the event loop calls; no task is woken for each piece.

A task that sleeps until the next piece of a stream, and generators through which the piece goes up to whoever writes
it, cost a quarter of all that was done for the piece. aiohttp's reader knows tasks only, so a protocol of our own
stands before aiohttp's while an answer is read (`asyncio.BaseTransport.set_protocol`): it parses, we take the rest.

* The connection is aiohttp's again the moment that the body has ended: it is in the pool then.
* A piece that is chunks (RFC 9112, section 7.1) from the first one's first byte to the last one's last, as a model's
  words come, is taken out of its frames here where aiohttp's parser stands between two chunks: it stands there
  afterwards, too.
* A piece that nobody can take now stops it all: aiohttp gathers what comes, and makes the server wait beyond its limit.
* The time limit is kept by one timer that looks now and then whether something came, not by a new one for each piece,
  and no clock is read for each: it may be up an eighth later.
* aiohttp leaves readers waiting for ever where a chunk's size is none; here the lost connection ends the answer.
"""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
from aiohttp.client_proto import ResponseHandler

from gateway.adapters.pieces import Inlet, Take

__all__ = ["Tap", "TimedOut", "Unreachable"]

_BLANK_LINE: Final = b"\n\n"
_BLANK_LINE_IN_CHUNK: Final = b"\n\n\r\n"
_LOOKS: Final = 8
"""So often it is looked within the time limit whether something came."""


class TimedOut(Exception):
    """Nothing came for longer than allowed, on a connection that had been made."""


class Unreachable(Exception):
    """No connection could be made, or it broke. The message says why, in words of the code alone; empty: it broke."""


class Tap(Inlet, asyncio.Protocol):
    """Stands before aiohttp's protocol of a connection while an answer is read, and hands on what that one parsed.

    Args:
        protocol: aiohttp's.
        transport: of the connection.
        content: of the answer, in which nothing is waiting.
        take: what comes goes there.
    """

    def __init__(
        self, protocol: ResponseHandler, transport: asyncio.Transport, content: aiohttp.StreamReader, take: Take
    ) -> None:
        super().__init__()
        self._protocol = protocol
        self._transport = transport
        self._content = content
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[bool] = self._loop.create_future()
        self._limit_s = protocol.read_timeout
        self._silent = 0  # looks in a row before which nothing came
        self._timer: asyncio.TimerHandle | None = None
        self._left = False

    async def ended(self) -> bool:
        """Wait until the body has ended, or nothing more is taken.

        Raises:
            TimedOut: if it stalls.
        """
        self._limit(None)
        if self._limit_s:
            self._look_soon(self._limit_s)
        self._transport.set_protocol(self)
        try:
            return await self._ended
        finally:
            self._leave()

    def eof_received(self) -> bool | None:
        """Tell aiohttp."""
        self._protocol.eof_received()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell aiohttp, which knows whether the body has ended with it."""
        self._protocol.connection_lost(exc)
        self._pass_on()
        self._end(Unreachable())

    def pause_writing(self) -> None:
        """Tell aiohttp."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Tell aiohttp."""
        self._protocol.resume_writing()

    def _parse(self, data: bytes) -> None:
        self._protocol.data_received(data)
        last = self._pass_on()
        # Framing alone has no blank line, so these line ends are the content's last, and the others its chunk's.
        is_between = last.endswith(_BLANK_LINE) and data.endswith(_BLANK_LINE_IN_CHUNK)
        self._is_between = is_between and not self._left

    def _pass_on(self) -> bytes:
        """Pass on what aiohttp parsed; return the last of it if more is taken."""
        last = b""
        if self._ended.done():
            return last
        try:
            while piece := self._content.read_nowait():
                last = piece
                if not self._take(piece):
                    self._end(False)
                    return b""
        except Exception as error:  # noqa: BLE001 - it is raised where this is awaited
            self._end(error)
        else:
            if self._content.at_eof():
                self._end(True)
        return last

    def _look_soon(self, limit_s: float) -> None:
        self._timer = self._loop.call_later(limit_s / _LOOKS, self._look, limit_s)

    def _look(self, limit_s: float) -> None:
        self._silent = 0 if self._hears else self._silent + 1
        self._hears = False
        if self._silent < _LOOKS:
            self._look_soon(limit_s)
        else:
            self._end(TimedOut())

    def _end(self, how: bool | Exception) -> None:  # noqa: FBT001 - what a future becomes
        if self._ended.done():  # whoever waited is being cancelled
            pass
        elif isinstance(how, Exception):
            self._ended.set_exception(how)
        else:
            self._ended.set_result(how)
        self._leave()

    def _leave(self) -> None:
        """Step aside at once: when the body has ended, the connection belongs to the pool, or to another request."""
        if self._left:
            return
        self._left = True
        self._is_between = False
        if self._timer is not None:
            self._timer.cancel()
        if self._protocol.transport is not None:
            self._transport.set_protocol(self._protocol)
        if not self._content.is_eof():
            self._limit(self._limit_s)

    def _limit(self, seconds: float | None) -> None:
        self._protocol.read_timeout = seconds
        self._protocol.start_timeout()
