"""Why a planned request goes nowhere, as its client is told: by zone, rule and path, never by text (invariant 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.core.errors import BlockedByPolicy, NoClearedUpstream, PolicyRefusal, UninspectableContent
from gateway.core.model import Classification, Decision, Effect, RequestFacts, Upstream, Zone
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.dialects.pointers import Pointed
from gateway.engine import Engine
from gateway.gate import Request

__all__ = ["barred", "denied", "nowhere"]

_DENY: Final = Effect.DENY
_SHOWN: Final = 5
"""Paths that a refusal names."""
_IN_THE_PATH: Final = ("/path/", "/query/")


def denied(decision: Decision, classification: Classification) -> PolicyRefusal | None:
    """Return why the policy refuses a request; None: it does not."""
    if decision.effect is not _DENY:
        return None
    return BlockedByPolicy(
        f"The policy does not allow this {classification.sensitivity.label} sensitive request (rule '{decision.rule}')."
    )


def barred(request: Request, engine: Engine, points: Pointed) -> PolicyRefusal | None:
    """Return why a request goes nowhere, whatever is in it; None: nothing bars it."""
    if engine.purposes and request.principal.purpose not in engine.purposes:
        return BlockedByPolicy("The request has no purpose that the settings declare.")
    if points.unknown or (points.known and len(points.makers) > 1):
        return _unknown_state(points)
    return None


def _unknown_state(points: Pointed) -> PolicyRefusal:
    if points.unknown and all(path.startswith(_IN_THE_PATH) for path in points.unknown):
        return UninspectableContent(
            "This gateway handed out no such id to this caller, or no longer remembers it (docs/state.md).",
            status=404,
            code="not_found",
        )
    if points.unknown:
        return UninspectableContent(
            f"The request points to what an upstream keeps ({', '.join(points.unknown[:_SHOWN])}), and this gateway "
            "handed out no such id to this caller, or no longer remembers it (docs/state.md)."
        )
    return UninspectableContent("The request points to what two upstreams keep, so it can go to neither.")


def nowhere(
    classification: Classification, decision: Decision, facts: RequestFacts, family: str, upstreams: Sequence[Upstream]
) -> PolicyRefusal:
    """Return why a request goes nowhere though a rule lets it: no upstream may receive it now.

    Args:
        classification: how sensitive it is.
        decision: what the policy says.
        facts: of the request: its purpose and model are looked at.
        family: of its API.
        upstreams: all that there are.
    """
    if not any(family in upstream.dialects for upstream in upstreams):
        return NoClearedUpstream(f"No upstream speaks this API: the settings name none whose `dialects` have {family}.")
    asked = f", purpose: {facts.principal.purpose}" if facts.principal.purpose else ""
    zones = ", ".join(zone.value for zone in decision.route) or "none"
    if any(finding.entity_type in UNINSPECTABLE_TYPES for finding in classification.findings) and Zone.LOCAL not in (
        decision.route
    ):
        return UninspectableContent(
            f"The request holds content that cannot be read, and no zone of the rule '{decision.rule}' ({zones}) "
            "may receive it."
        )
    here = [upstream for upstream in upstreams if family in upstream.dialects and upstream.zone in decision.route]
    if here and not any(upstream.serves(facts.model) for upstream in here):
        return NoClearedUpstream(
            f"No upstream where this {classification.sensitivity.label} sensitive request may go (rule "
            f"'{decision.rule}', zones: {zones}) serves the model that it asks for: see `models` in the settings.",
            status=404,
            code="model_not_found",
        )
    return NoClearedUpstream(
        f"No upstream is cleared and available for this {classification.sensitivity.label} sensitive request "
        f"(rule '{decision.rule}', zones: {zones}{asked}).",
        retry_after_s=5,
    )
