"""The official SDK understands the streams that come out: its own accumulators put the texts together."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest

from gateway.dialects.base import JsonDialect
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_responses import OpenAIResponses
from tests.dialects.streaming import pieces, run, typed

TEXT = "Dear <PERSON_1>, é <PERSON_12> ⟦ü1⟧ <PERSON_1"
RESTORED = 'Dear Jane "JJ" Roe, é Ann\nLee Zoë \U0001f600 <PERSON_1'
ARGUMENTS = '{"to": "<PERSON_1>", "<PERSON_12>": ["⟦ü1⟧"]}'
RESTORED_ARGUMENTS = {"to": 'Jane "JJ" Roe', "Ann\nLee": ["Zoë \U0001f600"]}


def client(dialect: JsonDialect, upstream: bytes, cuts: int) -> openai.OpenAI:
    """Return a client that gets `upstream` through the dialect, `cuts` bytes at a time."""
    out = run(dialect, upstream, list(range(cuts, len(upstream), cuts)))

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == dialect.endpoint
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=out)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return openai.OpenAI(api_key="k", base_url="http://gateway.example/v1", http_client=http, max_retries=0)


def chat_stream(size: int) -> bytes:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        value = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return f"data: {json.dumps(value)}\n\n"

    def call(index: int, **function: Any) -> dict[str, Any]:
        head = {"id": f"call_{index}", "type": "function"} if "name" in function else {}
        return {"tool_calls": [{"index": index, **head, "function": function}]}

    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": part}) for part in pieces(TEXT, size)]
    for index in (0, 1):
        events.append(chunk(call(index, name="f", arguments="")))
        events += [chunk(call(index, arguments=part)) for part in pieces(ARGUMENTS, size)]
    return "".join([*events, chunk({}, "tool_calls"), "data: [DONE]\n\n"]).encode()


@pytest.mark.parametrize("size", [1, 4, 100])
def test_chat(size: int) -> None:
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    with client(OpenAIChat(), chat_stream(size), 50).chat.completions.stream(
        model="m", messages=[{"role": "user", "content": "Hello"}], tools=[tool]
    ) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        final = stream.get_final_completion()
    assert [json.loads(event.arguments) for event in done] == [RESTORED_ARGUMENTS] * 2
    message = final.choices[0].message
    assert message.content == RESTORED
    assert [json.loads(call.function.arguments) for call in message.tool_calls or ()] == [RESTORED_ARGUMENTS] * 2


def response_stream(size: int) -> bytes:
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": TEXT, "annotations": []}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "c",
        "name": "f",
        "arguments": ARGUMENTS,
        "status": "completed",
    }
    response = {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "in_progress", "error": None,
        "output": [], "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "metadata": {},
    }  # fmt: skip
    call_place = {"item_id": "fc_1", "output_index": 1}
    values: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": {**message, "content": []}},
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        *(
            {"type": "response.output_text.delta", **place, "delta": text, "logprobs": []}
            for text in pieces(TEXT, size)
        ),
        {"type": "response.output_text.done", **place, "text": TEXT, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": message},
        {"type": "response.output_item.added", "output_index": 1, "item": {**call, "arguments": ""}},
        *(
            {"type": "response.function_call_arguments.delta", **call_place, "delta": text}
            for text in pieces(ARGUMENTS, size)
        ),
        {"type": "response.function_call_arguments.done", **call_place, "arguments": ARGUMENTS, "name": "f"},
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": {**response, "status": "completed", "output": [message, call]}},
    ]
    return typed(*({**value, "sequence_number": number} for number, value in enumerate(values)))


@pytest.mark.parametrize("size", [1, 4, 100])
def test_responses(size: int) -> None:
    texts, arguments, snapshot = "", "", ""
    with client(OpenAIResponses(), response_stream(size), 50).responses.stream(model="m", input="Hello") as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                texts += event.delta
                snapshot = event.snapshot
            if event.type == "response.function_call_arguments.delta":
                arguments += event.delta
        final = stream.get_final_response()
    assert texts == snapshot == final.output_text == RESTORED
    assert json.loads(arguments) == RESTORED_ARGUMENTS
    (call,) = [item for item in final.output if item.type == "function_call"]
    assert json.loads(call.arguments) == RESTORED_ARGUMENTS


def test_an_error_in_the_stream_is_raised_without_the_upstreams_words() -> None:
    upstream = chat_stream(9).replace(b"data: [DONE]", b'data: {"error": {"message": "You said: Hello"}}')
    stream = client(OpenAIChat(), upstream, 50).chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    with pytest.raises(openai.APIError) as caught:
        list(stream)
    assert caught.value.code == "upstream_failed"
    assert "Hello" not in str(caught.value)
