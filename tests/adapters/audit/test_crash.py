"""`kill -9` and power cuts: every acknowledged record is in the log, the log verifies, and goes on."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.chain import encode
from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.keys import NAME, Signer
from gateway.adapters.audit.verify import verify_directory
from gateway.adapters.audit.writer import LogWriter
from gateway.core.errors import AuditError
from tests.fakes.disk import BrokenDisk, CountingDisk, HeldDisk
from tests.fakes.records import START, a_record

ROOT = Path(__file__).parents[3]
WRITER = """
import asyncio, sys
from pathlib import Path
from gateway.adapters.audit import AuditLog
from tests.fakes.disk import BrokenDisk
from tests.fakes.records import a_record

async def client(log, name):
    for number in range(100_000):
        record = a_record(name=f"{name}-{number}")
        await log.append(record)
        print(record.id, flush=True)

async def main():
    log = AuditLog(Path(sys.argv[1]), rotate_bytes=20_000)
    log.start()
    print("ready", flush=True)
    await asyncio.gather(*(client(log, f"{sys.argv[2]}c{n}") for n in range(8)))

asyncio.run(main())
"""


def killed_writer(directory: Path, run: int, acknowledgements: int) -> list[str]:
    """Let a process append until so many records were acknowledged; kill it; return what it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), f"r{run}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    told = [process.stdout.readline() for _ in range(acknowledgements)]
    process.kill()
    process.wait()
    told.extend(process.stdout)
    process.stdout.close()
    return [line[:-1] for line in told if line.endswith("\n")]


def in_order(directory: Path) -> list[str]:
    paths = sorted(directory.glob("audit-*.jsonl"))
    lines = (line for path in paths for line in path.read_bytes().splitlines(keepends=True))
    return [json.loads(line)["id"] for line in lines if line.endswith(b"\n")]


def recorded(directory: Path) -> set[str]:
    return set(in_order(directory))


def test_after_kill_9_every_acknowledged_record_is_there_and_the_log_verifies_and_goes_on(tmp_path: Path) -> None:
    chance = random.Random(9)
    for run in range(24):
        acknowledged = killed_writer(tmp_path / "audit", run, chance.randrange(0, 200))
        (told,) = verify_directory(tmp_path / "audit").logs
        assert told.ok, [str(flaw) for flaw in told.flaws]
        assert set(acknowledged) <= set(in_order(tmp_path / "audit")[: told.signed])
    assert len(recorded(tmp_path / "audit")) > 500
    log = AuditLog(tmp_path / "audit")
    records = log.start().records
    asyncio.run(log.append(a_record(1)))
    asyncio.run(log.aclose())
    (told,) = verify_directory(tmp_path / "audit").logs
    assert told.ok
    assert told.signed == told.records == records + 1


async def write(directory: Path, *numbers: int, rotate_bytes: int = 10**6) -> None:
    log = AuditLog(directory, rotate_bytes=rotate_bytes, clock=START.timestamp)
    for number in numbers:
        await log.append(a_record(number))
    await log.aclose()


class _SlowSigner(Signer):
    """Signs when `release` is set; fails if it is told to."""

    __slots__ = ("fails", "reached", "release")

    def __init__(self) -> None:
        super().__init__(Ed25519PrivateKey.generate())
        self.reached, self.release = threading.Event(), threading.Event()
        self.release.set()
        self.fails = False

    def sign(self, message: bytes) -> bytes:
        self.reached.set()
        assert self.release.wait(10)
        if self.fails:
            raise MemoryError
        return super().sign(message)


def writer_of(directory: Path, signer: Signer, disk: Disk) -> LogWriter:
    return LogWriter(
        directory, NAME, lambda: signer, disk=disk, rotate_bytes=10**6, rotate_s=1e9, clock=START.timestamp
    )


def as_killed_now(directory: Path, copy: Path) -> tuple[int, int]:
    """Return how many records are signed and how many are there, if the process were killed; the log must be sound."""
    shutil.copytree(directory, copy)
    (told,) = verify_directory(copy).logs
    assert told.ok, [str(flaw) for flaw in told.flaws]
    return told.signed, told.records


