"""A log is a directory of files: its own, for one writer, signed by one key."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.verify import verify_directory
from gateway.core.errors import AuditError, ConfigurationError
from gateway.core.protocols import AuditSink
from tests.fakes.records import a_record, ids_in


async def test_what_was_appended_is_there_and_verifies(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    sink: AuditSink = log
    for number in range(3):
        await sink.append(a_record(number))
    assert ids_in(tmp_path / "audit") == ["d-0", "d-1", "d-2"]
    await log.aclose()
    assert verify_directory(tmp_path / "audit").ok


async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    await log.append(a_record())
    await log.aclose()
    assert stat.S_IMODE((tmp_path / "audit").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "audit").iterdir()} == {0o600}


async def test_the_chain_goes_on_over_files_and_restarts(tmp_path: Path) -> None:
    for start in (0, 4):
        log = AuditLog(tmp_path, rotate_bytes=2000)
        assert log.start().records == start
        for number in range(start, start + 4):
            await log.append(a_record(number))
        await log.aclose()
    assert len(list(tmp_path.glob("audit-*.jsonl"))) > 2
    assert ids_in(tmp_path) == [f"d-{number}" for number in range(8)]
    assert verify_directory(tmp_path).ok


async def test_a_file_is_closed_when_its_first_record_is_old(tmp_path: Path) -> None:
    now = [0.0]
    log = AuditLog(tmp_path, rotate_s=60, clock=lambda: now[0])
    for now[0] in (0.0, 59.0, 60.0, 61.0):
        await log.append(a_record(int(now[0])))
    await log.aclose()
    assert [len(file.read_text().splitlines()) for file in sorted(tmp_path.glob("audit-*.jsonl"))] == [2, 2]


async def test_the_age_of_a_file_survives_a_restart(tmp_path: Path) -> None:
    first = AuditLog(tmp_path)
    await first.append(replace(a_record(0), time="2025-11-01T00:00:00.000000Z"))
    await first.aclose()
    second = AuditLog(tmp_path)  # the real clock is later than a day after that
    await second.append(a_record(1))
    await second.aclose()
    assert len(list(tmp_path.glob("audit-*.jsonl"))) == 2


async def test_a_second_writer_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.start()
    with pytest.raises(AuditError, match=r"another process writes to it.*of its own"):
        AuditLog(tmp_path).start()
    await log.aclose()
    again = AuditLog(tmp_path)
    again.start()
    await again.aclose()


async def test_several_writers_have_a_log_each_under_one_key(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path, writer=f"w{number}") for number in range(3)]
    await asyncio.gather(*(log.append(a_record(place)) for place, log in enumerate(logs)))
    for log in logs:
        await log.aclose()
    report = verify_directory(tmp_path)
    assert report.ok
    assert [log.directory.name for log in report.logs] == ["w0", "w1", "w2"]
    assert len({(log.directory / "audit.vkey").read_text() for log in report.logs}) == 1


def test_a_writer_name_cannot_lead_elsewhere(tmp_path: Path) -> None:
    for name in ("../w", "a/b", "ä", "-"):
        with pytest.raises(ConfigurationError):
            AuditLog(tmp_path, writer=name)


def test_a_directory_that_cannot_be_made_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file")
    with pytest.raises(AuditError, match="audit log"):
        AuditLog(tmp_path / "audit").start()


async def test_a_configured_key_signs(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", key_file=tmp_path / "kept" / "signing.pem")
    await log.append(a_record())
    await log.aclose()
    assert (tmp_path / "kept" / "signing.pem").exists()
    assert not (tmp_path / "audit" / "audit.key").exists()
    assert verify_directory(tmp_path / "audit").ok


async def test_another_key_than_that_of_the_log_is_refused(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    await log.append(a_record())
    await log.aclose()
    with pytest.raises(AuditError, match="signed by key"):
        AuditLog(tmp_path / "audit", key_file=tmp_path / "new.key").start()


async def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    await log.aclose()
    with pytest.raises(AuditError, match="closed"):
        await log.append(a_record())
