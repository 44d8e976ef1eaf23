"""How one HTTP request goes out and its answer comes in: what the upstream client needs of a client library, no more.

httpx's client costs a quarter of a millisecond for each request, aiohttp's session half of that: cookies, redirects,
authentication, merging of URLs and headers, none of which is wanted here. So the default takes of aiohttp what is hard
to get right (connections, their pool, TLS, names, the parser of answers), and writes a request's head itself; any httpx
transport can take its place (`sending_httpx.py`), which is how tests and other libraries come in.

* No cookie is kept: one that an upstream sets for one tenant must not come back with another's request.
* No redirect is followed, no proxy and no credential is taken from the environment; certificates are checked.
* A request on a connection that the server closed while it was idle is sent again; nothing else is repeated, for a
  server that broke a new connection, or in the middle of an answer's head, may have worked on the request.
* A connection on which something came while it was idle is closed: what came belongs to no request.
* The time to connect is the upstream's: when this process got no processor meanwhile, it begins anew.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final, Protocol

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, RawResponseMessage
from yarl import URL

from gateway.adapters.pieces import Take
from gateway.adapters.tapping import Tap, TimedOut, Unreachable

__all__ = ["CONNECT_TIMEOUT_S", "Incoming", "OverAiohttp", "Sender", "joined"]

CONNECT_TIMEOUT_S: Final = 5.0
MAX_CONNECTIONS: Final = 1000
_KEEPALIVE_S: Final = 30
_IDLE_TRIES: Final = 3
_STALLS: Final = 2
_STALL_S: Final = 0.25
"""The loop looks at its timers before it learns of a connection that was made while it stood still. A time limit that
is found to have passed so much too late tells of that, not of the upstream."""
_MAX_TARGETS: Final = 256
_INTERIM: Final = frozenset(range(100, 200)) - {101}
"""Statuses that another answer follows (RFC 9110, section 15.2)."""
_AUTOMATIC: Final = ("Accept", "Accept-Encoding", "User-Agent")
"""What aiohttp would write of its own."""


class Incoming(Protocol):
    """An answer whose body has not been read."""

    @property
    def status(self) -> int:
        """HTTP's status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name; several of one name are one, with commas."""
        ...

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it arrives.

        Raises:
            TimedOut: if it stalls.
            Unreachable: if it breaks off.
        """
        ...

    async def pour(self, take: Take) -> bool:
        """Give `take` each piece of the body as it arrives, until it wants no more; return whether the body has ended.

        `take` must not block. What it raises ends this and is raised here. Not to be used together with `pieces`.

        Raises:
            TimedOut: if it stalls.
            Unreachable: if it breaks off.
        """
        ...

    async def aclose(self) -> None:
        """Close the connection if the body was not read to its end."""
        ...


class Sender(Protocol):
    """Sends requests."""

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> Incoming:
        """Return the answer once its head is there.

        Args:
            method: HTTP's.
            url: absolute, percent-encoded.
            headers: all that are sent, but those of framing.
            body: None: none.
            timeout_s: seconds to wait for each piece.

        Raises:
            TimedOut: if no answer began in time.
            Unreachable: if no connection could be made, or it broke.
        """
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


class OverAiohttp:
    """Sends over aiohttp's pooled connections; its parser reads the answers.

    Args:
        trusted: what checks servers' certificates; by default the system's list, as aiohttp read it when it was
            imported: reading it once more would keep the first request waiting, some fifty milliseconds.
        connect_s: seconds to connect in.
    """

    def __init__(self, trusted: ssl.SSLContext | None = None, connect_s: float = CONNECT_TIMEOUT_S) -> None:
        self._trusted = trusted
        self._connect_s = connect_s
        self._connector: _Connector | None = None
        self._target = lru_cache(maxsize=_MAX_TARGETS)(_Target)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> Incoming:
        """See the protocol."""
        if self._connector is None:
            self._connector = _Connector(
                limit=MAX_CONNECTIONS, keepalive_timeout=_KEEPALIVE_S, ssl=self._trusted or True, ttl_dns_cache=60
            )
        target = self._target(method, url)
        head = target.head(headers, body)
        idle = 0  # connections that turned out to be closed: each makes way for another
        while True:
            _is_new.set(False)
            try:
                limits = _limits(self._connect_s, timeout_s)
                return await _asked(self._connector, target.request, head, body or b"", limits)
            except _Spoilt:
                continue
            except aiohttp.ServerDisconnectedError as error:
                # aiohttp tells in words that nothing came; a head that has begun, as what there is of it.
                if _is_new.get() or not isinstance(error.message, str) or idle == _IDLE_TRIES:
                    raise Unreachable from None
                idle += 1
            except aiohttp.SocketTimeoutError:
                raise TimedOut from None
            except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
                raise Unreachable(_why(error)) from None

    async def aclose(self) -> None:
        """See the protocol."""
        if self._connector is not None:
            await self._connector.close()


def _why(error: Exception) -> str:
    """Return why no connection could be made, for whoever has to mend it; empty: it was made."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted, or is another host's"
    if isinstance(error, aiohttp.ClientSSLError):
        return "it does not speak TLS as it should"
    failed = aiohttp.ClientConnectorError, TimeoutError
    return "no connection can be made" if isinstance(error, failed) else ""


_is_new: ContextVar[bool] = ContextVar("is_new", default=False)
"""Whether the connection that this task's request took was made for it."""


