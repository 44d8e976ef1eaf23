"""Disks that count, wait, or break, and how to wait for them."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path

from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.head import HEAD_FILE


class CountingDisk(Disk):
    """Counts the fsyncs of files."""

    def __init__(self) -> None:
        self.syncs = 0

    def sync(self, fd: int) -> None:
        self.syncs += 1
        super().sync(fd)


class HeldDisk(CountingDisk):
    """An fsync waits until `release` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()
        self.release.set()
        self.reached = threading.Event()

    def sync(self, fd: int) -> None:
        self.reached.set()
        assert self.release.wait(10)
        super().sync(fd)


class SlowHeadDisk(Disk):
    """An fsync of the head waits until `release` is set."""

    def __init__(self) -> None:
        self._heads = set[int]()
        self.release = threading.Event()
        self.release.set()
        self.reached = threading.Event()

    def open(self, path: Path, flags: int) -> int:
        fd = super().open(path, flags)
        if path.name == HEAD_FILE:
            self._heads.add(fd)
        return fd

    def sync(self, fd: int) -> None:
        if fd in self._heads and not self.release.is_set():
            self.reached.set()
            assert self.release.wait(10)
        super().sync(fd)


class BrokenDisk(Disk):
    """Fails while `broken` names a call: `write` after half of the data (the disk is full), `sync`, `head`, `open`.

    `later sync` lets one pass and fails the one after it.
    """

    def __init__(self) -> None:
        self.broken = ""

    def _fail(self, call: str, code: int) -> None:
        if self.broken == call:
            raise OSError(code, os.strerror(code))

    def write(self, fd: int, data: bytes) -> None:
        if self.broken == "write":
            super().write(fd, data[: len(data) // 2])
        self._fail("write", errno.ENOSPC)
        super().write(fd, data)

    def write_at_start(self, fd: int, data: bytes) -> None:
        self._fail("head", errno.EIO)
        super().write_at_start(fd, data)

    def sync(self, fd: int) -> None:
        if self.broken == "later sync":
            self.broken = "sync once"
        elif self.broken == "sync once":
            self.broken = ""
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._fail("sync", errno.EIO)
        super().sync(fd)


async def until(event: threading.Event) -> None:
    """Wait for `event` without holding up the loop."""
    assert await asyncio.to_thread(event.wait, 10)
