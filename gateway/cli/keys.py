"""`privacy-gateway keys`: make, list and revoke API keys."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from gateway.adapters.identity.key_file import KeyEntry

__all__ = ["keys"]

_FILE: Final = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("keys.yaml"),
    show_default=True,
    help="The file of keys that `identity.api_keys.file` names.",
)


@click.group(
    epilog="""\b
Examples:
  privacy-gateway keys new --principal billing-app --tenant acme --purpose billing
  privacy-gateway keys list
  privacy-gateway keys revoke billing-app"""
)
def keys() -> None:
    """Make, list and revoke API keys.

    The file holds hashes; a key is shown once, when it is made. A running gateway takes changes over within a second.
    """


@keys.command(
    epilog="""\b
Examples:
  privacy-gateway keys new --principal billing-app --tenant acme --purpose billing --expires-in 365
  privacy-gateway keys new --principal prometheus --role viewer"""
)
@_FILE
@click.option("--principal", required=True, help="Who asks with this key.")
@click.option("--tenant", default="default", show_default=True, help="Whose data it is.")
@click.option("--name", help="Name of the key.  [default: the principal]")
@click.option("--purpose", "purposes", multiple=True, help="A purpose it may be used for. Repeatable.")
@click.option("--group", "groups", multiple=True, help="A group, for policies and roles. Repeatable.")
@click.option("--role", "roles", multiple=True, type=click.Choice(["viewer", "auditor"]), help="On the admin plane.")
@click.option("--expires-in", metavar="DAYS", type=click.IntRange(1, 36_500), help="Days until it is not accepted.")
@click.option("--per-minute", type=click.IntRange(1, 10_000_000), help="Rate limit, requests a minute.")
def new(
    file: Path,
    principal: str,
    tenant: str,
    name: str | None,
    purposes: tuple[str, ...],
    groups: tuple[str, ...],
    roles: tuple[str, ...],
    expires_in: int | None,
    per_minute: int | None,
) -> None:
    """Make a key, put its hash into the file, and show the key: on standard output, this once."""
    from gateway.adapters.identity.key_file import KeyEntry, add_entry
    from gateway.adapters.identity.keys import hash_of, new_key
    from gateway.core.documents import YamlDocument, validate

    key = new_key()
    now = datetime.now(UTC).replace(microsecond=0)
    told = {
        "name": name or principal.lower(),
        "hash": hash_of(key),
        "principal": principal,
        "tenant": tenant,
        "purposes": list(purposes),
        "groups": list(groups),
        "roles": list(roles),
        "created": now,
        "expires": now + timedelta(days=expires_in) if expires_in else None,
        "rate_limit": {"per_minute": per_minute} if per_minute else None,
    }
    given = {field: value for field, value in told.items() if value not in (None, [])}
    add_entry(file, validate(YamlDocument("options", given), KeyEntry))
    click.echo(key)
    click.echo(f"Added to {file}. The key is kept nowhere and will not be shown again.", err=True)


@keys.command(
    "list",
    epilog="""\b
Example:
  privacy-gateway keys list --file keys.yaml --json""",
)
@_FILE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(file: Path, as_json: bool) -> None:
    """List the keys of the file: whom each stands for, and whether it is good."""
    import json

    from gateway.adapters.identity.key_file import read_key_file

    now = datetime.now(UTC)
    entries = read_key_file(file)
    if as_json:
        listed = [
            entry.model_dump(mode="json", exclude={"hash"}, exclude_defaults=True) | {"state": _state(entry, now)}
            for entry in entries
        ]
        click.echo(json.dumps(listed, indent=2))
        return
    for entry in entries:
        purposes = ", ".join(entry.identity().purposes) or "no purpose"
        click.echo(f"{entry.name:24} {_state(entry, now):8} {entry.principal} of {entry.tenant}, {purposes}")
    if not entries:
        click.echo("The file has no keys.", err=True)


@keys.command(
    epilog="""\b
Example:
  privacy-gateway keys revoke --file keys.yaml billing-app"""
)
@_FILE
@click.argument("name")
def revoke(file: Path, name: str) -> None:
    """Revoke the key NAME: it stays in the file, and is not accepted any more."""
    from gateway.adapters.identity.key_file import revoke_entry

    if not file.exists():
        click.echo(f"{file} does not exist.", err=True)
        sys.exit(2)
    revoke_entry(file, name, datetime.now(UTC))
    click.echo(f"{name} is revoked.")


def _state(entry: KeyEntry, now: datetime) -> str:
    if entry.revoked is not None:
        return "revoked"
    return "expired" if entry.expires is not None and entry.expires <= now else "good"
