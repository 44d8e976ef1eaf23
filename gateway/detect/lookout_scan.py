"""What a lookout does with each character, in Python: the reference for what is compiled (`_lookout`).

All that is known after a character is a few whole numbers (`gateway.detect.lookout` names those that are asked for):
places where something stood last, counts of what stands in a row, and a place in the automaton of the literals.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final

from gateway.detect.automaton import (
    AT,
    CHANGES,
    CLOSES,
    CODE,
    DIGIT,
    HEX,
    HINTS,
    INNER,
    JOINS,
    KINDS,
    LOWER,
    NUMBERS,
    ODD,
    OPENS,
    SPACE,
    STRIKES,
    TELLS,
    UPPER,
    Automaton,
)

__all__ = ["NEVER", "Scan", "scan_in_python"]

Scan = Callable[[str, str, "array[int]", Automaton], None]
"""Reads a piece, as it is and folded, on from a state."""
NEVER: Final = -1_000_000
"""The place of what has not been yet."""
_KINDS: Final = KINDS.tolist()
ASCII: Final = 128
ZERO, ONE, COLON, LESS, EQUALS, QUESTION, HASH, PLUS, UNDERSCORE, DOT, AMPERSAND, BLANK = map(ord, "01:<=?#+_.& ")
SLASH, BACKSLASH, OPENING, CLOSING, LETTER_A, LETTER_X, LETTER_Z = map(ord, "/\\(]axz")
_LINE: Final = 16
"""A run of base64 so long may go on in the next line."""
_SOLO: Final = 4
"""Letters that stand alone, one after the other."""
_CAPITALS: Final = 4
_LONG: Final = 21
"""Characters of a word from which it looks like a key."""
_TOLD: Final = 12
"""Characters behind a literal, in the same word, from which it looks like a key."""
_CODED: Final = 12
_MIXED: Final = 6
"""Flags of a run with capitals and joints."""
_SECOND: Final = 2
_WORDY: Final = 30
"""Characters up to which a run of letters is a word."""
_TOGETHER: Final = 4096
"""Characters within which a word and a digit, or a word and a long run, are a sign; more than is ever seen at once."""
_TAG: Final = 20
_BITS: Final = 8
_PAIRS: Final = 4
"""Bytes or characters as numbers, one after the other."""
_EIGHT: Final = 27**8
_LISTED: Final = 9
"""Words of the list have at most eight letters."""


def scan_in_python(  # noqa: C901, PLR0912, PLR0915 - one step of an automaton, as it is compiled
    text: str, folded: str, state: array[int], automaton: Automaton
) -> None:
    """Read a piece: what `gateway.detect._lookout.scan` does."""
    (
        at, struck, digit, hinted, suspect, changed, coded, node, word, solo, striking, uppers, told, code, flags,
        one, two, three, dotted, tag, bits, pairs, token, tail, shape, letters, row, waits, begun, worded, long,
        settled,
    ) = state  # fmt: skip
    follow, classes, wide, does = automaton.rows, automaton.narrow, automaton.wide, automaton.acts
    listed, needed, longest = automaton.listed, automaton.row, automaton.run
    alone = automaton.alone
    for character, low in zip(text, folded, strict=True):
        at += 1
        c, f = ord(character), ord(low)
        kind = _KINDS[c] if c < ASCII else SPACE if character.isspace() else 0
        node = follow[node][classes[f] if f < ASCII else wide.get(low, 0)]
        act = does[node]
        if act:
            changed = at
            if act & TELLS:
                suspect = at
            if act & (TELLS | NUMBERS):
                told = word + 1
            if act & HINTS:
                hinted = at
            if act & CHANGES:
                worded = at
                if at - long < _TOGETHER:
                    suspect = at
            if act & STRIKES:
                struck = at
            if act & NUMBERS:
                waits = at
        if kind & SPACE:
            if tag > 1:
                struck = suspect = at
            if c in (10, 13) and (code >= _LINE or one == EQUALS):
                struck = suspect = at
            word = striking = uppers = code = flags = dotted = tag = 0
            told = -1
        else:
            word += 1
            if word == 1:
                solo += 1
                if solo >= _SOLO:
                    struck = suspect = at
            elif word == _SECOND:
                solo = 0
            if kind & DIGIT:
                digit = at
                if at - waits < _TOGETHER:
                    changed = at
                striking |= 1
            elif kind & (LOWER | UPPER) or c == UNDERSCORE:
                striking |= 2
            uppers = uppers + 1 if kind & UPPER else 0
            before = _KINDS[one] if 0 <= one < ASCII else 0
            if (
                uppers >= _CAPITALS
                or (kind & UPPER and before & LOWER)
                or word >= _LONG
                or kind & (AT | ODD)
                or (told >= 0 and word - told >= _TOLD)
                or (c == SLASH and one == COLON)
            ):
                striking |= 4
            if (
                kind & ODD
                or (c == OPENING and one == CLOSING)
                or (c in (SLASH, BACKSLASH) and one in (SLASH, BACKSLASH))
                or (dotted and c in (SLASH, QUESTION, HASH))
                or (one == AMPERSAND and (c == HASH or kind & (LOWER | UPPER)))
            ):
                striking |= 4
                suspect = at
            if one == EQUALS and kind & HEX and not kind & LOWER:
                struck = suspect = at
            if longest and word >= longest:
                long = at
                if alone or at - worded < _TOGETHER:
                    suspect = at
                else:
                    coded = at
            if kind & CODE:
                code += 1
                if kind & DIGIT or c in (PLUS, SLASH):
                    flags |= 1
                elif kind & UPPER:
                    flags |= 2
                elif not kind & LOWER:
                    flags |= 4 if code > 1 and before & (LOWER | UPPER | DIGIT) else 1
                joint = not kind & (LOWER | UPPER | DIGIT)
                if code >= _CODED and (flags & 1 or flags == _MIXED or joint or code > _WORDY):
                    coded = at
            else:
                if c == EQUALS and code >= _CODED:
                    coded = at  # letters alone are a word, unless they are filled up as base64 is
                code = flags = 0
            if c == LESS:
                tag = 1
            elif tag and (kind & (LOWER | UPPER) or c >= ASCII) and tag <= _TAG:
                if tag == 1:
                    striking |= 4
                tag += 1
            else:
                if tag == 1 and c == SLASH:
                    striking |= 4
                tag = 0
            if c == DOT:
                dotted = 1
            if striking >= 3:  # noqa: PLR2004 - a letter and a digit, or more
                struck = at
        if kind & CLOSES and one >= 0 and one < ASCII and _KINDS[one] & INNER:
            opens = three if two == BLANK else two
            if 0 <= opens < ASCII and _KINDS[opens] & OPENS:
                struck = suspect = at
        begins = bits or one < 0 or one >= ASCII or not _KINDS[one] & (LOWER | UPPER | DIGIT)
        bits = bits + 1 if c in (ZERO, ONE) and begins else 0
        if bits >= _BITS:
            struck = suspect = at
        if kind & JOINS:
            if token:
                pairs = pairs + 1 if tail > 1 and (not pairs or (shape and token in (2, 3, 4))) else int(tail > 1)
                if pairs >= _PAIRS:
                    struck = suspect = at
            token = tail = 0
            shape = 1
        else:
            token = min(token + 1, _PAIRS + 1)
            if kind & HEX:
                tail += 1
            else:
                tail = 0
                shape = int(shape and token == _SECOND and f == LETTER_X)
        if LETTER_A <= f <= LETTER_Z:
            letters = letters * 27 + f - LETTER_A + 1 if 0 <= letters < _EIGHT else -1
        elif letters:
            row = row + 1 if letters in listed else 0
            letters = 0
            if not row:
                begun = NEVER
            elif needed and row >= needed:
                struck = suspect = at
                if begun == NEVER:
                    begun = at - _LISTED
        if kind & SPACE:
            settled = struck
        three, two, one = two, one, c
    if needed and letters in listed and row + 1 >= needed:
        suspect = at
    changed = max(changed, suspect)
    values = (
        at, struck, digit, hinted, suspect, changed, coded, node, word, solo, striking, uppers, told, code, flags,
        one, two, three, dotted, tag, bits, pairs, token, tail, shape, letters, row, waits, begun, worded, long,
        settled,
    )  # fmt: skip
    for place, value in enumerate(values):
        state[place] = value
