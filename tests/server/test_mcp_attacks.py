"""MCP, attacked: messages that parsers read in two ways, other people's sessions, servers that lie."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.core.errors import ConfigurationError
from tests.fakes.engines import engine
from tests.fakes.world import Handler, Scripted, World, world
from tests.server.test_identity import bearer, key

ADDRESS = "martha@nordhavn-clinic.com"
SECRET = "sk-" + "4f9a2b7c8d"
CALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "greet", "arguments": {"who": "you"}},
}
DONE = {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "done"}]}}


class Server(Scripted):
    """An MCP server that answers by `handler`, for DELETE too."""

    def __init__(self, handler: Handler, zone: str = "cloud") -> None:
        super().__init__(zone, handler)
        self.methods: list[str] = []
        self.app.router.routes[0].methods = {"GET", "POST", "DELETE"}  # type: ignore[attr-defined]


def says(value: Any, status: int = 200, **headers: str) -> Handler:
    async def handle(_request: Request) -> Response:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        told = {name.replace("_", "-"): text for name, text in headers.items()}
        return Response(body, status, told, media_type="application/json")

    return handle


def speaks(*events: bytes) -> Handler:
    async def handle(_request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            for event in events:
                yield event

        return StreamingResponse(pieces(), media_type="text/event-stream")

    return handle


@asynccontextmanager
async def before(
    directory: Path, server: Server, *, own: dict[str, Any] | None = None, **settings: Any
) -> AsyncIterator[World]:
    """Run a gateway before one MCP server called `tools`."""
    from gateway.server.standin import running

    async with running(server) as (url,):
        one = {"name": "tools", "url": f"{url}/mcp", "zone": server.name, **(own or {})}
        flags = {"mcp.servers": [one], **{key.replace("__", "."): value for key, value in settings.items()}}
        async with world(directory, engine(), settings=flags) as w:
            yield w


async def post(w: World, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return await w.app.post("/mcp/tools", content=content, headers=told)


def but(**changes: Any) -> dict[str, Any]:
    return {**CALL, **changes}


LONG = "x" * 129
AMBIGUOUS: dict[str, Any] = {
    "duplicate keys": b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
    "duplicate arguments": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
    "a key in another case": {"jsonrpc": "2.0", "id": 1, "method": "ping", "Method": "tools/call"},
    "a parameter in another case": but(params={"name": "greet", "Name": "delete"}),
    "a wide parameter": but(params={"name": "greet", "\uff4eame": "delete"}),
    "a batch": [CALL],
    "an empty batch": [],
    "a huge id": but(id=LONG),
    "a huge number": but(id=2**60),
    "a fraction": but(id=1.5),
    "no id": but(id=None),
    "a list": but(id=[1]),
    "not JSON": b"{",
    "NaN": b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    "half a surrogate pair": b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
    "deep": b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":' + b"[" * 3000 + b"]" * 3000 + b"}}",
    "another version": but(jsonrpc="1.0"),
    "a lookalike method": but(method="tools/c\u0430ll"),
    "a method in capitals": but(method="Tools/Call"),
    "a method of tomorrow": but(method="tools/callAll"),
    "tasks": but(params={"name": "greet", "task": {"ttl": 1}}),
    "a notification with an id": but(method="notifications/initialized", params={}),
    "a request without an id": {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "greet"}},
    "both request and response": but(result={}),
    "a response with both": {"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}},
    "a list of parameters": but(params=["greet"]),
    "no name": but(params={"arguments": {}}),
    "a name that is no text": but(params={"name": ["greet"]}),
    "arguments that are no object": but(params={"name": "greet", "arguments": "who"}),
}


async def test_a_message_that_may_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    server = Server(says(DONE))
    async with before(tmp_path, server, own={"tools": {"allow": ["greet"]}}) as w:
        for case, body in AMBIGUOUS.items():
            answer = await post(w, body)
            assert answer.status_code in {400, 404}, case
            assert answer.json()["error"]["message"], case
        assert server.received == []


PRIVATE: dict[str, Any] = {
    "an argument": but(params={"name": "greet", "arguments": {"who": ADDRESS}}),
    "a key of an argument": but(params={"name": "greet", "arguments": {ADDRESS: 1}}),
    "JSON in an argument": but(params={"name": "greet", "arguments": {"who": json.dumps({"to": ADDRESS})}}),
    "a field of tomorrow": but(params={"name": "greet", "tomorrow": {"deep": [ADDRESS]}}),
    "beside the parameters": but(tomorrow=ADDRESS),
    "_meta": but(params={"name": "greet", "_meta": {"note": ADDRESS}}),
    "the client's own description": but(
        method="initialize",
        params={"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"description": ADDRESS}},
    ),
    "an experimental capability": but(method="initialize", params={"capabilities": {"experimental": {"x": ADDRESS}}}),
    "a prompt's argument": but(method="prompts/get", params={"name": "p", "arguments": {"to": ADDRESS}}),
    "a resource's query": but(method="resources/read", params={"uri": f"crm://find?who={ADDRESS}"}),
    "a subscription": but(method="resources/subscribe", params={"uri": f"crm://{ADDRESS}"}),
    "a completion": but(
        method="completion/complete",
        params={"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "to", "value": ADDRESS}},
    ),
    "a completion's context": but(
        method="completion/complete",
        params={
            "ref": {"type": "ref/prompt", "name": "p"},
            "argument": {"name": "a", "value": "b"},
            "context": {"arguments": {"to": ADDRESS}},
        },
    ),
    "a cursor": but(method="tools/list", params={"cursor": ADDRESS}),
    "a sampling answer": {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {"role": "assistant", "model": "m", "content": {"type": "text", "text": ADDRESS}},
    },
    "an elicitation's answer": {"jsonrpc": "2.0", "id": 1, "result": {"action": "accept", "content": {"a": ADDRESS}}},
    "roots": {"jsonrpc": "2.0", "id": 1, "result": {"roots": [{"uri": f"file:///home/{ADDRESS}", "name": ADDRESS}]}},
    "an error": {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": ADDRESS, "data": {"x": ADDRESS}}},
    "a reason": {
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": 1, "reason": f"{ADDRESS} left"},
    },
    "progress": {
        "jsonrpc": "2.0",
        "method": "notifications/progress",
        "params": {"progressToken": 1, "progress": 1, "message": ADDRESS},
    },
    "an id": but(id=ADDRESS),
    "a progress token": but(params={"name": "greet", "_meta": {"progressToken": ADDRESS}}),
    "a tool's name": but(params={"name": ADDRESS}),
    "a client's name": but(method="initialize", params={"clientInfo": {"name": ADDRESS, "version": "1"}}),
    "input responses": but(params={"name": "greet", "inputResponses": {"q": {"content": {"a": ADDRESS}}}}),
    "a made-up state": but(params={"name": "greet", "requestState": ADDRESS}),
    "listen": but(method="subscriptions/listen", params={"notifications": {"resourceSubscriptions": [ADDRESS]}}),
}


@pytest.mark.parametrize("version", ["", "2025-11-25", "2026-07-28"])
async def test_nothing_private_goes_to_a_cloud_server_by_any_leaf(tmp_path: Path, version: str) -> None:
    server = Server(says(DONE))
    headers = {"mcp_protocol_version": version} if version else {}
    refused: set[str] = set()
    async with before(tmp_path, server) as w:
        for case, body in PRIVATE.items():
            if "error" in (await post(w, body, **headers)).json():
                refused.add(case)
            assert ADDRESS.encode() not in b"".join(server.received), case
            assert ADDRESS not in json.dumps([dict(headers) for headers in server.headers]), case
        assert ADDRESS not in w.log()
    assert refused == {"an id", "a progress token", "a client's name"}


async def test_the_clients_headers_end_at_the_gateway(tmp_path: Path) -> None:
    server = Server(says(DONE))
    secret = {"api_key": {"env": "TEST_KEY"}, "headers": {"X-Tenant-Key": {"env": "TEST_KEY"}}}
    async with before(tmp_path, server, own=secret) as w:
        await post(
            w, CALL, authorization="Bearer of-the-client", cookie="a=b", x_forwarded_for="1.2.3.4", baggage="a=b"
        )
    (headers,) = server.headers
    assert set(headers) <= {
        *("host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "connection"),
        *("authorization", "x-tenant-key"),
    }
    assert headers["authorization"] == "Bearer upstream-credential"
    assert headers["x-tenant-key"] == "upstream-credential"


async def test_headers_that_repeat_the_message_are_written_anew(tmp_path: Path) -> None:
    server = Server(says(DONE))
    message = but(method="resources/read", params={"uri": f"crm://find?who={ADDRESS}"})
    async with before(tmp_path, server) as w:
        told = {"mcp_protocol_version": "2026-07-28", "mcp_method": "resources/read"}
        await post(w, message, **told, mcp_name=f"crm://find?who={ADDRESS}")
        (headers,) = server.headers
        assert headers["mcp-name"] == json.loads(server.received[0])["params"]["uri"]
        call = but(params={"name": "greet", "arguments": {"who": ADDRESS, "region": "eu"}})
        await post(w, call, mcp_protocol_version="2026-07-28", mcp_param_who=ADDRESS, mcp_param_region="eu")
        assert server.headers[1]["mcp-param-who"] == json.loads(server.received[1])["params"]["arguments"]["who"]
        assert server.headers[1]["mcp-param-region"] == "eu"
        lie = await post(w, call, mcp_protocol_version="2026-07-28", mcp_param_region=f"us {ADDRESS}")
        assert lie.json()["error"]["data"]["code"] == "header_mismatch"
        assert ADDRESS not in json.dumps([dict(headers) for headers in server.headers])


async def test_a_session_belongs_to_who_opened_it(tmp_path: Path) -> None:
    made = {
        "ana": key(tmp_path, "ana", tenant="acme"),
        "bert": key(tmp_path, "bert", tenant="acme"),
        "eve": key(tmp_path, "eve", tenant="other"),
    }
    server = Server(says(DONE, mcp_session_id="s-1"))
    async with before(tmp_path, server, identity={"api_keys": {"file": str(tmp_path / "keys.yaml")}}) as w:
        opened = await post(w, CALL, **bearer(made["ana"]))
        session = opened.headers["mcp-session-id"]
        assert (await post(w, CALL, **bearer(made["ana"]), mcp_session_id=session)).status_code == 200
        assert server.headers[-1]["mcp-session-id"] == "s-1"
        reached = len(server.received)
        unknown = await post(w, CALL, **bearer(made["ana"]), mcp_session_id="s-2." + "A" * 22)
        for thief, guess in (
            ("bert", session),
            ("eve", session),
            ("ana", "s-1"),
            ("ana", session[:-1] + ("A" if session[-1] != "A" else "B")),
        ):
            answer = await post(w, CALL, **bearer(made[thief]), mcp_session_id=guess)
            assert answer.status_code == unknown.status_code == 404
            assert answer.json()["error"]["data"]["code"] == "session_not_found"
            for method in ("GET", "DELETE"):
                told = {**bearer(made[thief]), "mcp-session-id": guess}
                assert (await w.app.request(method, "/mcp/tools", headers=told)).status_code == 404
        assert len(server.received) == reached
        ended = await w.app.request("DELETE", "/mcp/tools", headers={**bearer(made["ana"]), "mcp-session-id": session})
        assert ended.status_code == 200
        assert (await post(w, CALL)).status_code == 401


HEADERS: list[tuple[dict[str, str], int]] = [
    ({"origin": "https://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "https://good.example"}, 200),
    ({"mcp_protocol_version": "2031-01-01"}, 400),
    ({"mcp_protocol_version": "2025-11-25\tx"}, 400),
    ({"content_type": "text/plain"}, 415),
    ({"content_encoding": "gzip"}, 415),
    ({"last_event_id": "made-up"}, 200),
]


async def test_headers_are_judged(tmp_path: Path) -> None:
    server = Server(says(DONE))
    async with before(tmp_path, server, mcp__origins=["https://good.example"]) as w:
        for headers, status in HEADERS:
            before_ = len(server.received)
            assert (await post(w, CALL, **headers)).status_code == status, headers
            assert (len(server.received) > before_) == (status == 200), headers
        assert all("last-event-id" not in headers for headers in server.headers)


PATHS = """
    /mcp /mcp/ /mcp/other /mcp/tools/ /mcp/tools/x /mcp/..%2Ftools /mcp/%2e%2e/tools /mcp/tools?x=1 /MCP/tools
    /mcp/TOOLS //mcp/tools /mcp/tools%00 /mcp/tools%20 /mcp/./tools/../other
