"""Which of many literals a text holds, and where: one pass for all of them.

Hundreds of recognisers each need one of a few words before they can match. Looking for every word by itself costs more
than all recognisers that then run. Here the hash of every three and four bytes of the text is looked up in a table (a
few vectorised steps of numpy); only where one is known is the literal itself compared. It is the filter step of Wu and
Manber, A Fast Algorithm for Multi-Pattern Searching (1994), without its skips. Time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_LITERALS", "LiteralIndex", "indexable"]

_MIN_BYTES: Final = 3
"""Shorter literals cannot be indexed: nearly every text holds them."""
_COMMON: Final = frozenset(b" etaoinsrhl")
_BUCKETS: Final = 1 << 16
_SHORT: Final = 160
"""Up to so many bytes a plain loop is faster than the start-up of numpy's."""


def indexable(literal: str) -> bool:
    """Tell whether a folded literal is long enough for the index."""
    return len(literal.encode("utf-8", "surrogatepass")) >= _MIN_BYTES


class LiteralIndex:
    """Literals to be looked for together.

    Args:
        literals: folded texts of at least three bytes in UTF-8 (see `indexable`).
    """

    def __init__(self, literals: Iterable[str]) -> None:
        self._threes, self._fours = _Grams(3), _Grams(4)
        self._literals = frozenset(literals)
        for literal in sorted(self._literals):
            raw = literal.encode("utf-8", "surrogatepass")
            (self._threes if len(raw) == _MIN_BYTES else self._fours).add(literal, raw)

    def __contains__(self, literal: str) -> bool:
        return literal in self._literals

    def occurrences(self, folded: str) -> dict[str, list[int]]:
        """Return each literal in `folded` with the places, in bytes of UTF-8, where it starts."""
        raw = folded.encode("utf-8", "surrogatepass")
        found: dict[str, list[int]] = {}
        if len(raw) <= _SHORT:
            self._threes.find_in_short(raw, found)
            self._fours.find_in_short(raw, found)
        else:
            data = np.frombuffer(raw, np.uint8).astype(np.uint16)
            threes = _codes(data)
            self._threes.find(raw, threes, found)
            self._fours.find(raw, _longer(threes, data), found)
        return found


class _Grams:
    """Literals found by one of their runs of `length` bytes, the one that is least usual in text."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._known: NDArray[np.bool_] = np.zeros(_BUCKETS, np.bool_)
        self._buckets: dict[int, tuple[tuple[str, bytes, int], ...]] = {}
        self._by_gram: dict[bytes, tuple[tuple[str, bytes, int], ...]] = {}

    def add(self, literal: str, raw: bytes) -> None:
        starts = range(len(raw) - self._length + 1)
        offset = min(starts, key=lambda start: sum(byte in _COMMON for byte in raw[start : start + self._length]))
        gram = raw[offset : offset + self._length]
        self._by_gram[gram] = (*self._by_gram.get(gram, ()), (literal, raw, offset))
        data = np.frombuffer(gram, np.uint8).astype(np.uint16)
        codes = _codes(data)
        code = int((codes if self._length == _MIN_BYTES else _longer(codes, data))[0])
        self._known[code] = True
        self._buckets[code] = (*self._buckets.get(code, ()), (literal, raw, offset))

    def find(self, raw: bytes, codes: NDArray[np.uint16], found: dict[str, list[int]]) -> None:
        places = self._known[codes].nonzero()[0]
        buckets = self._buckets
        for place, code in zip(places.tolist(), codes[places].tolist(), strict=True):
            for literal, bytes_, offset in buckets[code]:
                if place >= offset and raw.startswith(bytes_, place - offset):
                    found.setdefault(literal, []).append(place - offset)

    def find_in_short(self, raw: bytes, found: dict[str, list[int]]) -> None:
        length, known = self._length, self._by_gram
        for place in range(len(raw) - length + 1):
            gram = raw[place : place + length]
            if gram in known:
                for literal, bytes_, offset in known[gram]:
                    if place >= offset and raw.startswith(bytes_, place - offset):
                        found.setdefault(literal, []).append(place - offset)


def _codes(data: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return the hash of the three bytes at each place; wraps at 16 bits."""
    codes = data[:-2] * np.uint16(31)
    codes += data[1:-1]
    codes *= np.uint16(137)
    codes += data[2:]
    return codes


def _longer(codes: NDArray[np.uint16], data: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return the hash of the four bytes at each place, from those of three."""
    longer = codes[:-1] * np.uint16(243)
    longer += data[3:]
    return longer


NO_LITERALS: Final = LiteralIndex(())
"""For who asks for no literals, or for each by itself."""
