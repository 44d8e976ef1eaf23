"""Answers that are none: not JSON, compressed, without an end. None passes as it came, none fills the memory."""

import asyncio
import gzip
import json
import math
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.adapters.upstreams import UpstreamClient
from gateway.core.errors import UpstreamFailed
from gateway.core.model import Sensitivity, Upstream, Zone
from gateway.dialects.sse import MAX_EVENT_BYTES
from gateway.server.answers import read_answer
from tests.fakes.engines import chat, engine
from tests.fakes.sockets import post, raw
from tests.fakes.world import Handler, Scripted, streams, world

PATH = "/v1/chat/completions"
MAIL = "Write to martha@nordhavn-clinic.com"


def bytes_of(body: bytes, media_type: str = "application/json", headers: dict[str, str] | None = None) -> Handler:
    async def handle(_request: Request) -> Response:
        return Response(body, 200, headers, media_type=media_type)

    return handle


GOOD = b'{"choices":[{"index":0,"message":{"content":"fine"}}]}'
NO_ANSWERS: dict[str, Handler] = {
    "a page": bytes_of(b"<html>secretword</html>", "text/html"),
    "a page that says it is JSON": bytes_of(b"<html>secretword</html>"),
    "a list": bytes_of(b'["secretword"]'),
    "a text": bytes_of(b'"secretword"'),
    "nothing": bytes_of(b""),
    "cut off": bytes_of(b'{"choices":[{"message":{"content":"secretword"'),
    "not UTF-8": bytes_of(b'{"choices":"secretword\xff"}'),
    "compressed": bytes_of(gzip.compress(GOOD), headers={"content-encoding": "gzip"}),
    "compressed twice": bytes_of(gzip.compress(gzip.compress(GOOD)), headers={"content-encoding": "gzip, gzip"}),
    "encoded in a way nobody knows": bytes_of(GOOD, headers={"content-encoding": "x-secretword"}),
    "a compressed stream": bytes_of(gzip.compress(b"data: x"), "text/event-stream", {"content-encoding": "gzip"}),
    "5000 levels deep": bytes_of(b'{"choices":' + b"[" * 5000 + b"]" * 5000 + b"}"),
}


@pytest.mark.parametrize("said", [MAIL, "Hello"])
@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_an_answer_that_is_none_passed_as_it_came(tmp_path: Path, name: str, said: str) -> None:
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", NO_ANSWERS[name])}) as w:
        response = await w.app.post(PATH, content=chat(said))
        assert response.status_code == 502
        assert response.json()["error"]["code"] == "upstream_failed"
        assert "secretword" not in response.text
    assert [json.loads(line)["status"] for line in w.log().splitlines()] == [None, 502]


async def test_an_answer_of_another_media_type_is_read_for_what_it_is(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", bytes_of(GOOD, "text/plain"))}) as w:
        response = await w.app.post(PATH, content=chat("Hello"))
        assert response.content == GOOD
        assert response.headers["content-type"] == "application/json"


async def test_an_answer_without_an_end_is_refused_within_the_limit() -> None:
    sent = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 1
                yield b"a" * 1024

    transport = httpx.MockTransport(lambda _request: httpx.Response(200, stream=Endless()))
    async with UpstreamClient(transport=transport) as client:
        upstream = Upstream("cloud", Zone.CLOUD, Sensitivity.LOW, "http://cloud.example/v1")
        with pytest.raises(UpstreamFailed, match="larger"):
            await client.models(upstream)
    assert sent <= 64 * 1024 + 1


async def test_an_upstreams_error_without_an_end_is_read_no_further_than_its_code(tmp_path: Path) -> None:
    async def endless(_request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"secretword" * 1000
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), 400)

    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", endless)}) as w:
        response = await w.app.post(PATH, content=chat("Hello"))
        assert response.status_code == 502
        assert "secretword" not in response.text


