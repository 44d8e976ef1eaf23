"""In every dialect of conversations what is known is left out, and what is not a conversation is not taken for one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.base import JsonDialect
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.pipeline import Request, plan
from tests.fakes.conversations import KINDS, NEXT, alike, begun, planned, prose, remembering, said
from tests.fakes.engines import FLEET
from tests.fakes.recognizers import FakeRecognizer


def chat(messages: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> bytes:
    return json.dumps({"model": "gpt-4o", "messages": messages, **more}).encode()


def anthropic(messages: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> bytes:
    return json.dumps({"model": "m", "max_tokens": 9, "system": "You help.", "messages": messages[1:], **more}).encode()


def responses(messages: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> bytes:
    items: list[dict[str, Any]] = []
    for number, message in enumerate(messages):
        if number % 5 == 3:
            arguments = json.dumps({"query": message["content"]})
            items.append({"type": "function_call", "call_id": "c1", "name": "look", "arguments": arguments})
            items.append({"type": "function_call_output", "call_id": "c1", "output": json.dumps([message["content"]])})
        else:
            items.append({"type": "message", **message})
    return json.dumps({"model": "gpt-4o", "store": False, "instructions": "You help.", "input": items, **more}).encode()


Made = Callable[[Sequence[Mapping[str, Any]], Mapping[str, Any]], bytes]
DIALECTS: dict[Made, JsonDialect] = {chat: OpenAIChat(), anthropic: AnthropicMessages(), responses: OpenAIResponses()}
LIMIT = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 100_000_000}}}


@pytest.mark.parametrize("made", DIALECTS)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"metadata": {"user_id": "Tomasz Wieczorek"}},
        {"seed": 1234567},
        {"logit_bias": {"50256": -100, "50257": 5}},
        {"tools": [{"name": "look", "parameters": LIMIT}]},
    ],
)
def test_every_dialect_of_conversations_leaves_messages_out(made: Made, more: Mapping[str, Any]) -> None:
    remembers = remembering()
    dialect = DIALECTS[made]
    fleet = [replace(up, dialects=(dialect.family,)) for up in FLEET]
    for turns in (12, 13, 15):
        sent = made(begun(turns), more)
        with_, without = (
            plan(Request(dialect, sent), engine, fleet) for engine in (remembers, replace(remembers, memory=None))
        )
        alike(with_, without)
        assert turns == 12 or with_.past is not None

    assert with_.first is not None
    assert b"Tomasz" not in with_.first.body
    assert all(looked.document.gap is not None for looked in with_.gate.looked)


def test_a_number_that_is_private_outside_of_the_messages_is_judged_in_every_turn() -> None:
    remembers = replace(remembering(), recognizers=(FakeRecognizer({**KINDS, "CREDIT_CARD": r"\b\d{16}\b"}),))
    messages = begun()
    messages[5] = said("user", f"{prose(9)} 4539578763621486")
    for number in (1234567, 1234567, 4539578763621486):
        sent = chat(messages, {"seed": number})
        made = planned(sent, remembers)
        alike(made, planned(sent, replace(remembers, memory=None)))
        messages += NEXT

    assert made.past is not None
    assert made.transformation.undischarged == (("/seed", "CREDIT_CARD"),)


def test_an_input_that_is_one_text_is_no_conversation() -> None:
    remembers = remembering()
    text = " ".join(prose(seed) for seed in range(40)) + ' "input": [{"role": "user"}] by Tomasz Wieczorek'
    sent = json.dumps({"model": "gpt-4o", "input": text, "metadata": {"input": [{"role": "user"}]}}).encode()
    for _ in range(2):
        made = plan(Request(OpenAIResponses(), sent), remembers, FLEET)
        alike(made, plan(Request(OpenAIResponses(), sent), replace(remembers, memory=None), FLEET))

    assert made.past is None
