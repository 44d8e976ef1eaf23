"""The vault: what this gateway handed out and must remember, for whom, and for how long.

Decisions kept here:

* An id of somebody else has another name, so looking it up finds nothing, exactly as for an id that never was: there is
  no answer from which to learn that it exists.
* Records are added, never changed (`core.state.merged`), and live until a fixed time after the last one.
* What cannot be opened, read or understood is a failure, not an unknown id: somebody had their hands in the store.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.adapters.vault.seal import Seals, TenantKeys
from gateway.core.errors import VaultError
from gateway.core.model import Principal, Sensitivity
from gateway.core.state import Pair, Remembered, Shelved, StateKind, VaultStats, VaultStore, merged

__all__ = ["Vault"]


class Vault:
    """Remembers ids.

    Args:
        store: where sealed records are kept.
        key: the gateway's secret.
        ttl_s: seconds that an id is remembered after it was last added to.
        clock: seconds since the epoch.
    """

    def __init__(self, store: VaultStore, key: bytes, ttl_s: float, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._seals = Seals(key)
        self._ttl_s = ttl_s
        self._clock = clock

    def __repr__(self) -> str:
        return f"Vault({self._store!r})"

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self._clock()

    async def recall(self, principal: Principal, ids: Iterable[str]) -> dict[str, Remembered]:
        """Return what is remembered of those of `ids` that were handed out to `principal`.

        Raises:
            VaultError: if it cannot be looked up.
        """
        keys = self._seals.of(principal.tenant)
        names = {id_: _name(keys, principal, id_) for id_ in ids}
        found = await self._store.get(list(names.values()), now=self._clock())
        known: dict[str, Remembered] = {}
        for (id_, name), sealed in zip(names.items(), found, strict=True):
            record = merged([_read(keys.open(name, one), id_)[1] for one in sealed])
            if record is not None:
                known[id_] = record
            elif sealed:
                raise VaultError("the records of an id contradict one another")
        return known

    async def remember(self, principal: Principal, made: Mapping[str, Remembered]) -> None:
        """Remember ids, durably; return only then.

        Raises:
            VaultError: if they cannot be; nobody may then be told them.
        """
        if not made:
            return
        keys = self._seals.of(principal.tenant)
        now = self._clock()
        items = []
        for id_, record in made.items():
            name = _name(keys, principal, id_)
            items.append(_shelved(keys, principal, name, record.kind, keys.seal(name, _written(id_, record))))
        await self._store.put(items, now=now, expires=now + self._ttl_s)

    async def prolong(self, principal: Principal, ids: Mapping[str, StateKind]) -> None:
        """Remember ids for longer, since they were used.

        Raises:
            VaultError: if it cannot be written.
        """
        keys = self._seals.of(principal.tenant)
        now = self._clock()
        items = [_shelved(keys, principal, _name(keys, principal, id_), kind, b"") for id_, kind in ids.items()]
        if items:
            await self._store.put(items, now=now, expires=now + self._ttl_s)

    async def owned(self, principal: Principal, kind: StateKind) -> dict[str, Remembered]:
        """Return every id of a kind that was handed out to `principal`, oldest first.

        Raises:
            VaultError: if they cannot be looked up.
        """
        keys = self._seals.of(principal.tenant)
        found: dict[str, Remembered] = {}
        for name, sealed in await self._store.shelf(_shelf(keys, principal, kind), now=self._clock()):
            read = [_read(keys.open(name, one)) for one in sealed]
            record = merged([record for _, record in read])
            id_ = read[0][0]
            if record is None or any(other != id_ for other, _ in read) or _name(keys, principal, id_) != name:
                raise VaultError("the records of an id contradict one another")
            found[id_] = record
        return dict(sorted(found.items(), key=lambda item: item[1].created))

    async def forget(self, principal: Principal, ids: Iterable[str]) -> None:
        """Forget ids.

        Raises:
            VaultError: if they cannot be forgotten.
        """
        keys = self._seals.of(principal.tenant)
        await self._store.delete([_name(keys, principal, id_) for id_ in ids])

    async def erase(self, tenant: str, principal: str | None = None) -> int:
        """Forget everything of a tenant, or of one principal in it; return how many ids there were.

        Raises:
            VaultError: if it cannot be erased.
        """
        keys = self._seals.of(tenant)
        owner = None if principal is None else keys.name("owner", principal)
        return await self._store.erase(keys.name("tenant"), owner)

    async def stats(self, tenant: str | None = None) -> VaultStats:
        """Return how much is remembered, of one tenant or of all.

        Raises:
            VaultError: if it cannot be counted.
        """
        name = None if tenant is None else self._seals.of(tenant).name("tenant")
        return await self._store.stats(name, now=self._clock())

    async def aclose(self) -> None:
        """Close the store."""
        await self._store.aclose()


def _name(keys: TenantKeys, principal: Principal, id_: str) -> bytes:
    return keys.name("id", principal.name, id_)


def _shelf(keys: TenantKeys, principal: Principal, kind: StateKind) -> bytes:
    return keys.name("shelf", principal.name, kind)


def _shelved(keys: TenantKeys, principal: Principal, name: bytes, kind: StateKind, sealed: bytes) -> Shelved:
    owner = keys.name("owner", principal.name)
    return Shelved(name, keys.name("tenant"), owner, _shelf(keys, principal, kind), sealed)


def _written(id_: str, record: Remembered) -> bytes:
    told = {
        "id": id_,
        "kind": record.kind.value,
        "maker": record.maker,
        "level": record.level.label,
        "conversation": record.conversation,
        "pairs": [[pair.entity_type, pair.label, pair.surrogate, pair.value] for pair in record.pairs],
        "planted": record.planted,
        "created": record.created,
        "detail": record.detail,
    }
    return json.dumps({name: value for name, value in told.items() if value}, separators=(",", ":")).encode()


def _read(source: bytes, id_: str | None = None) -> tuple[str, Remembered]:
    """Return the id and record that were written.

    Raises:
        VaultError: if it is no record, or one of another id than `id_`.
    """
    try:
        told: dict[str, Any] = json.loads(source)
        record = Remembered(
            StateKind(told["kind"]),
            told["maker"],
            Sensitivity.parse(told["level"]),
            told.get("conversation", ""),
            tuple(Pair(*pair) for pair in told.get("pairs", ())),
            tuple(told.get("planted", ())),
            told.get("created", 0.0),
            told.get("detail", {}),
        )
        if id_ in (None, told["id"]):
            return told["id"], record
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise VaultError("a record of the vault cannot be understood")
