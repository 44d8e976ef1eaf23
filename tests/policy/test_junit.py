"""The report that continuous integration reads."""

from xml.etree import ElementTree as ET

from gateway.core.documents import parse_yaml
from gateway.core.model import Effect, Sensitivity
from gateway.policy.cases import Outcome, load_cases, run_cases
from gateway.policy.junit import junit

CASES = """
apiVersion: privacy-gateway/v1
kind: PolicyTest
metadata: {name: suite}
spec:
  cases:
    - {name: good, input: x, expect: {rule: r}}
    - {name: 'bad & "ugly"', input: x, expect: {rule: other, outgoing_contains: [y]}}
"""
OUTCOME = Outcome(Sensitivity.LOW, "r", Effect.ALLOW, (), None, {}, (), 'a <b> \x1b "c"')


def test_the_report_has_each_case_with_its_place_and_its_failure() -> None:
    report = junit("default", run_cases(load_cases([parse_yaml(CASES, "t.yaml")]), lambda _: OUTCOME))
    root = ET.fromstring(report)
    assert root.attrib == {"name": "default", "tests": "2", "failures": "1", "errors": "0"}
    (suite,) = root
    good, bad = suite
    assert (suite.get("name"), suite.get("file"), good.get("line")) == ("suite", "t.yaml", "7")
    assert list(good) == []
    assert bad.get("name") == 'bad & "ugly"'
    (failure,) = bad
    assert failure.get("message") == "differs in rule, outgoing"
    assert (
        failure.text
        == 'rule: expected other, got r\noutgoing: expected contains "y", got a <b> \N{REPLACEMENT CHARACTER} "c"'
    )
