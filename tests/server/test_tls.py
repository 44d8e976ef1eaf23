"""Certificates that change while the gateway runs, by real handshakes."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.server.tls import LOOK_EVERY_S, data_context
from gateway.settings import load
from tests.fakes.certificates import Authority

SPIFFE = "spiffe://acme.example/ns/billing/sa/app"


@asynccontextmanager
async def listening(
    directory: Path, clock: Callable[[], float], stale: dict[str, str] | None = None
) -> AsyncIterator[int]:
    """Run a server on the data port's own context, which answers every connection with a line."""
    mtls = {
        "ca": str(directory / "ca.pem"),
        "spiffe_trust_domain": "acme.example",
        "peers": [{"id": SPIFFE, "principal": "app"}],
    }
    tls = {"certificate": str(directory / "server.pem"), "key": str(directory / "server.key")}
    context = data_context(load(None, {}, {"tls": tls, "identity": {"mtls": mtls}}), stale, clock)

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_broken_certificate_is_told_before_anybody_connects(tmp_path: Path) -> None:
    write(tmp_path, Authority())
    tls = {"certificate": str(tmp_path / "server.pem"), "key": str(tmp_path / "server.key")}
    now, stale, looks = [0.0], dict[str, str](), list[Callable[[], None]]()
    assert data_context(load(None, {}, {"tls": tls}), stale, lambda: now[0], looks) is not None
    (tmp_path / "server.pem").write_text("broken")
    now[0] += LOOK_EVERY_S
    for look in looks:
        look()
    assert "cannot be used" in stale["tls"]


async def connects(port: int, context: ssl.SSLContext, name: str | None = "127.0.0.1") -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        said = await reader.readline()
        writer.close()
    except (ssl.SSLError, ConnectionError):
        return False
    return said == b"hello\n"


def write(directory: Path, authority: Authority) -> None:
    authority.issue(loopback=True).write(directory, "server")
    (directory / "ca.pem").write_bytes(authority.root.pem())


async def test_rotated_certificates_are_taken_over_and_a_ca_that_was_taken_out_is_out(tmp_path: Path) -> None:
    before, after = Authority(), Authority("the next one")
    write(tmp_path, before)
    old = before.client_context(before.issue(uris=[SPIFFE]).write(tmp_path, "old"))
    new = after.client_context(after.issue(uris=[SPIFFE]).write(tmp_path, "new"))
    stale = after.client_context(before.issue(uris=[SPIFFE]).write(tmp_path, "stale"))
    nobody = after.client_context()
    now = [0.0]
    async with listening(tmp_path, lambda: now[0]) as port:
        assert [await connects(port, context) for context in (old, new, stale, nobody)] == [True, False, False, False]
        write(tmp_path, after)
        assert await connects(port, old)  # not looked at yet
        now[0] += LOOK_EVERY_S
        assert [await connects(port, context) for context in (old, new, stale, nobody)] == [False, True, False, False]


@pytest.mark.parametrize("broken", ["server.pem", "server.key", "ca.pem"])
async def test_a_broken_file_leaves_the_last_good_certificates(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority()
    write(tmp_path, authority)
    client = authority.client_context(authority.issue(uris=[SPIFFE]).write(tmp_path, "client"))
    now = [0.0]
    stale: dict[str, str] = {}
    async with listening(tmp_path, lambda: now[0], stale) as port:
        whole = (tmp_path / broken).read_bytes()
        for damaged in (whole[:100], b""):
            (tmp_path / broken).write_bytes(damaged)
            now[0] += LOOK_EVERY_S
            assert await connects(port, client)
        (tmp_path / broken).unlink()
        now[0] += LOOK_EVERY_S
        assert await connects(port, client)
        os.mkfifo(tmp_path / broken)  # OpenSSL would wait at it, and every connection with it
        now[0] += LOOK_EVERY_S
        assert await connects(port, client)
        assert caplog.text.count("the last good one holds") == 4
        assert "cannot be used" in stale["tls"]
        (tmp_path / broken).unlink()
        (tmp_path / broken).write_bytes(whole)
        now[0] += LOOK_EVERY_S
        assert await connects(port, client)
        assert stale["tls"] == ""
