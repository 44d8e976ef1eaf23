r"""The looks a surrogate may have when a model writes it back, as regular expressions.

A model that copies `<EMAIL_ADDRESS_kt4qz7mw3bd>` changes its looks often enough to matter (exact matching
restores three of four): case, brackets, Markdown inside, escapes, separators, a shortened label. The id it
copies whole or not at all. So a surrogate is known by its whole id, and before the id must stand a label that agrees
with it, or around it a pair of brackets.

Two expressions are built from the same pieces. `head` matches what may stand before an id whose label is known.
`unfinished` matches the end of a text that may become a surrogate when more text comes, for streams: it is written as
nested beginnings, `(?:\Z|P(?:\Z|E…))`, because the standard library has no partial matching. All quantifiers are
bounded, so both are linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.transforms.surrogates import DIGIT, ID_LENGTH, LETTER

__all__ = ["ANYWHERE", "BRACKETS", "IN_FRONT", "MARK", "Bracket", "Head", "Unfinished", "head", "unfinished"]

MARK: Final = re.compile(r"[*_`~]{0,3}")
"""Markdown emphasis or code marks."""

_BACKSLASHES: Final = r"\\{0,2}"  # of Markdown: one in text, two in JSON source
_JSON_ESCAPE: Final = r"\\{1,2}u003"
_SEPARATOR: Final = r"[\s_\-\u2010-\u2015:*`~\\\u200b\u00ad]{1,6}"  # between label and id
_JOINT: Final = r"[\s_\-\u2010-\u2015*\\]{0,3}"  # between the words of a label
# A label without a bracket starts a word; in JSON source the end of `\n` or `\u2014` is no part of the word after it.
_WORD_STARTS: Final = r"(?:(?<![A-Za-z0-9\u00c0-\u024f])|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4}))"
# The same, asked behind the first letter: a scan for a letter is quicker than one for a place.
_STARTED_WORD: Final = r"(?:(?<![A-Za-z0-9\u00c0-\u024f].)|(?<=\\[nrtbf].)|(?<=\\u[0-9A-Fa-f]{4}.))"
_OPEN: Final = rf"(?:\{{\{{|\[\[|{_BACKSLASHES}[<\[{{＜]|&[lL][tT];|{_JSON_ESCAPE}[cC]|%3[cC])"
_OPEN_BEGINS: Final = r"(?:\\{1,2}(?:u(?:0(?:03?)?)?)?|&(?:[lL][tT]?)?|%3?)\Z"
_OPEN_LONGEST: Final = len(r"\\u003c") + 1  # with a blank
_MARK_LONGEST: Final = 3
_SEPARATOR_LONGEST: Final = 6
_JOINT_LONGEST: Final = 3
_ID_BEGINS: Final = rf"[{LETTER[1:-1]}{DIGIT[1:-1]}]{{0,{ID_LENGTH - 1}}}"
_CAN_BEGIN: Final = r"<\[{＜&\\%*_`~"
_ASCII: Final = 128
ANYWHERE: Final = 1
IN_FRONT: Final = 2


@dataclass(frozen=True, slots=True)
class Bracket:
    """How a pair of brackets closes behind an id; the closing one may stand behind marks and a blank.

    Attributes:
        close: matches marks (group 1) and the closing bracket (group 2).
        waits: matches when the text ends before it is known whether the bracket closes, or what follows it.
    """

    close: re.Pattern[str]
    waits: re.Pattern[str]


def _bracket(close: str, begins: str) -> Bracket:
    return Bracket(re.compile(rf"([*_`~]{{0,3}}) ?({close})"), re.compile(rf"[*_`~]{{0,3}} ?(?:{begins})?\Z"))


BRACKETS: Final = {
    "<": _bracket(rf"{_BACKSLASHES}>", _BACKSLASHES),
    "＜": _bracket(rf"{_BACKSLASHES}＞", _BACKSLASHES),
    "{": _bracket(rf"{_BACKSLASHES}\}}", _BACKSLASHES),
    "[": _bracket(rf"{_BACKSLASHES}\]", rf"{_BACKSLASHES}\]?"),  # what follows `]` tells whether it is a link
    "{{": _bracket(r"\}\}", r"\}"),
    "[[": _bracket(r"\]\]", r"\]"),
    "&lt;": _bracket(r"&[gG][tT];", r"&(?:[gG][tT]?)?"),
    "u003c": _bracket(rf"{_JSON_ESCAPE}[eE]", r"\\{1,2}(?:u(?:0(?:03?)?)?)?"),
    "%3c": _bracket(r"%3[eE]", r"%3?"),
}
"""By the opening bracket, in lower case and without backslashes. Parentheses are the text's own and stay."""


