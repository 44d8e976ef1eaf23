"""Several processes on one port: one admin plane for all, one chain each, replaced when they die, drained together."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.verify import verify_directory
from gateway.loadout import Loadout, arrange
from gateway.server.front import Front, merged
from gateway.server.standin import StandIn, running
from gateway.server.workers import divided, unshared
from gateway.settings import Loaded, load
from tests.fakes.engines import POLICY, chat
from tests.fakes.process import serve
from tests.fakes.world import Scripted, stopping_between

PATH = "/v1/chat/completions"


async def _workers(admin: httpx.AsyncClient) -> list[str]:
    body: dict[str, Any] = (await admin.get("/readyz")).json()
    return list(body["workers"])


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for task in tasks for child in task.read_text().split())


async def _ask(url: str, text: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, timeout=60) as app:
        return await app.post(PATH, content=chat(text))


async def test_a_broken_certificate_of_the_one_admin_port_is_told() -> None:
    front = Front([], {"admin_tls": "private.pem cannot be used", "tls": ""}, [])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(front.app), base_url="http://admin") as admin:
        told = (await admin.get("/readyz")).json()
    assert told["stale"] == {"admin_tls": "what is wrong stands in the log"}


async def test_one_admin_port_tells_for_all_workers_and_every_chain_verifies(tmp_path: Path) -> None:
    async with running(StandIn("local")) as (upstream,), serve(tmp_path, upstream, "--workers", "2") as server:
        process, url, admin_url = server
        answers = await asyncio.gather(*(_ask(url, f"Question {number}") for number in range(24)))
        assert [answer.status_code for answer in answers] == [200] * 24
        async with httpx.AsyncClient(base_url=admin_url, timeout=60) as admin:
            assert await _workers(admin) == ["1", "2"]
            assert (await admin.get("/healthz")).status_code == 200
            for answer in answers:
                shown = await admin.get(f"/decisions/{answer.headers['x-privacy-decision']}")
                assert shown.json()[0]["id"] == answer.headers["x-privacy-decision"]
            assert (await admin.get("/decisions/pg-unknown")).status_code == 404
            assert (await admin.get("/revision")).json()["policy_revision"].startswith("sha256:")
            counted = [line for line in (await admin.get("/metrics")).text.splitlines() if "requests_total{" in line]
            assert sum(float(line.rpartition(" ")[2]) for line in counted) == 24
            assert all('worker="' in line for line in counted)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    report = verify_directory(tmp_path / "audit")
    assert report.ok
    assert len(report.logs) == 2
    assert sum(log.records for log in report.logs) == 48


async def test_a_worker_that_dies_is_replaced_and_its_log_goes_on(tmp_path: Path) -> None:
    async with running(StandIn("local")) as (upstream,), serve(tmp_path, upstream, "--workers", "2") as server:
        process, url, admin_url = server
        assert (await _ask(url, "Hello")).status_code == 200
        before = _children(process.pid)
        os.kill(before[0], signal.SIGKILL)
        async with httpx.AsyncClient(base_url=admin_url, timeout=60) as admin, asyncio.timeout(30):
            while set(_children(process.pid)) == set(before) or await _workers(admin) != ["1", "2"]:
                await _ask(url, "Hello")
        assert len(_children(process.pid)) == 3
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert verify_directory(tmp_path / "audit").ok


async def test_a_worker_in_the_place_of_a_dead_one_decides_by_the_policy_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY.replace("internal_business", "business"))
    monkeypatch.setenv("PRIVACY_GATEWAY_POLICIES", str(policy))
    # Nobody looks again before the test is over: who decides by the new one has read it when he began.
    monkeypatch.setenv("PRIVACY_GATEWAY_RELOAD_SECONDS", "600")
    async with running(StandIn("local")) as (upstream,), serve(tmp_path, upstream, "--workers", "2") as server:
        process, url, admin_url = server
        assert (await _ask(url, "Hello")).status_code == 200
        policy.write_text(
            "apiVersion: privacy-gateway/v1\nkind: Policy\nmetadata: {name: shut}\nspec:\n"
            "  rules: [{name: nobody, effect: deny}]\n"
        )
        for _ in range(2):
            before = _children(process.pid)
            os.kill(before[0], signal.SIGKILL)
            async with httpx.AsyncClient(base_url=admin_url, timeout=60) as admin, asyncio.timeout(30):
                while before[0] in _children(process.pid) or await _workers(admin) != ["1", "2"]:
                    await asyncio.sleep(0.05)
        assert {(await _ask(url, "Hello")).status_code for _ in range(6)} == {403}


@pytest.mark.parametrize("everybody", [False, True])
async def test_sigterm_lets_the_streams_of_all_workers_end(tmp_path: Path, everybody: bool) -> None:  # noqa: FBT001
    go = asyncio.Event()
    slow = stopping_between(go)

    async def stream(url: str, begun: asyncio.Semaphore) -> str:
        async with (
            httpx.AsyncClient(base_url=url, timeout=60) as app,
            app.stream("POST", PATH, content=chat("Hello", stream=True)) as response,
        ):
            pieces = response.aiter_text()
            text = await anext(pieces)
            begun.release()
            async for piece in pieces:
                text += piece
        return text

    async with (
        running(Scripted("local", slow)) as (upstream,),
        serve(tmp_path, upstream, "--workers", "2") as (process, url, admin_url),
    ):
        begun = asyncio.Semaphore(0)
        streams = [asyncio.create_task(stream(url, begun)) for _ in range(6)]
        for _ in streams:
            await begun.acquire()
        told = [process.pid, *_children(process.pid)] if everybody else [process.pid]
        for pid in told:
            os.kill(pid, signal.SIGTERM)
        async with httpx.AsyncClient(base_url=admin_url, timeout=60) as admin, asyncio.timeout(30):
            while (await admin.get("/readyz")).status_code == 200:
                pass
        go.set()
        for text in await asyncio.gather(*streams):
            assert text.rstrip().endswith("data: [DONE]")
        assert await process.wait() == 0
    assert verify_directory(tmp_path / "audit").ok


async def test_a_worker_that_is_killed_breaks_its_streams_off_and_no_other_and_all_are_on_record(
    tmp_path: Path,
) -> None:
    go = asyncio.Event()
    slow = stopping_between(go)

    async def stream(url: str, begun: asyncio.Semaphore) -> tuple[str, bool]:
        text, whole = "", True
        async with (
            httpx.AsyncClient(base_url=url, timeout=60) as app,
            app.stream("POST", PATH, content=chat("Hello", stream=True)) as response,
        ):
            try:
                async for piece in response.aiter_text():
                    if not text:
                        begun.release()
                    text += piece
            except httpx.RemoteProtocolError:
                whole = False
        return text, whole

    async with (
        running(Scripted("local", slow)) as (upstream,),
        serve(tmp_path, upstream, "--workers", "2") as (process, url, _),
    ):
        begun = asyncio.Semaphore(0)
        streams = [asyncio.create_task(stream(url, begun)) for _ in range(12)]
        for _ in streams:
            await begun.acquire()
        os.kill(_children(process.pid)[0], signal.SIGKILL)
        go.set()
        for text, whole in await asyncio.gather(*streams):
            assert text.rstrip().endswith("data: [DONE]") == whole
            assert ("last" in text) == whole
        assert (await _ask(url, "Hello")).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    report = verify_directory(tmp_path / "audit")
    assert report.ok
    assert sum(log.records for log in report.logs) >= 13


async def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    async with running(StandIn("local")) as (upstream,), serve(tmp_path, upstream, "--workers", "2") as server:
        process = server[0]
        children = _children(process.pid)
        assert len(children) == 3
        process.kill()
        await process.wait()
        async with asyncio.timeout(30):
            while any(_runs(pid) for pid in children):
                await asyncio.to_thread(os.sched_yield)


def _runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


SUPERVISED = """
import os, signal, socket, sys
from gateway.server.supervisor import Supervisor
def dies(child):
    if {ready}:
        child.ready()
    raise SystemError("secretword")
