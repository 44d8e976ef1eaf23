"""Runs one text through the pipeline as a request, and keeps what scores need of it.

What is found comes from `judge`, timed: the whole of detection. Where a level is labelled, `plan` also says where the
text would go, as the one message of a chat, with one upstream of the usual clearance in each zone; so leaks are counted
by the same code that sends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.errors import InvalidRequest
from gateway.core.model import Finding, Principal, RequestFacts, Segment, Sensitivity, Topics, Upstream, Zone
from gateway.core.protocols import Dialect
from gateway.evaluation.examples import Example
from gateway.pipeline import Engine, Request, judge, plan
from gateway.policy.bundle import DETECTOR_FAILED

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
        seconds: CPU time of finding and classifying.
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


class PipelineJudge:
    """Judges examples by the gateway's own pipeline.

    Args:
        engine: recognizers, topics, policy.
        dialect: of the request that a text is planned as; its body must be a chat's.
        upstreams: where it could go.
        clock: seconds of CPU time.
    """

    def __init__(self, engine: Engine, dialect: Dialect, upstreams: Sequence[Upstream], clock: Clock) -> None:
        self.engine = engine
        self._dialect = dialect
        self._upstreams = tuple(upstreams)
        self._clock = clock

    def warm(self) -> None:
        """Have everything loaded that a recognizer puts off until a text needs it, so that no text pays for it."""
        for recognizer in self.engine.recognizers:
            load = getattr(recognizer, "warm", None)
            if callable(load):
                load()
        judge(self.engine, [Segment("", "Call +1 212 664 7665 on 2024-05-06.")], FACTS)

    def __call__(self, example: Example) -> Judged:
        """Return what becomes of `example`."""
        begun = self._clock()
        found = judge(self.engine, [Segment("", example.text)], FACTS)
        seconds = self._clock() - begun
        reasons = tuple(reason.rule for reason in found.reasons)
        zone, altered = (None, False) if example.level is None else self._sent(example.text)
        return Judged(
            found.findings,
            Topics(found.topics.probabilities),
            found.sensitivity,
            reasons,
            seconds,
            failed=DETECTOR_FAILED in reasons,
            planned=example.level is not None,
            zone=zone,
            altered=altered,
        )

    def _sent(self, text: str) -> tuple[Zone | None, bool]:
        body = json.dumps({"model": "evaluation", "messages": [{"role": "user", "content": text}]}).encode()
        try:
            planned = plan(Request(self._dialect, body), self.engine, self._upstreams)
        except InvalidRequest:
            return None, False  # such as a lone surrogate: the gateway refuses the body
        if planned.first is None:
            return None, False
        return planned.first.upstream.zone, planned.first.body != body
