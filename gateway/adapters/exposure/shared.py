"""Exposure counted in Redis or Valkey, for all replicas together.

The server's own HyperLogLog (PFADD, PFCOUNT, PFMERGE; standard error 0.81 %) is given keyed digests, so it holds
neither values nor names. Looking and counting are one script, which the server runs as a whole: two replicas cannot
both take the last of a budget. All keys of a charge have one hash tag, so that a cluster keeps them together. Keys end
by themselves with their window. Whatever fails is an error, and the caller takes the stricter route.
"""

from __future__ import annotations

import asyncio
from typing import Final

from gateway.adapters.exposure.memory import STEPS
from gateway.adapters.redis_client import open_redis
from gateway.core.errors import BudgetError
from gateway.core.exposure import Charge

__all__ = ["SharedExposure"]

_SCRIPT: Final = """
local scratch = KEYS[#KEYS]
local buckets = {}
for i = 1, #KEYS - 1 do buckets[i] = KEYS[i] end
redis.call('DEL', scratch)
redis.call('PFMERGE', scratch, unpack(buckets))
local new = 0
for i = 3, #ARGV, 500 do
  local last = math.min(i + 499, #ARGV)
  new = new + redis.call('PFADD', scratch, unpack(ARGV, i, last))
end
local count = redis.call('PFCOUNT', scratch)
redis.call('DEL', scratch)
if new > 0 and count > tonumber(ARGV[1]) then return 0 end
for i = 3, #ARGV, 500 do
  local last = math.min(i + 499, #ARGV)
  redis.call('PFADD', KEYS[1], unpack(ARGV, i, last))
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""


class SharedExposure:
    """Satisfies `gateway.core.exposure.ExposureStore`.

    Args:
        url: `redis://` or `rediss://`, with credentials where there are any.
        timeout_s: past this the store counts as down.

    Raises:
        ConfigurationError: if the client library is not installed, or the URL is none.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self._client = open_redis(url, timeout_s, "budgets.redis_url")
        self._timeout_s = timeout_s
        self._admit = self._client.register_script(_SCRIPT)

    def __repr__(self) -> str:
        return "SharedExposure()"

    async def admit(self, charge: Charge, now: float) -> bool:
        """See the protocol."""
        step = charge.window_s / STEPS
        current = int(now // step)
        keys = [f"pg:exposure:{{{charge.subject}}}:{number}" for number in range(current, current - STEPS - 1, -1)]
        lifetime_ms = int((charge.window_s + 2 * step) * 1000)
        values = [value.to_bytes(8, "big") for value in charge.values]
        try:
            async with asyncio.timeout(self._timeout_s):
                admitted = await self._admit(
                    keys=[*keys, f"pg:exposure:{{{charge.subject}}}:scratch"], args=[charge.limit, lifetime_ms, *values]
                )
        except Exception as error:  # noqa: BLE001 - fails closed; the library's own text may hold the URL
            raise BudgetError(f"the store of exposure budgets failed: {type(error).__name__}") from None
        return bool(admitted == 1)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
