"""`privacy-gateway policy`: what each command says, and its exit code."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from gateway.adapters.audit import AuditLog
from gateway.cli.policy import policy
from gateway.core.documents import parse_yaml
from gateway.core.errors import ConfigurationError
from gateway.core.model import Classification, Finding, Principal, RequestFacts, Topics
from gateway.core.recorded import decision_record
from gateway.policy.compile import compile_policy

PACK = """
apiVersion: privacy-gateway/v1
kind: RecognizerPack
metadata: {name: badges}
recognizers:
  - name: badge
    supported_entity: BADGE
    patterns: [{name: badge, regex: 'BDG-[0-9]{6}', score: 0.9}]
"""
POLICY = """apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: badges}
spec:
  classify:
    - {level: moderate, name: badges, entities: [BADGE]}
    - {level: high, name: keys, entities: [CREDENTIAL]}
  rules:
    - {name: many-stay-home, when: entities.BADGE > 2, route: [local]}
    - {name: moderate-is-tokenised, when: sensitivity == "moderate", transform: true, route: [cloud]}
    - {name: rest-passes, route: [cloud]}
"""
CASES = """apiVersion: privacy-gateway/v1
kind: PolicyTest
metadata: {name: cases}
spec:
  cases:
    - name: a badge is tokenised
      input: Order a new card for BDG-123456.
      expect: {sensitivity: moderate, zone: cloud, transforms: {BADGE: 1}, outgoing_not_contains: ['BDG-123456']}
    - {name: nothing private passes, input: Hello., expect: {rule: rest-passes, zone: cloud}}
"""


class Office:
    """A directory with settings, one pack, one policy and its tests."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.write("classifiers/packs/badges.yaml", PACK)
        self.write("policies/policy.yaml", POLICY)
        self.write("policies/tests/cases.yaml", CASES)
        self.write("gateway.yaml", "classifiers: classifiers\npolicies: policies\n")

    def write(self, name: str, text: str) -> str:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(policy, [*arguments, "--config", str(self.directory / "gateway.yaml")])


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_valid_policy_is_told_with_its_revision(office: Office) -> None:
    done = office.run("validate")
    assert done.exit_code == 0
    assert done.stdout.startswith("valid badges: 2 clauses, 3 rules, revision sha256:")
    told = json.loads(office.run("validate", "--json").stdout)
    assert told["valid"] is True
    assert told["rules"] == ["many-stay-home", "moderate-is-tokenised", "rest-passes"]
    assert told["warnings"] == []


def test_a_type_that_no_clause_names_is_a_warning(office: Office) -> None:
    path = office.write("new.yaml", POLICY.replace("    - {level: moderate, name: badges, entities: [BADGE]}\n", ""))
    done = office.run("validate", path)
    assert done.exit_code == 0
    assert "no clause names the entity type BADGE, so it counts as high" in done.stderr


def test_problems_of_a_policy_are_told_all_at_once_and_end_with_1(office: Office) -> None:
    path = office.write("new.yaml", POLICY.replace("BADGE]", "BADGES]").replace('moderate"', 'moderat"'))
    done = office.run("validate", path)
    assert done.exit_code == 1
    assert f"{path}:6: no recognizer produces the entity type `BADGES`" in done.stderr
    assert "mend: did you mean `BADGE`?" in done.stderr
    assert f"{path}:10: `sensitivity` is compared with a word that is no level" in done.stderr
    assert "2 problems" in done.stderr
    told = json.loads(office.run("validate", path, "--json").stdout)
    assert [problem["line"] for problem in told["problems"]] == [6, 10]


def test_problems_of_the_settings_are_not_those_of_the_policy(office: Office) -> None:
    office.write("gateway.yaml", "classifiers: classifiers\npolicys: policies\n")
    assert isinstance(office.run("validate").exception, ConfigurationError)  # `main` makes it exit code 2
    assert office.run("validate", str(office.directory / "nowhere.yaml")).exit_code == 2


def test_a_policy_may_extend_the_bundled_one_or_a_file_beside_it(office: Office) -> None:
    child = "apiVersion: privacy-gateway/v1\nkind: Policy\nmetadata: {name: child}\nspec:\n  extends: [EXTENDED]\n"
    beside = office.write("child.yaml", child.replace("EXTENDED", "policies/policy.yaml"))
    assert office.run("validate", beside).stdout.startswith("valid child: 2 clauses, 3 rules")
    missing = office.write("other.yaml", child.replace("EXTENDED", '"bundled:nothing"'))
    done = office.run("validate", missing)
    assert done.exit_code == 1
    assert "there is no policy `bundled:nothing`" in done.stderr
    bundled = office.write("third.yaml", child.replace("EXTENDED", '"bundled:default"'))
    done = office.run("validate", bundled)
    assert done.exit_code == 1
    assert "policies/default.yaml:" in done.stderr  # found; it names types that this one pack does not produce