def test_killed_while_the_disk_is_at_work_no_head_counts_what_is_not_durable(tmp_path: Path) -> None:
    signer, disk = _SlowSigner(), HeldDisk()
    writer = writer_of(tmp_path / "audit", signer, disk)
    writer.append([encode(a_record(0))])
    signer.reached.clear()
    disk.reached.clear()
    disk.release.clear()
    appending = threading.Thread(target=writer.append, args=([encode(a_record(1))],))
    appending.start()
    assert disk.reached.wait(10)
    assert signer.reached.wait(10)  # the head is signed meanwhile
    assert as_killed_now(tmp_path / "audit", tmp_path / "meanwhile") == (1, 2)
    assert appending.is_alive()
    disk.release.set()
    appending.join(10)
    assert as_killed_now(tmp_path / "audit", tmp_path / "afterwards") == (2, 2)
    writer.close()


def test_nothing_is_acknowledged_before_its_head_is_written(tmp_path: Path) -> None:
    signer, disk = _SlowSigner(), CountingDisk()
    writer = writer_of(tmp_path / "audit", signer, disk)
    writer.append([encode(a_record(0))])
    before = disk.syncs
    signer.release.clear()
    appending = threading.Thread(target=writer.append, args=([encode(a_record(1))],))
    appending.start()
    while disk.syncs == before:
        time.sleep(0.001)
    appending.join(0.05)
    assert appending.is_alive()  # durable, but not under a signed head
    assert as_killed_now(tmp_path / "audit", tmp_path / "meanwhile") == (1, 2)
    signer.release.set()
    appending.join(10)
    assert as_killed_now(tmp_path / "audit", tmp_path / "afterwards") == (2, 2)
    writer.close()


def test_a_head_that_was_signed_for_records_that_did_not_become_durable_is_never_written(tmp_path: Path) -> None:
    disk = BrokenDisk()
    writer = writer_of(tmp_path / "audit", _SlowSigner(), disk)
    writer.append([encode(a_record(0))])
    head = (tmp_path / "audit" / "head.note").read_bytes()
    disk.broken = "sync"
    with pytest.raises(AuditError, match="no request is sent"):
        writer.append([encode(a_record(1))])
    assert (tmp_path / "audit" / "head.note").read_bytes() == head
    assert as_killed_now(tmp_path / "audit", tmp_path / "afterwards") == (1, 2)


def test_a_head_that_cannot_be_signed_fails_the_append(tmp_path: Path) -> None:
    signer = _SlowSigner()
    writer = writer_of(tmp_path / "audit", signer, CountingDisk())
    writer.append([encode(a_record(0))])
    signer.fails = True
    with pytest.raises(MemoryError):
        writer.append([encode(a_record(1))])
    signer.fails = False
    writer.append([encode(a_record(2))])
    assert as_killed_now(tmp_path / "audit", tmp_path / "afterwards") == (3, 3)
    writer.close()


async def test_a_torn_line_is_set_aside_and_the_chain_goes_on(tmp_path: Path) -> None:
    await write(tmp_path, 0, 1)
    with (tmp_path / "audit-000001.jsonl").open("ab") as file:
        file.write(b'{"schema":"privacy')
    log = AuditLog(tmp_path)
    recovery = log.start()
    assert (recovery.records, recovery.unsigned, recovery.torn_bytes) == (2, 0, 18)
    await log.aclose()
    assert [path.read_bytes() for path in tmp_path.glob("*.torn-*")] == [b'{"schema":"privacy']
    await write(tmp_path, 2)
    report = verify_directory(tmp_path)
    assert report.ok
    assert any("set aside" in note for note in report.logs[0].notes)


