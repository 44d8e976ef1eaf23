"""Memory moves onto huge pages where there are some, and stays as it is where there are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.server.huge_pages import mapped, onto_huge_pages

_MIB = 1 << 20
_SETTINGS = Path("/sys/kernel/mm/transparent_hugepage")
_COLLAPSING = """
from collections import deque
from gateway.server.huge_pages import onto_huge_pages
kept = [bytearray(1000) for _ in range(20_000)]
def huge():
    lines = (line.split() for line in open("/proc/self/smaps_rollup"))
    return next(int(fields[1]) for fields in lines if fields[0] == "AnonHugePages:")
before = huge()
moved = sum(1 for _ in onto_huge_pages())
assert all(each == bytes(1000) for each in kept)
print(before, huge(), moved)
"""


def _maps(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_only_whole_huge_pages_of_the_process_s_own_memory_are_named() -> None:
    maps = _maps(
        "00400000-00900000 r-xp 00000000 fe:00 11 /usr/bin/python3.11",
        "00a00000-01000000 rw-p 00200000 fe:00 11 /usr/bin/python3.11",
        "01100000-01700000 rw-p 00000000 00:00 0                                  [heap]",
        "7f0000000000-7f0000200000 rw-p 00000000 00:00 0 ",
        "7f0000300000-7f0000500000 rw-p 00000000 00:00 0 ",
        "7f0001000000-7f0001400000 rw-s 00000000 00:01 12 /dev/shm/shared file",
        "7f0002000000-7f0002400000 ---p 00000000 00:00 0 ",
        "7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0                          [stack]",
    )

    assert list(mapped(maps, 2 * _MIB)) == [
        (0x01200000, 0x01600000),
        (0x7F0000000000, 0x7F0000200000),
    ]


@pytest.mark.parametrize("files", [{}, {"hpage_pmd_size": "2097152", "enabled": "always madvise [never]"}])
def test_nothing_happens_without_huge_pages_or_where_they_are_forbidden(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n", encoding="ascii")

    assert list(onto_huge_pages(tmp_path)) == []


def _has_huge_pages() -> bool:
    enabled = _SETTINGS / "enabled"
    return enabled.exists() and "[never]" not in enabled.read_text(encoding="ascii")


@pytest.mark.skipif(not _has_huge_pages(), reason="no huge pages here")
def test_what_was_there_lies_on_huge_pages_and_reads_the_same() -> None:
    ran = subprocess.run([sys.executable, "-c", _COLLAPSING], check=True, capture_output=True, text=True)

    before, after, moved = map(int, ran.stdout.split())
    if moved:  # Linux before 6.1 moves nothing
        assert after > before
    else:
        assert after == before
