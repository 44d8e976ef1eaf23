"""A disk that fails, or a log that is no longer what it was, fails appends and loses no record."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.verify import verify_directory
from gateway.core.errors import AuditError
from gateway.core.record import Event
from tests.fakes.disk import BrokenDisk
from tests.fakes.records import a_record, ids_in


async def test_a_head_that_cannot_be_synced_costs_no_record(tmp_path: Path) -> None:
    disk, now = BrokenDisk(), [0.0]
    log = AuditLog(tmp_path, disk=disk, clock=lambda: now[0])
    await log.append(a_record(0))
    now[0] = 2.0
    disk.broken = "later sync"
    await log.append(a_record(1))
    async with asyncio.timeout(10):
        while disk.broken:
            await asyncio.sleep(0.001)
    await log.append(a_record(2))
    await log.aclose()
    assert ids_in(tmp_path) == ["d-0", "d-1", "d-2"]
    assert verify_directory(tmp_path).ok


@pytest.mark.parametrize("broken", ["write", "sync", "head"])
async def test_a_failing_disk_fails_every_waiting_append_until_it_works_again(tmp_path: Path, broken: str) -> None:
    disk = BrokenDisk()
    log = AuditLog(tmp_path, disk=disk)
    await log.append(a_record(0))
    disk.broken = broken
    refused = await asyncio.gather(*(log.append(a_record(number)) for number in (1, 2)), return_exceptions=True)
    assert [type(error) for error in refused] == [AuditError, AuditError]
    assert not await log.is_writable()
    with pytest.raises(AuditError, match="no request is sent"):
        await log.append(a_record(3))
    disk.broken = ""
    assert await log.is_writable()
    await log.append(a_record(4))
    assert await log.is_writable()
    await log.aclose()
    assert verify_directory(tmp_path).ok
    assert ids_in(tmp_path)[0] == "d-0"
    assert ids_in(tmp_path)[-1] == "d-4"
    assert {path.suffix for path in tmp_path.iterdir()} == {".jsonl", ".note", ".key", ".vkey", ".lock"}


async def test_outcomes_are_kept_while_the_disk_fails(tmp_path: Path) -> None:
    disk = BrokenDisk()
    log = AuditLog(tmp_path, disk=disk)
    await log.append(a_record(0))
    disk.broken = "sync"
    log.enqueue(a_record(0, event=Event.OUTCOME))
    with pytest.raises(AuditError):
        await log.append(a_record(1))
    disk.broken = ""
    await log.append(a_record(2))
    assert ids_in(tmp_path) == ["d-0", "d-0", "d-2"]
    await log.aclose()


async def test_a_failing_disk_does_not_hold_up_the_end(tmp_path: Path) -> None:
    disk = BrokenDisk()
    log = AuditLog(tmp_path, disk=disk)
    await log.append(a_record(0))
    disk.broken = "sync"
    log.enqueue(a_record(0, event=Event.OUTCOME))
    await log.aclose()
    assert ids_in(tmp_path)[0] == "d-0"


async def test_half_a_record_on_a_full_disk_is_cut_off(tmp_path: Path) -> None:
    disk = BrokenDisk()
    log = AuditLog(tmp_path, disk=disk)
    await log.append(a_record(0))
    disk.broken = "write"
    with pytest.raises(AuditError, match="No space left"):
        await log.append(a_record(1))
    disk.broken = ""
    await log.append(a_record(2))
    await log.aclose()
    assert ids_in(tmp_path) == ["d-0", "d-2"]


async def test_a_directory_that_is_removed_fails_appends_and_is_not_begun_anew(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    await log.append(a_record(0))
    shutil.rmtree(tmp_path / "audit")
    for number in (1, 2):
        with pytest.raises(AuditError):
            await log.append(a_record(number))
    assert not (tmp_path / "audit").exists()
    await log.aclose()


async def test_a_log_that_was_cut_while_open_fails_appends(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    await log.append(a_record(0))
    (tmp_path / "audit-000001.jsonl").write_bytes(b"")
    for number in (1, 2):
        with pytest.raises(AuditError):
            await log.append(a_record(number))
    await log.aclose()


async def test_a_head_that_is_removed_while_open_fails_appends(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    await log.append(a_record(0))
    (tmp_path / "head.note").unlink()
    for number in (1, 2):
        with pytest.raises(AuditError):
            await log.append(a_record(number))
    await log.aclose()


async def test_the_log_tells_once_why_no_record_can_be_written_and_once_that_it_can_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = BrokenDisk()
    log = AuditLog(tmp_path, disk=disk)
    with caplog.at_level("INFO", "privacy_gateway"):
        await log.append(a_record(0))
        disk.broken = "write"
        for number in (1, 2):
            with pytest.raises(AuditError):
                await log.append(a_record(number))
        disk.broken = ""
        assert await log.is_writable()
        await log.append(a_record(3))
    await log.aclose()
    assert [record.getMessage() for record in caplog.records] == [
        f"audit log {tmp_path}: No space left on device; no request is sent until it can be written again",
        f"audit log {tmp_path}: can be written again",
    ]
