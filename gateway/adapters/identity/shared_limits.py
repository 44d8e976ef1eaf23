"""Rate limits and quotas counted in Redis or Valkey, for all replicas together.

The same token buckets and windows as in memory (`limits`), in one script, which the server runs as a whole: two
replicas cannot both take the last request of a limit, and a request that one limit refuses counts against none. Time is
the server's, so that replicas with different clocks agree. Names of keys are digests, keyed with the gateway's secret:
the store learns how often somebody asks, not who. All have one hash tag, so that a cluster keeps them together, and
end by themselves.

A store that is down or slow refuses requests (invariant 2): a limit that cannot be counted is not kept.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Sequence
from typing import Final

from gateway.adapters.redis_client import open_redis
from gateway.core.errors import Overloaded
from gateway.core.identity import Demand, RateLimit

__all__ = ["SharedLimits"]

_log = logging.getLogger("privacy_gateway")

_SCRIPT: Final = """
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local after = {}
for i = 1, #KEYS do
  local kind, most, pace = ARGV[3 * i - 1], tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local known = redis.call('HMGET', KEYS[i], 'n', 'at')
  local count, at, wait, life = tonumber(known[1]), tonumber(known[2]), 0, 0
  if kind == 'rate' then
    local left = math.min(most, (count or most) + math.max(0, now - (at or now)) * pace)
    if left < 1 then wait = (1 - left) / pace end
    count, at, life = left - 1, now, most / pace + 1
  else
    local start = math.floor(now / pace) * pace
    if at == nil or at < start then count = 0 end
    if count >= most then wait = start + pace - now end
    count, at, life = count + 1, start, start + pace - now + 1
  end
  if wait > 0 then return {i, string.format('%.6f', wait)} end
  after[i] = {string.format('%.9f', count), string.format('%.6f', at), math.ceil(life * 1000)}
end
for i = 1, #KEYS do
  redis.call('HSET', KEYS[i], 'n', after[i][1], 'at', after[i][2])
  redis.call('PEXPIRE', KEYS[i], after[i][3])
end
return {0, '0'}
"""


class SharedLimits:
    """A `LimitStore`.

    Args:
        url: `redis://` or `rediss://`, with credentials where there are any.
        timeout_s: past this the store counts as down.
        key: secret; the same for all replicas.
        clock: seconds since 1970; None: the server's.

    Raises:
        ConfigurationError: if the client library is not installed, or the URL is none.
    """

    def __init__(self, url: str, timeout_s: float, key: bytes, clock: Callable[[], float] | None = None) -> None:
        self._client = open_redis(url, timeout_s, "request_limits.redis_url")
        self._timeout_s = timeout_s
        self._key = key
        self._clock = clock
        self._take = self._client.register_script(_SCRIPT)

    def __repr__(self) -> str:
        return "SharedLimits()"

    async def take(self, demands: Sequence[Demand]) -> tuple[Demand, float] | None:
        """Count one request; see `LimitStore.take`.

        Raises:
            Overloaded: if it cannot be counted.
        """
        arguments: list[str | int | float] = [self._clock() if self._clock is not None else ""]
        for demand in demands:
            limit = demand.limit
            if isinstance(limit, RateLimit):
                arguments += ["rate", limit.capacity, limit.per_minute / 60]
            else:
                arguments += ["quota", limit.requests, limit.window.seconds]
        try:
            async with asyncio.timeout(self._timeout_s):
                place, wait_s = await self._take(keys=[self._name(demand) for demand in demands], args=arguments)
        except Exception as error:  # noqa: BLE001 - fails closed; the library's own text may hold the URL
            _log.error("the store of rate limits failed: %s", type(error).__name__)
            raise Overloaded(
                "Rate limits cannot be counted at the moment.", code="limits_unavailable", retry_after_s=1
            ) from None
        return (demands[place - 1], float(wait_s)) if place else None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _name(self, demand: Demand) -> str:
        message = repr((demand.key, type(demand.limit).__name__, demand.limit.model_dump(mode="json")))
        digest = hmac.digest(self._key, b"privacy-gateway/limits" + message.encode("utf-8", "surrogatepass"), "sha256")
        return f"pg:{{limits}}:{digest[:16].hex()}"
