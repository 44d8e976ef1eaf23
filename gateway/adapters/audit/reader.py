"""Reads records back: the last ones, one request's, those of a time span, new ones as they come.

Several writers' logs in one directory read as one, in order of time. A line that is no record, or not as it was
written, is counted and left out; finding out what happened to it is `verify`'s business.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import mmap
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.adapters.audit.chain import MAX_LINE, open_line
from gateway.adapters.audit.segment import lines, logs_in, segments_in
from gateway.core.errors import AuditError
from gateway.core.timestamps import timestamp

__all__ = ["AuditReader", "Record", "records_of"]

Record = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class AuditReader:
    """The logs under a directory, to read.

    Attributes:
        damaged: lines met so far that are no record, or changed.

    Raises:
        AuditError: if there is no log.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.damaged = 0
        if not logs_in(directory):
            raise AuditError(f"no audit log in {directory}")

    def records(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Record]:
        """Yield the records from `since` on and before `until`, in order of time."""
        first = timestamp(since) if since else ""
        end = timestamp(until) if until else "~"
        logs = [self._log(directory) for directory in logs_in(self._directory)]
        for record in heapq.merge(*logs, key=_time):
            if first <= _time(record) < end:
                yield record

    def last(self, count: int) -> list[Record]:
        """Return the last `count` records, in order of time; reads no more of the files than that."""
        found: list[Record] = []
        for directory in logs_in(self._directory):
            mine: list[Record] = []
            for _, path in reversed(segments_in(directory)):
                for line in _backwards(path):
                    if len(mine) >= count:
                        break
                    mine.extend(self._parse(line))
            found.extend(reversed(mine))
        found.sort(key=_time)
        return found[-count:] if count else []

    def find(self, decision: str) -> list[Record]:
        """Return every record of the request with this decision id, in order; none where the id is unknown."""
        if not _ID.fullmatch(decision):
            return []
        found: list[Record] = []
        for directory in logs_in(self._directory):
            mine: list[Record] = []
            for _, path in reversed(segments_in(directory)):
                here = [record for line in _holding(path, decision) for record in self._parse(line)]
                here = [record for record in here if record.get("id") == decision]
                if mine and not here:
                    break  # a request's records lie close together
                mine = here + mine
            found.extend(mine)
        return sorted(found, key=_time)

    def follow(self, wait: Callable[[], bool]) -> Iterator[Record]:
        """Yield records that are written from now on; `wait` pauses between two looks, and ends it with False."""
        ends = {
            path: path.stat().st_size for directory in logs_in(self._directory) for _, path in segments_in(directory)
        }
        while wait():
            fresh: list[Record] = []
            for directory in logs_in(self._directory):
                for _, path in segments_in(directory):
                    for line in lines(path, ends.setdefault(path, 0)):
                        if not line.endswith(b"\n"):
                            break  # being written
                        ends[path] += len(line)
                        fresh.extend(self._parse(line))
            yield from sorted(fresh, key=_time)

    def _log(self, directory: Path) -> Iterator[Record]:
        for _, path in segments_in(directory):
            for line in lines(path):
                yield from self._parse(line)

    def _parse(self, line: bytes) -> list[Record]:
        """Return the record in `line`; nothing if it is none, or not as it was written."""
        link = open_line(line)
        if link is not None and link.intact:
            record: object = None
            with suppress(ValueError, RecursionError):  # sealed by somebody else: a hash takes no key
                record = json.loads(line)
            if isinstance(record, dict) and isinstance(record.get("time"), str):
                return [record]
        self.damaged += 1
        return []


async def records_of(directory: Path, decision: str) -> list[Record]:
    """Return every record of the request with this decision id under `directory`; reads files in a thread.

    Raises:
        AuditError: if there is no log, or it cannot be read.
    """

    def find() -> list[Record]:
        try:
            return AuditReader(directory).find(decision)
        except OSError as error:
            raise AuditError(f"audit log {directory}: {error.strerror}") from error

    return await asyncio.to_thread(find)


def _time(record: Record) -> str:
    return str(record["time"])


def _backwards(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of `path` from the last to the first."""
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        end = view.rfind(b"\n") + 1
        while end > 0:
            start = view.rfind(b"\n", 0, end - 1) + 1
            yield view[start : min(end, start + MAX_LINE)]
            end = start


def _holding(path: Path, decision: str) -> Iterator[bytes]:
    """Yield the lines of `path` that hold this id as a field; searches bytes, parses nothing."""
    if path.stat().st_size == 0:
        return
    needle = f'"id":"{decision}"'.encode()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        at = view.find(needle)
        while at >= 0:
            start = view.rfind(b"\n", 0, at) + 1
            end = view.find(b"\n", at)
            if end < 0:
                return  # being written
            yield view[start : min(end + 1, start + MAX_LINE)]
            at = view.find(needle, end)
