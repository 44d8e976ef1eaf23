"""An append returns when the record is on the disk, and many share one fsync."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.verify import verify_directory
from gateway.core.errors import AuditError
from gateway.core.record import Event
from tests.fakes.disk import CountingDisk, HeldDisk, SlowHeadDisk, until
from tests.fakes.records import a_record, ids_in


async def test_an_idle_log_pays_one_fsync_for_a_record(tmp_path: Path) -> None:
    disk = CountingDisk()
    log = AuditLog(tmp_path, disk=disk, clock=lambda: 0.0)
    await log.append(a_record(0))
    before = disk.syncs
    for number in range(1, 9):
        await log.append(a_record(number))
    assert disk.syncs - before == 8
    await log.aclose()


async def test_a_hundred_appends_that_come_during_an_fsync_share_the_next(tmp_path: Path) -> None:
    disk = HeldDisk()
    groups: list[tuple[int, int]] = []
    log = AuditLog(tmp_path, disk=disk, clock=lambda: 0.0, observer=lambda n, _, waiting: groups.append((n, waiting)))
    log.start()
    disk.reached.clear()
    disk.release.clear()
    first = asyncio.create_task(log.append(a_record(0)))
    await until(disk.reached)
    before = disk.syncs
    others = [asyncio.create_task(log.append(a_record(number))) for number in range(1, 101)]
    await asyncio.sleep(0)
    assert log.waiting == 100
    assert not first.done()
    disk.release.set()
    await asyncio.gather(first, *others)
    assert groups == [(1, 100), (100, 0)]
    assert disk.syncs - before == 3  # two groups, and the head when its size got a digit more
    assert ids_in(tmp_path) == [f"d-{number}" for number in range(101)]
    await log.aclose()
    assert verify_directory(tmp_path).ok


async def test_no_append_returns_before_its_fsync(tmp_path: Path) -> None:
    disk = HeldDisk()
    log = AuditLog(tmp_path, disk=disk)
    log.start()
    disk.reached.clear()
    disk.release.clear()
    tasks = [asyncio.create_task(log.append(a_record(number))) for number in range(5)]
    await until(disk.reached)
    assert ids_in(tmp_path)[:1] == ["d-0"]
    assert not any(task.done() for task in tasks)
    disk.release.set()
    await asyncio.gather(*tasks)
    await log.aclose()


async def test_who_came_after_a_pause_waited_for_the_head_too(tmp_path: Path) -> None:
    disk, now = SlowHeadDisk(), [0.0]
    log = AuditLog(tmp_path, disk=disk, clock=lambda: now[0])
    await log.append(a_record(0))
    now[0] = 2.0
    disk.release.clear()
    await log.append(a_record(1))
    assert not disk.reached.is_set()  # it comes behind what is sent
    await until(disk.reached)
    disk.release.set()
    await log.aclose()
    assert verify_directory(tmp_path).ok


async def test_a_lone_decision_waits_for_nothing_else_that_the_loop_does(tmp_path: Path) -> None:
    disk = HeldDisk()
    log = AuditLog(tmp_path, disk=disk)
    log.start()
    disk.reached.clear()
    decision = asyncio.create_task(log.append(a_record(0)))
    await asyncio.sleep(0)
    assert disk.reached.wait(10)  # while the loop stands still
    await decision
    await log.aclose()


async def test_decisions_that_come_together_beside_others_go_together(tmp_path: Path) -> None:
    groups = list[int]()
    log = AuditLog(tmp_path, observer=lambda records, _seconds, _waiting: groups.append(records))
    await log.append(a_record(0))  # its request has not ended
    await asyncio.gather(*(log.append(a_record(number)) for number in (1, 2, 3)))
    await asyncio.sleep(0)
    assert groups == [1, 3]
    await log.aclose()


async def test_it_presses_from_when_a_group_is_written_until_those_who_wait_have_heard(tmp_path: Path) -> None:
    disk, heard = HeldDisk(), list[bool]()
    log = AuditLog(tmp_path, disk=disk)
    log.start()
    disk.reached.clear()
    disk.release.clear()

    async def decide(number: int) -> None:
        await log.append(a_record(number))
        heard.append(log.presses)

    first = asyncio.create_task(decide(0))
    await until(disk.reached)
    before = log.presses
    disk.release.set()
    end = time.monotonic() + 10
    while not log.presses:  # and the loop stands still
        assert time.monotonic() < end
    await first
    await asyncio.sleep(0)
    assert [before, *heard, log.presses] == [False, True, False]
    await log.aclose()


async def test_it_presses_when_decisions_could_be_on_their_way_to_the_disk(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    await log.append(a_record(0))  # its request has not ended, so that others may come
    await asyncio.sleep(0)
    before = log.presses
    decision = asyncio.create_task(log.append(a_record(1)))
    await asyncio.sleep(0)
    assert [before, log.presses] == [False, True]
    await decision
    await log.aclose()


async def test_a_caller_that_goes_away_takes_no_record_back(tmp_path: Path) -> None:
    disk = HeldDisk()
    log = AuditLog(tmp_path, disk=disk)
    log.start()
    disk.reached.clear()
    disk.release.clear()
    gone = asyncio.create_task(log.append(a_record(0)))
    await until(disk.reached)
    stays = asyncio.create_task(log.append(a_record(1)))
    await asyncio.sleep(0)
    gone.cancel()
    disk.release.set()
    await stays
    assert gone.cancelled()
    assert ids_in(tmp_path) == ["d-0", "d-1"]
    await log.aclose()


async def test_a_disk_that_does_not_answer_fails_the_append(tmp_path: Path) -> None:
    disk = HeldDisk()
    log = AuditLog(tmp_path, disk=disk, patience_s=0.01)
    log.start()
    disk.release.clear()
    with pytest.raises(AuditError, match="did not answer"):
        await log.append(a_record())
    disk.release.set()
    await log.aclose()


async def test_all_who_wait_lose_patience_each_in_its_turn(tmp_path: Path) -> None:
    disk = HeldDisk()
    log = AuditLog(tmp_path, disk=disk, patience_s=0.01)
    log.start()
    disk.release.clear()
    first = asyncio.create_task(log.append(a_record(0)))
    await until(disk.reached)
    gone = asyncio.create_task(log.append(a_record(1)))
    third = asyncio.create_task(log.append(a_record(2)))
    await asyncio.sleep(0)
    gone.cancel()
    for waiting in (first, third):
        with pytest.raises(AuditError, match="did not answer"):
            await waiting
    with pytest.raises(AuditError, match="did not answer"):
        await log.append(a_record(3))
    assert gone.cancelled()
    disk.release.set()
    await log.aclose()
    assert ids_in(tmp_path) == ["d-0", "d-1", "d-2", "d-3"]


async def test_outcomes_wait_for_company_and_nobody_waits_for_them(tmp_path: Path) -> None:
    disk = CountingDisk()
    log = AuditLog(tmp_path, disk=disk, clock=lambda: 0.0)
    await log.append(a_record(0))
    before = disk.syncs
    log.enqueue(a_record(0, event=Event.OUTCOME))
    await log.append(a_record(1))
    assert disk.syncs - before == 1
    assert ids_in(tmp_path) == ["d-0", "d-0", "d-1"]
    await log.aclose()


async def test_an_outcome_without_company_is_written_soon(tmp_path: Path) -> None:
    groups: asyncio.Queue[int] = asyncio.Queue()
    log = AuditLog(tmp_path, observer=lambda records, _seconds, _waiting: groups.put_nowait(records))
    log.enqueue(a_record(0, event=Event.OUTCOME))
    assert await asyncio.wait_for(groups.get(), 10) == 1
    assert ids_in(tmp_path) == ["d-0"]
    await log.aclose()


async def test_outcomes_that_wait_are_written_at_the_end(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.enqueue(a_record(0, event=Event.OUTCOME))
    await log.aclose()
    assert ids_in(tmp_path) == ["d-0"]


async def test_many_requests_at_once_share_fsyncs_and_a_lone_client_never_waits(tmp_path: Path) -> None:
    groups: list[int] = []
    log = AuditLog(tmp_path, observer=lambda records, _seconds, _waiting: groups.append(records))

    async def client(requests: int) -> None:
        for number in range(requests):
            await log.append(a_record(number))
            log.enqueue(a_record(number, event=Event.OUTCOME))

    await client(50)
    await asyncio.sleep(0)  # who has waited comes before who is told
    assert len(groups) == 50  # each outcome went with the next decision
    groups.clear()
    await asyncio.gather(*(client(20) for _ in range(32)))
    await log.aclose()
    assert len(groups) < 32 * 20 / 4
    assert len(ids_in(tmp_path)) == 2 * (50 + 32 * 20)


async def test_a_queue_without_end_is_refused(tmp_path: Path) -> None:
    disk = HeldDisk()
    log = AuditLog(tmp_path, disk=disk, max_waiting=2)
    log.start()
    disk.reached.clear()
    disk.release.clear()
    held = [asyncio.create_task(log.append(a_record(0)))]
    await until(disk.reached)
    held += [asyncio.create_task(log.append(a_record(number))) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(AuditError, match="wait for the disk"):
        await log.append(a_record(3))
    disk.release.set()
    await asyncio.gather(*held)
    await log.aclose()


class _SpareHandle:
    """All that uvloop's handle can do for what is due within this millisecond."""

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self.cancel = timer.cancel


class _SpareLoop(asyncio.SelectorEventLoop):
    def call_at(self, *arguments: Any, **named: Any) -> Any:  # type: ignore[override]  # as many as there are
        return _SpareHandle(super().call_at(*arguments, **named))


def test_a_handle_that_does_not_know_when_it_is_due_refused_requests(tmp_path: Path) -> None:
    async def twice() -> None:
        log = AuditLog(tmp_path)
        log.enqueue(a_record(0))
        log.enqueue(a_record(1))
        await log.append(a_record(2))
        await log.aclose()

    with asyncio.Runner(loop_factory=_SpareLoop) as runner:
        runner.run(twice())
    assert ids_in(tmp_path) == ["d-0", "d-1", "d-2"]
