import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect import needs
from gateway.detect.gates import Literal, fold
from gateway.detect.needs import gate_of, vet

IGNORE = int(re.IGNORECASE)


@pytest.mark.parametrize(
    ("regex", "digits", "width", "literals"),
    [
        (r"\b\d{3}-\d{2}-\d{4}\b", 9, 11, {"-"}),
        (r"(?:sk|pk)_live_[a-z]{3,9}", 0, 17, {"sk_live_", "pk_live_"}),
        (r"(?:\d[ -]?){13,19}", 13, 38, set()),
        (r"\d\d|x\d{3}", 2, 4, set()),
        (r"(?:DE|FR)\d{2}", 2, 4, {"de", "fr"}),
        (r"x(?:Ab)?\d+", 1, None, {"x", "xab"}),
        (r"street(?:er)? (?:no|nr)\d", 1, 12, {"street no", "street nr", "streeter no", "streeter nr"}),
        (r"(?:[abcd] ?)?(?:[efgh]-?)?(?:name|nick)", 0, 8, {"name", "nick"}),
        (r"(?>abc)\d{2}+", 2, 5, {"abc"}),
        (r"[0-9a-f]{8}", 0, 8, set()),
    ],
)
def test_a_gate_is_read_off_the_expression(regex: str, digits: int, width: int | None, literals: set[str]) -> None:
    gate = gate_of(regex, IGNORE)

    assert (gate.digits, gate.width, {text for text, _ in gate.literals}) == (digits, width, literals)


def test_a_lookahead_reaches_behind_the_match() -> None:
    assert gate_of(r"ab(?!\d{3})(?=x{2})", IGNORE).lookahead == 6
    assert gate_of(r"ab(?!.*x)", IGNORE).lookahead is None


def test_a_literal_is_compared_in_the_case_mode_of_its_group() -> None:
    assert gate_of(r"(?-i:AKIA)\d", IGNORE).literals == {Literal("AKIA", folded=False)}
    assert gate_of(r"(?i:Dear )[A-Z]", 0).literals == {Literal("dear ", folded=True)}


@pytest.mark.parametrize(
    ("regex", "solid"),
    [
        (r"[A-Z]{4}\d{12}", 16),
        (r"\d{4} \d{6}", 6),
        (r"\d{4}[ -]?\d{6}", 6),
        (r"\d{4}-?\d{6}", 10),
        (r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", 17),
        (r"(?:ab ){3}c", 2),
        (r"(?:b a){2}", 2),
        (r"x{3}(?:abcdef|gh)y", 6),
        (r"a.b", 1),
        (r"[^x]{9}", 0),
        (r"(?<!\w)\w{3}(?= )", 3),
        (r"(\w\w)\1", 4),
    ],
)
def test_runs_without_white_space_are_counted(regex: str, solid: int) -> None:
    assert gate_of(regex, IGNORE).solid == solid


@pytest.mark.parametrize("regex", ["a*", "(a+)+", r"(?:\w+\s*)+x", "(", "a{2,1}", "(?:)", "(?<!a|bc)d"])
def test_a_dangerous_or_useless_expression_is_refused(regex: str) -> None:
    assert vet(regex, IGNORE) is not None


@pytest.mark.parametrize("regex", [r"a+", r"\d{3}(?:-\d+)?", r"(?:ab){1,9}c+"])
def test_a_harmless_expression_is_accepted(regex: str) -> None:
    assert vet(regex, IGNORE) is None


PATTERNS = [
    r"\b\d{3}[- ]?\d{2}[- ]?\d{4}\b",
    r"stra(?:ß|ss)e \d{1,3}",
    r"key[:=] ?(?P<value>[a-z]{2,8})",
    r"(?:İd|ıD|SK)\d",
    r"(?:σ|ς)x{1,3}",
    r"KELVIN|long",
    r"(?:[0-9aA] ?){3}-(?:x| y)?",
]


@given(
    st.text(alphabet="0123456789- kKeEyY:=aAzsSſßẞıİiIdDσςΣxXKlLvVnNoOgGtTrR", max_size=60), st.sampled_from(PATTERNS)
)
def test_whatever_matches_passes_its_gate(text: str, regex: str) -> None:
    gate = gate_of(regex, IGNORE)
    for match in re.finditer(regex, text, IGNORE):
        found = match.group()
        assert sum(character.isdecimal() for character in found) >= gate.digits
        assert gate.width is None or len(found) <= gate.width
        assert any(len(run) >= gate.solid for run in re.findall(r"\S+", found)) or not gate.solid
        assert not gate.literals or any(literal in fold(text) for literal, _ in gate.literals)


def test_no_white_space_is_unknown() -> None:
    known = {code for first, last in needs._SPACES for code in range(first, last + 1)}

    assert known == {code for code in range(sys.maxunicode + 1) if chr(code).isspace()}


def test_of_many_literals_those_that_hold_another_are_left_out() -> None:
    many = "|".join(f"{first}{second}" for first in "abcdef" for second in "uvwxyz")
    assert {text for text, _ in gate_of(rf"(?:{many}|xabcuvx|aa)\d", 0).literals} == {*many.split("|"), "aa"}
