"""What changes from one policy to another, in words and in numbers."""

from typing import Any

import pytest

from gateway.policy.diff import Difference, diff
from tests.fakes.policies import CLASSIFY, ENTITY_TYPES, RULES, policy


def difference(**after: Any) -> Difference:
    return diff(policy(), policy(**after), ENTITY_TYPES)


def test_two_policies_that_say_the_same_differ_in_nothing() -> None:
    assert difference() == Difference(["the two say the same"])


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (
            {"classify": [*CLASSIFY[:2], {"level": "moderate", "entities": ["DATE_TIME"]}]},
            "DATE_TIME counts as moderate instead of low",
        ),
        ({"classify": CLASSIFY[:2]}, "DATE_TIME counts as high (no clause names it) instead of low"),
        (
            {"classify": [*CLASSIFY, {"level": "high", "entities": ["PERSON"], "min_count": 5, "min_score": 0.8}]},
            "PERSON counts as high from 5 findings on at a score of 0.8 and moderate instead of moderate",
        ),
        ({"transform": {"PERSON": "redact"}}, "PERSON is replaced by redact instead of tokenize"),
        (
            {"classify": [*CLASSIFY, {"level": "high", "name": "h", "when": "topics.health >= 0.5"}]},
            "the clause `h` (high when topics.health >= 0.5) is new",
        ),
        ({"rules": RULES[:2]}, "the rule `low-passes` is gone"),
        (
            {"rules": [{"name": "no", "when": "findings > 9", "effect": "deny"}, *RULES]},
            "the rule `no` is new: when findings > 9: deny",
        ),
        (
            {"rules": [*RULES[:2], {**RULES[2], "regions": ["eu"]}]},
            'the rule `low-passes` becomes: when sensitivity == "low": send to cloud in eu; it was: when sensitivity == "low": send to cloud',
        ),
        ({"rules": RULES[::-1]}, "the order of rules becomes low-passes, moderate-is-tokenised, high-stays"),
    ],
)
def test_a_difference_is_said_in_words(after: dict[str, Any], words: str) -> None:
    assert words in difference(**after).words


def test_turning_rules_round_that_exclude_one_another_moves_no_request() -> None:
    found = difference(rules=RULES[::-1])
    assert found.samples > 0
    assert found.changed == 0


def test_the_numbers_say_which_way_requests_move() -> None:
    stricter = difference(classify=[*CLASSIFY, {"level": "high", "name": "h", "when": "topics.health >= 0.5"}])
    assert (stricter.changed, stricter.stricter, stricter.looser) == (stricter.changed, stricter.changed, 0)
    assert set(stricter.moves) == {"low-passes -> high-stays", "moderate-is-tokenised -> high-stays"}
    looser = difference(rules=[{**RULES[0], "route": ["local", "secure"]}, *RULES[1:]])
    assert looser.changed == looser.looser > 0
    kept = difference(transform={"PERSON": "keep"})
    assert (kept.changed, kept.looser) == (1, 1)


@pytest.mark.parametrize(
    "condition",
    [
        'tenant == "acme"',
        '"legal" in groups && stream',
        'model in ["a", "b"] && purpose == "care"',
        "entities.PERSON > 40",
        "findings >= 7",
        "topics.health > 0.9",
        'model.startsWith("gpt") || principal == "ann"',
        'model.startsWith("gpt")',
        'groups.exists(g, g in ["works-council", "personnel"])',
    ],
)
def test_a_new_rule_is_met_by_some_sample(condition: str) -> None:
    found = difference(rules=[{"name": "new", "when": condition, "effect": "deny"}, *RULES])
    assert found.changed > 0
    assert found.stricter == found.changed
    assert all(move.endswith("-> new") for move in found.moves)
    assert found.unsampled == []


def test_a_rule_that_no_sample_reaches_sounded_as_if_it_had_no_effect() -> None:
    found = difference(rules=[{"name": "new", "when": 'model.matches("^gpt-[0-9]$")', "effect": "deny"}, *RULES])
    assert found.changed == 0
    assert found.unsampled == ["new"]
    assert found.fields()["unsampled"] == ["new"]


def test_more_samples_than_are_judged_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [{"name": "new", "when": 'model in ["a", "b"]', "effect": "deny"}, *RULES]
    assert not difference(rules=rules).cut
    monkeypatch.setattr("gateway.policy.diff._MAX_SAMPLES", 10)
    found = difference(rules=rules)
    assert (found.samples, found.fields()["cut"]) == (10, True)
