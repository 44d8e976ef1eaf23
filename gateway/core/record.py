"""The audit record: what was decided about one request, and how it ended (design 2.5).

Decisions kept here:

* Redacted by construction (invariant 4): a record is built from the core's own types only. Of a finding it takes
  the type, the place, the score and the recognizer: the offsets stay behind, for they help to rebuild a value.
* `model` is the one word that a client chooses freely, so it is recorded only if settings know that name; any other
  is `other`. Principal, tenant and purpose come from verified credentials.
* A record is bounded: at most `MAX_FINDINGS` findings are listed, the first of every entity type always among them,
  and `findings_omitted` counts the rest. No list or word in it grows with what a client sends.
* A decision and its outcome share the `id`. The outcome repeats who, what and where, not the findings.

`key`, `previous` and `hash` are added by the log that the record is appended to (`gateway/adapters/audit/`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Final

from gateway.core.answers import AnswerReport
from gateway.core.light import light
from gateway.core.lines import json_line
from gateway.core.model import (
    Classification,
    Decision,
    Effect,
    Finding,
    Reason,
    RequestFacts,
    Sensitivity,
    Upstream,
    Zone,
)
from gateway.core.rounding import rounded

__all__ = [
    "MAX_FINDINGS",
    "OTHER",
    "SCHEMA",
    "AuditRecord",
    "Event",
    "Omitted",
    "Shadowed",
    "Transformed",
    "decision_record",
    "known_model",
    "known_models",
    "outcome_record",
    "shadow_record",
    "timestamp",
]

SCHEMA: Final = "privacy-gateway/audit/v1"
OTHER: Final = "other"
"""Stands for a model that settings do not name."""
MAX_FINDINGS: Final = 200
MAX_REASONS: Final = 50
MAX_TOPICS: Final = 50
MAX_GROUPS: Final = 100
MAX_WORD: Final = 256
"""Longest word or path, in code points."""
_WILDCARDS: Final = frozenset("*?[")


class Event(StrEnum):
    """What a record tells of."""

    DECISION = "decision"
    OUTCOME = "outcome"
    SHADOW = "shadow"
    """A candidate policy would have decided otherwise."""


@light(frozen=True, slots=True)
class Transformed:
    """What was done to the findings of one entity type: by which operator, how many of them."""

    operator: str
    count: int


@dataclass(frozen=True, slots=True)
class Omitted:
    """Findings that a record does not list: of one type and score, and how many."""

    entity_type: str
    score: float
    count: int


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What a candidate policy would have decided, and in what that differs."""

    policy_revision: str
    sensitivity: Sensitivity
    rule: str
    effect: Effect
    route: Sequence[Zone]
    differs: Sequence[str]

    def fields(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "policy_revision": self.policy_revision,
            "sensitivity": self.sensitivity.label,
            "rule": self.rule[:MAX_WORD],
            "effect": self.effect.value,
            "route": [zone.value for zone in self.route],
            "differs": list(self.differs),
        }


