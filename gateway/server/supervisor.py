"""Several processes that serve one port, and what keeps them running.

Why a parent that forks after loading, and not SO_REUSEPORT: what was read before the fork (packs, models, policies) is
shared by all workers until someone writes to it, so eight cost little more memory than one. And all accept from one
listening socket: a worker that dies or is busy leaves its connections to the others, where SO_REUSEPORT would have
given each worker a queue of its own that dies with it.

The parent has no event loop and no thread, so that it can fork again at any time: it waits for children and signals,
nothing else. It stops children through a pipe whose closing they see, for three reasons: they also end when the parent
is killed; a signal that a service manager sends to all processes at once is not taken for a second, impatient one; and
the front, which tells probes how the drain goes, ends last.

A child that dies is replaced, at most `MAX_DEATHS` times in `WITHIN_S`; then, or if one dies before all have started,
everything ends with status 1: whoever started it knows better what to do with a gateway that cannot run.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.errors import ConfigurationError
from gateway.server.logs import where
from gateway.server.run import ending_signals

__all__ = ["MAX_DEATHS", "WITHIN_S", "Child", "Job", "Supervisor"]

_log = logging.getLogger("privacy_gateway")

MAX_DEATHS: Final = 10
WITHIN_S: Final = 60.0
_GRACE_S: Final = 10.0
"""Beyond the drain time, for records to be written; then a child is killed."""


@dataclass(frozen=True, slots=True)
class Child:
    """What a child needs of its parent.

    Attributes:
        stop_fd: readable (closed) when the child is to end.
        ready_fd: a byte written to it says that the child serves.
    """

    stop_fd: int
    ready_fd: int

    def ready(self) -> None:
        """Say that it serves."""
        os.write(self.ready_fd, b".")


Job = Callable[[Child], None]
"""What a child does until it is stopped."""


class _Stop:
    """A pipe: its reader sees the end when the writer, which only the parent keeps, is closed."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def close(self) -> None:
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1


class Supervisor:
    """Runs children.

    Args:
        workers: what each worker does, until it is stopped.
        front: what the process in front of their admin planes does; it ends after them.
        drain_s: how long workers may take to end.
        listener: the socket they accept from, closed when they are to stop.
        started: called once when all of them serve.
    """

    def __init__(
        self,
        workers: Sequence[Job],
        front: Job,
        *,
        drain_s: float,
        listener: socket.socket,
        started: Callable[[], None],
    ) -> None:
        self._jobs: dict[str, Job] = {f"worker {number}": job for number, job in enumerate(workers, 1)}
        self._jobs["front"] = front
        self._drain_s = drain_s
        self._listener = listener
        self._started = started
        self._pids: dict[int, str] = {}
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self._stops = {"worker": _Stop(), "front": _Stop()}
        self._signals = 0
        self._missing = len(self._jobs)
        self._failed = False
        self._ready, self._ready_fd = os.pipe()
        self._wake, self._wake_fd = os.pipe()

    def run(self) -> int:
        """Run until a signal stops it, or it gives up; return the exit status."""
        for fd in (self._wake, self._wake_fd):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(self._wake_fd, warn_on_full_buffer=False)
        for number in (*ending_signals(), signal.SIGCHLD):
            signal.signal(number, self._signalled)
        for name in self._jobs:
            self._fork(name)
        while not self._signals and not self._failed:
            if self._ready in self._wait([self._ready]):
                self._count(len(os.read(self._ready, 4096)))
            self._reap(replace=True)
        self._end()
        return int(self._failed)

    def _signalled(self, number: int, _frame: object) -> None:
        if number != signal.SIGCHLD:
            self._signals += 1

    def _wait(self, fds: Sequence[int], seconds: float | None = None) -> Sequence[int]:
        """Return which of `fds` can be read; returns early when a signal comes."""
        found, _, _ = select.select([self._wake, *fds], [], [], seconds)
        if self._wake in found:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
        return found

    def _count(self, ready: int) -> None:
        before, self._missing = self._missing, max(0, self._missing - ready)
        if before and not self._missing:
            self._started()

    def _fork(self, name: str) -> None:
        pid = os.fork()
        if pid == 0:
            self._child(name)
        self._pids[pid] = name

    def _child(self, name: str) -> None:
        """Be a child; never returns."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number in ending_signals():
                signal.signal(number, signal.SIG_IGN if name == "front" else signal.SIG_DFL)  # the front ends last
            os.setpgrp()  # Ctrl-C at a terminal is for the parent
            for fd in (self._wake, self._wake_fd):
                os.close(fd)
            for stop in self._stops.values():
                stop.close()
            if name == "front":
                self._listener.close()
            self._jobs[name](Child(self._stops[name.split(maxsplit=1)[0]].reader, self._ready_fd))
            status = 0
        except ConfigurationError as error:
            _log.error("%s cannot serve:\n%s", name, error)
        except Exception as error:  # noqa: BLE001 - the process ends; its parent counts it
            _log.error("%s failed: %s at %s", name, type(error).__name__, where(error))
        finally:
            os._exit(status)

    def _reap(self, *, replace: bool) -> None:
        """Take note of children that have ended; start others in their place."""
        while self._pids:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            name = self._pids.pop(pid, "")
            if not name or not replace:
                continue
            _log.error("%s (pid %d) ended: %s", name, pid, _how(status))
            if self._may_replace():
                self._fork(name)
            else:
                self._failed = True
                return

    def _may_replace(self) -> bool:
        now = time.monotonic()
        if self._missing:
            _log.error("not all processes have started: giving up")
            return False
        if len(self._deaths) == MAX_DEATHS and now - self._deaths[0] < WITHIN_S:
            _log.error("%d processes ended within %d seconds: giving up", MAX_DEATHS, WITHIN_S)
            return False
        self._deaths.append(now)
        return True

    def _end(self) -> None:
        """Let the workers drain, then the front end; kill what does not."""
        self._listener.close()
        self._stops["worker"].close()
        asked = self._signals
        deadline = time.monotonic() + self._drain_s + _GRACE_S
        while any(name != "front" for name in self._pids.values()):
            left = deadline - time.monotonic()
            if left <= 0 or self._signals > asked:
                self._kill()
                break
            self._wait([], left)
            self._reap(replace=False)
        self._stops["front"].close()
        deadline = time.monotonic() + _GRACE_S
        while self._pids and time.monotonic() < deadline:
            self._wait([], deadline - time.monotonic())
            self._reap(replace=False)
        self._kill(front=True)

    def _kill(self, *, front: bool = False) -> None:
        for pid, name in self._pids.items():
            if front or name != "front":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"status {code}"
