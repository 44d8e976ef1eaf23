"""Pages of others neither read of a gateway that is for this machine alone, nor make it ask."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from starlette.types import Scope

from gateway.server.hosts import by_local_names, is_local_name, is_local_origin
from gateway.server.standin import StandIn, running
from gateway.settings import Address, Settings
from tests.fakes.engines import chat, engine
from tests.fakes.process import serve
from tests.fakes.sockets import raw
from tests.fakes.world import world


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8080", "127.0.0.1:9", "[::1]:9", "gateway", "", "a.localhost:1", "host.docker.internal"],
)
def test_names_that_nobody_can_register_are_local(host: str) -> None:
    assert is_local_name(host.encode())


@pytest.mark.parametrize(
    "host",
    [
        *("rebound.example", "rebound.example:8080", "localhost.rebound.example", "127.0.0.1.rebound.example"),
        *("a@b.example", "ai.", "localhost.", "[::1].rebound.example", "rebound.example:80:80", "xn--a.example"),
        *("127.0.0.1 rebound.example", "gateway@rebound", "rebound.example\n", "localhost:80a", "\xff.example"),
    ],
)
def test_names_that_somebody_can_register_are_foreign(host: str) -> None:
    assert not is_local_name(host.encode("latin-1"))


@pytest.mark.parametrize("path", ["/decisions/x", "/metrics", "/readyz", "/openapi.json", "/"])
async def test_a_rebound_name_reads_nothing_of_the_admin_plane(tmp_path: Path, path: str) -> None:
    async with world(tmp_path, engine()) as w:
        refused = await w.admin.get(path, headers={"host": "rebound.example"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (421, "host_not_allowed")
        assert (await w.admin.get(path)).status_code != 421


async def test_a_rebound_name_asks_and_lists_nothing_at_the_data_plane(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        headers = {"host": "rebound.example:8080"}
        assert (await w.app.get("/v1/files", headers=headers)).status_code == 421
        assert (await w.app.post("/v1/chat/completions", content=chat("Hello"), headers=headers)).status_code == 421
        assert w.received("cloud") + w.received("secure") + w.received("local") == b""
        assert (await w.app.post("/v1/chat/completions", content=chat("Hello"))).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173", "http://app.localhost"),
        *("vscode-webview://1f", "chrome-extension://abc"),
    ],
)
def test_pages_of_this_machine_are_heard(origin: str) -> None:
    assert is_local_origin(origin.encode())


@pytest.mark.parametrize(
    "origin",
    [
        *("https://page.example", "https://page.example:443", "http://localhost.page.example", "null"),
        *("http://a@page.example", "https://localhost https://page.example"),
    ],
)
def test_pages_of_others_are_not_heard(origin: str) -> None:
    assert not is_local_origin(origin.encode())


@pytest.mark.parametrize("origin", ["https://page.example", "null"])
async def test_a_page_of_others_makes_the_gateway_ask_nothing(tmp_path: Path, origin: str) -> None:
    async with world(tmp_path, engine()) as w:
        headers = {"origin": origin, "content-type": "text/plain"}
        refused = await w.app.post("/v1/chat/completions", content=chat("Hello"), headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin_not_allowed")
        assert w.received("cloud") + w.received("secure") + w.received("local") == b""
        headers["origin"] = "http://localhost:3000"
        assert (await w.app.post("/v1/chat/completions", content=chat("Hello"), headers=headers)).status_code == 200


async def test_of_two_names_both_count(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w, raw(w.url) as client:
        await client.send(b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nhost: rebound.example\r\n\r\n")
        assert (await client.answer())[0] in {400, 421}


async def test_several_workers_are_no_way_round_it(tmp_path: Path) -> None:
    async with running(StandIn("local")) as (upstream,), serve(tmp_path, upstream, "--workers", "2") as server:
        for url in server[1:]:
            async with raw(url) as client:
                await client.send(b"GET /v1/models HTTP/1.1\r\nhost: rebound.example\r\n\r\n")
                assert (await client.answer())[0] == 421


@pytest.mark.parametrize(("origin", "heard"), [("https://tools.example", 1), ("https://page.example", 0)])
async def test_pages_that_the_settings_name_are_heard(origin: str, heard: int) -> None:
    calls: list[object] = []

    async def app(scope: Scope, *_: object) -> None:
        calls.append(scope)

    settings = Settings.model_validate({"mcp": {"origins": ["https://tools.example"]}})
    transport = httpx.ASGITransport(by_local_names(app, Address("127.0.0.1", 1), settings), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        with suppress(AssertionError):  # the app answers nothing
            await client.post("/mcp/tools", headers={"origin": origin})
    assert len(calls) == heard


def test_where_others_reach_it_or_are_asked_who_they_are_any_name_will_do() -> None:
    async def app(*_: object) -> None: ...

    nobody = Settings.model_validate({})
    assert by_local_names(app, Address("0.0.0.0", 1), nobody) is app
    assert by_local_names(app, Address("127.0.0.1", 1), nobody) is not app
    asked = nobody.model_copy(update={"identity": object()})
    assert by_local_names(app, Address("127.0.0.1", 1), asked) is app
