"""The command group. A command's module is imported when it runs, so that `--help` and completion answer at once."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final, NoReturn

import click

from gateway import __version__

__all__ = ["main"]

_COMMANDS: Final = {
    "audit": ("gateway.cli.audit:audit", "Read, verify and keep the audit log."),
    "check": ("gateway.cli.check:check", "Classify a text, a file or a corpus; no upstream is needed."),
    "demo": ("gateway.cli.demo:demo", "Run the gateway on embedded stand-ins and tell what happens."),
    "drift": ("gateway.cli.bundle:drift", "Compare what replicas run with a bundle."),
    "evaluate": ("gateway.cli.evaluate:evaluate", "Score detection and classification on labelled texts."),
    "explain": ("gateway.cli.explain:explain", "Show the whole plan for one API request body."),
    "init": ("gateway.cli.init:init", "Copy the bundled policies and classifiers out, with settings."),
    "lists": ("gateway.cli.lists:lists", "Exact data match: lists of your own, as keyed hashes."),
    "keys": ("gateway.cli.keys:keys", "Make, list and revoke API keys."),
    "policy": ("gateway.cli.policy:policy", "Policy as code: validate, test, diff, replay."),
    "serve": ("gateway.cli.serve:serve", "Run the gateway."),
    "vault": ("gateway.cli.vault:vault", "Count or erase what is remembered of what upstreams keep."),
    "upstreams": ("gateway.cli.upstreams:upstreams", "Show reachability, models and clearance of each upstream."),
}


class _LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in sorted(_COMMANDS.items())])


@click.group(
    cls=_LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "PRIVACY_GATEWAY",
        "max_content_width": 100,
    },
    epilog="""\b
Examples:
  privacy-gateway demo --once
  privacy-gateway check "Please call Jane Roe at +1 212 664 7665"
  privacy-gateway init my-gateway && privacy-gateway serve --config my-gateway/gateway.yaml

Completion: eval "$(_PRIVACY_GATEWAY_COMPLETE=bash_source privacy-gateway)" (or zsh_source, fish_source).
Exit codes: 0 done, 1 the check found something wrong, 2 usage or configuration.""",
)
@click.version_option(__version__, prog_name="privacy-gateway")
def cli() -> None:
    """Policy-as-code privacy gateway for LLM traffic.

    Applications change their base_url; every request is classified, kept on local models, tokenised for a cloud or
    passed on, by policies in YAML, with a redacted audit record written before a byte leaves.
    """


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    from gateway.core.errors import ConfigurationError, Problem

    for library in ("OPENBLAS", "OMP", "MKL"):
        # The models' matrices are small: threads of the linear algebra wait for one another longer than they compute.
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    try:
        cli.main(prog_name="privacy-gateway", standalone_mode=True)
    except ConfigurationError as error:
        wrong = error
    except OSError as error:
        if error.filename is None:
            raise
        place = str(error.filename)
        told = f"cannot be read or written ({error.strerror})"
        wrong = ConfigurationError([Problem(place, 0, told, mend="name another place, or let this user use it")])
    else:
        sys.exit(0)
    count = len(wrong.problems)
    click.echo(f"{count} problem{'s' if count != 1 else ''}:\n", err=True)
    click.echo(str(wrong), err=True)
    sys.exit(2)
