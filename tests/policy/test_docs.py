"""docs/policies.md says what the code does."""

import re
from pathlib import Path

from gateway.core.documents import parse_yaml
from gateway.policy.cases import load_cases
from gateway.policy.environment import markdown_table
from gateway.policy.names import FUNCTIONS, MACROS

GUIDE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")


def test_the_table_of_variables_is_generated() -> None:
    found = re.search(r"<!-- variables:.*?-->\n(.*?)<!-- end of variables -->", GUIDE, re.DOTALL)
    assert found is not None
    assert found.group(1) == f"\n{markdown_table()}\n", "paste the output of: privacy-gateway policy names --markdown"


def test_every_function_is_explained() -> None:
    for name in (*FUNCTIONS, *MACROS):
        assert f"`{name}" in GUIDE


def test_the_test_file_of_the_guide_can_be_read() -> None:
    (written,) = re.findall(r"```yaml\n(apiVersion: [^`]*kind: PolicyTest[^`]*)```", GUIDE)
    (case,) = load_cases([parse_yaml(written, "guide.yaml")])
    assert case.principal.groups == ("legal",)