def test_a_file_that_would_be_passed_over_because_of_its_ending_is_refused(office: Office) -> None:
    office.write("policies/10-legal.yml", "apiVersion: privacy-gateway/v1\nkind: Policy\n")
    done = office.run("validate")
    assert done.exit_code == 1
    assert "policies/10-legal.yml: would be passed over" in done.stderr
    assert "mend: rename it to 10-legal.yaml" in done.stderr


def test_a_policy_file_that_became_empty_is_refused_beside_others(office: Office) -> None:
    for text in ("", "# nothing but a comment\n", "---\n"):
        office.write("policies/10-legal.yaml", text)
        done = office.run("validate")
        assert done.exit_code == 1
        assert "policies/10-legal.yaml:1: there is no policy in it" in done.stderr


def test_a_directory_without_a_policy_is_named(office: Office) -> None:
    (office.directory / "none").mkdir()
    done = office.run("validate", str(office.directory / "none"))
    assert done.exit_code == 1
    assert "none: there is no policy in it" in done.stderr


def test_cases_and_packs_that_would_be_passed_over_are_refused(office: Office) -> None:
    office.write("policies/tests/more.yml", "")
    assert isinstance(office.run("test").exception, ConfigurationError)
    office.write("classifiers/packs/ours.yml", "")
    (error,) = [office.run("validate").exception]
    assert isinstance(error, ConfigurationError)
    assert [Path(problem.file).name for problem in error.problems] == ["ours.yml"]


def test_an_expression_that_misses_its_own_example_is_told(office: Office) -> None:
    texts = """    examples: ["Order BDG-123456 today", "Order BDG-12345 today"]
    near_misses: ["BDG-12", "see BDG-654321"]
"""
    office.write("classifiers/packs/badges.yaml", PACK + texts)
    words = """apiVersion: privacy-gateway/v1
kind: VocabularyPack
metadata: {name: trading}
topic: trading
terms: [{term: limit order, weight: 0.6}]
examples: ["a limit order", "a stop order"]
near_misses: ["order lunch", "no limit order"]
"""
    office.write("classifiers/packs/trading.yaml", words)
    done = office.run("validate")
    assert done.exit_code == 0
    for told in (
        "badges.yaml:9: `badge` does not find this example",
        "badges.yaml:10: `badge` finds this near-miss",
        "trading.yaml:6: `trading` does not find this example",
        "trading.yaml:7: `trading` finds this near-miss",
    ):
        assert done.stderr.count(told) == 1
    assert len(json.loads(office.run("validate", "--json").stdout)["warnings"]) == 4


def test_cases_run_through_the_pipeline(office: Office) -> None:
    done = office.run("test")
    assert done.exit_code == 0, done.output
    assert done.stdout == "2 passed\nno case reaches many-stay-home\n"


def test_the_bundled_policy_passes_its_own_cases() -> None:
    done = CliRunner().invoke(policy, ["test"])
    assert done.exit_code == 0, done.output
    assert "no case reaches" not in done.output


def test_a_case_that_fails_is_shown_with_what_was_expected_and_what_came(office: Office) -> None:
    office.write("policies/tests/cases.yaml", CASES.replace("BADGE: 1", "BADGE: 2"))
    report = office.directory / "report.xml"
    done = office.run("test", "--junit", str(report))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1:4] == ["    transforms", "      expected  BADGE: 2", "      got       BADGE: 1"]
    assert "1 passed, 1 failed" in done.stdout
    assert ET.parse(report).getroot().get("failures") == "1"
    told = json.loads(office.run("test", "--json").stdout)
    assert (told["passed"], told["failed"], told["rules_not_reached"]) == (1, 1, ["many-stay-home"])


def test_where_there_are_no_cases_that_is_a_matter_of_usage(office: Office) -> None:
    lonely = office.write("lonely/policy.yaml", POLICY)
    done = office.run("test", lonely)
    assert done.exit_code == 2
    assert "there is no directory" in done.stderr
    assert office.run("test", lonely, "--cases", str(office.directory / "policies/tests")).exit_code == 0


def test_of_several_policies_in_a_directory_one_is_tested_by_the_cases_of_its_name(office: Office) -> None:
    office.write("policies/tests/policy.yaml", CASES.replace("- {name: nothing private passes", "- {name: again"))
    policy_file = str(office.directory / "policies/policy.yaml")
    assert office.run("test", policy_file).stdout.startswith("4 passed")
    office.write("policies/other.yaml", POLICY)
    assert office.run("test", policy_file).stdout.startswith("2 passed")


def test_a_difference_is_said_in_words_and_numbers(office: Office) -> None:
    new = office.write("new.yaml", POLICY.replace("route: [cloud]}\n", "route: [cloud, local]}\n"))
    done = office.run("diff", str(office.directory / "policies"), new)
    assert done.exit_code == 0
    assert "the rule `rest-passes` becomes: always: send to cloud, local; it was: always: send to cloud" in done.stdout
    told = json.loads(office.run("diff", str(office.directory / "policies"), new, "--json").stdout)
    assert told["changed"] > 0


