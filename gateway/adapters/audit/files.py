"""AuditLog: what the gateway awaits before it sends. Many appends, one write, one fsync.

Group commit: an append that finds the log idle is written at once, by a thread, so that the event loop never waits for
the disk. Appends that come meanwhile collect; when the disk is done, all of them go together with the next fsync. So
an idle gateway pays one fsync a record, a busy one one fsync for all that arrived during the last.

A caller that goes away (its client hung up) takes nothing back: its record is written with the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gateway.adapters.audit.chain import encode
from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.head import origin_of
from gateway.adapters.audit.keys import KEY_FILE, load_signer
from gateway.adapters.audit.writer import LogWriter, Recovery
from gateway.core.errors import AuditError, ConfigurationError, Problem
from gateway.core.record import AuditRecord

__all__ = ["AuditLog", "Observer"]

ROTATE_BYTES = 64 * 1024 * 1024
ROTATE_S = 24 * 3600.0
PATIENCE_S = 10.0
MAX_WAITING = 10_000

Observer = Callable[[int, float, int], None]
"""Told of each group: records, seconds it took, records that wait for the next."""


@dataclass(slots=True)
class _Entry:
    payload: bytes
    done: asyncio.Future[None]


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
        self.directory = directory / writer if writer else directory
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
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit")
        self._waiting: list[_Entry] = []
        self._flushing: asyncio.Task[None] | None = None
        self._closed = False
        self.failed = False

    def start(self) -> Recovery:
        """Take the log into use, so that what is wrong with it is found before the first request.

        Raises:
            AuditError: if it cannot be written, another process writes to it, or it does not fit its head.
        """
        return self._thread.submit(self._writer.open).result()

    async def append(self, record: AuditRecord) -> None:
        """Make `record` durable; return only then.

        Raises:
            AuditError: if it may not be durable; the request must then not be sent.
        """
        payload = encode(record)
        if self._closed:
            raise AuditError(f"audit log {self.directory}: closed")
        if len(self._waiting) >= self._max_waiting:
            raise AuditError(f"audit log {self.directory}: {self._max_waiting} records wait for the disk")
        entry = _Entry(payload, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        try:
            async with asyncio.timeout(self._patience_s):
                await entry.done
        except TimeoutError:
            raise AuditError(f"audit log {self.directory}: the disk did not answer in {self._patience_s:g} s") from None

    async def is_writable(self) -> bool:
        """Return whether records can be written; after a failure, by trying the disk anew (for readiness)."""
        if self.failed and not self._closed:
            loop = asyncio.get_running_loop()
            self.failed = await loop.run_in_executor(self._thread, self._probe) is not None
        return not self.failed

    async def aclose(self) -> None:
        """Wait for what is being written, then give the files back. No append is taken any more."""
        self._closed = True
        if self._flushing is not None:
            await self._flushing
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        self._thread.shutdown(wait=False)

    @property
    def waiting(self) -> int:
        """How many records wait for the next group."""
        return len(self._waiting)

    async def _flush(self) -> None:
        """Write groups until none is waiting."""
        loop = asyncio.get_running_loop()
        group: Sequence[_Entry] = ()
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                begun = time.perf_counter()
                error = await loop.run_in_executor(self._thread, self._write, [entry.payload for entry in group])
                self.failed = error is not None
                for entry in group:
                    if not entry.done.done():
                        if error is None:
                            entry.done.set_result(None)
                        else:
                            entry.done.set_exception(AuditError(str(error)))
                if error is None and self._observer is not None:
                    self._observer(len(group), time.perf_counter() - begun, len(self._waiting))
        finally:
            self._flushing = None
            for entry in (*group, *self._waiting):
                if not entry.done.done():  # only if this task was cut short: the loop is ending
                    entry.done.set_exception(AuditError(f"audit log {self.directory}: stopped"))
            self._waiting = []

    def _probe(self) -> AuditError | None:
        """Try the disk; in the thread."""
        try:
            self._writer.probe()
        except AuditError as error:
            return error
        return None

    def _write(self, payloads: list[bytes]) -> AuditError | None:
        """Write one group; in the thread."""
        try:
            self._writer.append(payloads)
        except AuditError as error:
            return error
        except Exception as error:  # noqa: BLE001 - fails closed: whatever went wrong, nothing of the group was promised
            return AuditError(f"audit log {self.directory}: {type(error).__name__}")
        return None
