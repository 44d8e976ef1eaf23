"""What a connection may take: heads without end, bodies without end, requests in a row, clients that leave."""

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.model import Finding, Segment
from tests.fakes.engines import chat, engine
from tests.fakes.recognizers import FakeRecognizer
from tests.fakes.sockets import Raw, post, raw
from tests.fakes.world import Held, Scripted, Thinking, World, answers, world

PATH = "/v1/chat/completions"
SMALL = {"limits": {"header_bytes": 4096}}
HELLO = b'{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}'


HEADS = {
    "one header too long": b"POST /v1/chat/completions HTTP/1.1\r\nx-a: " + b"secretword" * 500 + b"\r\n\r\n",
    "one header without an end": b"POST /v1/chat/completions HTTP/1.1\r\nx-a: " + b"secretword" * 500,
    "too many headers": b"POST /v1/chat/completions HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    "too many bytes in many headers": b"GET / HTTP/1.1\r\n"
    + b"".join(b"x%d: %b\r\n" % (n, b"v" * 90) for n in range(60)),
    "a path without an end": b"GET /" + b"secretword" * 500,
}


@pytest.mark.parametrize("name", HEADS)
async def test_a_request_head_without_bounds_is_refused_with_431(tmp_path: Path, name: str) -> None:
    async with world(tmp_path, engine(), settings=SMALL) as w, raw(w.url) as client:
        await client.send(HEADS[name])
        status, error = await client.error()
        assert (status, error["code"]) == (431, "headers_too_large")
        assert "4096 bytes (limits.header_bytes)" in error["message"]
        assert "secretword" not in str(error)
        assert await client.rest() == b""
        assert (await w.app.post(PATH, content=chat("Hello"))).status_code == 200


async def test_trailers_without_an_end_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), settings=SMALL) as w, raw(w.url) as client:
        await client.send(
            b"POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nx-t: "
        )
        await client.send(b"v" * 8000)
        assert (await client.error())[0] == 431
        await _nothing_left(w)


@pytest.mark.parametrize("trailer", [b"x-privacy-min-sensitivity: high", b"content-encoding: gzip"])
async def test_a_trailer_counted_as_a_header_where_it_came_with_the_head(tmp_path: Path, trailer: bytes) -> None:
    body = b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(HELLO), HELLO, trailer)
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        for _ in range(2):
            await client.send(b"POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + body)
            assert (await client.answer())[0] == 200
        assert w.received("cloud") == HELLO + b"\n" + HELLO
        assert w.received("local") == b""


async def test_chunk_extensions_without_an_end_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), settings=SMALL) as w, raw(w.url) as client:
        await client.send(b"POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;x=" + b"v" * 8000)
        assert (await client.error())[0] == 431
        await _nothing_left(w)


async def test_a_chunked_body_of_single_bytes_passes(tmp_path: Path) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in HELLO) + b"0\r\n\r\n"
    async with world(tmp_path, engine(), settings={"limits": {"header_bytes": 1024}}) as w, raw(w.url) as client:
        await client.send(b"POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + chunks)
        assert (await client.answer())[0] == 200
        assert w.received("cloud") == HELLO


async def test_a_head_just_within_the_bounds_passes_with_a_large_body(tmp_path: Path) -> None:
    body = chat("word " * 20_000)
    async with world(tmp_path, engine(), settings=SMALL) as w, raw(w.url) as client:
        await client.send(post(body, headers=b"x-a: " + b"v" * 3800 + b"\r\n"))
        assert (await client.answer())[0] == 200
        assert w.received("cloud") == body


async def test_a_head_that_never_ends_is_refused_in_time(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), settings={"limits": {"body_seconds": 0.05}}) as w:
        async with raw(w.url) as client:
            await client.send(b"POST /v1/chat")
            status, error = await client.error()
            assert (status, error["code"]) == (408, "request_timeout")
            assert "0.05 seconds (limits.body_seconds)" in error["message"]
        async with raw(w.url) as silent:
            assert await silent.rest() == b""


async def test_a_body_that_never_ends_gives_its_place_back(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), settings={"limits": {"body_seconds": 0.05}}) as w, raw(w.url) as client:
        await client.send(post(b"x" * 100)[:-50])
        status, error = await client.error()
        assert (status, error["code"]) == (408, "request_timeout")
        await _nothing_left(w)


