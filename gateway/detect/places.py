"""Finds matches of many expressions where the words stand that they begin with, and nowhere else.

An expression of thirty words takes as long to look for the next place where one of them may begin as all models take
for that stretch of text, and nearly every text holds some of the words ("key", "pass"). Where all words of all
expressions stand is told by one pass of an automaton instead (`_places.pyx`), and each expression is tried there alone.

Decisions kept here:

* The words are derived from the expression (`gateway.detect.needs`): written ones could be wrong and hide a
  secret. An expression whose matches begin with no known words is refused when it is made.
* What is found is what `finditer` finds in the text in lower case (tested): the places are taken from left to right,
  those within the last match are passed over, and the alternatives of an expression are tried in its own order.
* A `Reading` without a reader is the fallback: `finditer` itself, if the text holds any of what a match must hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from re import IGNORECASE, Match, Pattern
from typing import Any, Final

from gateway.detect.gates import fold
from gateway.detect.needs import gate_of, opening_literals

__all__ = ["Begun", "Reader", "Reading", "Scores", "Sought", "in_word", "lower"]

_FEW: Final = 40
"""To look for so many literals one by one takes no longer than to search for the expression."""

_Places: type[_places.Places[Any]] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _places

    _Places = _places.Places


Scores = dict[tuple[str, str], float | None]
"""How likely values are secrets, by value and the kind of name that was asked for."""


class Begun:
    """An expression whose matches begin with one of some words.

    Args:
        expression: for texts in lower case.

    Attributes:
        words: what a match begins with; none of them is the beginning of another one.

    Raises:
        ValueError: if a match may begin with anything.
    """

    __slots__ = ("_needed", "expression", "words")

    def __init__(self, expression: Pattern[str]) -> None:
        self.expression = expression
        self.words = tuple(sorted(opening_literals(expression.pattern, expression.flags)))
        if not self.words:
            raise ValueError("an expression without words at its beginning")
        needed = sorted(literal.text for literal in gate_of(expression.pattern, expression.flags).literals)
        self._needed = tuple(needed) if len(needed) <= _FEW else ()

    def search_all(self, text: str) -> Iterator[Match[str]]:
        """Return the matches in `text`, found without knowing where words stand."""
        due = not self._needed or any(literal in text for literal in self._needed)
        return self.expression.finditer(text) if due else iter(())


class Reading:
    """A text, and where words stand in it.

    Args:
        text: the text.
        folded: `lower(text)`, if that is known.
        places: where the words of expressions stand, in order; None: unknown.
        scores: of values in texts read before, to which those of this one are added; None: of none.

    Attributes:
        text: the text.
        folded: the same in lower case.
        held: the expressions of which there may be a match; None: of any.
        scores: what was said of values: in the views of one text the same are asked for in each.
    """

    __slots__ = ("_places", "folded", "held", "scores", "text")

    def __init__(
        self,
        text: str,
        folded: str | None = None,
        places: Mapping[Begun, list[int]] | None = None,
        scores: Scores | None = None,
    ) -> None:
        self.text = text
        self.scores = {} if scores is None else scores
        self.folded = lower(text) if folded is None else folded
        self._places = places
        self.held = None if places is None else places.keys()

    def __repr__(self) -> str:
        return f"Reading(of {len(self.text)})"

    def holds(self, begun: Begun) -> bool:
        """Return whether there is a match, or may be one."""
        if self._places is None:
            return next(begun.search_all(self.folded), None) is not None
        return begun in self._places

    def may_hold(self, expressions: Collection[Begun]) -> bool:
        """Return whether there may be a match of any of `expressions`."""
        return self.held is None or not self.held.isdisjoint(expressions)

    def matches(self, begun: Begun, *, cased: bool = False) -> Iterator[Match[str]]:
        """Return the matches that don't overlap, from left to right.

        Args:
            begun: the expression.
            cased: look in the text as it is, not in lower case: for words of scripts without case.
        """
        text = self.text if cased else self.folded
        if self._places is None:
            return begun.search_all(text)
        places = self._places.get(begun)
        return _matches(begun.expression, text, places) if places else iter(())


class Reader:
    """Reads texts for the words of expressions.

    Args:
        expressions: those that will be looked for.
    """

    def __init__(self, expressions: Iterable[Begun]) -> None:
        self._places = None if _Places is None else _Places({begun: begun.words for begun in expressions})

    def read(self, text: str, scores: Scores | None = None) -> Reading:
        """Return where the words stand in `text`; `scores` are those of the texts read with it."""
        folded = lower(text)
        return Reading(text, folded, None if self._places is None else self._places.find(folded), scores)


class Sought:
    """An expression that takes no case into account, of which a text may hold a match.

    Args:
        expression: its matches begin with one of some words.

    Raises:
        ValueError: if a match may begin with anything.
    """

    def __init__(self, expression: Pattern[str]) -> None:
        self._expression = expression
        words = {fold(word) for word in opening_literals(expression.pattern, expression.flags & ~IGNORECASE)}
        if not words:
            raise ValueError("an expression without words at its beginning")
        self._places = None if _Places is None else _Places({self: tuple(sorted(words))})

    def is_in(self, text: str) -> bool:
        """Return whether there is a match in `text`."""
        if self._places is None:
            return self._expression.search(text) is not None
        found = self._places.find(fold(text))
        match_at = self._expression.match
        return bool(found) and any(match_at(text, place) for places in found.values() for place in places)


def lower(text: str) -> str:
    """Return `text` in lower case with every character in its place, so that offsets hold."""
    folded = text.lower()
    if len(folded) == len(text):
        return folded
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)


def in_word(text: str, at: int) -> bool:
    """Tell whether what stands at a place goes on a word that began before it."""
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_")


def _matches(expression: Pattern[str], text: str, places: Iterable[int]) -> Iterator[Match[str]]:
    behind = 0
    match_at = expression.match
    for place in places:
        if place >= behind and (match := match_at(text, place)):
            yield match
            behind = match.end()
