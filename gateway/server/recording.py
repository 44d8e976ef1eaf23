"""What goes on record of a request, and when: each decision before its bytes leave, each outcome after.

A refusal is a decision too. Each attempt at an upstream has a decision of its own, so that after `kill -9` every
request that may have left is on record. What the shadow policy says, and outcomes, wait for nobody.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.assembly import Gateway
from gateway.core.errors import AuditError, NoClearedUpstream
from gateway.core.model import Effect
from gateway.core.record import AuditRecord, Transformed
from gateway.core.recorded import decision_record, outcome_record, shadow_record
from gateway.pipeline import Cleared, Plan
from gateway.policy.shadow import shadowed
from gateway.server.errors import audit_unavailable
from gateway.server.exchange import Exchange

__all__ = ["Recorder"]

_log = logging.getLogger("privacy_gateway")


class Recorder:
    """Writes the records of a gateway's requests."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def decide(
        self, exchange: Exchange, planned: Plan, cleared: Cleared | None, *, status: int | None = None
    ) -> None:
        """Make the decision durable, or one attempt of it; only then may its bytes leave.

        Raises:
            AuditError: if it may not be durable.
        """
        gateway = self._gateway
        exchange.record = decision_record(
            id=exchange.id,
            time=datetime.now(UTC),
            facts=planned.facts,
            classification=planned.classification,
            decision=planned.decision,
            policy_revision=planned.engine.policy.revision,
            classifier_revision=planned.engine.classifier_revision,
            models=gateway.known_models,
            upstream=cleared.upstream if cleared else None,
            residual=cleared.residual if cleared else None,
            transforms={
                entity_type: Transformed(operator, count)
                for entity_type, (operator, count) in planned.transformation.counts.items()
            },
            effect=None if cleared else Effect.DENY,
            status=status,
            latency_ms=exchange.stages,
            budgets=tuple(exchange.spent),
        )
        since = time.perf_counter()
        await gateway.audit.append(exchange.record)
        if gateway.sinks is not None:
            try:
                await gateway.sinks.append(exchange.record)
            except AuditError:
                self.end(exchange, audit_unavailable().status)
                raise
        exchange.lap("audit", since)
        if exchange.first:
            exchange.first = False
            self._shadow(exchange.record, planned)
        exchange.watch.decided(exchange.record)
        gateway.recent.remember(exchange.record)

    async def decide_one(self, exchange: Exchange, planned: Plan, cleared: Cleared | None) -> None:
        """Make one decision durable of a request that is carried out as several.

        Raises:
            AuditError: if it may not be durable.
        """
        refused = planned.refusal.status if planned.refusal is not None else NoClearedUpstream.status
        await self.decide(exchange, planned, cleared, status=None if cleared else refused)

    def _shadow(self, decided: AuditRecord, planned: Plan) -> None:
        """Ask the candidate policy, if there is one; record where it differs. Never raises, changes nothing."""
        candidate = planned.engine.shadow
        if candidate is None:
            return
        shadow = shadowed(candidate, planned.classification, planned.decision, planned.facts)
        self._gateway.telemetry.shadow_decided(same=shadow is None)
        if shadow is not None:
            record = shadow_record(decided, shadow)
            try:
                self._enqueue(record)
            except AuditError:
                _log.error("decision %s: what the shadow policy says could not be recorded", decided.id)
            self._gateway.recent.remember(record)

    def end(self, exchange: Exchange, status: int, tokens: Mapping[str, int] | None = None) -> None:
        """Record how it ended, with the next decision: the request has left, so nobody waits and nothing is raised."""
        record, exchange.record = exchange.record, None  # an attempt ends once
        if record is None or record.upstream is None:
            return
        exchange.total()
        ended = outcome_record(
            record,
            time=datetime.now(UTC),
            status=status,
            tokens=tokens,
            latency_ms=exchange.stages,
            answer=exchange.answer,
        )
        try:
            self._enqueue(ended)
        except AuditError:
            _log.error("decision %s: its outcome could not be recorded", exchange.id)
        exchange.watch.finished(ended)
        self._gateway.recent.remember(ended)

    def _enqueue(self, record: AuditRecord) -> None:
        """Record what nobody waits for.

        Raises:
            AuditError: if too much waits already.
        """
        self._gateway.audit.enqueue(record)
        if self._gateway.sinks is not None:
            self._gateway.sinks.enqueue(record)