async def test_a_form_that_trickles_in_is_ended_in_time_and_gives_its_place_back(tmp_path: Path) -> None:
    body = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + b"secretword" * 50
    head = (
        b"POST /v1/audio/transcriptions HTTP/1.1\r\nhost: gateway\r\n"
        b"content-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n"
    )

    async def trickle(client: Raw) -> None:
        for at in range(len(body)):
            await client.send(b"1\r\n%b\r\n" % body[at : at + 1])
            await w.admin.get("/healthz")  # so that the gateway goes round between two bytes

    settings = {"limits": {"body_seconds": 0.2}}
    async with world(tmp_path, engine(), settings=settings) as w, raw(w.url) as client:
        await client.send(head)
        trickling = asyncio.create_task(trickle(client))
        status, error = await client.error()
        assert (status, error["code"]) == (408, "request_timeout")
        assert "secretword" not in str(error)
        await _nothing_left(w)
        trickling.cancel()


async def test_malformed_http_is_refused_without_its_words(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        await client.send(b"secretword \x00\r\n\r\n")
        status, error = await client.error()
        assert status == 400
        assert "secretword" not in str(error)


async def test_a_pipelined_request_is_not_kept_and_the_connection_says_so(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        await client.send(post(HELLO) + post(HELLO) * 50)
        status, headers, _ = await client.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await client.rest() == b""
        assert len(w.upstreams["cloud"].received) == 1


async def test_requests_one_after_the_other_share_a_connection(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        for _ in range(3):
            await client.send(post(HELLO))
            status, headers, _ = await client.answer()
            assert status == 200
            assert "connection" not in headers


async def test_a_wish_for_another_protocol_is_refused_in_words(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        wish = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
        await client.send(post(HELLO, headers=wish))
        status, error = await client.error()
        assert (status, error["code"]) == (501, "bad_http")
        assert "upgrade" in error["message"]
        assert w.received("cloud") == b""


async def test_too_many_connections_are_closed(tmp_path: Path) -> None:
    two_at_most = {"limits": {"connections": 2}}
    async with (
        world(tmp_path, engine(), settings=two_at_most) as w,
        raw(w.url) as one,
        raw(w.url) as two,
        raw(w.url) as three,
    ):
        assert await three.rest() == b""
        for client in (one, two):
            await client.send(post(HELLO))
            assert (await client.answer())[0] == 200


@pytest.mark.parametrize("cut", [30, 200])
async def test_a_client_that_leaves_in_its_own_request_gives_its_place_back(tmp_path: Path, cut: int) -> None:
    async with world(tmp_path, engine()) as w:
        async with raw(w.url) as client:
            await client.send(post(HELLO)[:cut])
            client.leave()
        await _nothing_left(w)
        assert w.received("cloud") == b""


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("pipelined", [b"", post(HELLO)])
async def test_a_client_that_leaves_while_the_upstream_thinks_closes_it_at_once(
    tmp_path: Path,
    stream: bool,  # noqa: FBT001
    pipelined: bytes,
) -> None:
    thinking = Thinking()
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", thinking)}) as w:
        async with raw(w.url) as client:
            await client.send(post(chat("Hello", stream=stream)) + pipelined)
            await thinking.arrived.wait()
            client.leave()
            await asyncio.wait_for(thinking.left.wait(), 20)
        await _nothing_left(w)
    records = [json.loads(line) for line in w.log().splitlines()]
    assert [(record["event"], record["status"]) for record in records] == [("decision", None), ("outcome", 499)]


async def test_a_client_that_leaves_after_a_long_body_closes_the_upstream_at_once(tmp_path: Path) -> None:
    thinking = Thinking()
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", thinking)}) as w:
        async with raw(w.url) as client:
            await client.send(post(chat("word " * 100_000)))
            await thinking.arrived.wait()
            client.leave()
            await asyncio.wait_for(thinking.left.wait(), 20)
        await _nothing_left(w)


class Slow(FakeRecognizer):
    """Waits, in its thread, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go = threading.Event(), threading.Event()

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        self.reached.set()
        assert self.go.wait(20)
        return super().analyze(segments)


async def test_a_client_that_leaves_while_its_request_is_planned_sends_nothing_and_gives_its_place_back(
    tmp_path: Path,
) -> None:
    slow = Slow()
    arrived = asyncio.Event()

    async def counting(_request: Request) -> Response:
        arrived.set()
        return Response(b'{"choices":[]}', media_type="application/json")

    async with world(tmp_path, engine(recognizers=[slow]), {"cloud": Scripted("cloud", counting)}) as w:
        async with raw(w.url) as client:
            await client.send(post(chat("word " * 20_000)))
            assert await asyncio.to_thread(slow.reached.wait, 20)
            client.leave()
            assert (await w.app.get("/v1/unknown")).status_code == 404
        slow.go.set()
        await _nothing_left(w)
        assert not arrived.is_set()
    statuses = [json.loads(line)["status"] for line in w.log().splitlines()]
    assert statuses in ([], [None, 499])


async def test_bodies_of_all_requests_together_are_bounded(tmp_path: Path) -> None:
    slow = Held()
    large = chat("word " * 1500)
    limits = {"limits": {"body_bytes": 8192, "in_flight_bytes": 8192}}
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", slow)}, settings=limits) as w:
        first = asyncio.create_task(w.app.post(PATH, content=large))
        await slow.arrived.wait()
        second = await w.app.post(PATH, content=large)
        assert (second.status_code, second.json()["error"]["code"]) == (503, "overloaded")
        assert second.headers["retry-after"] == "1"
        slow.go.set()
        assert (await first).status_code == 200
        assert (await w.app.post(PATH, content=large)).status_code == 200
        assert len(w.upstreams["cloud"].received) == 2
        await _nothing_left(w)


async def test_twice_the_capacity_is_shed_with_retry_after_and_nothing_is_let_through_unseen(tmp_path: Path) -> None:
    slow = Held(4)
    fleet = {"local": Scripted("local", slow), "cloud": Scripted("cloud", answers(200, {"choices": []}))}
    async with world(tmp_path, engine(), fleet, settings={"limits": {"in_flight": 4}}) as w:
        first = [asyncio.create_task(w.app.post(PATH, content=chat("SSN 536-22-8741"))) for _ in range(4)]
        await slow.arrived.wait()
        for _ in range(4):
            shed = await w.app.post(PATH, content=chat("SSN 536-22-8741"))
            assert (shed.status_code, shed.headers["retry-after"]) == (503, "1")
        assert (await w.admin.get("/readyz")).status_code == 200
        slow.go.set()
        assert [answer.status_code for answer in await asyncio.gather(*first)] == [200] * 4
        assert w.received("cloud") == b""
        await _nothing_left(w)


SMUGGLED = {
    "two lengths": b"content-length: 5\r\ncontent-length: 50\r\n",
    "a length and chunks": b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
    "chunks that are not last": b"transfer-encoding: chunked, identity\r\n",
    "a length with a sign": b"content-length: +5\r\n",
    "a space before the colon": b"content-length : 5\r\n",
    "a folded header": b"x-a: b\r\n c\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
async def test_a_request_that_two_servers_could_read_differently_is_refused(tmp_path: Path, name: str) -> None:
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        await client.send(b"POST /v1/chat/completions HTTP/1.1\r\n" + SMUGGLED[name] + b"\r\n" + HELLO)
        assert (await client.answer())[0] == 400
        assert await client.rest() == b""
        assert w.received("cloud") == b""


async def test_an_upstream_that_hangs_does_not_keep_requests_for_others_out(tmp_path: Path) -> None:
    slow = Held()
    fleet = {"cloud": Scripted("cloud", slow), "local": Scripted("local", answers(200, {"choices": []}))}
    limits = {"limits": {"in_flight_per_upstream": 1}}
    async with world(tmp_path, engine(), fleet, settings=limits) as w:
        first = asyncio.create_task(w.app.post(PATH, content=chat("Hello")))
        await slow.arrived.wait()
        second = await w.app.post(PATH, content=chat("Hello"))
        assert (second.status_code, second.headers["x-privacy-zone"]) == (200, "local")
        slow.go.set()
        assert (await first).headers["x-privacy-zone"] == "cloud"
        await _nothing_left(w)


async def test_past_an_upstreams_capacity_it_is_503_and_never_another_zone(tmp_path: Path) -> None:
    slow = Held()
    fleet = {"local": Scripted("local", slow), "cloud": Scripted("cloud", answers(200, {"choices": []}))}
    limits = {"limits": {"in_flight_per_upstream": 1}}
    async with world(tmp_path, engine(), fleet, settings=limits) as w:
        first = asyncio.create_task(w.app.post(PATH, content=chat("SSN 536-22-8741")))
        await slow.arrived.wait()
        second = await w.app.post(PATH, content=chat("SSN 536-22-8741"))
        assert (second.status_code, second.json()["error"]["code"]) == (503, "overloaded")
        assert second.headers["retry-after"] == "1"
        slow.go.set()
        assert (await first).status_code == 200
        assert w.received("cloud") == b""


async def _nothing_left(w: World) -> None:
    """Wait until no request is held."""
    async with asyncio.timeout(20):
        while "privacy_gateway_in_flight 0.0" not in (await w.admin.get("/metrics")).text:
            pass
