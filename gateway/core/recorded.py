"""Makes the records of a request: of its decision, of what a candidate policy would have decided, of how it ended.

Decisions kept here:

* They are made from the core's own types only, never from a body (invariant 4).
* `model` is the one word that a client chooses freely, so it is recorded only if settings know that name; any other
  is `other`. Principal, tenant and purpose come from verified credentials.
* A record is bounded: at most `MAX_FINDINGS` findings are listed, the first of every entity type always among them,
  and `findings_omitted` counts the rest. No list in it grows with what a client sends.
* A decision and its outcome share the `id`. The outcome repeats who, what and where, not the findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Final

from gateway.core.answers import AnswerReport
from gateway.core.model import Classification, Decision, Effect, Finding, RequestFacts, Sensitivity, Upstream
from gateway.core.record import AuditRecord, Event, Omitted, Shadowed, Transformed
from gateway.core.rounding import rounded
from gateway.core.timestamps import timestamp

__all__ = [
    "MAX_FINDINGS",
    "OTHER",
    "decision_record",
    "known_model",
    "known_models",
    "outcome_record",
    "shadow_record",
]

OTHER: Final = "other"
"""Stands for a model that settings do not name."""
MAX_FINDINGS: Final = 200
MAX_REASONS: Final = 50
MAX_TOPICS: Final = 50
MAX_GROUPS: Final = 100
_WILDCARDS: Final = frozenset("*?[")


def known_models(upstreams: Iterable[Upstream]) -> frozenset[str]:
    """Return every model that settings name outright, asked of `upstreams` or served by them; no globs."""
    known = {name for upstream in upstreams for pair in upstream.models for name in pair}
    return frozenset(name for name in known if name and not _WILDCARDS.intersection(name))


def known_model(model: str, known: Collection[str]) -> str:
    """Return `model` if it is one of `known`; else `other`, or nothing where none was named."""
    if not model:
        return ""
    return model if model in known else OTHER


def decision_record(
    *,
    id: str,  # noqa: A002 - the field's name in the documented record
    time: datetime,
    facts: RequestFacts,
    classification: Classification,
    decision: Decision,
    policy_revision: str,
    classifier_revision: str,
    models: Collection[str] = frozenset(),
    upstream: Upstream | None = None,
    residual: Sensitivity | None = None,
    transforms: Mapping[str, Transformed] | None = None,
    effect: Effect | None = None,
    status: int | None = None,
    latency_ms: Mapping[str, float] | None = None,
    budgets: Sequence[str] = (),
) -> AuditRecord:
    """Return the record of a decision, to be durable before the request leaves.

    Args:
        id: the decision's id; from the gateway, never from a client.
        time: when it was decided.
        facts: who asked for what.
        classification: the judgement on the body as it came in.
        decision: what the policy decided.
        policy_revision: content hash of the policies.
        classifier_revision: content hash of the classifiers.
        models: what `known_models` gave.
        upstream: where the body is to go; None when it goes nowhere.
        residual: the level of the outgoing bytes.
        transforms: what was done, by entity type.
        effect: what came of it, where that is not what the policy said (allowed, but no upstream is cleared).
        status: the HTTP status, where the request ends with this decision.
        latency_ms: time spent so far, by stage.
        budgets: exposure budgets that were spent.

    Raises:
        ValueError: if `time` has no time zone.
    """
    listed, omitted = _bounded(classification.findings)
    principal = facts.principal
    topics = classification.topics.probabilities
    return AuditRecord(
        id=id,
        time=timestamp(time),
        event=Event.DECISION,
        tenant=principal.tenant,
        principal=principal.name,
        purpose=principal.purpose,
        dialect=facts.dialect,
        endpoint=facts.endpoint,
        model=known_model(facts.model, models),
        sensitivity=decision.sensitivity,
        residual=residual,
        topics={name: rounded(topics[name]) for name in sorted(topics)[:MAX_TOPICS]},
        reasons=classification.reasons[:MAX_REASONS],
        rule=decision.rule,
        effect=decision.effect if effect is None else effect,
        zone=None if upstream is None else upstream.zone.value,
        upstream=None if upstream is None else upstream.name,
        findings=listed,
        findings_omitted=omitted,
        transforms={} if transforms is None else transforms,
        policy_revision=policy_revision,
        classifier_revision=classifier_revision,
        stream=facts.stream,
        status=status,
        latency_ms={} if latency_ms is None else latency_ms,
        groups=principal.groups[:MAX_GROUPS],
        route=decision.route,
        budgets=budgets,
        omitted=_omitted(classification.findings, listed) if omitted else (),
    )


def shadow_record(decided: AuditRecord, shadow: Shadowed) -> AuditRecord:
    """Return the record of what a candidate policy would have made of the request of `decided`."""
    record = _following(decided, Event.SHADOW)
    record.shadow = shadow
    return record


def outcome_record(
    decided: AuditRecord,
    *,
    time: datetime,
    status: int,
    tokens: Mapping[str, int] | None = None,
    latency_ms: Mapping[str, float] | None = None,
    answer: AnswerReport | None = None,
) -> AuditRecord:
    """Return the record of how the request of `decided` ended; findings, topics and reasons are not repeated."""
    record = _following(decided, Event.OUTCOME)
    record.time = timestamp(time)
    record.status = status
    record.tokens = {} if tokens is None else tokens
    record.latency_ms = {} if latency_ms is None else latency_ms
    record.answer = answer
    return record


def _following(decided: AuditRecord, event: Event) -> AuditRecord:
    """Return a record of the same request that repeats who, what and where, and nothing of what was found."""
    record = AuditRecord(*_values(decided))
    record.event = event
    record.topics, record.transforms, record.latency_ms = {}, {}, {}
    record.reasons = record.findings = record.omitted = ()
    record.findings_omitted = 0
    return record


_values: Final = attrgetter(*(each.name for each in fields(AuditRecord) if each.init))
"""Returns what a record is made of; `dataclasses.replace` asks for it field by field."""


def _omitted(findings: Sequence[Finding], listed: Sequence[Finding]) -> tuple[Omitted, ...]:
    """Return the findings that are not `listed` by type and score, at most `MAX_FINDINGS` kinds of them."""

    def kinds(some: Sequence[Finding]) -> Counter[tuple[str, float]]:
        return Counter((finding.entity_type, rounded(finding.score)) for finding in some)

    more = kinds(findings) - kinds(listed)
    return tuple(Omitted(kind, score, count) for (kind, score), count in more.most_common(MAX_FINDINGS))


def _bounded(findings: Sequence[Finding]) -> tuple[Sequence[Finding], int]:
    """Return at most `MAX_FINDINGS` findings, in their order, and how many are left out.

    The first of each entity type comes before any second one, so that a record of 200 names never hides the one key.
    """
    if len(findings) <= MAX_FINDINGS:
        return findings, 0
    firsts: dict[str, int] = {}
    for place, finding in enumerate(findings):
        firsts.setdefault(finding.entity_type, place)
    chosen = set(list(firsts.values())[:MAX_FINDINGS])
    for place in range(len(findings)):
        if len(chosen) == MAX_FINDINGS:
            break
        chosen.add(place)
    return tuple(findings[place] for place in sorted(chosen)), len(findings) - MAX_FINDINGS
