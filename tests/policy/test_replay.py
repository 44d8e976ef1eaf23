"""Past decisions judged again from their audit records."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import (
    Classification,
    Decision,
    Effect,
    Finding,
    Principal,
    Reason,
    RequestFacts,
    Sensitivity,
    Upstream,
    Zone,
)
from gateway.core.recorded import decision_record, outcome_record
from gateway.policy.bundle import DETECTOR_FAILED, PolicyBundle
from gateway.policy.replay import replay
from tests.fakes.policies import CLASSIFY, ENTITY_TYPES, RULES, TOPICS, classified, facts, found, policy

HEALTH = {"level": "high", "name": "health", "when": "topics.health >= 0.5"}
UPSTREAMS = {
    zone: Upstream(zone.value, zone, Sensitivity.HIGH, "http://127.0.0.1:1/v1", models=(("gpt-4o", "m"),))
    for zone in Zone
}


def record_of(
    bundle: PolicyBundle,
    findings: tuple[Finding, ...] = (),
    topics: dict[str, float] | None = None,
    request: RequestFacts | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the audit record of a request that `bundle` decided on, as it is read back from the log."""
    request = request or facts()
    classification = classified(bundle, findings, topics, request)
    return written(bundle, classification, bundle.decide(classification, request), request, **more)


def written(
    bundle: PolicyBundle, classification: Classification, decision: Decision, request: RequestFacts, **more: Any
) -> dict[str, Any]:
    record = decision_record(
        id="d1",
        time=datetime(2025, 1, 1, tzinfo=UTC),
        facts=request,
        classification=classification,
        decision=decision,
        policy_revision=bundle.revision,
        classifier_revision="c",
        models={"gpt-4o"},
        **{"upstream": UPSTREAMS[decision.route[0]] if decision.route else None, **more},
    )
    fields: dict[str, Any] = json.loads(json.dumps(record.fields()))
    return fields


FINDINGS = st.lists(
    st.builds(
        Finding,
        st.just("/x"),
        st.sampled_from([*sorted(ENTITY_TYPES), "UNINSPECTABLE_IMAGE", "UNINSPECTABLE"]),
        st.just(0),
        st.just(1),
        st.floats(0, 1),
        st.just("fake"),
    ),
    max_size=8,
).map(tuple)
REQUESTS = st.builds(
    RequestFacts,
    st.builds(Principal, st.sampled_from(["a", "b"]), st.sampled_from(["acme", "b"]), st.sampled_from(["", "care"])),
    st.just("/v1/chat/completions"),
    st.just("openai_chat"),
    st.just("gpt-4o"),
    st.booleans(),
    st.sampled_from(list(Sensitivity)),
)
LIVE = policy(
    rules=[
        {"name": "care", "when": 'purpose == "care" && topics.health >= 0.25', "route": ["secure", "local"]},
        {"name": "many", "when": "findings > 4 || entities.PERSON > 2", "effect": "deny"},
        {"name": "stream", "when": 'stream && tenant == "acme"', "route": ["local"]},
        *RULES,
    ],
    classify=[*CLASSIFY, HEALTH],
)


@given(st.lists(st.tuples(FINDINGS, st.dictionaries(st.sampled_from(sorted(TOPICS)), st.floats(0, 1)), REQUESTS)))
def test_the_same_policy_decides_the_same_again(
    requests: list[tuple[tuple[Finding, ...], dict[str, float], RequestFacts]],
) -> None:
    records = [record_of(LIVE, *request) for request in requests]
    assert replay(records, LIVE).fields() == {
        "judged": len(records),
        "changed": 0,
        "incomplete": 0,
        "unreadable": 0,
        "by": {"rule": {}, "tenant": {}, "route": {}},
        "changes": [],
    }
    assert replay(records, LIVE, LIVE).changes == []


def test_ten_thousand_records_are_judged_again_as_they_were() -> None:
    mixes = [
        record_of(LIVE, found(*kinds), {"health": health}, facts(stream=stream))
        for kinds in [(), ("PERSON",), ("US_SSN", "PERSON"), ("PERSON",) * 3]
        for health in (0.0, 0.3, 0.7)
        for stream in (False, True)
    ]
    done = replay((mixes[number % len(mixes)] for number in range(10_000)), LIVE)
    assert (done.judged, len(done.changes), done.incomplete) == (10_000, 0, 0)


def test_a_change_is_told_with_what_was_and_what_would_be() -> None:
    old, new = policy(), policy(classify=[*CLASSIFY, HEALTH])
    records = [
        record_of(old, (), {"health": 0.7}),
        record_of(old, found("PERSON")),
        record_of(old, (), {"health": 0.1}),
    ]
    done = replay(records, new).fields()
    assert (done["judged"], done["changed"]) == (3, 1)
    assert done["by"] == {
        "rule": {"low-passes -> high-stays": 1},
        "tenant": {"default": 1},
        "route": {"cloud -> local": 1},
    }
    assert done["changes"] == [
        {
            "id": "d1",
            "time": "2025-01-01T00:00:00.000000Z",
            "tenant": "default",
            "principal": "anonymous",
            "what": ["sensitivity", "rule", "route"],
            "before": {"sensitivity": "low", "rule": "low-passes", "effect": "allow", "route": ["cloud"]},
            "after": {"sensitivity": "high", "rule": "high-stays", "effect": "allow", "route": ["local"]},
        }
    ]


