"""The official OpenAI SDK over real sockets: the application changes its base URL and nothing else."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.fakes.engines import engine
from tests.fakes.world import Scripted, World, world

ADDRESS = "martha@nordhavn-clinic.com"
ASK: list[Any] = [{"role": "user", "content": f"Write to {ADDRESS}"}]


def seen(request: dict[str, Any]) -> str:
    """Return the placeholder that the upstream got to see."""
    return str(request["messages"][0]["content"]).removeprefix("Write to ")


def completion(*choices: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": place, "finish_reason": "stop", **choice} for place, choice in enumerate(choices)],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }


def chunk(index: int, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": index, "delta": delta, "finish_reason": finish, **more}
    shell = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(shell).encode() + b"\n\n"


@asynccontextmanager
async def talking_to(directory: Path, reply: Any) -> AsyncIterator[tuple[openai.AsyncOpenAI, World]]:
    """Yield an SDK client whose cloud upstream answers `reply(request)`: JSON, or a list of pieces to stream."""

    async def handle(request: Request) -> Response:
        answer = reply(json.loads(await request.body()))
        if isinstance(answer, Response):
            return answer
        if isinstance(answer, dict):
            return JSONResponse(answer)

        async def pieces() -> AsyncIterator[bytes]:
            for piece in [*answer, b"data: [DONE]\n\n"]:
                yield piece

        return StreamingResponse(pieces(), media_type="text/event-stream")

    async with world(directory, engine(), {"cloud": Scripted("cloud", handle)}) as w:
        async with openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key="unused", max_retries=0) as client:
            yield client, w
        assert ADDRESS.encode() not in w.received("cloud")


async def test_chat_with_two_choices_is_restored_in_each(tmp_path: Path) -> None:
    def reply(request: dict[str, Any]) -> dict[str, Any]:
        texts = (f"Dear {seen(request)}", f"**{seen(request).strip('<>').lower()}**'s parcel")
        return completion(*({"message": {"role": "assistant", "content": text}} for text in texts))

    async with talking_to(tmp_path, reply) as (client, _):
        answer = await client.chat.completions.create(model="m", messages=ASK, n=2)
        assert [choice.message.content for choice in answer.choices] == [f"Dear {ADDRESS}", f"**{ADDRESS}**'s parcel"]
        assert answer.usage is not None
        assert answer.usage.total_tokens == 7


async def test_a_stream_of_two_choices_is_restored_at_every_cut(tmp_path: Path) -> None:
    def reply(request: dict[str, Any]) -> list[bytes]:
        text = f"Dear {seen(request)}, bye"
        pieces = [chunk(index, {"content": letter}) for letter in text for index in (0, 1)]
        usage = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": []}
        usage["usage"] = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        ends = [chunk(index, {}, "stop") for index in (0, 1)]
        return [*pieces, *ends, b"data: " + json.dumps(usage).encode() + b"\n\n"]

    async with talking_to(tmp_path, reply) as (client, w):
        texts = ["", ""]
        total = 0
        stream = await client.chat.completions.create(
            model="m", messages=ASK, n=2, stream=True, stream_options={"include_usage": True}
        )
        async for event in stream:
            for choice in event.choices:
                texts[choice.index] += choice.delta.content or ""
            total = event.usage.total_tokens if event.usage else total
        assert texts == [f"Dear {ADDRESS}, bye"] * 2
        assert total == 7
    outcome = json.loads(w.log().splitlines()[-1])
    assert outcome["tokens"] == {"input": 3, "output": 4}


TOOL: Any = {
    "type": "function",
    "function": {"name": "send_mail", "parameters": {"type": "object", "properties": {"to": {"type": "string"}}}},
}


async def test_tool_arguments_are_restored_as_valid_json(tmp_path: Path) -> None:
    def reply(request: dict[str, Any]) -> dict[str, Any]:
        function = {"name": "send_mail", "arguments": json.dumps({"to": seen(request)})}
        call = {"id": "call_1", "type": "function", "function": function}
        return completion({"message": {"role": "assistant", "content": None, "tool_calls": [call]}})

    async with talking_to(tmp_path, reply) as (client, _):
        answer = await client.chat.completions.create(model="m", messages=ASK, tools=[TOOL])
        (call,) = answer.choices[0].message.tool_calls or []
        assert call.type == "function"
        assert json.loads(call.function.arguments) == {"to": ADDRESS}


async def test_streamed_tool_arguments_are_restored_as_valid_json(tmp_path: Path) -> None:
    def reply(request: dict[str, Any]) -> list[bytes]:
        arguments = json.dumps({"to": seen(request)})
        first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "send_mail", "arguments": ""}}
        letters = [{"index": 0, "function": {"arguments": letter}} for letter in arguments]
        return [*(chunk(0, {"tool_calls": [call]}) for call in (first, *letters)), chunk(0, {}, "tool_calls")]

    async with talking_to(tmp_path, reply) as (client, _):
        arguments = ""
        async for event in await client.chat.completions.create(model="m", messages=ASK, tools=[TOOL], stream=True):
            for call in event.choices[0].delta.tool_calls or []:
                arguments += (call.function.arguments if call.function else None) or ""
        assert json.loads(arguments) == {"to": ADDRESS}


async def test_tool_results_and_tool_arguments_in_the_history_are_tokenised(tmp_path: Path) -> None:
    history: list[Any] = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Who wrote?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "find", "arguments": json.dumps({"from": ADDRESS}).replace("m", "\\u006d", 1)},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps({"sender": ADDRESS})},
    ]

    def reply(request: dict[str, Any]) -> dict[str, Any]:
        assert set(json.loads(request["messages"][2]["tool_calls"][0]["function"]["arguments"])) == {"from"}
        sender = json.loads(request["messages"][3]["content"])["sender"]
        return completion({"message": {"role": "assistant", "content": f"It was {sender}."}})

    async with talking_to(tmp_path, reply) as (client, _):
        answer = await client.chat.completions.create(model="m", messages=history)
        assert answer.choices[0].message.content == f"It was {ADDRESS}."


class Letter(BaseModel):
    to: str
    words: int


async def test_structured_output_is_parsed_with_the_original_in_it(tmp_path: Path) -> None:
    def reply(request: dict[str, Any]) -> dict[str, Any]:
        assert request["response_format"]["json_schema"]["name"] == "Letter"
        text = json.dumps({"to": seen(request), "words": 12})
        return completion({"message": {"role": "assistant", "content": text}})

    async with talking_to(tmp_path, reply) as (client, _):
        parsed = await client.chat.completions.parse(model="m", messages=ASK, response_format=Letter)
        assert parsed.choices[0].message.parsed == Letter(to=ADDRESS, words=12)


async def test_logprobs_do_not_spell_the_placeholder(tmp_path: Path) -> None:
    def reply(request: dict[str, Any]) -> dict[str, Any]:
        text = f"Hi {seen(request)}!"
        tokens = [text[start : start + 4] for start in range(0, len(text), 4)]
        content = [{"token": t, "logprob": -0.5, "bytes": list(t.encode()), "top_logprobs": []} for t in tokens]
        return completion({"message": {"role": "assistant", "content": text}, "logprobs": {"content": content}})

    async with talking_to(tmp_path, reply) as (client, _):
        answer = await client.chat.completions.create(model="m", messages=ASK, logprobs=True)
        logprobs = answer.choices[0].logprobs
        assert logprobs is not None
        assert "".join(entry.token for entry in logprobs.content or []) == f"Hi {ADDRESS}!"


async def test_errors_raise_the_sdks_own_exceptions(tmp_path: Path) -> None:
    async with talking_to(tmp_path, lambda _: JSONResponse({"error": {"message": ADDRESS}}, 429)) as (client, _):
        with pytest.raises(openai.RateLimitError) as limited:
            await client.chat.completions.create(model="m", messages=ASK)
        assert ADDRESS not in str(limited.value)
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model="m", messages="hello")  # type: ignore[arg-type]
        with pytest.raises(openai.NotFoundError):
            await client.fine_tuning.jobs.create(model="m", training_file="f")
        ssn: list[Any] = [{"role": "user", "content": "SSN 536-22-8741"}]
        with pytest.raises(openai.InternalServerError) as refused:
            await client.chat.completions.create(model="m", messages=ssn)
        assert refused.value.code == "no_cleared_upstream"


async def test_the_sdk_lists_models(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key="unused") as client:
        assert [model.id async for model in client.models.list()] == [
            "cloud-stand-in",
            "secure-stand-in",
            "local-stand-in",
        ]
