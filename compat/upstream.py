"""A model server for the compatibility suite: it does what the last part of the model's name asks for.

It answers with the placeholder that it was shown (or the address itself, where the request stayed home), so that a
client can tell whether the original came back. Three APIs: chat completions, Responses, Anthropic Messages.

What an upstream must have seen to be fair to the real ones: pieces of streams cut inside the placeholder, tool
arguments in fragments, 429 with `retry-after` on the first try, an error body that repeats the request.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.server.standin_anthropic import message_events
from gateway.server.standin_openai import completion_events, response_events
from gateway.server.standin_words import Event, frame

__all__ = ["ADDRESS", "Upstream"]

ADDRESS: Final = "martha.lindqvist@nordhavn-clinic.com"
_SEEN: Final = re.compile(rb"<EMAIL_ADDRESS_\w+>|" + re.escape(ADDRESS.encode()))
_PIECE: Final = 3
_BEGUN: Final = "Dear "


class Upstream:
    """One upstream.

    Attributes:
        received: every body it got.
        tries: how often each model was asked.
        left: models of those requests that ended because the client went away.
    """

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.tries: Counter[str] = Counter()
        self.left: set[str] = set()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._answer, methods=["POST"]),
                Route("/v1/responses", self._answer, methods=["POST"]),
                Route("/v1/messages", self._answer, methods=["POST"]),
            ]
        )

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        self.received.append(body)
        asked = json.loads(body)
        model = str(asked["model"])
        self.tries[model] += 1
        found = _SEEN.search(body)
        value = found[0].decode() if found else "nobody"
        family = request.url.path.rpartition("/")[2]
        scenario = model.rpartition("/")[2]
        if scenario == "error" or (scenario == "retry" and self.tries[model] == 1):
            return _refusal(family, scenario, body)
        if scenario == "timeout":
            return await self._silence(request, model)
        kind = "chat" if scenario == "tools" and _has_result(body) else scenario
        whole = _WHOLE[family](model, kind, value)
        if not asked.get("stream"):
            return JSONResponse(whole)
        events = _STREAMS[family](whole, _PIECE if kind != "cancel" else len(_BEGUN))
        return StreamingResponse(self._pieces(request, model, events), media_type="text/event-stream")

    async def _silence(self, request: Request, model: str) -> Response:
        """Say nothing until the client has left."""
        while not await request.is_disconnected():
            await asyncio.sleep(0.02)
        self.left.add(model)
        return Response(status_code=499)

    async def _pieces(self, request: Request, model: str, events: Iterable[Event]) -> AsyncIterator[bytes]:
        endless = model.endswith("/cancel")
        try:
            for event in events:
                yield frame(event)
                while endless and _is_text(event):
                    await asyncio.sleep(0.02)
                    yield frame(event)
            if request.url.path.endswith("/completions"):
                yield b"data: [DONE]\n\n"
        finally:
            if endless:
                self.left.add(model)


def _has_result(body: bytes) -> bool:
    return any(mark in body for mark in (b'"role":"tool"', b'"role": "tool"', b"function_call_output", b"tool_result"))


def _is_text(event: Event) -> bool:
    return _BEGUN in json.dumps(event)


def _refusal(family: str, scenario: str, body: bytes) -> Response:
    status, kind = (400, "invalid_request_error") if scenario == "error" else (429, "rate_limit_error")
    error = {"type": kind, "code": "invalid_value"}
    error["message"] = f"I did not like this: {body.decode()}"
    whole = {"type": "error", "error": error} if family == "messages" else {"error": error}
    return JSONResponse(whole, status, {"retry-after": "0"})


def _text(kind: str, value: str) -> str:
    if kind == "structured":
        return json.dumps({"to": value, "subject": "Your parcel"})
    return f"{_BEGUN}{value}, your parcel is ready."


# Chat completions ----------------------------------------------------------------------------------------------------
_USAGE: Final = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def _chat(model: str, kind: str, value: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": _text(kind, value)}
    if kind == "tools":
        call = {"name": "send_mail", "arguments": json.dumps({"to": value})}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    finish = "tool_calls" if kind == "tools" else "stop"
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    shell = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model}
    return {**shell, "choices": [choice], "usage": _USAGE}


# Responses -----------------------------------------------------------------------------------------------------------
def _response(model: str, kind: str, value: str) -> dict[str, Any]:
    usage: dict[str, Any] = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": model,
        "output": [_item(kind, value)],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "usage": usage,
    }


def _item(kind: str, value: str) -> dict[str, Any]:
    if kind == "tools":
        arguments = json.dumps({"to": value})
        call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "send_mail"}
        return call | {"arguments": arguments, "status": "completed"}
    part = {"type": "output_text", "text": _text(kind, value), "annotations": []}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}


# Anthropic Messages --------------------------------------------------------------------------------------------------
def _message(model: str, kind: str, value: str) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": _text(kind, value)}
    if kind == "tools":
        block = {"type": "tool_use", "id": "toolu_1", "name": "send_mail", "input": {"to": value}}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [block],
        "stop_reason": "tool_use" if kind == "tools" else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 4},
    }


_WHOLE: Final = {"completions": _chat, "responses": _response, "messages": _message}
_STREAMS: Final = {"completions": completion_events, "responses": response_events, "messages": message_events}
