"""Finds every change to an audit log: an edit, a deletion, a swap, an insertion, a cut tail, a replaced head.

One pass over the files, a line at a time, no JSON parsed. After a flaw the walk goes on from what the damaged line says
of itself, so that one edit is one flaw and a second one is found as well.

What each flaw looks like:

* edited: the line's hash is not that of its bytes.
* moved: the line names another `previous` than the line before it has: lines were deleted, swapped or inserted here.
* cut: the signed head counts more records than there are. A crash cannot do that: the head is written after the log.
* head: the head is missing, malformed, not by the key, or names another hash than its record has.
* tombstone: the same for what a purge left.
* missing: a segment file is missing between others, or the whole log that a head in `known_heads` is of.
* foreign: a line sealed under another key.

Notes are no flaws: records after the head that chain (the gateway runs, or was killed), and a torn last line behind
them. A head that an attacker puts back to an older, genuine one with the tail cut off to match cannot be told
from the inside: give `known_heads`, copies that were kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.adapters.audit.chain import GENESIS, open_line
from gateway.adapters.audit.head import HEAD_FILE, TOMBSTONE_FILE, Head, Tombstone
from gateway.adapters.audit.keys import VERIFIER_FILE, Verifier, load_verifier
from gateway.adapters.audit.note import NoteError
from gateway.adapters.audit.segment import lines, logs_in, segment_name, segment_number, segments_in, torn_in
from gateway.core.errors import AuditError

__all__ = ["Flaw", "Kind", "LogReport", "VerifyReport", "Walk", "verify_directory", "verify_log"]

MAX_FLAWS = 100


class Kind(StrEnum):
    """What kind of flaw."""

    EDITED = "edited"
    MOVED = "moved"
    CUT = "cut"
    HEAD = "head"
    TOMBSTONE = "tombstone"
    MISSING = "missing"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong. `line` starts at 1; 0 where the flaw is the file's."""

    kind: Kind
    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{where}: {self.kind.value}: {self.message}"


