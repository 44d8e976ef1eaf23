"""`privacy-gateway policy`: policy as code. Thin: what it prints comes from `gateway.policy`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.bundle import bundle, rollback
from gateway.cli.options import CONFIG

if TYPE_CHECKING:
    from gateway.core.errors import Problem
    from gateway.pipeline import Engine
    from gateway.policy.cases import Case, CaseResult, Outcome
    from gateway.policy.diff import Difference
    from gateway.policy.replay import Replay
    from gateway.settings import Loaded

__all__ = ["policy", "problems_told"]

_SHOWN: Final = 20
"""Changes that are listed on a terminal; `--json` lists all."""

POLICY = click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(
    epilog="""\b
Examples:
  privacy-gateway policy validate policies/
  privacy-gateway policy test policies/
  privacy-gateway policy diff policies/ new.yaml
  privacy-gateway policy replay --audit audit/ --policy new.yaml"""
)
def policy() -> None:
    """Policy as code: check, test, compare, replay, sign and roll back policies."""


policy.add_command(bundle)
policy.add_command(rollback)


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy validate                  # the policy of the settings, or the bundled one
  privacy-gateway policy validate policies/
  privacy-gateway policy validate new.yaml --json

Exit codes: 0 all is well, 1 the policy has problems, 2 usage or settings."""
)
@POLICY
@CONFIG
@JSON
def validate(path: Path | None, config: Path | None, as_json: bool) -> None:
    """Check the policy in PATH: a file, or a directory whose files make one policy."""
    from gateway.cli.console import echo_json

    bundle = _engine(path, config, as_json=as_json).policy
    if as_json:
        echo_json(
            {
                "valid": True,
                "policy": bundle.name,
                "revision": bundle.revision,
                "rules": [rule.name for rule in bundle.rules],
                "problems": [],
                "warnings": [_problem_json(warning) for warning in bundle.warnings],
            }
        )
        return
    for warning in bundle.warnings:
        click.echo(f"{click.style('warning', fg='yellow')} {replace(warning, file=_near(warning.file))}", err=True)
    counted = f"{len(bundle.clauses)} clauses, {len(bundle.rules)} rules"
    click.echo(f"{click.style('valid', fg='green')} {bundle.name}: {counted}, revision {bundle.revision}")


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy test
  privacy-gateway policy test policies/ --junit report.xml
  privacy-gateway policy test new.yaml --cases more-cases/

Exit codes: 0 all passed, 1 a case failed or the policy has problems, 2 usage or settings."""
)
@POLICY
@CONFIG
@click.option(
    "--cases",
    "place",
    type=click.Path(exists=True, path_type=Path),
    help="A file or directory of cases. Default: tests/ beside the policy.",
)
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit report here.")
@JSON
def test(path: Path | None, config: Path | None, place: Path | None, junit: Path | None, as_json: bool) -> None:
    """Run the test cases of the policy in PATH through the pipeline that serves.

    Without PATH: of the policy of the settings; if they name none, of each bundled policy by its own cases.
    """
    from gateway.cli.console import echo_json
    from gateway.policy.cases import never_decided, run_cases
    from gateway.policy.junit import junit as report

    results: list[CaseResult] = []
    unreached: list[str] = []
    names: list[str] = []
    for engine, cases in _to_test(path, config, place, as_json=as_json):
        done = run_cases(cases, _judge(engine))
        results += done
        unreached += never_decided([rule.name for rule in engine.policy.rules], done)
        names.append(engine.policy.name)
    if junit is not None:
        junit.write_bytes(report("+".join(names), results))
    if as_json:
        echo_json(_results_json(results, unreached))
    else:
        _show_results(results, unreached)
    if any(not result.passed for result in results):
        sys.exit(1)


@policy.command(
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
    from gateway.assembly import with_policy
    from gateway.cli.console import echo_json
    from gateway.policy.diff import diff as difference

    engine = _engine(before, config, as_json=as_json)
    with problems_told(as_json=as_json):
        later = with_policy(engine, after)
    found = difference(engine.policy, later.policy, _entity_types(engine))
    if as_json:
        echo_json(found.fields())
    else:
        _show_difference(found)


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy replay --audit audit/ --policy new.yaml
  privacy-gateway policy replay --audit audit/ --policy new.yaml --json | jq .by.rule

Nothing but the audit record is needed: types, scores, topics; no content is kept."""
)
@click.option(
    "--audit", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="The audit directory."
)
@click.option(
    "--policy", "path", required=True, type=click.Path(exists=True, path_type=Path), help="The policy to try."
)
@CONFIG
@JSON
def replay(audit: Path, path: Path, config: Path | None, as_json: bool) -> None:
    """Judge past decisions again by another policy, and list which would change."""
    from gateway.adapters.audit.reader import AuditReader
    from gateway.assembly import with_policy
    from gateway.cli.console import echo_json
    from gateway.core.errors import AuditError
    from gateway.policy.replay import replay as judge_again

    live = _engine(None, config, as_json=as_json)
    with problems_told(as_json=as_json):
        candidate = with_policy(live, path)
    try:
        reader = AuditReader(audit)
        done = judge_again(reader.records(), candidate.policy, live.policy)
    except AuditError as error:
        raise click.UsageError(str(error)) from None
    done.unreadable += reader.damaged
    if as_json:
        echo_json(done.fields())
    else:
        _show_replay(done)


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy shadow --audit audit/
  privacy-gateway policy shadow --audit audit/ --json | jq .by.rule"""
)
@click.option(
    "--audit", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="The audit directory."
)
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


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy names
  privacy-gateway policy names --json | jq .entity_types"""
)
@CONFIG
@click.option("--markdown", is_flag=True, help="Print the variables as a table for documents.")
@JSON
def names(config: Path | None, markdown: bool, as_json: bool) -> None:
    """Say what policies may name here: variables, functions, entity types, topics, operators."""
    from gateway.cli.console import echo_json
    from gateway.policy.environment import VARIABLES, markdown_table
    from gateway.policy.names import FUNCTIONS, MACROS

    if markdown:
        click.echo(markdown_table(), nl=False)
        return
    engine = _engine(None, config, as_json=as_json)
    topics = sorted(frozenset().union(*(model.topics for model in engine.topics)))
    known = {
        "functions": [*FUNCTIONS, *MACROS],
        "entity_types": _entity_types(engine),
        "topics": topics,
        "operators": sorted(engine.operators),
    }
    if as_json:
        variables = {known.name: {"type": known.type, "description": known.description} for known in VARIABLES}
        echo_json({"variables": variables, **known})
        return
    click.secho("variables", bold=True)
    for variable in VARIABLES:
        click.echo(f"  {variable.name:<12} {variable.type:<20} {variable.example}")
    for title, words in known.items():
        click.secho(title.replace("_", " "), bold=True)
        click.echo(click.wrap_text(", ".join(words), width=100, initial_indent="  ", subsequent_indent="  "))


