"""What one connection may take: uvicorn's HTTP/1.1 protocol with bounds that it has not.

uvicorn's fast parser (httptools) has no limit for a request's head, waits for it for ever, and keeps every request that
a client pipelines. Its slower one (h11) bounds the head alone, and costs a millisecond of CPU for each request. So the
bounds stand here, in a subclass of the fast one:

* A head (request line and headers, also the trailers of a chunked body) has a size, a number of fields and a deadline.
  Counted are the bytes as they come in, before the parser collects them, so that a field without an end is bounded too.
* What stands in trailers is counted and left out: a proxy that takes headers of a client away may let them pass there,
  and whether whoever answers still sees them would hang on how the packets came.
* Framing of a chunked body (sizes, extensions) may be `_FRAMING` times its content, not more.
* One request at a time: what is pipelined behind it is dropped, and the connection is closed after the answer, so that
  the client sends it again (RFC 9112, section 9.3.2). Dropped bytes cost nothing.
* After an answer that came before its request had ended (413, 408) the rest is read and thrown away for `LINGER_S`, so
  that the client gets to read the answer; then the connection is closed.
* A wish to go on in another protocol (`upgrade`, CONNECT) is refused: the parser would not read the body behind it.
* A client that takes nothing of its answer for `stall_s` is cut off: it holds memory, and a place among the requests.
* A client that leaves is told to the request that is running, whatever else it sent.

A whole answer and a streamed one's pieces may be written past ASGI (`Presence`), whose messages and coroutines cost
more than the writing does.

The answers are JSON that is an error in OpenAI's envelope and in Anthropic's: no dialect is known yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.adapters.pieces import Writer
from gateway.server.errors import undirected
from gateway.server.presence import PRESENCE, Fields, Presence
from gateway.server.tls import PeerAwareProtocol
from gateway.settings import LimitSettings

__all__ = [
    "LINGER_S",
    "MAX_FIELDS",
    "BoundedProtocol",
    "Bounds",
    "bounded_protocol",
    "bounds_of",
    "leave_no_core",
    "raise_descriptor_limit",
]

MAX_FIELDS: Final = 128
LINGER_S: Final = 5.0
_ROUNDS: Final = 2
"""Of the event loop until an idle connection is closed: uvloop looks at its timers before it reads, so one that got no
processor for longer than the time for idle connections would close those whose requests wait."""
_BODILESS: Final = frozenset({204, 304, *range(100, 200)})
_FRAMING: Final = 16
"""Bytes of framing for each byte of content: a chunk of one byte has five, with room for extensions."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a connection may take.

    Attributes:
        head_bytes: largest request line and headers, in bytes.
        head_s: seconds for them to arrive.
        connections: open connections; one more is closed at once.
        stall_s: seconds in which a client must take some of what waits for it.
    """

    head_bytes: int = 32 * 1024
    head_s: float = 60
    connections: int = 10_000
    stall_s: float = 60


def bounds_of(limits: LimitSettings) -> Bounds:
    """Return the bounds by the settings; half of the descriptors that this process may open is for clients."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    connections = min(limits.connections, max(1, descriptors // 2)) if descriptors > 0 else limits.connections
    return Bounds(limits.header_bytes, limits.body_seconds, connections, limits.stall_seconds)


def raise_descriptor_limit() -> None:
    """Let this process open as many descriptors as its hard limit allows; the soft one is often 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def leave_no_core() -> None:
    """Let this process and its children write no core file when they crash: it would hold requests (invariant 4)."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


class _Refused(Exception):
    """Ends parsing; raised in a callback of the parser."""


