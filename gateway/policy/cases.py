"""Policy tests: requests beside the rules, and what should become of them.

A case goes through the very pipeline that serves (`judge` is the real `plan()`, wired in above this layer), so it
tests the policy together with the recognizers it relies on. A case states only what it is about; what it does not
mention may change freely. That keeps cases readable by those who own the policy and not by programmers alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.core.documents import YamlDocument, validate
from gateway.core.errors import ConfigurationError, GatewayError, Problem
from gateway.core.model import Effect, Principal, Sensitivity, Zone

__all__ = ["Case", "CaseResult", "Mismatch", "Outcome", "TestFile", "load_cases", "never_decided", "run_cases"]

CHAT: Final = "/v1/chat/completions"
Level = Literal["high", "moderate", "low"]
Texts = list[Annotated[str, Field(min_length=1)]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expectation(_Strict):
    """What should become of a request; whatever is left out is not compared."""

    sensitivity: Level | None = Field(default=None, description="the level of the request")
    rule: str | None = Field(default=None, description="the rule that decides; default-deny when none does")
    effect: Effect | None = Field(default=None, description="allow or deny")
    route: list[Zone] | None = Field(default=None, description="the zones of the rule, in order")
    zone: Zone | Literal["none"] | None = Field(
        default=None, description="where it goes with one upstream of the usual clearance in each zone; none: refused"
    )
    transforms: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        default=None, description="how many findings of each entity type are replaced; {} for none"
    )
    reasons: list[str] | None = Field(default=None, description="clauses that must be among the reasons")
    outgoing_contains: Texts = Field(default=[], description="texts that must be in what is sent")
    outgoing_not_contains: Texts = Field(default=[], description="texts that must not be in what is sent")
    answer_contains: Texts = Field(default=[], description="texts that must be in what the client gets")
    answer_not_contains: Texts = Field(default=[], description="texts that must not be in what the client gets")


class CaseSpec(_Strict):
    """One case as written."""

    name: str = Field(min_length=1, max_length=200, description="what the case shows, unique in its file")
    input: str | list[dict[str, Any]] | dict[str, Any] = Field(
        description="a text, a list of chat messages, or a whole request body"
    )
    endpoint: str = Field(
        default=CHAT,
        pattern=r"^/(v1|mcp|a2a)/",
        description="the path it is sent to; /mcp/ZONE or /a2a/ZONE for an agent's server in that zone",
    )
    model: str = Field(default="any", description="the model asked for; a whole body names its own")
    stream: bool = Field(default=False, description="whether a stream is asked for; a whole body says it itself")
    principal: str = Field(default="anonymous", description="who asks")
    tenant: str = Field(default="default", description="the tenant of who asks")
    purpose: str = Field(default="", description="what for")
    groups: list[str] = Field(default=[], description="groups of who asks")
    min_sensitivity: Level = Field(default="low", description="the level the client asks for at least")
    answer: str = Field(
        default="",
        max_length=100_000,
        description="what the upstream answers; <TYPE> stands for the placeholder of the first value of that type",
    )
    tool: str = Field(default="", description="the tool whose arguments the answer is, as JSON; empty: it is a text")
    expect: Expectation = Field(description="what should become of it")


class _Named(_Strict):
    name: str = Field(min_length=1, max_length=100, description="a name for this set of cases")
    description: str = Field(default="", description="what the cases are about")


class _Cases(_Strict):
    cases: list[CaseSpec] = Field(min_length=1, description="the cases")


class TestFile(_Strict):
    """A file of `kind: PolicyTest`."""

    __test__ = False  # pytest: not a test class

    apiVersion: Literal["privacy-gateway/v1"] = Field(description="`privacy-gateway/v1`")  # noqa: N815 - Kubernetes' spelling
    kind: Literal["PolicyTest"] = Field(description="`PolicyTest`")
    metadata: _Named = Field(description="name and description")
    spec: _Cases = Field(description="the cases")


@dataclass(frozen=True, slots=True)
class Case:
    """One request and what should become of it.

    Attributes:
        suite: the name of its set.
        name: what it shows.
        file: where it stands.
        line: where it stands, from 1.
        endpoint: the path it is sent to.
        body: the request body, JSON.
        principal: who asks.
        min_sensitivity: the level the client asks for at least.
        expect: what should become of it.
        answer: what the upstream answers; empty: nothing is said of it.
        tool: the tool whose arguments the answer is; empty: it is a text.
    """

    suite: str
    name: str
    file: str
    line: int
    endpoint: str
    body: bytes = field(repr=False)
    principal: Principal
    min_sensitivity: Sensitivity
    expect: Expectation = field(repr=False)
    answer: str = field(default="", repr=False)
    tool: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case.

    Attributes:
        sensitivity: the level it was judged to have.
        rule: the rule that decided.
        effect: allow or deny.
        route: the zones of the rule.
        zone: the zone it would be sent to; None if it would be refused.
        transforms: how many findings of each entity type were replaced.
        reasons: the names of the clauses that gave the level.
        outgoing: the body that would be sent; empty if it would be refused.
        answer: what the client would get of the case's answer; empty if it would be refused or kept back.
        refusal: the code of the error the client would get; empty if it would be sent.
    """

    sensitivity: Sensitivity
    rule: str
    effect: Effect
    route: tuple[Zone, ...]
    zone: Zone | None
    transforms: Mapping[str, int]
    reasons: tuple[str, ...]
    outgoing: str = field(default="", repr=False)
    refusal: str = ""
    answer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that became other than expected."""

    what: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went; it passed when there is no mismatch. `outcome` is None when it could not be judged."""

    case: Case
    mismatches: tuple[Mismatch, ...]
    outcome: Outcome | None

    @property
    def passed(self) -> bool:
        """Whether all became as expected."""
        return not self.mismatches