@policy.command(
    epilog="""\b
Examples:
  privacy-gateway policy schema > policy.schema.json
  privacy-gateway policy schema PolicyTest > policy-test.schema.json"""
)
@click.argument("kind", type=click.Choice(["Policy", "PolicyTest"]), default="Policy")
def schema(kind: str) -> None:
    """Print the JSON Schema of a KIND of file, for editors."""
    from gateway.cli.console import echo_json
    from gateway.policy.schema import schema_of

    echo_json(schema_of(kind))


def _load(config: Path | None, path: Path | None) -> Loaded:
    from gateway.settings import load

    return load(config, flags={} if path is None else {"policies": str(path.absolute())})


def _engine(path: Path | None, config: Path | None, *, as_json: bool) -> Engine:
    """Return the engine by the settings, with the policy in `path` if given; end with 1 if the policy has problems."""
    from gateway.assembly import build_engine, classifiers_path

    loaded = _load(config, path)
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
        problems = [replace(problem, file=_near(problem.file)) for problem in error.problems]
        if as_json:
            echo_json({"valid": False, "problems": [_problem_json(problem) for problem in problems], "warnings": []})
        else:
            click.echo("\n".join(str(problem) for problem in problems), err=True)
            click.echo(click.style(_counted(len(problems), "problem"), fg="red"), err=True)
        sys.exit(1)


def _near(file: str) -> str:
    """Return a file's name as seen from here."""
    here = Path.cwd()
    path = Path(file)
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else file


def _beside(path: Path | None, config: Path | None) -> Path:
    """Return where the tests of a policy are: `tests/` beside it; of one file among several the tests of its name."""
    from gateway.assembly import policy_path

    place = policy_path(_load(config, path))
    directory = place if place.is_dir() else place.parent
    tests = directory / "tests"
    named = tests / place.name
    if place.is_file() and named.is_file() and len(list(directory.glob("*.yaml"))) > 1:
        return named
    if not tests.is_dir():
        raise click.UsageError(f"no tests: there is no directory {_near(str(tests))}; name another with --cases")
    return tests


def _to_test(
    path: Path | None, config: Path | None, place: Path | None, *, as_json: bool
) -> Iterator[tuple[Engine, list[Case]]]:
    """Yield each policy to test with its cases: one that is named, or all that ship."""
    from gateway.assembly import with_policy
    from gateway.loadout import bundled

    settings = _load(config, path).settings
    if place is not None or settings.policies is not None or settings.bundle.file is not None:
        yield _engine(path, config, as_json=as_json), _cases(place or _beside(path, config))
        return
    engine = _engine(None, config, as_json=as_json)
    for file in sorted(bundled("policies").glob("*.yaml")):
        with problems_told(as_json=as_json):
            other = with_policy(engine, file)
        yield other, _cases(file.parent / "tests" / file.name)


