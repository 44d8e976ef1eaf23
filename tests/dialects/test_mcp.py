"""MCP's messages: every leaf of every request type of the SDK's schemas is a segment, or a word of the protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from gateway.core.agents import AgentProtocol, AgentServer, ToolRules
from gateway.core.errors import InvalidRequest
from gateway.core.model import SegmentKind, Sensitivity, Upstream, Zone
from gateway.dialects.mcp import McpMessages
from gateway.dialects.mcp_tables import NOTIFICATIONS, REQUESTS, VERSIONS
from gateway.dialects.rpc_answers import published_names

methods = pytest.importorskip("mcp_types.methods", reason="the MCP SDK is not installed (extra dev)")
types = pytest.importorskip("mcp_types")

CLOUD = Upstream("mcp.x", Zone.CLOUD, Sensitivity.LOW, "http://127.0.0.1:1/mcp", dialects=("mcp",))
DIALECT = McpMessages(AgentServer("x", AgentProtocol.MCP, CLOUD))
MARK = "martha@nordhavn-clinic.com"
DEPTH = 7
Path = tuple[str | int, ...]


def leaves(annotation: Any, depth: int = 0) -> Iterator[tuple[Path, Any]]:
    """Yield the path of each text leaf of a type, and a whole value of the type with `MARK` there."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if depth > DEPTH:
        return
    if origin is Annotated:
        yield from leaves(arguments[0], depth)
    elif origin in {Union, UnionType}:
        for one in set(arguments) - {NoneType}:
            yield from leaves(one, depth)
    elif annotation is str or annotation is Any:
        yield (), MARK
    elif origin is list:
        for path, value in leaves(arguments[0], depth + 1):
            yield (0, *path), [value]
    elif origin is dict:
        for path, value in leaves(arguments[1], depth + 1):
            yield ("of-tomorrow", *path), {"of-tomorrow": value}
        yield (MARK,), {MARK: 1}
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from members(annotation, depth)


def members(model: type[BaseModel], depth: int) -> Iterator[tuple[Path, Any]]:
    for name, field in model.model_fields.items():
        alias = field.alias or name
        for path, value in leaves(field.annotation, depth + 1):
            yield (alias, *path), {alias: value}


