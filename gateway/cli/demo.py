"""`privacy-gateway demo`: the real gateway over real sockets, between a small app and embedded stand-in upstreams."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    import httpx
    from rich.console import Console

    from gateway.assembly import Gateway
    from gateway.cli.samples import Sample
    from gateway.server.standin import StandIn

__all__ = ["demo"]

_KEY: Final = "known-to-everybody: the demo's placeholders are the same each time"
_ZONES: Final = ("local", "secure", "cloud")
_PAUSE_S: Final = 0.02
"""Between two pieces of a stream, when it keeps running: slow enough to watch, and to break off."""


@click.command(
    epilog="""\b
Examples:
  privacy-gateway demo --once
  privacy-gateway demo            # keeps running: point a client of OpenAI's or Anthropic's API at it
  privacy-gateway demo --listen 127.0.0.1:9090 --admin 127.0.0.1:9091"""
)
@click.option("--once", is_flag=True, help="Send the sample requests, tell what happened, and end.")
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="Data plane, when it keeps running.")
@click.option("--admin", default="127.0.0.1:8081", show_default=True, help="Admin plane, when it keeps running.")
def demo(once: bool, listen: str, admin: str) -> None:
    """Run the gateway on embedded stand-ins, one per zone, each answering with what it received. No key needed."""
    from gateway.server.logs import configure

    configure("warning", "%(levelname)s %(message)s")
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-demo-") as directory:
        asyncio.run(_demo(Path(directory), listen, admin, once=once))


async def _demo(directory: Path, listen: str, admin: str, *, once: bool) -> None:
    import httpx

    from gateway.assembly import build_gateway
    from gateway.server.serve import serving
    from gateway.server.standin import StandIn, running
    from gateway.settings import load

    stand_ins = {zone: StandIn(zone, pause_s=0 if once else _PAUSE_S) for zone in _ZONES}
    async with running(*stand_ins.values()) as urls:
        flags = {
            "listen": "127.0.0.1:0" if once else listen,
            "admin": "127.0.0.1:0" if once else admin,
            "audit.directory": str(directory / "audit"),
            "key": {"env": "DEMO_KEY"},
            "upstreams": [
                {
                    "name": f"{zone}-stand-in",
                    "zone": zone,
                    "base_url": f"{url}/v1",
                    "dialects": ["openai", "anthropic"],
                }
                for zone, url in zip(_ZONES, urls, strict=True)
            ],
        }
        loaded = load(None, environment={"DEMO_KEY": _KEY}, flags=flags)
        gateway = build_gateway(loaded)
        async with serving(gateway, loaded) as (planes, data_url, admin_url):
            try:
                await _tell(data_url, gateway, stand_ins)
            except httpx.TransportError:
                if not planes.stopping:
                    raise
                await planes.ended()  # who has seen enough ends it in the middle of the story
                return
            if once:
                _leave(listen)
            else:
                _invite(data_url, admin_url)
                await planes.ended()


async def _tell(url: str, gateway: Gateway, stand_ins: dict[str, StandIn]) -> None:
    import httpx

    from gateway.cli.console import console
    from gateway.cli.samples import SAMPLES

    out = console()
    out.print("The gateway runs between a small app and three stand-in model servers: local, secure, cloud.")
    async with httpx.AsyncClient(base_url=url, timeout=30) as app:
        for number, sample in enumerate(SAMPLES, 1):
            out.print()
            out.print(f"{number}. {sample.title}", style="bold")
            await _send(out, app, gateway, stand_ins, sample)
    out.print()
    out.print("Each decision is on record before a byte leaves, without a value or a snippet. Yours to try:")


async def _send(
    out: Console, app: httpx.AsyncClient, gateway: Gateway, stand_ins: dict[str, StandIn], sample: Sample
) -> None:
    from rich.text import Text

    from gateway.cli.console import LEVEL_STYLES

    for stand_in in stand_ins.values():
        stand_in.received.clear()
    response = await app.post("/v1/chat/completions", json=sample.body)
    decision = (await gateway.records(response.headers["x-privacy-decision"]))[0]
    level = str(decision["sensitivity"])
    _line(out, "app sent", _last(sample.body))
    _line(out, "found", _found(decision))
    out.print(
        Text.assemble(
            ("   judged      ", "cyan"), (level, LEVEL_STYLES[level]), f"  rule {decision['rule']}, {_why(decision)}"
        )
    )
    for zone, stand_in in stand_ins.items():
        for body in stand_in.received:
            _line(out, f"{zone} saw", _last(json.loads(body)))
    _line(out, "app got", _answer(response) if response.is_success else f"{response.status_code} {response.text}")
    _line(out, "on record", f"{decision['id']}  transforms: {response.headers['x-privacy-transforms'] or 'none'}")


def _line(out: Console, label: str, text: str) -> None:
    from rich.text import Text

    out.print(Text.assemble((f"   {label:<11} ", "cyan"), text))


def _last(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def _found(decision: dict[str, Any]) -> str:
    counts: dict[str, int] = {}
    for finding in decision["findings"]:
        counts[finding["entity_type"]] = counts.get(finding["entity_type"], 0) + 1
    topics = [f"topic {name} {p:.2f}" for name, p in decision["topics"].items() if p >= 0.5]  # noqa: PLR2004 - likely
    return ", ".join([f"{count} {kind}" for kind, count in sorted(counts.items())] + topics) or "nothing private"


def _why(decision: dict[str, Any]) -> str:
    reasons = [reason["rule"] for reason in decision["reasons"]]
    return "because of " + ", ".join(reasons) if reasons else "no clause matched"


def _answer(response: httpx.Response) -> str:
    if not response.headers["content-type"].startswith("text/event-stream"):
        return str(response.json()["choices"][0]["message"]["content"])
    events = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: {")]
    deltas = [choice["delta"] for event in events for choice in json.loads(event)["choices"]]
    return "".join(str(delta.get("content") or "") for delta in deltas)


def _leave(listen: str) -> None:
    click.echo(f"  privacy-gateway demo                 keeps running; set base_url=http://{listen}/v1")
    click.echo('  privacy-gateway check "your text"    level, reasons and findings')


def _invite(data: str, admin: str) -> None:
    click.echo(
        f"""  privacy-gateway check "your text"    level, reasons and findings

The demo goes on running. From another terminal:

  curl -i {data}/v1/chat/completions -H 'content-type: application/json' -d \\
    '{{"model": "gpt-4o", "messages": [{{"role": "user", "content": "Mail jane.roe@nordhavn-clinic.com"}}]}}'

  from openai import OpenAI            # chat.completions, responses, embeddings; streamed or not
  client = OpenAI(base_url="{data}/v1", api_key="unused")

  from anthropic import Anthropic      # messages; streamed or not
  client = Anthropic(base_url="{data}", api_key="unused")

Admin plane: {admin}/readyz, /metrics, /decisions/ID.  Ctrl-C ends it."""
    )
