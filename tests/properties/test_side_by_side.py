"""Requests that are planned side by side, with what ships, are planned as each is alone."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import cache

import pytest

from benchmarks.texts import KINDS
from benchmarks.texts import chat as written
from gateway.core.errors import InvalidRequest
from gateway.core.model import Principal, Sensitivity
from gateway.core.steps import done, side_by_side
from gateway.detect.memory import Memory
from gateway.dialects.openai_chat import OpenAIChat
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Engine, Plan, Request, plan, planning
from tests.fakes.cuts import VALUES, WAYS, body
from tests.fakes.engines import chat

DIALECT = OpenAIChat()
UPSTREAMS = imaginary_upstreams("openai")


@cache
def shipped() -> Engine:
    return load_engine(None)


def engine() -> Engine:
    """Return what ships, remembering nothing yet."""
    return replace(shipped(), memory=Memory(2**22), seconds=60.0)


def requests() -> list[Request]:
    """Return requests of all kinds: of two tenants, disguised, cut into pieces, with files, malformed, and growing."""
    bodies = [written(KINDS[kind](600, seed), seed) for kind in sorted(KINDS) for seed in (1, 2)]
    bodies += [body(way, VALUES[name], VALUES[name].pieces[0]) for way in WAYS for name in ("ssn", "e-mail", "aws")]
    address, name = base64.b64encode(b"Write to jane.doe@nordhavn-clinic.com today").decode(), "Jane%20Doe%20of%20Oslo"
    bodies += [chat(f"Read {address} and {name}"), b"{", chat("one", temperature="\ud800"), chat("")]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    bodies.append(json.dumps({"model": "mock", "messages": [{"role": "user", "content": [picture]}]}).encode())
    said = [KINDS["mixed"](300, seed) for seed in range(9)]
    bodies += [chat(*said[:count]) for count in (1, 3, 5, 7, 9)]
    tenants = Principal("ada", "blue"), Principal("bo", "red")
    return [Request(DIALECT, sent, tenants[number % 2]) for number, sent in enumerate(bodies)]


def told(outcome: Plan | Exception) -> object:
    """Return all that can be told of an outcome."""
    if isinstance(outcome, Exception):
        return type(outcome), str(outcome)
    refusal = outcome.refusal and (type(outcome.refusal), str(outcome.refusal))
    made = outcome.transformation
    cleared = [(one.upstream, one.body, one.residual) for one in outcome.attempts()]
    return outcome.classification, outcome.decision, made.edits, made.counts, outcome.candidates, refusal, cleared


def alone(request: Request, among: Engine) -> Plan | Exception:
    try:
        return plan(request, among, UPSTREAMS)
    except InvalidRequest as error:
        return error


@pytest.mark.parametrize("together", [2, 12, 100])
def test_requests_are_planned_side_by_side_as_each_is_alone(together: int) -> None:
    asked = requests()
    first, second = engine(), engine()
    wanted = [told(alone(request, first)) for request in asked]
    got: list[object] = []
    for begin in range(0, len(asked), together):
        part = asked[begin : begin + together]
        got += map(told, done(side_by_side(planning(request, second, UPSTREAMS) for request in part)))
    assert sum(isinstance(one, tuple) and one[0] is InvalidRequest for one in wanted) >= 1
    assert got == wanted


def test_the_same_request_beside_itself_is_planned_as_alone() -> None:
    (request, *_) = requests()
    wanted = told(alone(request, engine()))
    among = engine()
    outcomes = done(side_by_side(planning(request, among, UPSTREAMS) for _ in range(5)))
    assert [told(one) for one in outcomes] == [wanted] * 5


def test_one_that_runs_out_of_time_takes_none_from_those_beside_it() -> None:
    request, other = requests()[:2]
    hasty = replace(engine(), seconds=0.0)
    patient = engine()
    outcomes = done(side_by_side([planning(request, hasty, UPSTREAMS), planning(other, patient, UPSTREAMS)]))
    late, well = outcomes
    assert isinstance(late, Plan)
    assert late.classification.sensitivity is Sensitivity.HIGH
    assert told(well) == told(alone(other, engine()))
