"""Rate limits and quotas in the memory of one process.

Token buckets for rates (a burst, then a steady flow), fixed windows in UTC for quotas. Counts start anew with the
process, and each replica counts by itself; `shared_limits` counts for all replicas (the protocol is
`gateway.core.identity.LimitStore`). Keys come from verified identities, and memory is bounded all the same.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from gateway.core.identity import Demand, Quota, RateLimit

__all__ = ["MemoryLimits"]

MAX_COUNTERS: Final = 100_000


class MemoryLimits:
    """A `LimitStore`.

    Args:
        clock: seconds since 1970.
        max_counters: beyond this many, those unused for longest are forgotten.
    """

    def __init__(self, clock: Callable[[], float] = time.time, max_counters: int = MAX_COUNTERS) -> None:
        self._clock = clock
        self._max = max_counters
        self._counters: OrderedDict[tuple[tuple[str, ...], RateLimit | Quota], tuple[float, float]] = OrderedDict()

    async def take(self, demands: Sequence[Demand]) -> tuple[Demand, float] | None:
        """Count one request; see `LimitStore.take`. Doesn't wait, so nothing comes between looking and counting."""
        now = self._clock()
        after: list[tuple[Demand, tuple[float, float]]] = []
        for demand in demands:
            known = self._counters.get((demand.key, demand.limit))
            counted = _bucket(demand.limit, known, now) if isinstance(demand.limit, RateLimit) else None
            if isinstance(demand.limit, Quota):
                counted = _window(demand.limit, known, now)
            assert counted is not None
            wait_s, state = counted
            if wait_s > 0:
                return demand, wait_s
            after.append((demand, state))
        for demand, state in after:
            key = (demand.key, demand.limit)
            self._counters[key] = state
            self._counters.move_to_end(key)
        while len(self._counters) > self._max:
            self._counters.popitem(last=False)
        return None

    async def aclose(self) -> None:
        """Nothing is open."""


def _bucket(limit: RateLimit, known: tuple[float, float] | None, now: float) -> tuple[float, tuple[float, float]]:
    """Return the seconds to wait, and what is left in the bucket and when, if the request passes."""
    rate = limit.per_minute / 60
    left, at = known or (float(limit.capacity), now)
    left = min(limit.capacity, left + max(0.0, now - at) * rate)
    return max(0.0, (1 - left) / rate), (left - 1, now)


def _window(limit: Quota, known: tuple[float, float] | None, now: float) -> tuple[float, tuple[float, float]]:
    """Return the seconds to wait, and the count and the window's beginning, if the request passes."""
    start = now - now % limit.window.seconds
    # A clock that was set back leads into an earlier window, which must not begin anew.
    count = known[0] if known is not None and known[1] >= start else 0.0
    if count >= limit.requests:
        return start + limit.window.seconds - now, (count, start)
    return 0.0, (count + 1, start)
