"""Judging and deciding: high-water mark, first match, fail closed."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import (
    Classification,
    Decision,
    Effect,
    Finding,
    Obligation,
    Principal,
    RequestFacts,
    Sensitivity,
    Topics,
    Zone,
)
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.policy.bundle import PolicyBundle
from gateway.policy.environment import Facts, count_findings, tally
from gateway.policy.expression import compile_expression
from gateway.policy.names import Vocabulary
from tests.fakes.policies import CLASSIFY, ENTITY_TYPES, RULES, TOPICS, classified, facts, found, policy

HEALTH = {"level": "high", "name": "health", "when": "topics.health >= 0.5 && topics.particular_person >= 0.5"}


def test_nothing_found_is_low_and_needs_no_reason() -> None:
    assert policy().classify((), {}, facts()) == (Sensitivity.LOW, ())


def test_the_highest_level_of_all_clauses_counts_and_each_gives_its_reason() -> None:
    level, reasons = policy().classify(found("PERSON", "US_SSN", "PERSON", "DATE_TIME"), {}, facts())
    assert level is Sensitivity.HIGH
    assert [(reason.rule, reason.detail, reason.level) for reason in reasons] == [
        ("keys", "1 US_SSN", Sensitivity.HIGH),
        ("contacts", "2 PERSON", Sensitivity.MODERATE),
    ]


def test_a_clause_over_topics_tells_their_probabilities() -> None:
    bundle = policy(classify=[*CLASSIFY, HEALTH])
    level, (reason,) = bundle.classify((), {"health": 0.934, "particular_person": 0.5}, facts())
    assert level is Sensitivity.HIGH
    assert reason.detail == "health 0.93, particular_person 0.50"
    assert bundle.classify((), {"health": 0.934, "particular_person": 0.49}, facts())[0] is Sensitivity.LOW


@pytest.mark.parametrize(("score", "level"), [(0.79, Sensitivity.LOW), (0.8, Sensitivity.HIGH)])
def test_a_clause_counts_findings_from_its_score_on(score: float, level: Sensitivity) -> None:
    clause = {"level": "high", "entities": ["PERSON"], "min_score": 0.8}
    assert policy(classify=[clause]).classify(found("PERSON", score=score), {}, facts())[0] is level


def test_a_clause_may_ask_for_several_findings_of_its_types_together() -> None:
    bundle = policy(classify=[{"level": "high", "entities": ["PERSON", "EMAIL_ADDRESS"], "min_count": 3}])
    assert bundle.classify(found("PERSON", "EMAIL_ADDRESS"), {}, facts())[0] is Sensitivity.LOW
    assert bundle.classify(found("PERSON", "EMAIL_ADDRESS", "PERSON"), {}, facts())[0] is Sensitivity.HIGH


def test_a_clause_with_entities_and_a_condition_needs_both() -> None:
    bundle = policy(classify=[{"level": "high", "entities": ["PERSON"], "when": "topics.health >= 0.5"}])
    assert bundle.classify(found("PERSON"), {"health": 0.1}, facts())[0] is Sensitivity.LOW
    assert bundle.classify((), {"health": 0.9}, facts())[0] is Sensitivity.LOW
    level, (reason,) = bundle.classify(found("PERSON"), {"health": 0.9}, facts())
    assert (level, reason.detail) == (Sensitivity.HIGH, "1 PERSON, health 0.90")


def test_a_type_that_no_clause_names_is_high() -> None:
    level, (reason,) = policy().classify(found("SOMETHING_NEW", "SOMETHING_NEW"), {}, facts())
    assert level is Sensitivity.HIGH
    assert reason.rule == "unknown-entity-type"
    assert reason.detail == "no clause names 2 SOMETHING_NEW"
    assert policy().classify(found("SOMETHING_NEW", score=0.49), {}, facts())[0] is Sensitivity.LOW


def test_a_low_clause_makes_a_type_known_without_raising() -> None:
    assert policy().classify(found("DATE_TIME"), {}, facts()) == (Sensitivity.LOW, ())


def test_what_cannot_be_read_is_high_unless_a_clause_names_it() -> None:
    level, (reason,) = policy().classify(found("UNINSPECTABLE", score=0.1), {}, facts())
    assert (level, reason.rule) == (Sensitivity.HIGH, "uninspectable-content")
    lenient = policy(classify=[*CLASSIFY, {"level": "moderate", "entities": ["UNINSPECTABLE"]}])
    for kind in sorted(UNINSPECTABLE_TYPES):
        assert lenient.classify(found(kind), {}, facts())[0] is Sensitivity.MODERATE


def test_a_clause_for_one_kind_of_what_cannot_be_read_says_nothing_of_another() -> None:
    lenient = policy(classify=[*CLASSIFY, {"level": "low", "entities": ["UNINSPECTABLE_IMAGE"]}])
    assert lenient.classify(found("UNINSPECTABLE_IMAGE"), {}, facts()) == (Sensitivity.LOW, ())
    for kind in sorted(UNINSPECTABLE_TYPES - {"UNINSPECTABLE_IMAGE"}):
        level, (reason,) = lenient.classify(found("UNINSPECTABLE_IMAGE", kind), {}, facts())
        assert (level, reason.rule, reason.detail) == (Sensitivity.HIGH, "uninspectable-content", f"1 {kind}")


@pytest.mark.parametrize("condition", ["entities.UNINSPECTABLE > 1", "entities.exists(t, entities[t] > 1)"])
def test_a_condition_may_count_whatever_cannot_be_read(condition: str) -> None:
    strict = policy(rules=[{"name": "no", "when": condition, "effect": "deny"}, {"name": "yes", "route": ["local"]}])
    for kinds, rule in ((("AUDIO",), "yes"), (("AUDIO", "SIGNED"), "no")):
        findings = found(*(f"UNINSPECTABLE_{kind}" for kind in kinds))
        assert strict.decide(classified(strict, findings), facts()).rule == rule


@pytest.mark.parametrize("asked", list(Sensitivity))
@pytest.mark.parametrize("kinds", [(), ("PERSON",), ("US_SSN",)])
def test_a_client_may_raise_the_level_and_never_lower_it(asked: Sensitivity, kinds: tuple[str, ...]) -> None:
    plain = policy().classify(found(*kinds), {}, facts())[0]
    assert policy().classify(found(*kinds), {}, facts(min_sensitivity=asked))[0] is max(plain, asked)


def broken(source: str) -> Any:
    """Return a condition that CEL fails on when it runs: its environment lacks what it mentions."""
    expression = compile_expression(source, Vocabulary(ENTITY_TYPES, TOPICS))
    empty = dataclasses.replace(expression.scope, variables=frozenset())
    return dataclasses.replace(expression, scope=empty, plain=None)


def test_a_clause_that_fails_makes_the_request_high() -> None:
    bundle = policy()
    clause = dataclasses.replace(bundle.clauses[1], entity_types=frozenset(), condition=broken("topics.health > 0.5"))
    level, (reason,) = dataclasses.replace(bundle, clauses=(clause,)).classify((), {}, facts())
    assert level is Sensitivity.HIGH
    assert reason.detail == "the clause failed while evaluated: RuntimeError"


def test_a_rule_that_fails_denies_and_is_named() -> None:
    bundle = policy()
    rules = (dataclasses.replace(bundle.rules[0], condition=broken("findings > 3")), *bundle.rules[1:])
    bundle = dataclasses.replace(bundle, rules=rules)
    decision = bundle.decide(classified(bundle), facts())
    assert (decision.effect, decision.rule, decision.route) == (Effect.DENY, "high-stays", ())
    assert decision.detail == "the rule failed while evaluated: RuntimeError"


def test_the_first_rule_that_matches_decides() -> None:
    bundle = policy()
    assert bundle.decide(classified(bundle, found("US_SSN")), facts()) == Decision(
        Effect.ALLOW, "high-stays", Sensitivity.HIGH, (Zone.LOCAL,)
    )
    assert bundle.decide(classified(bundle), facts()).rule == "low-passes"


def test_no_rule_that_matches_denies() -> None:
    bundle = policy(rules=RULES[:1])
    decision = bundle.decide(classified(bundle), facts())
    assert (decision.effect, decision.rule, decision.detail) == (Effect.DENY, "default-deny", "no rule matches")


def test_a_rule_may_deny_and_may_name_regions() -> None:
    rules: list[dict[str, Any]] = [
        {"name": "no-embeddings", "when": 'endpoint == "/v1/embeddings"', "effect": "deny"},
        {"name": "europe", "route": ["cloud"], "regions": ["eu", "ch"]},
    ]
    bundle = policy(rules=rules)
    denied = bundle.decide(classified(bundle), facts(endpoint="/v1/embeddings"))
    assert (denied.effect, denied.rule) == (Effect.DENY, "no-embeddings")
    assert bundle.decide(classified(bundle), facts()).regions == ("eu", "ch")


def test_each_type_found_gets_the_operator_that_the_policy_names() -> None:
    bundle = policy(transform={"PERSON": {"operator": "mask", "keep_last": 2}, "*": "redact"})
    findings = (*found("PERSON", "PERSON", "EMAIL_ADDRESS"), *found("DATE_TIME", score=0.1))
    assert bundle.decide(classified(bundle, findings), facts()).obligations == (
        Obligation("DATE_TIME", "redact"),
        Obligation("EMAIL_ADDRESS", "redact"),
        Obligation("PERSON", "mask", {"keep_last": 2}),
    )


def test_types_are_tokenised_when_the_policy_says_nothing() -> None:
    bundle = policy()
    assert bundle.decide(classified(bundle, found("PERSON")), facts()).obligations == (
        Obligation("PERSON", "tokenize"),
    )


def test_a_rule_that_does_not_transform_obliges_to_nothing() -> None:
    bundle = policy()
    assert bundle.decide(classified(bundle, found("US_SSN", "PERSON")), facts()).obligations == ()


def test_nobody_is_obliged_to_transform_what_cannot_be_read() -> None:
    bundle = policy(
        classify=[*CLASSIFY, {"level": "moderate", "entities": ["UNINSPECTABLE"]}], transform={"*": "tokenize"}
    )
    assert bundle.decide(classified(bundle, found("UNINSPECTABLE", "PERSON")), facts()).obligations == (
        Obligation("PERSON", "tokenize"),
    )


def test_a_reason_names_a_bounded_number_of_types() -> None:
    findings = found(*(f"NEW_{number}" for number in range(500)))
    _, (reason,) = policy().classify(findings, {}, facts())
    assert reason.detail.endswith("and 480 more types")


CONDITIONS = st.sampled_from(
    [
        None,
        'sensitivity == "high"',
        'sensitivity == "moderate"',
        "entities.PERSON > 1",
        "entities.exists(t, entities[t] > 2)",
        "topics.health >= 0.5",
        "findings > 3 && !stream",
        'tenant == "acme" || "legal" in groups',
        'model.startsWith("gpt")',
    ]
)
ROUTES = st.lists(st.sampled_from(["local", "secure", "cloud"]), min_size=1, max_size=3, unique=True)
FINDINGS = st.lists(
    st.builds(
        Finding,
        st.just("/x"),
        st.sampled_from([*sorted(ENTITY_TYPES), *sorted(UNINSPECTABLE_TYPES), "SOMETHING_NEW"]),
        st.just(0),
        st.just(1),
        st.floats(0, 1),
        st.just("fake"),
    ),
    max_size=8,
)
PROBABILITIES = st.dictionaries(st.sampled_from(sorted(TOPICS)), st.floats(0, 1))
REQUESTS = st.builds(
    RequestFacts,
    st.builds(Principal, st.just("a"), st.sampled_from(["acme", "b"]), st.just(""), st.sampled_from([(), ("legal",)])),
    st.just("/v1/chat/completions"),
    st.just("openai_chat"),
    st.sampled_from(["gpt-4o", "other"]),
    st.booleans(),
    st.sampled_from(list(Sensitivity)),
)


@st.composite
def bundles(draw: st.DrawFn) -> PolicyBundle:
    conditions = draw(st.lists(CONDITIONS.filter(bool), min_size=1, max_size=5, unique=True))
    rules = [
        {"name": f"r{n}", "when": when, "route": draw(ROUTES), "transform": draw(st.booleans())}
        for n, when in enumerate(conditions)
    ]
    return policy(rules=rules, classify=[*CLASSIFY, HEALTH])


def decided_plainly(bundle: PolicyBundle, classification: Classification, request: RequestFacts) -> str:
    """Return the rule that decides, each condition evaluated over everything there is to know."""
    counts = dict.fromkeys(sorted(ENTITY_TYPES), 0) | count_findings(tally(classification.findings))
    topics = dict.fromkeys(sorted(TOPICS), 0.0) | dict(classification.topics.probabilities)
    known = Facts(counts, topics, request, classification.sensitivity)
    for rule in bundle.rules:
        assert rule.condition is not None
        whole = compile_expression(
            rule.condition.source, Vocabulary(ENTITY_TYPES | {"SOMETHING_NEW"} | UNINSPECTABLE_TYPES, TOPICS)
        )
        if whole.holds(whole.scope.environment(known)):
            return rule.name
    return "default-deny"


@given(bundles(), FINDINGS, PROBABILITIES, REQUESTS)
def test_building_only_what_is_mentioned_decides_as_building_everything(
    bundle: PolicyBundle, findings: list[Finding], probabilities: dict[str, float], request: RequestFacts
) -> None:
    classification = classified(bundle, findings, probabilities, request)
    assert bundle.decide(classification, request).rule == decided_plainly(bundle, classification, request)


@given(FINDINGS, FINDINGS, PROBABILITIES, REQUESTS)
def test_more_findings_never_lower_the_level(
    findings: list[Finding], more: list[Finding], probabilities: dict[str, float], request: RequestFacts
) -> None:
    bundle = policy(classify=[*CLASSIFY, HEALTH])
    level, _ = bundle.classify(findings, probabilities, request)
    assert bundle.classify([*findings, *more], probabilities, request)[0] >= level


@pytest.mark.parametrize("almost", [0.49996, 0.49994])
def test_what_the_record_rounds_up_is_judged_as_rounded(almost: float) -> None:
    bundle = policy(classify=[*CLASSIFY, HEALTH], rules=[{"name": "many", "when": "findings > 0", "route": ["local"]}])
    recorded = round(almost, 4)
    for score, probability in ((almost, 0.0), (0.0, almost)):
        topics = dict.fromkeys(TOPICS, probability)
        first = classified(bundle, found("US_SSN", score=score), topics)
        again = classified(
            bundle,
            found("US_SSN", score=recorded if score else 0.0),
            dict.fromkeys(TOPICS, recorded if probability else 0.0),
        )
        assert again.sensitivity is first.sensitivity
        assert bundle.decide(again, facts()) == bundle.decide(first, facts())


@given(bundles(), FINDINGS, PROBABILITIES, REQUESTS)
def test_a_decision_can_be_made_again_from_types_scores_and_topics(
    bundle: PolicyBundle, findings: list[Finding], probabilities: dict[str, float], request: RequestFacts
) -> None:
    first = bundle.decide(classified(bundle, findings, probabilities, request), request)
    bare = [Finding("", finding.entity_type, 0, 0, round(finding.score, 4), "") for finding in findings]
    rounded = {topic: round(probability, 4) for topic, probability in probabilities.items()}
    level, reasons = bundle.classify(bare, rounded, request)
    again = bundle.decide(Classification(level, reasons, tuple(bare), Topics(rounded)), request)
    assert again == first


@given(bundles(), FINDINGS, PROBABILITIES, REQUESTS)
def test_a_denial_has_no_route_and_an_allowance_has_one(
    bundle: PolicyBundle, findings: list[Finding], probabilities: dict[str, float], request: RequestFacts
) -> None:
    decision = bundle.decide(classified(bundle, findings, probabilities, request), request)
    assert bool(decision.route) is (decision.effect is Effect.ALLOW)
    assert decision.obligations == () or decision.effect is Effect.ALLOW


WHENS = (
    None,
    "topics.health >= 0.5",
    "topics.health >= 0.5 && topics.particular_person > 0.15",
    "topics.health >= 0.5 || topics.internal_business >= 0.6",
    "topics.internal_business < 0.3",
    "topics.health == 1.0 || stream",
    "entities.PERSON > 0 && topics.health >= 0.5",
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["low", "moderate", "high"]), st.sampled_from(WHENS), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.dictionaries(
        st.sampled_from(sorted(TOPICS)),
        st.one_of(st.floats(), st.sampled_from([0.14995, 0.49994, 0.49996, 0.5, 0.59996, 1.0])),
    ),
    st.lists(st.sampled_from(sorted(ENTITY_TYPES)), max_size=3),
)
def test_clauses_that_are_not_asked_would_say_nothing(
    drawn: list[tuple[str, str | None, bool]], topics: dict[str, float], kinds: list[str]
) -> None:
    clauses = [
        {"level": level, "name": f"clause-{number}"}
        | ({"when": condition} if condition else {})
        | ({"entities": sorted(ENTITY_TYPES)} if named or not condition else {})
        for number, (level, condition, named) in enumerate(drawn)
    ]
    asking = policy(classify=clauses)
    conditions = [clause.condition and dataclasses.replace(clause.condition, plain=None) for clause in asking.clauses]
    whole = dataclasses.replace(
        asking,
        clauses=tuple(
            dataclasses.replace(clause, condition=condition)
            for clause, condition in zip(asking.clauses, conditions, strict=True)
        ),
    )
    assert asking.classify(found(*kinds), topics, facts()) == whole.classify(found(*kinds), topics, facts())


@given(bundles(), FINDINGS, FINDINGS, PROBABILITIES, REQUESTS)
def test_what_was_counted_before_counts_as_what_is_found_now(
    bundle: PolicyBundle,
    before: list[Finding],
    now: list[Finding],
    probabilities: dict[str, float],
    request: RequestFacts,
) -> None:
    assert tally(now, tally(before)) == tally([*before, *now])
    assert bundle.classify(now, probabilities, request, tally(before)) == bundle.classify(
        [*before, *now], probabilities, request
    )