"""


async def test_only_the_very_path_of_a_server_leads_to_it(tmp_path: Path) -> None:
    server = Server(says(DONE))
    async with before(tmp_path, server) as w:
        for path in PATHS.split():
            answer = await w.app.post(path, json=CALL)
            assert answer.status_code in {404, 405}, path
        for method in ("PUT", "PATCH", "HEAD", "OPTIONS", "TRACE"):
            assert (await w.app.request(method, "/mcp/tools")).status_code in {404, 405}, method
        assert server.received == []


LIES: dict[str, Handler] = {
    "not JSON": says(b"<html>" + ADDRESS.encode()),
    "a batch": says([DONE]),
    "duplicate keys": says(b'{"jsonrpc":"2.0","id":1,"result":{},"result":{"a":"' + SECRET.encode() + b'"}}'),
    "another version": says({"id": 1, "result": {"a": SECRET}}),
    "a redirect": says({}, 307, location="http://127.0.0.1:1/"),
    "a failure with its reason": says({"reason": SECRET}, 500),
    "a refusal of our credential": says({"jsonrpc": "2.0", "id": 1, "error": {"message": SECRET}}, 401),
    "a session id with a line break in it": says(DONE, mcp_session_id="a b"),
}


@pytest.mark.parametrize("handler", LIES.values(), ids=LIES.keys())
async def test_an_answer_that_is_no_message_is_a_bad_gateway(tmp_path: Path, handler: Handler) -> None:
    async with before(tmp_path, Server(handler)) as w:
        answer = await post(w, CALL)
        assert answer.status_code == 502
        assert answer.json()["id"] == 1
        assert SECRET not in answer.text + str(answer.headers)
        assert ADDRESS not in answer.text


async def test_events_are_written_anew(tmp_path: Path) -> None:
    """A server's comments, other events and line breaks make no events of their own."""
    pretty = json.dumps(DONE, indent=1).replace("\n", "\r\ndata: ")
    server = Server(
        speaks(
            b": " + SECRET.encode() + b"\n\n",
            b"event: endpoint\ndata: http://evil.example/\n\n",
            b"id: 7\r\nretry: 5\r\nretry: x\r\nother: y\r\ndata: " + pretty.encode() + b"\r\n\r\n",
            b'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"'
            + SECRET.encode()
            + b'"}}\n\n',
            b"data: cut off",
        )
    )
    async with before(tmp_path, server) as w:
        answer = await post(w, CALL)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert SECRET not in answer.text
        assert "evil" not in answer.text
        assert "cut off" not in answer.text
        alive, first, second, rest = answer.text.split("\n\n")
        assert (alive, rest) == (":", "")
        head, identity, retry, data = sorted(
            first.split("\n"), key=lambda line: "eird".index(line[0]) if line[0] in "eird" else 9
        )
        assert (head, retry) == ("event: message", "retry: 5")
        assert identity.startswith("id: 7.")
        assert json.loads(data.removeprefix("data: ")) == DONE
        assert second.count("\n") == 1
        # The event's id leads on only for who got it.
        opened = await w.app.get("/mcp/tools", headers={"last-event-id": identity.removeprefix("id: ")})
        assert opened.status_code == 200
        assert server.headers[-1]["last-event-id"] == "7"
        guessed = await w.app.get("/mcp/tools", headers={"last-event-id": "7"})
        assert guessed.json()["error"]["data"]["code"] == "unknown_event_id"


