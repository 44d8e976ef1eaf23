"""Finds matches of an expression that always begins with one of some words, where they stand and nowhere else.

To try an expression of fifty phrases at every place of a text costs more than to read the text with both models. So its
words are looked for first, all at once where the scanner is compiled; most texts hold no phrase's longest word. Of the
others, only those places are tried where a phrase's first word stands of which the text holds all words. What is found
is what `finditer` finds (tested).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from re import Match, Pattern

from gateway.detect.gates import fold

__all__ = ["Phrases"]

_Literals: type[_literals.Literals] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _literals

    _Literals = _literals.Literals


class Phrases:
    """An expression of phrases.

    Args:
        expression: takes no case into account.
        phrases: folded words that a match holds, the first at its beginning; every match holds those of one phrase.
    """

    def __init__(self, expression: Pattern[str], phrases: Iterable[tuple[str, ...]]) -> None:
        self._expression = expression
        self._by_longest: dict[str, list[tuple[str, ...]]] = {}
        for words in phrases:
            self._by_longest.setdefault(max(words, key=len), []).append(words)
        self._longest = tuple(self._by_longest)
        self._literals = None if _Literals is None else _Literals([(word, True) for word in self._longest])

    def matches(self, text: str, end: int | None = None) -> Iterable[Match[str]]:
        """Return the matches in the first `end` code points of `text` that don't overlap, from left to right."""
        numbers = self._literals.held(text) if self._literals is not None else range(len(self._longest))
        if not numbers:
            return ()
        folded = fold(text)
        phrases = [words for number in numbers for words in self._by_longest[self._longest[number]]]
        first = {words[0] for words in phrases if all(word in folded for word in words)}
        return self._matches(text, len(text) if end is None else end, {word: _places(word, folded) for word in first})

    def _matches(self, text: str, end: int, starts: Mapping[str, list[int]]) -> Iterator[Match[str]]:
        behind = 0
        for place in sorted({place for word, places in starts.items() for place in places if place + len(word) <= end}):
            if place >= behind and (match := self._expression.match(text, place, end)):
                yield match
                behind = match.end()


def _places(word: str, folded: str) -> list[int]:
    places = []
    place = folded.find(word)
    while place >= 0:
        places.append(place)
        place = folded.find(word, place + 1)
    return places
