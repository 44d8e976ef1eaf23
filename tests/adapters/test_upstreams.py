"""An upstream that could not be reached is left alone for a moment, longer each time, and never for good."""

import httpx
import pytest

from gateway.adapters.upstreams import FIRST_REST_S, MAX_REST_S, UpstreamClient, UpstreamUnreachable
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