def merged(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return above


NEEDED: dict[str, Any] = {
    "tools/call": {"name": "greet"},
    "prompts/get": {"name": "p"},
    "resources/read": {"uri": "a://b"},
    "resources/subscribe": {"uri": "a://b"},
    "resources/unsubscribe": {"uri": "a://b"},
    "completion/complete": {"ref": {"type": "ref/prompt"}, "argument": {"name": "a"}},
}


def messages() -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Yield every request, notification and answer of a client with `MARK` in one leaf."""
    known = {**methods.CLIENT_REQUESTS, **methods.CLIENT_NOTIFICATIONS}
    for (method, version), model in sorted(known.items()):
        base = {"jsonrpc": "2.0", "method": method, "params": NEEDED.get(method, {})}
        if method in REQUESTS:
            base["id"] = 1
        for path, value in leaves(model):
            if path and path[0] == "params":
                yield f"{method} {version}", path, merged(base, value)
    for (method, version), result in sorted(methods.CLIENT_RESULTS.items(), key=lambda item: item[0]):
        for path, value in leaves(result):
            yield f"answer to {method} {version}", path, {"jsonrpc": "2.0", "id": 1, "result": value}


def test_every_method_of_the_sdk_is_known() -> None:
    asked = {method for method, _ in methods.CLIENT_REQUESTS}
    told = {method for method, _ in methods.CLIENT_NOTIFICATIONS}
    assert asked == REQUESTS
    assert told == NOTIFICATIONS
    assert {version for _, version in methods.CLIENT_REQUESTS} == set(VERSIONS)


def test_every_leaf_of_every_message_is_seen() -> None:
    tried: set[tuple[str, Path]] = set()
    for name, path, message in messages():
        tried.add((name, path))
        body = json.dumps(message).encode()
        if path[:2] == ("params", "task"):
            with pytest.raises(InvalidRequest, match="Tasks"):
                DIALECT.read(body)
            continue
        document = DIALECT.read(body)
        seen = [segment.text for segment in DIALECT.segments(document)]
        assert any(MARK in text for text in seen), (name, path)
    assert len(tried) > 500


def test_names_are_names_and_what_is_echoed_is_not_edited() -> None:
    call = {
        "jsonrpc": "2.0",
        "id": "an-id",
        "method": "tools/call",
        "params": {"name": "send_mail", "arguments": {"name": "Ana"}, "_meta": {"progressToken": "a token"}},
    }
    segments = {segment.path: segment for segment in DIALECT.segments(DIALECT.read(json.dumps(call).encode()))}
    assert segments["/params/name"].kind is SegmentKind.NAME
    assert segments["/params/arguments/name"].kind is SegmentKind.VALUE
    assert [path for path, segment in segments.items() if not segment.editable] == [
        "/id",
        "/params/name",
        "/params/_meta/progressToken",
    ]


@pytest.mark.parametrize("name", ["a name that is a sentence", "x" * 200, "Martha Lindqvist", "na\u0455me"])
def test_a_tools_name_that_is_none_is_read_as_prose(name: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name}}
    (segment,) = DIALECT.segments(DIALECT.read(json.dumps(call).encode()))
    assert (segment.kind, segment.editable) == (SegmentKind.VALUE, True)


def test_the_envelope_of_the_modern_revision_is_made_of_words() -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"sampling": {}, "elicitation": {"form": {}}},
        "io.modelcontextprotocol/logLevel": "info",
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    assert DIALECT.segments(DIALECT.read(json.dumps(message).encode())) == []
    meta["io.modelcontextprotocol/logLevel"] = "of tomorrow"
    assert len(DIALECT.segments(DIALECT.read(json.dumps(message).encode()))) == 1


RULES = ToolRules(
    ("get_*", "admin.read"), ("get_secret*",), (("get_crm_*", Sensitivity.LOW), ("get_*", Sensitivity.MODERATE))
)


@pytest.mark.parametrize(
    ("tool", "may"),
    [
        *(("get_user", True), ("admin.read", True), ("admin.write", False), ("get_secret", False)),
        *(("Get_user", False), ("get_SECRET", False), ("get_user ", False), ("get_user\n", False), ("", False)),
        *(("get_us\u0435r", False), ("\uff47et_user", False), ("get_user\u200d", False), ("x" * 200, False)),
    ],
)
def test_tools_are_told_apart_to_the_letter(tool: str, may: bool) -> None:  # noqa: FBT001
    assert RULES.permits(tool) is may


def test_the_strictest_clearance_that_fits_counts() -> None:
    assert RULES.clearance_of("get_crm_user") is Sensitivity.LOW
    assert RULES.clearance_of("GET_CRM_user") is Sensitivity.LOW
    assert RULES.clearance_of("get_user") is Sensitivity.MODERATE
    assert RULES.clearance_of("other") is Sensitivity.HIGH
    server = AgentServer("x", AgentProtocol.MCP, CLOUD, RULES)
    assert server.upstream_for("get_user").clearance is Sensitivity.LOW


def test_a_name_that_the_server_published_is_its_own_word_and_only_as_a_key_of_arguments() -> None:
    dialect = McpMessages(AgentServer("x", AgentProtocol.MCP, CLOUD))
    dialect.published = {"repository", "owner"}
    arguments = {"repository": "owner", "owner": {"repository": 1, "elsewhere": 2}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t", "arguments": arguments}}
    call["params"] = {**call["params"], "owner": "repository"}  # type: ignore[dict-item]
    seen = [segment.text for segment in dialect.segments(dialect.read(json.dumps(call).encode()))]
    assert seen == ["t", "owner", "elsewhere", "owner", "repository"]


def test_names_are_taken_from_the_schemas_of_a_listing_at_any_depth() -> None:
    deep = {"type": "object", "properties": {"repo": {"anyOf": [{"properties": {"owner": {}}}]}}, "title": "no"}
    listing = {"result": {"tools": [{"name": "a", "inputSchema": deep}, {"name": "b"}, 7]}}
    assert set(published_names(listing)) == {"repo", "owner"}
    assert list(published_names({"result": {"tools": "no"}})) == []


def test_a_uuid_is_no_prose() -> None:
    call = {"jsonrpc": "2.0", "id": "9229e770-767c-417b-a0b0-f0741243c589", "method": "tools/list"}
    (segment,) = DIALECT.segments(DIALECT.read(json.dumps(call).encode()))
    assert (segment.kind, segment.editable) == (SegmentKind.NAME, False)
