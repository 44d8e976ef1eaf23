"""What JSON source spells, with the place in the source of each character, so that no escape hides a value."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

__all__ = ["Spelled", "unescaped"]

_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_SHORT: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Spelled(NamedTuple):
    """A text and where it stands in its source.

    Attributes:
        text: what the source spells; quotes that delimit strings are in it.
        places: of each escape: where it stands in the text.
        shifts: by how much the source is ahead of the text behind each of them.
    """

    text: str
    places: list[int]
    shifts: list[int]

    def source(self, at: int) -> int:
        """Return where the character at `at` begins in the source."""
        before = bisect_right(self.places, at - 1)
        return at + (self.shifts[before - 1] if before else 0)


def unescaped(source: str) -> Spelled:
    """Return what JSON source spells."""
    if "\\" not in source:
        return Spelled(source, [], [])
    parts: list[str] = []
    places: list[int] = []
    shifts: list[int] = []
    at = length = 0
    for match in _ESCAPE.finditer(source):
        before = source[at : match.start()]
        letter = chr(int(match[1], 16)) if match[1] else _SHORT.get(match[2], match[2])
        parts += (before, letter)
        length += len(before)
        places.append(length)
        length += 1
        at = match.end()
        shifts.append(at - length)
    parts.append(source[at:])
    return Spelled("".join(parts), places, shifts)