async def test_an_event_without_an_end_filled_the_memory(tmp_path: Path) -> None:
    pieces = [b'data: {"choices":[{"index":0,"delta":{"content":"first"}}]}\n\n', b'data: {"choices":"']
    pieces += [b"secretword" * 100_000] * (MAX_EVENT_BYTES // 1_000_000 + 2)
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", streams(pieces))}) as w:
        response = await w.app.post(PATH, content=chat(MAIL, stream=True))
        events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
        assert [list(event) for event in events] == [["choices"], ["error"]]
        assert events[1]["error"]["code"] == "upstream_failed"
        assert "secretword" not in response.text
    assert [json.loads(line)["status"] for line in w.log().splitlines()] == [None, 502]


async def test_the_error_of_a_stream_that_broke_off_was_glued_to_the_cut_event(tmp_path: Path) -> None:
    async def cut(_request: Request) -> Response:
        body = b'data: {"choices":[{"index":0,"delta":{"content":"first"}}]}\n\ndata: {"choices":['
        return Response(body, 200, {"content-length": "4000"}, media_type="text/event-stream")

    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", cut)}) as w:
        response = await w.app.post(PATH, content=chat("Hello", stream=True))
        events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
        assert events[-1]["error"]["code"] == "upstream_failed"


async def test_a_stream_nobody_reads_holds_its_upstream_back(tmp_path: Path) -> None:
    sent = 0

    async def fast(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(2000):
                sent += 1
                yield b'data: {"choices":[{"index":0,"delta":{"content":"' + b"a" * 65536 + b'"}}]}\n\n'
                await asyncio.sleep(0)

        return StreamingResponse(events(), media_type="text/event-stream")

    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", fast)}) as w, raw(w.url) as client:
        await client.send(post(chat("Hello", stream=True)))
        await client.reader.readuntil(b"\r\n\r\n")
        for _ in range(20):  # another client is served meanwhile
            assert (await w.app.get("/v1/unknown")).status_code == 404
        assert sent < 1000


async def test_a_client_that_takes_nothing_kept_its_place_for_ever(tmp_path: Path) -> None:
    closed = asyncio.Event()

    async def fast(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b'data: {"choices":[{"index":0,"delta":{"content":"' + b"a" * 65536 + b'"}}]}\n\n'
                    await asyncio.sleep(0)
            finally:
                closed.set()

        return StreamingResponse(events(), media_type="text/event-stream")

    limits = {"limits": {"stall_seconds": 0.2}}
    fleet = {"cloud": Scripted("cloud", fast)}
    async with world(tmp_path, engine(), fleet, settings=limits) as w, raw(w.url) as client:
        await client.send(post(chat("Hello", stream=True)))
        await client.reader.readuntil(b"\r\n\r\n")
        await asyncio.wait_for(closed.wait(), 20)
        async with asyncio.timeout(20):
            while "privacy_gateway_in_flight 0.0" not in (await w.admin.get("/metrics")).text:
                pass
    assert [json.loads(line)["status"] for line in w.log().splitlines()] == [None, 499]


ODD = [
    *("-0", "-0.0", "1E5", "1e22", "5e-324", "1.7976931348623157e308", "0.30000000000000004", "9007199254740993.0"),
    *(
        "18446744073709551616",
        "-123456789012345678901234567890",
        f"{'1' * 400}.5",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
    ),
    *('"\\ud83d"', '"\\ud83d\\ude00"', '"\\u0000"', '"a\\/b"', '"\x7f\u2028"', '{"a":1,"b":2,"a":3}', "[[],{}]"),
]


@pytest.mark.parametrize("source", ODD)
def test_an_answer_was_read_otherwise_than_the_standard_library_reads_it(source: str) -> None:
    body = b'{"choices":%b}' % source.encode()
    assert repr(read_answer(body)) == repr(json.loads(body))


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["%r", "%.25e", "%.17g", "%.3f"]))
def test_a_number_in_an_answer_was_read_as_another(number: float, spelling: str) -> None:
    source = spelling % number
    read = read_answer(b'{"n":%b}' % source.encode())["n"]
    known = json.loads(source)
    assert type(read) is type(known)
    assert read == known
    assert math.copysign(1, read) == math.copysign(1, known)


@pytest.mark.parametrize("body", [b'{"a":1', b'{"a":01}', b'{"a":"\t"}', b'{"a":"\xff"}', b"{} {}"])
def test_no_answer_was_taken_for_one(body: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        read_answer(body)
