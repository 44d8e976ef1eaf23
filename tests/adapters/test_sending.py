"""What goes out and what comes in, over each client library: nothing kept, nothing followed, nothing unchecked."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiohttp.client_proto import ResponseHandler

from gateway.adapters.sending import OverAiohttp, Sender
from gateway.adapters.sending_httpx import OverHttpx
from gateway.adapters.tapping import TimedOut, Unreachable
from gateway.adapters.upstreams import UpstreamClient
from gateway.core.errors import UpstreamFailed
from gateway.core.model import Sensitivity, Upstream, Zone
from tests.fakes.certificates import Authority
from tests.fakes.talking import read_request, server

HEADERS = {"accept": "application/json", "user-agent": "test"}
PLAIN = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n%b\r\n{}"


@pytest.fixture(params=["aiohttp", "httpx"])
async def sender(request: pytest.FixtureRequest) -> AsyncIterator[Sender]:
    sender: Sender = OverAiohttp() if request.param == "aiohttp" else OverHttpx(httpx.AsyncHTTPTransport())
    yield sender
    await sender.aclose()


async def test_an_answer_comes_with_status_headers_and_pieces(sender: Sender) -> None:
    asked: list[tuple[bytes, bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_request(reader))
        writer.write(
            b"HTTP/1.1 429 Slow\r\nX-A: 1\r\nx-a: 2\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n"
        )
        writer.write(b"0\r\n\r\n")

    async with server(talk) as url:
        answer = await sender.send("POST", f"{url}/x", HEADERS, b"[1]", 10)
        assert (answer.status, answer.headers["x-a"]) == (429, "1, 2")
        assert b"".join([piece async for piece in answer.pieces()]) == b"abcde"
        await answer.aclose()
    (head, body) = asked[0]
    assert head.startswith(b"POST /v1/x HTTP/1.1\r\n")
    assert body == b"[1]"
    assert b"\r\nuser-agent: test\r\n" in head.lower()


@pytest.mark.parametrize("size", [0, 3_000_000])
async def test_a_body_of_any_size_arrives_whole(sender: Sender, size: int) -> None:
    bodies: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bodies.append((await read_request(reader))[1])
        writer.write(PLAIN % b"")

    async with server(talk) as url:
        answer = await sender.send("POST", url, HEADERS, b"x" * size or None, 10)
        await answer.aclose()
    assert bodies == [b"x" * size]


async def test_cookies_are_not_kept_and_redirects_not_followed(sender: Sender) -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append((await read_request(reader))[0])
            moved = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /elsewhere\r\nset-cookie: tenant=ada\r\n\r\n"
            writer.write(moved)

    async with server(talk) as url:
        for _ in range(2):
            answer = await sender.send("POST", url, HEADERS, b"{}", 10)
            assert answer.status == 302
            assert [piece async for piece in answer.pieces() if piece] == []
            await answer.aclose()
    assert len(heads) == 2
    assert not any(b"cookie" in head.lower() for head in heads)


async def test_a_connection_that_was_closed_while_idle_is_tried_once_more() -> None:
    sender, seen = OverAiohttp(), 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        await read_request(reader)
        seen += 1
        writer.write(PLAIN % b"")
        await writer.drain()
        await reader.readexactly(1)  # closes when the next request has begun to come

    async with server(talk) as url:
        for _ in range(3):
            answer = await sender.send("POST", url, HEADERS, b"{}", 10)
            assert b"".join([piece async for piece in answer.pieces()]) == b"{}"
            await answer.aclose()
    await sender.aclose()
    assert seen == 3


async def test_nobody_there_is_unreachable(sender: Sender) -> None:
    with pytest.raises(Unreachable):
        await sender.send("POST", "http://127.0.0.1:1/v1", HEADERS, b"{}", 10)


@pytest.mark.parametrize(("stalls", "reached"), [(2, True), (3, False)])
async def test_an_upstream_was_given_up_because_the_gateway_itself_stood_still(*, stalls: int, reached: bool) -> None:
    sender = OverAiohttp(connect_s=0.02)
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect
    left = stalls

    async def stalling(sock: socket.socket, address: tuple[str, int]) -> None:
        nonlocal left
        await connect(sock, address)
        if left:
            left -= 1
            time.sleep(0.4)  # noqa: ASYNC251 - the loop stands still for longer than the time limit and what is late

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(PLAIN % b"")

    async with server(talk) as url:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "sock_connect", stalling)
            if reached:
                answer = await sender.send("POST", url, HEADERS, b"{}", 10)
                assert answer.status == 200
                await answer.aclose()
            else:
                with pytest.raises(Unreachable, match="no connection can be made"):
                    await sender.send("POST", url, HEADERS, b"{}", 10)
    await sender.aclose()


async def test_a_request_that_broke_a_new_connection_was_sent_twice(sender: Sender) -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heads.append((await read_request(reader))[0])

    async with server(talk) as url:
        with pytest.raises(Unreachable):
            await sender.send("POST", url, HEADERS, b"{}", 10)
    assert len(heads) == 1


async def test_silence_before_the_answer_times_out(sender: Sender) -> None:
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(talk) as url:
        with pytest.raises(TimedOut):
            await sender.send("POST", url, HEADERS, b"{}", 0.05)


@pytest.mark.parametrize(("stays", "expected"), [(True, TimedOut), (False, Unreachable)])
async def test_an_answer_that_stalls_or_breaks_off_is_none(
    sender: Sender, *, stays: bool, expected: type[Exception]
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome")
        await writer.drain()
        if stays:
            await reader.read()

    async with server(talk) as url:
        answer = await sender.send("POST", url, HEADERS, b"{}", 0.05 if stays else 10)
        with pytest.raises(expected):
            [piece async for piece in answer.pieces()]
        await answer.aclose()


async def test_a_certificate_nobody_vouches_for_is_refused(sender: Sender, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Authority().issue(loopback=True).write(tmp_path, "server"))
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await read_request(reader))[0])
        writer.write(PLAIN % b"")

    async with server(talk, context) as url:
        with pytest.raises(Unreachable):
            await sender.send("POST", url, HEADERS, b"{}", 10)
    assert heads == []


async def test_why_an_upstream_cannot_be_reached_is_told_to_who_has_to_mend_it(tmp_path: Path) -> None:
    authority = Authority()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(loopback=True).write(tmp_path, "server"))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.close()

    async def why(url: str, trusted: ssl.SSLContext | None = None) -> str:
        client = UpstreamClient()
        client._sender = OverAiohttp(trusted)
        async with client:
            with pytest.raises(UpstreamFailed) as told:
                await client.models(Upstream("cloud", Zone.CLOUD, Sensitivity.LOW, url))
        return told.value.message.removeprefix("The upstream 'cloud' could not be reached")

    async with server(talk, context) as trusted, server(talk) as plain:
        assert await why(trusted) == ": its certificate is not trusted, or is another host's."
        assert await why(plain) == "."
    assert await why(plain) == ": no connection can be made."
    assert await why("http://nowhere.invalid:1/v1") == ": its name is not known."


async def test_an_answer_that_is_left_closes_the_upstreams_connection(sender: Sender) -> None:
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await reader.read()
        left.set()

    async with server(talk) as url:
        answer = await sender.send("POST", url, HEADERS, b"{}", 10)
        pieces = answer.pieces()
        assert await anext(pieces) == b"abc"
        await pieces.aclose()
        await answer.aclose()
        await asyncio.wait_for(left.wait(), 20)


async def test_a_request_that_is_cancelled_closes_the_upstreams_connection(sender: Sender) -> None:
    arrived, left = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        arrived.set()
        await reader.read()
        left.set()

    async with server(talk) as url:
        sending = asyncio.create_task(sender.send("POST", url, HEADERS, b"{}", 60))
        await arrived.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.wait_for(left.wait(), 20)


async def test_a_line_end_in_a_header_sends_nothing(sender: Sender) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(1))

    async with server(talk) as url:
        for end in ("\r\n", "\n", "\r", "\0"):
            with pytest.raises((ValueError, Unreachable)):
                await sender.send("POST", url, {**HEADERS, "x-a": f"a{end}x-b: c"}, b"{}", 5)
    assert b"".join(seen) == b""


async def test_neither_a_proxy_nor_a_credential_comes_from_the_environment(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login jane password hunter2-example\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, _ = await read_request(reader)
        seen.append(head.lower())
        writer.write(PLAIN % b"")

    async with server(talk) as url:
        incoming = await sender.send("POST", url, HEADERS, b"{}", 5)
        await incoming.aclose()
    assert incoming.status == 200
    assert b"authorization" not in seen[0]
    assert seen[0].startswith(b"post /v1 ")


@pytest.mark.parametrize("head", [b"x-a: " + b"a" * 200_000 + b"\r\n", b"x-a: a\r\n" * 100_000])
async def test_a_head_without_bounds_is_no_answer(sender: Sender, head: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(PLAIN % head)
        await writer.drain()

    async with server(talk) as url:
        with pytest.raises(Unreachable):
            await sender.send("POST", url, HEADERS, b"{}", 5)


@pytest.mark.parametrize("sender", ["aiohttp"], indirect=True)
async def test_an_upstream_that_answers_before_it_has_read_holds_nobody_up(sender: Sender) -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PLAIN % b"")
        await asyncio.Event().wait()

    async with server(talk) as url, asyncio.timeout(20):
        for _ in range(2):
            incoming = await sender.send("POST", url, HEADERS, b"x" * 32 * 1024 * 1024, 5)
            assert b"".join([piece async for piece in incoming.pieces()]) == b"{}"
            await incoming.aclose()
    assert connections == 2


@pytest.mark.parametrize("sender", ["aiohttp"], indirect=True)
async def test_an_answer_that_says_more_than_its_length_is_not_the_next_ones(sender: Sender) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(PLAIN % b"" + b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstolen")

    async with server(talk) as url:
        for _ in range(3):
            try:
                incoming = await sender.send("POST", url, HEADERS, b"{}", 5)
                body = b"".join([piece async for piece in incoming.pieces()])
                await incoming.aclose()
            except Unreachable:
                continue
            assert body == b"{}"


@pytest.mark.parametrize("length", [6, 600])
async def test_an_answer_that_nobody_had_asked_for_was_the_next_requests(sender: Sender, length: int) -> None:
    idle, written = asyncio.Event(), asyncio.Event()
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await read_request(reader)
            writer.write(PLAIN % b"")
            await writer.drain()
            await idle.wait()
            idle.clear()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\nstolen" % length)
            written.set()

    async with server(talk) as url:
        for _ in range(3):
            incoming = await sender.send("POST", url, HEADERS, b"{}", 5)
            assert b"".join([piece async for piece in incoming.pieces()]) == b"{}"
            await incoming.aclose()
            idle.set()
            await written.wait()
            written.clear()
            for _ in range(10):  # it is in this machine's buffers: the loop reads it when it goes round
                await asyncio.sleep(0)
    assert connections == 3


@pytest.mark.parametrize("begun", [b"HTT", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"])
async def test_a_request_whose_answer_had_begun_was_sent_again(sender: Sender, begun: bytes) -> None:
    asked = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await read_request(reader)
        writer.write(PLAIN % b"")
        await read_request(reader)
        asked += 1
        writer.write(begun)
        await writer.drain()

    async with server(talk) as url:
        for incoming in await asyncio.gather(*(sender.send("POST", url, HEADERS, b"{}", 5) for _ in range(3))):
            async for _ in incoming.pieces():
                pass
            await incoming.aclose()
        with pytest.raises(Unreachable):
            await sender.send("POST", url, HEADERS, b"{}", 5)
    assert asked == 1


async def test_the_limit_of_an_answer_begins_when_its_request_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    limited, left = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(ResponseHandler, "start_timeout", lambda _protocol: limited.set())

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        assert not limited.is_set()
        await read_request(reader)
        await limited.wait()
        left.set()

    sender = OverAiohttp()
    async with server(talk) as url, asyncio.timeout(20):
        with pytest.raises(Unreachable):
            await sender.send("POST", url, HEADERS, b"x" * 32 * 1024 * 1024, 60)
        await left.wait()
    await sender.aclose()


async def test_interim_answers_are_passed_over(sender: Sender) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + PLAIN % b"x-a: 1\r\n"
        )

    async with server(talk) as url:
        answer = await sender.send("POST", url, HEADERS, b"{}", 10)
        assert (answer.status, answer.headers["x-a"], "link" in answer.headers) == (200, "1", False)
        assert b"".join([piece async for piece in answer.pieces()]) == b"{}"
        await answer.aclose()


@pytest.mark.parametrize("sender", ["aiohttp"], indirect=True)
async def test_each_header_goes_out_once_in_whatever_case_it_was_written(sender: Sender) -> None:
    heads: list[list[bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append((await read_request(reader))[0].lower().split(b"\r\n"))
            writer.write(PLAIN % b"")

    async with server(talk) as url:
        for more in ({}, {"User-Agent": "other", "Authorization": "Bearer a"}):
            with_credential = url.replace("://", "://ada:example@")
            await (await sender.send("POST", with_credential, {**HEADERS, **more}, b"{}", 10)).aclose()
        await (await sender.send("GET", f"{url}/a b?c=d", HEADERS, None, 10)).aclose()
    for head in heads:
        names = [line.split(b":")[0] for line in head[1:] if line]
        assert len(names) == len(set(names))
    assert b"authorization: basic ywrhomv4yw1wbgu=" in heads[0]
    assert {b"user-agent: other", b"authorization: bearer a", b"content-length: 2"} <= set(heads[1])
    assert heads[2][0] == b"get /v1/a%20b?c=d http/1.1"
    assert not any(line.startswith(b"content-") for line in heads[2])
