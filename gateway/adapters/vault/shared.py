"""The vault in Redis or Valkey, for all replicas together.

Each id is a list of sealed records that ends by itself; sorted sets beside it, by owner, tenant and shelf, say which
ids there are, for erasure and lists. They hold keyed digests. An entry in a set may outlive its id; it is then dropped.
The bound on a tenant's ids is kept when something is added. Whatever fails is an error, and nothing is known then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from gateway.adapters.redis_client import open_redis
from gateway.adapters.vault.memory import MAX_IDS
from gateway.core.errors import VaultError
from gateway.core.state import Shelved, VaultStats

__all__ = ["SharedStore"]

_T = TypeVar("_T")
_PREFIX: Final = "pg:vault:"
_TENANTS: Final = _PREFIX + "tenants"
_FEW: Final = 500
"""Ids in one command."""


class SharedStore:
    """Satisfies `gateway.core.state.VaultStore`.

    Args:
        url: `redis://` or `rediss://`, with credentials where there are any.
        timeout_s: past this the store counts as down.
        max_ids: ids of one tenant that are kept; beyond, its oldest go.

    Raises:
        ConfigurationError: if the client library is not installed, or the URL is none.
    """

    def __init__(self, url: str, timeout_s: float, max_ids: int = MAX_IDS) -> None:
        self._client = open_redis(url, timeout_s, "vault.url")
        self._timeout_s = timeout_s
        self._max = max_ids

    def __repr__(self) -> str:
        return "SharedStore()"

    async def put(self, items: Sequence[Shelved], *, now: float, expires: float) -> None:
        """See the protocol."""

        async def write() -> None:
            async with self._client.pipeline(transaction=True) as pipe:
                for item in items:
                    name = _id(item.key)
                    if item.sealed:
                        pipe.rpush(name, item.sealed)
                    pipe.pexpireat(name, int(expires * 1000))
                    for index in _indexes(item):
                        pipe.zadd(index, {item.key: now}, nx=True)
                        pipe.pexpireat(index, int(expires * 1000))
                    pipe.zadd(_TENANTS, {item.tenant: expires})
                await pipe.execute()
            for tenant in {item.tenant for item in items}:
                await self._make_room(tenant)

        await self._call(write)

    async def get(self, keys: Sequence[bytes], *, now: float) -> list[list[bytes]]:  # noqa: ARG002 - the server's clock
        """See the protocol."""
        return await self._call(lambda: self._records(keys))

    async def shelf(self, shelf: bytes, *, now: float) -> list[tuple[bytes, list[bytes]]]:  # noqa: ARG002 - as above
        """See the protocol."""

        async def read() -> list[tuple[bytes, list[bytes]]]:
            keys: list[bytes] = await self._client.zrange(_index("s", shelf), 0, -1)
            found = list(zip(keys, await self._records(keys), strict=True))
            gone = [key for key, records in found if not records]
            if gone:
                await self._client.zrem(_index("s", shelf), *gone)
            return [(key, records) for key, records in found if records]

        return await self._call(read)

    async def delete(self, keys: Iterable[bytes]) -> None:
        """See the protocol."""
        gone = [_id(key) for key in keys]

        async def write() -> None:
            for start in range(0, len(gone), _FEW):
                await self._client.delete(*gone[start : start + _FEW])

        await self._call(write)

    async def erase(self, tenant: bytes, owner: bytes | None) -> int:
        """See the protocol."""

        async def write() -> int:
            index = _index("t", tenant) if owner is None else _index("o", owner)
            keys: list[bytes] = await self._client.zrange(index, 0, -1)
            gone = 0
            for start in range(0, len(keys), _FEW):
                some = keys[start : start + _FEW]
                gone += await self._client.delete(*map(_id, some))
                await self._client.zrem(_index("t", tenant), *some)
            await self._client.delete(index)
            if owner is None:
                await self._client.zrem(_TENANTS, tenant)
            return gone

        return await self._call(write)

    async def stats(self, tenant: bytes | None, *, now: float) -> VaultStats:
        """See the protocol."""

        async def read() -> VaultStats:
            await self._client.zremrangebyscore(_TENANTS, "-inf", now)
            tenants: list[bytes] = [tenant] if tenant is not None else await self._client.zrange(_TENANTS, 0, -1)
            ids = size = seen = 0
            for each in tenants:
                keys: list[bytes] = await self._client.zrange(_index("t", each), 0, -1)
                before = ids
                for start in range(0, len(keys), _FEW):
                    records = await self._records(keys[start : start + _FEW])
                    ids += sum(bool(one) for one in records)
                    size += sum(len(sealed) for one in records for sealed in one)
                seen += ids > before
            return VaultStats(ids, size, seen)

        return await self._call(read)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _records(self, keys: Sequence[bytes]) -> list[list[bytes]]:
        async with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.lrange(_id(key), 0, -1)
            return list(await pipe.execute())

    async def _make_room(self, tenant: bytes) -> None:
        index = _index("t", tenant)
        over = await self._client.zcard(index) - self._max
        if over > 0:
            oldest: list[bytes] = await self._client.zrange(index, 0, over - 1)
            for start in range(0, len(oldest), _FEW):
                some = oldest[start : start + _FEW]
                await self._client.delete(*map(_id, some))
                await self._client.zrem(index, *some)

    async def _call(self, work: Callable[[], Awaitable[_T]]) -> _T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work()
        except Exception as error:  # noqa: BLE001 - fails closed; the library's own text may hold the URL
            raise VaultError(f"the vault's store failed: {type(error).__name__}") from None


def _id(key: bytes) -> str:
    return f"{_PREFIX}id:{key.hex()}"


def _index(kind: str, name: bytes) -> str:
    return f"{_PREFIX}{kind}:{name.hex()}"


def _indexes(item: Shelved) -> tuple[str, str, str]:
    return _index("t", item.tenant), _index("o", item.owner), _index("s", item.shelf)
