"""What was loaded moves onto huge pages, where the kernel has them.

Why: models, policies and Python's own objects lie on some 30,000 pages of 4 KiB, far more than a core keeps addresses
of, and in a virtual machine each miss walks two page tables. On pages of 2 MiB planning a request takes 2 to 4 % less
CPU, for 3 MB of memory and 35 ms in idle moments after the start (`python -m benchmarks.huge_pages`). Not done by
`MADV_HUGEPAGE` alone: the kernel then comes round in minutes, or never, to memory that was touched before it was told.

It is a hint: without Linux 6.1, or where the administrator wrote `never`, nothing happens. With several workers the
parent does it before it forks; in a worker it would copy what all share.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["mapped", "onto_huge_pages"]

_SETTINGS: Final = Path("/sys/kernel/mm/transparent_hugepage")
_MAPS: Final = Path("/proc/self/maps")
_OURS: Final = frozenset({"", "[heap]"})
"""Names of mappings that are this process's own memory, not a file's and not the main stack."""
_MADV_COLLAPSE: Final = 25
"""Of Linux 6.1 (`madvise(2)`); Python has no name for it."""


def onto_huge_pages(settings: Path = _SETTINGS) -> Iterator[None]:
    """Move this process's memory onto huge pages, one with each step of about a millisecond.

    Args:
        settings: where Linux says whether it has huge pages, and how large they are.
    """
    try:
        size = int((settings / "hpage_pmd_size").read_text("ascii"))
        if "[never]" in (settings / "enabled").read_text("ascii"):
            return
        maps = _MAPS.read_text("utf-8", "surrogateescape")
    except OSError:  # not Linux, or a kernel or a container without them
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    for start, end in mapped(maps, size):
        for page in range(start, end, size):
            if madvise(page, size, _MADV_COLLAPSE) == 0:  # else nothing is in it, or the kernel has no page to give
                yield


def mapped(maps: str, size: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each part of a process's own memory that huge pages can hold, in bytes.

    Args:
        maps: as `/proc/self/maps` has it (`proc_pid_maps(5)`).
        size: bytes of a huge page.
    """
    for line in maps.splitlines():
        addresses, permissions, _, _, _, *name = line.split(None, 5)
        if permissions != "rw-p" or "".join(name).strip() not in _OURS:
            continue
        first, last = (int(address, 16) for address in addresses.split("-"))
        start, end = -(-first // size) * size, last // size * size
        if start < end:
            yield start, end
