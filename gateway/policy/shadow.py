"""A candidate policy beside the one in force: what it would have said about the same request.

It judges the same findings and topics; nothing is detected twice. That is exact but for one thing: where findings
overlap, the one in force has chosen between them by its own levels.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.model import Classification, Decision, RequestFacts, Sensitivity
from gateway.core.record import Shadowed
from gateway.core.state import SERVER_STATE
from gateway.policy.bundle import DETECTOR_FAILED, PolicyBundle
from gateway.policy.replay import Verdict, between

__all__ = ["shadowed"]


def shadowed(
    candidate: PolicyBundle, classification: Classification, decision: Decision, facts: RequestFacts
) -> Shadowed | None:
    """Return what `candidate` says where that differs from `decision`; None where it says the same."""
    findings, topics = classification.findings, classification.topics
    level, reasons = candidate.classify(findings, topics.probabilities, facts)
    if any(reason.rule == DETECTOR_FAILED for reason in classification.reasons):
        level = Sensitivity.HIGH
    level = max([level, *(reason.level for reason in classification.reasons if reason.rule == SERVER_STATE)])
    judged = replace(classification, sensitivity=level, reasons=reasons)
    now, then = Verdict.of(decision), Verdict.of(candidate.decide(judged, facts))
    differs = between(now, then)
    if not differs:
        return None
    return Shadowed(candidate.revision, then.sensitivity, then.rule, then.effect, then.route, differs)
