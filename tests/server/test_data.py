"""The table in front of the data plane's app is no way round it: paths, methods, headers, identity, limits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.engines import chat, engine
from tests.fakes.sockets import raw
from tests.fakes.world import World, world

PATH = "/v1/chat/completions"
REFUSED = {400, 401, 404, 405, 415, 421, 501}


def nothing_sent(w: World) -> bool:
    return not any(w.received(name) for name in w.upstreams)


@pytest.mark.parametrize(
    "line",
    [
        *(f"POST {PATH}/", f"POST /{PATH}", f"POST {PATH.upper()}", "POST /v1//chat/completions"),
        *(f"POST {PATH};a", "POST /v1/./chat/completions", "POST /v1/models/../chat/completions"),
        *("POST /v1/chat%252Fcompletions", f"POST {PATH}%00", f"POST {PATH}?model=x", f"POST {PATH}?beta=true&x=1"),
        *(f"GET {PATH}", f"HEAD {PATH}", f"PUT {PATH}", f"OPTIONS {PATH}", f"post {PATH}", f"CONNECT {PATH}"),
        *("POST *", "POST //rebound.example/v1/chat/completions"),
    ],
)
async def test_another_path_or_method_sends_nothing(tmp_path: Path, line: str) -> None:
    body = chat("Hello")
    head = (
        f"{line} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        await client.send(head.encode() + body)
        status = int((await client.reader.readuntil(b"\r\n")).split()[1])
        assert status in REFUSED
        assert nothing_sent(w)


@pytest.mark.parametrize(
    "target", ["http://localhost/v1/chat/completions", "/v1/chat%2Fcompletions", f"{PATH}?beta=true"]
)
async def test_what_is_the_same_path_is_judged_and_sent_to_the_path_as_it_is(tmp_path: Path, target: str) -> None:
    body = chat("Hello")
    head = f"POST {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        await client.send(head.encode() + body)
        status, headers, _ = await client.answer()
        assert (status, "x-privacy-decision" in headers) == (200, True)
        assert json.loads(w.log().splitlines()[0])["endpoint"] == PATH


@pytest.mark.parametrize(
    "headers",
    [
        "content-encoding: gzip\r\n",
        "content-encoding: identity\r\ncontent-encoding: br\r\n",
        "content-length: 3\r\n",
        "transfer-encoding: chunked\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ],
)
async def test_a_body_that_could_be_read_in_two_ways_is_not_sent(tmp_path: Path, headers: str) -> None:
    body = chat("Hello")
    head = f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        await client.send(head.encode() + body)
        assert int((await client.reader.readuntil(b"\r\n")).split()[1]) in REFUSED
        assert nothing_sent(w)


async def test_a_label_of_another_charset_changes_nothing_of_what_is_read(tmp_path: Path) -> None:
    body = chat("Hello Jane Doe").decode()
    headers = {"content-type": "application/json; charset=utf-16"}
    async with world(tmp_path, engine()) as w:
        plain = await w.app.post(PATH, content=body.encode(), headers=headers)
        assert plain.status_code == 200
        sent = w.received("cloud") + w.received("secure") + w.received("local")
        assert b"Hello" in sent
        assert b"utf-16" not in sent
        wide = await w.app.post(PATH, content=body.encode("utf-16"), headers=headers)
        assert wide.status_code == 400
