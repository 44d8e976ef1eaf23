"""Signed items that come back: a thinking signature, encrypted reasoning, on its way to the upstream that made it.

Decisions kept here:

* Nobody but its maker can read such an item, so nobody but its maker may get it: it may hold all that the maker was
  told. To the maker itself it says nothing new. So an upstream's own item, as this gateway relayed it, may go back to
  that very upstream; for any other it stays what it is, content that cannot be read.
* Known is the whole item, byte for byte, by a keyed digest of tenant and item, and for the conversation it was made in.
  Another tenant's, principal's or conversation's item is unknown, and so is one that was cut, joined or made up.
* What is remembered is the item as the upstream wrote it, never as it was shown: no restored value gets in here.
* An upstream is known by name and address: an address that changes hands under one name is another upstream.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from typing import Final, Protocol

from gateway.core.conversation import Conversation
from gateway.core.light import light
from gateway.core.model import EMBEDDED, Segment, SegmentKind, Upstream
from gateway.core.protocols import Document
from gateway.core.uninspectable import SIGNED, uninspectable_type

__all__ = ["Ledger", "Makers", "ReturnedStore", "item_digests"]

Makers = Mapping[bytes, Collection[str]]
"""Digest of an item to the marks of those who made it (`Ledger.mark`)."""
_LABEL: Final = b"privacy-gateway returned items v1"


def item_digests(key: bytes, tenant: str, items: Iterable[str]) -> tuple[bytes, ...]:
    """Return the digest that each of `items` is known by: HMAC-SHA256 (RFC 2104) over tenant and item.

    Args:
        key: the gateway's secret.
        tenant: whose conversation it is.
        items: as the upstream wrote them.
    """
    owner = tenant.encode("utf-8", "surrogatepass")
    head = _LABEL + len(owner).to_bytes(8, "big") + owner
    return tuple(hmac.digest(key, head + item.encode("utf-8", "surrogatepass"), "sha256") for item in items)


@light(frozen=True, slots=True)
class Ledger:
    """What is known of the signed items of one conversation.

    Attributes:
        key: the gateway's secret.
        tenant: whose conversation it is.
        conversation: what tells it from the tenant's others, who asks included; a digest.
        makers: who made which of its items.
    """

    key: bytes = field(repr=False)
    tenant: str
    conversation: str | Conversation = field(repr=False)
    makers: Makers = field(default_factory=dict, repr=False)

    def digests(self, items: Iterable[str]) -> tuple[bytes, ...]:
        """Return the digest that each of `items` is known by."""
        return item_digests(self.key, self.tenant, items)

    def mark(self, upstream: Upstream) -> str:
        """Return what tells `upstream` in this conversation from every other one and in every other."""
        return f"{self.conversation} {upstream.name} {upstream.base_url}"

    def returned(self, document: Document, segments: Iterable[Segment], to: Upstream | None = None) -> frozenset[str]:
        """Return the paths of the segments whose item goes back to who made it.

        Args:
            document: a body.
            segments: all of its segments.
            to: where the body is to go; None: it is not known yet, so any maker counts.
        """
        if not self.makers:
            return frozenset()
        return frozenset(
            segment.path
            for segment in segments
            if segment.kind is SegmentKind.OPAQUE and uninspectable_type(segment.text) == SIGNED
            if (item := _item(document, segment)) is not None and self._made(item, to)
        )

    def _made(self, item: str, to: Upstream | None) -> bool:
        (digest,) = self.digests((item,))
        marks = self.makers.get(digest, ())
        return self.mark(to) in marks if to else any(mark.startswith(f"{self.conversation} ") for mark in marks)


class ReturnedStore(Protocol):
    """Remembers who made which signed item. What it has lost is unknown, which is safe."""

    async def remember(self, tenant: str, digests: Collection[bytes], mark: str, now: float) -> None:
        """Note who made these items of `tenant`; `now` in seconds since the epoch."""
        ...

    async def makers(self, tenant: str, digests: Collection[bytes], now: float) -> Makers:
        """Return who made which of these items of `tenant`; an item that is not known is not in it."""
        ...


def _item(document: Document, segment: Segment) -> str | None:
    """Return the item at `segment`; None if it stands in JSON in a string, where no API looks for one."""
    value = document.value
    for step in segment.location:
        if step is EMBEDDED:
            return None
        value = value[step]
    return value if isinstance(value, str) else None
