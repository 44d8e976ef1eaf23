"""Policies built upon one another, and names for values."""

from collections.abc import Mapping, Sequence

import pytest

from gateway.core.documents import YamlDocument, parse_yaml
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.model import Sensitivity, Zone
from gateway.policy.bundle import PolicyBundle
from gateway.policy.compile import compile_policy
from tests.fakes.policies import ENTITY_TYPES, OPERATORS, TOPICS, classified, facts, found

HEAD = "apiVersion: privacy-gateway/v1\nkind: Policy\nmetadata: {name: NAME}\nspec:\n"
BASE = """
  define: {likely: 0.5, numbers: [US_SSN, CREDENTIAL]}
  classify:
    - {level: high, name: numbers, entities: [$numbers]}
    - {level: high, name: health, when: topics.health >= $likely}
    - {level: moderate, name: contacts, entities: [PERSON, EMAIL_ADDRESS]}
    - {level: low, entities: [DATE_TIME]}
  transform: {PERSON: tokenize, "*": redact}
  rules:
    - {name: high-stays, when: sensitivity == "high", route: [local]}
    - {name: moderate, when: sensitivity == "moderate", transform: true, route: [cloud, local]}
    - {name: low-passes, route: [cloud]}
"""


def compiled(files: Mapping[str, str], *top: str) -> PolicyBundle:
    """Compile the files named `top`, which may extend any of `files`."""

    def read(name: str) -> YamlDocument:
        return parse_yaml(HEAD.replace("NAME", name.removesuffix(".yaml")) + files[name], name)

    def bases(reference: str, file: str) -> Sequence[YamlDocument]:
        if reference not in files:
            raise ConfigurationError([Problem(file, 0, f"there is no `{reference}`", mend="name another")])
        return [read(reference)]

    return compile_policy(
        [read(name) for name in top], entity_types=ENTITY_TYPES, topics=TOPICS, operators=OPERATORS, bases=bases
    )


def problems_of(files: Mapping[str, str], *top: str) -> list[tuple[str, int, str]]:
    with pytest.raises(ConfigurationError) as caught:
        compiled(files, *top)
    return [(problem.file, problem.line, problem.message) for problem in caught.value.problems]


def test_a_policy_that_extends_another_adds_to_it_and_decides_before_it() -> None:
    child = """
  extends: [base.yaml]
  classify: [{level: moderate, name: business, when: topics.internal_business >= 0.5}]
  transform: {EMAIL_ADDRESS: mask}
  rules: [{name: night, when: stream, route: [local]}]
"""
    bundle = compiled({"base.yaml": BASE, "child.yaml": child}, "child.yaml")
    assert bundle.name == "child"
    assert [rule.name for rule in bundle.rules] == ["night", "high-stays", "moderate", "low-passes"]
    assert [clause.name for clause in bundle.clauses] == ["numbers", "health", "contacts", "low-4", "business"]
    assert [bundle.obligation(kind).operator for kind in ("PERSON", "EMAIL_ADDRESS", "US_SSN")] == [
        "tokenize",
        "mask",
        "redact",
    ]


def test_what_has_the_name_of_something_below_takes_its_place() -> None:
    child = """
  extends: [base.yaml]
  classify: [{level: high, name: contacts, entities: [PERSON, EMAIL_ADDRESS]}]
  transform: {"*": keep}
  rules: [{name: moderate, when: sensitivity == "moderate", route: [secure]}]
"""
    bundle = compiled({"base.yaml": BASE, "child.yaml": child}, "child.yaml")
    assert [rule.name for rule in bundle.rules] == ["high-stays", "moderate", "low-passes"]
    assert bundle.rules[1].route == (Zone.SECURE,)
    assert bundle.classify(found("PERSON"), {}, facts())[0] is Sensitivity.HIGH
    assert bundle.obligation("US_SSN").operator == "keep"


def test_a_name_stands_for_its_value_and_may_be_tuned_from_above() -> None:
    base = compiled({"base.yaml": BASE}, "base.yaml")
    child = "  extends: [base.yaml]\n  define: {likely: 0.9, numbers: [US_SSN]}\n  classify: [{level: low, entities: [CREDENTIAL]}]\n"
    tuned = compiled({"base.yaml": BASE, "child.yaml": child}, "child.yaml")
    assert base.classify((), {"health": 0.7}, facts())[0] is Sensitivity.HIGH
    assert tuned.classify((), {"health": 0.7}, facts())[0] is Sensitivity.LOW
    assert base.classify(found("CREDENTIAL"), {}, facts())[0] is Sensitivity.HIGH
    assert tuned.classify(found("CREDENTIAL"), {}, facts())[0] is Sensitivity.LOW


def test_a_name_may_stand_for_a_list_a_text_or_a_truth_value_in_conditions() -> None:
    text = """
  define: {board: [ann, 'b"ob'], home: eu, flag: true}
  rules:
    - {name: board, when: 'principal in $board || tenant == "$board" && $flag // $nothing', route: [local]}
    - {name: rest, route: [cloud], regions: [$home, ch]}
"""
    bundle = compiled({"a.yaml": text}, "a.yaml")
    assert bundle.rules[0].condition is not None
    assert (
        bundle.rules[0].condition.source == 'principal in ["ann", "b\\"ob"] || tenant == "$board" && true // $nothing'
    )
    assert bundle.decide(classified(bundle), facts()).regions == ("eu", "ch")


