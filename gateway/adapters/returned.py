"""Signed items remembered in this process: by digest, for a day after they were last seen, bounded for each tenant.

A restart or another replica knows none of them, so they are content that cannot be read again: safe, and told so in
the guide. At the bound the items longest unseen are forgotten, which is safe for the same reason; one tenant's many
items never cost another its few.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from gateway.core.returned import Makers

__all__ = ["MemoryReturned"]

_LIFE_S: Final = 24 * 3600.0
_MAX_ITEMS: Final = 20_000
"""Of one tenant; an item takes about 250 bytes."""
_MAX_TENANTS: Final = 1000


class MemoryReturned:
    """Satisfies `gateway.core.returned.ReturnedStore`."""

    def __init__(
        self, *, life_s: float = _LIFE_S, max_items: int = _MAX_ITEMS, max_tenants: int = _MAX_TENANTS
    ) -> None:
        self._life_s = life_s
        self._max_items = max_items
        self._max_tenants = max_tenants
        self._tenants: OrderedDict[str, OrderedDict[bytes, tuple[float, frozenset[str]]]] = OrderedDict()

    async def remember(self, tenant: str, digests: Collection[bytes], mark: str, now: float) -> None:
        """See the protocol."""
        items = self._tenants.setdefault(tenant, OrderedDict())
        self._tenants.move_to_end(tenant)
        for digest in digests:
            expires, marks = items.get(digest, (0.0, frozenset[str]()))
            items[digest] = (now + self._life_s, marks | {mark} if expires > now else frozenset({mark}))
            items.move_to_end(digest)
        while len(items) > self._max_items:
            items.popitem(last=False)
        while len(self._tenants) > self._max_tenants:
            self._tenants.popitem(last=False)

    async def makers(self, tenant: str, digests: Collection[bytes], now: float) -> Makers:
        """See the protocol; what is asked for lives on."""
        items = self._tenants.get(tenant)
        if items is None:
            return {}
        self._tenants.move_to_end(tenant)
        known: dict[bytes, frozenset[str]] = {}
        for digest in digests:
            expires, marks = items.get(digest, (0.0, frozenset[str]()))
            if expires > now:
                known[digest] = marks
                items[digest] = (now + self._life_s, marks)
                items.move_to_end(digest)
        return known
