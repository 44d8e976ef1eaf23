"""From files to a bundle: every problem at once, with file, line and mend."""

import json
from typing import Any

import pytest

from gateway.core.documents import parse_yaml
from gateway.core.errors import ConfigurationError, Problem
from gateway.policy.compile import compile_policy
from gateway.transforms.operators import OPERATORS as REAL_OPERATORS
from gateway.transforms.operators import check_parameters
from tests.fakes.policies import CLASSIFY, ENTITY_TYPES, OPERATORS, RULES, TOPICS, compile_texts, policy, policy_text

POLICY = """
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: test}
spec:
  classify:
    - level: high
      entities: [US_SSN, CREDENTIEL, US_SSN]
    - level: moderat
      entities: [PERSON]
  transform:
    PERSON: tokenise
    UNINSPECTABLE: redact
    "*": {operator: mask, keep_last: 4}
  rules:
    - name: a
      when: sensitivity == high
      route: [local, lokal]
    - name: a
      effect: deny
      route: [local]
    - name: b
"""


def problems_of(*texts: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationError) as caught:
        compile_texts(*texts)
    return caught.value.problems


def rule(name: str, when: str | None, **more: Any) -> dict[str, Any]:
    condition = {} if when is None else {"when": when}
    return {"name": name, "route": ["local"], **condition, **more}


def test_problems_of_shape_come_all_at_once() -> None:
    assert [(problem.line, problem.message) for problem in problems_of(POLICY)] == [
        (9, "`spec.classify[1].level` is `moderat`"),
        (18, "`spec.rules[0].route[1]` is `lokal`"),
    ]


def test_problems_of_meaning_come_all_at_once() -> None:
    text = POLICY.replace("moderat\n", "moderate\n").replace(", lokal", "")
    assert [(problem.line, problem.message, problem.mend) for problem in problems_of(text)] == [
        (8, "no recognizer produces the entity type `CREDENTIEL`", "did you mean `CREDENTIAL`?"),
        (8, "`US_SSN` comes twice", "remove one"),
        (12, "unknown operator `tokenise`", "did you mean `tokenize`?"),
        (13, "UNINSPECTABLE cannot be transformed", "remove it; route it by a rule"),
        (17, "unknown name `high`", 'put it in quotes: "high"'),
        (19, "the rule `a` comes twice, first in p0.yaml:16", "rename or remove one"),
        (21, "a rule that denies has no `route`", "remove `route`"),
        (22, "a rule that allows needs a route", "add `route`"),
    ]


def test_parameters_that_an_operator_does_not_take_are_refused_at_load() -> None:
    wrong = {
        "PERSON": {"operator": "mask", "keep_last": "all"},
        "US_SSN": {"operator": "redact", "keep_last": 4},
        "EMAIL_ADDRESS": {"operator": "replace"},
        "*": {"operator": "mask", "masking_char": "x"},
    }
    document = parse_yaml(policy_text(transform=wrong), "p0.yaml")
    with pytest.raises(ConfigurationError) as caught:
        compile_policy(
            [document],
            entity_types=ENTITY_TYPES,
            topics=TOPICS,
            operators=frozenset(REAL_OPERATORS),
            misused=check_parameters,
        )
    assert [problem.message for problem in caught.value.problems] == [
        "mask's keep_last is a whole number, 0 or more",
        "there is no parameter 'keep_last'",
        "replace needs new_value, a text of at most 200 characters",
        "mask's masking_char is one printable character, no letter, digit or blank",
    ]


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ('purpose == "care" || purpose == ""', []),
        ('purpose == "cre"', [("the purpose `cre` is not declared", "did you mean `care`?")]),
        (
            'stream && purpose in ["care", "marketing"]',
            [("the purpose `marketing` is not declared", "use one of these")],
        ),
    ],
)
def test_a_condition_names_only_purposes_that_are_declared(when: str, told: list[tuple[str, str]]) -> None:
    rules = [rule("a", when), rule("b", None)]

    def compiled(*purposes: str) -> None:
        compile_policy(
            [parse_yaml(policy_text(rules=rules), "p0.yaml")],
            entity_types=ENTITY_TYPES,
            topics=TOPICS,
            operators=OPERATORS,
            purposes=frozenset(purposes),
        )

    compiled()
    if not told:
        compiled("care", "billing")
        return
    with pytest.raises(ConfigurationError) as caught:
        compiled("care", "billing")
    assert [(problem.message, problem.mend) for problem in caught.value.problems] == told


def test_a_policy_without_rules_or_without_files_is_refused() -> None:
    (problem,) = problems_of(policy_text(rules=[]))
    assert problem.message == "there are no rules"
    with pytest.raises(ConfigurationError, match="there is no policy"):
        compile_policy([], entity_types=ENTITY_TYPES, topics=TOPICS, operators=OPERATORS)


def test_a_condition_that_yaml_reads_as_a_truth_value_is_explained() -> None:
    (problem,) = problems_of(policy_text(rules=[{"name": "a", "when": True, "route": ["local"]}]))
    assert problem.message == "`spec.rules[0].when` is true or false"
    assert problem.expected == "text"


def test_several_files_make_one_policy_in_their_order() -> None:
    first = policy_text(RULES[:1], CLASSIFY[:1], {"PERSON": "redact"}, name="one")
    second = policy_text(RULES[1:], CLASSIFY[1:], {"*": "mask"}, name="two")
    bundle = compile_texts(first, second)
    assert bundle.name == "one+two"
    assert [known.name for known in bundle.rules] == [known["name"] for known in RULES]
    assert bundle.obligation("PERSON").operator == "redact"
    assert bundle.obligation("US_SSN").operator == "mask"