def load_cases(documents: Sequence[YamlDocument]) -> list[Case]:
    """Return the cases of all `documents`, in their order.

    Raises:
        ConfigurationError: with every problem in all of them.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    for document in documents:
        try:
            file = validate(document, TestFile)
        except ConfigurationError as error:
            problems += error.problems
            continue
        for index, spec in enumerate(file.spec.cases):
            here = ("spec", "cases", index)
            if any(spec.name == other.name for other in file.spec.cases[:index]):
                twin = f"the case `{spec.name}` comes twice"
                problems.append(document.problem((*here, "name"), twin, expected="each once", mend="rename it"))
            if spec.endpoint != CHAT and not isinstance(spec.input, dict):
                other = f"the body of {spec.endpoint} cannot be made of a text or messages"
                problems.append(document.problem((*here, "input"), other, expected="a mapping", mend="write the body"))
            if not spec.expect.model_fields_set:
                nothing = "the case expects nothing"
                problems.append(document.problem((*here, "expect"), nothing, expected="a rule", mend="add `rule: …`"))
            cases.append(_case(spec, file.metadata.name, document, index))
    if problems:
        raise ConfigurationError(problems)
    return cases


def _case(spec: CaseSpec, suite: str, document: YamlDocument, index: int) -> Case:
    return Case(
        suite,
        spec.name,
        document.file,
        document.line("spec", "cases", index),
        spec.endpoint,
        json.dumps(_body(spec), ensure_ascii=False).encode(),
        Principal(spec.principal, spec.tenant, spec.purpose, tuple(spec.groups)),
        Sensitivity.parse(spec.min_sensitivity),
        spec.expect,
        spec.answer,
        spec.tool,
    )


def _body(spec: CaseSpec) -> dict[str, Any]:
    if isinstance(spec.input, dict):
        return spec.input
    messages = [{"role": "user", "content": spec.input}] if isinstance(spec.input, str) else spec.input
    body = {"model": spec.model, "messages": messages}
    return {**body, "stream": True} if spec.stream else body


def run_cases(cases: Iterable[Case], judge: Callable[[Case], Outcome]) -> list[CaseResult]:
    """Return how each of `cases` went. A case that cannot be judged has failed, the others go on."""
    results: list[CaseResult] = []
    for case in cases:
        try:
            outcome = judge(case)
        except GatewayError as error:
            results.append(CaseResult(case, (Mismatch("the request", "a decision", f"an error: {error}"),), None))
        else:
            results.append(CaseResult(case, tuple(_mismatches(case.expect, outcome)), outcome))
    return results


def never_decided(rules: Iterable[str], results: Iterable[CaseResult]) -> list[str]:
    """Return those of `rules` that decided none of the cases, in their order."""
    decided = {result.outcome.rule for result in results if result.outcome is not None}
    return [rule for rule in rules if rule not in decided]


def _mismatches(expect: Expectation, outcome: Outcome) -> Iterable[Mismatch]:
    for what, expected, got in _comparisons(expect, outcome):
        if expected is not None and expected != got:
            yield Mismatch(what, expected, got)
    missing = [reason for reason in expect.reasons or () if reason not in outcome.reasons]
    if missing:
        yield Mismatch("reasons", ", ".join(expect.reasons or ()), ", ".join(outcome.reasons) or "none")
    for text in expect.outgoing_contains:
        if not _holds(outcome.outgoing, text):
            yield Mismatch("outgoing", f"contains {_quoted(text)}", outcome.outgoing or f"nothing: {outcome.refusal}")
    for text in expect.answer_contains:
        if text not in outcome.answer:
            yield Mismatch("answer", f"contains {_quoted(text)}", outcome.answer or "nothing")
    for text in expect.answer_not_contains:
        if text in outcome.answer:
            yield Mismatch("answer", f"does not contain {_quoted(text)}", outcome.answer)
    for text in expect.outgoing_not_contains:
        if _holds(outcome.outgoing, text):
            yield Mismatch("outgoing", f"does not contain {_quoted(text)}", outcome.outgoing)


def _comparisons(expect: Expectation, outcome: Outcome) -> Iterable[tuple[str, str | None, str]]:
    yield "sensitivity", expect.sensitivity, outcome.sensitivity.label
    yield "rule", expect.rule, outcome.rule
    yield "effect", expect.effect and expect.effect.value, outcome.effect.value
    yield "route", None if expect.route is None else _joined(expect.route), _joined(outcome.route)
    refused = f"none ({outcome.refusal})" if outcome.refusal and expect.zone != "none" else "none"
    yield "zone", expect.zone and str(expect.zone), outcome.zone.value if outcome.zone else refused
    yield "transforms", None if expect.transforms is None else _counted(expect.transforms), _counted(outcome.transforms)


def _joined(zones: Iterable[Zone]) -> str:
    return ", ".join(zone.value for zone in zones) or "none"


def _counted(transforms: Mapping[str, int]) -> str:
    return ", ".join(f"{kind}: {count}" for kind, count in sorted(transforms.items())) or "none"


def _holds(outgoing: str, text: str) -> bool:
    """Return whether `text` is in the JSON `outgoing`, as it is or as a JSON string spells it."""
    return any(
        spelling in outgoing for spelling in (text, _quoted(text)[1:-1], json.dumps(text, ensure_ascii=True)[1:-1])
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
