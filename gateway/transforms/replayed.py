"""What was replaced in messages that came before, done again without looking for it.

Decisions kept here:

* What is remembered of a replacement is where it stood, what kind of value it was, and what stood in its place: a
  surrogate or a redaction, which say nothing of the value. Values are read from the request itself each time.
* A value that is new in this request may stand in what came before, where nobody took it for one then. That cannot be
  told without reading; `Replayed.admit` tells, from the source alone, that it does not, or raises `Unsettled`, and the
  whole request is read as if nothing were known of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Final

__all__ = ["HEXADECIMAL", "Replayed", "Unsettled", "first_word", "telling"]

_SHORTEST: Final = 5
_LONGEST: Final = 256
_NONE: Final = (0, 0)
_RUNS: Final = re.compile(r"[^\W_]+")
_WORDS: Final = re.compile(r"\w+")
_APART: Final = bytes(byte if byte >= 128 or re.match(r"\w", chr(byte)) else 32 for byte in range(256))  # noqa: PLR2004
"""Puts a space in place of each character of ASCII that is in no word, in UTF-8."""

_MOST: Final = 64
"""New values that are looked for; and places looked at for one. Beyond, reading everything costs less."""
_LEVELS: Final = 6
"""JSON in strings in JSON in strings: how often a text may be escaped, and once more."""
_ESCAPED: Final = re.compile(r"\\+u([0-9a-fA-F]{4})")
_HEXADECIMAL: Final = re.compile(r"u[0-9a-fA-F]{4}")
HEXADECIMAL: Final = "\\u"
"""What begins a character that is written in hexadecimal."""
_SPECIAL: Final = re.compile(r'[\x00-\x1f"\\]')


class Unsettled(Exception):
    """What is known of earlier messages does not hold for this request, or cannot be told to."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Earlier messages of a request, rewritten.

    Attributes:
        source: as they came.
        rewritten: as they go out.
        values: what was found in them and must not go out, with its entity type, in order, to the word in it by which
            it is looked for (`telling`).
        tally: entity type to operator to how often it was used.
        escaped: whether the source may hold characters in hexadecimal.
        settled: values found before these messages, and behind them in what was read again, with their entity types:
            known whenever one of them was rewritten, with the same duties, so that they are replaced in them already.
    """

    source: str = field(repr=False)
    rewritten: str = field(repr=False)
    values: Mapping[tuple[str, str], str] = field(repr=False)
    tally: Mapping[str, Mapping[str, int]]
    escaped: bool = True
    settled: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)

    def repeated(self, texts: Iterable[str]) -> dict[tuple[str, str], None]:
        """Return those of the values that may stand in `texts`, of those that are looked for: their words do."""
        words = _words_of("\n".join(texts)) if self.values else ()
        return {value: None for value, word in self.values.items() if word in words}

    def admit(self, values: Iterable[tuple[str, str]]) -> None:
        """Look whether what was found elsewhere in the request leaves these messages as they are.

        Raises:
            Unsettled: if it may not.
        """
        types: dict[str, str] = {}
        for value, kind in self.values:
            types.setdefault(value, kind)
        spelled: str | None = None
        new = 0
        for value, kind in values:
            if value in types:
                if types[value] != kind:
                    raise Unsettled
                continue
            if (value, kind) in self.settled or first_word(value) == _NONE:
                continue
            new += 1
            if new > _MOST:
                raise Unsettled
            if spelled is None:
                spelled = _spelled(self.source) if self.escaped else self.source
            self._look_for(value, spelled)

    def _look_for(self, value: str, spelled: str) -> None:
        special = _SPECIAL.search(value) is not None
        if spelled != self.source:
            # A text may hold `\\u0041` as it is: then letters were made that are none of it, and none were left of it.
            if special or value in spelled or _HEXADECIMAL.search(value) is not None:
                raise Unsettled
            spelled = self.source
        if "/" in value and "\\/" in self.source:
            raise Unsettled
        for _ in range(_LEVELS if special else 1):
            if _may_stand(value, spelled):
                raise Unsettled
            value = encode_basestring(value)[1:-1]


def first_word(value: str) -> tuple[int, int]:
    """Return where the first word of `value` begins and ends, if it is looked for in all texts; else (0, 0).

    Short ones are not: they are too often something else.
    """
    found = _WORDS.search(value) if _SHORTEST <= len(value) <= _LONGEST else None
    return found.span() if found is not None else _NONE


def telling(value: str) -> tuple[int, int]:
    """Return where the longest word of `value` begins and ends, if it is looked for in all texts; else (0, 0).

    Where a repeat of the value stands in a text, this is a whole word: a value is found at its first word, and where
    it ends in a letter or digit no other follows.
    """
    first = first_word(value)
    return max((run.span() for run in _RUNS.finditer(value)), key=_length, default=first) if first != _NONE else _NONE


def _words_of(text: str) -> set[str]:
    """Return at least all words of `text`, and what stands in them between underscores.

    Mostly at the speed of a copy, which is a tenth of what looking for words in all of it costs.
    """
    words = {*text.encode(errors="surrogatepass").translate(_APART).decode(errors="surrogatepass").split()}
    if not text.isascii():
        words.update(_WORDS.findall(" ".join([word for word in words if not word.isascii()])))
    words.update(*[word.split("_") for word in words if "_" in word])
    words.discard("")
    return words


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def _may_stand(value: str, source: str) -> bool:
    """Whether `source` may hold `value` as words of its own: what is before it may be an escape's letter."""
    start = source.find(value)
    for _ in range(_MOST):
        if start < 0:
            return False
        before = source[max(start - 2, 0) : start]
        inside = before[-1:].isalnum() or before[-1:] == "_"
        end = start + len(value)
        if not (inside and value[0].isalnum() and not (before[0] == "\\" and before[1] in "bfnrt")) and not (
            value[-1].isalnum() and source[end : end + 1].isalnum()
        ):
            return True
        start = source.find(value, start + 1)
    return True


def _spelled(source: str) -> str:
    """Return `source` with what is written in hexadecimal as the characters themselves, however deep it is escaped."""
    if HEXADECIMAL not in source:
        return source
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), source)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
