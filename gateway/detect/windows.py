"""Windows: what stands together in a text, as bits of one whole number: four kinds in a row, and how long runs are.

Each sequence of four kinds has a bit, and each length of a run of digits, and of one of letters and digits. What a text
has is collected once. What all matches of an expression have is known from the ways through it (`shapes`), so that an
operation on whole numbers rules the expression out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.detect.kinds import ALL_KINDS, ASCII, DIGIT, KINDS, LETTER, SPACE, WORD_KINDS, kind_of_point

__all__ = [
    "AT",
    "BITS",
    "BREAK",
    "DIGITS_AT",
    "LONGEST",
    "REACHED",
    "SIZE",
    "Path",
    "sequences_of",
    "windows_in",
    "windows_of",
]

SIZE: Final = 4
"""Kinds in a sequence."""
BITS: Final = KINDS**SIZE
LONGEST: Final = 32
"""Longer runs are counted as of this length."""
DIGITS_AT: Final = BITS
"""Where the lengths of runs of digits are among the bits; then those of runs of letters and digits."""
_WORDS_AT: Final = DIGITS_AT + LONGEST + 1
REACHED: Final = (1 << LONGEST + 1) - 1
BREAK: Final = 0
"""Between two parts of a path: anything, or nothing."""
_WINDOWS: Final = 3
_USUAL: Final = (0.03, 0.74, 0.15, 0.01, 0.02, 0.01, 0.005, 0.035)
"""How much of a text is of each kind, roughly."""
_TELLING: Final = 0.125
"""A set that more of all texts has tells too little."""

Path = tuple[int, ...]
"""Sets of kinds, one for each character of a match, as bits; `BREAK` where a number of characters is open."""

_ASCII: Final = np.array(ASCII, np.uint16)
_CODES: Final = np.arange(BITS)


def _bits(chosen: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(chosen, bitorder="little").tobytes(), "little")


AT: Final = [
    [_bits((_CODES // KINDS ** (SIZE - 1 - place)) % KINDS == kind) for kind in range(KINDS)] for place in range(SIZE)
]
"""Of each place in a sequence and each kind, the sequences that have it there."""


def windows_in(text: str) -> int:
    """Return what `text`, with white space around it, holds, as bits."""
    if text.isascii():
        kinds = _ASCII[np.frombuffer(text.encode("ascii"), np.uint8)]
    else:
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        odd = points >= len(ASCII)
        kinds = _ASCII[np.where(odd, 0, points)]
        distinct, places = np.unique(points[odd], return_inverse=True)
        kinds[odd] = np.array([kind_of_point(point) for point in distinct.tolist()], np.uint16)[places]
    padded = np.full(len(kinds) + SIZE + 1, SPACE, np.uint16)
    padded[1 : len(kinds) + 1] = kinds
    pairs = padded[:-1] * np.uint16(KINDS) + padded[1:]
    present = np.zeros(_WORDS_AT + LONGEST + 1, np.bool_)
    present[pairs[:-2] * np.uint16(KINDS**2) + pairs[2:]] = True
    present[DIGITS_AT + _lengths(padded == DIGIT)] = True
    present[_WORDS_AT + _lengths(padded <= LETTER)] = True
    return _bits(present)


def _lengths(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the lengths of the runs of True; the first and the last are False."""
    turns = np.flatnonzero(inside[1:] != inside[:-1])
    lengths: NDArray[np.intp] = np.minimum(turns[1::2] - turns[::2], LONGEST)
    return lengths


@lru_cache(maxsize=128)  # the reading for ASCII alone goes mostly by the same paths as the one for all texts
def windows_of(path: Path) -> tuple[int, ...]:
    """Return the rarest sets of which a match by this path has a member each, as bits."""
    windows: set[Path] = set()
    stretches = _stretches(path)
    for stretch in stretches:
        padded = (*stretch, *[ALL_KINDS] * (SIZE - len(stretch)))
        windows.update([padded[start : start + SIZE] for start in range(len(padded) - SIZE + 1)])
    rarest = sorted((share, runs) for runs, share in map(sequences_of, windows) if share < _TELLING)[:_WINDOWS]
    lengths = [_longest(stretches, kinds, at) for kinds, at in ((1 << DIGIT, DIGITS_AT), (WORD_KINDS, _WORDS_AT))]
    return (*filter(None, lengths), *(runs for _, runs in rarest))


@lru_cache(maxsize=4096)
def sequences_of(window: Path) -> tuple[int, float]:
    """Return the sequences that these sets of kinds make, as bits, and how much of a text is such, roughly."""
    share, sequences = 1.0, -1
    for place, kinds in enumerate(window):
        its = [kind for kind in range(KINDS) if kinds >> kind & 1]
        share *= sum(_USUAL[kind] for kind in its)
        union = 0
        for kind in its:
            union |= AT[place][kind]
        sequences &= union
    return sequences, share


def _longest(stretches: Iterable[Path], kinds: int, at: int) -> int:
    """Return the lengths that the longest run of only these kinds may have, as bits; 0 if it may be of any."""
    best = 0
    for stretch in stretches:
        length = 0
        for its in (*stretch, 0):
            if its and not its & ~kinds:
                length += 1
                continue
            if length > 1 and length > best:
                best = length
            length = 0
    # A run may be longer than what the match holds of it.
    return ((REACHED >> min(best, LONGEST)) << min(best, LONGEST)) << at if best else 0


def _stretches(path: Path) -> list[Path]:
    """Return the parts of a path between what is open."""
    stretches: list[Path] = []
    start = 0
    for index, kinds in enumerate((*path, BREAK)):
        if kinds == BREAK:
            if index > start:
                stretches.append(path[start:index])
            start = index + 1
    return stretches
