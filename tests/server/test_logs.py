"""No log line carries a request's text, whoever writes it; no line can be forged; no label is minted by a client."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from gateway.adapters.upstreams import UpstreamClient
from gateway.core.protocols import RestorerFactory, StreamRestorer
from gateway.dialects.openai_chat import OpenAIChat
from gateway.server.logs import PlacesOnly, quiet_loop
from gateway.server.run import Embedded
from gateway.server.sealed import Sealed
from gateway.server.standin import StandIn, running
from gateway.settings import Address
from tests.fakes.engines import chat, engine
from tests.fakes.world import Scripted, answers, streams, world

PATH = "/v1/chat/completions"
SECRET = "536-22-8741"


def said(caplog: pytest.LogCaptureFixture) -> str:
    """Return every line with everything a handler could make of it."""
    plain = logging.Formatter("%(name)s %(message)s")
    return "\n".join(plain.format(record) for record in caplog.records if record.name != "httpx")


async def test_an_exception_of_the_app_reached_the_servers_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def failing(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        if scope["path"].endswith("/late"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(SECRET) from error

    server = StandIn("failing")
    server.app = failing  # type: ignore[assignment]  # an app without Starlette's own layer for errors
    async with running(server) as (url,), httpx.AsyncClient(base_url=url) as client:
        response = await client.get("/early")
        assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/late")
    assert "ValueError at" in said(caplog)
    assert SECRET not in said(caplog)


async def test_an_exception_beside_the_relay_is_answered_in_the_apis_shape(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with world(tmp_path, engine()) as w:
        object.__setattr__(w.gateway, "client", SECRET)  # has no `models`
        response = await w.app.get("/v1/models")
        assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
        object.__setattr__(w.gateway, "client", UpstreamClient())
    assert "AttributeError at" in said(caplog)
    assert SECRET not in said(caplog)


class _FailingStream(OpenAIChat):
    """Fails in the middle of a stream, with text in the exception."""

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        inner = super().stream(restorers)

        class Failing:
            usage = inner.usage
            signed = inner.signed

            def feed(self, data: bytes) -> bytes:
                raise KeyError(SECRET + data.decode())

            def close(self) -> bytes:
                raise KeyError(SECRET)

        return Failing()


async def test_an_exception_in_a_stream_ends_it_with_an_error_and_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fleet = {"cloud": Scripted("cloud", streams([b"data: [DONE]\n\n"]))}
    async with world(tmp_path, engine(), fleet, dialects=(_FailingStream(),)) as w:
        response = await w.app.post(PATH, content=chat("Hello", stream=True))
        assert json.loads(response.text.split("data: ")[1])["error"]["code"] == "internal_error"
        assert SECRET not in response.text
        assert "privacy_gateway_in_flight 0.0" in (await w.admin.get("/metrics")).text
    assert "KeyError at" in said(caplog)
    assert SECRET not in said(caplog)


async def test_a_task_nobody_awaited_told_its_exception(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    loop = asyncio.get_running_loop()
    quiet_loop(loop)
    loop.call_exception_handler(
        {"message": f"Task exception was never retrieved {SECRET}", "exception": KeyError(SECRET), "future": SECRET}
    )
    loop.call_exception_handler({"message": SECRET})
    assert "nobody caught a KeyError" in said(caplog)
    assert SECRET not in said(caplog)


def test_python_wrote_what_a_thread_a_destructor_and_a_log_line_failed_with() -> None:
    code = f"""
import logging, sys, threading
from gateway.server.logs import configure
configure("info")

class Failing:
    def __del__(self):
        raise ValueError("{SECRET}")

def fail(kind):
    raise kind("{SECRET}")

threads = [threading.Thread(target=fail, args=(kind,)) for kind in (KeyError, SystemExit)]
for thread in threads:
    thread.start()
    thread.join()
Failing()
logging.getLogger("privacy_gateway").error("%d", "{SECRET}")
fail(LookupError)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    told = [line.split("nobody caught a ")[1].split(" at ")[0] for line in done.stderr.splitlines()]
    assert told == ["KeyError", "ValueError", "LookupError"]
    assert SECRET not in done.stderr


