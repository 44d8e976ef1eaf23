"""Tells quickly that a piece of a text holds no sign of anything that some rules would find.

For texts that arrive in pieces and must be shown at once: to scan each piece with what stands before it costs a hundred
times what it costs to look for signs. A sign is a literal that a rule's match holds, a run as long as its match has,
or a disguise that may hide either. Where there is none in any stretch of a text, no rule matches in the text; where
there is one, the text has to be scanned. A rule that has no such sign makes everything suspicious.

What numbers in unusual spellings read as (`gateway.detect.numerals`) are digits, so a literal with a letter in it
stands in the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gateway.core.model import Segment
from gateway.core.protocols import Cues, Recognizer, SievedRecognizer
from gateway.detect.automaton import Automaton
from gateway.detect.borders import has_borders
from gateway.detect.decoding import CODES
from gateway.detect.families import Family
from gateway.detect.folding import fold_edits, is_folded
from gateway.detect.gates import fold
from gateway.detect.hidden import find_all
from gateway.detect.literals import LiteralIndex, indexable
from gateway.detect.lookout import Lookout
from gateway.detect.oddities import TURNED, oddities
from gateway.detect.turned import may_be_turned
from gateway.detect.views import plain, rewritten

if TYPE_CHECKING:
    from gateway.detect import _literals

__all__ = ["PatternSieve", "Sieves"]

_LEAST_RUN: Final = 24
"""Runs without white space that are so long are rare in prose, and so a sign by themselves."""
_MARKED: Final = tuple(
    (mark, re.compile(expression))
    for mark, expression in (
        # Code in characters of its own; strings in pieces; lines of base64.
        ("%", "%"),
        ("\\", r"\\"),
        ("&", "&[#A-Za-z]"),
        ("U+", r"U\+"),
        ("=", r"=(?:[0-9A-F]{2}|\r?\n)"),
        (" + ", r"[\"'] \+ [\"']"),
        ("\n", r"[A-Za-z0-9+/]{16}\r?\n"),
    )
)
"""Disguises that `gateway.detect.normalize.unfolded` takes off, or the beginning of each; each needs its mark.

