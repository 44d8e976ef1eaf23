"""Answers whose pieces are given to a function as they come in: the same bytes, whoever stops, fails or goes away."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.adapters.sending import Incoming, OverAiohttp, Sender
from gateway.adapters.sending_httpx import OverHttpx
from gateway.adapters.tapping import Tap, TimedOut, Unreachable
from tests.fakes.certificates import Authority
from tests.fakes.talking import Talk, read_request, server

HEADERS = {"accept": "text/event-stream"}
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
BODY = [b"data: 1\n\n", b"data: 22\n", b"\n", b"data: " + b"3" * 300_000, b"\n\n"]


def sender_of(name: str) -> Sender:
    return OverAiohttp() if name == "aiohttp" else OverHttpx(httpx.AsyncHTTPTransport())


@pytest.fixture(params=["aiohttp", "httpx"])
async def sender(request: pytest.FixtureRequest) -> AsyncIterator[Sender]:
    sender = sender_of(request.param)
    yield sender
    await sender.aclose()


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def saying(*pieces: bytes, stays: bool = False, times: int = 1) -> Talk:
    """Answer each request so; each piece is written when what came before it was taken from the buffer."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(times):
            await read_request(reader)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        if stays:
            await reader.read()

    return talk


async def poured(answer: Incoming, wants: Callable[[], bool] = lambda: True) -> list[bytes]:
    """Return what was taken, asking again whenever `wants` said that it was enough."""
    taken: list[bytes] = []

    def take(piece: bytes) -> bool:
        taken.append(piece)
        return wants()

    while not await answer.pour(take):
        await asyncio.sleep(0)
    return taken


async def whole(answer: Incoming) -> list[bytes]:
    return [piece async for piece in answer.pieces()]


