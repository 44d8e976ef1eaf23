"""Agents call MCP servers through the gateway: the official SDK as client and as server, over real sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from tests.fakes.tools import ADDRESS, NUMBER, ToolServer, tooled
from tests.fakes.world import World

mcp = pytest.importorskip("mcp", reason="the MCP SDK is not installed (extra dev)")

MODES: list[Any] = ["legacy", "2026-07-28"]


def client(w: World, name: str, mode: Literal["legacy", "auto"] = "auto", **more: Any) -> Any:
    return mcp.Client(f"{w.url}/mcp/{name}", mode=mode, **more)


def text_of(result: Any) -> str:
    return "".join(block.text for block in result.content)


@pytest.mark.parametrize("mode", [*MODES, "auto"])
async def test_a_client_changes_its_url_and_works(tmp_path: Path, mode: Any) -> None:
    server = ToolServer("local")
    async with tooled(tmp_path, server) as w, client(w, "local", mode) as agent:
        tools = await agent.list_tools()
        assert {tool.name for tool in tools.tools} == {"greet", "lookup", "delete_user", "helper", "slowly"}
        assert text_of(await agent.call_tool("greet", {"who": "world"})) == "Hello world!"


@pytest.mark.parametrize("mode", MODES)
async def test_a_cloud_server_gets_placeholders_and_the_agent_the_values(tmp_path: Path, mode: Any) -> None:
    server = ToolServer("cloud")
    async with tooled(tmp_path, server) as w, client(w, "cloud", mode) as agent:
        result = await agent.call_tool("greet", {"who": ADDRESS})
        assert text_of(result) == f"Hello {ADDRESS}!"
        assert ADDRESS.encode() not in w.received("cloud") + b"".join(server.received)
        assert ADDRESS not in w.log()
        call = server.calls[-1] if server.calls[-1]["method"] == "tools/call" else server.calls[-2]
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
