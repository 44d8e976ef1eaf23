"""Exposure budgets in the way of a request: an upstream that may learn no more is passed over for a stricter zone.

Counted before the bytes leave, so what was counted and then not sent (the upstream was down) stays counted: too much
rather than too little. If it cannot be counted, the budget counts as spent (invariant 2).
"""

from __future__ import annotations

import logging
import time

from gateway.assembly import Gateway
from gateway.core.errors import BudgetError
from gateway.pipeline import Cleared, Plan
from gateway.policy.budgets import EXPOSURE, Exposures

__all__ = ["Attempts"]

_log = logging.getLogger("privacy_gateway")


class Attempts:
    """The cleared candidates of a plan that its policy's budgets still allow, in order.

    Args:
        planned: the plan.
        gateway: has the store.
        spent: names of the budgets that are spent are added to it.
    """

    def __init__(self, planned: Plan, gateway: Gateway, spent: list[str]) -> None:
        self._candidates = planned.attempts()
        self._gateway = gateway
        self._spent = spent
        self._bound = max(EXPOSURE.values()) + 1
        policy = planned.engine.policy
        self._exposures: Exposures | None = None
        if policy.budgets:
            principal, key = planned.facts.principal, planned.engine.key
            self._exposures = Exposures(policy, planned.classification.findings, planned.segments, principal, key)

    async def next(self) -> Cleared | None:
        """Return the next; None where there is none."""
        for cleared in self._candidates:
            if self._exposures is None or await self._allow(self._exposures, cleared):
                return cleared
        return None

    async def _allow(self, exposures: Exposures, cleared: Cleared) -> bool:
        """Return whether the budgets allow it; where one does not, only a stricter zone may follow."""
        zone = EXPOSURE[cleared.upstream.zone]
        if zone >= self._bound:
            return False
        over = await _over(exposures, cleared, self._gateway)
        if over:
            self._spent += [name for name in over if name not in self._spent]
            self._bound = zone
        return not over


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
