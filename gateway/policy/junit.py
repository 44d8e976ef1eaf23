"""Results of policy tests as JUnit XML, which every CI reads.

Format: the common subset of the JUnit reports of Ant, Jenkins and GitLab: testsuites, testsuite, testcase, failure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from gateway.policy.cases import CaseResult

__all__ = ["junit"]

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


def junit(name: str, results: Sequence[CaseResult]) -> bytes:
    """Return a report of `results`, a suite for each set of cases."""
    root = ET.Element("testsuites", {"name": _clean(name), **_totals(results)})
    suites: dict[tuple[str, str], list[CaseResult]] = {}
    for result in results:
        suites.setdefault((result.case.file, result.case.suite), []).append(result)
    for (file, suite), members in suites.items():
        node = ET.SubElement(root, "testsuite", {"name": _clean(suite), "file": _clean(file), **_totals(members)})
        for result in members:
            case = ET.SubElement(
                node,
                "testcase",
                name=_clean(result.case.name),
                classname=_clean(suite),
                file=_clean(file),
                line=str(result.case.line),
            )
            if not result.passed:
                lines = [f"{wrong.what}: expected {wrong.expected}, got {wrong.got}" for wrong in result.mismatches]
                what = ", ".join(wrong.what for wrong in result.mismatches)
                ET.SubElement(case, "failure", message=_clean(f"differs in {what}")).text = _clean("\n".join(lines))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _totals(results: Sequence[CaseResult]) -> dict[str, str]:
    return {"tests": str(len(results)), "failures": str(sum(not result.passed for result in results)), "errors": "0"}


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
