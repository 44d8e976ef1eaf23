"""`privacy-gateway upstreams`: can each upstream be reached, what does it serve, what may it receive."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.options import CONFIG, SECONDS

if TYPE_CHECKING:
    from gateway.core.model import Upstream

__all__ = ["upstreams"]


@click.command(
    epilog="""\b
Example:
  privacy-gateway upstreams --config gateway.yaml"""
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--timeout", type=SECONDS, default=5.0, show_default=True, help="Seconds to wait for each.")
@CONFIG
def upstreams(config: Path | None, timeout: float, as_json: bool) -> None:
    """Show reachability, models, clearance and attestation of each upstream; exit 1 if one cannot be reached."""
    from gateway.cli.console import console, echo_json
    from gateway.settings import load

    fleet = load(config).upstreams
    if not fleet:
        raise click.UsageError("the settings name no upstream: give --config gateway.yaml")
    rows = asyncio.run(_ask(fleet, timeout))
    if as_json:
        echo_json(rows)
    else:
        out = console()
        for row in rows:
            out.print(f"{row['name']}: {row['zone']}, clearance {row['clearance']}, {row['base_url']}")
            out.print("  reachable" if row["reachable"] else f"  not reachable: {row['problem']}")
            if row["models"]:
                out.print(f"  serves {', '.join(row['models'])}")
            for asked, served in row["mapping"].items():
                out.print(f"  {asked} is sent as {served}")
            out.print(f"  attestation: {row['attestation']}")
    if not all(row["reachable"] for row in rows):
        sys.exit(1)


async def _ask(fleet: tuple[Upstream, ...], timeout_s: float) -> list[dict[str, Any]]:
    from gateway.adapters.upstreams import UpstreamClient

    async with UpstreamClient() as client:
        return list(await asyncio.gather(*(_row(client, upstream, timeout_s) for upstream in fleet)))


async def _row(client: Any, upstream: Upstream, timeout_s: float) -> dict[str, Any]:
    from gateway.core.errors import RequestError

    problem: str | None = None
    models: list[str] = []
    try:
        models = await client.models(upstream, timeout_s=timeout_s)
    except RequestError as error:
        problem = error.message
    return {
        "name": upstream.name,
        "zone": upstream.zone.value,
        "clearance": upstream.clearance.label,
        "base_url": upstream.base_url,
        "dialects": list(upstream.dialects),
        "region": upstream.region,
        "reachable": problem is None,
        "problem": problem,
        "models": models,
        "mapping": dict(upstream.models),
        "attestation": "none",
    }
