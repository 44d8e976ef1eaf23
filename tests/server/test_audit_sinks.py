"""Sinks of other packages: they have each record before a byte leaves, or nothing leaves."""

from __future__ import annotations

import asyncio
import json
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from gateway import classifiers
from gateway.adapters.audit import Sinks
from gateway.core.errors import AuditError, ConfigurationError
from gateway.core.record import AuditRecord, Event
from tests.fakes.engines import engine
from tests.fakes.world import world

PATH = "/v1/chat/completions"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "What is a heat pump?"}]}
SECRET = "martha.lindqvist@nordhavn-clinic.com"


class Kept:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.outcome = asyncio.Event()

    async def append(self, record: AuditRecord) -> None:
        self.records.append(record)
        if record.event is Event.OUTCOME:
            self.outcome.set()


class Broken:
    """Takes no record, and says more than it should."""

    async def append(self, _record: AuditRecord) -> None:
        raise ConnectionError(SECRET)


class Silent:
    """Never answers."""

    async def append(self, _record: AuditRecord) -> None:
        await asyncio.Event().wait()


class Other:
    """No sink."""


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    points: list[EntryPoint] = []
    monkeypatch.setattr(classifiers, "_offered", lambda: EntryPoints(points).select)
    return points


def offer(points: list[EntryPoint], name: str) -> None:
    points.append(EntryPoint(name.lower(), f"{__name__}:{name}", "gateway.audit_sinks"))


async def test_a_sink_that_a_package_offers_gets_what_the_log_has(tmp_path: Path, offered: list[EntryPoint]) -> None:
    offer(offered, "Kept")
    async with world(tmp_path, engine()) as w:
        assert w.gateway.sinks is not None
        (kept,) = w.gateway.sinks._sinks
        assert isinstance(kept, Kept)
        assert (await w.app.post(PATH, json=ASKED)).status_code == 200
        await kept.outcome.wait()
    logged = [json.loads(line) for line in w.log().splitlines()]
    assert [(line["id"], line["event"]) for line in logged] == [(kept.id, kept.event.value) for kept in kept.records]
    assert len(logged) == 2


@pytest.mark.parametrize("sink", [Broken(), Silent()])
async def test_a_sink_without_the_record_lets_nothing_leave(
    tmp_path: Path, sink: Broken | Silent, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept()
    async with world(tmp_path, engine()) as w:
        w.gateway.sinks = Sinks([sink, kept], patience_s=0.01)
        response = await w.app.post(PATH, json=ASKED)
        assert (response.status_code, response.json()["error"]["code"]) == (503, "audit_unavailable")
        assert w.received("cloud") == w.received("local") == b""
    assert SECRET not in caplog.text + w.log() + response.text
    decision, outcome = [json.loads(line) for line in w.log().splitlines()]
    assert (decision["event"], outcome["event"], outcome["status"]) == ("decision", "outcome", 503)
    assert [record.event for record in kept.records] == [Event.DECISION, Event.OUTCOME]


async def test_outcomes_that_no_sink_takes_are_bounded(tmp_path: Path) -> None:
    kept = Kept()
    async with world(tmp_path, engine()) as w:
        w.gateway.sinks = Sinks([kept])
        await w.app.post(PATH, json=ASKED)
        await kept.outcome.wait()
    sinks = Sinks([Silent()], patience_s=0.01, max_waiting=1)
    sinks.enqueue(kept.records[0])
    with pytest.raises(AuditError, match="on their way"):
        sinks.enqueue(kept.records[0])
    await sinks.aclose()
    sinks.enqueue(kept.records[0])
    await sinks.aclose()


async def test_what_is_no_sink_is_refused_at_the_start(tmp_path: Path, offered: list[EntryPoint]) -> None:
    offer(offered, "Other")
    with pytest.raises(ConfigurationError, match="is no AuditSink"):
        async with world(tmp_path, engine()):
            pass
