"""Ways the servers once fell over, or said more than they should: each is named after its hole, over real sockets."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.engines import chat, engine
from tests.fakes.world import Scripted, answers, streams, world

PATH = "/v1/chat/completions"


@pytest.mark.parametrize("media_type", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("value", ["sn\u2603w", "a" * 300, "a\tb"])
async def test_an_upstreams_header_that_cannot_be_written_again_ended_in_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, media_type: str, value: str
) -> None:
    caplog.set_level(logging.INFO)

    async def odd(_request: Request) -> Response:
        response = Response(b"{}", media_type=media_type)
        response.raw_headers.append((b"x-request-id", value.encode()))
        return response

    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", odd)}) as w:
        response = await w.app.post(PATH, content=chat("Hello", stream=media_type == "text/event-stream"))
        assert response.status_code == 200
        assert "x-request-id" not in response.headers
        assert all(record.levelno < logging.ERROR for record in caplog.records)


@pytest.mark.parametrize("count", ["9" * 400, "-5", "true"])
async def test_a_count_of_tokens_that_no_metric_holds_failed_an_answer_that_was_there(
    tmp_path: Path, count: str
) -> None:
    body = f'{{"choices":[],"usage":{{"prompt_tokens":{count}}}}}'.encode()

    async def counting(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", counting)}) as w:
        response = await w.app.post(PATH, content=chat("Hello"))
        assert response.content == body
    assert [json.loads(line)["event"] for line in w.log().splitlines()] == ["decision", "outcome"]


async def test_a_count_of_tokens_that_no_metric_holds_left_a_stream_in_flight(tmp_path: Path) -> None:
    pieces = [b'data: {"choices":[],"usage":{"prompt_tokens":' + b"9" * 400 + b"}}\n\n", b"data: [DONE]\n\n"]
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", streams(pieces))}) as w:
        response = await w.app.post(PATH, content=chat("Hello", stream=True))
        assert response.content == b"".join(pieces)
        assert "privacy_gateway_in_flight 0.0" in (await w.admin.get("/metrics")).text


async def test_a_retry_after_of_5000_digits_was_an_internal_error(tmp_path: Path) -> None:
    fleet = {"cloud": Scripted("cloud", answers(429, headers={"retry-after": "9" * 5000}))}
    async with world(tmp_path, engine(), fleet) as w:
        response = await w.app.post(PATH, content=chat("Hello"))
        assert response.status_code == 429


@pytest.mark.parametrize("words", [("low", "high"), ("high", "low"), ("HIGH", "moderate", "low")])
async def test_of_two_headers_for_the_least_level_the_lower_one_counted(tmp_path: Path, words: Any) -> None:
    headers = [("X-Privacy-Min-Sensitivity", word) for word in words]
    async with world(tmp_path, engine()) as w:
        response = await w.app.post(PATH, content=chat("Hello"), headers=headers)
        assert response.headers["x-privacy-zone"] == "local"
        assert w.received("cloud") == b""
