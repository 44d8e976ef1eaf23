"""Batches over real sockets with the official SDK: split by where each line may go, merged and restored in order."""

import json
from pathlib import Path
from typing import Any

import openai
import pytest

from gateway.core.state import StateKind
from gateway.server.lists import page
from tests.fakes.engines import POLICY, engine
from tests.server.test_state import ADDRESS, OTHER, identity, refused, sdk, stateful

SSN = "536-22-8741"
CHAT: Any = "/v1/chat/completions"
TEXTS = [f"Write to {ADDRESS}", f"My number is {SSN}", "Hello", f"Write to {OTHER}", f"{SSN} again, {ADDRESS}"]


def line(name: str, text: str, url: str = CHAT, **more: Any) -> dict[str, Any]:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
    if url == "/v1/responses":
        body = {"model": "gpt-4o", "input": text}
    return {"custom_id": name, "method": "POST", "url": url, "body": body, **more}


def jsonl(lines: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(each) for each in lines).encode()


async def uploaded(client: openai.AsyncOpenAI, content: bytes) -> Any:
    return await client.files.create(file=(f"{ADDRESS}.jsonl", content), purpose="batch")


async def run(client: openai.AsyncOpenAI, file: str, url: Any = CHAT) -> Any:
    batch = await client.batches.create(
        input_file_id=file, endpoint=url, completion_window="24h", metadata={"about": ADDRESS}
    )
    assert batch.status == "validating"
    assert (await client.batches.retrieve(batch.id)).status == "in_progress"
    return await client.batches.retrieve(batch.id)


