"""Rate limits and quotas: counted together or not at all, and bounded in memory."""

from gateway.adapters.identity.limits import MemoryLimits
from gateway.core.identity import Demand, Quota, RateLimit, Window

RATE = Demand("principal/a", RateLimit(per_minute=60, burst=3))
QUOTA = Demand("tenant/t", Quota(requests=2, window=Window.HOUR))


class Limits(MemoryLimits):
    def __init__(self, **more: int) -> None:
        self.now = 7200.0
        super().__init__(clock=lambda: self.now, **more)

    async def passes(self, *demands: Demand) -> int:
        """Return how many requests pass until one is refused."""
        count = 0
        while await self.take(demands) is None:
            count += 1
            assert count < 100
        return count


async def test_a_bucket_lets_a_burst_through_and_then_a_steady_flow() -> None:
    limits = Limits()
    assert await limits.passes(RATE) == 3
    assert await limits.take([RATE]) == (RATE, 1.0)
    limits.now += 2
    assert await limits.passes(RATE) == 2
    limits.now += 1000
    assert await limits.passes(RATE) == 3


async def test_a_limit_without_burst_takes_ten_seconds_worth_at_once() -> None:
    assert await Limits().passes(Demand("a", RateLimit(per_minute=120))) == 20
    assert await Limits().passes(Demand("a", RateLimit(per_minute=1))) == 1


async def test_a_quota_starts_anew_with_the_window() -> None:
    limits = Limits()
    limits.now = 7200.0 + 1800
    assert await limits.passes(QUOTA) == 2
    assert await limits.take([QUOTA]) == (QUOTA, 1800.0)
    limits.now = 7200.0 + 3600
    assert await limits.passes(QUOTA) == 2


async def test_a_request_that_one_limit_refuses_counts_against_none() -> None:
    limits = Limits()
    assert await limits.passes(QUOTA) == 2
    for _ in range(10):
        assert await limits.take([RATE, QUOTA]) is not None
    assert await limits.passes(RATE) == 3


async def test_limits_of_different_keys_are_apart() -> None:
    limits = Limits()
    assert await limits.passes(RATE) == 3
    assert await limits.passes(Demand("principal/b", RATE.limit)) == 3


async def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    limits = Limits()
    assert await limits.passes(RATE) == 3
    limits.now -= 1000
    assert await limits.take([RATE]) is not None


async def test_memory_is_bounded_and_what_is_in_use_stays() -> None:
    limits = Limits(max_counters=10)
    assert await limits.passes(RATE) == 3
    for number in range(9):
        await limits.take([Demand(f"principal/{number}", RATE.limit)])
    assert await limits.take([RATE]) is not None
    assert len(limits._counters) == 10
