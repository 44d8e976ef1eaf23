"""What JSON source spells, with the place in the source of each character, so that no escape hides a value.

And what may stand for a value in it, so that it stays JSON: in a string the text alone, for a number a string. A string
may be JSON source itself, whose quotes have backslashes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.transforms.spans import Span

__all__ = ["OUTSIDE", "Spelled", "replacing", "string_state", "unescaped"]

OUTSIDE: Final = 0
_INSIDE: Final = 1
_ESCAPED: Final = 2
_MARK: Final = re.compile(r"\\(.?)|\"", re.DOTALL)
_TOKEN: Final = re.compile(r"[^\s,:\[\]{}]+")
_NUMBER: Final = re.compile(r"-?[0-9][0-9.eE+-]*")
_LITERALS: Final = frozenset({"true", "false", "null"})
_BEHIND_KEY: Final = re.compile(r"(\\{1,16}\")\s{0,8}:\s{0,8}\Z")
"""A key of JSON source in a string, with its quote."""

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


def string_state(source: str, state: int) -> int:
    """Return where JSON source has come to behind `source`: outside of strings, in one, or behind a backslash in one.

    Args:
        source: a part of it.
        state: what this returned for all before; `OUTSIDE` where there is none.
    """
    if state == _ESCAPED and source:
        source, state = source[1:], _INSIDE
    for mark in _MARK.finditer(source):
        if mark[0] == '"':
            state = _INSIDE if state == OUTSIDE else OUTSIDE
        elif not mark[1]:
            state = _ESCAPED
    return state


def replacing(source: str, start: int, end: int, replacement: str, state: int) -> Iterator[Span]:
    """Yield what puts `replacement` in the place of JSON source from `start` to `end`, and leaves it JSON.

    Args:
        source: a part of it.
        start: where what is replaced begins.
        end: where it ends.
        replacement: a text without quotes and backslashes.
        state: of all before `source` (`string_state`).
    """
    inside, at = string_state(source[:start], state) != OUTSIDE, start
    marks = [mark for mark in _MARK.finditer(source, start, end) if mark[0] == '"']
    for begins, ends in [*(mark.span() for mark in marks), (end, end)]:
        if inside and begins > at:
            key = _BEHIND_KEY.search(source, max(0, at - 40), at) if _NUMBER.fullmatch(source, at, begins) else None
            quote = key[1] if key is not None else ""
            yield at, begins, f"{quote}{replacement}{quote}"
        elif not inside:
            for token in _TOKEN.finditer(source, at, begins):
                if token[0] not in _LITERALS:
                    quote = '"' if _NUMBER.fullmatch(token[0]) else ""
                    yield *token.span(), f"{quote}{replacement}{quote}"
        inside, at = not inside, ends
