"""`privacy-gateway serve`: run the gateway."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli.options import CONFIG
from gateway.core.collector import collector_paused

__all__ = ["serve"]


@click.command(
    epilog="""\b
Examples:
  privacy-gateway serve --config gateway.yaml
  privacy-gateway serve --config gateway.yaml --workers 4
  PRIVACY_GATEWAY_LISTEN=0.0.0.0:8080 privacy-gateway serve --config gateway.yaml
  privacy-gateway serve --config gateway.yaml --audit-directory /var/lib/privacy-gateway/audit""",
)
@CONFIG
@click.option("--listen", metavar="HOST:PORT", help="Data plane.  [default: 127.0.0.1:8080]")
@click.option("--admin", metavar="HOST:PORT", help="Admin plane.  [default: 127.0.0.1:8081]")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that serve the data port.  [default: 1]")
@click.option("--policies", metavar="PATH", help="Directory or file of policies.")
@click.option("--classifiers", metavar="DIR", help="Directory of packs and models.")
@click.option("--audit-directory", metavar="DIR", help="Where audit records are kept.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
def serve(
    config: Path | None,
    listen: str | None,
    admin: str | None,
    workers: int | None,
    policies: str | None,
    classifiers: str | None,
    audit_directory: str | None,
    log_level: str,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C; running requests may end first."""
    with collector_paused():
        from gateway.server.serve import serve_until_stopped
        from gateway.settings import load

    flags = {
        "listen": listen,
        "admin": admin,
        "workers": workers,
        "policies": str(Path(policies).absolute()) if policies else None,
        "classifiers": str(Path(classifiers).absolute()) if classifiers else None,
        "audit.directory": str(Path(audit_directory).absolute()) if audit_directory else None,
    }
    loaded = load(config, flags={key: value for key, value in flags.items() if value is not None})
    sys.exit(serve_until_stopped(loaded, log_level=log_level))