@dataclass(slots=True)
class LogReport:
    """What was found in one log.

    Attributes:
        directory: where it is.
        records: records in the files.
        segments: files.
        signed: records that the head vouches for.
        purged: records that a purge removed before.
        flaws: at most `MAX_FLAWS`, in the order of the log.
        flaws_omitted: how many more.
        notes: what is worth knowing and nobody's fault.
        known: those of the heads kept elsewhere that are this log's, or none at all.
    """

    directory: Path
    records: int = 0
    segments: int = 0
    signed: int = 0
    purged: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    flaws_omitted: int = 0
    notes: list[str] = field(default_factory=list)
    known: set[Path] = field(default_factory=set)

    @property
    def ok(self) -> bool:
        """Whether there is no flaw."""
        return not self.flaws

    def add(self, kind: Kind, file: Path, line: int, message: str) -> None:
        """Add a flaw."""
        if len(self.flaws) < MAX_FLAWS:
            self.flaws.append(Flaw(kind, file, line, message))
        else:
            self.flaws_omitted += 1


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found in every log under a directory."""

    logs: tuple[LogReport, ...]

    @property
    def ok(self) -> bool:
        """Whether there are logs, and none has a flaw."""
        return bool(self.logs) and all(log.ok for log in self.logs)


class Walk:
    """Follows the chain through segments, in order.

    Attributes:
        size: records passed since the log began, purged ones counted.
        hash: of the last record passed.
        torn_bytes: bytes after the last newline of the last segment passed.
    """

    def __init__(
        self, size: int, digest: str, key_id: str, report: LogReport, marks: Sequence[tuple[Path, Head]] = ()
    ) -> None:
        self.size = size
        self.hash = digest
        self.torn_bytes = 0
        self._key_id = key_id
        self._report = report
        self._marks: dict[int, list[tuple[Path, Head]]] = {}
        for path, head in marks:
            self._marks.setdefault(head.size, []).append((path, head))
        self._compare(Path(), 0)

    def segment(self, path: Path) -> None:
        """Follow the chain through `path`."""
        if self.torn_bytes:
            self._report.add(Kind.EDITED, path, 0, "it follows a segment whose last line is torn")
        number = 0
        partial = 0
        for line in lines(path):
            if not line.endswith(b"\n"):
                partial += len(line)
                continue
            number += 1
            if partial:
                self._report.add(Kind.EDITED, path, number, "the line is longer than any record")
                self.size += 1
                partial = 0
                continue
            self._line(path, number, line)
        self.torn_bytes = partial

    def _line(self, path: Path, number: int, line: bytes) -> None:
        self.size += 1
        link = open_line(line)
        if link is None:
            self._report.add(Kind.EDITED, path, number, "not a sealed record")
            return
        if not link.intact:
            self._report.add(Kind.EDITED, path, number, "its hash is not that of its content")
        elif link.previous != self.hash:
            self._report.add(
                Kind.MOVED, path, number, "it does not follow the record before it: deleted, swapped or inserted here"
            )
        elif link.key_id != self._key_id:
            self._report.add(Kind.FOREIGN, path, number, f"sealed under key {link.key_id}, not {self._key_id}")
        self.hash = link.hash
        self._compare(path, number)

    def _compare(self, path: Path, number: int) -> None:
        """Compare with every head that was signed at this size."""
        for file, head in self._marks.pop(self.size, ()) if self._marks else ():
            if head.hash != self.hash:
                self._report.add(
                    Kind.HEAD, file, 0, f"it names another record {head.size} than {path.name or 'the log'}:{number}"
                )


def verify_directory(
    directory: Path,
    public_key: Verifier | None = None,
    *,
    known_heads: Sequence[Path] = (),
) -> VerifyReport:
    """Return what is wrong with the logs under `directory`.

    Args:
        directory: a log, or what holds the logs of several writers.
        public_key: checks the heads; by default the one that stands beside each log, which shows only that the
            log fits itself.
        known_heads: heads that were copied away before; the log must still hold what they vouch for.

    Raises:
        AuditError: if there is no log, or a file cannot be read.
    """
    try:
        places = logs_in(directory)
        if not places:
            raise AuditError(f"no audit log in {directory}")
        logs = tuple(verify_log(place, public_key, known_heads) for place in places)
    except OSError as error:
        raise AuditError(f"audit log {error.filename or directory}: {error.strerror}") from error
    for path in known_heads:
        if not any(path in log.known for log in logs):
            logs[0].add(Kind.MISSING, path, 0, "no log here is the one that this is the head of")
    return VerifyReport(logs)


def verify_log(
    directory: Path,
    public_key: Verifier | None = None,
    known_heads: Sequence[Path] = (),
) -> LogReport:
    """Return what is wrong with the one log in `directory`. See `verify_directory`."""
    report = LogReport(directory)
    verifier = load_verifier(directory / VERIFIER_FILE) if public_key is None else public_key
    if public_key is None:
        report.notes.append(f"checked with the key that stands beside the log ({VERIFIER_FILE}, id {verifier.id})")
    # The head before the log: a gateway that writes meanwhile only makes the log longer than this head says.
    head = _head(directory / HEAD_FILE, verifier, report)
    tombstone = _tombstone(directory / TOMBSTONE_FILE, verifier, report)
    marks = [(directory / HEAD_FILE, head)] if head else []
    marks += _known(known_heads, verifier, head, report)
    segments = _segments(directory, tombstone, report)
    report.purged = tombstone.size if tombstone else 0
    walk = Walk(report.purged, tombstone.hash if tombstone else GENESIS, verifier.id, report, marks)
    for path in segments:
        walk.segment(path)
        report.segments += 1
    report.records = walk.size - report.purged
    _compare_sizes(marks, walk, report)
    if head is not None:
        report.signed = max(0, min(head.size, walk.size) - report.purged)
        if walk.size > head.size:
            report.notes.append(
                f"{walk.size - head.size} records after the signed head; they chain (a gateway that runs or was killed"
                " wrote them: a head covers every acknowledged record, unless the power failed)"
            )
    if walk.torn_bytes:
        report.notes.append(f"{walk.torn_bytes} bytes of a torn last line (never acknowledged)")
    report.notes.extend(f"{path.name}: set aside after a crash (never acknowledged)" for path in torn_in(directory))
    return report


def _compare_sizes(marks: Sequence[tuple[Path, Head]], walk: Walk, report: LogReport) -> None:
    for file, head in marks:
        if head.size > walk.size:
            report.add(Kind.CUT, file, 0, f"it counts {head.size} records, the log has {walk.size}: its tail was cut")
        elif head.size < report.purged:
            report.notes.append(f"{file}: its {head.size} records were purged")


def _head(path: Path, verifier: Verifier, report: LogReport) -> Head | None:
    try:
        return Head.read(path, verifier)
    except FileNotFoundError:
        report.add(Kind.HEAD, path, 0, "the signed head is missing")
    except NoteError as error:
        report.add(Kind.HEAD, path, 0, str(error))
    return None


def _known(paths: Sequence[Path], verifier: Verifier, head: Head | None, report: LogReport) -> list[tuple[Path, Head]]:
    """Return the heads of this log that were kept elsewhere."""
    found: list[tuple[Path, Head]] = []
    for path in paths:
        try:
            known = Head.read(path, verifier)
        except NoteError as error:
            report.add(Kind.HEAD, path, 0, str(error))
            report.known.add(path)
            continue
        if head is None or known.origin == head.origin:
            found.append((path, known))
            report.known.add(path)
    return found


def _tombstone(path: Path, verifier: Verifier, report: LogReport) -> Tombstone | None:
    if not path.exists():
        return None
    try:
        return Tombstone.open(path.read_bytes(), verifier)
    except NoteError as error:
        report.add(Kind.TOMBSTONE, path, 0, str(error))
    return None


def _segments(directory: Path, tombstone: Tombstone | None, report: LogReport) -> list[Path]:
    """Return the files to follow, purged ones that are still there left out."""
    expected = segment_number(tombstone.segment) + 1 if tombstone else 1
    found: list[Path] = []
    for number, path in segments_in(directory):
        if number < expected and not found:
            report.notes.append(f"{path.name}: purged, but still there")
            continue
        if number != expected:
            report.add(Kind.MISSING, directory / segment_name(expected), 0, "the segment is missing")
        found.append(path)
        expected = number + 1
    return found
