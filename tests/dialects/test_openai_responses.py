"""The Responses API: requests, whole answers and streams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import BlockedByPolicy, InvalidRequest
from gateway.core.model import SegmentKind
from gateway.core.protocols import Dialect
from gateway.dialects.openai_responses import OpenAIResponses, OpenAIResponsesInputTokens
from tests.dialects.streaming import RESTORERS, pieces, run, split_everywhere, typed, values_of
from tests.fakes.restorers import FakeRestorers

RESPONSES = OpenAIResponses()
COUNT = OpenAIResponsesInputTokens()
SECRET = "Jane-Roe"
NOTHING = FakeRestorers({})


def body(**members: Any) -> bytes:
    return json.dumps({"model": "m", "input": "Hello", **members}).encode()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"input": 5}, "`/input`: expected a string or an array of items."),
        ({"input": [SECRET]}, "`/input/0`: expected an item."),
        ({"input": [{"role": 5}]}, "`/input/0/role`: expected a string."),
        ({"model": ""}, "`/model` is empty: expected a model's name."),
        ({"instructions": [SECRET]}, "`/instructions`: expected a string."),
        ({"conversation": 7}, "`/conversation`: expected a string or an object."),
    ],
)
def test_a_wrong_type_is_refused_and_its_place_named(members: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        RESPONSES.read(body(**members))
    assert str(caught.value) == message


def test_they_are_dialects() -> None:
    assert isinstance(RESPONSES, Dialect)
    assert (RESPONSES.name, RESPONSES.family, RESPONSES.endpoint) == ("openai_responses", "openai", "/v1/responses")
    assert COUNT.endpoint == "/v1/responses/input_tokens"
    assert not COUNT.streams(COUNT.read(body(stream=True)))
    assert COUNT.usage(b'{"usage": {"input_tokens": 1}}') == {}


def test_a_body_without_model_gets_the_model_it_is_routed_to() -> None:
    raw = b'{"prompt": {"id": "p"}}'
    document = RESPONSES.read(raw)
    assert RESPONSES.model(document) == ""
    assert RESPONSES.edit(document, {}, None) is raw
    assert json.loads(RESPONSES.edit(document, {}, "llama")) == {"model": "llama", "prompt": {"id": "p"}}
    assert RESPONSES.edit(RESPONSES.read(b"{}"), {}, "llama") == b'{"model":"llama"}'


def test_pointers_to_what_the_server_keeps_are_opaque() -> None:
    raw = body(
        input=[
            {"id": "msg_1"},
            {"type": "item_reference", "id": "msg_2"},
            {"type": "message", "id": "msg_3", "role": "user", "content": "x"},
        ],
        previous_response_id="resp_1",
        conversation={"id": "conv_1"},
        prompt={"id": "pmpt_1", "variables": {"city": "Rome"}},
    )
    found = RESPONSES.segments(RESPONSES.read(raw))
    opaque = {segment.path: segment.text for segment in found if segment.kind is SegmentKind.OPAQUE}
    assert opaque == dict.fromkeys(
        ["/input/0/id@", "/input/1/id@", "/previous_response_id@", "/conversation/id@"], "server_state"
    ) | {"/prompt/id@": "published"}
    assert {segment.text for segment in found} >= {
        "msg_1",
        "msg_2",
        "msg_3",
        "resp_1",
        "conv_1",
        "pmpt_1",
        "Rome",
    }


class TestAnchor:
    def anchor(self, **members: Any) -> str:
        return RESPONSES.anchor(RESPONSES.read(body(**members)))

    def test_it_stays_the_same_in_later_turns(self) -> None:
        first: list[dict[str, Any]] = [
            {"role": "developer", "content": "d"},
            {"type": "message", "role": "user", "content": "Hello"},
        ]
        later = [{"type": "function_call", "name": "f", "arguments": "{}"}, {"role": "user", "content": "More"}]
        assert self.anchor(input=first, instructions="i") == self.anchor(input=first + later, instructions="i")
        assert self.anchor(input="Hello") == self.anchor(
            input=[{"role": "user", "content": [{"type": "input_text", "text": "Hello"}]}]
        )
        assert self.anchor(input="Hello") != self.anchor(input="Hello", instructions="i")

    def test_a_conversation_that_the_server_keeps_is_its_own_anchor(self) -> None:
        one = self.anchor(input="Hello", conversation="conv_1")
        assert one == self.anchor(input="More", conversation={"id": "conv_1"})
        assert one != self.anchor(input="Hello", conversation="conv_2")

    def test_without_a_user_it_is_still_an_anchor(self) -> None:
        assert self.anchor(input=None) == "user"
        assert self.anchor(input=[{"type": "function_call_output", "output": "x"}]) == ""


def token(text: str) -> dict[str, Any]:
    return {"token": text, "logprob": -0.5, "bytes": list(text.encode()), "top_logprobs": []}


OUTPUT: list[dict[str, Any]] = [
    {
        "type": "reasoning",
        "id": "rs_<PERSON_1>",
        "summary": [{"type": "summary_text", "text": "<PERSON_1>?"}],
        "encrypted_content": "<PERSON_1>",
    },
    {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [
            {
                "type": "output_text",
                "text": "Dear <PERSON_1>",
                "annotations": [
                    {
                        "type": "url_citation",
                        "url": "https://x.example/?q=⟦ü1⟧",
                        "title": "⟦ü1⟧",
                        "start_index": 5,
                        "end_index": 15,
                    }
                ],
                "logprobs": [token("Dear"), token(" <PERSON"), token("_1>")],
            },
            {"type": "refusal", "refusal": "No, <PERSON_1>"},
        ],
    },
    {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"to":"<PERSON_1>","<PERSON_12>":1}'},
    {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "mail <PERSON_1>"},
    {
        "type": "code_interpreter_call",
        "code": "print('<PERSON_12>')",
        "outputs": [{"type": "logs", "logs": "<PERSON_1>"}],
    },
    {"type": "image_generation_call", "result": "<PERSON_1>"},
    {"type": "thing_of_tomorrow", "thing": {"<PERSON_1>": ["⟦ü1⟧"]}},
]
ANSWER: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "error": None,
    "model": "m",
    "instructions": "Be kind to <PERSON_1>",
    "output": OUTPUT,
    "metadata": {"customer": "<PERSON_12>"},
    "usage": {"input_tokens": 7, "output_tokens": 5},
}


def check_restored(answer: dict[str, Any]) -> None:
    reasoning, message, call, custom, code, image, tomorrow = answer["output"]
    assert reasoning["summary"][0]["text"] == 'Jane "JJ" Roe?'
    assert reasoning["id"] == "rs_<PERSON_1>"
    assert reasoning["encrypted_content"] == image["result"] == "<PERSON_1>"
    text, refusal = message["content"]
    assert text["text"] == 'Dear Jane "JJ" Roe'
    assert text["annotations"] == [
        {
            "type": "url_citation",
            "url": "https://x.example/?q=Zoë \U0001f600",
            "title": "Zoë \U0001f600",
            "start_index": 5,
            "end_index": 18,
        }
    ]
    assert [entry["token"] for entry in text["logprobs"]] == ["Dear", ' Jane "JJ" Roe']
    assert refusal["refusal"] == 'No, Jane "JJ" Roe'
    assert json.loads(call["arguments"]) == {"to": 'Jane "JJ" Roe', "Ann\nLee": 1}
    assert custom["input"] == 'mail Jane "JJ" Roe'
    assert code["code"] == "print('Ann\nLee')"
    assert code["outputs"][0]["logs"] == 'Jane "JJ" Roe'
    assert tomorrow["thing"] == {'Jane "JJ" Roe': ["Zoë \U0001f600"]}
    assert answer["instructions"] == 'Be kind to Jane "JJ" Roe'
    assert answer["metadata"] == {"customer": "Ann\nLee"}


def test_a_whole_answer_is_restored() -> None:
    raw = json.dumps(ANSWER).encode()
    check_restored(json.loads(RESPONSES.restore(raw, RESTORERS)))
    assert RESPONSES.usage(raw) == {"input": 7, "output": 5}
    assert RESPONSES.restore(raw, NOTHING) is raw
    untouched = json.dumps({**ANSWER, "output": [], "instructions": "", "metadata": {}}, indent=1).encode()
    assert RESPONSES.restore(untouched, RESTORERS) == untouched


@pytest.mark.parametrize("restorers", [RESTORERS, NOTHING], ids=["restoring", "nothing to restore"])
def test_the_message_of_a_failed_answer_is_replaced(restorers: FakeRestorers) -> None:
    raw = json.dumps(
        {"status": "failed", "error": {"code": "server_error", "message": f"You said {SECRET}"}, "output": []}
    ).encode()
    out = json.loads(RESPONSES.restore(raw, restorers))
    assert out["error"] == {"code": "server_error", "message": "The upstream reported an error while it was answering."}
    stream = typed({"type": "response.failed", "sequence_number": 1, "response": json.loads(raw)})
    (event,) = values_of(run(RESPONSES, stream, [], restorers))
    assert event["response"] == out


PLACE = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
CALL = {"item_id": "fc_1", "output_index": 2}
TEXT = "Dear <PERSON_1>, é <PERSON_12> ⟦ü1⟧ <PERSON_1"
RESTORED = 'Dear Jane "JJ" Roe, é Ann\nLee Zoë \U0001f600 <PERSON_1'
ARGUMENTS = '{"to": "<PERSON_1>", "<PERSON_12>": ["⟦ü1⟧"]}'


def numbered(*values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": value["type"], "sequence_number": number, **value} for number, value in enumerate(values)]


def whole_stream(size: int) -> list[dict[str, Any]]:
    part = {"type": "output_text", "text": TEXT, "annotations": []}
    call = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": ARGUMENTS}
    return numbered(
        {
            "type": "response.created",
            "response": {"id": "resp_1", "error": None, "instructions": "<PERSON_1>", "output": []},
        },
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {"type": "message", "id": "msg_1", "content": []},
        },
        {
            "type": "response.content_part.added",
            **PLACE,
            "part": {"type": "output_text", "text": "", "annotations": []},
        },
        *({"type": "response.output_text.delta", **PLACE, "delta": piece} for piece in pieces(TEXT, size)),
        {"type": "response.output_text.done", **PLACE, "text": TEXT},
        {"type": "response.content_part.done", **PLACE, "part": part},
        {
            "type": "response.output_item.done",
            "output_index": 1,
            "item": {"type": "message", "id": "msg_1", "content": [part]},
        },
        *(
            {"type": "response.function_call_arguments.delta", **CALL, "delta": piece}
            for piece in pieces(ARGUMENTS, size)
        ),
        {"type": "response.function_call_arguments.done", **CALL, "arguments": ARGUMENTS},
        {"type": "response.output_item.done", "output_index": 2, "item": call},
        {"type": "response.completed", "response": {**ANSWER, "output": OUTPUT}},
    )


def deltas(values: list[dict[str, Any]], base: str) -> str:
    """Put the deltas of one text together; none may come after its end."""
    types = [value["type"] for value in values]
    end = types.index(f"{base}.done")
    assert f"{base}.delta" not in types[end:]
    return "".join(value["delta"] for value in values if value["type"] == f"{base}.delta")


@pytest.mark.parametrize("size", [3, 8])
def test_every_telling_of_a_text_is_restored_wherever_the_bytes_are_split(size: int) -> None:
    values = values_of(split_everywhere(RESPONSES, typed(*whole_stream(size)), step=17))
    by_type = {value["type"]: value for value in values}
    assert deltas(values, "response.output_text") == RESTORED
    assert by_type["response.output_text.done"]["text"] == RESTORED
    assert by_type["response.content_part.done"]["part"]["text"] == RESTORED
    items = [value["item"] for value in values if value["type"] == "response.output_item.done"]
    assert items[0]["content"][0]["text"] == RESTORED
    arguments = deltas(values, "response.function_call_arguments")
    assert json.loads(arguments) == {"to": 'Jane "JJ" Roe', "Ann\nLee": ["Zoë \U0001f600"]}
    assert by_type["response.function_call_arguments.done"]["arguments"] == items[1]["arguments"] == arguments
    assert by_type["response.created"]["response"]["instructions"] == 'Jane "JJ" Roe'
    check_restored(by_type["response.completed"]["response"])


def test_what_is_held_goes_out_as_a_delta_before_the_text_is_done() -> None:
    stream = numbered(
        {
            "type": "response.output_text.delta",
            **PLACE,
            "delta": "a <P",
            "logprobs": [token("a"), token(" <P")],
            "obfuscation": "x",
        },
        {"type": "response.output_text.done", **PLACE, "text": "a <P", "logprobs": [token("a"), token(" <P")]},
    )
    first, made, done = values_of(run(RESPONSES, typed(*stream), []))
    assert (first["delta"], first["logprobs"]) == ("a ", [])
    assert made == {
        "type": "response.output_text.delta",
        "sequence_number": 0,
        **PLACE,
        "delta": "<P",
        "logprobs": [token("a"), token(" <P")],
    }
    assert done == stream[1]


@pytest.mark.parametrize(
    "end",
    [
        [{"type": "response.content_part.done", **PLACE, "part": {}}],
        [{"type": "response.output_item.done", "output_index": 1, "item": {}}],
        [{"type": "response.incomplete", "response": {"error": None}}],
        [{"type": "error", "message": "x"}],
        [],
    ],
    ids=["part", "item", "response", "error", "broken off"],
)
def test_what_is_held_is_never_lost(end: list[dict[str, Any]]) -> None:
    stream = typed({"type": "response.output_text.delta", **PLACE, "delta": "a <P"}, *end)
    values = values_of(run(RESPONSES, stream, []))
    assert [value.get("delta") for value in values[:2]] == ["a ", "<P"]
    assert len(values) == 2 + len(end)


@pytest.mark.parametrize(
    ("base", "key"),
    [
        ("response.refusal", "refusal"),
        ("response.reasoning_text", "text"),
        ("response.reasoning_summary_text", "text"),
        ("response.custom_tool_call_input", "input"),
        ("response.code_interpreter_call_code", "code"),
        ("response.audio.transcript", "transcript"),
        ("response.thing_of_tomorrow", "words"),
    ],
)
def test_every_kind_of_delta_is_restored(base: str, key: str) -> None:
    stream = numbered(
        *({"type": f"{base}.delta", "item_id": "i", "output_index": 0, "delta": part} for part in pieces(TEXT, 4)),
        {"type": f"{base}.done", "item_id": "i", "output_index": 0, key: TEXT},
    )
    values = values_of(run(RESPONSES, typed(*stream), []))
    assert deltas(values, base) == values[-1][key] == RESTORED


def test_mcp_arguments_stay_json() -> None:
    stream = numbered(
        *({"type": "response.mcp_call_arguments.delta", **CALL, "delta": part} for part in pieces(ARGUMENTS, 5)),
        {"type": "response.mcp_call_arguments.done", **CALL, "arguments": ARGUMENTS},
    )
    values = values_of(run(RESPONSES, typed(*stream), []))
    assert json.loads(deltas(values, "response.mcp_call_arguments")) == json.loads(values[-1]["arguments"])


def test_texts_of_different_places_do_not_mix() -> None:
    other = {**PLACE, "content_index": 1}
    stream = numbered(
        {"type": "response.output_text.delta", **PLACE, "delta": "<PER"},
        {"type": "response.output_text.delta", **other, "delta": "<PERSON_"},
        {"type": "response.output_text.delta", **PLACE, "delta": "SON_1>"},
        {"type": "response.output_text.delta", **other, "delta": "12>"},
    )
    assert [value["delta"] for value in values_of(run(RESPONSES, typed(*stream), []))] == [
        "",
        "",
        'Jane "JJ" Roe',
        "Ann\nLee",
    ]


def test_a_delta_that_is_an_object_is_restored() -> None:
    stream = numbered(
        {
            "type": "response.shell_call_output_content.delta",
            "output_index": 0,
            "delta": {"stdout": "<PERSON_1> <P", "stderr": "⟦ü1⟧"},
        },
        {"type": "response.shell_call_output_content.done", "output_index": 0, "output": []},
    )
    first, made, _ = values_of(run(RESPONSES, typed(*stream), []))
    assert first["delta"] == {"stdout": 'Jane "JJ" Roe ', "stderr": "Zoë \U0001f600"}
    assert made["delta"] == {"stdout": "<P"}


def test_sound_and_untouched_events_keep_their_bytes() -> None:
    stream = typed(
        *numbered(
            {"type": "response.created", "response": {"id": "<PERSON_1>", "error": None}},
            {"type": "response.audio.delta", "delta": "<PERSON_1>"},
            {"type": "response.output_text.delta", **PLACE, "delta": "hello", "logprobs": []},
            {"type": "response.output_text.delta", "item_id": ["x"], "delta": " you"},
            {"type": "response.image_generation_call.partial_image", "partial_image_b64": "<PERSON_1>"},
            {"type": 7, "delta": None},
            {"type": "response.completed", "response": {"id": "r", "error": None, "usage": {"input_tokens": 1}}},
        )
    )
    assert b"".join(run(RESPONSES, stream, [cut]) for cut in (0, 100)) == stream * 2


@pytest.mark.parametrize("restorers", [RESTORERS, NOTHING], ids=["restoring", "nothing to restore"])
def test_an_error_of_the_upstream_is_replaced(restorers: FakeRestorers) -> None:
    error = {"type": "error", "sequence_number": 5, "code": "x", "message": f"You said {SECRET}", "param": SECRET}
    (event,) = values_of(run(RESPONSES, typed(error), [], restorers))
    assert event == {
        "type": "error",
        "code": "upstream_failed",
        "message": "The upstream reported an error while it was answering.",
        "param": None,
        "sequence_number": 5,
    }


@pytest.mark.parametrize("restorers", [RESTORERS, NOTHING], ids=["restoring", "nothing to restore"])
def test_usage_is_recorded(restorers: FakeRestorers) -> None:
    restorer = RESPONSES.stream(restorers)
    restorer.feed(typed(*whole_stream(50)))
    assert restorer.usage == {"input": 7, "output": 5}


def test_a_stream_that_fails_ends_with_an_event_that_the_sdks_read() -> None:
    (event,) = values_of(RESPONSES.error_event(BlockedByPolicy("No.")))
    assert event == {"type": "error", "code": "blocked_by_policy", "message": "No.", "param": None}


@pytest.mark.parametrize("size", [1, 4, 100])
def test_a_citation_told_in_the_stream_counts_in_the_restored_text(size: int) -> None:
    text = "Dear <PERSON_1>, see <PERSON_12> here."
    place = {"item_id": "i", "output_index": 0, "content_index": 0}
    start = text.index("see")
    cited = {"type": "url_citation", "start_index": start, "end_index": start + 15, "url": "x", "title": "<PERSON_1>"}
    stream = typed(
        *({"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces(text, size)),
        {"type": "response.output_text.annotation.added", **place, "annotation_index": 0, "annotation": cited},
    )
    shown = RESTORERS.text(text)
    annotation = values_of(run(OpenAIResponses(), stream, []))[-1]["annotation"]
    assert shown[annotation["start_index"] : annotation["end_index"]] == "see Ann\nLee"
    assert annotation["title"] == 'Jane "JJ" Roe'
