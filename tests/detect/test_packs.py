"""The examples and near-misses that each shipped pack carries."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.presidio import PresidioRecognizer, rule_of
from gateway.core.model import Segment
from gateway.detect.engine import Hit, Scanner
from gateway.detect.overlaps import resolve
from gateway.detect.packs import PresidioSpec, RecognizerPack, RecognizerSpec, load_packs
from gateway.detect.placeholders import is_documented_example
from gateway.detect.rules import Rule

FOLDER = Path(__file__).parents[2] / "classifiers" / "packs"
PACKS = load_packs({path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))})
SPECS = [spec for pack in PACKS if isinstance(pack, RecognizerPack) for spec in pack.recognizers]
COUNTED = 0.5
"""The score from which the shipped policy counts a finding."""


def label(spec: RecognizerSpec | PresidioSpec) -> str:
    return spec.label if isinstance(spec, PresidioSpec) else spec.name


def cases(kind: str) -> list[object]:
    return [
        pytest.param(spec, text, id=f"{label(spec)}-{number}")
        for spec in SPECS
        for number, text in enumerate(getattr(spec, kind))
    ]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    """The scanner of all packs, without the recogniser's choice between overlapping findings."""
    return PresidioRecognizer(PACKS)._scanner


def found(scanner: Scanner, text: str) -> list[Hit]:
    return [
        hit for hit in scanner.scan(text) if not is_documented_example(hit.entity_type, text[hit.start : hit.end], text)
    ]


@pytest.mark.parametrize(("spec", "text"), cases("examples"))
def test_an_example_is_found(scanner: Scanner, spec: RecognizerSpec | PresidioSpec, text: str) -> None:
    assert any(hit.entity_type == spec.supported_entity and hit.score >= COUNTED for hit in found(scanner, text))


@pytest.mark.parametrize(("spec", "text"), cases("near_misses"))
def test_a_near_miss_is_not_found(scanner: Scanner, spec: RecognizerSpec | PresidioSpec, text: str) -> None:
    assert [hit for hit in found(scanner, text) if hit.recognizer == label(spec)] == []


@pytest.mark.parametrize("spec", SPECS, ids=label)
def test_a_recogniser_carries_examples(spec: RecognizerSpec | PresidioSpec) -> None:
    assert spec.examples
    assert spec.near_misses


RULES = [rule_of(spec) for spec in SPECS if isinstance(spec, RecognizerSpec)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_an_expression_is_of_bounded_width(rule: Rule) -> None:
    for pattern in rule.patterns:
        assert pattern.compiled.groups == pattern.plain.groups
        assert pattern.gate.width is not None
        assert pattern.gate.lookahead is not None


CHECKED = [(rule, pattern) for rule in RULES if rule.check is not None for pattern in rule.patterns]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_check_answers_whatever_its_expression_matches(data: st.DataObject) -> None:
    rule, pattern = data.draw(st.sampled_from(CHECKED))
    text = data.draw(st.from_regex(pattern.plain))
    assert rule.check is not None
    for match in pattern.compiled.finditer(text):
        assert rule.check(match.group(pattern.group)) in (True, False, None)


def test_findings_of_all_packs_do_not_overlap() -> None:
    text = " ".join(text for spec in SPECS for text in spec.examples)
    segment = Segment("/text", text)
    findings = resolve(PresidioRecognizer(PACKS).analyze([segment]), [segment])
    assert len(findings) > 100
    assert all(one.end <= other.start for one, other in pairwise(findings))
