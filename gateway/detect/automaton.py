"""The literals of all signs as one automaton, and the kinds of characters, for `gateway.detect.lookout`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gateway.core.protocols import Cues
from gateway.detect.gates import fold
from gateway.detect.turned import STANDING

if TYPE_CHECKING:
    from gateway.detect import _lookout

__all__ = [
    "AT",
    "CHANGES",
    "CLOSES",
    "CODE",
    "DIGIT",
    "HEX",
    "HINTS",
    "INNER",
    "JOINS",
    "KINDS",
    "LOWER",
    "NUMBERS",
    "ODD",
    "OPENS",
    "SPACE",
    "STRIKES",
    "TELLS",
    "UPPER",
    "Automaton",
    "number",
]

_Tables: type[_lookout.Tables] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect._lookout import Tables as _Tables

TELLS, HINTS, CHANGES, STRIKES, NUMBERS = 1, 2, 4, 8, 16
"""What a literal does."""
SPACE, LOWER, UPPER, DIGIT, HEX, CODE, OPENS, CLOSES, INNER, JOINS, ODD, AT = (1 << bit for bit in range(12))
"""Kinds of ASCII characters."""
_DISGUISES: Final = (
    # What `gateway.detect.sieves` calls a disguise or the start of a key in pieces, as far as it is a literal.
    *("u+", '" + "', "\" + '", "' + \"", "' + '", "\u202e", "\u3002", "\uff61"),
    *(f"{first}{middle}k{last}" for first in "sprg" for middle in ("", "s") for last in "-_"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "akia", "asia", "aiza", "xoxa-", "xoxb-"),
    *("xoxp-", "xapp-", "hf_", "npm_", "pypi-", "sg.", "eyj", "ya29.", "dop_v1_", "shpat_", "xai-"),
    *STANDING,
)
_SHOWY: Final = re.compile(r"[_$&?{=/:(]")
"""Characters that make a literal one that ordinary prose does not have."""
_SHOWY_LENGTH: Final = 6


def _kinds() -> bytes:
    kinds = [0] * 128
    for bit, characters in (
        (SPACE, "\t\n\v\f\r\x1c\x1d\x1e\x1f "),
        (LOWER, "abcdefghijklmnopqrstuvwxyz"),
        (UPPER, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        (DIGIT, "0123456789"),
        (HEX, "0123456789abcdefABCDEF"),
        (CODE, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/_-"),
        (OPENS, ">*`\"'|~/_-,"),
        (CLOSES, "<*`\\\"'|~/_-,"),
        (INNER, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@."),
        (JOINS, " ,:;-"),
        (ODD, "%\\\x7f" + "".join(map(chr, (*range(9), *range(14, 32))))),
        (AT, "@"),
    ):
        for character in characters:
            kinds[ord(character)] |= bit
    return np.array(kinds, np.uint16).tobytes()


KINDS: Final = np.frombuffer(_kinds(), np.uint16)


class Automaton:
    """Finds literals in a text, character by character.

    Args:
        cues: what the signs are made of.
        always: whether every character is suspicious.

    Attributes:
        always: the same.
        follow: state and class of the next character to the next state.
        classes: ASCII characters to their classes; 0 is any character that no literal has.
        wide: the same of other characters.
        does: what the literals do that end in a state.
        rows, narrow, acts: `follow`, `classes` and `does` as lists, for Python.
        run: a word of so many characters is suspicious; 0: none is.
        alone: whether it is by itself, and not only together with a literal or if one of `runs` matches in it.
        listed: the words of which `row` one after the other are suspicious, as numbers: letters to the base 27.
        row: 0: none are.
        kinds: of ASCII characters.
        tables: the same, for what is compiled.
    """

    kinds: Final = KINDS

    def __init__(self, cues: Iterable[Cues], *, always: bool = False) -> None:
        given = tuple(cues)
        self.always = always
        self.run = min((one.run for one in given if one.run), default=0)
        self.alone = any(one.run and one.alone for one in given)
        self.runs = tuple(expression for one in given for expression in one.runs)
        self.row = max((one.row for one in given), default=0)
        self.listed = frozenset(map(number, frozenset[str]().union(*(one.listed for one in given))))
        literals: dict[str, int] = dict.fromkeys(_DISGUISES, TELLS)
        literals["www"] = literals["-----begin"] = TELLS | STRIKES
        literals["-----"] = STRIKES
        for one in given:
            for words, bits in (
                (one.telling, TELLS),
                (one.words, CHANGES),
                (one.numbered, NUMBERS),
                (one.hints, HINTS),
            ):
                for word in map(fold, words):
                    showy = bits == TELLS and not word.isalpha()
                    strikes = showy and (len(word) >= _SHOWY_LENGTH or _SHOWY.search(word) is not None)
                    literals[word] = literals.get(word, 0) | bits | (STRIKES if strikes else 0)
        letters = sorted(set("".join(literals)))
        numbers = {letter: number for number, letter in enumerate(letters, 1)}
        self.classes: NDArray[np.int32] = np.array([numbers.get(chr(code), 0) for code in range(128)], np.int32)
        self.wide = {letter: number for letter, number in numbers.items() if ord(letter) >= 128}  # noqa: PLR2004 - ASCII
        self.follow, self.does = _automaton(literals, numbers)
        self.classes.flags.writeable = self.follow.flags.writeable = False  # what is compiled goes by them unasked
        self.rows: list[memoryview[int]] = [row.data for row in self.follow]
        self.narrow: list[int] = self.classes.tolist()
        self.acts: list[int] = self.does.tolist()
        self.tables = None if _Tables is None else _Tables(self)


def number(word: str) -> int:
    """Return the letters of a word of a to z as one number: to the base 27."""
    value = 0
    for letter in word:
        value = value * 27 + ord(letter) - ord("a") + 1
    return value


def _automaton(literals: dict[str, int], numbers: dict[str, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    children: list[dict[int, int]] = [{}]
    does = [0]
    for literal, bits in literals.items():
        state = 0
        for letter in literal:
            number = numbers[letter]
            following = children[state].get(number)
            if following is None:
                following = children[state][number] = len(children)
                children.append({})
                does.append(0)
            state = following
        does[state] |= bits
    follow: NDArray[np.int32] = np.zeros((len(children), len(numbers) + 1), np.int32)
    for number, child in children[0].items():
        follow[0, number] = child
    waiting = deque((child, 0) for child in children[0].values())
    while waiting:
        state, shorter = waiting.popleft()
        does[state] |= does[shorter]
        follow[state] = follow[shorter]
        for number, child in children[state].items():
            waiting.append((child, int(follow[shorter, number])))
            follow[state, number] = child
    return follow, np.array(does, np.int32)
