"""`privacy-gateway policy`: policy as code. Thin: what it prints comes from `gateway.policy`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from gateway.cli.bundle import bundle, rollback
from gateway.cli.options import CONFIG
from gateway.cli.policy_cases import test
from gateway.cli.policy_changes import diff, replay, shadow
from gateway.cli.policy_source import JSON, POLICY, engine_of, entity_types, near, problem_json

__all__ = ["policy"]


@click.group(
    epilog="""\b
Examples:
  privacy-gateway policy validate policies/
  privacy-gateway policy test policies/
  privacy-gateway policy diff policies/ new.yaml
  privacy-gateway policy replay --audit audit/ --policy new.yaml"""
)
def policy() -> None:
    """Policy as code: check, test, compare, replay, sign and roll back policies."""


for command in (bundle, rollback, test, diff, replay, shadow):
    policy.add_command(command)


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy validate                  # the policy of the settings, or the bundled one
  privacy-gateway policy validate policies/
  privacy-gateway policy validate new.yaml --json

Exit codes: 0 all is well, 1 the policy has problems, 2 usage or settings."""
)
@POLICY
@CONFIG
@JSON
def validate(path: Path | None, config: Path | None, as_json: bool) -> None:
    """Check the policy in PATH: a file, or a directory whose files make one policy.

    Warns of examples in packs of your own that are not found, and of near-misses that are.
    """
    from gateway.cli.console import echo_json
    from gateway.cli.pack_examples import examples_that_fail

    bundle = engine_of(path, config, as_json=as_json).policy
    warnings = [*bundle.warnings, *examples_that_fail(config)]
    if as_json:
        echo_json(
            {
                "valid": True,
                "policy": bundle.name,
                "revision": bundle.revision,
                "rules": [rule.name for rule in bundle.rules],
                "problems": [],
                "warnings": [problem_json(warning) for warning in warnings],
            }
        )
        return
    for warning in warnings:
        click.echo(f"{click.style('warning', fg='yellow')} {replace(warning, file=near(warning.file))}", err=True)
    counted = f"{len(bundle.clauses)} clauses, {len(bundle.rules)} rules"
    click.echo(f"{click.style('valid', fg='green')} {bundle.name}: {counted}, revision {bundle.revision}")


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy names
  privacy-gateway policy names --json | jq .entity_types"""
)
@CONFIG
@click.option("--markdown", is_flag=True, help="Print the variables as a table for documents.")
@JSON
def names(config: Path | None, markdown: bool, as_json: bool) -> None:
    """Say what policies may name here: variables, functions, entity types, topics, operators."""
    from gateway.cli.console import echo_json
    from gateway.core.answers import EXFILTRATION_LINK
    from gateway.core.uninspectable import UNINSPECTABLE_TYPES
    from gateway.policy.environment import VARIABLES, markdown_table
    from gateway.policy.names import FUNCTIONS, MACROS

    if markdown:
        click.echo(markdown_table(), nl=False)
        return
    engine = engine_of(None, config, as_json=as_json)
    topics = sorted(frozenset().union(*(model.topics for model in engine.topics)))
    known = {
        "functions": [*FUNCTIONS, *MACROS],
        "entity_types": entity_types(engine),
        "content_that_cannot_be_read": sorted(UNINSPECTABLE_TYPES),
        "in_answers_too": [EXFILTRATION_LINK],
        "topics": topics,
        "operators": sorted(engine.operators),
    }
    if as_json:
        variables = {known.name: {"type": known.type, "description": known.description} for known in VARIABLES}
        echo_json({"variables": variables, **known})
        return
    click.secho("variables", bold=True)
    for variable in VARIABLES:
        click.echo(f"  {variable.name:<12} {variable.type:<20} {variable.example}")
    for title, words in known.items():
        click.secho(title.replace("_", " "), bold=True)
        click.echo(click.wrap_text(", ".join(words), width=100, initial_indent="  ", subsequent_indent="  "))


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy schema > policy.schema.json
  privacy-gateway policy schema PolicyTest > policy-test.schema.json"""
)
@click.argument("kind", type=click.Choice(["Policy", "PolicyTest"]), default="Policy")
def schema(kind: str) -> None:
    """Print the JSON Schema of a KIND of file, for editors."""
    from gateway.cli.console import echo_json
    from gateway.policy.schema import schema_of

    echo_json(schema_of(kind))
