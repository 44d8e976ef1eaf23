"""Exposure budgets: what a request would add to what an upstream has learnt of someone's data.

The policy limits how many *distinct* private values of a tenant, principal or purpose may go to one upstream in a
window, tokenised or not: a placeholder hides a value, but a thousand placeholders with their contexts tell a lot.
A conversation sends its whole history with every turn, so occurrences would say nothing; distinct values do.

Pure: it makes charges, which hold no value and no name, only keyed digests. Counting them is the business of a store.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.exposure import Charge
from gateway.core.model import Finding, Principal, Segment, Sensitivity, Upstream, Zone
from gateway.policy.bundle import CompiledBudget, PolicyBundle

__all__ = ["EXPOSURE", "Exposures"]

EXPOSURE: Final = {Zone.LOCAL: 0, Zone.SECURE: 1, Zone.CLOUD: 2}
"""How far a zone is from home; a stricter route has less."""
_VALUE_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Exposures:
    """What one request would expose.

    Attributes:
        policy: gives the budgets.
        findings: of the request as it came in.
        segments: its texts.
        principal: whose it is.
        key: secret; the same for all replicas that count together.
    """

    policy: PolicyBundle
    findings: Sequence[Finding]
    segments: Sequence[Segment]
    principal: Principal
    key: bytes = field(repr=False)

    def charges(self, upstream: Upstream) -> list[tuple[str, Charge]]:
        """Return name of the budget and charge, for each budget that limits what may go to `upstream`."""
        return [
            (budget.name, Charge(self._subject(budget, upstream), values, budget.distinct, budget.window_s))
            for budget in self.policy.budgets
            if upstream.zone in budget.zones
            for values in (self._values(budget),)
            if values
        ]

    def _subject(self, budget: CompiledBudget, upstream: Upstream) -> str:
        whose = getattr(self.principal, "name" if budget.per == "principal" else budget.per)
        scope = (budget.name, budget.per, self.principal.tenant, whose, upstream.name)
        return self._digest("subject", *scope)[:16].hex()

    def _values(self, budget: CompiledBudget) -> tuple[int, ...]:
        texts = {segment.path: segment.text for segment in self.segments}
        ranks = self.policy.ranks
        found = {
            (finding.entity_type, texts[finding.path][finding.start : finding.end].strip().casefold())
            for finding in self.findings
            if finding.path in texts
            and (
                finding.entity_type in budget.entity_types
                if budget.entity_types
                else ranks.get(finding.entity_type, Sensitivity.HIGH) >= Sensitivity.MODERATE
            )
        }
        digests = (self._digest("value", *pair)[:_VALUE_BYTES] for pair in found)
        return tuple(sorted(int.from_bytes(digest, "big") for digest in digests))

    def _digest(self, *parts: str) -> bytes:
        message = bytearray(b"privacy-gateway/exposure")
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            message += len(data).to_bytes(8, "big") + data
        return hmac.digest(self.key, bytes(message), "sha256")
