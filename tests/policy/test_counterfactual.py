"""What would have been decided without some of the evidence."""

from gateway.policy.counterfactual import counterfactuals
from gateway.policy.replay import Past
from tests.fakes.policies import CLASSIFY, RULES, found, policy
from tests.policy.test_replay import HEALTH, record_of

BUNDLE = policy(rules=RULES, classify=[*CLASSIFY, HEALTH])


def told(*kinds: str, topics: dict[str, float] | None = None) -> list[str]:
    past = Past.of(record_of(BUNDLE, found(*kinds), topics or {}))
    assert past is not None
    return [str(one) for one in counterfactuals(past, BUNDLE)]


def test_without_the_topic_it_would_have_been_moderate() -> None:
    assert told("PERSON", topics={"health": 0.9}) == [
        "without the topic health: moderate (rule moderate-is-tokenised; cloud, local)"
    ]


def test_what_changes_nothing_is_not_told() -> None:
    assert told("US_SSN", "DATE_TIME", topics={"health": 0.1}) == ["without US_SSN: low (rule low-passes; cloud)"]


def test_where_several_speak_for_the_level_they_are_left_out_together() -> None:
    assert told("US_SSN", "CREDENTIAL", "PERSON", topics={"health": 0.7}) == [
        "without CREDENTIAL and US_SSN and the topic health: moderate (rule moderate-is-tokenised; cloud, local)"
    ]


def test_a_low_request_has_nothing_to_leave_out() -> None:
    assert told("DATE_TIME") == []
