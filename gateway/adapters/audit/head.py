"""The signed head of a log, and the signed tombstone of what was purged.

The head is a checkpoint (C2SP tlog-checkpoint: origin, size, hash) with one extension line that says where in the
files the last record ends. The hash is that of the last record in the chain; there is no Merkle tree.

    privacy-gateway/audit
    1234
    q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=
    audit-000003.jsonl 00000000000000073210

The head is written after every group of records, over its former self, in one call, without fsync:

* `kill -9` cannot lose it: what was written is the kernel's. So after a crash of the gateway the head counts every
  acknowledged record.
* The power may fail: the file is smaller than a sector, so the disk has the old or the new head, never half of each.
  An old head is behind the log, never before it (the log's fsync comes first), and the records after it still chain.
* It never gets shorter (the numbers only grow, offset and segment have a fixed width), so overwriting needs no
  truncation. It gets longer when the size gets a digit more; then it is synced.

A rename for each head would put two more fsyncs, or one more journal transaction, into the way of every request.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

from gateway.adapters.audit.keys import NAME, Signer, Verifier
from gateway.adapters.audit.note import NoteError, open_note, sign_note
from gateway.core.light import light

__all__ = ["HEAD_FILE", "TOMBSTONE_FILE", "Head", "Tombstone", "origin_of"]

HEAD_FILE = "head.note"
TOMBSTONE_FILE = "purged.note"
_PURGED = "/purged"
_OFFSET_DIGITS = 20
_READS = 5
"""A head that is read while it is written may be half old, half new: it is read again this often."""


def origin_of(writer: str) -> str:
    """Return the log's origin line; `writer` names one of several logs under one key."""
    return f"{NAME}/{writer}" if writer else NAME


def _encode(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _decode(text: str) -> str:
    return base64.b64decode(text, validate=True).hex()


def _parse(text: str) -> tuple[str, int, str, str, str]:
    """Return origin, size, hash and the two words of the extension line.

    Raises:
        NoteError: if the text has another shape.
    """
    try:
        origin, size, digest, extension, end = text.split("\n")
        segment, word = extension.split(" ")
        parsed = origin, int(size), _decode(digest), segment, word
    except (ValueError, binascii.Error):
        raise NoteError("signed, but not the head of an audit log") from None
    if end or not origin.startswith(NAME):
        raise NoteError("signed, but not the head of an audit log")
    return parsed


@light(frozen=True, slots=True)
class Head:
    """The state of a log.

    Attributes:
        origin: the log's name.
        size: records since the log began, purged ones too.
        hash: of the last record, 64 hex digits.
        segment: the file that holds the last record.
        offset: where in that file the last record ends, in bytes.
    """

    origin: str
    size: int
    hash: str
    segment: str
    offset: int

    def sign(self, signer: Signer) -> bytes:
        """Return the head as a signed note."""
        place = f"{self.segment} {self.offset:0{_OFFSET_DIGITS}d}"
        return sign_note(f"{self.origin}\n{self.size}\n{_encode(self.hash)}\n{place}\n", signer)

    @classmethod
    def open(cls, data: bytes, verifier: Verifier) -> Head:
        """Return the head that `data` is.

        Raises:
            NoteError: if it is not one, or not signed by the key.
        """
        origin, size, digest, segment, offset = _parse(open_note(data, verifier))
        if origin.endswith(_PURGED) or not offset.isdecimal():
            raise NoteError("signed, but not the head of an audit log")
        return cls(origin, size, digest, segment, int(offset))

    @classmethod
    def read(cls, path: Path, verifier: Verifier) -> Head:
        """Return the head in `path`, which a gateway may be writing at this moment.

        Raises:
            OSError: if it cannot be read.
            NoteError: if it is not a head, or not signed by the key.
        """
        for _ in range(_READS - 1):
            try:
                return cls.open(path.read_bytes(), verifier)
            except NoteError:
                continue
        return cls.open(path.read_bytes(), verifier)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What a purge leaves in the place of the oldest segments.

    Attributes:
        origin: the log's name.
        size: records purged since the log began.
        hash: of the last purged record; the first one that is left names it as `previous`.
        segment: the last purged file.
        time: when it was purged (RFC 3339).
    """

    origin: str
    size: int
    hash: str
    segment: str
    time: str

    def sign(self, signer: Signer) -> bytes:
        """Return the tombstone as a signed note; its origin differs from a head's, so neither passes for the other."""
        return sign_note(
            f"{self.origin}{_PURGED}\n{self.size}\n{_encode(self.hash)}\n{self.segment} {self.time}\n", signer
        )

    @classmethod
    def open(cls, data: bytes, verifier: Verifier) -> Tombstone:
        """Return the tombstone that `data` is.

        Raises:
            NoteError: if it is not one, or not signed by the key.
        """
        origin, size, digest, segment, time = _parse(open_note(data, verifier))
        if not origin.endswith(_PURGED):
            raise NoteError("signed, but not a tombstone")
        return cls(origin.removesuffix(_PURGED), size, digest, segment, time)
