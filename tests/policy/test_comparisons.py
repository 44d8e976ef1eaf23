"""Comparisons told without CEL: whatever is read here, CEL says the same of every request; all else is CEL's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Principal, RequestFacts, Sensitivity
from gateway.policy.comparisons import comparison, floors, likely
from gateway.policy.environment import LEVELS, Facts
from gateway.policy.expression import compile_expression
from gateway.policy.names import Vocabulary
from gateway.policy.tokens import tokenize
from tests.fakes.policies import ENTITY_TYPES, TOPICS

VOCABULARY = Vocabulary(ENTITY_TYPES, TOPICS)
BOUNDS = ("0.0", "0.15", "0.5", "0.50001", "1.0")
WORDS = ("", "acme", "gpt-4o", *LEVELS)

ATOMS = st.one_of(
    st.builds(
        "topics.{} {} {}".format,
        st.sampled_from(sorted(TOPICS)),
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        st.sampled_from(BOUNDS),
    ),
    st.builds(
        '{} {} "{}"'.format,
        st.sampled_from(["tenant", "model", "purpose", "principal", "endpoint", "dialect"]),
        st.sampled_from(["==", "!="]),
        st.sampled_from(WORDS),
    ),
    st.builds('sensitivity == "{}"'.format, st.sampled_from(LEVELS)),
    st.builds('sensitivity in ["{}", "{}"]'.format, st.sampled_from(LEVELS), st.sampled_from(LEVELS)),
    st.builds('model in ["{}"]'.format, st.sampled_from(WORDS)),
    st.just("stream"),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({})".format, inner),
        st.builds("!({})".format, inner),
        st.builds("{} && {}".format, inner, inner),
        st.builds("{} || {}".format, inner, inner),
    ),
    max_leaves=8,
)
PROBABILITIES = st.one_of(
    st.floats(0, 1), st.floats(), st.sampled_from([*map(float, BOUNDS), 0.14995, 0.49994, 0.49995, 0.49996, 0.50004])
)
FACTS = st.builds(
    Facts,
    st.just({}),
    st.dictionaries(st.sampled_from(sorted(TOPICS)), PROBABILITIES),
    st.builds(
        RequestFacts,
        st.builds(Principal, *[st.sampled_from(WORDS)] * 3),
        st.sampled_from(WORDS),
        st.sampled_from(WORDS),
        st.sampled_from(WORDS),
        st.booleans(),
    ),
    st.sampled_from(list(Sensitivity)),
)


@given(CONDITIONS, st.lists(FACTS, min_size=1, max_size=6))
def test_what_is_told_without_cel_is_what_cel_says(source: str, requests: list[Facts]) -> None:
    condition = compile_expression(source, VOCABULARY)
    assert condition.plain is not None
    for facts in requests:
        assert condition.plain.holds(facts) is condition.holds(condition.scope.environment(facts))


@given(CONDITIONS, st.lists(CONDITIONS, max_size=3), st.lists(FACTS, min_size=1, max_size=6))
def test_a_condition_whose_needs_are_not_met_does_not_hold(
    source: str, others: list[str], requests: list[Facts]
) -> None:
    conditions = [comparison(tokenize(each)) for each in (source, *others)]
    least = floors(condition.needs for condition in conditions if condition is not None)
    for facts in requests:
        counting = likely(facts.topics, least)
        for condition in filter(None, conditions):
            if condition.holds(facts):
                assert all(any(name in counting for name, _ in need) for need in condition.needs)


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("topics.health >= 0.5", [{"health"}]),
        ("topics.health < 0.5", []),
        ("!(topics.health >= 0.5)", []),
        ("topics.health >= 0.5 && stream", [{"health"}]),
        ("topics.health >= 0.5 || stream", []),
        ("topics.health > 0.5 || topics.internal_business >= 0.6", [{"health", "internal_business"}]),
        (
            "topics.particular_person == 0.5 && (topics.health >= 0.5 || topics.internal_business >= 0.6)",
            [{"particular_person"}, {"health", "internal_business"}],
        ),
    ],
)
def test_a_condition_needs_what_it_does_not_hold_without(source: str, needs: list[set[str]]) -> None:
    condition = comparison(tokenize(source))
    assert condition is not None
    assert [{name for name, _ in need} for need in condition.needs] == needs


@pytest.mark.parametrize(
    "source",
    [
        "topics.health >= 1",
        "topics.health >= 5e-1",
        "0.5 <= topics.health",
        'topics["health"] >= 0.5',
        "topics.health >= topics.internal_business",
        "topics.health + 0.1 >= 0.5",
        "topics.health >= 0.5 + 0.1",
        "topics.health >= -0.5",
        "topics.exists(t, topics[t] > 0.5)",
        "!topics.health >= 0.5",
        "!!(stream)",
        "stream == true",
        "stream ? true : false",
        "(stream) == (topics.health >= 0.5)",
        "(tenant) == 'acme'",
        "tenant == model",
        'tenant < "acme"',
        'tenant == r"acme"',
        r'tenant == "ac\u006de"',
        'tenant == "a" + "b"',
        "tenant in []",
        'tenant in ["a",]',
        'tenant in ["a"] && true',
        'tenant in ["a"] == true',
        '"acme" == tenant',
        '"legal" in groups',
        'groups == ["legal"]',
        "entities.PERSON > 0",
        "findings > 3",
        'model.startsWith("gpt")',
        "tenant ==",
        "topics.",
        "topics.health >= 0.5 topics.health >= 0.5",
        "stream &&",
        "(stream",
        "stream)",
        "",
        "(" * 40 + "stream" + ")" * 40,
        "(" * 100_000 + "stream" + ")" * 100_000,
    ],
    ids=lambda source: source[:40],
)
def test_what_is_not_surely_a_comparison_is_left_to_cel(source: str) -> None:
    assert comparison(tokenize(source)) is None


@given(
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 1), max_size=3),
    st.dictionaries(st.sampled_from("abcd"), st.one_of(st.floats(0, 1), st.floats()), max_size=4),
)
def test_what_may_count_is_told_of_each_topic_by_itself(least: dict[str, float], topics: dict[str, float]) -> None:
    assert likely(topics, least) == {name for name, floor in least.items() if likely(topics, {name: floor})}
    for name, floor in least.items():
        probability = topics.get(name, 0.0)
        assert (name in likely(topics, least)) is not (0.0 <= probability < floor)