def lives(child):
    child.ready()
    os.read(child.stop_fd, 1)
sys.exit(Supervisor([dies, lives], lives, drain_s=1, listener=socket.socket(), started=lambda: print("up")).run())
"""


@pytest.mark.parametrize("ready", [False, True])
def test_a_worker_that_always_dies_ends_everything_after_a_bounded_number_of_times(ready: bool) -> None:  # noqa: FBT001
    script = SUPERVISED.format(ready=ready)
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, cwd=Path.cwd()
    )
    assert ended.returncode == 1
    assert "secretword" not in ended.stderr
    assert "giving up" in ended.stderr
    assert ended.stderr.count("(pid ") <= 12


async def test_a_worker_that_cannot_serve_says_why_and_ends_everything(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", writer="w2")
    log.start()
    try:
        with pytest.raises(AssertionError) as failed:
            async with serve(tmp_path, "http://127.0.0.1:1", "--workers", "2"):
                pass
    finally:
        await log.aclose()
    assert "another process writes to it" in str(failed.value)
    assert "giving up" in str(failed.value)


def _loaded(**flags: Any) -> tuple[Loaded, Loadout]:
    upstream = {"name": "local", "zone": "local", "base_url": "http://127.0.0.1:1/v1"}
    loaded = load(None, environment={}, flags={"upstreams": [upstream], "workers": 4, **flags})
    return loaded, arrange(loaded)


def test_limits_are_divided_and_each_worker_has_a_log_of_its_own() -> None:
    loaded, _ = _loaded(limits={"in_flight": 10, "in_flight_per_upstream": 6, "body_bytes": 2**20})
    own = divided(loaded, 3).settings
    assert (own.limits.in_flight, own.limits.in_flight_per_upstream) == (3, 2)
    assert own.limits.in_flight_bytes == 16 * 2**20
    assert own.audit.writer == "w3"
    assert divided(_loaded(**{"audit.writer": "pod-7"})[0], 1).settings.audit.writer == "pod-7-w1"


def test_what_each_worker_would_count_for_itself_is_refused_at_start(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        POLICY.replace("internal_business", "business")
        + "  budgets:\n    - {name: few-people, per: tenant, distinct: 3, window: 1d}\n"
    )
    limited = {"acme": {"rate_limit": {"per_minute": 5}}}
    assert not unshared(*_loaded())
    (problem,) = unshared(*_loaded(tenants=limited))
    assert "request_limits.redis_url" in str(problem)
    (problem,) = unshared(*_loaded(policies=str(policy)))
    assert "budgets.redis_url" in str(problem)


def test_metrics_of_workers_are_told_apart_and_keep_one_head() -> None:
    one = '# HELP a_total What.\n# TYPE a_total counter\na_total{x="{ 1"} 1.0\n# HELP b B.\n# TYPE b gauge\nb 2.0\n'
    two = '# HELP a_total What.\n# TYPE a_total counter\na_total{x="y"} 3.0\n'
    assert merged({"1": one, "2": two}).splitlines() == [
        "# HELP a_total What.",
        "# TYPE a_total counter",
        'a_total{worker="1",x="{ 1"} 1.0',
        'a_total{worker="2",x="y"} 3.0',
        "# HELP b B.",
        "# TYPE b gauge",
        'b{worker="1"} 2.0',
    ]
    assert merged({}) == ""