async def test_a_broken_event_ends_the_stream_with_an_error_of_the_request(tmp_path: Path) -> None:
    async with before(tmp_path, Server(speaks(b"data: {" + SECRET.encode() + b"\n\n"))) as w:
        answer = await post(w, CALL)
        told = json.loads(answer.text.partition("data: ")[2])
        assert (told["id"], told["error"]["data"]["code"]) == (1, "upstream_failed")
        assert SECRET not in answer.text


async def test_events_flow_while_the_server_still_works(tmp_path: Path) -> None:
    """The second event is not sent before the first one has arrived."""
    arrived = asyncio.Event()
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}}

    async def handle(_request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"data: " + json.dumps(progress).encode() + b"\n\n"
            await asyncio.wait_for(arrived.wait(), 20)
            yield b"data: " + json.dumps(DONE).encode() + b"\n\n"

        return StreamingResponse(pieces(), media_type="text/event-stream")

    told: list[str] = []
    async with before(tmp_path, Server(handle)) as w, w.app.stream("POST", "/mcp/tools", json=CALL) as answer:
        async for line in answer.aiter_lines():
            told += [line.removeprefix("data: ")] if line.startswith("data: ") else []
            if told:
                arrived.set()
    assert [json.loads(line) for line in told] == [progress, DONE]


async def test_names_that_a_server_published_are_not_renamed_for_it(tmp_path: Path) -> None:
    """An argument called like somebody: the server's own word once it has told its tools, else a placeholder."""
    tool = {"name": "greet", "inputSchema": {"type": "object", "properties": {ADDRESS: {"type": "string"}}}}
    server = Server(says({"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool]}}))
    call = but(params={"name": "greet", "arguments": {ADDRESS: "x", "to": ADDRESS}})
    async with before(tmp_path, server) as w:
        await post(w, call)
        assert ADDRESS.encode() not in server.received[-1]
        await post(w, but(method="tools/list", params={}))
        await post(w, call)
        arguments = json.loads(server.received[-1])["params"]["arguments"]
        assert arguments[ADDRESS] == "x"
        assert arguments["to"].startswith("<EMAIL_ADDRESS_")


@pytest.mark.parametrize("name", ["nextCursor", "requestState"])
async def test_what_a_server_wants_back_comes_back_to_it_alone(tmp_path: Path, name: str) -> None:
    """A cursor may look like a secret or a number: it is the server's own word, if it is the very one."""
    own = "536-22-8741"
    server = Server(says({"jsonrpc": "2.0", "id": 1, "result": {"tools": [], name: own}}))
    made = {"ana": key(tmp_path, "ana", tenant="acme"), "eve": key(tmp_path, "eve", tenant="acme")}
    parameter = {"nextCursor": "cursor"}.get(name, name)
    async with before(tmp_path, server, identity={"api_keys": {"file": str(tmp_path / "keys.yaml")}}) as w:
        listed = await post(w, but(method="tools/list", params={}), **bearer(made["ana"]))
        sealed = listed.json()["result"][name]
        following = but(method="tools/list", params={parameter: sealed})
        await post(w, following, **bearer(made["ana"]))
        assert json.loads(server.received[-1])["params"] == {parameter: own}
        reached = len(server.received)
        for who, told in (("eve", sealed), ("ana", own), ("ana", f" {sealed}")):
            answer = await post(w, but(method="tools/list", params={parameter: told}), **bearer(made[who]))
            assert answer.json()["error"]["data"]["code"] == "no_cleared_upstream"
        assert len(server.received) == reached


async def test_a_servers_error_is_looked_through_and_keeps_its_status(tmp_path: Path) -> None:
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": f"unknown {SECRET}"}}
    own = {"results": {"CREDENTIAL": "redact"}}
    async with before(tmp_path, Server(says(error, 404)), own=own) as w:
        answer = await post(w, CALL)
        assert answer.status_code == 404
        assert answer.json()["error"]["message"] == "unknown [REDACTED_CREDENTIAL]"


async def test_a_server_that_is_down_is_an_error_of_the_request(tmp_path: Path) -> None:
    async with before(tmp_path, Server(says(DONE)), own={"url": "http://127.0.0.1:1/mcp"}) as w:
        answer = await post(w, CALL)
        assert (answer.status_code, answer.json()["id"]) == (502, 1)
        again = await post(w, CALL)
        assert again.json()["error"]["data"]["code"] == "no_cleared_upstream"
        assert json.loads(w.log().splitlines()[0])["upstream"] == "mcp.tools"


async def test_a_secret_hidden_in_a_files_base64_is_taken_out(tmp_path: Path) -> None:
    import base64

    blob = base64.b64encode(f"key = {SECRET}".encode()).decode()
    result = {"contents": [{"uri": "a://b", "blob": blob}, {"uri": "a://b", "blob": SECRET + "!"}]}
    async with before(tmp_path, Server(says({"jsonrpc": "2.0", "id": 1, "result": result}))) as w:
        answer = await post(w, but(method="resources/read", params={"uri": "a://b"}))
        first, second = answer.json()["result"]["contents"]
        assert base64.b64decode(first["blob"]).decode() == "key = [REDACTED_CREDENTIAL]"
        assert second["blob"] == "[REDACTED_CREDENTIAL]!"


async def test_a_type_that_nothing_finds_is_no_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing finds the entity type `CREDENTIALS`"):
        async with before(tmp_path, Server(says(DONE)), own={"results": {"CREDENTIALS": "redact"}}):
            pass
