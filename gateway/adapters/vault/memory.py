"""The vault in this process: for one replica, and for tests. A restart forgets everything, so old ids are refused.

Each tenant has a bound on its ids and on their bytes; at the bound its own oldest go, never another tenant's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.state import Shelved, VaultStats

__all__ = ["MAX_BYTES", "MAX_IDS", "MemoryStore"]

MAX_IDS: Final = 100_000
"""Ids of one tenant that a store keeps, by default."""
MAX_BYTES: Final = 256 * 2**20
"""Sealed bytes of one tenant that are kept in memory."""


@dataclass(slots=True)
class _Kept:
    owner: bytes
    shelf: bytes
    expires: float
    records: list[bytes] = field(repr=False)


class MemoryStore:
    """Satisfies `gateway.core.state.VaultStore`."""

    def __init__(self, max_ids: int = MAX_IDS, max_bytes: int = MAX_BYTES) -> None:
        self._max = max_ids
        self._max_bytes = max_bytes
        self._bytes: dict[bytes, int] = {}
        self._tenants: dict[bytes, dict[bytes, _Kept]] = {}
        self._tenant_of: dict[bytes, bytes] = {}

    async def put(self, items: Sequence[Shelved], *, now: float, expires: float) -> None:
        """See the protocol."""
        for item in items:
            ids = self._tenants.setdefault(item.tenant, {})
            kept = ids.get(item.key)
            if kept is None or kept.expires <= now:
                self._drop(item.tenant, [item.key])
                if not item.sealed:
                    continue
                kept = ids[item.key] = _Kept(item.owner, item.shelf, expires, [])
                self._tenant_of[item.key] = item.tenant
            kept.expires = max(kept.expires, expires)
            if item.sealed:
                kept.records.append(item.sealed)
                self._bytes[item.tenant] = self._bytes.get(item.tenant, 0) + len(item.sealed)
            while len(ids) > self._max or (ids and self._bytes.get(item.tenant, 0) > self._max_bytes):
                self._make_room(item.tenant, now)

    async def get(self, keys: Sequence[bytes], *, now: float) -> list[list[bytes]]:
        """See the protocol."""
        found = (self._tenants.get(self._tenant_of.get(key, b""), {}).get(key) for key in keys)
        return [list(kept.records) if kept is not None and kept.expires > now else [] for kept in found]

    async def shelf(self, shelf: bytes, *, now: float) -> list[tuple[bytes, list[bytes]]]:
        """See the protocol."""
        return [
            (key, list(kept.records))
            for ids in self._tenants.values()
            for key, kept in ids.items()
            if kept.shelf == shelf and kept.expires > now
        ]

    async def delete(self, keys: Iterable[bytes]) -> None:
        """See the protocol."""
        for key in keys:
            self._drop(self._tenant_of.get(key, b""), [key])

    async def erase(self, tenant: bytes, owner: bytes | None) -> int:
        """See the protocol."""
        ids = self._tenants.get(tenant, {})
        gone = [key for key, kept in ids.items() if owner is None or kept.owner == owner]
        await self.delete(gone)
        return len(gone)

    async def stats(self, tenant: bytes | None, *, now: float) -> VaultStats:
        """See the protocol."""
        counted = [
            (name, [kept for kept in ids.values() if kept.expires > now])
            for name, ids in self._tenants.items()
            if tenant in (None, name)
        ]
        return VaultStats(
            sum(len(kept) for _, kept in counted),
            sum(len(record) for _, kept in counted for each in kept for record in each.records),
            sum(bool(kept) for _, kept in counted),
        )

    async def aclose(self) -> None:
        """Nothing is open."""

    def _make_room(self, tenant: bytes, now: float) -> None:
        """Forget what has expired, and if that is not enough, the oldest tenth."""
        ids = self._tenants[tenant]
        gone = [key for key, kept in ids.items() if kept.expires <= now]
        self._drop(tenant, gone or list(ids)[: max(1, min(self._max, len(ids)) // 10)])

    def _drop(self, tenant: bytes, keys: Sequence[bytes]) -> None:
        ids = self._tenants.get(tenant, {})
        for key in keys:
            kept = ids.pop(key, None)
            if kept is not None:
                self._bytes[tenant] -= sum(map(len, kept.records))
                del self._tenant_of[key]
