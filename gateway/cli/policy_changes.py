"""`privacy-gateway policy diff`, `replay`, `shadow`: what a change would do, before it does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli.options import CONFIG
from gateway.cli.policy_source import JSON, counted, engine_of, entity_types, problems_told

if TYPE_CHECKING:
    from gateway.policy.diff import Difference
    from gateway.policy.replay import Replay

__all__ = ["diff", "replay", "shadow"]

_SHOWN: Final = 20
"""Changes that are listed on a terminal; `--json` lists all."""
AUDIT = click.option(
    "--audit", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="The audit directory."
)


@click.command(
    epilog="""\b
Examples:
  privacy-gateway policy diff policies/ new.yaml
  git show main:policies/default.yaml > old.yaml; privacy-gateway policy diff old.yaml policies/default.yaml

The numbers are of a grid of sample requests; for real traffic: privacy-gateway policy replay."""
)
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@CONFIG
@JSON
def diff(before: Path, after: Path, config: Path | None, as_json: bool) -> None:
    """Say in words and in numbers what changes from the policy BEFORE to the policy AFTER."""
    from gateway.cli.console import echo_json
    from gateway.loadout import with_policy
    from gateway.policy.diff import diff as difference

    engine = engine_of(before, config, as_json=as_json)
    with problems_told(as_json=as_json):
        later = with_policy(engine, after)
    found = difference(engine.policy, later.policy, entity_types(engine))
    if as_json:
        echo_json(found.fields())
    else:
        _show_difference(found)


@click.command(
    epilog="""\b
Examples:
  privacy-gateway policy replay --audit audit/ --policy new.yaml
  privacy-gateway policy replay --audit audit/ --policy new.yaml --json | jq .by.rule
  privacy-gateway policy replay --audit audit/ --policy policies/acme.yaml --tenant acme

Nothing but the audit record is needed: types, scores, topics; no content is kept."""
)
@AUDIT
@click.option(
    "--policy", "path", required=True, type=click.Path(exists=True, path_type=Path), help="The policy to try."
)
@click.option("--tenant", help="Only decisions of this tenant; for a policy of its own.")
@CONFIG
@JSON
def replay(audit: Path, path: Path, tenant: str | None, config: Path | None, as_json: bool) -> None:
    """Judge past decisions again by another policy, and list which would change."""
    from gateway.adapters.audit.reader import AuditReader
    from gateway.cli.console import echo_json
    from gateway.core.errors import AuditError
    from gateway.loadout import with_policy
    from gateway.policy.replay import replay as judge_again

    live = engine_of(None, config, as_json=as_json)
    with problems_told(as_json=as_json):
        candidate = with_policy(live, path)
    try:
        reader = AuditReader(audit)
        records = (record for record in reader.records() if tenant is None or record.get("tenant") == tenant)
        done = judge_again(records, candidate.policy, live.policy)
    except AuditError as error:
        raise click.UsageError(str(error)) from None
    done.unreadable += reader.damaged
    if as_json:
        echo_json(done.fields())
    else:
        _show_replay(done)


@click.command(
    epilog="""\b
Examples:
  privacy-gateway policy shadow --audit audit/
  privacy-gateway policy shadow --audit audit/ --json | jq .by.rule"""
)
@AUDIT
@JSON
def shadow(audit: Path, as_json: bool) -> None:
    """Sum up where the shadow policy of the settings would have decided otherwise."""
    from gateway.adapters.audit.reader import AuditReader
    from gateway.cli.console import echo_json
    from gateway.core.errors import AuditError
    from gateway.policy.replay import shadow_summary

    try:
        reader = AuditReader(audit)
        done = shadow_summary(reader.records())
    except AuditError as error:
        raise click.UsageError(str(error)) from None
    done.unreadable += reader.damaged
    if as_json:
        echo_json(done.fields())
    else:
        _show_replay(done, "in the log")


def _show_difference(found: Difference) -> None:
    for words in found.words:
        click.echo(words)
    if not found.samples:
        return
    click.echo(
        f"Of {counted(found.samples, 'sample request')} {found.changed} would be decided otherwise: "
        f"{found.stricter} more strictly, {found.looser} less strictly."
    )
    _show_counts(found.moves.items())
    if found.cut:
        click.echo("The policies can tell more requests apart than these: judge real traffic too (policy replay).")
    if found.unsampled:
        rules = ", ".join(found.unsampled)
        click.echo(
            f"No sample request reaches {rules}: write cases (policy test), or judge real traffic (policy replay)."
        )


def _show_replay(done: Replay, judged: str = "judged again") -> None:
    click.echo(f"{counted(done.judged, 'decision')} {judged}, {len(done.changes)} would change.")
    if done.incomplete:
        click.echo(f"{done.incomplete} by less than the policy looks at (the record does not hold all of it).")
    if done.unreadable:
        click.echo(f"{counted(done.unreadable, 'record')} could not be read; see: privacy-gateway audit verify")
    for what in ("rule", "tenant", "route"):
        counts = done.by(what)
        if counts:
            click.secho(f"by {what}", bold=True)
            _show_counts(counts.items())
    for change in done.changes[:_SHOWN]:
        tenant = change.past.facts.principal.tenant
        move = f"{change.before.rule} -> {change.after.rule}"
        click.echo(f"{change.past.time}  {change.past.id}  {tenant}  {move}  ({', '.join(change.what)})")
    if len(done.changes) > _SHOWN:
        click.echo(f"and {len(done.changes) - _SHOWN} more; --json lists all")


def _show_counts(counts: Iterable[tuple[str, int]]) -> None:
    for name, count in counts:
        click.echo(f"  {count:>7}  {name}")
