"""The few system calls that the audit log needs.

A class of its own, so that a test can count the fsyncs, let one wait, or make the disk full, without patching.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gateway.core.light import light

__all__ = ["Disk", "FileState"]

OWNER_ONLY = 0o600
OWNER_ONLY_DIRECTORY = 0o700


@light(frozen=True, slots=True)
class FileState:
    """Size in bytes, and how many names the file has: 0 when it was removed while open."""

    size: int
    links: int


class Disk:
    """The real disk. Every method raises `OSError` where the system call does."""

    def make_directory(self, path: Path) -> None:
        """Make `path` and its parents, durably; nobody but the owner may look into `path`."""
        missing = [place for place in (path, *path.parents) if not place.exists()]
        path.mkdir(mode=OWNER_ONLY_DIRECTORY, parents=True, exist_ok=True)
        for place in missing:
            self.sync_directory(place.parent)

    def open(self, path: Path, flags: int) -> int:
        """Return a descriptor; a file that is made belongs to its owner only."""
        return os.open(path, flags | os.O_CLOEXEC, OWNER_ONLY)

    def write(self, fd: int, data: bytes) -> None:
        """Write all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]

    def write_at_start(self, fd: int, data: bytes) -> None:
        """Write all of `data` over the file's beginning, in one call where the system can."""
        done = 0
        while done < len(data):
            done += os.pwrite(fd, data[done:], done)

    def sync(self, fd: int) -> None:
        """Return when what was written is on the disk."""
        os.fsync(fd)

    def sync_directory(self, path: Path) -> None:
        """Return when the names of new files in `path` are on the disk."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(fd)
        finally:
            os.close(fd)

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(fd, size)

    def state(self, fd: int) -> FileState:
        """Return size and number of names."""
        stat = os.fstat(fd)
        return FileState(stat.st_size, stat.st_nlink)

    def close(self, fd: int) -> None:
        """Give the descriptor back."""
        os.close(fd)

    def create(self, path: Path, data: bytes) -> None:
        """Make `path` with `data`, wholly or not at all, also if the power fails; replaces what is there."""
        fresh = path.with_name(f"{path.name}.new-{secrets.token_hex(6)}")
        try:
            fd = self.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            try:
                self.write(fd, data)
                self.sync(fd)
            finally:
                self.close(fd)
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        self.sync_directory(path.parent)