def test_two_files_that_say_the_same_thing_are_refused_with_both_places() -> None:
    problems = problems_of(policy_text(transform={"PERSON": "redact"}), policy_text(transform={"PERSON": "keep"}))
    told = [str(problem) for problem in problems]
    assert any("p1.yaml" in text and "the transform of `PERSON` comes twice, first in p0.yaml" in text for text in told)
    assert any("the rule `low-passes` comes twice, first in p0.yaml" in text for text in told)
    assert any("the clause `contacts` comes twice, first in p0.yaml" in text for text in told)


def test_the_problems_of_all_files_are_told_together() -> None:
    problems = problems_of("kind: Polcy", policy_text(transform={"PERSO": "redact"}))
    assert {problem.file for problem in problems} == {"p0.yaml", "p1.yaml"}


def test_the_revision_is_of_what_the_policy_says() -> None:
    text = policy_text()
    content = json.loads(text)
    turned = json.dumps(dict(reversed(content.items())))
    assert policy().revision == compile_texts(text + "\n# a comment\n").revision == compile_texts(turned).revision
    assert compile_texts(policy_text(transform={"PERSON": "redact"})).revision != policy().revision
    assert compile_texts(policy_text(RULES[::-1])).revision != policy().revision
    assert policy().revision.startswith("sha256:")
    assert len(policy().revision) == len("sha256:") + 32


def test_a_type_that_no_clause_names_is_warned_of() -> None:
    bundle = policy(classify=CLASSIFY[:2])
    (warning,) = bundle.warnings
    assert "DATE_TIME" in warning.message
    assert "high" in warning.message
    assert policy().warnings == ()


def test_a_clause_that_says_nothing_or_never_holds_is_refused() -> None:
    problems = problems_of(policy_text(classify=[{"level": "high"}, {"level": "high", "when": "topics.health > 1.0"}]))
    assert [problem.message for problem in problems] == ["the clause says nothing", "the condition never holds"]


@pytest.mark.parametrize(
    ("conditions", "dead"),
    [
        ([None, 'sensitivity == "low"'], {1: "`r0`"}),
        (["true", 'model.startsWith("gpt")'], {1: "`r0`"}),
        (["stream || !stream", "findings > 3"], {1: "`r0`"}),
        (["topics.health > 1.0", None], {0: "never holds"}),
        (["stream && !stream", None], {0: "never holds"}),
        (["findings < 0", None], {0: "never holds"}),
        (['model == "a" && model == "b"', None], {0: "never holds"}),
        (["topics.health >= 0.5", "topics.health >= 0.7", None], {1: "`r0`"}),
        (["0.5 <= topics.health", "topics.health >= 0.5", None], {1: "`r0`"}),
        (['sensitivity == "high"', "sensitivity  ==  'high' // again", None], {1: "`r0`"}),
        (['sensitivity != "low"', 'sensitivity == "high" && entities.PERSON > 3'], {1: "`r0`"}),
        (
            ['sensitivity == "high"', 'sensitivity == "moderate"', 'sensitivity == "low"', None],
            {3: "`r0` and `r1` and `r2`"},
        ),
        (['model in ["a", "b"]', 'model == "b" && stream', None], {1: "`r0`"}),
        (['"x" in groups', '"x" in groups && stream', None], {1: "`r0`"}),
        (['model.startsWith("gpt")', 'model.startsWith("gpt")', None], {1: "`r0`"}),
    ],
)
def test_a_rule_that_can_never_decide_is_refused(conditions: list[str | None], dead: dict[int, str]) -> None:
    problems = problems_of(policy_text(rules=[rule(f"r{n}", when) for n, when in enumerate(conditions)]))
    assert len(problems) == len(dead)
    for problem, (index, why) in zip(problems, dead.items(), strict=True):
        assert f"the rule `r{index}` can never match" in problem.message
        assert why in problem.message


@pytest.mark.parametrize(
    "conditions",
    [
        ["topics.health >= 0.7", "topics.health >= 0.5", None],
        ["topics.health > 0.5", "topics.health >= 0.5", None],
        ["entities.PERSON > 3.5", "entities.PERSON > 2", "entities.PERSON == 2", None],
        ['sensitivity == "high" && stream', 'sensitivity == "high"', None],
        ['model.startsWith("gpt")', 'model == "gpt-4o"', None],
        ['model.startsWith("gpt")', 'model.startsWith(r"gpt")', None],
        ['model.matches(r"\\n")', 'model.matches("\\n")', None],
        ['model == "a"', 'model == "b"', 'model in ["a", "b", "c"]', None],
        ['"x" in groups', '"y" in groups', None],
        ["findings > 1", "entities.PERSON > 1 && entities.US_SSN > 1", None],
        ["entities.exists(t, entities[t] > 3)", "entities.PERSON > 3", None],
    ],
)
def test_a_rule_that_can_decide_is_left_alone(conditions: list[str | None]) -> None:
    bundle = compile_texts(policy_text(rules=[rule(f"r{n}", when) for n, when in enumerate(conditions)]))
    assert len(bundle.rules) == len(conditions)


def test_the_dead_rules_of_a_long_policy_are_found_in_time() -> None:
    conditions = [f'model == "m{n}" && topics.health > 0.{n % 9 + 1}' for n in range(200)]
    rules = [rule(f"r{n}", when) for n, when in enumerate([*conditions, conditions[7], None])]
    (problem,) = problems_of(policy_text(rules=rules))
    assert "`r200` can never match: `r7`" in problem.message
