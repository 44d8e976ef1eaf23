"""Retention: removes the oldest segments, whole, and leaves a signed tombstone so that the rest still verifies.

Only segments that verify are removed: a purge never destroys the evidence of a change. The newest segment stays. The
tombstone is durable before the first file goes, so a crash in between leaves files too many, never a gap.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.adapters.audit.chain import GENESIS
from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.head import HEAD_FILE, TOMBSTONE_FILE, Head, Tombstone
from gateway.adapters.audit.keys import Signer
from gateway.adapters.audit.note import NoteError
from gateway.adapters.audit.segment import segment_number, segments_in, torn_in
from gateway.adapters.audit.verify import LogReport, Walk
from gateway.core.errors import AuditError
from gateway.core.timestamps import timestamp

__all__ = ["Purged", "purge_log"]


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge removed from one log."""

    directory: Path
    segments: int
    records: int


def purge_log(directory: Path, before: datetime, signer: Signer, disk: Disk, now: datetime) -> Purged:
    """Remove the segments in `directory` whose last record is older than `before`; `now` is noted in the tombstone.

    Raises:
        AuditError: if the log does not verify so far, or a file cannot be read or removed.
    """
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # one purge at a time; the gateway goes on writing
            return _purge(directory, before, signer, disk, now)
        finally:
            os.close(fd)
    except OSError as error:
        raise AuditError(f"audit log {directory}: {error.strerror}") from error
    except NoteError as error:
        raise AuditError(f"audit log {directory}: head or tombstone: {error}; nothing was purged") from None


def _purge(directory: Path, before: datetime, signer: Signer, disk: Disk, now: datetime) -> Purged:
    head = Head.read(directory / HEAD_FILE, signer.verifier)
    old = _tombstone(directory, signer)
    base = old.size if old else 0
    through = segment_number(old.segment) if old else 0
    removed = [path for number, path in segments_in(directory) if number <= through]  # left by a purge that crashed
    report = LogReport(directory)
    walk = Walk(base, old.hash if old else GENESIS, signer.verifier.id, report)
    size, digest, last = walk.size, walk.hash, ""
    for number, path in segments_in(directory)[:-1]:
        if number <= through:
            continue
        if number != through + 1 or number >= segment_number(head.segment) or _last_time(path) >= timestamp(before):
            break
        walk.segment(path)
        if report.flaws or walk.torn_bytes:
            raise AuditError(f"audit log {directory}: {path.name} does not verify; nothing was purged")
        size, digest, last, through = walk.size, walk.hash, path.name, number
        removed.append(path)
    if last:
        tombstone = Tombstone(head.origin, size, digest, last, timestamp(now))
        disk.create(directory / TOMBSTONE_FILE, tombstone.sign(signer))
    for path in removed:
        for torn in torn_in(directory, path.name):
            torn.unlink()
        path.unlink()
    return Purged(directory, len(removed), size - base)


def _tombstone(directory: Path, signer: Signer) -> Tombstone | None:
    path = directory / TOMBSTONE_FILE
    return Tombstone.open(path.read_bytes(), signer.verifier) if path.exists() else None


def _last_time(path: Path) -> str:
    """Return the time of the last record in `path`; later than any where it has none that can be read."""
    never = "~"
    if path.stat().st_size == 0:
        return never
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        start = view.rfind(b"\n", 0, len(view) - 1) + 1
        try:
            return str(json.loads(view[start:])["time"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return never
