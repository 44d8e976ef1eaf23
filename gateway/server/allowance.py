"""Exposure budgets in the way of a request: an upstream that may learn no more is passed over for a stricter zone.

Counted before the bytes leave, so what was counted and then not sent (the upstream was down) stays counted: too much
rather than too little. If it cannot be counted, the budget counts as spent (invariant 2).
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator

from gateway.assembly import Gateway
from gateway.core.errors import BudgetError
from gateway.pipeline import Cleared, Plan
from gateway.policy.budgets import EXPOSURE, Exposures

__all__ = ["within_budgets"]

_log = logging.getLogger("privacy_gateway")


async def within_budgets(planned: Plan, gateway: Gateway, spent: list[str]) -> AsyncGenerator[Cleared, None]:
    """Yield the cleared candidates of `planned` that its policy's budgets still allow, in order.

    Args:
        planned: the plan.
        gateway: has the store.
        spent: names of the budgets that are spent are added to it.
    """
    policy = planned.engine.policy
    if not policy.budgets:
        for cleared in planned.attempts():
            yield cleared
        return
    principal, key = planned.facts.principal, planned.engine.key
    exposures = Exposures(policy, planned.classification.findings, planned.segments, principal, key)
    bound = max(EXPOSURE.values()) + 1
    for cleared in planned.attempts():
        zone = EXPOSURE[cleared.upstream.zone]
        if zone >= bound:
            continue
        over = await _over(exposures, cleared, gateway)
        if over:
            spent += [name for name in over if name not in spent]
            bound = zone
        else:
            yield cleared


async def _over(exposures: Exposures, cleared: Cleared, gateway: Gateway) -> list[str]:
    """Return the budgets that do not allow it; counts it with the others."""
    over: list[str] = []
    for name, charge in exposures.charges(cleared.upstream):
        try:
            if not await gateway.exposure.admit(charge, time.time()):
                over.append(name)
        except BudgetError as error:
            _log.error("budget %s counts as spent: %s", name, error)
            over.append(name)
        if over:
            break  # it goes elsewhere, so it adds nothing to the others
    return over