Apart from one another and from `_UNMARKED`, because one expression for all would try each at every character.
"""
_UNMARKED: Final = tuple(
    re.compile(expression)  # where one begins with a single set, `re` skips at once what is not in it
    for expression in (
        "[\u202e\u3002\uff61]",
        # Characters or bytes as numbers.
        "[0-9A-Fa-f][0-9A-Fa-f][ ,:;-]{1,2}(?:(?:0x)?[0-9A-Fa-f]{2}[ ,:;-]{1,2}){3}",
        r"\d\d\d?[ ,;]{1,2}(?:\d{2,3}[ ,;]{1,2}){3}",
        "[01](?<![0-9A-Za-z].)[01]{7}",
        # Letters set apart by blanks or marks.
        r"(?<!\S)\S\s{1,3}\S\s{1,3}\S\s{1,3}\S(?!\S)",
        r"(?:[>\"'|~/_*,-]|``) ?[A-Za-z0-9@.](?:[<\"'|~/_*,-]|``)",
    )
)
_RUN_OF_CODE: Final = CODES[-1]
_STARTS: Final = (
    re.compile(
        r"[-_.](?:(?<=[sprg]k[-_])|(?<=[sprg]sk[-_])|(?<=gh[pousr]_)|(?<=github_pat_)|(?<=glpat-)|(?<=xox[abp]-)|"
        r"(?<=xapp-)|(?<=hf_)|(?<=npm_)|(?<=pypi-)|(?<=SG\.)|(?<=ya29\.)|(?<=dop_v1_)|(?<=shpat_)|(?<=xai-))"
    ),
    re.compile("A(?:[KS]IA|Iza)"),
    re.compile("eyJ"),
)
"""What a key in pieces begins with; told by the mark that it ends with, which few words have."""
_WITHOUT_MARKS: Final = (*_UNMARKED, *_STARTS)
_MAY_HOLD_BLANKS: Final = re.compile(r"\s|\\[sWD]|\[\^|(?<!\\)\.")
"""In an expression: what may match white space."""
_TELLING: Final = 1
_LONG: Final = 2
_WORD: Final = 4
_BITS: Final = 8

_Literals: type[_literals.Literals] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect._literals import Literals as _Literals


class PatternSieve:
    """The signs of some expressions.

    Args:
        families: the expressions and the rules that use them.
        compiled: False looks for literals in Python; for tests, which compare both.
    """

    def __init__(self, families: Sequence[Family], *, compiled: bool = True) -> None:
        self._compiled = compiled
        telling: set[str] = set()
        words: set[str] = set()
        self._run = 0
        self._always = 0
        self._run_tells = False
        self._in_runs: list[re.Pattern[str]] = []
        for family in families:
            triggers = frozenset(fold(literal.text) for literal in family.triggers())
            solid = family.need.solid if family.need is not None else 0
            if solid >= _LEAST_RUN and not all(map(_is_telling, triggers or ("",))):
                self._run = min(self._run or solid, solid)
                words |= triggers
                if not triggers and not _MAY_HOLD_BLANKS.search(family.pattern.regex):
                    self._in_runs.append(family.pattern.plain)
                else:
                    self._run_tells |= not triggers or any(probe.counts_alone for probe in family.probes)
            elif triggers and not any(trigger.isdecimal() for trigger in triggers):
                telling |= triggers
            else:
                self._always = _TELLING
        words -= telling
        self._telling = frozenset(telling)
        self._words = frozenset(words)
        self._marked = all(family.need is not None and family.need.digits > 0 for family in families)

    def signs(self, text: str) -> int:
        """Return the kinds of signs in `text`: telling ones, long runs, and words that tell of a run."""
        if self._always:
            return _TELLING
        signs = 0
        for literal in self._held(text):
            if literal in self._telling:
                return _TELLING
            signs = _WORD
        if self._run and max(map(len, text.split()), default=0) >= self._run:
            tells = self._run_tells or any(expression.search(text) for expression in self._in_runs)
            signs |= _TELLING if tells else _LONG
        return signs

    @cached_property
    def _held(self) -> Callable[[str], Iterable[str]]:
        """What returns the literals that a text holds."""
        literals = sorted(self._telling | self._words)
        if self._compiled and _Literals is not None:
            held = _Literals([(literal, True) for literal in literals]).held
            return lambda text: [literals[number] for number in held(text)]
        index = LiteralIndex(filter(indexable, literals))
        short = [literal for literal in literals if not indexable(literal)]

        def held_in(text: str) -> Iterable[str]:
            folded = fold(text)
            yield from (literal for literal in short if literal in folded)
            yield from index.occurrences(folded)

        return held_in

    def cues(self) -> Cues | None:
        """Return what the signs are made of; None: everything is a sign."""
        if self._always:
            return None
        return Cues(
            self._telling,
            self._words,
            run=self._run,
            alone=self._run_tells,
            runs=tuple(self._in_runs),
            marked=self._marked,
        )

    @staticmethod
    def may_find(signs: int) -> bool:
        """Return whether anything may be found in a text with such signs."""
        return bool(signs & _TELLING) or signs & (_LONG | _WORD) == _LONG | _WORD


class Sieves:
    """The signs of what some recognizers find of some types.

    Args:
        recognizers: the recognizers.
        types: what is looked for; None: whatever there is.

    Attributes:
        recognizers: those that find any of it.
        automaton: of all signs, for lookouts.
        marked: whether all of it has a digit or a mark in it, or stands behind a word that tells of a secret.
    """

    def __init__(self, recognizers: Sequence[Recognizer], types: frozenset[str] | None) -> None:
        self.recognizers = tuple(one for one in recognizers if types is None or not types.isdisjoint(one.entity_types))
        self._sieved: list[SievedRecognizer] = []
        self._others: list[Recognizer] = []
        for one in self.recognizers:
            if types is not None and isinstance(one, SievedRecognizer):
                self._sieved.append(one.only(types))
            else:
                self._others.append(one)

        cues = [one.cues() for one in self._sieved]
        told = [its for its in cues if its is not None]
        self.automaton = Automaton(told, always=bool(self._others) or len(told) < len(cues))
        self.marked = not self.automaton.always and all(its.marked for its in told)

    def lookout(self) -> Lookout:
        """Return what reads a text in pieces: what it does not suspect has no signs."""
        return Lookout(self.automaton)

    def signs(self, text: str) -> int:
        """Return the kinds of signs in `text`: of a disguise, then eight bits for each recognizer."""
        lookout = self.lookout()
        lookout.read(text)
        return 0 if max(lookout.changed, lookout.coded, lookout.digit) < 0 else self.signs_unasked(text)

    def signs_unasked(self, text: str) -> int:
        """Return what `signs` does, without asking a lookout whether there are any."""
        if _is_disguised(text):
            return 1
        signs = self._signs(text)
        if not is_folded(text):
            folded = rewritten(plain(text), fold_edits(text)).text
            signs |= 1 if _is_disguised(folded) else self._signs(folded)
        return signs

    def may_find(self, signs: int) -> bool:
        """Return whether anything may be found in a text with such signs; if not, nothing is."""
        return bool(self._others) or any(one.may_find(its) for one, its in self._each(signs)) or self._disguised(signs)

    def finds(self, text: str, signs: int) -> bool:
        """Return whether anything is found in `text`, whose signs are given; raises whatever a recognizer raises."""
        segments = (Segment("", text),)
        if self._disguised(signs) or not is_folded(text):
            return bool(find_all((*self._sieved, *self._others), segments))
        due = [one for one, its in self._each(signs) if one.may_find(its)]
        return any(one.analyze(segments) for one in due) or bool(self._others and find_all(self._others, segments))

    def _signs(self, text: str) -> int:
        signs = 0
        for one in self._sieved:
            signs = signs << _BITS | one.signs(text)
        return signs << 1

    def _disguised(self, signs: int) -> bool:
        return bool(self._sieved) and signs & 1 == 1

    def _each(self, signs: int) -> Iterator[tuple[SievedRecognizer, int]]:
        signs >>= 1
        for one in reversed(self._sieved):
            yield one, signs & ((1 << _BITS) - 1)
            signs >>= _BITS


def _is_disguised(text: str) -> bool:
    if any(mark in text and one.search(text) is not None for mark, one in _MARKED):
        return True
    if any(one.search(text) is not None for one in _WITHOUT_MARKS) or has_borders(text):
        return True
    # Each of three dozen words is looked for only where a pass over the text has seen one.
    if oddities(text) & TURNED and may_be_turned(text):
        return True
    return next(_RUN_OF_CODE.edits(text, set()), None) is not None


def _is_telling(literal: str) -> bool:
    """Return whether a literal is none that ordinary words hold."""
    return indexable(literal) and not literal.isalpha()
