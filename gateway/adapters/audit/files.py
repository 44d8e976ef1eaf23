"""AuditLog: what the gateway awaits before it sends. Many appends, one write, one fsync.

Group commit: an append that finds the log idle is written at once, by a thread, so that the event loop never waits for
the disk. Appends that come meanwhile collect; when the disk is done, all of them go together with the next fsync.

Two rules more, for an fsync costs ten times the CPU of a record (a request has two):

* Nobody waits for an outcome (`enqueue`): it goes with the next decision, or alone when none comes for `LINGER_S`.
* When requests come so fast that waiting brings company, groups start at least `GROUP_S` apart, and the disk rests as
  long as it took, so that a slow one gets larger groups. A lone client, one request after the other, never waits: there
  would be nobody to share with.

A caller that goes away (its client hung up) takes nothing back: its record is written with the others. All who wait
share one timer, set for who has waited longest: one for each would cost as much as building the record.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.adapters.audit.chain import encode
from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.errands import Errands
from gateway.adapters.audit.head import origin_of
from gateway.adapters.audit.keys import KEY_FILE, load_signer
from gateway.adapters.audit.writer import LogWriter, Recovery
from gateway.core.errors import AuditError, ConfigurationError, Problem
from gateway.core.record import AuditRecord, Event

__all__ = ["MAX_WAITING", "PATIENCE_S", "AuditLog", "Observer"]

_log = logging.getLogger("privacy_gateway")

ROTATE_BYTES: Final = 64 * 1024 * 1024
ROTATE_S: Final = 24 * 3600.0
PATIENCE_S: Final = 10.0
MAX_WAITING: Final = 10_000
GROUP_S: Final = 0.003
LINGER_S: Final = 0.05
_GROUP_MOST_S: Final = 0.02
_LONG_GAP_S: Final = 0.1
_GAP_WEIGHT: Final = 0.1
_TICK_S: Final = 0.001
"""A loop's timers may come so much too early."""

Observer = Callable[[int, float, int], None]
"""Told of each group: records, seconds it took, records that wait for the next."""


@dataclass(slots=True)
class _Entry:
    """A record on its way; `done` is None where nobody waits, `due` when patience with the disk ends."""

    payload: bytes
    done: asyncio.Future[None] | None
    due: float


