"""Which upstreams a request may be tried at, in order: step (5) of the pipeline. The send gate has the last word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.core.model import Decision, RequestFacts, Upstream
from gateway.dialects.pointers import Pointed
from gateway.engine import Engine
from gateway.gate import Request

__all__ = ["candidates", "permitted"]


def permitted(upstreams: Sequence[Upstream], request: Request, engine: Engine, points: Pointed) -> Sequence[Upstream]:
    """Return those where the request's purpose, and what it points to, lets it go."""
    return [
        upstream
        for upstream in upstreams
        if engine.permits(request.principal.purpose, upstream) and (not points.known or points.may_go_to(upstream))
    ]


def candidates(
    decision: Decision,
    facts: RequestFacts,
    family: str,
    upstreams: Sequence[Upstream],
    available: Callable[[Upstream], bool],
) -> tuple[Upstream, ...]:
    """Return the upstreams to try, in order: in the rule's zones and regions, fitting, and up."""

    def fits(upstream: Upstream) -> bool:
        return (
            family in upstream.dialects
            and (not decision.regions or upstream.region in decision.regions)
            and upstream.serves(facts.model)
            and available(upstream)
        )

    return tuple(
        upstream for zone in decision.route for upstream in upstreams if upstream.zone is zone and fits(upstream)
    )
