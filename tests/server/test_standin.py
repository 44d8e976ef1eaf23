"""What stand-ins say by each API, read through the gateway as an application would."""

import base64
import json
import struct
from pathlib import Path
from typing import Any, Final

import openai
import pytest

from gateway.server import standin_openai
from tests.fakes.engines import engine
from tests.fakes.world import World, world

TEXT: Final = "Write to martha@nordhavn-clinic.com today"
HEARD: Final = f"[cloud stand-in] You wrote: {TEXT}"
BOTH: Final = {name: {"dialects": ["openai", "anthropic"]} for name in ("cloud", "secure", "local")}
MESSAGES: Final[list[Any]] = [{"role": "user", "content": TEXT}]


def client(w: World) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key="unused", max_retries=0)


def told(streamed: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in streamed.splitlines() if line.startswith("data: {")]


async def test_a_chat_hears_what_it_wrote_whole_and_streamed(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, client(w) as sdk:
        whole = await sdk.chat.completions.create(model="m", messages=MESSAGES)
        assert whole.choices[0].message.content == HEARD
        async with sdk.chat.completions.stream(
            model="m", messages=MESSAGES, stream_options={"include_usage": True}
        ) as stream:
            final = await stream.get_final_completion()
        assert final.choices[0].message.content == HEARD
        assert final.usage == whole.usage
        assert b"martha" not in w.received("cloud")


async def test_a_response_hears_what_it_wrote_whole_and_streamed(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, client(w) as sdk:
        whole = await sdk.responses.create(model="m", input=TEXT)
        assert whole.output_text == HEARD
        async with sdk.responses.stream(model="m", input=MESSAGES) as stream:
            kinds = [event.type async for event in stream]
            final = await stream.get_final_response()
        assert final.output_text == HEARD
        assert kinds[0] == "response.created"
        assert kinds[-1] == "response.completed"
        further = await sdk.responses.create(model="m", input="And then?", previous_response_id=whole.id)
        assert further.output_text == "[cloud stand-in] You wrote: And then?"
        assert (await sdk.responses.input_tokens.count(model="m", input="two words")).input_tokens == 2
        assert b"martha" not in w.received("cloud")


async def test_a_message_hears_what_it_wrote_whole_and_streamed(tmp_path: Path) -> None:
    asked = {"model": "m", "max_tokens": 99, "messages": MESSAGES}
    async with world(tmp_path, engine(), more=BOTH) as w:
        whole = (await w.app.post("/v1/messages", json=asked)).json()
        assert whole["content"] == [{"type": "text", "text": HEARD}]
        events = told((await w.app.post("/v1/messages", json={**asked, "stream": True})).text)
        deltas = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
        assert "".join(deltas) == HEARD
        assert [event["type"] for event in events if event["type"] != "content_block_delta"] == [
            "message_start",
            "content_block_start",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
        counted = await w.app.post("/v1/messages/count_tokens", json={"model": "m", "messages": MESSAGES})
        assert counted.json() == {"input_tokens": 4}
        assert b"martha" not in w.received("cloud")


@pytest.mark.parametrize("given", [["a parcel", "a parcel is ready"], [[1, 2], [3]], "a parcel", [1, 2, 3]])
async def test_embeddings_have_a_vector_for_each_input(tmp_path: Path, given: Any) -> None:
    async with world(tmp_path, engine()) as w:
        asked = {"model": "m", "input": given, "dimensions": 8}
        vectors = [each["embedding"] for each in (await w.app.post("/v1/embeddings", json=asked)).json()["data"]]
        assert len(vectors) == (2 if isinstance(given[0], str | list) and isinstance(given, list) else 1)
        assert all(sum(number**2 for number in vector) == pytest.approx(1) for vector in vectors)
        packed = (await w.app.post("/v1/embeddings", json={**asked, "encoding_format": "base64"})).json()["data"]
        for vector, each in zip(vectors, packed, strict=True):
            assert struct.unpack("<8f", base64.b64decode(each["embedding"])) == pytest.approx(vector)


@pytest.mark.parametrize(
    ("dialect", "last", "heard"),
    [
        ("messages", {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "31"}]}, "31"),
        (
            "messages",
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            "a b",
        ),
        ("responses", {"type": "function_call_output", "call_id": "c", "output": "31"}, "31"),
        ("chat/completions", {"role": "assistant", "content": None}, ""),
        ("chat/completions", {"role": "tool", "tool_call_id": "c", "content": "31"}, "31"),
    ],
)
async def test_a_stand_in_reads_results_of_tools_and_parts(
    tmp_path: Path, dialect: str, last: dict[str, Any], heard: str
) -> None:
    messages = [{"role": "user", "content": "How much?"}, last]
    asked = {"model": "m", "max_tokens": 9, "input" if dialect == "responses" else "messages": messages}
    if dialect == "responses":
        del asked["max_tokens"]
    async with world(tmp_path, engine(), more=BOTH) as w:
        answer = await w.app.post(f"/v1/{dialect}", json=asked)
        assert f'stand-in] You wrote: {heard}"' in answer.text


@pytest.mark.parametrize(("asked", "got"), [(10**9, 4096), (-1, 1), (0, 64)])
def test_embeddings_of_a_size_that_nobody_can_have_take_no_memory_for_it(asked: int, got: int) -> None:
    (each,) = standin_openai.embeddings({"model": "m", "input": "a parcel", "dimensions": asked})["data"]
    assert len(each["embedding"]) == got
