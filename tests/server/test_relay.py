"""The data plane over real sockets: what the upstream gets, what the client gets, what is refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.core.errors import AuditError
from tests.fakes.engines import chat, engine
from tests.fakes.recognizers import BrokenRecognizer, FakeRecognizer
from tests.fakes.world import Held, Scripted, Thinking, answers, streams, world

MAIL = "Write to martha@nordhavn-clinic.com"
SSN = "SSN 536-22-8741"
PATH = "/v1/chat/completions"


async def test_moderate_goes_to_the_cloud_as_a_placeholder_and_comes_back_restored(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        response = await w.app.post(PATH, content=chat(MAIL))
        assert response.status_code == 200
        assert "martha@nordhavn-clinic.com" in response.json()["choices"][0]["message"]["content"]
        assert b"martha" not in w.received("cloud")
        assert response.headers["x-privacy-sensitivity"] == "moderate"
        assert response.headers["x-privacy-zone"] == "cloud"
        assert response.headers["x-privacy-transforms"] == "EMAIL_ADDRESS=1"


async def test_a_stream_is_restored_across_pieces_that_cut_the_placeholder(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        response = await w.app.post(PATH, content=chat(MAIL, stream=True))
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]
        text = "".join(event["choices"][0]["delta"].get("content") or "" for event in events)
        assert text == f"[cloud stand-in] You wrote: {MAIL}"
        assert response.text.rstrip().endswith("data: [DONE]")


async def test_low_goes_out_as_the_very_bytes_that_came(tmp_path: Path) -> None:
    body = b'{"messages": [ {"role":"user","content":"What is a heat pump?"} ],   "model":"gpt-4o","seed":7}'
    async with world(tmp_path, engine()) as w:
        await w.app.post(PATH, content=body)
        assert w.received("cloud") == body


@pytest.mark.parametrize("stream", [False, True])
async def test_local_down_highly_sensitive_gets_503_and_no_byte_goes_elsewhere(tmp_path: Path, stream: bool) -> None:  # noqa: FBT001
    async with world(tmp_path, engine(), down=("local",)) as w:
        for _ in range(2):
            response = await w.app.post(PATH, content=chat(SSN, stream=stream))
            assert response.status_code == 503
            assert response.json()["error"]["code"] == "no_cleared_upstream"
            assert response.json()["error"]["type"] == "privacy_policy"
        assert w.received("cloud") == b""
        assert w.received("secure") == b""


async def test_failover_goes_to_the_next_cleared_upstream_only(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), down=("cloud",)) as w:
        response = await w.app.post(PATH, content=chat(MAIL))
        assert response.headers["x-privacy-zone"] == "secure"
        assert b"martha" not in w.received("secure")


async def test_an_upstream_that_answers_503_is_passed_over(tmp_path: Path) -> None:
    fleet = {"cloud": Scripted("cloud", answers(503)), "local": Scripted("local", answers(200, {"choices": []}))}
    async with world(tmp_path, engine(), fleet) as w:
        response = await w.app.post(PATH, content=chat("What is a heat pump?"))
        assert response.headers["x-privacy-zone"] == "local"


async def test_each_attempt_is_on_record_before_it_is_made(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), down=("cloud",)) as w:
        await w.app.post(PATH, content=chat(MAIL))
    records = [json.loads(line) for line in w.log().splitlines()]
    assert [(r["event"], r["upstream"]) for r in records] == [
        ("decision", "cloud"),
        ("outcome", "cloud"),
        ("decision", "secure"),
        ("outcome", "secure"),
    ]


async def test_a_refusal_is_on_record(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), down=("local",)) as w:
        response = await w.app.post(PATH, content=chat(SSN))
        shown = await w.admin.get(f"/decisions/{response.headers['x-privacy-decision']}")
        assert shown.json()[0]["sensitivity"] == "high"
        assert "536-22-8741" not in shown.text


async def test_no_record_no_send(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:

        async def refuse(_record: object) -> None:
            raise AuditError("disk full")

        object.__setattr__(w.gateway, "audit", _Refusing(w.gateway.audit, refuse))
        response = await w.app.post(PATH, content=chat("What is a heat pump?"))
        assert response.status_code == 503
        assert response.json()["error"]["code"] == "audit_unavailable"
        assert w.received("cloud") == b""


class _Refusing:
    def __init__(self, real: Any, append: Any) -> None:
        self._real = real
        self.append = append

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


async def test_a_failing_recognizer_keeps_the_request_home(tmp_path: Path) -> None:
    broken = engine(recognizers=[FakeRecognizer(), BrokenRecognizer()])
    async with world(tmp_path, broken) as w:
        response = await w.app.post(PATH, content=chat("What is a heat pump?"))
        assert response.headers["x-privacy-zone"] == "local"
        assert w.received("cloud") == b""


BAD_BODIES: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"hello",
    "cut off": b'{"model": "m", "messages": [',
    "an array": b"[]",
    "duplicate keys": b'{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}',
    "NaN": b'{"model":"m","temperature":NaN,"messages":[{"role":"user","content":"a"}]}',
    "Infinity": b'{"model":"m","temperature":-Infinity,"messages":[{"role":"user","content":"a"}]}',
    "lone surrogate": b'{"model":"m","messages":[{"role":"user","content":"\\ud800 secretword"}]}',
    "not UTF-8": b'{"model":"m","messages":[{"role":"user","content":"\xff secretword"}]}',
    "3000 levels deep": b'{"model":"m","messages":' + b"[" * 3000 + b"]" * 3000 + b"}",
    "deep objects": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "messages is a string": b'{"model":"m","messages":"secretword"}',
    "a message is a number": b'{"model":"m","messages":[7]}',
    "no messages": b'{"model":"m"}',
    "model is a list": b'{"model":["m"],"messages":[{"role":"user","content":"a"}]}',
    "a number of 5000 digits": b'{"model":"m","seed":' + b"9" * 5000 + b',"messages":[{"role":"user","content":"a"}]}',
}


@pytest.mark.parametrize("name", BAD_BODIES)
async def test_bad_input_gets_a_clear_error_in_the_apis_shape_and_nothing_is_forwarded(
    tmp_path: Path, name: str
) -> None:
    async with world(tmp_path, engine()) as w:
        response = await w.app.post(PATH, content=BAD_BODIES[name])
        assert response.status_code == 400, response.text
        error = response.json()["error"]
        assert error["type"] == "invalid_request_error"
        assert len(error["message"]) > 10
        assert "secretword" not in response.text
        assert all(not stand_in.received for stand_in in w.upstreams.values())


@pytest.mark.parametrize("declared", [True, False])
async def test_40_mb_are_refused_with_413_and_not_read_whole(tmp_path: Path, declared: bool) -> None:  # noqa: FBT001
    sent = 0

    async def pieces() -> Any:
        nonlocal sent
        for _ in range(40):
            sent += 1
            yield b"a" * 2**20

    async with world(tmp_path, engine(), settings={"limits": {"body_bytes": 2**20}}) as w:
        headers = {"content-length": str(40 * 2**20)} if declared else {}
        response = await w.app.post(PATH, content=pieces(), headers=headers)
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "request_too_large"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/fine_tuning/jobs"),
        ("GET", PATH),
        ("PUT", PATH),
        ("POST", "/v1/chat/completions/"),
        ("POST", "/v1//chat/completions"),
        ("POST", "/chat/completions"),
        ("GET", "/metrics"),
        ("GET", "/docs"),
        ("OPTIONS", PATH),
    ],
)
async def test_an_endpoint_it_does_not_know_is_refused_and_never_forwarded(
    tmp_path: Path, method: str, path: str
) -> None:
    async with world(tmp_path, engine()) as w:
        response = await w.app.request(method, path, content=chat("Hello"))
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "unsupported_endpoint"
        assert all(not stand_in.received for stand_in in w.upstreams.values())


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("GET", PATH, f"POST {PATH}"),
        ("POST", f"{PATH}/", f"POST {PATH}"),
        ("POST", "/chat/completions", f"POST {PATH}"),
        ("POST", "/v1/v1/messages", "POST /v1/messages"),
    ],
)
async def test_the_endpoint_that_a_wrong_base_url_misses_is_named(
    tmp_path: Path, method: str, path: str, meant: str
) -> None:
    async with world(tmp_path, engine()) as w:
        told = (await w.app.request(method, path, content=chat("Hello"))).json()
        assert f"Did you mean {meant}?" in told["error"]["message"]
        assert ("type" in told) is ("messages" in meant)
        other = (await w.app.post("/v1/Jane-Roe-536-22-8741", content=chat("Hello"))).text
        assert "Did you mean" not in other
        assert "536" not in other


async def test_an_api_that_no_upstream_speaks_was_told_as_one_that_is_not_cleared(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        body = {"model": "m", "max_tokens": 8, "messages": [{"role": "user", "content": "Hello"}]}
        refused = await w.app.post("/v1/messages", json=body)
        assert refused.status_code == 503
        assert "whose `dialects` have anthropic" in refused.json()["error"]["message"]
        assert "retry-after" not in refused.headers


async def test_query_parameters_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        response = await w.app.post(f"{PATH}?q=536-22-8741", content=chat("Hello"))
        assert response.status_code == 400
        assert "536" not in response.text


async def test_a_compressed_body_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        response = await w.app.post(PATH, content=chat("Hello"), headers={"content-encoding": "gzip"})
        assert response.status_code == 415


async def test_no_header_of_the_client_reaches_an_upstream(tmp_path: Path) -> None:
    fleet = {"cloud": Scripted("cloud", answers(200, {"choices": []}))}
    headers = {
        "authorization": "Bearer clients-own-key",
        "cookie": "session=martha",
        "baggage": "user=martha",
        "tracestate": "x=martha",
        "x-custom": "martha",
        "user-agent": "martha/1",
        "openai-organization": "org-martha",
    }
    more = {"cloud": {"api_key": {"env": "TEST_KEY"}}}
    async with world(tmp_path, engine(), fleet, more=more) as w:
        await w.app.post(PATH, content=chat("Hello"), headers=headers)
        (seen,) = fleet["cloud"].headers
        assert "martha" not in str(seen)
        assert "clients-own-key" not in str(seen)
        assert seen["authorization"] == "Bearer upstream-credential"


async def test_an_upstreams_cookie_is_not_sent_back_with_the_next_request(tmp_path: Path) -> None:
    fleet = {"cloud": Scripted("cloud", answers(200, {"choices": []}, {"set-cookie": "tenant=one; Path=/"}))}
    async with world(tmp_path, engine(), fleet) as w:
        first = await w.app.post(PATH, content=chat("Hello"))
        await w.app.post(PATH, content=chat("Hello"))
        assert "set-cookie" not in first.headers
        assert all("cookie" not in headers for headers in fleet["cloud"].headers)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
async def test_an_upstreams_error_never_carries_its_text_to_the_client(tmp_path: Path, status: int) -> None:
    body = {"error": {"message": "bad prompt: martha@nordhavn-clinic.com", "code": "context_length_exceeded"}}
    fleet = {"cloud": Scripted("cloud", answers(status, body))}
    async with world(tmp_path, engine(), fleet) as w:
        response = await w.app.post(PATH, content=chat("Hello"))
        assert response.status_code == (status if status in {400, 404, 422, 429} else 502)
        assert "martha" not in response.text
        assert "martha" not in w.log()


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (400, {"code": "unsupported_parameter", "param": "max_tokens"}, "400 (unsupported_parameter: max_tokens)."),
        (400, {"code": "invalid_value", "param": "messages[0].content"}, "400 (invalid_value: messages)."),
        (400, {"code": "martha", "param": "martha"}, "400. Its own words are not passed on"),
        (400, {"code": ["x"], "param": {"y": 1}}, "400. Its own words are not passed on"),
        (404, {"code": "model_not_found"}, "404 (model_not_found). It may not know the model"),
        (404, "martha", "404. It may not know the model, or not have this endpoint."),
        (401, {"code": "invalid_api_key"}, "401. It does not accept the gateway's credential; yours was not sent."),
    ],
)
async def test_an_upstreams_error_says_what_to_look_at(tmp_path: Path, status: int, error: Any, told: str) -> None:
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", answers(status, {"error": error}))}) as w:
        response = await w.app.post(PATH, content=chat("Hello"))
        assert f"The upstream answered {told}" in response.json()["error"]["message"]
        assert "martha" not in response.text


async def test_a_stream_that_breaks_off_ends_with_an_error_event(tmp_path: Path) -> None:
    async def cut(_request: Request) -> Response:
        return Response(b'data: {"choices":[', 200, {"content-length": "4000"}, media_type="text/event-stream")

    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", cut)}) as w:
        response = await w.app.post(PATH, content=chat("Hello", stream=True))
        assert '"error"' in response.text
        assert "upstream_failed" in response.text


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    fleet = {"cloud": Scripted("cloud", answers(307, headers={"location": "http://127.0.0.1:9/elsewhere"}))}
    async with world(tmp_path, engine(), fleet) as w:
        assert (await w.app.post(PATH, content=chat("Hello"))).status_code == 502


async def test_a_model_that_nobody_serves_was_called_an_upstream_that_is_down(tmp_path: Path) -> None:
    more = {zone: {"models": {"gpt-4o": "llama"}} for zone in ("local", "secure", "cloud")}
    async with world(tmp_path, engine(), more=more) as w:
        answer = await w.app.post(PATH, content=chat("Hello", model="secret-model"))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "model_not_found")
    assert "secret-model" not in error["message"]
    assert "retry-after" not in answer.headers


async def test_models_are_those_the_policy_could_route_to(tmp_path: Path) -> None:
    more = {"local": {"models": {"gpt-4o": "llama", "*": "llama"}}}
    async with world(tmp_path, engine(), more=more) as w:
        names = [model["id"] for model in (await w.app.get("/v1/models")).json()["data"]]
        assert names == ["cloud-stand-in", "secure-stand-in", "gpt-4o"]
        assert (await w.app.get("/v1/models/gpt-4o")).json()["owned_by"] == "local"
        assert (await w.app.get("/v1/models/other")).status_code == 404


async def test_anthropics_clients_are_told_the_models_of_upstreams_that_speak_to_them(tmp_path: Path) -> None:
    more = {"local": {"models": {"claude": "llama"}, "dialects": ["openai", "anthropic"]}}
    asked = {"anthropic-version": "2023-06-01"}
    model = {"type": "model", "id": "claude", "display_name": "claude", "created_at": "1970-01-01T00:00:00Z"}
    async with world(tmp_path, engine(), more=more) as w:
        page = (await w.app.get("/v1/models", headers=asked)).json()
        assert page == {"data": [model], "has_more": False, "first_id": "claude", "last_id": "claude"}
        assert (await w.app.get("/v1/models/claude", headers=asked)).json() == model
        unknown = await w.app.get("/v1/models/cloud-stand-in", headers=asked)
        assert (unknown.status_code, unknown.json()["type"]) == (404, "error")
        assert unknown.json()["error"]["type"] == "not_found_error"


async def test_too_many_requests_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    slow = Held()
    fleet = {"cloud": Scripted("cloud", slow)}
    async with world(tmp_path, engine(), fleet, settings={"limits": {"in_flight": 1}}) as w:
        first = asyncio.create_task(w.app.post(PATH, content=chat("Hello")))
        await slow.arrived.wait()
        second = await w.app.post(PATH, content=chat("Hello"))
        assert second.status_code == 503
        assert second.json()["error"]["code"] == "overloaded"
        assert second.headers["retry-after"] == "1"
        slow.go.set()
        assert (await first).status_code == 200
        assert (await w.app.post(PATH, content=chat("Hello"))).status_code == 200


async def test_draining_shows_in_readiness_and_not_in_health(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        assert (await w.admin.get("/readyz")).status_code == 200
        w.gateway.begin_to_drain()
        ready = await w.admin.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["problems"] == ["draining"]
        assert (await w.admin.get("/healthz")).status_code == 200


async def test_a_client_that_leaves_closes_the_upstreams_stream(tmp_path: Path) -> None:
    closed = asyncio.Event()

    async def endless(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            try:
                yield b'data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n'
                await asyncio.Event().wait()
            finally:
                closed.set()

        return StreamingResponse(events(), media_type="text/event-stream")

    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", endless)}) as w:
        async with w.app.stream("POST", PATH, content=chat("Hello", stream=True)) as response:
            async for _line in response.aiter_lines():
                break
        await asyncio.wait_for(closed.wait(), 20)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_before_the_answer_closes_the_upstream_and_gives_its_place_back(
    tmp_path: Path,
    stream: bool,  # noqa: FBT001
) -> None:
    thinking = Thinking()
    fleet = {"cloud": Scripted("cloud", thinking)}
    async with world(tmp_path, engine(), fleet, settings={"limits": {"in_flight": 1}}) as w:
        waiting = asyncio.create_task(w.app.post(PATH, content=chat("Hello", stream=stream)))
        await thinking.arrived.wait()
        waiting.cancel()
        await asyncio.wait_for(thinking.left.wait(), 20)
    statuses = [json.loads(line)["status"] for line in w.log().splitlines()]
    assert statuses == [None, 499]


async def test_min_sensitivity_raises_and_nonsense_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        raised = await w.app.post(PATH, content=chat("Hi"), headers={"x-privacy-min-sensitivity": "high"})
        assert raised.headers["x-privacy-zone"] == "local"
        wrong = await w.app.post(PATH, content=chat("Hi"), headers={"x-privacy-min-sensitivity": "none"})
        assert wrong.status_code == 400


async def test_an_empty_stream_is_passed_as_it_is(tmp_path: Path) -> None:
    pieces = [b": ping\n\n", b"data: [DONE]\n\n"]
    async with world(tmp_path, engine(), {"cloud": Scripted("cloud", streams(pieces))}) as w:
        response = await w.app.post(PATH, content=chat("Hello", stream=True))
        assert response.content == b"".join(pieces)