def test_the_formatter_wrote_exceptions_out_and_let_lines_be_forged() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(PlacesOnly("%(levelname)s %(message)s"))
    log = logging.getLogger("tests.places")
    log.propagate = False
    log.addHandler(handler)
    try:
        raise KeyError(SECRET)
    except KeyError:
        log.exception("failed")
    log.warning("one\nERROR two\r\x1b[31m\u2028three")
    assert SECRET not in out.getvalue()
    assert out.getvalue().splitlines() == [
        "ERROR failed",
        f"    KeyError at {__file__.rpartition('/gateway/')[2] or __file__}:"
        + out.getvalue().splitlines()[1].rpartition(":")[2],
        "WARNING one",
        "    ERROR two\\x0d\\x1b[31m\\x2028three",
    ]


async def test_an_invalid_request_at_protocol_level_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with world(tmp_path, engine()) as w:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(w.url.rpartition(":")[2]))
        writer.write(f"POST /{SECRET} HTTP/1.1\r\n{SECRET}: \x01\r\n{SECRET} \r\n\r\n".encode())
        assert b"400" in await reader.read()
        writer.close()
    assert SECRET not in said(caplog)


ODD = ["a\tb", "x" * 2000, "\u2603".encode().decode("latin-1"), "{{7*7}}", "%n%s", "../../etc", "a\x85b"]


async def test_nothing_a_client_says_became_a_label_a_line_or_an_attribute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="privacy_gateway")
    names = (
        "traceparent",
        "x-request-id",
        "x-privacy-conversation",
        "x-privacy-purpose",
        "authorization",
        "user-agent",
    )
    fleet = {"cloud": Scripted("cloud", answers(200, {"choices": [], "model": "minted"}))}
    async with world(tmp_path, engine(), fleet) as w:
        rounds: list[set[str]] = []
        for turn in ("first", "second"):
            for odd in ODD:
                word = f"minted{turn}{odd}".encode("latin-1")
                for name in names:
                    await w.app.post(PATH, content=chat("Hello"), headers=[(name.encode(), word)])
                asked = {"model": word.decode("latin-1"), "messages": [{"role": "user", "content": "Hi"}]}
                await w.app.post(PATH, json=asked)
                await w.app.get(f"/v1/minted{turn}")
                await w.app.get(f"/v1/models/minted{turn}")
            metrics = (await w.admin.get("/metrics")).text
            assert "minted" not in metrics
            rounds.append({line.rpartition(" ")[0] for line in metrics.splitlines() if line[:1] != "#"})
        assert rounds[0] == rounds[1]
        assert "minted" not in w.log()
    assert "minted" not in said(caplog)


async def test_a_trace_id_of_the_clients_choice_was_carried_to_the_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    fleet = {zone: Scripted(zone, answers(200, {"choices": []})) for zone in ("cloud", "secure", "local")}
    parent = "00-53622874153622874153622874153622-5362287415362287-01"
    async with world(tmp_path, engine(), fleet) as w:
        for text in ("Hello", f"SSN {SECRET}"):
            await w.app.post(PATH, content=chat(text), headers={"traceparent": parent})
        assert "traceparent" not in fleet["cloud"].headers[0]
        assert "53622874153622874153622874153622" in fleet["local"].headers[0]["traceparent"]


IDS = [
    "../audit.lock",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "a" * 3000,
    "pg-%00",
    "pg-%0aforged",
    "%ff",
    ".*",
    "pg-0 OR 1=1",
    '"id":"x',
]


@pytest.mark.parametrize("identifier", IDS)
async def test_an_odd_decision_id_finds_nothing_and_says_nothing(tmp_path: Path, identifier: str) -> None:
    async with world(tmp_path, engine()) as w:
        await w.app.post(PATH, content=chat("Hello"))
        response = await w.admin.get(f"/decisions/{identifier}")
        assert response.status_code == 404
        assert response.json()["detail"] in {"No decision has this id.", "Not Found"}


async def test_no_directory_no_send(tmp_path: Path) -> None:
    import shutil

    async with world(tmp_path, engine()) as w:
        assert (await w.app.post(PATH, content=chat("Hello"))).status_code == 200
        shutil.rmtree(w.audit)
        for stream in (False, True):
            response = await w.app.post(PATH, content=chat("Hello", stream=stream))
            assert (response.status_code, response.json()["error"]["code"]) == (503, "audit_unavailable")
        assert len(w.upstreams["cloud"].received) == 1
        assert (await w.admin.get("/readyz")).status_code == 503


def test_the_sealed_layer_stands_in_every_server() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None: ...

    assert isinstance(Embedded(app, Address("127.0.0.1", 0), drain_s=1).config.app, Sealed)
