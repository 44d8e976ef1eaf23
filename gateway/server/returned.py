"""Signed items on their way out and back: remembered before the client sees them, looked up before the plan is made.

In that order, so that a client that answers at once finds its items known.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from gateway.assembly import Gateway
from gateway.core.model import Upstream
from gateway.pipeline import Engine, Plan, Request, returning

__all__ = ["remember_signed", "with_makers"]


async def with_makers(request: Request, engine: Engine, gateway: Gateway) -> Request:
    """Return `request` with what is known of who made its signed items."""
    digests = returning(request, engine)
    if not digests:
        return request
    return replace(request, makers=await gateway.returned.makers(request.principal.tenant, digests, time.time()))


async def remember_signed(items: Sequence[str], planned: Plan, upstream: Upstream, gateway: Gateway) -> None:
    """Remember that `upstream` made `items`, in an answer to `planned`."""
    if items:
        ledger = planned.ledger
        await gateway.returned.remember(ledger.tenant, ledger.digests(items), ledger.mark(upstream), time.time())
