"""`privacy-gateway vault`: how much is remembered of what upstreams keep, and erasing it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from gateway.cli.options import CONFIG

if TYPE_CHECKING:
    from gateway.adapters.vault import Vault

__all__ = ["vault"]

_T = TypeVar("_T")
_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(
    epilog="""\b
Examples:
  privacy-gateway vault stats --config gateway.yaml
  privacy-gateway vault erase --tenant acme --principal billing-app --config gateway.yaml"""
)
def vault() -> None:
    """What the gateway remembers of ids that upstreams made: `previous_response_id`, files, batches (docs/state.md)."""


@vault.command(
    epilog="""\b
Examples:
  privacy-gateway vault stats
  privacy-gateway vault stats --tenant acme --json"""
)
@CONFIG
@click.option("--tenant", help="Count this tenant's alone.")
@_JSON
def stats(config: Path | None, tenant: str | None, as_json: bool) -> None:
    """Count the ids that are remembered, and what they take."""
    import json

    counted = _with_vault(config, lambda opened: opened.stats(tenant))
    if as_json:
        told = {"ids": counted.ids, "bytes": counted.size_bytes, "tenants": counted.tenants}
        click.echo(json.dumps(told))
    else:
        click.echo(f"{counted.ids} ids of {counted.tenants} tenants, {counted.size_bytes} bytes, sealed")


@vault.command(
    epilog="""\b
Examples:
  privacy-gateway vault erase --tenant acme
  privacy-gateway vault erase --tenant acme --principal billing-app"""
)
@CONFIG
@click.option("--tenant", required=True, help="Whose data it is.")
@click.option("--principal", help="Erase this principal's alone.")
@_JSON
def erase(config: Path | None, tenant: str, principal: str | None, as_json: bool) -> None:
    """Forget every id of a tenant, or of one principal in it.

    What upstreams themselves keep under these ids stays there: delete it there, too.
    """
    import json

    gone = _with_vault(config, lambda opened: opened.erase(tenant, principal))
    click.echo(json.dumps({"erased": gone}) if as_json else f"{gone} ids erased")


def _with_vault(config: Path | None, work: Callable[[Vault], Awaitable[_T]]) -> _T:
    from gateway.core.errors import VaultError
    from gateway.settings import load
    from gateway.stores import open_vault

    loaded = load(config)
    if loaded.settings.vault.store == "memory":
        click.echo("The vault is in the gateway's memory (vault.store: memory): a restart erases it.", err=True)
        sys.exit(2)

    async def run() -> _T:
        opened = open_vault(loaded)
        try:
            return await work(opened)
        finally:
            await opened.aclose()

    try:
        return asyncio.run(run())
    except VaultError as error:
        click.echo(f"{error}.", err=True)
        sys.exit(1)
