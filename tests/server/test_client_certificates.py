"""Client certificates end to end: who asks, on both ports, and what a broken or strange certificate is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from click.testing import CliRunner

from gateway.cli.main import cli
from gateway.core.errors import ConfigurationError
from gateway.settings import load
from tests.fakes.certificates import Authority
from tests.fakes.engines import chat, engine
from tests.fakes.world import World, world
from tests.server.test_identity import ASK, PATH, bearer, key

SPIFFE = "spiffe://acme.example/ns/billing/sa/app"


@asynccontextmanager
async def over_tls(
    directory: Path,
    authority: Authority,
    *,
    with_keys: bool = False,
    peers: Sequence[Mapping[str, Any]] = (),
) -> AsyncIterator[World]:
    """Run a gateway with TLS on both ports that takes client certificates of `authority`."""
    certificate, private = authority.issue(loopback=True).write(directory, "server")
    (directory / "ca.pem").write_bytes(authority.root.pem())
    tls = {"certificate": str(certificate), "key": str(private)}
    listed = list(peers) or [{"id": SPIFFE, "principal": "app", "tenant": "acme", "purpose": "billing"}]
    identity: dict[str, Any] = {
        "mtls": {"ca": str(directory / "ca.pem"), "spiffe_trust_domain": "acme.example", "peers": listed}
    }
    if with_keys:
        identity["api_keys"] = {"file": str(directory / "keys.yaml")}
    settings = {"identity": identity, "tls": tls, "admin_tls": tls}
    async with world(directory, engine(), settings=settings) as w:
        yield w


async def ask_over(w: World, context: ssl.SSLContext, headers: Mapping[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(base_url=w.url, verify=context, timeout=30) as app:
        return await app.post(PATH, content=chat("Hi"), headers=headers)


async def test_a_client_certificate_says_who_asks(tmp_path: Path) -> None:
    authority = Authority()
    client = authority.issue(uris=[SPIFFE]).write(tmp_path, "client")
    context = authority.client_context(client)
    async with over_tls(tmp_path, authority) as w:
        assert w.url.startswith("https://")
        async with openai.DefaultAsyncHttpxClient(verify=context) as http:
            sdk = openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key="unused", http_client=http, max_retries=0)
            raw = await sdk.chat.completions.with_raw_response.create(model="m", messages=ASK)
        (record, *_) = await w.gateway.records(raw.headers["x-privacy-decision"])
        assert (record["principal"], record["tenant"], record["purpose"]) == ("app", "acme", "billing")
        async with httpx.AsyncClient(verify=authority.client_context()) as prober:
            assert (await prober.get(f"{str(w.admin.base_url).rstrip('/')}/healthz")).status_code == 200


async def test_without_a_good_client_certificate_there_is_no_connection(tmp_path: Path) -> None:
    authority, stranger = Authority(), Authority("stranger")
    contexts = {
        "none": authority.client_context(),
        "of another authority": authority.client_context(stranger.issue(uris=[SPIFFE]).write(tmp_path, "a")),
        "expired": authority.client_context(
            authority.issue(uris=[SPIFFE], lasts=timedelta(hours=-1)).write(tmp_path, "b")
        ),
        "of a server": authority.client_context(authority.issue(uris=[SPIFFE], loopback=True).write(tmp_path, "c")),
    }
    async with over_tls(tmp_path, authority) as w:
        for name, context in contexts.items():
            with pytest.raises(httpx.TransportError):
                assert (await ask_over(w, context)).status_code, name
    assert w.log() == ""


async def test_a_certificate_that_is_not_listed_is_nobodys(tmp_path: Path) -> None:
    authority = Authority()
    uris: tuple[list[str], ...] = (
        ["spiffe://acme.example/other"],
        [],
        [SPIFFE, SPIFFE + "2"],
        ["spiffe://evil.example/ns/billing/sa/app"],
    )
    async with over_tls(tmp_path, authority) as w:
        for number, names in enumerate(uris):
            context = authority.client_context(authority.issue(uris=names).write(tmp_path, f"c{number}"))
            assert (await ask_over(w, context)).status_code == 401
        signer = authority.client_context(authority.issue(uris=[SPIFFE], ca=True).write(tmp_path, "signer"))
        assert (await ask_over(w, signer)).status_code == 401


async def test_beside_client_certificates_api_keys_still_work(tmp_path: Path) -> None:
    authority = Authority()
    good = bearer(key(tmp_path, "other"))
    async with over_tls(tmp_path, authority, with_keys=True) as w:
        assert (await ask_over(w, authority.client_context(), good)).status_code == 200
        assert (await ask_over(w, authority.client_context())).status_code == 401
        listed = authority.client_context(authority.issue(uris=[SPIFFE]).write(tmp_path, "listed"))
        response = await ask_over(w, listed, good)
        (record, *_) = await w.gateway.records(response.headers["x-privacy-decision"])
        assert record["principal"] == "app"


async def test_a_client_certificate_with_a_role_opens_the_admin_plane(tmp_path: Path) -> None:
    authority = Authority()
    operator, app = "spiffe://acme.example/operator", SPIFFE
    peers: list[dict[str, Any]] = [
        {"id": operator, "principal": "operator", "roles": ["auditor"]},
        {"id": app, "principal": "app"},
    ]
    async with over_tls(tmp_path, authority, peers=peers) as w:
        got = []
        for number, names in enumerate(([operator], [app], ["spiffe://acme.example/operator2"])):
            context = authority.client_context(authority.issue(uris=names).write(tmp_path, f"a{number}"))
            async with httpx.AsyncClient(base_url=w.admin.base_url, verify=context) as admin:
                got.append((await admin.get("/metrics")).status_code)
        async with httpx.AsyncClient(base_url=w.admin.base_url, verify=authority.client_context()) as prober:
            got += [(await prober.get(path)).status_code for path in ("/metrics", "/readyz")]
    assert got == [200, 403, 401, 401, 200]


async def test_drift_asks_admin_ports_over_tls_with_a_viewers_token(tmp_path: Path) -> None:
    authority = Authority()
    (tmp_path / "viewer").write_text(key(tmp_path, "viewer", roles=["viewer"]) + "\n")
    (tmp_path / "root.pem").write_bytes(authority.root.pem())
    (tmp_path / "broken.pem").write_text("broken")
    async with over_tls(tmp_path, authority, with_keys=True) as w:

        async def drift(*more: str) -> tuple[int, str]:
            command = ["drift", "--replica", str(w.admin.base_url), *more]
            done = await asyncio.to_thread(CliRunner().invoke, cli, command)
            return done.exit_code, done.output

        trusted, token = ("--ca", str(tmp_path / "root.pem")), ("--token-file", str(tmp_path / "viewer"))
        code, told = await drift(*trusted, *token)
        assert (code, told.startswith("same https://")) == (0, True)
        assert "answered 401" in (await drift(*trusted))[1]
        assert "its certificate is not trusted (--ca)" in (await drift(*token))[1]
        assert (await drift("--ca", str(tmp_path / "broken.pem")))[0] == 2


@pytest.mark.parametrize("broken", ["certificate", "key", "ca"])
async def test_a_broken_certificate_file_is_told_at_start(tmp_path: Path, broken: str) -> None:
    from gateway.server.tls import data_context

    authority = Authority()
    certificate, private = authority.issue(loopback=True).write(tmp_path, "server")
    ca = tmp_path / "ca.pem"
    ca.write_bytes(authority.root.pem())
    {"certificate": certificate, "key": private, "ca": ca}[broken].write_text("broken")
    peers = [{"id": SPIFFE, "principal": "app"}]
    mtls = {"ca": str(ca), "spiffe_trust_domain": "acme.example", "peers": peers}
    tls = {"certificate": str(certificate), "key": str(private)}
    loaded = load(None, {}, {"tls": tls, "identity": {"mtls": mtls}})
    with pytest.raises(ConfigurationError, match="cannot be used"):
        data_context(loaded)
