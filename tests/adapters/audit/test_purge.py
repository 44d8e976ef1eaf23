"""A purge removes whole old files, only sound ones, and what is left still verifies."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.keys import KEY_FILE, load_signer
from gateway.adapters.audit.purge import Purged, purge_log
from gateway.adapters.audit.verify import Kind, verify_directory
from gateway.core.errors import AuditError
from tests.fakes.records import START, a_record

PER_FILE = 2


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log of 10 records, a minute apart, two in a file."""
    write(tmp_path, range(10))
    assert len(list(tmp_path.glob("audit-*.jsonl"))) == 5
    return tmp_path


def write(directory: Path, numbers: range) -> None:
    async def append() -> None:
        log = AuditLog(directory, rotate_bytes=1500, clock=START.timestamp)
        for number in numbers:
            await log.append(a_record(number))
        await log.aclose()

    asyncio.run(append())


def purge(directory: Path, minutes: float) -> Purged:
    disk = Disk()
    return purge_log(
        directory, START + timedelta(minutes=minutes), load_signer(directory / KEY_FILE, disk), disk, START
    )


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.glob("audit-*.jsonl"))


def test_files_go_whose_last_record_is_older(log: Path) -> None:
    assert purge(log, 5) == Purged(log, 2, 4)  # record 5 was made 5 minutes after the start, so its file stays
    assert names(log) == [f"audit-00000{number}.jsonl" for number in (3, 4, 5)]
    (told,) = verify_directory(log).logs
    assert told.ok
    assert (told.purged, told.records, told.signed) == (4, 6, 6)


def test_the_newest_file_stays(log: Path) -> None:
    assert purge(log, 10**6).segments == 4
    assert names(log) == ["audit-000005.jsonl"]
    assert verify_directory(log).ok


def test_nothing_old_enough_changes_nothing(log: Path) -> None:
    before = {path.name: path.read_bytes() for path in log.iterdir()}
    assert purge(log, 0) == Purged(log, 0, 0)
    assert {path.name: path.read_bytes() for path in log.iterdir()} == before


def test_purges_add_up_and_the_log_goes_on(log: Path) -> None:
    purge(log, 3)
    write(log, range(10, 12))
    purge(log, 7)
    write(log, range(12, 14))
    (told,) = verify_directory(log).logs
    assert told.ok
    assert told.purged + told.records == 14


def test_a_running_gateway_goes_on_while_old_files_are_purged(tmp_path: Path) -> None:
    async def run() -> None:
        log = AuditLog(tmp_path, rotate_bytes=1500, clock=START.timestamp)
        for number in range(6):
            await log.append(a_record(number))
        assert purge(tmp_path, 4).segments == 2
        for number in range(6, 9):
            await log.append(a_record(number))
        await log.aclose()

    asyncio.run(run())
    assert verify_directory(tmp_path).ok


def test_a_file_that_does_not_verify_is_not_removed(log: Path) -> None:
    second = log / "audit-000002.jsonl"
    second.write_bytes(second.read_bytes().replace(b'"ada"', b'"eve"', 1))
    before = names(log)
    with pytest.raises(AuditError, match=r"audit-000002.*nothing was purged"):
        purge(log, 8)
    assert names(log) == before


def test_a_crash_between_tombstone_and_removal_is_no_flaw_and_is_made_up_for(log: Path) -> None:
    first = (log / "audit-000001.jsonl").read_bytes()
    purge(log, 3)
    (log / "audit-000001.jsonl").write_bytes(first)
    report = verify_directory(log)
    assert report.ok
    assert any("purged, but still there" in note for note in report.logs[0].notes)
    assert purge(log, 3).segments == 1
    assert "audit-000001.jsonl" not in names(log)


def test_what_was_set_aside_behind_a_file_goes_with_it(log: Path) -> None:
    (log / "audit-000001.jsonl.torn-900").touch()
    purge(log, 3)
    assert list(log.glob("*.torn-*")) == []


@pytest.mark.parametrize("what", ["changed", "gone"])
def test_a_tombstone_that_is_changed_or_gone_is_found(log: Path, what: str) -> None:
    purge(log, 5)
    tombstone = log / "purged.note"
    if what == "gone":
        tombstone.unlink()
        expected = Kind.MISSING
    else:
        tombstone.write_bytes(tombstone.read_bytes().replace(b"\n4\n", b"\n5\n"))
        expected = Kind.TOMBSTONE
    report = verify_directory(log)
    assert expected in [flaw.kind for flaw in report.logs[0].flaws]


def test_files_removed_behind_a_tombstone_are_found(log: Path) -> None:
    purge(log, 3)
    (log / "audit-000002.jsonl").unlink()
    assert not verify_directory(log).ok


def test_a_log_with_a_forged_head_is_not_purged(log: Path) -> None:
    head = log / "head.note"
    head.write_bytes(head.read_bytes().replace(b"10\n", b"11\n"))
    with pytest.raises(AuditError, match="nothing was purged"):
        purge(log, 8)
    assert len(names(log)) == 5
