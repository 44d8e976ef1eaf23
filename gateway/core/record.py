"""The audit record: what was decided about one request, and how it ended (design 2.5). `recorded` makes them.

Decisions kept here:

* Redacted by construction (invariant 4): of a finding a line has the type, the place, the score and the recognizer. The
  offsets stay behind, for they help to rebuild a value.
* A record is bounded: no word in it is longer than `MAX_WORD`, whatever a client sends.

`key`, `previous` and `hash` are added by the log that the record is appended to (`gateway/adapters/audit/`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from gateway.core.answers import AnswerReport
from gateway.core.light import light
from gateway.core.lines import json_line
from gateway.core.model import Effect, Finding, Reason, Sensitivity, Zone
from gateway.core.rounding import rounded

__all__ = ["MAX_WORD", "SCHEMA", "AuditRecord", "Event", "Omitted", "Shadowed", "Transformed"]

SCHEMA: Final = "privacy-gateway/audit/v1"
MAX_WORD: Final = 256
"""Longest word or path, in code points."""


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
        event: decision, outcome or shadow (a candidate policy would have decided otherwise).
        tenant: whose request it was.
        principal: who asked, by verified identity.
        purpose: what for, by verified identity or settings.
        groups: of who asked, at most 100.
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
        findings: at most 200 of them.
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
            self._line = (_quick(self) if _quick is not None else None) or json_line(self.fields())
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


_quick: Callable[[AuditRecord], bytes | None] | None = None
"""Writes the line of a usual record, as `json_line` would write its fields; None where it is not usual."""
with suppress(ImportError):  # no C compiler at installation
    from gateway.core import _lines

    _quick = _lines.record_line