def _cases(place: Path) -> list[Case]:
    from gateway.core.documents import parse_yaml_all
    from gateway.policy.cases import load_cases

    files = [place] if place.is_file() else sorted(place.glob("*.yaml"))
    cases = load_cases([document for file in files for document in parse_yaml_all(file.read_bytes(), str(file))])
    if not cases:
        raise click.UsageError(f"no cases in {_near(str(place))}")
    return cases


def _judge(engine: Engine) -> Callable[[Case], Outcome]:
    """Return the pipeline as what judges cases: the real plan, one upstream of the usual clearance in each zone."""
    from gateway.assembly import data_plane_dialects, imaginary_upstreams
    from gateway.pipeline import Request, plan
    from gateway.policy.cases import Outcome

    dialects = {dialect.endpoint: dialect for dialect in data_plane_dialects()}
    engine = replace(engine, purposes={})  # they speak of the settings' upstreams and vendors; these are imaginary

    def judge(case: Case) -> Outcome:
        if case.endpoint not in dialects:
            known = ", ".join(sorted(dialects))
            raise click.UsageError(f"{case.file}:{case.line}: unknown endpoint {case.endpoint}; one of {known}")
        dialect = dialects[case.endpoint]
        request = Request(dialect, case.body, case.principal, case.min_sensitivity)
        planned = plan(request, engine, imaginary_upstreams(dialect.family))
        first, decision = planned.first, planned.decision
        return Outcome(
            sensitivity=decision.sensitivity,
            rule=decision.rule,
            effect=decision.effect,
            route=decision.route,
            zone=first.upstream.zone if first else None,
            transforms={kind: count for kind, (_, count) in planned.transformation.counts.items()},
            reasons=tuple(reason.rule for reason in planned.classification.reasons),
            outgoing=first.body.decode("utf-8", "replace") if first else "",
            refusal=(planned.refusal.code or "") if planned.refusal else "",
        )

    return judge


def _entity_types(engine: Engine) -> list[str]:
    return sorted(frozenset().union(*(recognizer.entity_types for recognizer in engine.recognizers)))


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "message": problem.message,
        "expected": problem.expected,
        "mend": problem.mend,
    }


def _results_json(results: Sequence[CaseResult], unreached: Sequence[str]) -> dict[str, Any]:
    return {
        "passed": sum(result.passed for result in results),
        "failed": sum(not result.passed for result in results),
        "rules_not_reached": list(unreached),
        "cases": [
            {
                "suite": result.case.suite,
                "name": result.case.name,
                "file": result.case.file,
                "line": result.case.line,
                "passed": result.passed,
                "rule": result.outcome.rule if result.outcome else None,
                "differences": [
                    {"what": wrong.what, "expected": wrong.expected, "got": wrong.got} for wrong in result.mismatches
                ],
            }
            for result in results
        ],
    }


def _show_results(results: Sequence[CaseResult], unreached: Sequence[str]) -> None:
    for result in results:
        if result.passed:
            continue
        where = f"{_near(result.case.file)}:{result.case.line}"
        click.echo(f"{click.style('failed', fg='red')} {where}  {click.style(result.case.name, bold=True)}")
        for wrong in result.mismatches:
            click.echo(f"    {wrong.what}")
            click.echo(f"      {click.style('expected', fg='green')}  {wrong.expected}")
            click.echo(f"      {click.style('got', fg='red')}       {wrong.got}")
    failed = sum(not result.passed for result in results)
    passed = click.style(f"{len(results) - failed} passed", fg="green")
    click.echo(passed + (click.style(f", {failed} failed", fg="red") if failed else ""))
    if unreached:
        click.echo(f"{click.style('no case reaches', fg='yellow')} {', '.join(unreached)}")


def _show_difference(found: Difference) -> None:
    for words in found.words:
        click.echo(words)
    if not found.samples:
        return
    click.echo(
        f"Of {_counted(found.samples, 'sample request')} {found.changed} would be decided otherwise: "
        f"{found.stricter} more strictly, {found.looser} less strictly."
    )
    _show_counts(found.moves.items())


def _show_replay(done: Replay, judged: str = "judged again") -> None:
    click.echo(f"{_counted(done.judged, 'decision')} {judged}, {len(done.changes)} would change.")
    if done.incomplete:
        click.echo(f"{done.incomplete} by less than the policy looks at (the record does not hold all of it).")
    if done.unreadable:
        click.echo(f"{_counted(done.unreadable, 'record')} could not be read; see: privacy-gateway audit verify")
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


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
