"""How a conversation was rewritten stays small, and is the same however its strings are escaped."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.history import History
from gateway.pipeline import Engine
from gateway.rewriting import Leaf, Plain
from tests.fakes.conversations import (
    KINDS,
    POLICY,
    alike,
    begun,
    body,
    compared,
    planned,
    prose,
    remembering,
    said,
    topic_models,
)
from tests.fakes.engines import FLEET
from tests.fakes.recognizers import FakeRecognizer

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


BY_NAMES = POLICY.replace("    - {level: moderate, name: meant, when: topics.sensitive >= 0.999}\n", "")
LOW_NAMES = BY_NAMES.replace("entities: [PERSON, EMAIL", "entities: [EMAIL").replace(
    "  transform:", "    - {level: low, name: names, entities: [PERSON]}\n  transform:"
)
"""With nothing but names, nothing is to be done; with more, these are replaced too."""
WHOM = r"(?<=name: )\w+|Tomasz Wieczorek"


def whom() -> Engine:
    """Return an engine that takes a word for a name only where it is told to be one."""
    return replace(remembering(), recognizers=(FakeRecognizer({**KINDS, "PERSON": WHOM}),))


def test_what_was_found_at_the_beginning_is_replaced_in_what_is_left_out_and_leaves_it_out() -> None:
    remembers = whom()
    messages = begun()
    messages[1] = said("user", f"{prose(1)} name: Small")
    for number in range(4):
        assert compared(body(messages), remembers) == bool(number)
        messages += turn(number, "Small wrote", "text")
    made = planned(body(messages), remembers)

    assert made.past is not None
    assert made.first is not None
    assert b"Small" not in made.first.body


def test_what_was_found_at_the_beginning_and_had_to_be_left_then_is_replaced_when_it_must_be() -> None:
    engine = remembering(LOW_NAMES, topic_models()[:2])
    remembers = replace(engine, recognizers=(FakeRecognizer({**KINDS, "PERSON": WHOM}),))
    messages = [said("system", "You help."), said("user", f"{prose(1)} name: Small")]
    for number in range(12):
        messages += turn(number, "Small wrote", "text")
    for number in range(2):
        assert compared(body(messages), remembers) == bool(number)
        messages += turn(20 + number, "Small wrote", "text")
    assert b"Small" in planned(body(messages), remembers).outgoing(FLEET[0])
    messages += turn(30, "martha@nordhavn-clinic.com", "text")
    assert not compared(body(messages), remembers)
    messages += turn(31, "Small wrote", "text")
    assert compared(body(messages), remembers)
    assert b"Small" not in planned(body(messages), remembers).outgoing(FLEET[0])


def test_what_was_found_at_the_beginning_as_one_thing_and_is_found_as_another_is_read_as_a_whole() -> None:
    kinds = {**KINDS, "PERSON": WHOM, "CREDENTIAL": r"(?<=password: )\w+"}
    remembers = replace(remembering(), recognizers=(FakeRecognizer(kinds),))
    messages = begun()
    messages[1] = said("user", f"{prose(1)} name: Small")
    for number in range(3):
        assert compared(body(messages), remembers) == bool(number)
        messages += turn(number, "Small wrote", "text")
    messages += turn(9, "password: Small", "text")

    assert not compared(body(messages), remembers)


PARTS = (
    *(
        "Small",
        "Small wrote",
        "name: Smalls",
        "Smalls",
        "name: Small",
        "password: Small",
        "Small Hunter",
        'x "Small" y',
    ),
    *("hunter22", "password: hunter22", "mail Small", "mail a@b.example", "a@b.example", "name: Small Hunter"),
    *("Tomasz Wieczorek", "536-22-8741", "Sm\\u0061ll", "12", "4539 5787"),
)


def written(draw: random.Random, often: float) -> str:
    """Return a text that mostly has some of the parts in it."""
    parts = [draw.choice(PARTS) for _ in range(draw.randrange(1, 4)) if draw.random() < often]
    return " ".join([prose(draw.randrange(10**6), 20), *(f"{part} {prose(draw.randrange(99), 3)}" for part in parts)])


@pytest.mark.parametrize("seed", range(24))
def test_what_is_found_only_beside_a_word_is_replaced_as_without_memory(seed: int) -> None:
    draw = random.Random(seed)
    kinds = {"PERSON": r"(?<=name: )[\w ]{5,11}\w|Tomasz Wieczorek", "CREDENTIAL": r"(?<=password: )\w+"}
    recognizer = FakeRecognizer({**KINDS, **kinds, "EMAIL_ADDRESS": r"(?<=mail )\S+"})
    remembers = replace(remembering(draw.choice([BY_NAMES, LOW_NAMES]), topic_models()[:2]), recognizers=(recognizer,))
    messages = [said("system", written(draw, 0.5)), said("user", f"{written(draw, 0.5)} {draw.choice(PARTS)}")]
    messages += [said("user" if number % 2 else "assistant", written(draw, 0.2)) for number in range(20)]
    for _ in range(7):
        compared(body(messages, tools=draw.choice(["before", "behind"])), remembers)
        messages += [said("assistant", written(draw, 0.3)), said("user", written(draw, 0.3))]


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
