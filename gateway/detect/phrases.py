"""Finds matches of an expression that always begins with one of some words, where they stand and nowhere else.

To try an expression of fifty phrases at every place of a text costs more than to read the text with both models. So its
words are looked for first, all at once where the scanner is compiled; most texts hold no phrase's longest word. Of the
others, only those places are tried where a phrase's first word stands of which the text holds all words. What is found
is what `finditer` finds (tested).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
        self._literals: _literals.Literals | None = None
        if _Literals is not None:
            self._literals = _Literals([(word, True) for word in self._longest])

    def matches(self, text: str, end: int | None = None) -> Iterator[Match[str]]:
        """Yield the matches in the first `end` code points of `text` that don't overlap, from left to right."""
        folded = ""
        if self._literals is None:
            folded = fold(text)
            held = [word for word in self._longest if word in folded]
        else:
            held = [self._longest[number] for number in self._literals.held(text)]
        if not held:
            return
        folded = folded or fold(text)
        first = {
            words[0] for longest in held for words in self._by_longest[longest] if all(word in folded for word in words)
        }
        end = len(text) if end is None else end
        behind = 0
        for place in sorted({place for word in first for place in _places(word, folded, end)}):
            if place >= behind and (match := self._expression.match(text, place, end)):
                yield match
                behind = match.end()


def _places(word: str, folded: str, end: int) -> Iterator[int]:
    place = folded.find(word, 0, end)
    while place >= 0:
        yield place
        place = folded.find(word, place + 1, end)
