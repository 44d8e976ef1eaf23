"""`privacy-gateway explain`: the whole plan for one API request body, without sending anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.options import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.pipeline import Plan

__all__ = ["explain", "plan_json"]


@click.command(
    epilog="""\b
Examples:
  privacy-gateway explain request.json --config gateway.yaml
  curl … -d @request.json becomes: privacy-gateway explain request.json
  privacy-gateway explain request.json --principal ann --tenant acme --purpose care --group legal
  privacy-gateway explain request.json --json | jq .outgoing""",
)
@click.argument("request_file", metavar="REQUEST.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--endpoint", default="/v1/chat/completions", show_default=True, help="The endpoint it is meant for.")
@click.option("--principal", default="anonymous", show_default=True, help="Who asks.")
@click.option("--tenant", default="default", show_default=True, help="The tenant of who asks; its own policy decides.")
@click.option("--purpose", default="", help="What for.")
@click.option("--group", "groups", multiple=True, help="A group of who asks; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@CONFIG
def explain(
    request_file: Path,
    endpoint: str,
    principal: str,
    tenant: str,
    purpose: str,
    groups: tuple[str, ...],
    config: Path | None,
    as_json: bool,
) -> None:
    """Show segments, findings, rule, route and outgoing body for the request in REQUEST.json.

    Without settings, one imaginary upstream stands in each zone.
    """
    from gateway.assembly import explain_body
    from gateway.classifiers import language_of
    from gateway.core.errors import InvalidRequest
    from gateway.core.model import Principal

    who = Principal(principal, tenant, purpose, groups)
    try:
        plan = explain_body(config, request_file.read_bytes(), endpoint, who)
    except InvalidRequest as error:
        raise click.ClickException(error.message) from None
    if as_json:
        from gateway.cli.console import echo_json

        echo_json(plan_json(plan, language_of(config)))
    else:
        show_plan(plan, language_of(config))


def plan_json(plan: Plan, language: Callable[[str], str]) -> dict[str, Any]:
    """Return what `explain --json` prints; `language` names a segment's, "" where it is not sure."""
    from gateway.cli.console import classification_json

    first = plan.first
    return {
        **classification_json(plan.classification),
        "segments": [
            {"path": s.path, "kind": s.kind.value, "text": s.text, "language": language(s.text)} for s in plan.segments
        ],
        "rule": plan.decision.rule,
        "effect": plan.decision.effect.value,
        "route": [zone.value for zone in plan.decision.route],
        "candidates": [upstream.name for upstream in plan.candidates],
        "upstream": first.upstream.name if first else None,
        "zone": first.upstream.zone.value if first else None,
        "residual": first.residual.label if first else None,
        "transforms": {
            kind: {"operator": operator, "count": count}
            for kind, (operator, count) in sorted(plan.transformation.counts.items())
        },
        "refusal": {"status": plan.refusal.status, "code": plan.refusal.code} if plan.refusal else None,
        "outgoing": first.body.decode() if first else None,
    }


def show_plan(plan: Plan, language: Callable[[str], str]) -> None:
    """Print the plan for a person."""
    from rich.text import Text

    from gateway.cli.console import console, levelled, show_classification

    out = console()
    show_classification(out, plan.classification, {segment.path: segment.text for segment in plan.segments})
    spoken = sorted({language(segment.text) for segment in plan.segments} - {""})
    if spoken:
        out.print(f"Languages: {', '.join(spoken)}")
    zones = ", ".join(zone.value for zone in plan.decision.route) or "nowhere"
    out.print(f"Rule: {plan.decision.rule} ({plan.decision.effect.value}; {zones})")
    for kind, (operator, count) in sorted(plan.transformation.counts.items()):
        out.print(f"  {operator} {count} {kind}")
    if plan.refusal is not None:
        out.print(f"Refused: {plan.refusal.status} {plan.refusal.code}: {plan.refusal.message}")
    if plan.first is not None:
        out.print(
            Text.assemble(
                f"Goes to: {plan.first.upstream.name} ({plan.first.upstream.zone.value}), what is left: ",
                levelled(plan.first.residual),
            )
        )
        out.print("Outgoing body:")
        out.print(plan.first.body.decode())
