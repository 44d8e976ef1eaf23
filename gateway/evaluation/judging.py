"""Runs one text through the pipeline as a request, and keeps what scores need of it.

What is found comes from `judge`, timed: the whole of detection (normalise, patterns, entity model, topics), as in a
gateway that has started and is asked for the first time: nothing is remembered from other texts. The policy's clauses,
which only weigh what was found, are asked in the same call, and their time is taken off. Where a level is labelled, the
text is also planned as the one message of a chat, with one upstream of the usual clearance in each zone; level, topics
and where it would go are then the plan's own. So leaks are counted by the same code that sends, with all that a request
has beside the text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final

from gateway.core.errors import InvalidRequest
from gateway.core.model import (
    Finding,
    Principal,
    Reason,
    RequestFacts,
    Segment,
    Sensitivity,
    Topics,
    Upstream,
    Zone,
)
from gateway.core.protocols import Dialect
from gateway.evaluation.examples import Example
from gateway.pipeline import Engine, Plan, Request, judge, plan
from gateway.policy.bundle import DETECTOR_FAILED, PolicyBundle
from gateway.policy.environment import NONE_FOUND

__all__ = ["FACTS", "Judged", "PipelineJudge"]

FACTS: Final = RequestFacts(principal=Principal(), endpoint="evaluate", dialect="text", model="")
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one text.

    Attributes:
        findings: what was found; offsets point into the text.
        topics: what it is about.
        sensitivity: its level.
        reasons: the names of the clauses that gave the level.
        seconds: CPU time of finding; see the module's header.
        failed: a detector failed, so that the text counted as high.
        planned: whether it was planned as a request; else the next two say nothing.
        zone: where it would go; None: nowhere.
        altered: whether anything in it would be replaced on the way.
    """

    findings: tuple[Finding, ...]
    topics: Topics = field(repr=False)
    sensitivity: Sensitivity
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0
    failed: bool = False
    planned: bool = False
    zone: Zone | None = None
    altered: bool = False


@dataclass(frozen=True)
class _Clocked(PolicyBundle):
    """A policy that counts the time for which it is asked for a level.

    Attributes:
        clock: seconds.
        spent: how long each answer took.
    """

    clock: Clock = float
    spent: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, policy: PolicyBundle, clock: Clock) -> _Clocked:
        """Return `policy` with a clock."""
        return cls(**{item.name: getattr(policy, item.name) for item in fields(PolicyBundle) if item.init}, clock=clock)

    def classify(
        self,
        findings: Sequence[Finding],
        topics: Mapping[str, float],
        facts: RequestFacts,
        before: Mapping[str, Mapping[float, int]] = NONE_FOUND,
    ) -> tuple[Sensitivity, tuple[Reason, ...]]:
        """Do as any policy."""
        begun = self.clock()
        try:
            return super().classify(findings, topics, facts, before)
        finally:
            self.spent.append(self.clock() - begun)


class PipelineJudge:
    """Judges examples by the gateway's own pipeline.

    Args:
        engine: recognizers, topics, policy.
        dialect: of the request that a text is planned as; its body must be a chat's.
        upstreams: where it could go.
        clock: seconds of CPU time.
        model: what the request names; its name is a leaf that is scanned like any other.
    """

    def __init__(
        self, engine: Engine, dialect: Dialect, upstreams: Sequence[Upstream], clock: Clock, model: str = "gpt-4o"
    ) -> None:
        self.engine = engine
        self._dialect = dialect
        self._upstreams = tuple(upstreams)
        self._clock = clock
        self._policy = _Clocked.of(engine.policy, clock)
        self._finding = replace(engine, policy=self._policy, memory=None)
        self._model = model

    def __call__(self, example: Example) -> Judged:
        """Return what becomes of `example`."""
        self._policy.spent.clear()
        begun = self._clock()
        found = judge(self._finding, [Segment("", example.text)], FACTS)
        seconds = self._clock() - begun - sum(self._policy.spent)
        planned = None if example.level is None else self._planned(example.text)
        level = found if planned is None else planned.classification
        first = planned.first if planned else None
        reasons = tuple(reason.rule for reason in level.reasons)
        return Judged(
            found.findings,
            Topics(level.topics.probabilities),
            level.sensitivity,
            reasons,
            seconds,
            failed=DETECTOR_FAILED in reasons,
            planned=example.level is not None,
            zone=first.upstream.zone if first else None,
            altered=planned is not None and first is not None and first.body != planned.request.body,
        )

    def _planned(self, text: str) -> Plan | None:
        """Return the plan of a request with `text`; None if its body is refused, such as for a lone surrogate."""
        body = json.dumps({"model": self._model, "messages": [{"role": "user", "content": text}]}).encode()
        try:
            return plan(Request(self._dialect, body), self.engine, self._upstreams)
        except InvalidRequest:
            return None
