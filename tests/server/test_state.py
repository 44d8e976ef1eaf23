"""What upstreams keep, over real sockets, with the official SDK: only its maker gets an id, only for who got it."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest

from gateway.adapters.identity.keys import hash_of, new_key
from gateway.adapters.readers import TextReader
from gateway.core.errors import VaultError
from gateway.core.state import Shelved
from gateway.pipeline import Engine
from gateway.policy.replay import replay
from gateway.server.standin import running
from tests.fakes.engines import POLICY, engine
from tests.fakes.stateful import StatefulStandIn
from tests.fakes.world import Scripted, World, answers, streams, world

ADDRESS = "martha@nordhavn-clinic.com"
OTHER = "oskar@nordhavn-clinic.com"
KEYS = {name: new_key() for name in "abc"}


def identity(directory: Path) -> dict[str, object]:
    """Two principals of one tenant, and one of another."""
    whose = {"a": ("ann", "acme"), "b": ("bob", "acme"), "c": ("ann", "rival")}
    entries = [
        {"name": f"key-{name}", "hash": hash_of(KEYS[name]), "principal": principal, "tenant": tenant}
        for name, (principal, tenant) in whose.items()
    ]
    file = directory / "keys.yaml"
    file.write_text(json.dumps({"keys": entries}))
    return {"api_keys": {"file": str(file)}}


@asynccontextmanager
async def stateful(
    directory: Path,
    settings: Mapping[str, object] | None = None,
    fleet: Mapping[str, StatefulStandIn] | None = None,
    engine_: Engine | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    upstreams = dict(fleet or {name: StatefulStandIn(name) for name in ("cloud", "cloud-2", "local")})
    async with world(directory, engine_ or engine(), upstreams, settings=settings, **more) as w:
        yield w


def sdk(w: World, key: str = "unused") -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key=KEYS.get(key, key), max_retries=0)


async def test_a_stored_conversation_of_three_turns_is_restored_and_the_cloud_never_sees_a_value(
    tmp_path: Path,
) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        first = await client.responses.create(model="m", input=f"I am {ADDRESS}")
        second = await client.responses.create(model="m", input=f"Write to {OTHER}, too", previous_response_id=first.id)
        third = await client.responses.create(
            model="m", input=f"Who am I, if not {OTHER}?", previous_response_id=second.id
        )
        assert first.output_text == f"I am {ADDRESS}"
        assert second.output_text == f"I am {ADDRESS} | Write to {OTHER}, too"
        assert third.output_text == f"I am {ADDRESS} | Write to {OTHER}, too | Who am I, if not {OTHER}?"
        cloud = w.received("cloud")
        assert cloud.count(b"<EMAIL_ADDRESS_") == 3
        assert ADDRESS.encode() not in cloud
        assert OTHER.encode() not in cloud
        assert len({body.split(b"<EMAIL_ADDRESS_")[1][:11] for body in w.upstreams["cloud"].received[1:]}) == 1
        assert ADDRESS not in w.log()


async def test_a_streamed_turn_is_remembered_and_restored(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        id_ = ""
        stream = await client.responses.create(model="m", input=f"I am {ADDRESS}", stream=True)
        async for event in stream:
            if event.type == "response.completed":
                id_ = event.response.id
        texts = {"delta": ""}
        async with client.responses.stream(model="m", input="And now?", previous_response_id=id_) as events:
            async for each in events:
                if each.type == "response.output_text.delta":
                    texts["delta"] += each.delta
                if each.type == "response.output_text.done":
                    texts["done"] = each.text
        assert set(texts.values()) == {f"I am {ADDRESS} | And now?"}
        assert ADDRESS.encode() not in w.received("cloud")


async def refused(client: openai.AsyncOpenAI, **pointer: Any) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as caught:
        await client.responses.create(model="m", input="And now?", **pointer)
    return caught.value


async def test_an_id_of_another_tenant_or_principal_is_answered_as_one_that_never_was(tmp_path: Path) -> None:
    async with (
        stateful(tmp_path, {"identity": identity(tmp_path)}) as w,
        sdk(w, "a") as ann,
        sdk(w, "b") as bob,
        sdk(w, "c") as rival,
    ):
        made = await ann.responses.create(model="m", input="Hello")
        seen = len(w.upstreams["cloud"].received)
        answers = set()
        for client in (bob, rival):
            for id_ in (made.id, "resp_never_was"):
                error = await refused(client, previous_response_id=id_)
                assert error.status_code == 422
                answers.add(error.response.text)
        assert len(answers) == 1
        assert made.id not in answers.pop()
        assert len(w.upstreams["cloud"].received) == seen
        assert not w.received("local")
        again = await ann.responses.create(model="m", input="Still me?", previous_response_id=made.id)
        assert again.output_text == "Hello | Still me?"


async def test_an_id_never_goes_to_another_upstream_than_its_maker(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        w.gateway.client.available = lambda upstream: upstream.name != "cloud"  # type: ignore[method-assign]
        error = await refused(client, previous_response_id=made.id)
        assert error.status_code == 503
        assert not w.received("cloud-2")
        assert not w.received("local")


async def test_what_may_not_go_to_the_maker_goes_nowhere(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        with pytest.raises(openai.APIStatusError) as caught:
            await client.responses.create(model="m", input="My number is 536-22-8741", previous_response_id=made.id)
        assert caught.value.status_code == 503
        assert b"536-22-8741" not in w.received("cloud") + w.received("local") + w.received("cloud-2")


async def test_what_a_local_upstream_keeps_stays_with_it(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="My number is 536-22-8741")
        assert w.received("local")
        raw = await client.responses.with_raw_response.create(
            model="m", input="Say it again", previous_response_id=made.id
        )
        assert raw.headers["x-privacy-sensitivity"] == "high"
        assert raw.headers["x-privacy-zone"] == "local"
        assert raw.parse().output_text == "My number is 536-22-8741 | Say it again"
        assert not w.received("cloud")


async def test_without_store_nothing_is_remembered(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input=f"I am {ADDRESS}", store=False)
        assert (await w.gateway.vault.stats()).ids == 0
        assert (await refused(client, previous_response_id=made.id)).status_code == 422


PERSISTENT = {"vault.store": "sqlite", "key": {"env": "TEST_KEY"}}


async def test_after_a_restart_the_conversation_goes_on_until_it_is_erased(tmp_path: Path) -> None:
    settings = {**PERSISTENT, "vault.path": str(tmp_path / "vault.sqlite")}
    cloud = StatefulStandIn("cloud")
    async with running(cloud) as (url,):
        where = {"cloud": {"base_url": f"{url}/v1"}}
        async with stateful(tmp_path, settings, {"cloud": cloud}, more=where) as w, sdk(w) as client:
            made = await client.responses.create(model="m", input=f"I am {ADDRESS}")
        for file in tmp_path.glob("vault.sqlite*"):
            assert ADDRESS.encode() not in file.read_bytes()
            assert made.id.encode() not in file.read_bytes()
        async with stateful(tmp_path, settings, {"cloud": cloud}, more=where) as w, sdk(w) as client:
            again = await client.responses.create(model="m", input="And now?", previous_response_id=made.id)
            assert again.output_text == f"I am {ADDRESS} | And now?"
            assert await w.gateway.vault.erase("default") > 0
            assert (await refused(client, previous_response_id=made.id)).status_code == 422


async def test_an_address_that_changed_hands_is_another_upstream(tmp_path: Path) -> None:
    settings = {**PERSISTENT, "vault.path": str(tmp_path / "vault.sqlite")}
    fleet = {"cloud": StatefulStandIn("cloud")}
    async with stateful(tmp_path, settings, fleet) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
    async with stateful(tmp_path, settings, fleet) as w, sdk(w) as client:
        assert (await refused(client, previous_response_id=made.id)).status_code == 503
        assert len(fleet["cloud"].received) == 1


async def test_after_its_time_an_id_is_unknown(tmp_path: Path) -> None:
    async with stateful(tmp_path, {"vault.ttl_seconds": 10}) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        now = w.gateway.vault.now()
        w.gateway.vault._clock = lambda: now + 11
        assert (await refused(client, previous_response_id=made.id)).status_code == 422


async def test_a_planted_placeholder_is_never_restored_not_even_turns_later(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        first = await client.responses.create(model="m", input=f"I am {ADDRESS}")
        placeholder = json.loads(w.upstreams["cloud"].received[0])["input"].removeprefix("I am ")
        second = await client.responses.create(
            model="m", input=f"Read: http://x.example/?to={placeholder}", previous_response_id=first.id
        )
        third = await client.responses.create(model="m", input=f"{ADDRESS}", previous_response_id=second.id)
        assert f"to={ADDRESS}" not in second.output_text
        assert f"to={ADDRESS}" not in third.output_text
        assert third.output_text.endswith(ADDRESS)
        assert ADDRESS.encode() not in w.received("cloud")


ATTACKS: dict[str, Any] = {
    "another letter": lambda id_: {"previous_response_id": id_[:-1] + ("0" if id_[-1] != "0" else "1")},
    "fullwidth": lambda id_: {"previous_response_id": "ｒ" + id_[1:]},
    "cyrillic": lambda id_: {"previous_response_id": id_.replace("e", "е", 1)},
    "case": lambda id_: {"previous_response_id": id_.upper()},
    "space": lambda id_: {"previous_response_id": id_ + " "},
    "zero width": lambda id_: {"previous_response_id": id_ + "\u200b"},
    "two": lambda id_: {"previous_response_id": id_, "conversation": "conv_never_was"},
    "key in another case": lambda _: {"Previous_Response_ID": "resp_never_was"},
    "key in camel case": lambda _: {"previousResponseId": "resp_never_was"},
    "file": lambda _: {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-x"}]}]},
    "reference": lambda _: {"input": [{"type": "item_reference", "id": "msg_never_was"}]},
    "vector store": lambda _: {"tools": [{"type": "file_search", "vector_store_ids": ["vs_never_was"]}]},
    "container": lambda _: {"tools": [{"type": "code_interpreter", "container": "cntr_never_was"}]},
    "deep": lambda _: {"a_field_of_tomorrow": [{"x": {"file_id": "file-x"}}]},
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_pointer_that_is_not_known_to_the_letter_goes_nowhere(tmp_path: Path, attack: str) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        body = {"model": "m", "input": "And now?", **ATTACKS[attack](made.id)}
        answer = await w.app.post("/v1/responses", json=body)
        assert answer.status_code == 422, answer.text
        assert len(w.upstreams["cloud"].received) == 1
        assert not w.received("local")
        assert not w.received("cloud-2")


async def test_an_id_in_a_text_is_a_text(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        answer = await client.responses.create(model="m", input='Use {"previous_response_id": "resp_1"} please')
        assert "resp_1" in answer.output_text


class BrokenStore:
    """A store that is down."""

    async def put(self, items: list[Shelved], *, now: float, expires: float) -> None:
        raise VaultError("down")

    async def get(self, keys: list[bytes], *, now: float) -> list[list[bytes]]:
        raise VaultError("down")

    async def aclose(self) -> None:
        pass


async def test_a_vault_that_fails_lets_nothing_out(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="Hello")
        w.gateway.vault._store = BrokenStore()  # type: ignore[assignment]
        error = await refused(client, previous_response_id=made.id)
        assert (error.status_code, error.code) == (503, "vault_unavailable")
        assert len(w.upstreams["cloud"].received) == 1
        new = await refused(client)
        assert (new.status_code, new.code) == (503, "vault_unavailable")
        assert "resp_" not in new.response.text
        streamed = await w.app.post("/v1/responses", json={"model": "m", "input": "Hello", "stream": True})
        assert "resp_" not in streamed.text
        assert "vault_unavailable" in streamed.text
        assert (await client.responses.create(model="m", input="Hello", store=False)).output_text == "Hello"


async def test_a_record_that_was_moved_or_changed_in_the_store_lets_nothing_out(tmp_path: Path) -> None:
    file = tmp_path / "vault.sqlite"
    settings = {**PERSISTENT, "vault.path": str(file), "identity": identity(tmp_path)}
    async with stateful(tmp_path, settings) as w, sdk(w, "a") as ann, sdk(w, "c") as rival:
        theirs = await rival.responses.create(model="m", input=f"I am {ADDRESS}")
        mine = await ann.responses.create(model="m", input="Hello")
        seen = len(w.upstreams["cloud"].received)
        with closing(sqlite3.connect(file)) as store, store:
            rows = store.execute("SELECT number, sealed FROM records ORDER BY number").fetchall()
            for (number, _), (_, other) in zip(rows, [*rows[1:], rows[0]], strict=True):
                store.execute("UPDATE records SET sealed = ? WHERE number = ?", (other, number))
        for client, id_ in ((ann, mine.id), (ann, theirs.id), (rival, theirs.id)):
            error = await refused(client, previous_response_id=id_)
            assert error.status_code == (422 if (client, id_) == (ann, theirs.id) else 503)
        assert len(w.upstreams["cloud"].received) == seen
        assert ADDRESS not in w.log()


async def test_two_replicas_share_what_they_remember(tmp_path: Path) -> None:
    settings = {**PERSISTENT, "vault.path": str(tmp_path / "vault.sqlite")}
    cloud = StatefulStandIn("cloud")
    async with running(cloud) as (url,):
        where = {"cloud": {"base_url": f"{url}/v1"}}
        one = stateful(tmp_path / "one", settings, {"cloud": cloud}, more=where)
        two = stateful(tmp_path / "two", settings, {"cloud": cloud}, more=where)
        async with one as first, two as second, sdk(first) as left, sdk(second) as right:
            made = await left.conversations.create()
            for number in range(3):
                for client in (left, right):
                    answer = await client.responses.create(model="m", input=f"{number} {ADDRESS}", conversation=made.id)
                    assert ADDRESS in answer.output_text
            both = await asyncio.gather(
                left.responses.create(model="m", input=OTHER, conversation=made.id),
                right.responses.create(model="m", input="third@nordhavn-clinic.com", conversation=made.id),
            )
            assert all(answer.output_text for answer in both)
            last = await left.responses.create(model="m", input="All?", conversation=made.id)
            assert all(address in last.output_text for address in (ADDRESS, OTHER, "third@nordhavn-clinic.com"))
        assert b"nordhavn" not in b"".join(cloud.received)


async def test_the_level_of_what_is_pointed_to_holds_in_replay_and_for_a_shadow_policy(tmp_path: Path) -> None:
    live = replace(engine(), shadow=engine().policy)
    fleet = {name: StatefulStandIn(name) for name in ("cloud", "secure", "local")}
    async with stateful(tmp_path, fleet=fleet, engine_=live) as w, sdk(w) as client:
        made = await client.responses.create(model="m", input="We acquire them")
        raw = await client.responses.with_raw_response.create(model="m", input="And?", previous_response_id=made.id)
        assert (raw.headers["x-privacy-sensitivity"], raw.headers["x-privacy-zone"]) == ("moderate", "secure")
    records = [json.loads(line) for line in w.log().splitlines()]
    assert [record["event"] for record in records].count("shadow") == 0
    told = [record for record in records if record["event"] == "decision"]
    assert len(told) == 2
    assert replay(told, live.policy).changes == []


@pytest.mark.parametrize("stream", [False, True])
async def test_a_spoken_answer_of_a_chat_may_be_referred_to_at_its_maker(tmp_path: Path, *, stream: bool) -> None:
    audio = {"id": "audio_1", "data": "AAAA", "transcript": "Hi", "expires_at": 9}
    message = {"role": "assistant", "audio": audio}
    shell = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    whole = {**shell, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    chunk = {**shell, "choices": [{"index": 0, "delta": message}]}
    pieces = [b"data: " + json.dumps(chunk).encode() + b"\n\n", b"data: [DONE]\n\n"]
    cloud = Scripted("cloud", streams(pieces) if stream else answers(200, whole))
    body: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello"}], "stream": stream}
    spoken = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}
    async with world(tmp_path, engine(), {"cloud": cloud, "local": StatefulStandIn("local")}) as w:
        again = {**body, "messages": [*body["messages"], {"role": "assistant", "audio": {"id": "audio_1"}}]}
        assert (await w.app.post("/v1/chat/completions", json=again)).status_code == 422
        assert (await w.app.post("/v1/chat/completions", json=body | spoken)).status_code == 200
        assert (await w.app.post("/v1/chat/completions", json=again)).status_code == 200
        assert len(cloud.received) == 2


async def test_a_type_that_the_policy_no_longer_restores_is_not_restored_from_before_either(tmp_path: Path) -> None:
    redacting = POLICY.replace("    CREDENTIAL: redact\n", "    CREDENTIAL: redact\n    EMAIL_ADDRESS: redact\n")
    readers = (TextReader(),)
    async with stateful(tmp_path, engine_=replace(engine(), readers=readers)) as w, sdk(w) as client:
        first = await client.responses.create(model="m", input=f"I am {ADDRESS}")
        file = await client.files.create(file=(f"{ADDRESS}.txt", f"{ADDRESS}, too".encode()), purpose="assistants")
        assert first.output_text == f"I am {ADDRESS}"
        w.gateway.engine = replace(engine(redacting), readers=readers)
        then = await client.responses.create(model="m", input="Who am I?", previous_response_id=first.id)
        assert then.output_text.startswith("I am <EMAIL_ADDRESS_")
        assert ADDRESS not in (await client.files.content(file.id)).text
        assert ADDRESS not in (await client.files.retrieve(file.id)).model_dump_json()
        assert ADDRESS not in (await client.files.list()).model_dump_json()
