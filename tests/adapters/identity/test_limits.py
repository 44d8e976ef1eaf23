"""Rate limits and quotas: counted together or not at all; in memory, and in a real Redis or Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.adapters.identity import MemoryLimits, SharedLimits
from gateway.core.errors import ConfigurationError, Overloaded
from gateway.core.identity import Demand, LimitStore, Quota, RateLimit, Window

RATE = Demand(("principal", "t", "a"), RateLimit(per_minute=60, burst=3))
QUOTA = Demand(("tenant", "t"), Quota(requests=2, window=Window.HOUR))
KEY = b"k" * 32


class Limits:
    """A store of either kind, with a clock that is moved by hand."""

    def __init__(self, url: str | None = None) -> None:
        self.now = 7200.0
        self.store: LimitStore = (
            MemoryLimits(clock=lambda: self.now) if url is None else SharedLimits(url, 5.0, KEY, lambda: self.now)
        )

    async def passes(self, *demands: Demand) -> int:
        """Return how many requests pass until one is refused."""
        count = 0
        while await self.store.take(demands) is None:
            count += 1
            assert count < 100
        return count


@pytest.fixture(params=["memory", "shared"])
async def limits(request: pytest.FixtureRequest) -> AsyncIterator[Limits]:
    made = Limits(request.getfixturevalue("redis_url") if request.param == "shared" else None)
    if isinstance(made.store, SharedLimits):
        await made.store._client.flushall()
    yield made
    await made.store.aclose()


async def test_a_bucket_lets_a_burst_through_and_then_a_steady_flow(limits: Limits) -> None:
    assert await limits.passes(RATE) == 3
    assert await limits.store.take([RATE]) == (RATE, 1.0)
    limits.now += 2
    assert await limits.passes(RATE) == 2
    limits.now += 1000
    assert await limits.passes(RATE) == 3


async def test_a_limit_without_burst_takes_ten_seconds_worth_at_once(limits: Limits) -> None:
    assert await limits.passes(Demand(("a",), RateLimit(per_minute=120))) == 20
    assert await limits.passes(Demand(("a",), RateLimit(per_minute=1))) == 1


async def test_a_quota_starts_anew_with_the_window(limits: Limits) -> None:
    limits.now = 7200.0 + 1800
    assert await limits.passes(QUOTA) == 2
    assert await limits.store.take([QUOTA]) == (QUOTA, 1800.0)
    limits.now = 7200.0 + 3600
    assert await limits.passes(QUOTA) == 2


async def test_a_request_that_one_limit_refuses_counts_against_none(limits: Limits) -> None:
    assert await limits.passes(QUOTA) == 2
    for _ in range(10):
        assert await limits.store.take([RATE, QUOTA]) is not None
    assert await limits.passes(RATE) == 3


async def test_limits_of_different_keys_are_apart(limits: Limits) -> None:
    assert await limits.passes(RATE) == 3
    assert await limits.passes(Demand(("principal", "t", "b"), RATE.limit)) == 3


async def test_a_name_with_a_slash_does_not_use_up_the_limit_of_another_tenant(limits: Limits) -> None:
    assert await limits.passes(Demand(("principal", "a/b", "c"), RATE.limit)) == 3
    assert await limits.passes(Demand(("principal", "a", "b/c"), RATE.limit)) == 3


async def test_a_clock_that_goes_back_gives_nothing_away(limits: Limits) -> None:
    assert await limits.passes(RATE) == 3
    limits.now -= 1000
    assert await limits.store.take([RATE]) is not None


async def test_a_clock_that_went_back_over_midnight_gave_the_quota_a_second_time(limits: Limits) -> None:
    assert await limits.passes(QUOTA) == 2
    limits.now -= 1800
    assert await limits.store.take([QUOTA]) == (QUOTA, 1800.0)
    limits.now += 3600
    assert await limits.store.take([QUOTA]) == (QUOTA, 1800.0)
    limits.now += 1800
    assert await limits.passes(QUOTA) == 2


async def test_memory_is_bounded_and_what_is_in_use_stays() -> None:
    limits = MemoryLimits(clock=lambda: 7200.0, max_counters=10)
    for _ in range(3):
        assert await limits.take([RATE]) is None
    for number in range(9):
        await limits.take([Demand(("principal", str(number)), RATE.limit)])
    assert await limits.take([RATE]) is not None
    assert len(limits._counters) == 10


async def test_replicas_that_race_cannot_both_take_the_last_request(redis_url: str) -> None:
    replicas = [SharedLimits(redis_url, 5.0, KEY, lambda: 7200.0) for _ in range(4)]
    await replicas[0]._client.flushall()
    demand = Demand(("tenant", "t"), Quota(requests=10))
    refused = await asyncio.gather(*(replicas[number % 4].take([demand]) for number in range(40)))
    assert sum(one is None for one in refused) == 10
    for replica in replicas:
        await replica.aclose()


async def test_the_store_learns_no_name_and_keeps_nothing_for_ever(redis_url: str) -> None:
    store = SharedLimits(redis_url, 5.0, KEY)
    await store._client.flushall()
    assert await store.take([Demand(("principal", "acme", "ada"), RATE.limit), QUOTA]) is None
    names = [name async for name in store._client.scan_iter()]
    assert len(names) == 2
    for name in names:
        assert b"acme" not in name
        assert 0 < await store._client.pttl(name) <= 3_601_000
    await store.aclose()


async def test_a_store_that_is_down_refuses_and_names_no_url() -> None:
    store = SharedLimits("redis://user:hunter2-secret@127.0.0.1:1/0", 0.5, KEY)
    with pytest.raises(Overloaded) as caught:
        await store.take([RATE])
    assert (caught.value.status, caught.value.code) == (503, "limits_unavailable")
    assert "hunter2" not in str(caught.value) + repr(store)
    await store.aclose()
    with pytest.raises(ConfigurationError):
        SharedLimits("no url", 1.0, KEY)
