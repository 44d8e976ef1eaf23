"""A stand-in for a model server: it answers with what it received.

Used by `privacy-gateway demo` and by tests, so that anybody can see what an upstream gets to see, without a key and
without a model. It speaks chat completions, Responses, embeddings and Anthropic's Messages. It keeps nothing and calls
no tool. How each API says it stands in `standin_openai.py` and `standin_anthropic.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.server import standin_anthropic, standin_openai
from gateway.server.run import Embedded, bind
from gateway.server.standin_words import Event, frame, said
from gateway.settings import Address

__all__ = ["StandIn", "running"]

_Answer = Callable[[dict[str, Any]], Response]


class StandIn:
    """One stand-in upstream.

    Args:
        name: what it calls itself.
        pause_s: seconds between two pieces of a stream, so that somebody who watches sees it flow.

    Attributes:
        name: as given.
        received: each body it got, oldest first.
    """

    def __init__(self, name: str, *, pause_s: float = 0) -> None:
        self.name = name
        self.received: list[bytes] = []
        self._pause_s = pause_s
        answers: dict[str, _Answer] = {
            "/v1/chat/completions": self._chat,
            "/v1/responses": self._responses,
            "/v1/responses/input_tokens": lambda asked: JSONResponse(standin_openai.input_tokens(asked)),
            "/v1/embeddings": lambda asked: JSONResponse(standin_openai.embeddings(asked)),
            "/v1/messages": self._messages,
            "/v1/messages/count_tokens": lambda asked: JSONResponse(standin_anthropic.input_tokens(asked)),
        }
        routes = [Route(path, self._endpoint(answer), methods=["POST"]) for path, answer in answers.items()]
        self.app = Starlette(routes=[*routes, Route("/v1/models", self._models, methods=["GET"])])

    def _endpoint(self, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            self.received.append(body)
            return answer(json.loads(body))

        return endpoint

    async def _models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": f"{self.name}-stand-in", "object": "model"}]})

    def _chat(self, asked: dict[str, Any]) -> Response:
        whole = standin_openai.completion(asked, self._echo(asked["messages"]))
        usage = bool((asked.get("stream_options") or {}).get("include_usage"))
        events = standin_openai.completion_events(whole, usage=usage)
        return self._told(asked, whole, events, end=b"data: [DONE]\n\n")

    def _responses(self, asked: dict[str, Any]) -> Response:
        whole = standin_openai.response(asked, self._echo(asked.get("input")))
        return self._told(asked, whole, standin_openai.response_events(whole))

    def _messages(self, asked: dict[str, Any]) -> Response:
        whole = standin_anthropic.message(asked, self._echo(asked["messages"]))
        return self._told(asked, whole, standin_anthropic.message_events(whole))

    def _echo(self, given: Any) -> str:
        """Return what it has to say: the last message."""
        last = given[-1] if isinstance(given, list) and given else given
        return f"[{self.name} stand-in] You wrote: {said(last)}"

    def _told(
        self, asked: dict[str, Any], whole: dict[str, Any], events: Iterable[Event], end: bytes = b""
    ) -> Response:
        if not asked.get("stream"):
            return JSONResponse(whole)
        return StreamingResponse(self._pieces(events, end), media_type="text/event-stream")

    async def _pieces(self, events: Iterable[Event], end: bytes) -> AsyncIterator[bytes]:
        for event in events:
            yield frame(event)
            if self._pause_s:
                await asyncio.sleep(self._pause_s)
        if end:
            yield end


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
