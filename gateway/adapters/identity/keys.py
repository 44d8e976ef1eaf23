"""API keys: made, told apart, looked up.

    pgw_ + 43 base62 digits of 32 random bytes + 6 base62 digits of their CRC-32

Decisions kept here:

* The prefix lets secret scanners and people recognise a leaked key; the checksum lets both tell one from look-alikes,
  and lets a mistyped key fail before any look-up.
* The file holds SHA-256 of a key, unsalted and fast: of 256 random bits there is nothing to guess, which is what salt
  and slowness are for (NIST SP 800-63B, 5.1.2.2, asks them of secrets with less than 112 bits).
* Looked up in a table under a hash keyed anew at each start, and compared in constant time, so that no timing tells
  how much of a guessed hash is right.
* The file is read again when it changes, so that a revoked key stops within a second. If it is gone, no key is good; if
  it is broken, the last good one holds: a slip of the pen must not lock everybody out. The log says so, and `told`, for
  a key that was revoked in the broken file is still accepted.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.adapters.identity.key_file import KeyEntry, read_key_file
from gateway.core.errors import ConfigurationError, Unauthorized
from gateway.core.identity import Identity

__all__ = ["PREFIX", "KeyRing", "hash_of", "is_well_formed", "new_key"]

PREFIX: Final = "pgw_"
LOOK_EVERY_S: Final = 1.0

_log = logging.getLogger("privacy_gateway")

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_BYTES: Final = 32
_RANDOM_DIGITS: Final = 43
_CHECK_DIGITS: Final = 6
_SHAPE: Final = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM_DIGITS + _CHECK_DIGITS}}}\Z")


def new_key() -> str:
    """Return a new API key: 53 characters, 256 random bits."""
    body = PREFIX + _base62(int.from_bytes(secrets.token_bytes(_RANDOM_BYTES), "big"), _RANDOM_DIGITS)
    return body + _check_digits(body)


def is_well_formed(key: str) -> bool:
    """Whether `key` has the shape of an API key, and its checksum is right."""
    return bool(_SHAPE.match(key)) and key[-_CHECK_DIGITS:] == _check_digits(key[:-_CHECK_DIGITS])


def hash_of(key: str) -> str:
    """Return what the key file holds of `key`."""
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def _check_digits(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK_DIGITS)


def _base62(number: int, length: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits.rjust(length, _DIGITS[0])


class KeyRing:
    """The keys of a key file.

    Args:
        file: the file; see `key_file`.
        clock: seconds since 1970.
        told: called when the file was read again, with what is wrong with it; empty: nothing.

    Raises:
        ConfigurationError: if it cannot be read, or anything in it is wrong.
    """

    def __init__(
        self,
        file: Path,
        clock: Callable[[], float] = time.time,
        told: Callable[[str], None] = lambda _problem: None,
    ) -> None:
        self._file = file
        self._clock = clock
        self._told = told
        self._pepper = secrets.token_bytes(32)
        self._seen = self._state()
        self._look_at = clock() + LOOK_EVERY_S
        self._entries = self._read()

    @property
    def entries(self) -> tuple[KeyEntry, ...]:
        """The entries of the file, as last read."""
        return tuple(self._entries.values())

    def identify(self, key: str) -> Identity:
        """Return whom `key` stands for.

        Raises:
            Unauthorized: if it is unknown, expired or revoked.
        """
        self.look()
        if not is_well_formed(key):
            raise Unauthorized("not an API key of this gateway")
        hashed = hash_of(key)
        entry = self._entries.get(self._place(hashed))
        if entry is None or not hmac.compare_digest(entry.hash, hashed):
            raise Unauthorized("unknown API key")
        if entry.revoked is not None:
            raise Unauthorized(f"API key {entry.name} is revoked")
        if entry.expires is not None and entry.expires <= datetime.fromtimestamp(self._clock(), UTC):
            raise Unauthorized(f"API key {entry.name} is expired")
        return entry.identity()

    def _place(self, hashed: str) -> bytes:
        return hmac.digest(self._pepper, hashed.encode(), "sha256")

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def look(self) -> None:
        """Read the file again if it changed since it was last looked at."""
        now = self._clock()
        if now < self._look_at and self._look_at - now <= LOOK_EVERY_S:
            return
        self._look_at = now + LOOK_EVERY_S
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        problem = ""
        if state is None:
            problem = "the file of API keys is gone: no key is accepted"
            self._entries = {}
        else:
            try:
                self._entries = self._read()
            except ConfigurationError as error:
                problem = f"the file of API keys is broken, the last good one holds: {error}"
        if problem:
            _log.error("%s", problem)
        self._told(problem)

    def _read(self) -> dict[bytes, KeyEntry]:
        return {self._place(entry.hash): entry for entry in read_key_file(self._file)}
