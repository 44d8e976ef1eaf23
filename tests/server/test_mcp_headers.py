"""Headers beside an MCP message, whose names a client chooses."""

from pathlib import Path

import pytest

from tests.fakes.tools import NUMBER, ToolServer, tooled

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "a", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.mark.parametrize("name", [NUMBER, f"number-{NUMBER}", "who"])
async def test_the_name_of_a_header_that_repeats_an_argument_is_scanned_with_the_message(
    tmp_path: Path, name: str
) -> None:
    params = {"name": "greet", "arguments": {"who": "world"}, "_meta": META}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {
        "mcp-protocol-version": "2026-07-28",
        "accept": "application/json, text/event-stream",
        f"mcp-param-{name}": "world",
    }
    cloud = ToolServer("cloud")
    async with tooled(tmp_path, cloud) as w:
        answer = (await w.app.post("/mcp/cloud", json=body, headers=headers)).json()
        passes = name == "who"
        assert ("result" in answer) is passes
        assert [f"mcp-param-{name}" in each for each in cloud.headers] == [True] * passes
        assert NUMBER not in w.log()
