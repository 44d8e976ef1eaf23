"""Reads a text that arrives in pieces, each character once, and remembers where anything began to look suspicious.

A stream must be shown at once, and to look for signs (`gateway.detect.sieves`) in each piece with what stands before it
reads every character many times. A lookout keeps its place instead: in an automaton of all literals at once (Aho and
Corasick, Efficient String Matching, 1975), and in the few counts that tell of long runs, of disguises and of rows of
listed words.

Decisions kept here:

* It may suspect too much and never too little: where it suspects nothing in a text, the text has no sign. Whoever asks
  reads the suspicious part properly.
* `struck` is about words that look like a key by themselves, and about disguises; `hinted` about words such as
  "password" behind which any word may be a secret; a stretch with neither need not be looked at, whatever literals
  stand in it.
* `scan_in_python` is the reference; what is compiled does the same, many times as fast.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

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
from gateway.detect.decoding import CODES
from gateway.detect.folding import fold_edits, is_folded
from gateway.detect.gates import fold
from gateway.detect.views import plain, rewritten

__all__ = ["NEVER", "Lookout", "PlainPlaces", "scan_in_python"]

Scan = Callable[[str, str, "array[int]", Automaton], None]
NEVER: Final = -1_000_000
_RUN_OF_CODE: Final = CODES[-1]
_AMID_WORD: Final = re.compile(r"[A-Za-z]\S{0,40}\Z")
_TAIL: Final = 40
"""Characters of what was read before that are seen with others than ASCII's: digits in Chinese stand in a row."""
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
_FRESH: Final = array("q", (0, *(NEVER,) * 6, *(0,) * 5, -1, 0, 0, -1, -1, -1, *(0,) * 6, 1, 0, 0, *(NEVER,) * 5))


class PlainPlaces(ABC):
    """What a lookout has read; places are ends in it, `NEVER` at first.

    Args:
        state: of a lookout.
        automaton: the literals.
        quick: for what is compiled.
    """

    __slots__ = ("_held", "_tail")

    def __init__(self, state: array[int], automaton: Automaton, quick: bool) -> None:  # noqa: ARG002, FBT001
        self._held = state
        self._tail = ""

    @property
    def at(self) -> int:
        """How many characters were read."""
        return self._held[0]

    @property
    def struck(self) -> int:
        """Where a word that looks like a key was read last; this and the others are ends, `NEVER` at first."""
        return self._held[1]

    @property
    def digit(self) -> int:
        """Where a digit was."""
        return self._held[2]

    @property
    def hinted(self) -> int:
        """Where a word was behind which a secret may be told."""
        return self._held[3]

    @property
    def suspect(self) -> int:
        """Where anything was that may be a sign: by itself, or a digit with a word that is one beside it."""
        return max(self._held[4], min(self._held[27], self._held[2]))

    @property
    def changed(self) -> int:
        """Where anything was that may be a sign, or may make one of what was none by itself."""
        return self._held[5]

    @property
    def coded(self) -> int:
        """Where a run was that may be code for a text, or a sign by itself; `is_code` tells."""
        return self._held[6]

    @property
    def numbered(self) -> int:
        """Where a word was that tells of a secret together with a digit."""
        return self._held[27]

    @property
    def row(self) -> int:
        """Where a row of listed words became suspicious, if it has not ended."""
        return self._held[28]

    def is_calm(self, suspect: int, hinted: int, shown: int, keys_only: bool) -> bool:  # noqa: FBT001
        """Return whether what came behind `shown` needs no look (`gateway.transforms.looking.Lookout` says when)."""
        return (
            self.hinted <= hinted
            and self.row < 0
            and (self.suspect <= suspect or self.is_plain(suspect, hinted, shown, self.at, keys_only))
        )

    def is_plain(self, suspect: int, hinted: int, shown: int, until: int, keys_only: bool) -> bool:  # noqa: FBT001
        """Return whether only ordinary words came from `shown` to `until`, and up to `hinted` was the last hint."""
        # What the last word alone tells says nothing of what stands before it.
        struck = self._held[31] if until <= self.at - self._held[8] else self.struck
        return (
            struck <= shown
            and self.hinted <= hinted
            and (self.digit <= shown or (keys_only and self.numbered <= suspect))
        )

    def is_code(self, text: str) -> bool:
        """Return whether `text`, of whole words, holds code for a text, or a run that is a sign by itself."""
        return self._is_code(text)

    def read(self, text: str) -> None:
        """Read the next piece."""
        self._read(text)

    def read_calmly(self, text: str, suspect: int, hinted: int, shown: int, keys_only: bool) -> int:  # noqa: FBT001
        """Read the next piece; return whether `is_calm` then, and 2 where `is_code` is to be asked, too."""
        self._read(text)
        return 1 + (self.coded > shown) if self.is_calm(suspect, hinted, shown, keys_only) else 0

    @abstractmethod
    def _read(self, text: str) -> None:
        """Read on."""

    @abstractmethod
    def _is_code(self, text: str) -> bool:
        """Return what `is_code` does, where that is not plain."""


if TYPE_CHECKING:
    _Places = PlainPlaces
else:
    try:
        from gateway.detect._lookout import Places as _Places
    except ImportError:  # no C compiler at installation
        _Places = PlainPlaces


class Lookout(_Places):
    """Reads one text.

    Args:
        automaton: the literals.
        scan: for tests, which compare both.
    """

    __slots__ = ("_automaton", "_scan", "_state")

    def __init__(self, automaton: Automaton, scan: Scan | None = None) -> None:
        self._automaton = automaton
        self._scan = scan or _scan
        self._state = _FRESH[:]
        super().__init__(self._state, automaton, scan is None and not automaton.always)

    def __repr__(self) -> str:
        return f"Lookout(at {self.at})"

    def _read(self, text: str) -> None:
        state, automaton = self._state, self._automaton
        folded = text.lower() if text.isascii() else fold(text)
        self._scan(text, folded, state, automaton)
        if automaton.always:
            self.suspect_all()
        elif not text.isascii() and (not is_folded(self._tail + text) or "\u0130" in text):
            state[1] = state[4] = state[5] = state[31] = state[0]
            if self._may_hint(self._tail + text):
                state[3] = state[27] = state[0]
        self._tail = (self._tail + text)[-_TAIL:]

    def _may_hint(self, text: str) -> bool:
        """Return whether `text` has a hint in disguise, or ends amid a word that may become one."""
        edits = tuple(fold_edits(text))
        if not edits:
            return False
        read = rewritten(plain(text), edits).text
        state = _FRESH[:]
        self._scan(read, fold(read), state, self._automaton)
        ends = text[edits[-1].start :]
        return max(state[3], state[27]) > NEVER or (
            not any(map(str.isspace, ends)) and _AMID_WORD.search(read) is not None
        )

    def suspect_all(self) -> None:
        """Take what was read last for suspicious."""
        self._state[4] = self._state[5] = self._state[0]

    def _is_code(self, text: str) -> bool:
        return next(_RUN_OF_CODE.edits(text, set()), None) is not None or (
            len(text) >= self._automaton.run  # each of them wants a word so long
            and any(expression.search(text) for expression in self._automaton.runs)
        )


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


_scan: Scan = scan_in_python
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _lookout

    _scan = _lookout.scan
