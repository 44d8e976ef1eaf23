"""`privacy-gateway policy test`: cases beside the rules, through the pipeline that serves."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.options import CONFIG
from gateway.cli.policy_source import JSON, POLICY, engine_of, load_settings, near, problems_told

if TYPE_CHECKING:
    from gateway.pipeline import Engine, Plan
    from gateway.policy.cases import Case, CaseResult, Outcome

__all__ = ["test"]


@click.command(
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


def _beside(path: Path | None, config: Path | None) -> Path:
    """Return where the tests of a policy are: `tests/` beside it; of one file among several the tests of its name."""
    from gateway.loadout import policy_path

    place = policy_path(load_settings(config, path))
    directory = place if place.is_dir() else place.parent
    tests = directory / "tests"
    named = tests / place.name
    if place.is_file() and named.is_file() and len(list(directory.glob("*.yaml"))) > 1:
        return named
    if not tests.is_dir():
        raise click.UsageError(f"no tests: there is no directory {near(str(tests))}; name another with --cases")
    return tests


def _to_test(
    path: Path | None, config: Path | None, place: Path | None, *, as_json: bool
) -> Iterator[tuple[Engine, list[Case]]]:
    """Yield each policy to test with its cases: one that is named, or all that ship."""
    from gateway.classifiers import bundled
    from gateway.loadout import with_policy

    settings = load_settings(config, path).settings
    if place is not None or settings.policies is not None or settings.bundle.file is not None:
        yield engine_of(path, config, as_json=as_json), _cases(place or _beside(path, config))
        return
    engine = engine_of(None, config, as_json=as_json)
    for file in sorted(bundled("policies").glob("*.yaml")):
        with problems_told(as_json=as_json):
            other = with_policy(engine, file)
        yield other, _cases(file.parent / "tests" / file.name)


def _cases(place: Path) -> list[Case]:
    from gateway.adapters.policy_files import yaml_files
    from gateway.core.documents import parse_yaml_all
    from gateway.policy.cases import load_cases

    files = [place] if place.is_file() else yaml_files(place)
    cases = load_cases([document for file in files for document in parse_yaml_all(file.read_bytes(), str(file))])
    if not cases:
        raise click.UsageError(f"no cases in {near(str(place))}")
    return cases


def _answered(planned: Plan, case: Case) -> str:
    """Return what the client would get of the case's answer; empty if it would be kept back."""
    from gateway.core.errors import BlockedByPolicy

    sent = planned.first.body.decode("utf-8", "replace") if planned.first else ""

    def placeholder(named: re.Match[str]) -> str:
        minted = re.search(f"<{re.escape(named[1])}_[a-z0-9]+>", sent)
        return minted[0] if minted else named[0]

    text = re.sub(r"<([A-Z][A-Z0-9_]*)>", placeholder, case.answer)
    guard = planned.guard()
    try:
        if not case.tool:
            return guard.text(text)
        channel = guard.tool(case.tool).channel(in_json=True)
        return channel.feed(text) + channel.flush()
    except BlockedByPolicy:
        return ""


def _judge(engine: Engine) -> Callable[[Case], Outcome]:
    """Return the pipeline as what judges cases: the real plan, one upstream of the usual clearance in each zone."""
    from gateway.assembly import data_plane_dialects
    from gateway.imaginary import imaginary_agents, imaginary_upstreams
    from gateway.pipeline import Request, plan
    from gateway.policy.cases import Outcome

    places = {dialect.endpoint: (dialect, imaginary_upstreams(dialect.family)) for dialect in data_plane_dialects()} | {
        path: (dialect, (upstream,)) for path, (dialect, upstream) in imaginary_agents().items()
    }
    engine = replace(engine, purposes={})  # they speak of the settings' upstreams and vendors; these are imaginary

    def judge(case: Case) -> Outcome:
        if case.endpoint not in places:
            known = ", ".join(sorted(places))
            raise click.UsageError(f"{case.file}:{case.line}: unknown endpoint {case.endpoint}; one of {known}")
        dialect, upstreams = places[case.endpoint]
        request = Request(dialect, case.body, case.principal, case.min_sensitivity)
        planned = plan(request, engine, upstreams)
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
            answer=_answered(planned, case) if case.answer and first else "",
        )

    return judge


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
        where = f"{near(result.case.file)}:{result.case.line}"
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
