"""Anthropic messages: requests, whole answers and streams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import BlockedByPolicy, InvalidRequest, NoClearedUpstream, RequestTooLarge
from gateway.core.protocols import Dialect
from gateway.dialects.anthropic_messages import AnthropicCountTokens, AnthropicMessages
from tests.dialects.streaming import RESTORERS, pieces, run, split_everywhere, typed, values_of
from tests.fakes.restorers import FakeRestorers

MESSAGES = AnthropicMessages()
COUNT = AnthropicCountTokens()
SECRET = "Jane-Roe"


def body(**members: Any) -> bytes:
    value = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}], **members}
    return json.dumps({key: member for key, member in value.items() if member is not ...}).encode()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"messages": []}, "`/messages` is empty: expected an array of messages."),
        ({"max_tokens": ...}, "`/max_tokens` is missing: expected an integer."),
        ({"max_tokens": SECRET}, "`/max_tokens`: expected an integer."),
        ({"system": 1}, "`/system`: expected a string or an array."),
        (
            {"messages": [{"role": "user"}]},
            "`/messages/0/content` is missing: expected a string or an array of content blocks.",
        ),
        ({"messages": [{"role": "user", "content": [SECRET]}]}, "`/messages/0/content/0`: expected a content block."),
        ({"stop_sequences": [1]}, "`/stop_sequences/0`: expected a string."),
    ],
)
def test_a_wrong_type_is_refused_and_its_place_named(members: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        MESSAGES.read(body(**members))
    assert str(caught.value) == message


def test_count_tokens_needs_no_max_tokens_and_never_streams() -> None:
    document = COUNT.read(body(max_tokens=..., stream=True))
    assert not COUNT.streams(document)
    assert MESSAGES.streams(MESSAGES.read(body(stream=True)))
    assert COUNT.usage(b'{"input_tokens": 5, "usage": {"input_tokens": 5}}') == {}
    assert COUNT.restore(b'{"input_tokens": 5}', RESTORERS) == b'{"input_tokens": 5}'


def test_they_are_dialects() -> None:
    assert isinstance(MESSAGES, Dialect)
    assert (MESSAGES.name, MESSAGES.family, MESSAGES.endpoint) == ("anthropic_messages", "anthropic", "/v1/messages")
    assert (COUNT.family, COUNT.endpoint) == ("anthropic", "/v1/messages/count_tokens")


def test_numbers_in_a_tools_input_may_be_replaced() -> None:
    tool = {"type": "tool_use", "id": "t", "name": "f", "input": {"account": 12345678, "l": [1]}}
    document = MESSAGES.read(body(messages=[{"role": "assistant", "content": [tool]}]))
    (path,) = [s.path for s in MESSAGES.segments(document) if s.text == "12345678"]
    edited = json.loads(MESSAGES.edit(document, {path: "<N1>"}, None))
    assert edited["messages"][0]["content"][0]["input"] == {"account": "<N1>", "l": [1]}


def test_signed_blocks_are_scanned_and_cannot_be_edited() -> None:
    blocks = [
        {"type": "thinking", "thinking": SECRET, "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "ZGF0YQ=="},
        {"type": "text", "text": SECRET},
    ]
    found = MESSAGES.segments(MESSAGES.read(body(messages=[{"role": "assistant", "content": blocks}])))
    editable = {segment.path: segment.editable for segment in found if segment.text == SECRET}
    assert editable == {"/messages/0/content/0/thinking": False, "/messages/0/content/2/text": True}


def test_the_anchor_stays_the_same_in_later_turns() -> None:
    def anchor(*messages: dict[str, Any], system: Any = "Be brief.") -> str:
        return MESSAGES.anchor(MESSAGES.read(body(messages=list(messages), system=system)))

    first = {"role": "user", "content": "Hello"}
    marked = {"role": "user", "content": [{"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral"}}]}
    later = ({"role": "assistant", "content": "Hi"}, {"role": "user", "content": "More"})
    assert anchor(first) == anchor(first, *later) == anchor(marked, system=[{"type": "text", "text": "Be brief."}])
    assert anchor(first) != anchor(first, system="Be long.")
    assert anchor(first) != anchor({"role": "user", "content": "Hallo"})


def test_a_whole_answer_is_restored_except_what_is_signed() -> None:
    answer = {
        "id": "msg_<PERSON_1>",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [
            {"type": "thinking", "thinking": "<PERSON_1>", "signature": "<PERSON_1>"},
            {"type": "redacted_thinking", "data": "<PERSON_1>"},
            {"type": "text", "text": "Dear <PERSON_1>", "citations": [{"type": "char_location", "cited_text": "⟦ü1⟧"}]},
            {"type": "tool_use", "id": "t", "name": "f", "input": {"to": "<PERSON_12>", "<PERSON_1>": ["⟦ü1⟧"]}},
        ],
        "stop_reason": "end_turn",
        "stop_sequence": "<PERSON_1>",
        "usage": {"input_tokens": 7, "output_tokens": 5},
    }
    raw = json.dumps(answer).encode()
    out = json.loads(MESSAGES.restore(raw, RESTORERS))
    assert out["content"] == [
        *answer["content"][:2],  # type: ignore[index]  # a list
        {
            "type": "text",
            "text": 'Dear Jane "JJ" Roe',
            "citations": [{"type": "char_location", "cited_text": "Zoë \U0001f600"}],
        },
        {"type": "tool_use", "id": "t", "name": "f", "input": {"to": "Ann\nLee", 'Jane "JJ" Roe': ["Zoë \U0001f600"]}},
    ]
    assert out["id"] == answer["id"]
    assert out["stop_sequence"] == 'Jane "JJ" Roe'
    assert MESSAGES.usage(raw) == {"input": 7, "output": 5}


@pytest.mark.parametrize(
    ("error", "type_", "code"),
    [
        (BlockedByPolicy("No."), "privacy_policy", "blocked_by_policy"),
        (NoClearedUpstream("No."), "privacy_policy", "no_cleared_upstream"),
        (InvalidRequest("No."), "invalid_request_error", None),
        (RequestTooLarge("No."), "request_too_large", "request_too_large"),
        (InvalidRequest("No.", status=429), "rate_limit_error", None),
    ],
)
def test_errors_have_the_envelope_of_the_api(error: Any, type_: str, code: str | None) -> None:
    assert json.loads(MESSAGES.error(error)) == {
        "type": "error",
        "error": {"type": type_, "message": "No.", "code": code},
    }


def start(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, type_: str, **members: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": type_, **members}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


BEGIN: dict[str, Any] = {
    "type": "message_start",
    "message": {"id": "m1", "usage": {"input_tokens": 7, "output_tokens": 1}},
}
END: list[dict[str, Any]] = [
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    },
    {"type": "message_stop"},
]


def blocks(out: bytes) -> dict[int, dict[str, str]]:
    """Put the deltas together by block and kind; nothing may come after a block has stopped."""
    found: dict[int, dict[str, str]] = {}
    stopped = set()
    for value in values_of(out):
        if value["type"] == "content_block_stop":
            stopped.add(value["index"])
        if value["type"] == "content_block_delta":
            assert value["index"] not in stopped
            block = found.setdefault(value["index"], {})
            for key, text in value["delta"].items():
                if key != "type" and isinstance(text, str):
                    block[key] = block.get(key, "") + text
    return found


TEXT = "Dear <PERSON_1>, é <PERSON_12> ⟦ü1⟧ <PERSON_1"
RESTORED = 'Dear Jane "JJ" Roe, é Ann\nLee Zoë \U0001f600 <PERSON_1'
ARGUMENTS = '{"to": "<PERSON_1>", "<PERSON_12>": ["⟦ü1⟧"]}'


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_stream_is_restored_wherever_its_bytes_are_split(eol: str) -> None:
    stream = typed(
        BEGIN,
        {"type": "ping"},
        start(0, type="text", text=""),
        *(delta(0, "text_delta", text=part) for part in pieces(TEXT, 5)),
        stop(0),
        start(1, type="tool_use", id="t", name="f", input={}),
        *(delta(1, "input_json_delta", partial_json=part) for part in pieces(ARGUMENTS, 6)),
        stop(1),
        *END,
        eol=eol,
    )
    out = split_everywhere(MESSAGES, stream, step=3)
    found = blocks(out)
    assert found[0] == {"text": RESTORED}
    assert json.loads(found[1]["partial_json"]) == {"to": 'Jane "JJ" Roe', "Ann\nLee": ["Zoë \U0001f600"]}


def test_what_is_held_goes_out_as_a_delta_before_the_block_stops() -> None:
    out = values_of(
        run(
            MESSAGES,
            typed(BEGIN, start(0, type="text", text=""), delta(0, "text_delta", text="a <P"), stop(0), *END),
            [],
        )
    )
    assert out[2:5] == [delta(0, "text_delta", text="a "), delta(0, "text_delta", text="<P"), stop(0)]


def test_what_is_held_goes_out_before_the_message_ends_or_breaks_off() -> None:
    for end in (END, END[1:], []):
        out = values_of(run(MESSAGES, typed(BEGIN, delta(0, "text_delta", text="a <P"), *end), []))
        assert out[1:3] == [delta(0, "text_delta", text="a "), delta(0, "text_delta", text="<P")]
        assert out[3:] == end


def test_an_unknown_kind_of_delta_is_restored_and_flushed_under_its_own_type() -> None:
    out = values_of(run(MESSAGES, typed(delta(0, "tomorrow_delta", words="<PERSON_1> <P"), stop(0)), []))
    assert out == [delta(0, "tomorrow_delta", words='Jane "JJ" Roe '), delta(0, "tomorrow_delta", words="<P"), stop(0)]


def test_citations_are_whole_and_do_not_end_the_text() -> None:
    citation = {"type": "char_location", "cited_text": "<PERSON_1>", "document_title": "<P"}
    out = values_of(
        run(
            MESSAGES,
            typed(
                delta(0, "text_delta", text="<PER"),
                delta(0, "citations_delta", citation=citation),
                delta(0, "text_delta", text="SON_1>!"),
            ),
            [],
        )
    )
    assert [value["delta"] for value in out] == [
        {"type": "text_delta", "text": ""},
        {
            "type": "citations_delta",
            "citation": {"type": "char_location", "cited_text": 'Jane "JJ" Roe', "document_title": "<P"},
        },
        {"type": "text_delta", "text": 'Jane "JJ" Roe!'},
    ]


def test_signed_blocks_and_untouched_events_keep_their_bytes() -> None:
    stream = typed(
        BEGIN,
        start(0, type="thinking", thinking="<PERSON_1>", signature=""),
        delta(0, "thinking_delta", thinking="<PERSON_1> <P"),
        delta(0, "signature_delta", signature="<PERSON_1>"),
        stop(0),
        start(1, type="redacted_thinking", data="<PERSON_1>"),
        stop(1),
        start(2, type="text", text=""),
        delta(2, "text_delta", text="hello"),
        stop(2),
        *END,
    )
    assert split_everywhere(MESSAGES, stream, step=5) == stream


@pytest.mark.parametrize("restorers", [RESTORERS, FakeRestorers({})], ids=["restoring", "nothing to restore"])
def test_an_error_of_the_upstream_is_replaced_and_what_was_held_goes_first(restorers: FakeRestorers) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": f"You said {SECRET}"}}
    out = run(MESSAGES, typed(delta(0, "text_delta", text="a <P"), error), [], restorers)
    assert SECRET.encode() not in out
    assert "".join(value["delta"]["text"] for value in values_of(out)[:-1]) == "a <P"
    assert values_of(out)[-1] == {
        "type": "error",
        "error": {
            "type": "api_error",
            "message": "The upstream reported an error while it was answering.",
            "code": "upstream_failed",
        },
    }


@pytest.mark.parametrize("restorers", [RESTORERS, FakeRestorers({})], ids=["restoring", "nothing to restore"])
def test_usage_is_recorded(restorers: FakeRestorers) -> None:
    restorer = MESSAGES.stream(restorers)
    restorer.feed(typed(BEGIN))
    assert restorer.usage == {"input": 7, "output": 1}
    restorer.feed(typed(*END))
    assert restorer.usage == {"input": 7, "output": 9}


@pytest.mark.parametrize("restorers", [RESTORERS, FakeRestorers({})], ids=["restoring", "nothing to restore"])
def test_an_error_in_a_successful_answer_is_replaced(restorers: FakeRestorers) -> None:
    out = MESSAGES.restore(json.dumps({"type": "error", "error": {"message": SECRET}}).encode(), restorers)
    assert json.loads(out)["error"]["code"] == "upstream_failed"
    assert SECRET.encode() not in out


def test_a_stream_that_fails_ends_with_an_event_that_the_sdks_read() -> None:
    assert (
        MESSAGES.error_event(BlockedByPolicy("No."))
        == b"event: error\ndata: " + MESSAGES.error(BlockedByPolicy("No.")) + b"\n\n"
    )
