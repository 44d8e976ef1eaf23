"""What was found before, for texts that come again: an agent repeats its whole conversation with every turn.

Decisions kept here:

* Keys are keyed digests (BLAKE2b, 256 bits) of what was judged, by whose policy and with which classifiers; the key of
  the digest comes from the gateway's own and the tenant. So nobody can tell by timing what another tenant sent, and
  neither a key nor a value holds text (invariant 4): values are findings and numbers.
* Nothing but the judge writes here, and only what recognizers found without failing: an entry cannot lower a level.
* Bounded by bytes; what was not used for longest goes first. Memory only: a restart or a reload forgets all.
"""

from __future__ import annotations

import marshal
import threading
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

__all__ = ["Memory", "Scope", "scope_of"]

_ENTRY: Final = 250
"""Bytes that an entry takes besides its value, roughly."""
_SIZE: Final = 32


class Scope:
    """Makes the keys of one tenant under one policy and one set of classifiers.

    Args:
        key: the gateway's key.
        parts: whatever else must be the same for a finding to hold again.
    """

    __slots__ = ("_begun",)

    def __init__(self, key: bytes, *parts: str) -> None:
        own = blake2b(marshal.dumps(parts, 0), digest_size=_SIZE, key=key[:64], person=b"segments").digest()
        # Begun once: to take in the key takes as long as a short text, and waits for the first byte behind it.
        self._begun = blake2b(b"\0", digest_size=_SIZE, key=own)

    def digest(self, what: Any) -> bytes:
        """Return the digest of `what`: strings, numbers, bytes, and tuples and lists of them."""
        # Of two different values marshal never makes the same bytes; its version 0 has no references.
        digest = self._begun.copy()
        digest.update(marshal.dumps(what, 0))
        return digest.digest()

    def chain(self, begin: bytes, digests: Iterable[bytes]) -> list[bytes]:
        """Return for each of `digests` the digest of all of them up to it, and of `begin`.

        Each takes in the one before alone, so that a chain goes on from where another one ended.
        """
        chained: list[bytes] = []
        for digest in digests:
            begun = self._begun.copy()
            begun.update(begin + digest)
            begin = begun.digest()
            chained.append(begin)
        return chained


@lru_cache(maxsize=64)
def scope_of(key: bytes, *parts: str) -> Scope:
    """Return the scope of these parts; most requests have that of the one before."""
    return Scope(key, *parts)


class Memory:
    """A bounded store of digest to value. Safe to use from several threads.

    Args:
        size: bytes it may take, by the callers' estimates; 0: nothing is kept.
    """

    def __init__(self, size: int) -> None:
        self._room = size
        self._entries: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> Any:
        """Return what is kept under `key`, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        # Each of these steps is one for all threads (bytes are compared without Python), so the lock, which takes as
        # long as they do, is left out: between them another thread may only have dropped the entry.
        try:  # noqa: SIM105 - `suppress` takes three calls
            self._entries.move_to_end(key)
        except KeyError:
            pass
        return entry[0]

    def put(self, key: bytes, value: object, size: int) -> None:
        """Keep `value`, which takes about `size` bytes; drop what was not used for longest if there is no room."""
        size += _ENTRY
        with self._lock:
            before = self._entries.pop(key, None)
            if before is not None:
                self._room += before[1]
            self._entries[key] = (value, size)
            self._room -= size
            while self._room < 0 and self._entries:
                _, (_, freed) = self._entries.popitem(last=False)
                self._room += freed
