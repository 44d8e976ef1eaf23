"""What a server hands out, bound to who got it: a session's id, the id of an event, a cursor.

Decisions kept here:

* The gateway keeps no table: what it hands on carries a keyed digest of whom it is for, so that it works with several
  workers and replicas (of one `key`), and nothing has to be forgotten.
* Another tenant's or principal's, another server's, and a made-up one are alike: unknown.
* What comes back sealed is the server's own word: nothing of the client's stands in it, so it need not be scanned.
* The digest is HMAC-SHA256 (RFC 2104), cut to 128 bits, over the parts with their lengths.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final

__all__ = ["fits_header", "seal", "unseal"]

_LABEL: Final = b"privacy-gateway sealed id v1"
_BYTES: Final = 16
_HEADER: Final = re.compile(r"[\x21-\x7e]{1,1024}")
"""What may stand in a header: visible ASCII (MCP 2025-11-25, "Session Management")."""


def fits_header(value: str) -> bool:
    """Whether `value` may stand in a header."""
    return _HEADER.fullmatch(value) is not None


def seal(key: bytes, value: str, *owner: str) -> str:
    """Return `value` bound to `owner`.

    Args:
        key: the gateway's secret.
        value: as the server wrote it.
        owner: what tells whom it is for, and what it is.
    """
    return f"{value}.{_digest(key, value, owner)}"


def unseal(key: bytes, sealed: str, *owner: str) -> str | None:
    """Return what the server wrote; None if it was not sealed for `owner`."""
    value, dot, digest = sealed.rpartition(".")
    if not dot or not digest.isascii():
        return None
    return value if hmac.compare_digest(digest, _digest(key, value, owner)) else None


def _digest(key: bytes, value: str, owner: tuple[str, ...]) -> str:
    whole = _LABEL
    for part in (*owner, value):
        data = part.encode("utf-8", "surrogatepass")
        whole += len(data).to_bytes(8, "big") + data
    return base64.urlsafe_b64encode(hmac.digest(key, whole, "sha256")[:_BYTES]).rstrip(b"=").decode("ascii")
