"""An upstream that could not be reached is left alone for a moment, longer each time, and never for good."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.adapters.upstreams import FIRST_REST_S, MAX_REST_S, UpstreamClient, UpstreamUnreachable
from gateway.core.errors import UpstreamTimeout
from gateway.core.model import Sensitivity, Upstream, Zone

CLOUD = Upstream("cloud", Zone.CLOUD, Sensitivity.LOW, "http://cloud.example/v1")
LOCAL = Upstream("local", Zone.LOCAL, Sensitivity.HIGH, "http://local.example/v1")


async def test_a_dead_upstream_rests_longer_each_time_and_no_other_one_does() -> None:
    now = 0.0
    dead = True

    def answer(request: httpx.Request) -> httpx.Response:
        if dead:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json={"data": []}, request=request)

    async def rest() -> float:
        """Fail once; return for how many seconds it is left alone then."""
        nonlocal now
        with pytest.raises(UpstreamUnreachable):
            await client.models(CLOUD)
        failed = now
        while not client.available(CLOUD):
            assert client.available(LOCAL)
            now += 0.5
        return now - failed

    async with UpstreamClient(clock=lambda: now, transport=httpx.MockTransport(answer)) as client:
        assert client.available(CLOUD)
        assert [await rest() for _ in range(6)] == [FIRST_REST_S, 2, 4, 8, MAX_REST_S, MAX_REST_S]

        dead = False
        assert await client.models(CLOUD) == []
        dead = True
        assert await rest() == FIRST_REST_S


class _Endless(httpx.AsyncByteStream):
    """A body that always has one more piece."""

    def __init__(self) -> None:
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield b" "

    async def aclose(self) -> None:
        self.closed = True


async def test_the_models_of_an_upstream_whose_answer_never_ends_are_waited_for_no_longer_than_asked() -> None:
    body = _Endless()
    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=body, request=request))
    async with UpstreamClient(transport=transport) as client:
        with pytest.raises(UpstreamTimeout):
            await client.models(CLOUD, timeout_s=0.01)
    assert body.closed


async def test_requests_that_break_together_count_as_one_failure_and_the_log_tells_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    broken = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if broken.is_set():
            return httpx.Response(200, json={"data": []}, request=request)
        await broken.wait()
        raise httpx.ReadError("", request=request)

    async with UpstreamClient(clock=lambda: now, transport=httpx.MockTransport(answer)) as client:
        asked = [asyncio.create_task(client.models(CLOUD)) for _ in range(64)]
        for _ in range(10):
            await asyncio.sleep(0)
        broken.set()
        failed = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(error) for error in failed} == {UpstreamUnreachable}
        assert not client.available(CLOUD)
        now = FIRST_REST_S
        assert client.available(CLOUD)
        with caplog.at_level("INFO", "privacy_gateway"):
            await client.models(CLOUD)
    assert [record.getMessage() for record in caplog.records] == [
        "upstream cloud could not be reached; left alone for 1 s",
        "upstream cloud is reached again",
    ]