async def test_zeros_that_a_power_cut_left_are_set_aside(tmp_path: Path) -> None:
    await write(tmp_path, 0, 1)
    with (tmp_path / "audit-000001.jsonl").open("ab") as file:
        file.write(bytes(600_000))
    await write(tmp_path, 2)
    assert recorded(tmp_path) == {"d-0", "d-1", "d-2"}
    assert verify_directory(tmp_path).ok


async def test_records_behind_an_old_head_are_kept_and_signed(tmp_path: Path) -> None:
    await write(tmp_path, 0, 1, rotate_bytes=1500)
    head = (tmp_path / "head.note").read_bytes()
    await write(tmp_path, 2, 3, 4, 5, rotate_bytes=1500)
    assert len(list(tmp_path.glob("audit-*.jsonl"))) == 3
    (tmp_path / "head.note").write_bytes(head)
    log = AuditLog(tmp_path)
    assert log.start().unsigned == 4
    await log.aclose()
    (told,) = verify_directory(tmp_path).logs
    assert (told.ok, told.signed, told.records) == (True, 6, 6)


async def test_a_crash_between_rotation_and_first_record_is_no_flaw(tmp_path: Path) -> None:
    await write(tmp_path, 0)
    (tmp_path / "audit-000002.jsonl").touch(0o600)
    assert verify_directory(tmp_path).ok
    for _ in range(2):  # the second start reads the head that the first one signed
        await write(tmp_path)
        assert verify_directory(tmp_path).ok
    await write(tmp_path, 1, 2, rotate_bytes=1500)
    assert (tmp_path / "audit-000002.jsonl").stat().st_size > 0
    assert verify_directory(tmp_path).ok
    assert in_order(tmp_path) == ["d-0", "d-1", "d-2"]


async def test_a_disk_that_fails_behind_a_rotation_leaves_a_log_that_opens(tmp_path: Path) -> None:
    disk = BrokenDisk()
    log = AuditLog(tmp_path, rotate_bytes=500, clock=START.timestamp, disk=disk)
    await log.append(a_record(0))
    disk.broken = "write"
    for _ in range(2):
        with pytest.raises(AuditError, match="No space left"):
            await log.append(a_record(1))
    disk.broken = ""
    await log.append(a_record(2))
    await log.aclose()
    await write(tmp_path, 3)
    assert verify_directory(tmp_path).ok
    assert in_order(tmp_path) == ["d-0", "d-2", "d-3"]


async def test_a_crash_before_the_first_head_begins_anew(tmp_path: Path) -> None:
    tmp_path.joinpath("audit-000001.jsonl").touch(0o600)
    await write(tmp_path, 0)
    assert verify_directory(tmp_path).ok


@pytest.mark.parametrize("damage", ["cut", "gone", "head", "no head", "edited", "foreign head"])
async def test_what_no_crash_does_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    await write(tmp_path / "audit", 0, 1)
    segment, head = tmp_path / "audit" / "audit-000001.jsonl", tmp_path / "audit" / "head.note"
    if damage == "cut":
        segment.write_bytes(segment.read_bytes()[:-5])
    elif damage == "gone":
        segment.unlink()
    elif damage == "head":
        head.write_bytes(head.read_bytes().replace(b"\n2\n", b"\n1\n"))
    elif damage == "no head":
        head.unlink()
    elif damage == "edited":
        last = segment.read_bytes().splitlines(keepends=True)
        segment.write_bytes(last[0] + last[1].replace(b'"hash":"', b'"hash":"0')[: len(last[1]) - 3] + b'"}\n')
    else:
        log = AuditLog(tmp_path / "audit", writer="w1")
        log.start()
        await log.aclose()
        shutil.copy(tmp_path / "audit" / "w1" / "head.note", head)
    before = {path.name: path.read_bytes() for path in (tmp_path / "audit").iterdir() if path.is_file()}
    with pytest.raises(AuditError, match=r"a crash does not do that.*audit verify"):
        AuditLog(tmp_path / "audit").start()
    assert {path.name: path.read_bytes() for path in (tmp_path / "audit").iterdir() if path.is_file()} == before
