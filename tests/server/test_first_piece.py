"""Streams flow: the upstream here says the next word only when the app has got the one before.

A gateway that held back one event too many would wait for ever; the test would end by its timeout.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.loadout import build_engine
from gateway.pipeline import Engine
from gateway.settings import load
from tests.fakes.world import Scripted, world

WORDS = ["The ", "parcel ", "is ", "ready ", "now."]
ADDRESS = "martha.lindqvist@nordhavn-clinic.com"


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return build_engine(load(None, environment={}))


def chat(word: str) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def responses(word: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": word}


def messages(word: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}


ASKED: dict[str, Any] = {
    "/v1/chat/completions": (chat, "messages", {}),
    "/v1/responses": (responses, "input", {"store": False}),
    "/v1/messages": (messages, "messages", {"max_tokens": 9}),
}


@pytest.mark.parametrize("text", ["Is it ready?", f"Write to {ADDRESS} that it is."], ids=["nothing", "surrogates"])
@pytest.mark.parametrize("path", ASKED)
async def test_a_piece_reaches_the_app_before_the_upstream_says_the_next(
    tmp_path: Path, shipped: Engine, path: str, text: str
) -> None:
    event, field, more = ASKED[path]
    taken = [asyncio.Event() for _ in WORDS]

    async def reply(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            for word, got in zip(WORDS, taken, strict=True):
                yield f"data: {json.dumps(event(word))}\n\n".encode()
                await got.wait()

        return StreamingResponse(events(), media_type="text/event-stream")

    body = {"model": "m", field: [{"role": "user", "content": text}], "stream": True, **more}
    upstreams = {"cloud": Scripted("cloud", reply)}
    speaks = {"cloud": {"dialects": ["openai", "anthropic"]}}
    async with asyncio.timeout(60), world(tmp_path, shipped, upstreams, more=speaks) as w:
        async with w.app.stream("POST", path, json=body) as answer:
            assert answer.headers["x-privacy-zone"] == "cloud"
            pieces = answer.aiter_text()
            said = ""
            for word, got in zip(WORDS, taken, strict=True):
                while word not in said:
                    said += await anext(pieces)
                got.set()
        assert ADDRESS.encode() not in w.received("cloud")