def test_with_the_live_policy_a_change_of_operator_or_of_the_second_zone_is_seen_too() -> None:
    old = policy()
    record = record_of(old, found("PERSON"))
    redacting = policy(transform={"PERSON": "redact"})
    narrower = policy(rules=[RULES[0], {**RULES[1], "route": ["cloud"]}, RULES[2]])
    assert replay([record], redacting).changes == []
    assert [change.what for change in replay([record], redacting, old).changes] == [("transform",)]
    assert [change.what for change in replay([record], narrower, old).changes] == [("route",)]


def test_a_request_that_found_no_upstream_is_no_change() -> None:
    record = record_of(policy(), found("US_SSN"), upstream=None, effect=Effect.DENY, status=503)
    assert replay([record], policy()).changes == []


def test_a_rule_that_denied_and_would_allow_is_told_apart_from_a_missing_upstream_by_the_live_policy() -> None:
    denying = policy(rules=[{**RULES[0], "effect": "deny", "route": []}, *RULES[1:]])
    record = record_of(denying, found("US_SSN"))
    assert replay([record], policy()).changes == []
    (change,) = replay([record], policy(), denying).changes
    assert change.what == ("effect", "route")


def test_a_level_that_the_client_or_a_failed_detector_gave_is_kept() -> None:
    asked = record_of(policy(), request=facts(min_sensitivity=Sensitivity.MODERATE))
    assert replay([asked], policy()).changes == []
    bundle = policy()
    failed = dataclasses.replace(
        classified(bundle),
        sensitivity=Sensitivity.HIGH,
        reasons=(Reason(DETECTOR_FAILED, "fake raised", Sensitivity.HIGH),),
    )
    record = written(bundle, failed, bundle.decide(failed, facts()), facts())
    assert record["sensitivity"] == "high"
    assert replay([record], policy()).changes == []


BY_GROUP = policy(rules=[{"name": "g", "when": '"legal" in groups', "route": ["local"]}, *RULES])


def test_what_a_record_does_not_hold_is_counted_as_incomplete() -> None:
    by_model = policy(rules=[{"name": "m", "when": 'model == "x"', "route": ["local"]}, *RULES])
    unknown_model = record_of(policy(), request=facts(model="unheard-of"))
    assert replay([unknown_model, record_of(policy())], by_model).incomplete == 1
    assert replay([unknown_model], policy()).incomplete == 0
    old = {name: value for name, value in record_of(policy()).items() if name not in {"groups", "route", "omitted"}}
    assert replay([old], BY_GROUP).incomplete == 1
    assert replay([old], policy()).incomplete == 0
    many = record_of(policy(), found(*["PERSON"] * 300))
    assert replay([{name: value for name, value in many.items() if name != "omitted"}], policy()).incomplete == 1


def test_groups_are_on_record() -> None:
    legal = facts(principal=Principal(groups=("legal",)))
    done = replay([record_of(BY_GROUP, request=legal), record_of(BY_GROUP)], BY_GROUP)
    assert (done.judged, done.changes, done.incomplete) == (2, [], 0)
    assert len(replay([record_of(policy(), request=legal)], BY_GROUP).changes) == 1


def test_findings_that_are_not_listed_count_all_the_same() -> None:
    crowd = {"level": "high", "name": "crowd", "entities": ["PERSON"], "min_count": 1000, "min_score": 0.7}
    bundle = policy(classify=[*CLASSIFY, crowd])
    records = [
        record_of(bundle, found(*["PERSON"] * 999)),
        record_of(bundle, found(*["PERSON"] * 1000)),
        record_of(bundle, (*found(*["PERSON"] * 999), *found(*["PERSON"] * 500, score=0.6))),
    ]
    assert [record["sensitivity"] for record in records] == ["moderate", "high", "moderate"]
    done = replay(records, bundle)
    assert (done.changes, done.incomplete) == ([], 0)


def test_other_records_are_passed_over_and_broken_ones_counted() -> None:
    bundle = policy()
    classification = classified(bundle)
    decided = decision_record(
        id="d",
        time=datetime(2025, 1, 1, tzinfo=UTC),
        facts=facts(),
        classification=classification,
        decision=bundle.decide(classification, facts()),
        policy_revision="",
        classifier_revision="",
    )
    outcome = outcome_record(decided, time=datetime(2025, 1, 1, tzinfo=UTC), status=200).fields()
    good = decided.fields()
    broken: list[dict[str, Any]] = [{**good, "findings": None}, {**good, "zone": "moon"}, {"event": "decision"}]
    done = replay([outcome, *broken, good], bundle)
    assert (done.judged, done.unreadable) == (1, 3)
