"""A whole world on loopback sockets: an app's HTTP client, the real gateway, scripted upstreams."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.assembly import Gateway, build_gateway
from gateway.core.protocols import Dialect
from gateway.pipeline import Engine
from gateway.server.run import Planes
from gateway.server.serve import serving
from gateway.server.standin import StandIn, running
from gateway.settings import Loaded, load

PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: httpx reads all certificates of the system for each client otherwise."""
Handler = Callable[[Request], Awaitable[Response]]


class Scripted(StandIn):
    """An upstream that answers by `handler` and remembers what it was sent, headers too."""

    def __init__(self, name: str, handler: Handler) -> None:
        super().__init__(name)
        self.headers: list[Mapping[str, str]] = []

        async def handle(request: Request) -> Response:
            self.received.append(await request.body())
            self.headers.append(dict(request.headers))
            return await handler(request)

        self.app = Starlette(routes=[Route("/{path:path}", handle, methods=["POST", "GET"])])


def answers(status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> Handler:
    async def handle(_request: Request) -> Response:
        return JSONResponse(body if body is not None else {}, status, headers)

    return handle


class Held:
    """Answers when `go` is set; `arrived` is set when `count` requests have come."""

    def __init__(self, count: int = 1) -> None:
        self.arrived, self.go = asyncio.Event(), asyncio.Event()
        self._to_come = count

    async def __call__(self, _request: Request) -> Response:
        self._to_come -= 1
        if not self._to_come:
            self.arrived.set()
        await self.go.wait()
        return JSONResponse({"choices": []})


class Thinking:
    """Answers nobody; `arrived` is set when a request has come, `left` when its client has gone."""

    def __init__(self) -> None:
        self.arrived, self.left = asyncio.Event(), asyncio.Event()

    async def __call__(self, request: Request) -> Response:
        self.arrived.set()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.left.set()
        return JSONResponse({})


def stopping_between(go: asyncio.Event) -> Handler:
    """Return what streams one piece, and the last one when `go` is set."""

    async def handle(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            yield b'data: {"choices":[{"index":0,"delta":{"content":"first"}}]}\n\n'
            await go.wait()
            yield b'data: {"choices":[{"index":0,"delta":{"content":"last"}}]}\n\ndata: [DONE]\n\n'

        return StreamingResponse(events(), media_type="text/event-stream")

    return handle


def streams(pieces: list[bytes]) -> Handler:
    async def handle(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        return StreamingResponse(events(), media_type="text/event-stream")

    return handle


@dataclass
class World:
    app: httpx.AsyncClient
    admin: httpx.AsyncClient
    url: str
    gateway: Gateway
    planes: Planes
    upstreams: Mapping[str, StandIn]
    audit: Path
    extra: dict[str, Any] = field(default_factory=dict)

    def received(self, name: str) -> bytes:
        return b"\n".join(self.upstreams[name].received)

    def log(self) -> str:
        return "".join(file.read_text() for file in sorted(self.audit.rglob("*.jsonl")))


@asynccontextmanager
async def world(
    directory: Path,
    engine: Engine | None = None,
    upstreams: Mapping[str, StandIn] | None = None,
    *,
    down: tuple[str, ...] = (),
    settings: Mapping[str, object] | None = None,
    more: Mapping[str, Mapping[str, object]] | None = None,
    dialects: tuple[Dialect, ...] | None = None,
) -> AsyncIterator[World]:
    """Run a gateway between an app and one upstream for each zone; those in `down` refuse connections."""
    fleet = dict(upstreams or {zone: StandIn(zone) for zone in ("cloud", "secure", "local")})
    async with AsyncExitStack() as stack:
        urls = await stack.enter_async_context(running(*fleet.values()))
        listed = [
            {
                "name": name,
                "zone": name.split("-")[0],
                "base_url": "http://127.0.0.1:1/v1" if name in down else f"{url}/v1",
                **(more or {}).get(name, {}),
            }
            for name, url in zip(fleet, urls, strict=True)
        ]
        loaded: Loaded = load(
            None,
            environment={"TEST_KEY": "upstream-credential"},
            flags={
                "listen": "127.0.0.1:0",
                "admin": "127.0.0.1:0",
                "audit.directory": str(directory / "audit"),
                "upstreams": listed,
                **(settings or {}),
            },
        )
        gateway = build_gateway(loaded, engine, dialects)
        planes, url, admin_url = await stack.enter_async_context(serving(gateway, loaded))
        app = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30, verify=PLAIN))
        admin = await stack.enter_async_context(httpx.AsyncClient(base_url=admin_url, timeout=30, verify=PLAIN))
        yield World(app, admin, url, gateway, planes, fleet, directory / "audit")