@dataclass(slots=True)
class AuditRecord:
    """One line of the audit log.

    Not frozen: of so many fields that would cost three times as much. Nobody writes to one that he was given.

    Attributes:
        id: the decision's id (`x-privacy-decision`), made by the gateway.
        time: RFC 3339, UTC, microseconds.
        event: decision or outcome.
        tenant: whose request it was.
        principal: who asked, by verified identity.
        purpose: what for, by verified identity or settings.
        groups: of who asked, at most `MAX_GROUPS`.
        dialect: such as `openai_chat`.
        endpoint: the public path of the dialect.
        model: the model asked for, if settings know it, else `other`.
        sensitivity: the level of the request as it came in.
        residual: the level of the bytes that were to leave; None when nothing was to leave.
        topics: topic name to probability.
        reasons: why the request got its level.
        rule: the policy rule that decided.
        effect: allow or deny.
        route: the zones that the rule names, in order; empty when it denies.
        budgets: exposure budgets that were spent, so that a stricter route was taken.
        zone: where the upstream runs; None when nothing was to leave.
        upstream: the upstream's name in the settings.
        findings: at most `MAX_FINDINGS` of them.
        findings_omitted: how many more there were.
        omitted: these by type and score, so that the decision can be made again; the most frequent first.
        transforms: entity type to what was done.
        policy_revision: content hash of the policies.
        classifier_revision: content hash of the classifiers.
        stream: whether the answer was to be streamed.
        status: the HTTP status of the answer; None while it is not known.
        tokens: `input` and `output`, as the upstream told.
        latency_ms: stage name to milliseconds.
        shadow: in a shadow record, what the candidate policy would have decided; else None.
        answer: in an outcome, what was found in the answer; None where it was not looked at.
    """

    id: str
    time: str
    event: Event
    tenant: str
    principal: str
    purpose: str
    dialect: str
    endpoint: str
    model: str
    sensitivity: Sensitivity
    residual: Sensitivity | None
    topics: Mapping[str, float]
    reasons: Sequence[Reason]
    rule: str
    effect: Effect
    zone: str | None
    upstream: str | None
    findings: Sequence[Finding]
    findings_omitted: int
    transforms: Mapping[str, Transformed]
    policy_revision: str
    classifier_revision: str
    stream: bool
    status: int | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    groups: Sequence[str] = ()
    route: Sequence[Zone] = ()
    budgets: Sequence[str] = ()
    omitted: Sequence[Omitted] = ()
    shadow: Shadowed | None = None
    answer: AnswerReport | None = None
    _line: bytes | None = field(default=None, init=False, repr=False, compare=False)

    def line(self) -> bytes:
        """Return `fields` as one line of JSON, ASCII, without its newline; written once, however often it is asked for.

        Raises:
            ValueError: if it holds what JSON cannot (a number that is none).
            TypeError: as well.
        """
        if self._line is None:
            self._line = json_line(self.fields())
        return self._line

    def fields(self) -> dict[str, object]:
        """Return the record as a JSON object, fields in the documented order."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "time": self.time,
            "event": self.event,
            "tenant": self.tenant[:MAX_WORD],
            "principal": self.principal[:MAX_WORD],
            "purpose": self.purpose[:MAX_WORD],
            "groups": [group[:MAX_WORD] for group in self.groups],
            "dialect": self.dialect,
            "endpoint": self.endpoint[:MAX_WORD],
            "model": self.model[:MAX_WORD],
            "sensitivity": self.sensitivity.label,
            "residual": None if self.residual is None else self.residual.label,
            "topics": dict(self.topics),
            "reasons": [
                {"rule": reason.rule[:MAX_WORD], "detail": reason.detail[:MAX_WORD], "level": reason.level.label}
                for reason in self.reasons
            ],
            "rule": self.rule[:MAX_WORD],
            "effect": self.effect,
            "route": list(self.route),
            "budgets": [name[:MAX_WORD] for name in self.budgets],
            "zone": self.zone,
            "upstream": self.upstream,
            "findings": [
                {
                    "entity_type": finding.entity_type[:MAX_WORD],
                    "path": finding.path[:MAX_WORD],
                    "score": rounded(finding.score),
                    "recognizer": finding.recognizer[:MAX_WORD],
                }
                for finding in self.findings
            ],
            "findings_omitted": self.findings_omitted,
            "omitted": [
                {"entity_type": more.entity_type[:MAX_WORD], "score": more.score, "count": more.count}
                for more in self.omitted
            ],
            "transforms": {
                entity_type[:MAX_WORD]: {"operator": done.operator[:MAX_WORD], "count": done.count}
                for entity_type, done in self.transforms.items()
            },
            "policy_revision": self.policy_revision,
            "classifier_revision": self.classifier_revision,
            "stream": self.stream,
            "status": self.status,
            "tokens": dict(self.tokens),
            "latency_ms": {stage: (spent * 1000 + 0.5) // 1 / 1000 for stage, spent in self.latency_ms.items()},
            "shadow": None if self.shadow is None else self.shadow.fields(),
            "answer": None if self.answer is None else self.answer.fields(),
        }


def known_models(upstreams: Iterable[Upstream], names: Iterable[str] = ()) -> frozenset[str]:
    """Return every model that settings name outright: of `upstreams`, asked or served, and `names`; no globs."""
    known = set(names)
    for upstream in upstreams:
        for asked, served in upstream.models:
            known.update((asked, served))
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


def timestamp(time: datetime) -> str:
    """Return `time` by RFC 3339 in UTC: of equal length, so that text order is the order in time.

    Raises:
        ValueError: if `time` has no time zone.
    """
    if time.tzinfo is None:
        raise ValueError("the time of a record needs a time zone")
    since = time - _EPOCH
    return f"{_second(since.days, since.seconds)}.{since.microseconds:06d}Z"


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=16)
def _second(day: int, second: int) -> str:
    """Return a second after the epoch by RFC 3339, without zone."""
    return (_EPOCH + timedelta(day, second)).isoformat().removesuffix("+00:00")


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
