"""Kinds of characters: every one is of one of eight, so that what a text or an expression is made of fits in few bits.

There are two readings of an expression, for texts in ASCII and for others: in ASCII, `[A-Za-z0-9]` is all letters and
digits there are. What is not known of a set counts as all kinds or as none, whichever rules nothing out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from gateway.detect.parsing import op

__all__ = [
    "ALL_KINDS",
    "APART",
    "ASCII",
    "BRACKET",
    "DIGIT",
    "DOT",
    "HYPHEN",
    "KINDS",
    "LETTER",
    "OTHER",
    "SLASH",
    "SPACE",
    "WORD_KINDS",
    "Members",
    "kind_of",
    "kind_of_point",
    "kinds_covered",
    "kinds_matched",
    "kinds_of_point",
]

DIGIT, LETTER, SPACE, HYPHEN, DOT, SLASH, BRACKET, OTHER = range(8)
KINDS: Final = 8
ALL_KINDS: Final = (1 << KINDS) - 1
WORD_KINDS: Final = 1 << DIGIT | 1 << LETTER
"""Those of letters and digits."""
_WORD: Final = WORD_KINDS | 1 << OTHER
_MARKS: Final = {"-": HYPHEN, ".": DOT, "/": SLASH, ":": SLASH, "(": BRACKET, ")": BRACKET, "+": BRACKET}
_WIDEST: Final = 600
"""A range of so many characters is looked at one by one."""
_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: 1 << DIGIT,
    op.CATEGORY_NOT_DIGIT: ALL_KINDS & ~(1 << DIGIT),
    op.CATEGORY_SPACE: 1 << SPACE,
    op.CATEGORY_NOT_SPACE: ALL_KINDS & ~(1 << SPACE),
    op.CATEGORY_WORD: _WORD,
    op.CATEGORY_NOT_WORD: ALL_KINDS & ~WORD_KINDS,
}
APART: Final = [
    # `\b`: a letter or digit before none, anything that is neither before one; `_` is among the others.
    ALL_KINDS & ~WORD_KINDS if WORD_KINDS >> kind & 1 else _WORD if kind != OTHER else ALL_KINDS
    for kind in range(KINDS)
]
"""For each kind of character, the kinds that may stand before it at a word's boundary."""

Members = tuple[tuple[Any, Any], ...]
"""What a set of characters is made of, as `re` has parsed it."""


def kind_of(character: str) -> int:
    """Return the kind of a character."""
    if character.isdecimal():
        return DIGIT
    if character.isalnum():
        return LETTER
    return SPACE if character.isspace() else _MARKS.get(character, OTHER)


ASCII: Final = [kind_of(chr(code)) for code in range(128)]
"""The kinds of ASCII's characters."""
_ASCII_BITS: Final = [1 << kind for kind in ASCII]


@lru_cache(maxsize=4096)
def kind_of_point(point: int) -> int:
    """Return the kind of a code point."""
    return kind_of(chr(point))


def kinds_of_point(point: int) -> int:
    """Return the kinds of a character, and of those that `re` may take for it when it ignores case."""
    if point < len(_ASCII_BITS):
        return _ASCII_BITS[point]  # what it takes for an ASCII letter is a letter
    # Elsewhere some are marks (U+0345 for the Greek iota).
    return 1 << kind_of_point(point) | 1 << LETTER | 1 << OTHER


@lru_cache(maxsize=1024)
def kinds_matched(members: Members, *, in_ascii: bool) -> int:
    """Return the kinds of the characters that a set may match."""
    if members and members[0][0] is op.NEGATE:
        return ALL_KINDS & ~kinds_covered(members[1:], in_ascii=in_ascii)
    kinds = 0
    for code, argument in members:
        if code is op.LITERAL:
            kinds |= kinds_of_point(argument)
        elif code is op.CATEGORY:
            kinds |= _CATEGORIES[argument]
        elif code is op.RANGE and argument[1] - argument[0] <= _WIDEST:
            for point in range(argument[0], argument[1] + 1):
                kinds |= kinds_of_point(point)
        else:
            return ALL_KINDS
    return kinds


def kinds_covered(members: Members, *, in_ascii: bool) -> int:
    """Return the kinds all of whose characters are among `members`."""
    kinds = 0
    for code, argument in members:
        if code is op.NEGATE:
            return 0
        if code is op.CATEGORY and argument in (op.CATEGORY_DIGIT, op.CATEGORY_SPACE):
            kinds |= _CATEGORIES[argument]
        elif code is op.CATEGORY and argument is op.CATEGORY_WORD:
            kinds |= WORD_KINDS
    ranges = {argument for code, argument in members if code is op.RANGE}
    if in_ascii and ranges >= {(ord("0"), ord("9"))}:
        kinds |= 1 << DIGIT
    if in_ascii and ranges >= {(ord("a"), ord("z")), (ord("A"), ord("Z"))}:
        kinds |= 1 << LETTER
    single = {chr(argument) for code, argument in members if code is op.LITERAL}
    for kind in (HYPHEN, DOT, SLASH, BRACKET):
        if {mark for mark, its in _MARKS.items() if its == kind} <= single:
            kinds |= 1 << kind
    return kinds
