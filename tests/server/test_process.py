"""The gateway as a process of its own: drains on SIGTERM and SIGHUP, accounts for every sent request after `kill -9`."""

import asyncio
import json
import resource
import signal
from pathlib import Path

import httpx
import pytest

from gateway.server.standin import StandIn, running
from tests.fakes.engines import chat
from tests.fakes.process import serve
from tests.fakes.world import Scripted, stopping_between

PATH = "/v1/chat/completions"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_lets_a_running_stream_end_and_no_core_file_could_hold_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    go = asyncio.Event()
    slow = stopping_between(go)
    async with running(Scripted("local", slow)) as (upstream,), serve(tmp_path, upstream) as (process, url, _):
        async with (
            httpx.AsyncClient(base_url=url, timeout=60) as app,
            app.stream("POST", PATH, content=chat("Hello", stream=True)) as response,
        ):
            pieces = response.aiter_text()
            text = await anext(pieces)
            assert resource.prlimit(process.pid, resource.RLIMIT_CORE)[0] == 0
            process.send_signal(number)
            go.set()
            async for piece in pieces:
                text += piece
        assert "first" in text
        assert text.rstrip().endswith("data: [DONE]")
        assert await process.wait() == 0
    records = [json.loads(line) for line in next((tmp_path / "audit").rglob("*.jsonl")).read_text().splitlines()]
    assert [record["event"] for record in records] == ["decision", "outcome"]


@pytest.mark.parametrize("stop_after", [1, 7])
async def test_after_kill_9_every_request_that_was_sent_is_on_record(tmp_path: Path, stop_after: int) -> None:
    upstream = StandIn("local")
    async with running(upstream) as (address,), serve(tmp_path, address) as (process, url, _):

        async def ask(number: int) -> None:
            try:
                async with httpx.AsyncClient(base_url=url, timeout=60) as app:
                    await app.post(PATH, content=chat(f"Question {number}"))
            except httpx.HTTPError:
                return
            if len(upstream.received) >= stop_after and process.returncode is None:
                process.kill()

        await asyncio.gather(*(ask(number) for number in range(16)))
        await process.wait()
    lines = next((tmp_path / "audit").rglob("*.jsonl")).read_text().splitlines(keepends=True)
    decided = sum('"event":"decision"' in line.replace(" ", "") for line in lines if line.endswith("\n"))
    assert decided >= len(upstream.received) >= stop_after
