"""Chat completions, requests and whole answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import BlockedByPolicy, InvalidRequest, TransformError
from gateway.core.protocols import Dialect
from gateway.dialects.openai_chat import OpenAIChat
from tests.fakes.restorers import FakeRestorers

CHAT = OpenAIChat()
SECRET = "Jane-Roe"
RESTORERS = FakeRestorers({"<PERSON_1>": 'Jane "JJ" Roe', "<PERSON_12>": "Ann\nLee", "<MAIL_1>": "jane@roe.example"})


def body(**members: Any) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello"}], **members}).encode()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no messages": ({"messages": None}, "`/messages` is missing: expected an array of messages."),
    "messages no array": ({"messages": {SECRET: 1}}, "`/messages`: expected an array of messages."),
    "messages empty": ({"messages": []}, "`/messages` is empty: expected an array of messages."),
    "message no object": ({"messages": [SECRET]}, "`/messages/0`: expected a message object."),
    "no role": ({"messages": [{"content": SECRET}]}, "`/messages/0/role` is missing: expected a role."),
    "role no string": ({"messages": [{"role": 1}]}, "`/messages/0/role`: expected a role."),
    "content no text": ({"messages": [{"role": "user", "content": 5}]}, "`/messages/0/content`: expected a string or an array."),
    "part no object": ({"messages": [{"role": "user", "content": [5]}]}, "`/messages/0/content`: expected an array of content parts."),
    "tool calls no array": ({"messages": [{"role": "assistant", "tool_calls": {}}]}, "`/messages/0/tool_calls`: expected an array of objects."),
    "tool call no object": ({"messages": [{"role": "assistant", "tool_calls": [1]}]}, "`/messages/0/tool_calls/0`: expected an object."),
    "no model": ({"model": None}, "`/model` is missing: expected a model's name."),
    "model no string": ({"model": 4}, "`/model`: expected a model's name."),
    "model empty": ({"model": ""}, "`/model` is empty: expected a model's name."),
    "n no integer": ({"n": "2"}, "`/n`: expected an integer."),
    "n a boolean": ({"n": True}, "`/n`: expected an integer."),
    "n a float": ({"n": 1.5}, "`/n`: expected an integer."),
    "stream no boolean": ({"stream": SECRET}, "`/stream`: expected true or false."),
    "stop": ({"stop": [1]}, "`/stop/0`: expected a string."),
    "temperature": ({"temperature": SECRET}, "`/temperature`: expected a number."),
    "tools": ({"tools": [SECRET]}, "`/tools/0`: expected an object."),
}  # fmt: skip


@pytest.mark.parametrize(("members", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_type_is_refused_and_its_place_named(members: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        CHAT.read(body(**members))
    assert str(caught.value) == message
    assert caught.value.status == 400


def test_null_and_unknown_members_are_accepted() -> None:
    document = CHAT.read(body(n=None, stop=None, tools=None, temperature=1, options={"num_ctx": 4096}))
    assert CHAT.model(document) == "m"
    assert not CHAT.streams(document)
    assert CHAT.streams(CHAT.read(body(stream=True)))


def test_it_is_a_dialect() -> None:
    assert isinstance(CHAT, Dialect)
    assert (CHAT.name, CHAT.family, CHAT.endpoint) == ("openai_chat", "openai", "/v1/chat/completions")


def test_a_document_and_an_answer_hide_their_text_from_repr() -> None:
    assert "Hello" not in repr(CHAT.read(body()))


class TestEdit:
    def test_without_edits_the_very_bytes_go_out(self) -> None:
        raw = b'{ "model": "m",\r\n "messages": [{"role":"user","content":"\\u0048i"}], "temperature": 0.70 }'
        document = CHAT.read(raw)
        assert CHAT.edit(document, {}, None) is raw
        assert CHAT.edit(document, {}, "m") is raw

    def test_the_model_is_renamed_and_nothing_else(self) -> None:
        raw = b'{ "model": "m", "messages": [{"role":"user","content":"\\u0048i"}], "temperature": 0.70 }'
        assert CHAT.edit(CHAT.read(raw), {}, "llama") == raw.replace(b'"m"', b'"llama"')

    def test_edits_and_model_together(self) -> None:
        raw = b'{"messages":[{"role":"user","content":"Hi"}],"model":"m"}'
        edited = CHAT.edit(CHAT.read(raw), {"/messages/0/content": "é\n", "/model": "x"}, "llama")
        assert edited == '{"messages":[{"role":"user","content":"é\\n"}],"model":"llama"}'.encode()

    def test_an_edit_that_cannot_be_written_is_refused(self) -> None:
        with pytest.raises(TransformError) as caught:
            CHAT.edit(CHAT.read(body()), {"/messages/0/content": f"{SECRET}\ud800"}, None)
        assert caught.value.__context__ is None

    def test_an_edit_without_a_place_is_refused(self) -> None:
        with pytest.raises(TransformError):
            CHAT.edit(CHAT.read(body()), {"/messages/1/content": "x"}, None)


SYSTEM: dict[str, Any] = {"role": "system", "content": "Be brief."}
USER: dict[str, Any] = {"role": "user", "content": [{"type": "text", "text": "Hello"}]}


class TestAnchor:
    def anchor(self, *messages: dict[str, Any]) -> str:
        return CHAT.anchor(CHAT.read(body(messages=list(messages))))

    def test_it_stays_the_same_in_later_turns(self) -> None:
        later = ({"role": "assistant", "content": "Hi"}, {"role": "user", "content": "More"})
        assert self.anchor(SYSTEM, USER) == self.anchor(SYSTEM, USER, *later)

    def test_it_stays_the_same_when_a_cache_marker_moves(self) -> None:
        marked = {
            "role": "user",
            "content": [{"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral"}}],
        }
        assert self.anchor(SYSTEM, USER) == self.anchor(SYSTEM, marked)
        assert self.anchor(SYSTEM, USER) == self.anchor(SYSTEM, {"role": "user", "content": "Hello"})

    def test_it_differs_with_role_or_text(self) -> None:
        anchors = {
            self.anchor(SYSTEM, USER),
            self.anchor(USER),
            self.anchor({"role": "developer", "content": "Be brief."}, USER),
            self.anchor(SYSTEM, {"role": "user", "content": "Hallo"}),
            self.anchor(SYSTEM, {"role": "user", "content": None}),
            self.anchor(SYSTEM, {"role": "user", "content": ["Hello", "x"]}),
        }
        assert len(anchors) == 6

    def test_without_a_user_it_ends_with_the_first_message_that_is_no_instruction(self) -> None:
        tool = {"role": "tool", "content": "x"}
        assert self.anchor(SYSTEM, tool) == self.anchor(SYSTEM, tool, {"role": "assistant", "content": "y"})


def answer(**message: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-<PERSON_1>",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    }


def restored(value: Any) -> Any:
    return json.loads(CHAT.restore(json.dumps(value).encode(), RESTORERS))


class TestRestore:
    def test_every_text_of_a_message_is_restored(self) -> None:
        message = {
            "content": "Dear <PERSON_1>, <PERSON_12> (<MAIL_1>)",
            "refusal": "No, <PERSON_1>",
            "reasoning_content": "<PERSON_1>?",
            "annotations": [
                {"type": "url_citation", "url_citation": {"url": "https://x.example/<MAIL_1>", "title": "<PERSON_1>"}}
            ],
            "audio": {"id": "a", "data": "AAAA", "transcript": "<PERSON_1>", "expires_at": 1},
            "a_field_of_tomorrow": {"<PERSON_1>": ["<MAIL_1>"]},
        }
        out = restored(answer(**message))
        assert out["choices"][0]["message"] == {
            "role": "assistant",
            "content": 'Dear Jane "JJ" Roe, Ann\nLee (jane@roe.example)',
            "refusal": 'No, Jane "JJ" Roe',
            "reasoning_content": 'Jane "JJ" Roe?',
            "annotations": [
                {
                    "type": "url_citation",
                    "url_citation": {"url": "https://x.example/jane@roe.example", "title": 'Jane "JJ" Roe'},
                }
            ],
            "audio": {"id": "a", "data": "AAAA", "transcript": 'Jane "JJ" Roe', "expires_at": 1},
            "a_field_of_tomorrow": {'Jane "JJ" Roe': ["jane@roe.example"]},
        }
        assert out["id"] == "chatcmpl-<PERSON_1>"

    def test_arguments_stay_json(self) -> None:
        calls = [
            {
                "id": "1",
                "type": "function",
                "function": {"name": "f", "arguments": '{"to": "<PERSON_1>", "<PERSON_12>": 1}'},
            },
            {"id": "2", "type": "custom", "custom": {"name": "g", "input": "mail <PERSON_1>"}},
        ]
        message = restored(
            answer(content=None, tool_calls=calls, function_call={"name": "f", "arguments": '{"a":"<PERSON_12>"}'})
        )["choices"][0]["message"]
        assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"to": 'Jane "JJ" Roe', "Ann\nLee": 1}
        assert message["tool_calls"][1]["custom"]["input"] == 'mail Jane "JJ" Roe'
        assert json.loads(message["function_call"]["arguments"]) == {"a": "Ann\nLee"}

    def test_structured_output_stays_json(self) -> None:
        out = restored(answer(content='{"name": "<PERSON_1>"}'))
        assert json.loads(out["choices"][0]["message"]["content"]) == {"name": 'Jane "JJ" Roe'}

    def test_every_choice_is_restored(self) -> None:
        value = answer(content="<PERSON_1>")
        value["choices"].append(
            {"index": 1, "message": {"role": "assistant", "content": "<MAIL_1>"}, "finish_reason": "stop"}
        )
        assert [choice["message"]["content"] for choice in restored(value)["choices"]] == [
            'Jane "JJ" Roe',
            "jane@roe.example",
        ]

    @pytest.mark.parametrize(
        "raw",
        [
            json.dumps(answer(content="nothing to restore é"), indent=2).encode(),
            b'{"id": "<PERSON_1>", "model": "<PERSON_1>"}',
            b"<html>Bad gateway, <PERSON_1></html>",
            b"",
            b'"<PERSON_1>"',
            b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        ],
        ids=["nothing", "only fixed", "no JSON", "empty", "no object", "too deep"],
    )  # fmt: skip
    def test_the_same_bytes_come_out_when_nothing_was_restored(self, raw: bytes) -> None:
        assert CHAT.restore(raw, RESTORERS) == raw

    def test_without_surrogates_the_body_is_not_even_parsed(self) -> None:
        raw = json.dumps(answer(content="<PERSON_1>")).encode()
        assert CHAT.restore(raw, FakeRestorers({})) is raw

    def test_a_deep_answer_is_restored_without_recursion(self) -> None:
        raw = b'{"a":' + b"[" * 400 + b'"<PERSON_1>"' + b"]" * 400 + b"}"
        assert b"Jane" in CHAT.restore(raw, RESTORERS)

    def test_a_surrogate_key_is_not_restored_over_a_key_that_is_there(self) -> None:
        assert restored({"<MAIL_1>": 1, "jane@roe.example": 2}) == {"<MAIL_1>": 1, "jane@roe.example": 2}


def entry(token: str, logprob: float) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode()),
        "top_logprobs": [{"token": token, "logprob": logprob}],
    }


class TestLogprobs:
    def entries(self, *tokens: str) -> list[dict[str, Any]]:
        value = answer(content="".join(tokens))
        value["choices"][0]["logprobs"] = {"content": [entry(token, -0.5) for token in tokens], "refusal": None}
        logprobs: list[dict[str, Any]] = restored(value)["choices"][0]["logprobs"]["content"]
        return logprobs

    def test_tokens_that_spell_a_surrogate_become_one(self) -> None:
        found = self.entries("Dear", " <", "PERSON", "_1", ">,", " hello")
        assert [e["token"] for e in found] == ["Dear", ' Jane "JJ" Roe,', " hello"]
        assert found[1] == {
            "token": ' Jane "JJ" Roe,',
            "logprob": -2.0,
            "bytes": list(b' Jane "JJ" Roe,'),
            "top_logprobs": [],
        }
        assert found[0] == entry("Dear", -0.5)

    def test_two_surrogates_that_share_a_token_become_one_entry(self) -> None:
        assert [e["token"] for e in self.entries("<PERSON_1", "><", "MAIL_1>", "", "!")] == [
            'Jane "JJ" Roejane@roe.example',
            "",
            "!",
        ]

    def test_two_surrogates_apart_stay_apart(self) -> None:
        assert [e["token"] for e in self.entries("<PERSON_1", ">", " ", "<MAIL_1>")] == [
            'Jane "JJ" Roe',
            " ",
            "jane@roe.example",
        ]

    def test_two_surrogates_in_one_token(self) -> None:
        assert [e["token"] for e in self.entries("a<PERSON_1>b<MAIL_1>c", "d")] == [
            'aJane "JJ" Roebjane@roe.examplec',
            "d",
        ]

    def test_entries_of_another_shape_are_left_alone(self) -> None:
        value = answer(content="<PERSON_1>")
        value["choices"][0]["logprobs"] = {"content": [None, {"token": None}, 3]}
        assert restored(value)["choices"][0]["logprobs"] == {"content": [None, {"token": None}, 3]}


def test_usage_is_read_from_answers() -> None:
    assert CHAT.usage(json.dumps(answer(content="x")).encode()) == {"input": 7, "output": 5}
    assert CHAT.usage(b"<html>") == {}
    assert CHAT.usage(b'{"usage": 5}') == {}
    assert CHAT.usage(b'{"usage": {"prompt_tokens": null, "completion_tokens": 3}}') == {"output": 3}


def test_errors_have_the_envelope_of_the_api() -> None:
    error = BlockedByPolicy("A rule denies.")
    assert json.loads(CHAT.error(error)) == {
        "error": {"message": "A rule denies.", "type": "privacy_policy", "param": None, "code": "blocked_by_policy"}
    }


class TestCitations:
    def offsets(self, text: str, *pairs: tuple[int, int]) -> list[str]:
        """Return what the moved offsets point to in the restored text."""
        citations = [
            {"type": "url_citation", "url_citation": {"start_index": start, "end_index": end}} for start, end in pairs
        ]
        message = restored(answer(content=text, annotations=citations))["choices"][0]["message"]
        places = [annotation["url_citation"] for annotation in message["annotations"]]
        return [message["content"][place["start_index"] : place["end_index"]] for place in places]

    def test_they_point_to_the_same_words_as_before(self) -> None:
        text = "One <PERSON_1> two <MAIL_1> three"
        words = ["One", "<PERSON_1>", " two ", "two <MAIL_1> three", "three"]
        found = self.offsets(text, *((text.index(word), text.index(word) + len(word)) for word in words))
        assert found == ["One", 'Jane "JJ" Roe', " two ", "two jane@roe.example three", "three"]

    def test_one_that_points_into_a_surrogate_means_the_whole_value(self) -> None:
        assert self.offsets("a <PERSON_1> b", (4, 6)) == ['Jane "JJ" Roe']

    def test_without_a_surrogate_nothing_moves(self) -> None:
        raw = json.dumps(answer(content="a b", annotations=[{"start_index": 2, "end_index": 3}, 5])).encode()
        assert CHAT.restore(raw, RESTORERS) == raw


@pytest.mark.parametrize("restorers", [RESTORERS, FakeRestorers({})], ids=["restoring", "nothing to restore"])
@pytest.mark.parametrize("error", [{"message": f"You said {SECRET}"}, f"You said {SECRET}", [SECRET]])
def test_an_error_in_a_successful_answer_is_replaced(error: Any, restorers: FakeRestorers) -> None:
    out = CHAT.restore(json.dumps({"error": error}).encode(), restorers)
    assert SECRET.encode() not in out
    assert json.loads(out)["error"]["code"] == "upstream_failed"


def test_a_stream_that_fails_ends_with_an_event_that_the_sdks_read() -> None:
    assert CHAT.error_event(BlockedByPolicy("No.")) == b"data: " + CHAT.error(BlockedByPolicy("No.")) + b"\n\n"
