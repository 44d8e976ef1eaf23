"""The `answers` section: what several files say together, and what is refused."""

from typing import Any

import pytest

from gateway.core.answers import Action, AnswerPolicy, UrlRule
from gateway.core.documents import parse_yaml
from gateway.core.errors import ConfigurationError
from gateway.core.model import Sensitivity
from gateway.policy.layers import Bases
from tests.fakes.policies import compile_texts, policy, policy_text


def answers(**said: Any) -> AnswerPolicy:
    return policy(answers=said).answers


def test_a_policy_that_says_nothing_restores_everywhere_but_in_addresses_and_looks_for_nothing() -> None:
    for said in (policy().answers, answers()):
        assert said == AnswerPolicy()
        assert (said.allow, said.deny, said.urls, said.looks, said.changes) == (("*",), (), UrlRule.TOOLS, False, False)


def test_a_type_goes_before_its_level() -> None:
    said = answers(
        scan={"types": {"CREDENTIAL": "redact", "PERSON": "pass"}, "levels": {"high": "block", "low": "flag"}}
    )
    assert said.action("CREDENTIAL", Sensitivity.HIGH) is Action.REDACT
    assert said.action("PERSON", Sensitivity.HIGH) is Action.PASS
    assert said.action("US_SSN", Sensitivity.HIGH) is Action.BLOCK
    assert said.action("EMAIL_ADDRESS", Sensitivity.MODERATE) is Action.PASS
    assert (said.looks, said.changes, said.changing_types) == (True, True, None)
    keys = answers(scan={"types": {"CREDENTIAL": "redact", "EXFILTRATION_LINK": "block", "PERSON": "flag"}})
    assert keys.changing_types == frozenset({"CREDENTIAL", "EXFILTRATION_LINK"})
    flags = answers(scan={"levels": {"high": "flag"}})
    assert (flags.looks, flags.changes, flags.changing_types) == (True, False, frozenset[str]())


@pytest.mark.parametrize(
    ("tool", "may"),
    [
        ("crm_find", True),
        ("crm_", True),
        ("CRM_find", False),
        ("http_get", False),
        ("", False),
        ("crm_export", False),
        ("crm_Export", False),
        ("crm-export", False),
        ("crm export", False),
        ("crm_ｅxport", False),
        ("crm_\u200bexport", False),
        ("crm_e\u0301xport", False),
    ],
)
def test_tools_get_values_by_name_and_no_lookalike_of_a_forbidden_one_does(tool: str, may: bool) -> None:  # noqa: FBT001
    said = answers(restore={"tools": {"allow": ["crm_*"], "deny": ["crm_export"]}})
    assert said.may_restore(tool) is may


def test_arguments_that_came_before_their_tools_name_got_what_is_denied_to_it() -> None:
    assert not answers(restore={"tools": {"deny": ["crm_export"]}}).may_restore("")
    assert answers().may_restore("")


def below(text: str) -> Bases:
    return lambda _reference, _file: [parse_yaml(text, "below.yaml")]


def test_upon_another_policy_what_is_said_wins_key_by_key() -> None:
    base = policy_text(
        answers={
            "restore": {"tools": {"allow": ["a"], "deny": ["b"]}, "urls": "nowhere"},
            "scan": {
                "types": {"CREDENTIAL": "redact", "PERSON": "flag"},
                "levels": {"high": "flag"},
                "on_failure": "flag",
            },
        }
    )
    own = {"restore": {"tools": {"deny": ["c"]}}, "scan": {"types": {"PERSON": "block"}, "levels": {"low": "pass"}}}
    said = compile_texts(
        policy_text(rules=[], classify=[], transform={}, extends=["x"], answers=own), bases=below(base)
    ).answers
    assert (said.allow, said.deny, said.urls) == (("a",), ("c",), UrlRule.NOWHERE)
    assert said.types == {"CREDENTIAL": Action.REDACT, "PERSON": Action.BLOCK}
    assert said.levels == {Sensitivity.HIGH: Action.FLAG, Sensitivity.LOW: Action.PASS}
    assert said.on_failure is Action.FLAG


@pytest.mark.parametrize(
    ("said", "message", "mend"),
    [
        ({"scan": {"types": {"CREDENTIEL": "redact"}}}, "nothing finds the entity type `CREDENTIEL`", "CREDENTIAL"),
        ({"scan": {"types": {"UNINSPECTABLE": "block"}}}, "nothing finds the entity type `UNINSPECTABLE`", ""),
        ({"scan": {"types": {"CREDENTIAL": "redakt"}}}, "`redakt`", ""),
        ({"scan": {"on_failure": "pass"}}, "`pass`", ""),
        ({"restore": {"urls": "always"}}, "`always`", ""),
        ({"restore": {"tools": {"allow": ["a", "a"]}}}, "`a` comes twice", "remove one"),
        ({"restor": {}}, "restor", ""),
    ],
)
def test_what_cannot_be_meant_is_refused(said: dict[str, Any], message: str, mend: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        answers(**said)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert mend in problem.mend


def test_files_side_by_side_do_not_both_say_what_becomes_of_answers() -> None:
    one = policy_text(answers={})
    other = policy_text(rules=[], classify=[], transform={}, answers={})
    with pytest.raises(ConfigurationError) as caught:
        compile_texts(one, other)
    assert any("`answers` comes twice" in problem.message for problem in caught.value.problems)