ENDS = {
    "chunked": (CHUNKED, *map(chunk, BODY), b"0\r\n\r\n"),
    "counted": (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % sum(map(len, BODY)), *BODY),
    "closed": (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", *BODY),
    "in one": (CHUNKED + b"".join(map(chunk, BODY)) + b"0\r\n\r\n",),
    "in bytes": tuple(bytes([byte]) for byte in CHUNKED + chunk(b"data: 1\n\n") + b"0\r\n\r\n"),
    "empty": (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",),
}


@pytest.mark.parametrize("stops", [0, 1, 2])
@pytest.mark.parametrize("how", ENDS)
async def test_what_is_poured_is_the_body(sender: Sender, how: str, stops: int) -> None:
    expected = {"in bytes": BODY[0], "empty": b""}.get(how, b"".join(BODY))
    turns = itertools.cycle([True] * (2 - stops) + [False] * stops)
    async with server(saying(*ENDS[how])) as url, asyncio.timeout(20):
        answer = await sender.send("POST", url, HEADERS, b"{}", 10)
        assert b"".join(await poured(answer, lambda: next(turns))) == expected
        assert await answer.pour(lambda _: False)
        await answer.aclose()


async def test_what_is_poured_over_tls_is_the_body(tmp_path: Path) -> None:
    authority = Authority()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(loopback=True).write(tmp_path, "server"))
    sender = OverAiohttp(authority.client_context())
    async with server(saying(*ENDS["chunked"], times=2), context) as url, asyncio.timeout(20):
        for _ in range(2):
            answer = await sender.send("POST", url, HEADERS, b"{}", 10)
            assert b"".join(await poured(answer)) == b"".join(BODY)
            await answer.aclose()
    await sender.aclose()


async def test_nothing_is_sent_to_a_server_for_which_no_known_authority_vouches(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Authority().issue(loopback=True).write(tmp_path, "server"))
    sender = OverAiohttp()
    async with server(saying(*ENDS["chunked"]), context) as url, asyncio.timeout(20):
        with pytest.raises(Unreachable):
            await sender.send("POST", url, HEADERS, b"{}", 10)
    await sender.aclose()


async def test_a_connection_whose_answer_was_poured_is_used_again() -> None:
    sender, connections = OverAiohttp(), 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await saying(*ENDS["chunked"], times=5)(reader, writer)

    async with server(talk) as url, asyncio.timeout(20):
        for turn in range(5):
            answer = await sender.send("POST", url, HEADERS, b"{}", 10)
            read = poured(answer) if turn % 2 else whole(answer)
            assert b"".join(await read) == b"".join(BODY)
            await answer.aclose()
    await sender.aclose()
    assert connections == 1


@pytest.mark.parametrize("wants", [True, False])
@pytest.mark.parametrize(("stays", "expected"), [(True, TimedOut), (False, Unreachable)])
async def test_what_stalls_or_breaks_off_while_it_is_poured_has_no_end(
    sender: Sender, *, stays: bool, expected: type[Exception], wants: bool
) -> None:
    async with server(saying(CHUNKED, chunk(b"some"), stays=stays)) as url:
        answer = await sender.send("POST", url, HEADERS, b"{}", 0.05 if stays else 10)
        with pytest.raises(expected):
            await poured(answer, lambda: wants)
        await answer.aclose()


@pytest.mark.parametrize("read", [poured, whole])
async def test_a_chunk_that_was_none_held_its_answer_up_for_ever(
    sender: Sender, read: Callable[[Incoming], Awaitable[list[bytes]]]
) -> None:
    async with server(saying(CHUNKED, chunk(b"some"), b"no size\r\n", stays=True)) as url, asyncio.timeout(20):
        answer = await sender.send("POST", url, HEADERS, b"{}", 10)
        with pytest.raises(Unreachable):
            await read(answer)
        await answer.aclose()


WORDS = [b'data: {"n": %d}\n\n' % number for number in range(6)]
CUT = chunk(WORDS[3])
FRAMED = {
    "each in a chunk": [chunk(word) for word in WORDS],
    "cut in the size": [*map(chunk, WORDS[:3]), CUT[:1], CUT[1:], *map(chunk, WORDS[4:])],
    "cut in the content": [*map(chunk, WORDS[:3]), CUT[:9], CUT[9:], *map(chunk, WORDS[4:])],
    "cut before its end": [*map(chunk, WORDS[:3]), CUT[:-2], CUT[-2:], *map(chunk, WORDS[4:])],
    "cut within its end": [*map(chunk, WORDS[:3]), CUT[:-1], CUT[-1:], *map(chunk, WORDS[4:])],
    "the next one's size behind": [chunk(WORDS[0]) + b"10\r\n", WORDS[1] + b"\r\n", *map(chunk, WORDS[2:])],
    "two at once": [chunk(WORDS[0]), chunk(WORDS[1]) + chunk(WORDS[2]), *map(chunk, WORDS[3:])],
    "an extension": [chunk(WORDS[0]), b"10;a=b\r\n" + WORDS[1] + b"\r\n", *map(chunk, WORDS[2:])],
    "zeros before the size": [chunk(WORDS[0]), *(b"000" + chunk(word) for word in WORDS[1:])],
    "the end behind the last": [*map(chunk, WORDS[:5]), chunk(WORDS[5]) + b"0\r\n\r\n"],
    "trailers": [*map(chunk, WORDS), b"0\r\na: b\r\n\r\n"],
}


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("how", FRAMED)
async def test_chunks_are_taken_out_of_their_frames_however_they_are_cut(how: str, *, stops: bool) -> None:
    """Each piece is written when what came before was taken, and the next answer comes over the same connection."""
    sender, connections = OverAiohttp(), 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            await read_request(reader)
            for piece in (CHUNKED, *FRAMED[how], *([] if FRAMED[how][-1].endswith(b"\r\n\r\n") else [b"0\r\n\r\n"])):
                writer.write(piece)
                await writer.drain()
                for _ in range(20):
                    await asyncio.sleep(0)
        await reader.read()

    async with server(talk) as url, asyncio.timeout(20):
        for _ in range(2):
            answer = await sender.send("POST", url, HEADERS, b"{}", 10)
            assert b"".join(await poured(answer, itertools.cycle([True, not stops]).__next__)) == b"".join(WORDS)
            await answer.aclose()
    await sender.aclose()
    assert connections == 1


async def test_what_fails_while_it_is_poured_is_raised_and_closes_the_connection(sender: Sender) -> None:
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await saying(CHUNKED, chunk(b"one"), chunk(b"two"), stays=True)(reader, writer)
        finally:
            left.set()

    def take(_piece: bytes) -> bool:
        raise LookupError

    async with server(talk) as url:
        answer = await sender.send("POST", url, HEADERS, b"{}", 10)
        with pytest.raises(LookupError):
            await answer.pour(take)
        await answer.aclose()
        await asyncio.wait_for(left.wait(), 20)


async def test_who_leaves_while_it_is_poured_closes_the_connection_and_gets_no_more(sender: Sender) -> None:
    came, go, left = asyncio.Event(), asyncio.Event(), asyncio.Event()
    taken: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(CHUNKED + chunk(b"one"))
        await go.wait()
        writer.write(chunk(b"two"))
        try:
            await reader.read()
        finally:
            left.set()

    def take(piece: bytes) -> bool:
        taken.append(piece)
        came.set()
        return True

    async with server(talk) as url, asyncio.timeout(20):
        answer = await sender.send("POST", url, HEADERS, b"{}", 10)
        reading = asyncio.ensure_future(answer.pour(take))
        await came.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        go.set()
        await answer.aclose()
        await left.wait()
    assert taken == [b"one"]


class Stalled:
    """Connection, protocol and content in one, on which nothing comes any more."""

    read_timeout: float | None = 1e-9
    transport = None

    def start_timeout(self) -> None: ...

    def set_protocol(self, protocol: object) -> None: ...

    def is_eof(self) -> bool:
        return False


async def test_a_time_limit_that_is_up_while_its_reader_is_cancelled_is_no_error() -> None:
    stalled: Any = Stalled()
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    reading = asyncio.create_task(Tap(stalled, stalled, stalled, lambda _: True).ended())
    for _ in range(2):  # the limit is up then, and is looked at right behind what comes here
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert not told