def test_a_name_that_stands_for_nothing_is_told_where_it_is_used() -> None:
    text = """
  define: {likely: 0.5, number: 3}
  classify: [{level: high, entities: [$numbrs, $number], when: topics.health > $likly}]
  rules: [{name: a, when: $, route: [cloud]}, {name: b, route: [cloud]}]
"""
    assert problems_of({"a.yaml": text}, "a.yaml") == [
        ("a.yaml", 7, "`$numbrs` is not defined"),
        ("a.yaml", 7, "`$number` is no word and no list of words"),
        ("a.yaml", 7, "`$likly` is not defined"),
        ("a.yaml", 8, "not CEL: a character that is not part of CEL"),
    ]


def test_problems_in_what_is_extended_are_told_in_its_own_file() -> None:
    files = {"base.yaml": BASE.replace("US_SSN", "US_SN"), "child.yaml": "  extends: [base.yaml]\n"}
    assert problems_of(files, "child.yaml") == [
        ("base.yaml", 8, "no recognizer produces the entity type `US_SN`"),
    ]


def test_broken_yaml_in_what_is_extended_was_blamed_on_the_line_that_extends_it() -> None:
    files = {
        "base.yaml": "  rules: [\n",
        "child.yaml": "  extends: [base.yaml]\n  rules: [{name: a, route: [cloud]}]\n",
    }
    ((file, line, message),) = problems_of(files, "child.yaml")
    assert (file, line) == ("base.yaml", 6)
    assert "not YAML" in message


def test_what_cannot_be_extended_is_told_where_it_is_named() -> None:
    assert problems_of({"a.yaml": "  extends: [b.yaml]\n  rules: [{name: a, route: [cloud]}]"}, "a.yaml") == [
        ("a.yaml", 5, "there is no `b.yaml`")
    ]


@pytest.mark.parametrize(
    "files",
    [{"a.yaml": "  extends: [a.yaml, a.yaml]"}, {"a.yaml": "  extends: [b.yaml]", "b.yaml": "  extends: [a.yaml]"}],
)
def test_a_circle_is_refused(files: Mapping[str, str]) -> None:
    assert {message for _, _, message in problems_of(files, "a.yaml")} == {
        "policies extend one another in a circle, or too deeply"
    }


def test_a_file_may_hold_clauses_only_but_some_file_must_hold_rules() -> None:
    clauses = "  classify: [{level: low, entities: [DATE_TIME]}]\n"
    rules = "  rules: [{name: a, route: [cloud]}]\n"
    assert len(compiled({"a.yaml": clauses, "b.yaml": rules}, "a.yaml", "b.yaml").rules) == 1
    assert problems_of({"a.yaml": clauses}, "a.yaml") == [("a.yaml", 4, "there are no rules")]


def test_the_revision_covers_what_is_extended() -> None:
    child = "  extends: [base.yaml]\n"
    first = compiled({"base.yaml": BASE, "child.yaml": child}, "child.yaml").revision
    assert compiled({"base.yaml": BASE.replace("0.5", "0.6"), "child.yaml": child}, "child.yaml").revision != first
    assert compiled({"base.yaml": f"{BASE}\n# more\n", "child.yaml": child}, "child.yaml").revision == first


def test_a_file_that_another_one_beside_it_extends_counts_once_below_it() -> None:
    child = "\n  extends: [base.yaml]\n  rules: [{name: night, when: stream, route: [local]}]\n"
    files = {"base.yaml": BASE, "child.yaml": child}
    alone = compiled(files, "child.yaml")
    for order in (("base.yaml", "child.yaml"), ("child.yaml", "base.yaml")):
        bundle = compiled(files, *order)
        assert (bundle.name, bundle.revision) == ("child", alone.revision)
        assert [rule.name for rule in bundle.rules] == ["night", "high-stays", "moderate", "low-passes"]


def test_two_policies_that_change_the_same_are_told_at_the_line_that_extends_both_and_not_of_each_thing() -> None:
    one = "\n  extends: [base.yaml]\n  transform: {PERSON: mask}\n"
    other = "\n  extends: [base.yaml]\n  transform: {PERSON: redact}\n"
    both = '\n  extends: ["one.yaml", "other.yaml"]\n'
    files = {"base.yaml": BASE, "one.yaml": one, "other.yaml": other, "both.yaml": both}
    assert problems_of(files, "both.yaml") == [
        ("both.yaml", 6, "`one.yaml` and `other.yaml` say the same differently: transform of `PERSON`")
    ]


def test_a_rule_that_comes_twice_is_not_also_called_unreachable() -> None:
    told = [message for _, _, message in problems_of({"base.yaml": BASE, "copy.yaml": BASE}, "base.yaml", "copy.yaml")]
    assert any("the rule `low-passes` comes twice" in message for message in told)
    assert not any("can never match" in message for message in told)


def test_a_category_that_an_extended_policy_asks_for_is_told_where_the_clause_stands() -> None:
    base = f"{BASE}  catalogue:\n    require: [owner]\n    levels: [high]\n    categories: {{numbers: {{owner: it}}, health: {{owner: it}}}}\n"
    child = "\n  extends: [base.yaml]\n  classify: [{level: high, name: wards, entities: [DATE_TIME]}]\n"
    assert problems_of({"base.yaml": base, "child.yaml": child}, "child.yaml") == [
        ("child.yaml", 7, "the category `wards` has no `owner`")
    ]
