"""One line of the log: a record sealed into the hash chain.

A line is the record's JSON with three fields added at its end: `key` (id of the key that signs this log's head),
`previous` (hash of the line before; zeros in the first) and `hash`:

    {"schema":…,"latency_ms":{…},"key":"1a2b3c4d","previous":"<64 hex>","hash":"<64 hex>"}

`hash` is the SHA-256 of the line's own bytes without the hash field: everything up to `,"hash":`, and a closing
brace. It is defined over bytes, not over parsed JSON, so there is one spelling of each record, nothing to canonicalise,
and a check in any language is a cut and a SHA-256. The three fields have fixed lengths, so a check parses no JSON.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from gateway.core.errors import AuditError
from gateway.core.record import AuditRecord

__all__ = ["GENESIS", "MAX_LINE", "Link", "encode", "open_line", "seal"]

GENESIS: Final = "0" * 64
"""What the first record names as the hash before it."""
MAX_LINE: Final = 256 * 1024
"""Longest line in bytes. Records are bounded far below; a longer line in a file is damage."""
_SEAL: Final = re.compile(rb',"key":"([0-9a-f]{8})","previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"}\n')
_HASH_FIELD: Final = len(',"hash":""}\n') + 64
_SEAL_FIELDS: Final = len(',"key":"","previous":""') + 8 + 64 + _HASH_FIELD


def encode(record: AuditRecord) -> bytes:
    """Return the record's JSON, one line of ASCII without its newline.

    Raises:
        AuditError: if it holds what JSON cannot (a number that is none), or is too long.
    """
    try:
        data = record.line()
    except (ValueError, TypeError):
        raise AuditError("an audit record holds a value that cannot be written as JSON") from None
    if len(data) + _SEAL_FIELDS > MAX_LINE:
        raise AuditError(f"an audit record is longer than {MAX_LINE} bytes")
    return data


def seal(payload: bytes, key_id: str, previous: str) -> tuple[bytes, str]:
    """Return the line (with its newline) for a record's JSON, and the line's hash."""
    body = b'%s,"key":"%s","previous":"%s"' % (payload[:-1], key_id.encode(), previous.encode())
    digest = hashlib.sha256(body + b"}").hexdigest()
    return b'%s,"hash":"%s"}\n' % (body, digest.encode()), digest


@dataclass(frozen=True, slots=True)
class Link:
    """What a line says of the chain. `intact`: its hash is that of its bytes."""

    key_id: str
    previous: str
    hash: str
    intact: bool


def open_line(line: bytes) -> Link | None:
    """Return the link in `line` (with its newline); None when it is not a sealed line at all."""
    found = _SEAL.fullmatch(line, max(0, len(line) - _SEAL_FIELDS))
    if found is None:
        return None
    key_id, previous, digest = (group.decode() for group in found.groups())
    intact = hashlib.sha256(line[:-_HASH_FIELD] + b"}").hexdigest() == digest
    return Link(key_id, previous, digest, intact)
