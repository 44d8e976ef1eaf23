"""What one text holds, found once and shared by all recognisers: folded text, digits, literals.

A recogniser asks for the places where it could match: `spots`. Most get the answer "nowhere" from a look-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gateway.detect.gates import fold

__all__ = ["Profile", "Spot"]

Spot = tuple[int, int]
"""Start and end in code points."""

_DIGIT: Final = re.compile(r"\d")


class Profile:
    """One text, with what gates ask about it. Lives as long as the scan of that text."""

    __slots__ = ("_clusters", "_digits", "_folded", "_held", "_literal_spots", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._folded: str | None = None
        self._digits: list[int] | None = None
        self._held: dict[tuple[str, bool], bool] = {}
        self._clusters: dict[tuple[int, int], list[Spot]] = {}
        self._literal_spots: dict[tuple[str, bool], list[int]] = {}

    @property
    def folded(self) -> str:
        """The text in the one case in which literals are compared."""
        if self._folded is None:
            self._folded = fold(self.text)
        return self._folded

    def holds(self, literals: Iterable[str], *, case: bool) -> bool:
        """Tell whether the text holds one of `literals`, which are folded already unless `case`."""
        text = self.text if case else self.folded
        held = self._held
        for literal in literals:
            key = (literal, case)
            known = held.get(key)
            if known is None:
                known = held[key] = literal in text
            if known:
                return True
        return False

    def clusters(self, digits: int, width: int, reach: int) -> list[Spot]:
        """Return where a match of `width` with at least so many `digits` can lie, with `reach` behind it.

        Places in the order of the text, which neither overlap nor touch. A match lies wholly inside one of them.
        """
        key = (digits, width)
        spots = self._clusters.get(key)
        if spots is None:
            if self._digits is None:
                self._digits = [match.start() for match in _DIGIT.finditer(self.text)]
            places = self._digits
            first, last = (places, places[digits - 1 :])
            spots = _spread(((a, b) for a, b in zip(first, last, strict=False) if b - a < width), width)
            self._clusters[key] = spots
        return _extended(spots, reach)

    def around(self, literals: Iterable[str], width: int, reach: int, *, case: bool) -> list[Spot] | None:
        """Return where a match of `width` that holds one of `literals` can lie; None for "anywhere"."""
        text = self.text if case else self.folded
        if len(text) != len(self.text):
            return None
        places: list[int] = []
        longest = 0
        for literal in literals:
            found = self._literal_spots.get((literal, case))
            if found is None:
                found = self._literal_spots[(literal, case)] = list(_occurrences(text, literal))
            places += found
            longest = max(longest, len(literal))
        places.sort()
        return _extended(_spread(((place, place) for place in places), width + longest), reach)


def _occurrences(text: str, literal: str) -> Iterable[int]:
    place = text.find(literal)
    while place >= 0:
        yield place
        place = text.find(literal, place + 1)


def _spread(pairs: Iterable[tuple[int, int]], width: int) -> list[Spot]:
    """Return the union of `[last - width, first + width)` over pairs in order."""
    spots: list[Spot] = []
    start = end = -1
    for first, last in pairs:
        low, high = max(last - width, 0), first + width
        if low <= end:
            end = max(high, end)
            continue
        if end >= 0:
            spots.append((start, end))
        start, end = low, high
    if end >= 0:
        spots.append((start, end))
    return spots


def _extended(spots: list[Spot], reach: int) -> list[Spot]:
    if not spots:
        return spots
    extended: list[Spot] = []
    for start, end in spots:
        if extended and start <= extended[-1][1]:
            extended[-1] = (extended[-1][0], end + reach)
        else:
            extended.append((start, end + reach))
    return extended
