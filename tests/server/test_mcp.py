"""Agents call MCP servers through the gateway: the official SDK as client and as server, over real sockets."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.tools import ADDRESS, NUMBER, SECRET, ToolServer, tooled
from tests.fakes.world import World

mcp = pytest.importorskip("mcp", reason="the MCP SDK is not installed (extra dev)")
types = pytest.importorskip("mcp_types")

MODES: list[Any] = ["legacy", "2026-07-28"]


def client(w: World, name: str, mode: Any = "auto", **more: Any) -> Any:
    return mcp.Client(f"{w.url}/mcp/{name}", mode=mode, **more)


def text_of(result: Any) -> str:
    return "".join(block.text for block in result.content)


def outcomes(w: World) -> list[dict[str, Any]]:
    return [record for record in map(json.loads, w.log().splitlines()) if record["event"] == "outcome"]


def found(w: World) -> set[str]:
    return {kind for record in outcomes(w) if record["answer"] for kind in record["answer"]["found"]}


def placeholder(server: ToolServer) -> str:
    match = re.search(rb"<EMAIL_ADDRESS_[a-z0-9]+>", b"".join(server.received))
    assert match is not None
    return match[0].decode()


@pytest.mark.parametrize("mode", [*MODES, "auto"])
async def test_a_client_changes_its_url_and_works(tmp_path: Path, mode: Any) -> None:
    server = ToolServer("local")
    async with tooled(tmp_path, server) as w, client(w, "local", mode) as agent:
        tools = await agent.list_tools()
        assert {tool.name for tool in tools.tools} == {
            "greet",
            "lookup",
            "delete_user",
            "helper",
            "slowly",
            "ask",
            "hang",
        }
        assert text_of(await agent.call_tool("greet", {"who": "world"})) == "Hello world!"


@pytest.mark.parametrize("mode", MODES)
async def test_a_cloud_server_gets_placeholders_and_the_agent_the_values(tmp_path: Path, mode: Any) -> None:
    server = ToolServer("cloud", json_response=mode == "legacy")
    async with tooled(tmp_path, server) as w, client(w, "cloud", mode) as agent:
        result = await agent.call_tool("greet", {"who": ADDRESS})
        assert text_of(result) == f"Hello {ADDRESS}!"
        assert ADDRESS.encode() not in b"".join(server.received)
        assert ADDRESS not in w.log()
        (call,) = [call for call in server.calls if call["method"] == "tools/call"]
        assert call["params"]["arguments"]["who"].startswith("<EMAIL_ADDRESS_")


@pytest.mark.parametrize("mode", MODES)
async def test_highly_sensitive_arguments_reach_a_local_server_and_no_cloud_one(tmp_path: Path, mode: Any) -> None:
    cloud, local = ToolServer("cloud"), ToolServer("local")
    async with tooled(tmp_path, cloud, local) as w:
        async with client(w, "cloud", mode) as agent:
            with pytest.raises(mcp.MCPError) as refused:
                await agent.call_tool("greet", {"who": NUMBER})
            assert refused.value.data["code"] == "no_cleared_upstream"
        async with client(w, "local", mode) as agent:
            assert text_of(await agent.call_tool("greet", {"who": NUMBER})) == f"Hello {NUMBER}!"
            assert text_of(await agent.call_tool("greet", {"who": ADDRESS})) == f"Hello {ADDRESS}!"
        assert NUMBER.encode() not in b"".join(cloud.received)
        assert ADDRESS.encode() in b"".join(local.received)
        assert NUMBER not in w.log()


@pytest.mark.parametrize("mode", MODES)
async def test_tools_that_are_not_allowed_are_neither_seen_nor_called(tmp_path: Path, mode: Any) -> None:
    server = ToolServer("local")
    rules = {"tools": {"allow": ["greet", "delete_*"], "deny": ["Delete_*"]}}
    async with tooled(tmp_path, server, more={"local": rules}) as w, client(w, "local", mode) as agent:
        assert [tool.name for tool in (await agent.list_tools()).tools] == ["greet"]
        before = len(server.received)
        for name in ("delete_user", "lookup", "Greet", "greet ", " greet", "greet\u200b", "ｇｒｅｅｔ", "greet\n"):
            with pytest.raises(mcp.MCPError) as refused:
                await agent.call_tool(name, {"who": "x", "name": "x", "key": "x"})
            assert refused.value.data["code"] == "tool_not_allowed"
        assert len(server.received) == before
        denied = [json.loads(line) for line in w.log().splitlines() if '"tool-not-allowed"' in line]
        assert {record["status"] for record in denied} == {403}
        assert {record["effect"] for record in denied} == {"deny"}


async def test_a_tool_is_cleared_for_no_more_than_the_settings_say(tmp_path: Path) -> None:
    server = ToolServer("local")
    rules = {"tools": {"clearance": {"gre*": "low"}}}
    async with tooled(tmp_path, server, more={"local": rules}) as w, client(w, "local") as agent:
        with pytest.raises(mcp.MCPError) as refused:
            await agent.call_tool("greet", {"who": ADDRESS})
        assert refused.value.data["code"] == "no_cleared_upstream"
        assert text_of(await agent.call_tool("slowly", {"who": ADDRESS})) == f"done with {ADDRESS}"


@pytest.mark.parametrize("mode", MODES)
async def test_a_secret_in_a_tools_result_reaches_neither_the_agent_nor_through_it_the_cloud(
    tmp_path: Path, mode: Any
) -> None:
    server = ToolServer("local")
    async with tooled(tmp_path, server) as w:
        async with client(w, "local", mode) as agent:
            result = await agent.call_tool("lookup", {"key": "db"})
            assert SECRET not in result.model_dump_json()
            assert result.structured_content == {
                "key": "db",
                "value": "token [REDACTED_CREDENTIAL]",
                "type": "[REDACTED_CREDENTIAL]",
            }
        # An agent that got it some other way puts it into a chat: it stays at home.
        turns = [{"role": "user", "content": "look up"}, {"role": "tool", "tool_call_id": "a", "content": SECRET}]
        answer = await w.app.post("/v1/chat/completions", json={"model": "m", "messages": turns})
        assert answer.headers["x-privacy-zone"] == "local"
        assert SECRET.encode() not in w.received("cloud") + w.received("secure")
    assert "CREDENTIAL" in found(w)


async def test_a_server_whose_settings_say_so_may_tell_secrets(tmp_path: Path) -> None:
    server = ToolServer("local")
    own = {"local": {"results": {"CREDENTIAL": "pass"}}}
    async with tooled(tmp_path, server, more=own) as w, client(w, "local") as agent:
        assert SECRET in (await agent.call_tool("lookup", {"key": "db"})).model_dump_json()


async def test_a_result_that_the_settings_block_is_an_error_without_its_text(tmp_path: Path) -> None:
    server = ToolServer("local")
    own = {"local": {"results": {"CREDENTIAL": "block"}}}
    async with tooled(tmp_path, server, more=own) as w, client(w, "local") as agent:
        with pytest.raises(mcp.MCPError) as refused:
            await agent.call_tool("lookup", {"key": "db"})
        assert refused.value.data["code"] == "blocked_by_policy"
        assert SECRET not in str(refused.value)


@pytest.mark.parametrize("mode", MODES)
async def test_progress_comes_while_the_tool_runs_and_is_restored(tmp_path: Path, mode: Any) -> None:
    server = ToolServer("cloud")
    told: list[tuple[float, str | None]] = []

    async def progress(done: float, _total: float | None, message: str | None) -> None:
        told.append((done, message))

    async with tooled(tmp_path, server) as w, client(w, "cloud", mode) as agent:
        result = await agent.call_tool("slowly", {"who": ADDRESS}, progress_callback=progress)
        assert text_of(result) == f"done with {ADDRESS}"
        assert told == [(0, f"at {ADDRESS}"), (1, f"at {ADDRESS}"), (2, f"at {ADDRESS}")]
        assert ADDRESS.encode() not in b"".join(server.received)


@pytest.mark.parametrize("mode", MODES)
async def test_an_answer_to_a_servers_question_is_planned_like_a_request(tmp_path: Path, mode: Any) -> None:
    """Elicitation: the server asks while its tool runs; what the user says goes out as a placeholder or not at all."""
    cloud = ToolServer("cloud")
    given = ADDRESS

    async def answer(_context: Any, _params: Any) -> Any:
        return types.ElicitResult(action="accept", content={"answer": given})

    async with tooled(tmp_path, cloud) as w, client(w, "cloud", mode, elicitation_callback=answer) as agent:
        said = text_of(await agent.call_tool("ask", {}))
        assert said == (f"You said {ADDRESS}" if mode != "legacy" else f"You said {placeholder(cloud)}")
        assert ADDRESS.encode() not in b"".join(cloud.received)
        assert any(b"EMAIL_ADDRESS_" in body for body in cloud.received)


@pytest.mark.parametrize("mode", MODES)
async def test_resources_are_looked_through_and_prompts_restored(tmp_path: Path, mode: Any) -> None:
    cloud = ToolServer("cloud")
    async with tooled(tmp_path, cloud) as w, client(w, "cloud", mode) as agent:
        (note,) = (await agent.read_resource("notes://today")).contents
        assert note.text == f"write to {ADDRESS}; key [REDACTED_CREDENTIAL]"
        prompt = await agent.get_prompt("letter", {"to": ADDRESS})
        assert prompt.messages[0].content.text == f"Write a letter to {ADDRESS}."
        assert ADDRESS.encode() not in b"".join(cloud.received)


async def test_a_picture_in_a_result_is_content_that_cannot_be_read(tmp_path: Path) -> None:
    local, strict = ToolServer("local"), ToolServer("local-strict")
    rules = {"local-strict": {"results": {"UNINSPECTABLE_DOCUMENT": "redact"}}}
    async with tooled(tmp_path, local, strict, more=rules) as w:
        async with client(w, "local") as agent:
            (picture,) = (await agent.read_resource("notes://picture")).contents
            assert picture.blob.startswith("iVBORw0KGgo")
        async with client(w, "local-strict") as agent:
            (picture,) = (await agent.read_resource("notes://picture")).contents
            assert picture.text == "[REDACTED_UNINSPECTABLE_DOCUMENT]"
    assert "UNINSPECTABLE_DOCUMENT" in found(w)


async def test_instructions_in_a_tools_description_are_on_record(tmp_path: Path) -> None:
    server = ToolServer("local")
    async with tooled(tmp_path, server) as w, client(w, "local") as agent:
        await agent.list_tools()
    assert "PLANTED_INSTRUCTION" in found(w)


async def test_tools_that_speak_to_the_model_are_left_out_where_the_settings_say_so(tmp_path: Path) -> None:
    server = ToolServer("local")
    own = {"local": {"results": {"PLANTED_INSTRUCTION": "redact"}}}
    async with tooled(tmp_path, server, more=own) as w, client(w, "local") as agent:
        names = {tool.name for tool in (await agent.list_tools()).tools}
        assert "helper" not in names
        assert "greet" in names


@pytest.mark.parametrize("mode", MODES)
async def test_a_call_that_is_cancelled_ends_at_the_server(tmp_path: Path, mode: Any) -> None:
    server = ToolServer("local")
    async with tooled(tmp_path, server) as w, client(w, "local", mode) as agent:
        task = asyncio.create_task(agent.call_tool("hang", {}))
        await asyncio.wait_for(server.hanging.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.cancelled.wait(), 20)
