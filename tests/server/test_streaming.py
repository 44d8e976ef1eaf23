"""Streamed answers, written as they come in: in order, whole, and never faster than the client takes them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import weakref
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import uvloop
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState

from gateway.adapters.chunks import framed
from gateway.server.presence import PRESENCE, Presence
from gateway.server.run import Embedded, bind
from gateway.server.streaming import EventStream, Outlet, Whole
from gateway.server.wire import BoundedProtocol
from gateway.settings import Address
from tests.fakes.engines import engine
from tests.fakes.restorers import FakeStream
from tests.fakes.sockets import raw
from tests.fakes.world import Scripted, streams, world

EVENTS = [b"data: %d\n\n" % number for number in range(9)]


class Client:
    """Takes what it is sent while it has room; otherwise `send` waits."""

    def __init__(self, *, tells: bool = True) -> None:
        self.got: list[bytes] = []
        self.room = asyncio.Event()
        self.room.set()
        self.scope: dict[str, Any] = {}
        self.waited = 0
        if tells:
            self.scope[PRESENCE] = presence = Presence(lambda: None, lambda *_: False)
            presence.write = self.write

    def write(self, piece: bytes) -> bool:
        if self.room.is_set():
            self.got.append(piece)
        return self.room.is_set()

    async def send(self, message: Message) -> None:
        if not self.room.is_set():
            self.waited += 1
            await self.room.wait()
        if message["type"] == "http.response.body" and message["body"]:
            self.got.append(message["body"])

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_whole_answer_has_ended_once_it_is_written_or_cannot_be(leaves: bool) -> None:  # noqa: FBT001
    client, seen = Client(tells=False), list[list[bytes]]()

    async def send(message: Message) -> None:
        if leaves:
            raise OSError
        await client.send(message)

    async def ended() -> None:
        seen.append(client.got.copy())

    with contextlib.suppress(OSError):
        await Whole(b"{}", ended=ended)({"type": "http"}, client.receive, send)
    assert seen == [[] if leaves else [b"{}"]]


async def answered(client: Client, outlet: Outlet, pieces: AsyncGenerator[bytes, None]) -> None:
    await EventStream(pieces, {}, lambda: None, outlet)(client.scope, client.receive, client.send)


@pytest.mark.parametrize("tells", [True, False])
async def test_pieces_reach_the_client_in_order_however_they_are_written(*, tells: bool) -> None:
    client, outlet = Client(tells=tells), Outlet(FakeStream())
    written: list[bool] = []

    async def pieces() -> AsyncGenerator[bytes, None]:
        for number, event in enumerate(EVENTS):
            if number == 4:
                client.room.clear()
                asyncio.get_running_loop().call_soon(client.room.set)
            written.append(number % 3 > 0 and outlet.write(event))
            if not written[-1]:
                yield event

    async with asyncio.timeout(20):
        await answered(client, outlet, pieces())
    assert client.got == EVENTS
    assert client.waited == 1
    assert written == [tells and number % 3 > 0 and number != 4 for number in range(9)]


async def test_nothing_is_written_before_the_head_is_sent() -> None:
    client, outlet = Client(), Outlet(FakeStream())
    assert not outlet.write(b"data: 1\n\n")
    outlet.open(client.scope)
    assert outlet.write(b"data: 2\n\n")
    assert client.got == [b"data: 2\n\n"]


async def test_a_client_that_reads_late_gets_every_event_of_a_long_stream_in_order(tmp_path: Path) -> None:
    """More than all buffers on the way hold, so that the gateway has to wait for its client many times."""
    filled = "word " * 3000
    pieces = [
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": f"{n} {filled}"}}]}).encode() + b"\n\n"
        for n in range(800)
    ]
    body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "Count."}]}).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    fleet = {"cloud": Scripted("cloud", streams(pieces))}
    async with asyncio.timeout(60), world(tmp_path, engine(), fleet) as w, raw(w.url) as client:
        await client.send(head % len(body) + body)
        head_of_answer = await client.reader.readuntil(b"\r\n\r\n")
        got = await client.rest()
    assert head_of_answer.startswith(b"HTTP/1.1 200")
    seen = [int(part.split(b" ", 1)[0]) for part in got.split(b'"content": "')[1:]]
    assert seen == list(range(800))
    assert got.count(b"word ") == 800 * 3000


class Written(asyncio.Transport):
    """A transport that keeps what is written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.pieces.append(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def resume_reading(self) -> None:
        pass


async def written(response: Response, asked: bytes) -> Written:
    """Return what a connection got to see of `response`, as the server writes it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await response(scope, receive, send)

    protocol, transport, state = connected(app)
    protocol.data_received(asked)
    await asyncio.gather(*state.tasks)
    protocol.connection_lost(None)
    return transport


def connected(app: ASGIApp) -> tuple[BoundedProtocol, Written, ServerState]:
    """Return the server's side of a new connection, and what it writes to."""
    transport, state = Written(), ServerState()
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
    config.load()
    protocol = BoundedProtocol(config, state, {})
    protocol.connection_made(transport)
    return protocol, transport, state


async def test_a_request_that_was_answered_is_let_go_at_once() -> None:
    """Bodies are megabytes: none may wait for the garbage collector because somebody could still write an answer."""
    pieces = (b"data: %d\n\n" % number for number in range(3))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        outlet = Outlet(FakeStream())

        async def rest() -> AsyncGenerator[bytes, None]:
            assert outlet.take(next(pieces))
            yield next(pieces)

        await EventStream(rest(), {}, lambda: None, outlet)(scope, receive, send)

    protocol, transport, state = connected(app)
    gc.disable()
    try:
        protocol.data_received(b"POST / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        cycle = weakref.ref(protocol.cycle)
        await asyncio.gather(*state.tasks)
        await asyncio.sleep(0)
        protocol.data_received(b"GET / HTTP/1.1\r\n")
        protocol.cycle = protocol.scope = None  # type: ignore[assignment]  # as the next request's head does
        assert transport.pieces[1:] == [framed(b"DATA: 0\n\n"), framed(b"data: 1\n\n"), b"0\r\n\r\n"]
        assert cycle() is None
    finally:
        gc.enable()
        protocol.connection_lost(None)


def test_a_request_that_came_while_the_gateway_got_no_time_was_cut_off() -> None:
    """uvloop looks at its timers before it reads: the one for idle connections closed those with a request in them."""

    async def run() -> bytes:
        loop, state = asyncio.get_running_loop(), ServerState()
        config = uvicorn.Config(Whole(b"{}"), log_config=None, ws="none", timeout_keep_alive=60)
        config.load()
        listener = await loop.create_server(lambda: BoundedProtocol(config, state, {}), "127.0.0.1", 0)
        asked = b"POST / HTTP/1.1\r\nhost: localhost\r\n\r\n"
        async with listener:
            reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
            with contextlib.closing(writer):
                writer.write(asked)
                await reader.readuntil(b"{}")
                (protocol,) = [each for each in state.connections if isinstance(each, BoundedProtocol)]
                writer.write(asked)
                protocol.timeout_keep_alive_handler()  # as when the loop comes round late
                answer = await reader.readuntil(b"{}")
                protocol.timeout_keep_alive_handler()
                assert await reader.read() == b""
                return answer

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(run()).startswith(b"HTTP/1.1 200 ")


async def test_a_clients_request_was_lost_because_both_close_idle_connections_after_five_seconds() -> None:
    server = Embedded(Whole(b"{}"), Address("127.0.0.1", 0), drain_s=1)
    listener = bind(Address("127.0.0.1", 0), "listen")
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    url = "http://{}:{}".format(*listener.getsockname())
    listener.listen()
    async with httpx.AsyncClient(base_url=url) as client:
        await client.post("/")
        (protocol,) = server.server_state.connections
        assert isinstance(protocol, BoundedProtocol)
        closes = protocol.timeout_keep_alive_task
        assert closes is not None
        assert closes.when() - asyncio.get_running_loop().time() > 60
    server.should_exit = True
    await serving


@pytest.mark.parametrize("ending", ["", "connection: close\r\n", "expect: 100-continue\r\n"])
@pytest.mark.parametrize("method", ["POST", "HEAD", "GET"])
@pytest.mark.parametrize("status", [200, 204, 304, 404, 503])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
async def test_an_answer_that_is_written_at_once_is_the_same(
    status: int, method: str, version: str, ending: str
) -> None:
    asked = f"{method} / HTTP/{version}\r\nhost: localhost\r\n{ending}\r\n".encode()
    at_once, by_uvicorn = [
        await written(kind(b"" if status in {204, 304} else b"{}", status, {"x-a": "b"}), asked)
        for kind in (Whole, Response)
    ]
    assert b"".join(at_once.pieces) == b"".join(by_uvicorn.pieces)
    assert at_once.closed == by_uvicorn.closed
    if method == "POST" and status == 200:
        assert (len(at_once.pieces), len(by_uvicorn.pieces)) == (1, 2)


@pytest.mark.parametrize("value", ["a\r\nx-b: c", "a\nx-b: c", "a\rb"])
async def test_an_answer_with_a_line_end_in_a_header_is_none(value: str) -> None:
    seen = await written(Whole(b"{}", 200, {"x-a": value}), b"POST / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert (seen.pieces, seen.closed) == ([], True)
