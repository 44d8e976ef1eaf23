"""`privacy-gateway lists`: exact data match. A list of one's own becomes a file of keyed hashes that tells no entry."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

__all__ = ["lists"]


@click.group(
    epilog="""\b
Example:
  export LIST_KEY=$(openssl rand -hex 32)
  privacy-gateway lists build customers.txt --name customers --entity-type CUSTOMER_NUMBER \\
      --key-env LIST_KEY -o customers.pgx"""
)
def lists() -> None:
    """Make and try lists of your own values: customer numbers, code names, employees."""


_KEY_ENV = click.option("--key-env", required=True, metavar="NAME", help="Environment variable that holds the key.")


@lists.command(
    epilog="""\b
Then in gateway.yaml:
  lists:
    - {file: customers.pgx, key: {env: LIST_KEY}}
and name the entity type in a policy; a type that none names counts as highly sensitive.

\b
Example:
  privacy-gateway lists build customers.txt --name customers --entity-type CUSTOMER_NUMBER \\
      --key-env LIST_KEY -o customers.pgx"""
)
@click.argument("values", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--name", required=True, help="Name of the list; appears in findings.")
@click.option("--entity-type", required=True, help="What the values are, such as CUSTOMER_NUMBER.")
@_KEY_ENV
@click.option("--case", is_flag=True, help="Upper and lower case differ: for code names that are ordinary words.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def build(values: Path, name: str, entity_type: str, key_env: str, case: bool, output: Path) -> None:
    """Turn VALUES (one a line; `-`: standard input) into a file of keyed hashes."""
    from dataclasses import replace

    from gateway.core.errors import ConfigurationError
    from gateway.detect.exact import build as build_list

    told = sys.stdin.buffer.read() if str(values) == "-" else values.read_bytes()
    try:
        text = told.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError(f"{values} is not UTF-8: save it as UTF-8") from None
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    entries = [line for _, line in numbered]
    try:
        data = build_list(entries, _key(key_env), name=name, entity_type=entity_type, case=case)
    except ConfigurationError as error:  # of entries it knows the numbers, not where they stand
        mend = "lengthen or remove it; a pattern in a pack finds what is shorter"
        raise ConfigurationError(
            [
                replace(problem, file=str(values), line=numbered[problem.line - 1][0], mend=mend)
                if problem.line
                else problem
                for problem in error.problems
            ]
        ) from None
    output.write_bytes(data)
    click.echo(f"{output}: {len(entries)} entries of {entity_type}, {len(data)} bytes; no entry can be read from it")


@lists.command(
    epilog="""\b
Example:
  privacy-gateway lists find customers.pgx "Refund KD-204417 today" --key-env LIST_KEY"""
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("text")
@_KEY_ENV
def find(file: Path, text: str, key_env: str) -> None:
    """Show which entries of the list in FILE occur in TEXT; exit 1 if none does."""
    from gateway.detect.exact import load

    one = load(file.read_bytes(), _key(key_env), str(file))
    found = [text[start:end] for start, end in one.find(text)]
    for entry in found:
        click.echo(f"{one.entity_type}  {entry}")
    sys.exit(0 if found else 1)


def _key(name: str) -> bytes:
    key = os.environ.get(name, "").encode()
    if not key:
        raise click.UsageError(f"the environment variable {name} is not set")
    return key
