"""What an upstream keeps for a caller, as far as this gateway remembers it.

Decisions kept here:

* An id that an upstream made (`resp_…`, `conv_…`, `file-…`) is a pointer to text that later requests don't carry. The
  gateway remembers for each one what a judgement needs: who made it, how sensitive what it holds is, and the surrogates
  that stand in it. It never remembers the text itself.
* A record belongs to one tenant and principal. For everybody else the id is unknown, as one that never was.
* Records of one id only ever add up (`merged`): the level is the highest, the surrogates are all of them. So turns that
  run at the same time can't undo each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from gateway.core.model import Sensitivity, Upstream

__all__ = [
    "GATEWAY",
    "MAX_PLANTED",
    "SERVER_STATE",
    "Pair",
    "Remembered",
    "Shelved",
    "StateKind",
    "VaultStats",
    "VaultStore",
    "maker_of",
    "merged",
]

SERVER_STATE: Final = "server-state"
"""Name of the reason that what a request points to raised its level."""
MAX_PLANTED: Final = 2000
"""Planted placeholders that a record can hold; beyond, its conversation gets new surrogates."""


class StateKind(StrEnum):
    """What an id points to."""

    RESPONSE = "response"
    CONVERSATION = "conversation"
    ITEM = "item"
    CONTAINER = "container"
    FILE = "file"
    BATCH = "batch"
    VECTOR_STORE = "vector_store"

    @property
    def is_talk(self) -> bool:
        """Whether what is kept is a conversation, whose next turn gets the same surrogates."""
        return self in (StateKind.RESPONSE, StateKind.CONVERSATION, StateKind.ITEM)


class Pair(NamedTuple):
    """A value and what stands in for it. A tuple, because a long conversation has hundreds, made in every turn.

    Attributes:
        entity_type: what the value was found as.
        label: the entity type as the surrogate spells it.
        surrogate: the visible form, `<LABEL_id>`.
        value: the original.
    """

    entity_type: str
    label: str
    surrogate: str
    value: str

    def __repr__(self) -> str:
        """Say what stands in: the value is private."""
        return f"Pair({self.entity_type!r}, {self.surrogate!r})"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of one id.

    Attributes:
        kind: what the id points to.
        maker: the upstream that made it (`maker_of`).
        level: the highest sensitivity of what it stored: of the very bytes that were sent.
        conversation: what surrogates are keyed by in this conversation; a digest.
        pairs: surrogates in what is stored that answers may have restored.
        planted: ends of ids that came in with texts, so that they are never restored.
        created: seconds since the epoch.
        detail: what an endpoint needs besides, such as the parts of a batch; JSON.
    """

    kind: StateKind
    maker: str
    level: Sensitivity
    conversation: str = field(default="", repr=False)
    pairs: tuple[Pair, ...] = field(default=(), repr=False)
    planted: tuple[str, ...] = field(default=(), repr=False)
    created: float = 0.0
    detail: Mapping[str, object] = field(default_factory=dict, repr=False)


GATEWAY: Final = "the gateway"
"""The maker of the gateway's own ids: no upstream is called so, since an upstream's address follows its name."""


def maker_of(upstream: Upstream) -> str:
    """Return what tells `upstream` from every other one: an address that changes hands under one name is another."""
    return f"{upstream.name} {upstream.base_url}"


def merged(records: Sequence[Remembered]) -> Remembered | None:
    """Return what all records of one id say together, oldest first; None if there are none, or they contradict."""
    if not records:
        return None
    first = records[0]
    if any((record.maker, record.kind) != (first.maker, first.kind) for record in records):
        return None
    if len(records) == 1:
        return first
    pairs = {pair.surrogate: pair for record in records for pair in record.pairs}
    planted = dict.fromkeys(end for record in records for end in record.planted)
    return Remembered(
        first.kind,
        first.maker,
        max(record.level for record in records),
        records[-1].conversation,
        tuple(pairs.values()),
        tuple(planted),
        first.created,
        {name: value for record in records for name, value in record.detail.items()},
    )


@dataclass(frozen=True, slots=True)
class Shelved:
    """One sealed record on its way to a store. Every name is a keyed digest, so a store knows no id and no tenant.

    Attributes:
        key: of tenant, principal and id.
        tenant: of the tenant.
        owner: of tenant and principal.
        shelf: of tenant, principal and kind, for lists.
        sealed: the record, encrypted; empty: only the life of what is there is prolonged.
    """

    key: bytes
    tenant: bytes
    owner: bytes
    shelf: bytes
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VaultStats:
    """How much a store holds: ids, sealed bytes, tenants."""

    ids: int
    size_bytes: int
    tenants: int


class VaultStore(Protocol):
    """Keeps sealed records under keyed digests. All times are seconds since the epoch.

    Every method raises `VaultError` if the store fails; nothing is then known, so nothing is sent.
    """

    async def put(self, items: Sequence[Shelved], *, now: float, expires: float) -> None:
        """Add a record to each id; all records of the id live until `expires`."""
        ...

    async def get(self, keys: Sequence[bytes], *, now: float) -> list[list[bytes]]:
        """Return the sealed records of each id, oldest first; none for an id that is not there or has expired."""
        ...

    async def shelf(self, shelf: bytes, *, now: float) -> list[tuple[bytes, list[bytes]]]:
        """Return key and sealed records of each id on a shelf, oldest id first."""
        ...

    async def delete(self, keys: Iterable[bytes]) -> None:
        """Forget ids."""
        ...

    async def erase(self, tenant: bytes, owner: bytes | None) -> int:
        """Forget everything of a tenant, or of one owner in it; return how many ids there were."""
        ...

    async def stats(self, tenant: bytes | None, *, now: float) -> VaultStats:
        """Return how much there is, of one tenant or of all."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...
