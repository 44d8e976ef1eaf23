"""Policy tests: how cases are read, judged and reported."""

import json
from typing import Any

import pytest

from gateway.core.documents import parse_yaml
from gateway.core.errors import BlockedByPolicy, ConfigurationError
from gateway.core.model import Effect, Principal, Sensitivity, Zone
from gateway.policy.cases import Case, CaseResult, Mismatch, Outcome, load_cases, never_decided, run_cases

HEAD = "apiVersion: privacy-gateway/v1\nkind: PolicyTest\nmetadata: {name: suite}\nspec:\n  cases:\n"
OUTCOME = Outcome(
    Sensitivity.MODERATE,
    "moderate-is-tokenised",
    Effect.ALLOW,
    (Zone.CLOUD, Zone.LOCAL),
    Zone.CLOUD,
    {"PERSON": 2},
    ("contacts",),
    '{"content":"Write to PERSON_1 about \\"caf\\u00e9\\""}',
)


def cases_of(text: str) -> list[Case]:
    return load_cases([parse_yaml(HEAD + text, "t.yaml")])


def result_of(expect: str, outcome: Outcome = OUTCOME) -> CaseResult:
    (result,) = run_cases(cases_of(f"  - {{name: a, input: x, expect: {{{expect}}}}}"), lambda _: outcome)
    return result


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ("input: hello", {"model": "any", "messages": [{"role": "user", "content": "hello"}]}),
        (
            "input: [{role: system, content: a}]\n    model: gpt-4o\n    stream: true",
            {"model": "gpt-4o", "messages": [{"role": "system", "content": "a"}], "stream": True},
        ),
        ("input: {input: [a, b]}\n    endpoint: /v1/embeddings", {"input": ["a", "b"]}),
    ],
)
def test_an_input_is_a_text_messages_or_a_whole_body(written: str, body: dict[str, Any]) -> None:
    (case,) = cases_of(f"  - name: a\n    {written}\n    expect: {{rule: r}}")
    assert json.loads(case.body) == body


def test_a_case_says_who_asks_and_where_it_stands() -> None:
    (case,) = cases_of(
        "  - name: a\n    input: x\n    principal: ann\n    tenant: acme\n    purpose: care\n    groups: [g]\n"
        "    min_sensitivity: high\n    expect: {rule: r}"
    )
    assert case.principal == Principal("ann", "acme", "care", ("g",))
    assert case.min_sensitivity is Sensitivity.HIGH
    assert (case.suite, case.file, case.line) == ("suite", "t.yaml", 6)


def test_a_case_hides_its_request_from_repr() -> None:
    (case,) = cases_of("  - name: a\n    input: hidden\n    expect: {outgoing_contains: [hidden]}")
    assert "hidden" not in repr(case)
    assert "café" not in repr(OUTCOME)


def test_problems_come_all_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        cases_of(
            "  - {name: a, input: x, expect: {}}\n  - {name: a, input: x, endpoint: /v1/embeddings, expect: {rule: r}}"
        )
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (6, "the case expects nothing"),
        (7, "the case `a` comes twice"),
        (7, "the body of /v1/embeddings cannot be made of a text or messages"),
    ]
    with pytest.raises(ConfigurationError, match="did you mean `sensitivity`"):
        cases_of("  - {name: a, input: x, expect: {sensitvity: high}}")


@pytest.mark.parametrize(
    "expect",
    [
        "sensitivity: moderate",
        "rule: moderate-is-tokenised, effect: allow",
        "route: [cloud, local], zone: cloud",
        "transforms: {PERSON: 2}",
        "reasons: [contacts]",
        "outgoing_contains: [PERSON_1, 'café', '\"']",
        "outgoing_not_contains: [Jane]",
    ],
)
def test_what_became_as_expected_passes(expect: str) -> None:
    assert result_of(expect).passed


@pytest.mark.parametrize(
    ("expect", "mismatch"),
    [
        ("sensitivity: high", Mismatch("sensitivity", "high", "moderate")),
        ("rule: other", Mismatch("rule", "other", "moderate-is-tokenised")),
        ("effect: deny", Mismatch("effect", "deny", "allow")),
        ("route: [local, cloud]", Mismatch("route", "local, cloud", "cloud, local")),
        ("zone: local", Mismatch("zone", "local", "cloud")),
        ("zone: none", Mismatch("zone", "none", "cloud")),
        ("transforms: {PERSON: 1}", Mismatch("transforms", "PERSON: 1", "PERSON: 2")),
        ("transforms: {}", Mismatch("transforms", "none", "PERSON: 2")),
        ("reasons: [keys]", Mismatch("reasons", "keys", "contacts")),
        ("outgoing_contains: [Jane]", Mismatch("outgoing", 'contains "Jane"', OUTCOME.outgoing)),
        ("outgoing_not_contains: [PERSON_1]", Mismatch("outgoing", 'does not contain "PERSON_1"', OUTCOME.outgoing)),
        ("outgoing_not_contains: [café]", Mismatch("outgoing", 'does not contain "café"', OUTCOME.outgoing)),
    ],
)
def test_what_became_other_than_expected_is_shown(expect: str, mismatch: Mismatch) -> None:
    assert result_of(expect).mismatches == (mismatch,)


def test_a_refusal_is_named() -> None:
    refused = Outcome(
        Sensitivity.HIGH, "stays", Effect.ALLOW, (Zone.LOCAL,), None, {}, (), refusal="no_cleared_upstream"
    )
    assert result_of("zone: none", refused).passed
    assert result_of("zone: local", refused).mismatches == (Mismatch("zone", "local", "none (no_cleared_upstream)"),)
    assert result_of("outgoing_contains: [x]", refused).mismatches == (
        Mismatch("outgoing", 'contains "x"', "nothing: no_cleared_upstream"),
    )


def test_a_case_that_cannot_be_judged_fails_and_the_others_go_on() -> None:
    def judge(case: Case) -> Outcome:
        if case.name == "bad":
            raise BlockedByPolicy("broken")
        return OUTCOME

    cases = cases_of(
        "  - {name: bad, input: x, expect: {effect: deny}}\n  - {name: b, input: x, expect: {effect: allow}}"
    )
    bad, good = run_cases(cases, judge)
    assert bad.mismatches == (Mismatch("the request", "a decision", "an error: broken"),)
    assert bad.outcome is None
    assert good.passed


def test_rules_that_no_case_reaches_are_told() -> None:
    results = run_cases(cases_of("  - {name: a, input: x, expect: {effect: allow}}"), lambda _: OUTCOME)
    assert never_decided(["first", "moderate-is-tokenised", "last"], results) == ["first", "last"]
