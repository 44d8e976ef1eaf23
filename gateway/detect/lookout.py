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
* `lookout_scan` is the reference; what is compiled does the same, many times as fast.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gateway.detect.automaton import Automaton
from gateway.detect.borders import has_borders
from gateway.detect.decoding import CODES
from gateway.detect.folding import fold_edits, is_folded
from gateway.detect.gates import fold
from gateway.detect.lookout_scan import NEVER, Scan, scan_in_python
from gateway.detect.views import plain, rewritten

__all__ = ["Lookout", "PlainPlaces"]

_RUN_OF_CODE: Final = CODES[-1]
_AMID_WORD: Final = re.compile(r"[A-Za-z]\S{0,40}\Z")
_TAIL: Final = 40
"""Characters of what was read before that are seen with others than ASCII's: digits in Chinese stand in a row."""
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
        elif not (text.isascii() and self._tail[-1:].isascii()) and (  # a letter in disguise may go on in ASCII
            not is_folded(self._tail + text) or "\u0130" in text or has_borders(self._tail + text)
        ):
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


_scan: Scan = scan_in_python
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _lookout

    _scan = _lookout.scan