async def test_a_batch_is_split_by_zone_and_its_results_are_merged_in_order(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        content = jsonl([line(f"n{number}-{ADDRESS}", text) for number, text in enumerate(TEXTS)])
        file = await uploaded(client, content)
        assert file.filename == f"{ADDRESS}.jsonl"
        assert (await client.files.retrieve(file.id)).bytes == len(content)
        batch = await run(client, file.id)
        assert batch.status == "completed"
        assert batch.metadata == {"about": ADDRESS}
        assert (batch.request_counts.total, batch.request_counts.completed) == (5, 5)
        assert batch.completed_at == 7
        results = [json.loads(each) for each in (await client.files.content(batch.output_file_id)).text.splitlines()]
        assert [each["custom_id"] for each in results] == [f"n{number}-{ADDRESS}" for number in range(5)]
        told = [each["response"]["body"]["choices"][0]["message"]["content"] for each in results]
        assert told == [f"You wrote: {text}" for text in TEXTS]
        again = [json.loads(each) for each in (await client.files.content(file.id)).text.splitlines()]
        assert again == [json.loads(each) for each in content.splitlines()]
        cloud, local = w.received("cloud"), w.received("local")
        assert cloud.count(b'"custom_id"') == 3
        assert local.count(b'"custom_id"') == 2
        for value in (ADDRESS, OTHER, SSN):
            assert value.encode() not in cloud
        assert SSN.encode() in local
        assert [each.id for each in (await client.batches.list()).data] == [batch.id]
        listed = [each.id for each in (await client.files.list()).data]
        assert set(listed) == {file.id, batch.output_file_id}
        decisions = [json.loads(each) for each in w.log().splitlines()]
        lines = [each for each in decisions if each["endpoint"] == CHAT and each["event"] == "decision"]
        assert sorted(each["zone"] for each in lines) == ["cloud"] * 3 + ["local"] * 2
        await client.files.delete(file.id)
        with pytest.raises(openai.NotFoundError):
            await client.files.content(file.id)


async def test_a_line_that_fails_is_told_without_the_upstreams_words(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", f"FAIL {ADDRESS}"), line("b", "Hello")]))
        batch = await run(client, file.id)
        assert (batch.request_counts.completed, batch.request_counts.failed) == (1, 1)
        (failed,) = (await client.files.content(batch.error_file_id)).text.splitlines()
        assert json.loads(failed)["custom_id"] == "a"
        assert "cannot do" not in failed
        assert ADDRESS not in failed
        assert ADDRESS.encode() not in w.received("cloud")


async def test_a_batch_of_responses_hands_out_ids_that_are_remembered(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", f"I am {ADDRESS}", "/v1/responses")]))
        with pytest.raises(openai.BadRequestError):
            await run(client, file.id, CHAT)
        batch = await run(client, file.id, "/v1/responses")
        (result,) = (await client.files.content(batch.output_file_id)).text.splitlines()
        id_ = json.loads(result)["response"]["body"]["id"]
        answer = await client.responses.create(model="m", input="And now?", previous_response_id=id_)
        assert answer.output_text == f"I am {ADDRESS} | And now?"
        assert ADDRESS.encode() not in w.received("cloud")


async def test_a_cancelled_batch_says_nothing_of_the_upstreams(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", "Hello"), line("b", SSN)]))
        batch = await client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        cancelled = await client.batches.cancel(batch.id)
        assert cancelled.status == "cancelled"
        assert "private words" not in cancelled.model_dump_json()
        assert (await client.batches.retrieve(batch.id)).status == "cancelled"


async def test_nobody_elses_batch_can_be_used(tmp_path: Path) -> None:
    async with stateful(tmp_path, {"identity": identity(tmp_path)}) as w, sdk(w, "a") as ann, sdk(w, "b") as bob:
        file = await uploaded(ann, jsonl([line("a", "Hello")]))
        batch = await run(ann, file.id)
        asked = len(w.upstreams["cloud"].asked)  # type: ignore[attr-defined]
        for call, ids in (
            (bob.batches.retrieve, (batch.id, "batch_pg0")),
            (bob.batches.cancel, (batch.id, "batch_pg0")),
            (bob.files.retrieve, (file.id, "file-pg0")),
            (bob.files.content, (batch.output_file_id, file.id, "file-pg0")),
            (bob.files.delete, (file.id, "file-pg0")),
        ):
            answers = set()
            for id_ in ids:
                with pytest.raises(openai.NotFoundError) as caught:
                    await call(id_)
                answers.add(caught.value.response.text)
            assert len(answers) == 1
        with pytest.raises(openai.APIStatusError) as refusal:
            await bob.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        assert refusal.value.status_code == 422
        assert not (await bob.batches.list()).data
        assert not (await bob.files.list()).data
        assert len(w.upstreams["cloud"].asked) == asked  # type: ignore[attr-defined]


async def test_an_id_of_the_gateways_own_is_taken_along_by_no_request(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", "Hello")]))
        seen = len(w.upstreams["cloud"].received)
        error = await refused(client, tools=[{"type": "code_interpreter", "container": {"file_ids": [file.id]}}])
        assert error.status_code in (422, 503)
        with pytest.raises(openai.APIStatusError):
            await client.vector_stores.create(file_ids=[file.id])
        assert len(w.upstreams["cloud"].received) == seen
        assert not w.received("cloud-2")
        assert not w.received("local")


BAD: dict[str, bytes] = {
    "no lines": b"\n\n",
    "not JSON": b"{",
    "a list": b"[]",
    "no endpoint": json.dumps({"custom_id": "a", "method": "POST", "url": "/v1/files", "body": {}}).encode(),
    "another method": jsonl([{**line("a", "x"), "method": "GET"}]),
    "more": jsonl([line("a", "x", note=ADDRESS)]),
    "twice": jsonl([line("a", "x"), line("a", "y")]),
    "malformed": jsonl([line("a", "x"), {**line("b", "x"), "body": {"messages": 1}}]),
    "the same key twice": b'{"custom_id":"a","custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{}}',
    "somebody's state": jsonl(
        [line("a", "x"), {**line("b", "x", "/v1/responses"), "body": {"previous_response_id": "r"}}]
    ),
    "not text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("case", BAD)
async def test_one_bad_line_keeps_all_lines_here(tmp_path: Path, case: str) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            await uploaded(client, BAD[case])
        assert caught.value.status_code in (400, 422)
        assert ADDRESS not in caught.value.response.text
        assert not w.received("cloud") + w.received("local")


async def test_a_line_that_may_go_nowhere_keeps_all_lines_here(tmp_path: Path) -> None:
    async with stateful(tmp_path, down=("local",)) as w, sdk(w) as client:
        w.gateway.client.available = lambda upstream: upstream.name != "local"  # type: ignore[method-assign]
        with pytest.raises(openai.APIStatusError) as caught:
            await uploaded(client, jsonl([line("a", "Hello"), line("b", SSN)]))
        assert caught.value.status_code == 503
        assert "Line 2" in caught.value.response.text
        assert not w.received("cloud")


async def test_results_are_looked_through_as_answers_are(tmp_path: Path) -> None:
    policy = POLICY.replace("  rules:", "  answers:\n    scan: {types: {CREDENTIAL: redact}}\n  rules:")
    async with stateful(tmp_path, engine_=engine(policy)) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", "TELL a key"), line("b", f"Write to {ADDRESS}")]))
        batch = await run(client, file.id)
        text = (await client.files.content(batch.output_file_id)).text
        assert "sk-" not in text
        assert ADDRESS in text


async def test_a_result_that_the_policy_keeps_back_is_an_error_and_the_others_come(tmp_path: Path) -> None:
    policy = POLICY.replace("  rules:", "  answers:\n    scan: {types: {CREDENTIAL: block}}\n  rules:")
    async with stateful(tmp_path, engine_=engine(policy)) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", "TELL a key"), line("b", "Hello")]))
        batch = await run(client, file.id)
        results = [json.loads(each) for each in (await client.files.content(batch.output_file_id)).text.splitlines()]
        assert (results[0]["custom_id"], results[0]["error"]["code"]) == ("a", "blocked_by_policy")
        assert "sk-" not in json.dumps(results)
        assert "Hello" in json.dumps(results[1])


async def test_a_placeholder_planted_in_a_line_is_not_restored_by_a_later_turn_that_mints_it(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        begin: Any = {"role": "user", "content": "Hello"}
        await client.responses.create(model="gpt-4o", input=[begin, {"role": "user", "content": f"I am {ADDRESS}"}])
        sent = w.received("cloud").decode()
        planted = sent[sent.index("<EMAIL_ADDRESS_") :].partition(">")[0] + ">"
        asked = line("a", "", "/v1/responses")
        asked["body"]["input"] = [begin, {"role": "user", "content": f"see https://x.example/?to={planted} {planted}"}]
        file = await uploaded(client, jsonl([asked]))
        batch = await run(client, file.id, "/v1/responses")
        (result,) = (await client.files.content(batch.output_file_id)).text.splitlines()
        id_ = json.loads(result)["response"]["body"]["id"]
        answer = await client.responses.create(model="gpt-4o", input=f"Mine is {ADDRESS}", previous_response_id=id_)
        assert answer.output_text.count(planted) == 2
        assert answer.output_text.endswith(f"Mine is {ADDRESS}")


async def test_lines_whose_names_become_one_by_redaction_are_refused_since_results_would_be_mixed_up(
    tmp_path: Path,
) -> None:
    redacting = POLICY.replace("    CREDENTIAL: redact\n", "    CREDENTIAL: redact\n    EMAIL_ADDRESS: redact\n")
    async with stateful(tmp_path, engine_=engine(redacting)) as w, sdk(w) as client:
        with pytest.raises(openai.BadRequestError) as refused_:
            await uploaded(client, jsonl([line(ADDRESS, "One"), line(OTHER, "Two")]))
        assert refused_.value.message.count("Line 2") == 1
        assert not w.received("cloud")


async def test_a_placeholder_in_the_name_of_a_batchs_file_is_not_restored_by_the_list(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        content = jsonl([line("a", f"I am {ADDRESS}")])
        await uploaded(client, content)
        sent = w.received("cloud").decode()
        planted = sent[sent.index("<EMAIL_ADDRESS_") :].partition(">")[0] + ">"
        await client.files.create(file=(f"{planted}.jsonl", content), purpose="batch")
        assert f"{planted}.jsonl" in {each.filename for each in (await client.files.list()).data}


async def test_what_a_batch_does_not_take_is_refused(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", "Hello")]))
        body = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h", "note": ADDRESS}
        assert (await w.app.post("/v1/batches", json=body)).status_code == 400
        assert ADDRESS.encode() not in w.received("cloud")


async def test_results_of_a_type_that_the_policy_no_longer_restores_stay_as_they_are(tmp_path: Path) -> None:
    redacting = POLICY.replace("    CREDENTIAL: redact\n", "    CREDENTIAL: redact\n    EMAIL_ADDRESS: redact\n")
    async with stateful(tmp_path) as w, sdk(w) as client:
        file = await uploaded(client, jsonl([line("a", f"I am {ADDRESS}")]))
        batch = await run(client, file.id)
        w.gateway.engine = engine(redacting)
        for id_ in (file.id, batch.output_file_id):
            content = (await client.files.content(id_)).text
            assert ADDRESS not in content
            assert "<EMAIL_ADDRESS_" in content


async def test_a_batch_of_many_lines_is_not_kept_in_memory_record_by_record(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w, sdk(w) as client:
        content = jsonl([line(str(number), "Hello") for number in range(40)])
        made = await client.files.with_raw_response.create(file=("a.jsonl", content), purpose="batch")
        id_ = made.headers["x-privacy-decision"]
        assert w.gateway.recent.of(id_) == []
        assert len((await w.admin.get(f"/decisions/{id_}")).json()) >= 40


@pytest.mark.parametrize(
    "body", ['"text"', "[]", "{}", '{"input_file_id": [], "endpoint": {}}', '{"input_file_id": 1}']
)
async def test_a_batch_that_is_malformed_is_told_so(tmp_path: Path, body: str) -> None:
    async with stateful(tmp_path) as w:
        answer = await w.app.post("/v1/batches", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400


def test_a_list_of_batches_asks_upstreams_for_no_more_than_a_page() -> None:
    objects = [{"id": f"batch_pg{number}"} for number in range(120)]
    assert len(page(objects, {"limit": "10000"}, StateKind.BATCH)["data"]) == 100
    assert len(page(objects, {"limit": "10000"}, StateKind.FILE)["data"]) == 120