@dataclass(frozen=True, slots=True)
class Head:
    """What may stand before an id of one label.

    Attributes:
        pattern: to be searched up to the id; groups `open`, `mark`, `label` and `separator`, all of which may be None.
        longest: the most characters it matches.
    """

    pattern: re.Pattern[str]
    longest: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How, at the end of a text, a surrogate with one of some labels may begin.

    Attributes:
        begins: finds a character that it may begin with.
        patterns: one for each label; matches where it starts; groups `part` or `bare` hold what has come of the id.
        worded: the same, of the labels that may begin with a letter.
        longest: the most characters it matches.
        marks: of each ASCII character, what `begins` says of it: `ANYWHERE`, `IN_FRONT` of a word, or nothing.
        starts: the first three letters of all that may stand at the beginning of a word, in lower case.
    """

    begins: re.Pattern[str]
    patterns: tuple[re.Pattern[str], ...]
    worded: Mapping[str, tuple[re.Pattern[str], ...]]
    longest: int
    marks: bytes = bytes(_ASCII)
    starts: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)
def head(label: str) -> Head:
    """Return what may stand before an id of `label`."""
    pattern = (
        rf"(?:(?P<open>{_OPEN}) ?|{_WORD_STARTS})(?P<mark>{MARK.pattern})"
        rf"(?:(?P<label>{_whole(label)})(?P<separator>{_SEPARATOR}))?\Z"
    )
    return Head(re.compile(pattern), _longest(label))


@lru_cache(maxsize=256)
def unfinished(labels: tuple[str, ...]) -> Unfinished:
    """Return how a surrogate with one of `labels` (sorted, without duplicates) may begin at the end of a text."""
    initials: dict[str, tuple[re.Pattern[str], ...]] = {}
    for label in labels:
        for letter in {run[0][0] for run in _tails(label)}:
            for case in {letter, letter.lower()}:
                initials[case] = (*initials.get(case, ()), _unfinished(label))
    return Unfinished(
        _begins("".join(sorted(initials))),
        tuple(map(_unfinished, labels)),
        initials,
        max(map(_longest, labels)) + ID_LENGTH,
        bytes(ANYWHERE * (chr(c) in _CAN_BEGIN) | IN_FRONT * (chr(c) in initials) for c in range(_ASCII)),
        frozenset("".join(run)[:3].lower() for label in labels for run in _tails(label)),
    )


@lru_cache(maxsize=256)
def _begins(initials: str) -> re.Pattern[str]:
    return re.compile(rf"[{_CAN_BEGIN}]|[{initials}]{_STARTED_WORD}")


@lru_cache(maxsize=1024)
def _unfinished(label: str) -> re.Pattern[str]:
    """Return the expression of one label: to compile one for each set of labels would take milliseconds a request."""
    whole = _whole(label)
    begun = "|".join(_begun(run) for run in _tails(label))
    return re.compile(
        rf"{_OPEN_BEGINS}"
        rf"|(?:{_OPEN} ?|{_WORD_STARTS}){MARK.pattern}"
        # A label may read as a shorter one and the beginning of an id; the reading without an id goes first.
        rf"(?:{begun}|{whole}\Z|{whole}{_SEPARATOR}(?P<part>{_ID_BEGINS})\Z)"
        rf"|{_OPEN} ?{MARK.pattern}(?P<bare>{_ID_BEGINS})\Z"
    )


def _tails(label: str) -> list[list[str]]:
    """Return the words of `label` from each word on."""
    words = label.split("_")
    return [words[start:] for start in range(len(words))]


def _whole(label: str) -> str:
    """Return an expression for `label` and its shortened forms: without its last words, or without its first."""
    full, *shorter = _tails(label)
    runs = [full[:end] for end in range(len(full), 0, -1)] + shorter
    return "(?:" + "|".join(_JOINT.join("".join(map(_any_case, word)) for word in run) for run in runs) + ")"


def _begun(words: list[str]) -> str:
    """Return an expression for every proper beginning of `words` at the end of a text."""
    atoms = [
        ("" if place or not number else _JOINT, letter)
        for number, word in enumerate(words)
        for place, letter in enumerate(word)
    ]
    nested = atoms[-1][0] + r"\Z"
    for joint, letter in reversed(atoms[:-1]):
        nested = rf"{joint}(?:\Z|{_any_case(letter)}{nested})"
    return nested


def _any_case(letter: str) -> str:
    return f"[{letter}{letter.lower()}]" if letter.isalpha() else letter


def _longest(label: str) -> int:
    return _OPEN_LONGEST + _MARK_LONGEST + len(label) + label.count("_") * _JOINT_LONGEST + _SEPARATOR_LONGEST