class AuditLog:
    """An audit sink (`gateway.core.protocols.AuditSink`) on files.

    Args:
        directory: where the log is; the key that signs its head is there too, unless `key_file` names another.
        writer: names one of several logs in `directory`, each in a directory of its own: one for each process.
        key_file: Ed25519 private key, PEM; made if it is not there.
        rotate_bytes: size at which a new segment begins.
        rotate_s: age in seconds at which a new segment begins.
        patience_s: how long an append waits for the disk before it fails.
        max_waiting: how many records may wait for the disk; one more fails at once.
        observer: told of each group; must not raise.
        disk: the system calls.
        clock: seconds since the epoch.

    Attributes:
        root: where the logs of all writers are.
        directory: where this writer's log is.
        failed: whether the last group could not be made durable.
    """

    def __init__(
        self,
        directory: Path,
        *,
        writer: str = "",
        key_file: Path | None = None,
        rotate_bytes: int = ROTATE_BYTES,
        rotate_s: float = ROTATE_S,
        patience_s: float = PATIENCE_S,
        max_waiting: int = MAX_WAITING,
        observer: Observer | None = None,
        disk: Disk | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if writer and (not writer.isascii() or not writer.replace("-", "").isalnum()):
            problem = Problem("audit", 0, f"writer {writer!r}", "letters, digits and -", "name it such as w0")
            raise ConfigurationError([problem])
        disk = Disk() if disk is None else disk
        key = directory / KEY_FILE if key_file is None else key_file
        self.root = directory
        self.directory = directory / writer if writer else directory
        self.failed = False
        self._writer = LogWriter(
            self.directory,
            origin_of(writer),
            lambda: load_signer(key, disk),
            disk=disk,
            rotate_bytes=rotate_bytes,
            rotate_s=rotate_s,
            clock=clock,
        )
        self._patience_s = patience_s
        self._max_waiting = max_waiting
        self._observer = observer
        self._thread = Errands("audit")
        self._waiting: list[_Entry] = []
        self._group: list[_Entry] = []  # that is being written
        self._is_writing = False
        self._has_written = False  # and not all who wait have heard of it
        self._timer: asyncio.Handle | None = None
        self._due = 0.0
        self._patience: asyncio.TimerHandle | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._traffic = _Traffic()
        self._closed = False

    def start(self) -> Recovery:
        """Take the log into use, so that what is wrong with it is found before the first request.

        Raises:
            AuditError: if it cannot be written, another process writes to it, or it does not fit its head.
        """
        return self._thread.ask(self._writer.open)()

    async def append(self, record: AuditRecord) -> None:
        """Make `record` durable; return only then.

        Raises:
            AuditError: if it may not be durable; the request must then not be sent.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        now = loop.time()
        due = now + self._patience_s
        self._take(record, done, due)
        self._schedule(loop, self._traffic.next_group(now))
        if self._patience is None:
            self._patience = loop.call_at(due, self._lose_patience, loop)
        await done

    def enqueue(self, record: AuditRecord) -> None:
        """Write `record` soon; nobody waits. For outcomes: their request has left already.

        While the disk fails it is kept, and written when the disk works again.

        Raises:
            AuditError: if too many records wait already, or the log is closed.
        """
        loop = asyncio.get_running_loop()
        self._take(record, None, 0.0)
        self._schedule(loop, loop.time() + LINGER_S)

    async def is_writable(self) -> bool:
        """Return whether records can be written; after a failure, by trying the disk anew (for readiness)."""
        if self.failed and not self._closed:
            self._note(await self._thread.answer(lambda: self._try(self._writer.probe)))
        return not self.failed

    async def aclose(self) -> None:
        """Write what waits, then give the files back. Nothing is taken any more."""
        self._closed = True
        loop = asyncio.get_running_loop()
        while self._waiting or self._is_writing:
            if not self._is_writing:
                self._start(loop)
            await self._thread.answer(_behind_the_group)
        for timer in (self._patience, self._head_timer):
            if timer is not None:
                timer.cancel()
        await self._thread.answer(self._writer.close)
        self._thread.end()

    @property
    def waiting(self) -> int:
        """How many records wait for the next group."""
        return len(self._waiting)

    @property
    def presses(self) -> bool:
        """Whether the loop has something to do here for those who wait: they are told, or the next group is due."""
        return self._has_written or (self._timer is not None and self._due <= asyncio.get_running_loop().time())

    def _take(self, record: AuditRecord, done: asyncio.Future[None] | None, due: float) -> None:
        payload = encode(record)
        if self._closed:
            raise AuditError(f"audit log {self.directory}: closed")
        if len(self._waiting) >= self._max_waiting:
            raise AuditError(f"audit log {self.directory}: {self._max_waiting} records wait for the disk")
        self._waiting.append(_Entry(payload, done, due))
        self._traffic.count(record)

    def _schedule(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        """Start the next group at `due` (the loop's time), or earlier if that is planned; after the one at work.

        What is due is started when the loop has come to the end of its round, so that all decisions of the requests
        that get their turn together (`gateway/server/turns.py`) go together too. One that is alone is started at once:
        of others that came with it, none of which is planned yet, the loop has to read all that they sent.
        """
        if self._is_writing:
            return
        if due <= loop.time():
            if self._traffic.is_alone:
                self._start(loop)
                return
            due = 0.0
        if self._timer is None or due < self._due:
            self._cancel_timer()
            # uvloop's handle for what is due within this millisecond doesn't know when that is.
            self._due, self._timer = (
                due,
                loop.call_at(due, self._start, loop) if due else loop.call_soon(self._start, loop),
            )

    def _lose_patience(self, loop: asyncio.AbstractEventLoop) -> None:
        """Fail the appends that have waited too long, and look again when the next one has."""
        self._patience = None
        now = loop.time() + _TICK_S
        for entry in (*self._group, *self._waiting):  # as they came
            if entry.done is None or entry.done.done():
                continue
            if entry.due > now:
                self._patience = loop.call_at(entry.due, self._lose_patience, loop)
                return
            entry.done.set_exception(
                AuditError(f"audit log {self.directory}: the disk did not answer in {self._patience_s:g} s")
            )

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand all that waits to the thread."""
        self._cancel_timer()
        begun = loop.time()
        self._traffic.group_began(begun)
        group = self._group = self._waiting
        self._waiting = []
        self._is_writing = True
        self._thread.do(self._write, loop, group, begun)

    def _write(self, loop: asyncio.AbstractEventLoop, group: list[_Entry], begun: float) -> None:
        """Write `group`; in the thread."""
        error = self._try(lambda: self._writer.append([entry.payload for entry in group]))
        self._has_written = True
        loop.call_soon_threadsafe(self._settle, loop, group, error, begun)

    def _settle(
        self, loop: asyncio.AbstractEventLoop, group: list[_Entry], error: AuditError | None, begun: float
    ) -> None:
        """Tell everyone who waits for `group`, and plan the next."""
        self._is_writing = False
        self._group = []
        self._traffic.group_ended(loop.time())
        self._note(error)
        for entry in group:
            if entry.done is None or entry.done.done():
                continue
            if error is None:
                entry.done.set_result(None)
            else:
                entry.done.set_exception(AuditError(str(error)))
        if error is not None and not self._closed:
            self._waiting[:0] = [entry for entry in group if entry.done is None]
        # Behind those who have waited.
        loop.call_soon(self._have_heard)
        if error is None:
            if self._observer is not None:
                loop.call_soon(self._observer, len(group), loop.time() - begun, len(self._waiting))
            if self._writer.head_is_due and self._head_timer is None:
                self._head_timer = loop.call_later(LINGER_S, self._sync_head)  # behind what is sent now
        if any(entry.done is not None for entry in self._waiting):
            self._schedule(loop, self._traffic.earliest())
        elif self._waiting and not self._closed:
            self._schedule(loop, loop.time() + LINGER_S)

    def _note(self, error: AuditError | None) -> None:
        """Tell in the log, once, why nothing can be written, and once that it can be again."""
        if error is not None and not self.failed:
            _log.error("%s", error)  # words of the writer and of the system
        elif error is None and self.failed:
            _log.info("audit log %s: can be written again", self.directory)
        self.failed = error is not None

    def _have_heard(self) -> None:
        self._has_written = False

    def _sync_head(self) -> None:
        self._head_timer = None
        self._thread.do(self._try, self._writer.sync_head)  # if it fails, the next group opens the log anew

    def _try(self, act: Callable[[], None]) -> AuditError | None:
        """Do something with the disk; in the thread."""
        try:
            act()
        except AuditError as error:
            return error
        except Exception as error:  # noqa: BLE001 - fails closed: whatever went wrong, nothing of the group was promised
            return AuditError(f"audit log {self.directory}: {type(error).__name__}")
        return None


def _behind_the_group() -> None:
    """Do nothing: what the thread does after a group has been done when the loop has heard of the group."""


class _Traffic:
    """Knows whether waiting brings company: other requests are on their way, and decisions follow one another fast."""

    def __init__(self) -> None:
        self._open = 0
        self._gap = _LONG_GAP_S
        self._last_append = 0.0
        self._last_group = 0.0
        self._took = 0.0

    def count(self, record: AuditRecord) -> None:
        """Count the requests that were decided and have not ended."""
        if record.event is Event.OUTCOME:
            self._open = max(0, self._open - 1)
        elif record.event is Event.DECISION and record.status is None:
            self._open += 1

    @property
    def is_alone(self) -> bool:
        """Whether no other request is decided and has not ended."""
        return self._open <= 1

    def next_group(self, now: float) -> float:
        """Return when the group of a record that came `now` may start."""
        self._gap += _GAP_WEIGHT * (min(now - self._last_append, _LONG_GAP_S) - self._gap)
        self._last_append = now
        return self.earliest()

    def earliest(self) -> float:
        """Return when the next group may start: at once, or a little after the last one did."""
        if self._open > 1 and self._gap < GROUP_S:
            return self._last_group + min(max(GROUP_S, 2 * self._took), _GROUP_MOST_S)
        return 0.0

    def group_began(self, now: float) -> None:
        """A group starts."""
        self._last_group = now

    def group_ended(self, now: float) -> None:
        """It has ended."""
        self._took = now - self._last_group
