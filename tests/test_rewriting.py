"""How a conversation was rewritten stays small, and is the same however its strings are escaped."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.history import History
from gateway.pipeline import Engine
from gateway.rewriting import Leaf, Plain
from tests.fakes.recognizers import FakeRecognizer
from tests.test_history import KINDS, alike, begun, body, compared, planned, prose, remembering, said

PLAIN = "Tomasz Wieczorek wrote to martha@nordhavn-clinic.com"
VALUES = [PLAIN, 'Zoë Müller says "no"', "a\\b Tomasz Wieczorek\n", "sk-abcdefgh1234", "Ann Annual Ann", "nobody"]


def leaves(remembers: Engine) -> Sequence[Leaf | Plain]:
    """Return what is remembered of the conversation that was planned last."""
    assert remembers.memory is not None
    known = [value for value, _ in remembers.memory._entries.values() if isinstance(value, History)]
    return known[-1].rewritten.leaves


def turn(number: int, value: str, how: str) -> list[dict[str, Any]]:
    """Return a question with a value, plain or in JSON, and an answer."""
    text = f"{prose(number)} {value} {prose(number, 3)}"
    content = json.dumps({"q": [text, json.dumps({"r": value})]}) if how == "json" else text
    return [said("user", content), said("assistant", prose(1000 + number))]


def test_plain_strings_of_many_turns_become_one() -> None:
    remembers = remembering()
    messages = begun()
    for number in range(6):
        assert compared(body(messages), remembers) == bool(number)
        messages += turn(number, PLAIN, "text")

    (one,) = leaves(remembers)
    assert isinstance(one, Plain)
    assert len(one.values) == len(one.put) == len(one.between) > 10


def test_what_stands_between_plain_strings_keeps_its_place() -> None:
    remembers = remembering()
    messages = begun()
    for number, (value, how) in enumerate([(PLAIN, "text"), (VALUES[1], "json"), (PLAIN, "text"), (PLAIN, "text")] * 2):
        assert compared(body(messages, ascii_only=True), remembers) == bool(number)
        messages += turn(number, value, how)

    assert [type(leaf) for leaf in leaves(remembers)] == [Plain, Leaf, Plain, Leaf]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_new_value_is_found_in_hexadecimal_whenever_that_was_left_out(place: int) -> None:
    known = {**KINDS, "PERSON": r"Tomasz Wieczorek|(?<=name: )Zoë Müller"}
    remembers = replace(remembering(), recognizers=(FakeRecognizer(known),))
    messages = begun()
    for number in range(4):
        messages += turn(number, "MARK was here" if number == place else "nobody", "text")
        sent = body(messages).replace(b"MARK", rb"Zo\u00eb M\u00fcller")
        assert compared(sent, remembers) == bool(number)
    messages += turn(9, "name: Zoë Müller", "text")
    sent = body(messages).replace(b"MARK", rb"Zo\u00eb M\u00fcller")
    made = planned(sent, remembers)

    alike(made, planned(sent, replace(remembers, memory=None)))
    assert made.first is not None
    assert "Zoë" not in json.dumps(json.loads(made.first.body), ensure_ascii=False)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(["text", "json"])), min_size=4, max_size=8),
    st.booleans(),
)
def test_turns_are_rewritten_as_they_were(turns: list[tuple[str, str]], ascii_only: bool) -> None:  # noqa: FBT001
    remembers = remembering()
    messages = begun()
    left_out = 0
    for number, (value, how) in enumerate(turns):
        left_out += compared(body(messages, ascii_only=ascii_only), remembers)
        messages += turn(number, value, how)

    assert left_out > 0
