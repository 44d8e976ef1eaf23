"""Appends to one log: seals, writes, syncs, signs; rotates; recovers after a crash. One thread, one process.

Invariant 2 rules: `append` returns only when the records are on the disk, or raises; after an error it goes on only
from the last record that it knows to be there.

A head is signed while the disk is at work on the records that it counts, by a thread that does nothing else; it is
written when they are durable, never before, and `append` returns when it is written.

What recovery may find, and what it makes of it:

* The head, and behind it records that chain: acknowledged or about to be, when the process died. Kept, and signed.
* Behind those, bytes that don't chain (a torn line; after a power cut, zeros): never acknowledged. Set aside in a file
  `….torn-<offset>`, so that nothing is ever lost, and cut off.
* Fewer records than the head counts, another record than the head names, a head that is missing or not by this key:
  no crash does that. Refused: to go on would overwrite the evidence.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from gateway.adapters.audit.chain import GENESIS, open_line, seal
from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.errands import Errands
from gateway.adapters.audit.head import HEAD_FILE, Head
from gateway.adapters.audit.keys import VERIFIER_FILE, Signer
from gateway.adapters.audit.note import NoteError
from gateway.adapters.audit.segment import lines, segment_name, segment_number, segments_in
from gateway.core.errors import AuditError
from gateway.core.light import light

__all__ = ["LOCK_FILE", "LogWriter", "Recovery"]

LOCK_FILE = "audit.lock"
PROBE_FILE = "audit.probe"
_PROBE_BYTES = 64 * 1024
_HEAD_SYNC_S = 0.9
"""The head is synced this often, and a moment later, when what was decided is sent: a second of the log a power cut
leaves unsigned (never unwritten). Nobody waits for it: who comes after a pause would wait for two fsyncs."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found when a log was opened: records in it, records behind its head, torn bytes set aside."""

    records: int = 0
    unsigned: int = 0
    torn_bytes: int = 0


@light(frozen=True, slots=True)
class _Position:
    """The end of the log: what the next record follows."""

    size: int
    hash: str
    segment: int
    offset: int


