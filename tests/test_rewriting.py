"""How a conversation was rewritten stays small, and is the same however its strings are escaped."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.history import History
from gateway.pipeline import Engine
from gateway.rewriting import Leaf, Plain
from tests.test_history import begun, body, compared, prose, remembering, said

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
