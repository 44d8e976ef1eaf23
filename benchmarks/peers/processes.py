"""What the operating system counts of processes: CPU, memory, and whether they are at rest. Linux."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

__all__ = ["busy_s", "cpu_s", "resident_kb", "settle", "tree_of"]

_LIBC: Final = ctypes.CDLL(None)
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_SETTLING_S: Final = 20
_RESTING: Final = 0.03
"""CPU seconds in one second, below which a server is at rest."""


def tree_of(pids: Iterable[int]) -> list[int]:
    """Return `pids` and all processes below them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat:
                children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, open_ = [], list(pids)
    while open_:
        found.append(open_.pop())
        open_ += children.get(found[-1], [])
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name, which may hold spaces; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def cpu_s(pids: Iterable[int]) -> float:
    """Return user and system seconds of all `pids`, to the nanosecond (clock_getcpuclockid(3)); of the ended, nothing.

    /proc/PID/stat tells the same in hundredths of a second, which is a stream or two.
    """
    return sum(map(_process_s, pids))


def _process_s(pid: int) -> float:
    clock = ctypes.c_int()
    if _LIBC.clock_getcpuclockid(pid, ctypes.byref(clock)):
        return 0.0
    try:
        return time.clock_gettime(clock.value)
    except OSError:  # it ended since
        return 0.0


def busy_s() -> float:
    """Return the seconds that all cores together have been busy."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS


def resident_kb(pid: int) -> int:
    """Return its memory, of what it shares its part; 0 if it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0
    return int(rollup.partition("Pss:")[2].split()[0])


def settle(pids: Collection[int]) -> None:
    """Wait until a server has come to rest: some go on preparing when they are ready."""
    for _ in range(_SETTLING_S):
        tree = tree_of(pids)
        before = cpu_s(tree)
        time.sleep(1)
        if cpu_s(tree) - before < _RESTING:
            return