class LogWriter:
    """Appends to the log in `directory`.

    Args:
        directory: made if it is not there; belongs to this writer alone.
        origin: the log's name, the first line of its head.
        signer: gives the key; asked once, when the log is opened.
        disk: the system calls.
        rotate_bytes: a segment that has as many bytes is closed.
        rotate_s: a segment whose first record is this old is closed, so that retention can reach it.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        directory: Path,
        origin: str,
        signer: Callable[[], Signer],
        *,
        disk: Disk,
        rotate_bytes: int,
        rotate_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._origin = origin
        self._load_signer = signer
        self._disk = disk
        self._rotate_bytes = rotate_bytes
        self._rotate_s = rotate_s
        self._clock = clock
        self._signer: Signer | None = None
        self._signing = Errands("audit-head")
        self._position: _Position | None = None
        self._begun: float | None = None
        self._lock = self._segment = self._head = -1
        self._head_length = 0
        self._head_synced = 0.0

    def open(self) -> Recovery:
        """Take the log into use; nothing happens if it is.

        Raises:
            AuditError: if it cannot be written, another process writes to it, or it does not fit its head.
        """
        if self._segment >= 0:
            return Recovery(self._end.size)
        try:
            return self._open()
        except OSError as error:
            self.close()
            raise self._failure(error) from error
        except AuditError:
            self.close()
            raise

    def append(self, payloads: Sequence[bytes]) -> None:
        """Append records (JSON without seal); return when they are durable.

        Raises:
            AuditError: if they may not be. The log is tried anew with the next call.
        """
        self.open()
        try:
            if self._is_full():
                self._rotate()
            self._write(payloads)
        except OSError as error:
            self.close()
            raise self._failure(error) from error

    @property
    def head_is_due(self) -> bool:
        """Whether it is time for `sync_head`."""
        return self._head >= 0 and self._clock() - self._head_synced >= _HEAD_SYNC_S

    def sync_head(self) -> None:
        """Sync the head.

        Raises:
            AuditError: if it cannot be synced. The log is tried anew with the next call.
        """
        self.open()
        try:
            self._disk.sync(self._head)
            self._head_synced = self._clock()
        except OSError as error:
            self.close()
            raise self._failure(error) from error

    def probe(self) -> None:
        """Find out whether the log can be written, without a record.

        Raises:
            AuditError: if it cannot.
        """
        self.open()
        path = self._directory / PROBE_FILE
        try:
            self._disk.create(path, bytes(_PROBE_BYTES))
            path.unlink()
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Sync the head and give everything back; `open` may be called again."""
        try:
            if self._head >= 0:
                self._disk.sync(self._head)
        except OSError:
            pass  # the records are durable; the head may be older than they are
        finally:
            for fd in (self._segment, self._head, self._lock):
                if fd >= 0:
                    self._disk.close(fd)
            self._lock = self._segment = self._head = -1

    @property
    def _end(self) -> _Position:
        assert self._position is not None
        return self._position

    def _failure(self, error: OSError) -> AuditError:
        return AuditError(
            f"audit log {self._directory}: {error.strerror or type(error).__name__};"
            " no request is sent until it can be written again"
        )

    # Appending

    def _write(self, payloads: Sequence[bytes]) -> None:
        assert self._signer is not None
        end = self._end
        sealed = []
        digest = end.hash
        key_id = self._signer.verifier.id
        for payload in payloads:
            line, digest = seal(payload, key_id, digest)
            sealed.append(line)
        data = b"".join(sealed)
        offset = end.offset + len(data)
        position = _Position(end.size + len(payloads), digest, end.segment, offset)
        self._disk.write(self._segment, data)
        head = self._signing.ask(partial(self._head_at, position))
        self._disk.sync(self._segment)
        state = self._disk.state(self._segment)
        # A removed file can still be written to, and another writer's bytes would break the chain: neither is durable.
        if state.links == 0:
            raise FileNotFoundError(None, "a segment was removed while it was written")
        if state.size != offset:
            raise OSError(None, "a segment was changed by another process while it was written")
        self._position = position
        if self._begun is None:
            self._begun = self._clock()
        self._write_head(head())

    def _head_at(self, end: _Position) -> bytes:
        assert self._signer is not None
        return Head(self._origin, end.size, end.hash, segment_name(end.segment), end.offset).sign(self._signer)

    def _write_head(self, note: bytes) -> None:
        self._disk.write_at_start(self._head, note)
        if self._disk.state(self._head).links == 0:
            raise FileNotFoundError(None, "the head was removed")
        if len(note) != self._head_length:
            self._disk.sync(self._head)
            self._head_synced = self._clock()
        self._head_length = len(note)

    def _is_full(self) -> bool:
        end = self._end
        if end.offset == 0:
            return False
        aged = self._begun is not None and self._clock() - self._begun >= self._rotate_s
        return aged or end.offset >= self._rotate_bytes

    def _rotate(self) -> None:
        end = self._end
        fd = self._open_segment(end.segment + 1)
        self._disk.close(self._segment)
        self._segment = fd
        self._position = _Position(end.size, end.hash, end.segment + 1, 0)
        self._begun = None

    def _open_segment(self, number: int) -> int:
        """Return a descriptor to append to segment `number`; its name is durable."""
        fd = self._disk.open(self._directory / segment_name(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            self._disk.sync_directory(self._directory)
        except OSError:
            self._disk.close(fd)
            raise
        return fd

    # Opening

    def _open(self) -> Recovery:
        if self._position is None:  # a log that this process has written to is not begun anew: it is gone
            self._disk.make_directory(self._directory)
        self._take_lock()
        if self._signer is None:
            self._signer = self._load_signer()
            self._publish_key(self._signer)
        head_file = self._directory / HEAD_FILE
        if not head_file.exists():
            self._begin(head_file, self._signer)
        head = self._read_head(head_file, self._signer)
        recovery, position = self._recover(head, self._position)
        self._position = position
        self._begun = _begun(self._directory / segment_name(position.segment))
        self._head = self._disk.open(head_file, os.O_WRONLY)
        self._head_length = 0
        self._segment = self._open_segment(position.segment)
        self._write_head(self._head_at(position))
        return recovery

    def _take_lock(self) -> None:
        path = self._directory / LOCK_FILE
        self._lock = self._disk.open(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AuditError(
                f"audit log {self._directory}: another process writes to it (it holds {LOCK_FILE});"
                " stop that process, or give this one an audit directory or writer name of its own"
            ) from None

    def _publish_key(self, signer: Signer) -> None:
        path = self._directory / VERIFIER_FILE
        if not path.exists():
            self._disk.create(path, f"{signer.verifier}\n".encode())

    def _begin(self, head_file: Path, signer: Signer) -> None:
        """Make the head of a log that has no record yet."""
        if self._position is not None or any(path.stat().st_size for _, path in segments_in(self._directory)):
            raise self._suspect(f"its head ({HEAD_FILE}) is missing")
        self._disk.create(head_file, Head(self._origin, 0, GENESIS, segment_name(1), 0).sign(signer))

    def _read_head(self, path: Path, signer: Signer) -> Head:
        try:
            head = Head.read(path, signer.verifier)
        except NoteError as error:
            raise self._suspect(f"its head ({HEAD_FILE}) is {error}") from None
        if head.origin != self._origin:
            raise self._suspect(f"its head is that of another log, {head.origin}")
        return head

    def _suspect(self, what: str) -> AuditError:
        return AuditError(
            f"audit log {self._directory}: {what}; a crash does not do that, so nothing is written over it."
            f" Run `privacy-gateway audit verify --directory {self._directory}`, and move the directory away to"
            " begin a new log"
        )

    def _recover(self, head: Head, known: _Position | None) -> tuple[Recovery, _Position]:
        """Return where the log ends. `known`: where this very process left it, after a failed write; no further."""
        number = segment_number(head.segment)
        self._check_head(head, number)
        position = _Position(head.size, head.hash, number, head.offset)
        last = max((n for n, _ in segments_in(self._directory)), default=number)
        torn = 0
        for at in range(number, last + 1):
            path = self._directory / segment_name(at)
            if not path.exists():
                if at == number:
                    continue  # a log without any record
                raise self._suspect(f"{path.name} is missing")
            if torn:
                raise self._suspect(f"{path.name} follows a torn segment")
            before = position if at == number else _Position(position.size, position.hash, at, 0)
            after = self._follow(path, before, known)
            torn += self._trim(path, after.offset, keep=known is None)
            if at == number or after.offset:
                position = after  # an empty segment is left for the next rotation: heads point at a record
        if known is not None and position.size < known.size:
            raise self._suspect(f"it has {position.size} records of the {known.size} that were written")
        return Recovery(position.size, position.size - head.size, torn), position

    def _check_head(self, head: Head, number: int) -> None:
        """Check that the record which the head names is where the head says."""
        path = self._directory / head.segment
        if head.offset == 0:
            if head.size:
                raise self._suspect("its head does not fit its size")
            return
        if not number or not path.exists():
            raise self._suspect(f"{head.segment} is missing")
        tail = b',"hash":"%s"}\n' % head.hash.encode()
        with path.open("rb") as file:
            file.seek(max(0, head.offset - len(tail)))
            if file.read(len(tail)) != tail:
                raise self._suspect(f"{head.segment} does not hold the {head.size} records that its head counts")

    def _follow(self, path: Path, position: _Position, known: _Position | None) -> _Position:
        """Return the end of the records in `path` that chain on from `position`."""
        assert self._signer is not None
        size, digest, offset = position.size, position.hash, position.offset
        for line in lines(path, offset):
            link = open_line(line)
            if known is not None and size == known.size:
                break
            if link is None or not link.intact or link.previous != digest or link.key_id != self._signer.verifier.id:
                break
            size, digest, offset = size + 1, link.hash, offset + len(line)
        return _Position(size, digest, position.segment, offset)

    def _trim(self, path: Path, offset: int, *, keep: bool) -> int:
        """Cut `path` to `offset` bytes, durably, and return how many were behind; `keep` them in a file of their own.

        Synced even if nothing is cut: what a killed process wrote may not be on the disk, and is about to be signed.
        """
        behind = path.stat().st_size - offset
        if behind and keep:
            self._set_aside(path, offset)
        fd = self._disk.open(path, os.O_WRONLY)
        try:
            if behind:
                self._disk.truncate(fd, offset)
            self._disk.sync(fd)
        finally:
            self._disk.close(fd)
        return behind

    def _set_aside(self, path: Path, offset: int) -> None:
        aside = self._disk.open(path.with_name(f"{path.name}.torn-{offset}"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            for piece in lines(path, offset):
                self._disk.write(aside, piece)
            self._disk.sync(aside)
        finally:
            self._disk.close(aside)


def _begun(path: Path) -> float | None:
    """Return the time of the first record in `path`, in seconds since the epoch; None when it has none."""
    first = next(lines(path), b"") if path.exists() else b""
    if open_line(first) is None:
        return None
    try:
        return datetime.fromisoformat(json.loads(first)["time"]).timestamp()
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
