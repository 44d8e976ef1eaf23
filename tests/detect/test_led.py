import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect import assignments, pins, statements
from gateway.detect.gates import opening_literals
from gateway.detect.led import Led, OneOf

LED = [value for module in (assignments, pins, statements) for value in vars(module).values() if isinstance(value, Led)]
BITS = [
    *" =:'\"|,-_.\n\t>(1x4",
    "is ",
    "lautet ",
    " 4711",
    "hunter2",
    "K7#q",
    " admin / ",
    "\u0130",
    "\u017f",
    "é",
    "\ud800",
    "pa",
    "co",
    "ke",
]


def spans(led: Led, text: str) -> list[tuple[int, int]]:
    return [match.span() for match in led.finditer(text)]


def test_an_expression_finds_what_it_finds_by_itself() -> None:
    chance = random.Random(7)
    found = 0
    for led in LED:
        begins = sorted(opening_literals(led.expression.pattern, led.expression.flags & ~re.UNICODE))
        for _ in range(400):
            text = "".join(
                chance.choice(begins if chance.random() < 0.3 else BITS) for _ in range(chance.randrange(16))
            )
            plain = [match.span() for match in led.expression.finditer(text)]
            assert spans(led, text) == plain, repr(text)
            found += len(plain)
    assert found > 1000


@given(st.lists(st.sampled_from(["ab", "abc", "b", "a", " ", "é", "X"]), max_size=20).map("".join))
def test_matches_do_not_overlap(text: str) -> None:
    led = Led(r"(?:ab|b\w|éa)(?:c|ab)?")

    assert spans(led, text) == [match.span() for match in led.expression.finditer(text)]


def test_what_may_begin_with_anything_is_refused() -> None:
    for regex, flags in ((r"\d+x", 0), (r"x?", 0), (r"abc", re.IGNORECASE)):
        with pytest.raises(ValueError, match="anything"):
            Led(regex, int(flags))


@given(st.text("abcé\u0130", max_size=12), st.sets(st.text("abcé\u0130", min_size=1, max_size=4)))
def test_one_of_some_literals_is_in_a_text_or_none(text: str, literals: set[str]) -> None:
    assert OneOf(literals).within(text) == any(literal in text for literal in literals)


def test_what_a_name_begins_with_is_a_sign_of_a_secret() -> None:
    begins = opening_literals(assignments._NAMING.expression.pattern, int(re.VERBOSE))

    assert begins
    assert all(any(sign in begin for sign in assignments.SIGNS) for begin in begins)