def test_past_decisions_are_judged_again(office: Office) -> None:
    asyncio.run(write_log(office.directory / "audit", 5))
    new = office.write("new.yaml", POLICY.replace("entities.BADGE > 2", "entities.BADGE > 1"))
    done = office.run("replay", "--audit", str(office.directory / "audit"), "--policy", new, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["judged"], told["changed"]) == (5, 1)
    assert told["by"]["rule"] == {"moderate-is-tokenised -> many-stay-home": 1}
    assert told["changes"][0]["id"] == "d2"
    same = office.run(
        "replay", "--audit", str(office.directory / "audit"), "--policy", str(office.directory / "policies")
    )
    assert same.stdout == "5 decisions judged again, 0 would change.\n"


def test_ten_thousand_records_of_a_real_log_are_judged_again_as_they_were(office: Office) -> None:
    asyncio.run(write_log(office.directory / "audit", 10_000))
    audit = str(office.directory / "audit")
    done = office.run("replay", "--audit", audit, "--policy", str(office.directory / "policies"), "--json")
    told = json.loads(done.stdout)
    assert {name: told[name] for name in ("judged", "changed", "incomplete", "unreadable")} == {
        "judged": 10_000,
        "changed": 0,
        "incomplete": 0,
        "unreadable": 0,
    }


def test_the_decisions_of_one_tenant_are_judged_again_by_its_own_policy(office: Office) -> None:
    asyncio.run(write_log(office.directory / "audit", 9, tenants=("acme", "other", "globex")))
    audit, policies = str(office.directory / "audit"), str(office.directory / "policies")
    done = office.run("replay", "--audit", audit, "--policy", policies, "--tenant", "acme", "--json")
    assert json.loads(done.stdout)["judged"] == 3


def test_cases_are_of_the_policy_and_not_of_the_purposes_that_settings_declare(office: Office) -> None:
    declared = "purposes: {care: {description: Care., legal_basis: contract}}\n"
    office.write("gateway.yaml", f"classifiers: classifiers\npolicies: policies\n{declared}")
    done = office.run("test", str(office.directory / "policies"))
    assert done.exit_code == 0, done.output


async def write_log(directory: Path, count: int, tenants: tuple[str, ...] = ("default",)) -> None:
    """Write decisions of the policy of the office; number n has n badges, at most nine."""
    bundle = compile_policy(
        [parse_yaml(POLICY, "p.yaml")],
        entity_types=frozenset({"BADGE", "CREDENTIAL"}),
        topics=frozenset(),
        operators=frozenset({"tokenize"}),
    )
    log = AuditLog(directory)
    for number in range(count):
        principal = Principal(tenant=tenants[number % len(tenants)])
        facts = RequestFacts(principal, "/v1/chat/completions", "openai_chat", "")
        findings = tuple(Finding("/x", "BADGE", 0, 1, 0.9, "badge") for _ in range(number % 10))
        level, reasons = bundle.classify(findings, {}, facts)
        classification = Classification(level, reasons, findings, Topics())
        record = decision_record(
            id=f"d{number}",
            time=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
            facts=facts,
            classification=classification,
            decision=bundle.decide(classification, facts),
            policy_revision=bundle.revision,
            classifier_revision="c",
        )
        if number % 100:
            log.enqueue(record)  # durable with the next one that is appended, or at the end
        else:
            await log.append(record)
    await log.aclose()


def test_a_directory_without_a_log_is_a_matter_of_usage(office: Office) -> None:
    done = office.run("replay", "--audit", str(office.directory), "--policy", str(office.directory / "policies"))
    assert done.exit_code == 2
    assert "no audit log" in done.stderr


def test_the_names_that_policies_may_use_are_listed(office: Office) -> None:
    told = json.loads(office.run("names", "--json").stdout)
    assert "BADGE" in told["entity_types"]
    assert told["variables"]["stream"]["type"] == "bool"
    assert "tokenize" in told["operators"]
    assert "BADGE" in office.run("names").stdout


@pytest.mark.parametrize("name", ["UNINSPECTABLE_IMAGE", "UNINSPECTABLE", "EXFILTRATION_LINK"])
def test_names_left_out_what_a_policy_may_name_and_no_recogniser_finds(office: Office, name: str) -> None:
    assert name in office.run("names").stdout


def test_tables_and_schemas_need_no_settings() -> None:
    assert CliRunner().invoke(policy, ["names", "--markdown"]).stdout.startswith("| name | type |")
    schema = json.loads(CliRunner().invoke(policy, ["schema", "PolicyTest"]).stdout)
    assert schema["title"] == "privacy-gateway PolicyTest"
