"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

__all__ = ["CONFIG", "SECONDS"]

CONFIG: Final = click.option(
    "--config",
    "config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="PRIVACY_GATEWAY_CONFIG",
    help="Settings file (gateway.yaml). Default: the bundled policies and classifiers.",
)
SECONDS: Final = click.FloatRange(min=0, min_open=True, max=3600)
"""How long to wait: in no time everybody would be out of reach."""