class _Spoilt(Exception):
    """Something came on a connection while nobody had asked: it would be taken for the next request's answer."""


class _Connector(aiohttp.TCPConnector):
    """aiohttp's, which tells of connections that are made; its own way to (tracing) costs a fifth of a request."""

    async def _create_connection(self, *arguments: Any) -> Any:
        _is_new.set(True)
        return await super()._create_connection(*arguments)

    async def _wrap_create_connection(self, *arguments: Any, **named: Any) -> Any:
        limits: aiohttp.ClientTimeout = named["timeout"]
        for _ in range(_STALLS):
            begun = self._loop.time()
            with suppress(TimeoutError):
                return await super()._wrap_create_connection(*arguments, **named)
            if self._loop.time() - begun < (limits.sock_connect or 0) + _STALL_S:
                raise TimeoutError
        return await super()._wrap_create_connection(*arguments, **named)


class _Target:
    """Where requests go, and how all of them begin.

    Attributes:
        request: tells the connector whom to connect to; itself it is never sent.
    """

    __slots__ = ("_headers", "_line", "request")

    def __init__(self, method: str, url: str) -> None:
        self.request = aiohttp.ClientRequest(method, URL(url), skip_auto_headers=_AUTOMATIC)
        self._line = f"{method} {self.request.url.raw_path_qs} HTTP/1.1\n"
        # The host; a length of none where a body is usual; a credential that the URL has.
        self._headers = {name.lower(): value for name, value in self.request.headers.items()}

    def head(self, headers: Mapping[str, str], body: bytes | None) -> bytes:
        """Return the head of a request.

        Raises:
            ValueError: if a header would end before its end.
        """
        told = self._headers | {name.lower(): value for name, value in headers.items()}
        if body is not None:
            told["content-length"] = str(len(body))
        fields = "\n".join([f"{name}: {value}" for name, value in told.items()])
        if "\r" in fields or "\0" in fields or fields.count("\n") >= len(told):
            raise ValueError("a line end in a header")
        return f"{self._line}{fields}\n\n".replace("\n", "\r\n").encode()


async def _asked(
    connector: _Connector, request: aiohttp.ClientRequest, head: bytes, body: bytes, limits: aiohttp.ClientTimeout
) -> _FromAiohttp:
    connection = await connector.connect(request, [], limits)
    protocol, transport = connection.protocol, connection.transport
    assert protocol is not None
    if protocol.should_close and not _is_new.get():
        connection.close()
        raise _Spoilt
    assert transport is not None  # a connection that is given is open
    late: asyncio.Task[None] | None = None
    try:
        protocol.set_response_params(read_until_eof=True, auto_decompress=False, read_timeout=limits.sock_read)
        transport.writelines((head, body))  # each `write` is a system call of its own
        if protocol.writing_paused:
            late = asyncio.create_task(_limit_when_taken(protocol))
        else:
            protocol.start_timeout()
        message, content = await protocol.read()
        while message.code in _INTERIM:
            message, content = await protocol.read()
    except BaseException:
        _close(connection)
        raise
    finally:
        if late is not None:
            late.cancel()
    return _FromAiohttp(connection, message, content)


async def _limit_when_taken(protocol: ResponseHandler) -> None:
    """Wait for an answer only so long, but from when the request is out: who takes it slowly is not silent."""
    with suppress(ConnectionError):
        await protocol._drain_helper()  # noqa: SLF001 - what aiohttp's own writer waits for
        protocol.start_timeout()


def _close(connection: Connection) -> None:
    """Close at once: what is not written yet would keep it open until the other side takes it."""
    transport = connection.transport
    if transport is not None and transport.get_write_buffer_size():
        transport.abort()
    connection.close()


class _FromAiohttp:
    """An answer over aiohttp."""

    __slots__ = ("_connection", "_content", "headers", "status")

    def __init__(self, connection: Connection, message: RawResponseMessage, content: aiohttp.StreamReader) -> None:
        self._connection: Connection | None = connection
        self._content = content
        self.status = message.code
        self.headers: Mapping[str, str] = joined(message.raw_headers)
        content.on_eof(self._ended)

    def _ended(self) -> None:
        """Give the connection back, unless the upstream has yet to take what it has answered already."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        transport = connection.transport
        if transport is not None and transport.get_write_buffer_size():
            _close(connection)
        else:
            connection.release()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """See the protocol. Not aiohttp's own way, which waits for ever behind a chunk that is none."""
        came: list[bytes] = []

        def take(piece: bytes) -> bool:
            came.append(piece)
            return False

        while not await self.pour(take):
            yield came.pop()

    async def pour(self, take: Take) -> bool:
        """See the protocol."""
        content = self._content
        try:
            while piece := content.read_nowait():
                if not take(piece):
                    return False
            if content.at_eof():
                return True
            protocol = self._connection.protocol if self._connection is not None else None
            if protocol is None or protocol.transport is None:
                raise Unreachable
            return await Tap(protocol, protocol.transport, content, take).ended()
        except aiohttp.SocketTimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError):
            raise Unreachable from None

    async def aclose(self) -> None:
        """See the protocol."""
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)


@lru_cache(maxsize=64)
def _limits(connect_s: float, timeout_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connect_s, sock_read=timeout_s)


def joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by lower-case name."""
    joined: dict[str, str] = {}
    for name, value in raw:
        key, text = name.lower().decode("latin-1"), value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined
