"""The policy that a command is about: found by path or settings, built, and its problems told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gateway.core.errors import Problem
    from gateway.pipeline import Engine
    from gateway.settings import Loaded

__all__ = [
    "JSON",
    "POLICY",
    "counted",
    "engine_of",
    "entity_types",
    "load_settings",
    "near",
    "problem_json",
    "problems_told",
]

POLICY = click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def load_settings(config: Path | None, path: Path | None) -> Loaded:
    """Return the settings, with the policy in `path` if given."""
    from gateway.settings import load

    return load(config, flags={} if path is None else {"policies": str(path.absolute())}, to="judge")


def engine_of(path: Path | None, config: Path | None, *, as_json: bool) -> Engine:
    """Return the engine by the settings, with the policy in `path` if given; end with 1 if the policy has problems."""
    from gateway.classifiers import classifiers_path
    from gateway.loadout import build_engine

    loaded = load_settings(config, path)
    with problems_told(as_json=as_json, but_of=classifiers_path(loaded)):
        return build_engine(loaded)


@contextmanager
def problems_told(*, as_json: bool, but_of: Path | None = None) -> Iterator[None]:
    """Print the problems of a policy and end with 1; leave those of the classifiers, in `but_of`, to `main`."""
    from gateway.cli.console import echo_json
    from gateway.core.errors import ConfigurationError

    try:
        yield
    except ConfigurationError as error:
        files = [Path(problem.file).absolute() for problem in error.problems]
        if but_of is not None and any(file.is_relative_to(but_of.absolute()) for file in files):
            raise
        problems = [replace(problem, file=near(problem.file)) for problem in error.problems]
        if as_json:
            echo_json({"valid": False, "problems": [problem_json(problem) for problem in problems], "warnings": []})
        else:
            click.echo("\n".join(str(problem) for problem in problems), err=True)
            click.echo(click.style(counted(len(problems), "problem"), fg="red"), err=True)
        sys.exit(1)


def near(file: str) -> str:
    """Return a file's name as seen from here."""
    here = Path.cwd()
    path = Path(file)
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else file


def entity_types(engine: Engine) -> list[str]:
    """Return all that the recognizers can produce."""
    return sorted(frozenset().union(*(recognizer.entity_types for recognizer in engine.recognizers)))


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON."""
    return {
        "file": problem.file,
        "line": problem.line,
        "message": problem.message,
        "expected": problem.expected,
        "mend": problem.mend,
    }


def counted(count: int, what: str) -> str:
    """Return a number with its noun."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
