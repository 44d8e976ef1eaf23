"""Stopping waits for what runs, as long as it may, and not a moment longer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.server.run import Planes, bind
from gateway.settings import Address
from tests.fakes.engines import chat, engine
from tests.fakes.world import PLAIN, Scripted, World, world

PATH = "/v1/chat/completions"
FIRST = b'data: {"choices":[{"index":0,"delta":{"content":"first"}}]}\n\n'


@asynccontextmanager
async def talking(directory: Path, drain_s: int) -> AsyncIterator[tuple[World, AsyncIterator[bytes], asyncio.Event]]:
    """Yield a world with a stream that has begun, what comes of it, and what lets it end."""
    go = asyncio.Event()

    async def slow(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            yield FIRST
            await go.wait()
            yield b"data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    settings = {"limits": {"drain_seconds": drain_s}}
    async with (
        world(directory, engine(), {"cloud": Scripted("cloud", slow)}, settings=settings) as w,
        w.app.stream("POST", PATH, content=chat("Hello", stream=True)) as answer,
    ):
        pieces = answer.aiter_raw()
        assert (await anext(pieces)) == FIRST
        yield w, pieces, go


async def test_a_stream_ends_before_the_gateway_does(tmp_path: Path) -> None:
    async with asyncio.timeout(30), talking(tmp_path, 600) as (w, pieces, go):
        w.planes.stop()
        assert (await w.admin.get("/readyz")).status_code == 503
        go.set()
        assert [piece async for piece in pieces] == [b"data: [DONE]\n\n"]
        await w.planes.ended()


@pytest.mark.parametrize("times", [1, 2])
async def test_a_second_wish_to_stop_waited_for_the_streams_all_the_same(tmp_path: Path, times: int) -> None:
    async with asyncio.timeout(30), talking(tmp_path, 600 if times == 2 else 1) as (w, pieces, _go):
        for _ in range(times):
            w.planes.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(pieces)
        await w.planes.ended()
    records = [json.loads(line) for line in w.log().splitlines()]
    assert [(record["event"], record["status"]) for record in records] == [("decision", None), ("outcome", 499)]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_gateway_told_to_stop_while_it_starts_ends_as_if_it_had_started(times: int) -> None:
    closed = asyncio.Event()
    listener = bind(Address("127.0.0.1", 0), "listen")

    async def data(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            closed.set()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await PlainTextResponse("here")(scope, receive, send)

    async def admin(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await closed.wait()  # the data plane has come and gone
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def stop() -> None:
        async with httpx.AsyncClient(verify=PLAIN) as client:
            await client.get("http://{}:{}".format(*listener.getsockname()))
        for _ in range(times):
            planes.stop()

    async def drained() -> None: ...

    planes = Planes(
        (data, listener),
        (admin, Address("127.0.0.1", 0)),
        drain_s=1,
        draining=lambda: None,
        drained=drained,
        beside=(stop,),
    )
    async with asyncio.timeout(30):
        await planes.serve()
    assert closed.is_set()
