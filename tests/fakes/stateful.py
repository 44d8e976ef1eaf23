"""A cloud that keeps what it is sent: responses, conversations, files, vector stores and batches, as the API does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.server.standin import StandIn

PIECE = 7


class StatefulStandIn(StandIn):
    """Answers a response with everything that was said in its thread, newest last.

    Attributes:
        threads: id of a response or conversation to the texts it holds.
        asked: method, path and query of every request.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.threads: dict[str, list[str]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self._made = 0
        self.app = Starlette(routes=[Route("/v1/responses", self.respond, methods=["POST"]), *self.more_routes()])

    def more_routes(self) -> list[Route]:
        return []

    def new_id(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}_{self.name}{self._made:04d}f0e1d2c3b4a5968778695a4b3c2d1e0f"

    async def taken(self, request: Request) -> bytes:
        body = await request.body()
        self.received.append(body)
        self.asked.append((request.method, request.url.path, request.url.query))
        return body

    async def respond(self, request: Request) -> Response:
        asked: dict[str, Any] = json.loads(await self.taken(request))
        said: list[str] = []
        conversation = asked.get("conversation")
        before = asked.get("previous_response_id") or (
            conversation.get("id") if isinstance(conversation, dict) else conversation
        )
        if before is not None:
            if before not in self.threads:
                return JSONResponse({"error": {"message": f"no {before}", "code": "previous_response_not_found"}}, 404)
            said += self.threads[before]
        said.append(_input(asked["input"]))
        id_ = self.new_id("resp")
        if asked.get("store") is not False:
            self.threads[id_] = said
        if conversation is not None:
            self.threads[str(before)] = said
        told = self._response(id_, asked, " | ".join(said))
        self.objects[id_] = told
        if asked.get("stream"):
            return StreamingResponse(self._events(told), media_type="text/event-stream")
        return JSONResponse(told)

    def _response(self, id_: str, asked: dict[str, Any], text: str) -> dict[str, Any]:
        content = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        item = {
            "id": self.new_id("msg"),
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [content],
        }
        conversation = asked.get("conversation")
        if isinstance(conversation, str):
            conversation = {"id": conversation}
        return {
            "id": id_,
            "object": "response",
            "created_at": 0,
            "status": "completed",
            "model": str(asked.get("model")),
            "output": [item],
            "conversation": conversation,
            "previous_response_id": asked.get("previous_response_id"),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
        }

    async def _events(self, told: dict[str, Any]) -> AsyncIterator[bytes]:
        item = told["output"][0]
        text = item["content"][0]["text"]
        begun = {**told, "output": [], "status": "in_progress"}
        place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        empty = {**item, "content": []}
        part = {**item["content"][0], "text": ""}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": begun},
            {"type": "response.output_item.added", "output_index": 0, "item": empty},
            {"type": "response.content_part.added", **place, "part": part},
            *(
                {"type": "response.output_text.delta", **place, "delta": text[start : start + PIECE]}
                for start in range(0, len(text), PIECE)
            ),
            {"type": "response.output_text.done", **place, "text": text},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": told},
        ]
        for number, event in enumerate(events):
            data = json.dumps({**event, "sequence_number": number})
            yield f"event: {event['type']}\ndata: {data}\n\n".encode()


def _input(value: Any) -> str:
    if isinstance(value, str):
        return value
    texts = []
    for item in value:
        content = item.get("content", item.get("output", ""))
        texts.append(content if isinstance(content, str) else " ".join(part.get("text", "") for part in content))
    return " ".join(texts)
