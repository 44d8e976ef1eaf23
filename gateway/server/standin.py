"""A stand-in for a model server: it answers with what it received.

Used by `privacy-gateway demo` and by tests, so that anybody can see what an upstream gets to see, without a key and
without a model. It speaks chat completions, streamed and not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.server.run import Embedded, bind
from gateway.settings import Address

__all__ = ["StandIn", "running"]

_PIECE = 5
"""Characters in one piece of a stream: short enough to cut every placeholder."""


class StandIn:
    """One stand-in upstream.

    Attributes:
        name: what it calls itself.
        received: each body it got, oldest first.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.received: list[bytes] = []
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/models", self._models, methods=["GET"]),
            ]
        )

    async def _models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": f"{self.name}-stand-in", "object": "model"}]})

    async def _chat(self, request: Request) -> Response:
        body = await request.body()
        self.received.append(body)
        asked: dict[str, Any] = json.loads(body)
        text = f"[{self.name} stand-in] You wrote: {last_text(asked)}"
        model = str(asked.get("model", ""))
        if asked.get("stream"):
            return StreamingResponse(_events(model, text), media_type="text/event-stream")
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return JSONResponse({**_shell(model, "chat.completion"), "choices": [choice], "usage": _usage(text)})


def last_text(asked: dict[str, Any]) -> str:
    """Return the text of the last message of a chat request."""
    content = asked["messages"][-1].get("content")
    if isinstance(content, list):
        return " ".join(part.get("text", f"({part.get('type')})") for part in content)
    return str(content)


def _shell(model: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-stand-in", "object": kind, "created": 0, "model": model}


def _usage(text: str) -> dict[str, int]:
    words = len(text.split())
    return {"prompt_tokens": words, "completion_tokens": words, "total_tokens": 2 * words}


async def _events(model: str, text: str) -> AsyncIterator[bytes]:
    for delta, finish in _deltas(text):
        chunk = _shell(model, "chat.completion.chunk")
        chunk["choices"] = [{"index": 0, "delta": delta, "finish_reason": finish}]
        yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def _deltas(text: str) -> Iterator[tuple[dict[str, str], str | None]]:
    yield {"role": "assistant", "content": ""}, None
    for start in range(0, len(text), _PIECE):
        yield {"content": text[start : start + _PIECE]}, None
    yield {}, "stop"


@asynccontextmanager
async def running(*stand_ins: StandIn) -> AsyncIterator[list[str]]:
    """Serve each stand-in on a free port of the loopback interface; yield their base URLs (without `/v1`)."""
    servers: list[Embedded] = []
    tasks: list[asyncio.Task[None]] = []
    urls: list[str] = []
    try:
        for stand_in in stand_ins:
            listener = bind(Address("127.0.0.1", 0), "listen")
            server = Embedded(stand_in.app, Address("127.0.0.1", 0), drain_s=1)
            servers.append(server)
            tasks.append(asyncio.create_task(server.serve(sockets=[listener])))
            urls.append(f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield urls
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)