class BoundedProtocol(PeerAwareProtocol):
    """One connection."""

    bounds = Bounds()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._refusal: HTTPStatus | None = None
        self._deaf = False
        self._in_head = True
        self._in_message = False
        self._taken = self._content = self._fields = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._client: Presence | None = None
        self._writer: Writer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin; at once the end where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.bounds.connections:
            self._deaf = True
            transport.close()
            return
        self._arm(self.bounds.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._disarm()
        self._unwatch_stall()
        super().connection_lost(exc)
        self._close_writer()
        if self._client is not None:
            self._client.leave()

    def data_received(self, data: bytes) -> None:
        """Parse what came, within the bounds."""
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        self._taken += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(self._refusal or HTTPStatus.BAD_REQUEST)
        else:
            if self._in_head and self._taken and self._deadline is None:
                self._arm(self.bounds.head_s)
            # An end of the head in this very piece has moved the count on, so that a body is never counted as a head.
            if self._taken - (1 + _FRAMING) * self._content > self.bounds.head_bytes:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin to count; refuse to have two requests at a time."""
        if self._running() is not None:
            self._last()
            raise _Refused
        super().on_message_begin()
        self._client = Presence(self.flow.resume_reading, self._write_answer)
        self.scope[PRESENCE] = self._client  # type: ignore[typeddict-unknown-key]  # ASGI allows further keys
        self._in_head = self._in_message = True
        self._content = self._fields = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; leave a trailer out."""
        self._fields += 1
        if self._fields > MAX_FIELDS:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _Refused
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the clock; the app takes it from here, with a deadline of its own for the body."""
        if self.parser.should_upgrade():
            self._refusal = HTTPStatus.NOT_IMPLEMENTED
            raise _Refused
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.bounds.head_bytes:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _Refused
        self._disarm()
        self._in_head = False
        super().on_headers_complete()
        if self._client is not None:
            self._writer = Writer(self.cycle, self.flow, self.transport)
            self._client.write = self._writer.write

    def on_body(self, body: bytes) -> None:
        """Count content."""
        self._content += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has ended; what comes next is a head."""
        self._in_message = False
        self._in_head = True
        self._taken = self._content = 0
        super().on_message_complete()
        if self._client is not None:
            self._client.whole = True

    def on_response_complete(self) -> None:
        """Go on, or wait a moment for the rest of a request that is answered already."""
        self._close_writer()
        self._writer = None  # it holds the request
        if self._client is not None:
            self._client.end()
        super().on_response_complete()
        if self._in_message and not self.transport.is_closing():
            self._arm(LINGER_S)

    def _last(self) -> None:
        """Take no more; close after the answer that is on its way."""
        self._deaf = True
        cycle = self._running()
        if cycle is None:
            self.transport.close()
        else:
            cycle.keep_alive = False

    def _write_answer(self, status: int, headers: Fields, body: bytes) -> bool:
        """Write a whole answer in one system call, where uvicorn makes two; False: it was not."""
        cycle = self._running()
        if cycle is None or cycle.response_started or cycle.disconnected or self.flow.write_paused:
            return False
        if status in _BODILESS or cycle.scope["method"] == "HEAD":
            return False
        lines = [STATUS_LINE[status], *[b"%b: %b\r\n" % field for field in headers]]
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):  # uvicorn tells what is wrong with it
            return False
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        self.transport.writelines((head, b"\r\n", body))
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def _running(self) -> RequestResponseCycle | None:
        """Return the request that is being answered."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first, whatever uvicorn declares
        return None if cycle is None or cycle.response_complete else cycle

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer, unless an answer is on its way, and close."""
        if self._deaf:  # pipelined: the running request is answered first
            return
        self._deaf = True
        self.logger.info("a connection was closed: %d %s", status.value, status.phrase)
        cycle = self._running()
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
            self._close_writer()
            if self._client is not None:
                self._client.leave()
        if cycle is None or not cycle.response_started:
            self.transport.write(_answer(status, self.bounds))
        self.transport.close()

    def timeout_keep_alive_handler(self, rounds: int = _ROUNDS) -> None:
        """Close an idle connection, but not one whose next request is here already and could not be read so far."""
        if rounds:
            self.timeout_keep_alive_task = self.loop.call_later(0, self.timeout_keep_alive_handler, rounds - 1)
        else:
            super().timeout_keep_alive_handler()

    def pause_writing(self) -> None:
        """The client does not take what it is sent: it has `stall_s` to take some of it."""
        super().pause_writing()
        self._close_writer()
        self._watch_stall(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """It took it."""
        self._unwatch_stall()
        super().resume_writing()

    def _close_writer(self) -> None:
        """Have the next piece of a stream ask whether it may be written."""
        if self._writer is not None:
            self._writer.open = False

    def _watch_stall(self, size: int) -> None:
        self._unwatch_stall()
        self._stall = self.loop.call_later(self.bounds.stall_s, self._stalled, size)

    def _unwatch_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _stalled(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._watch_stall(left)
        else:
            self._stall = None
            self.transport.abort()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self._in_head and self._taken:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()


def bounded_protocol(bounds: Bounds) -> type[BoundedProtocol]:
    """Return the protocol with `bounds`; uvicorn makes one of it for each connection."""
    return type("BoundedProtocol", (BoundedProtocol,), {"bounds": bounds})


def _answer(status: HTTPStatus, bounds: Bounds) -> bytes:
    most = f"{bounds.head_bytes} bytes (limits.header_bytes) or {MAX_FIELDS} lines"
    told = {
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
            f"The request line, the headers or what frames the body are more than this gateway reads: {most}.",
            "headers_too_large",
        ),
        HTTPStatus.REQUEST_TIMEOUT: (
            f"The headers did not arrive within {bounds.head_s:g} seconds (limits.body_seconds).",
            "request_timeout",
        ),
        HTTPStatus.NOT_IMPLEMENTED: (
            "This gateway changes to no other protocol, such as WebSocket: send HTTP/1.1 without `upgrade`.",
            "bad_http",
        ),
    }
    unread = ("This is no HTTP/1.1 request that can be read.", "bad_http")
    error = undirected("invalid_request_error", *told.get(status, unread))
    body = json.dumps(error).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
