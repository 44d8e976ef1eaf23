"""Places in a text, in order and without overlap: what is in two such rows, and what lies around the places of one.

Where a recogniser could match is told by several things at once: digits, long runs, words. Each gives a row of places;
the match lies in what is common to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Spot", "common", "extended", "spread"]

Spot = tuple[int, int]
"""Start and end in code points."""


def common(one: Sequence[Spot], other: Sequence[Spot]) -> list[Spot]:
    """Return the places that are in both; both in order, without overlap."""
    spots: list[Spot] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            spots.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return spots


def extended(spots: Iterable[Spot], reach: int) -> list[Spot]:
    """Return the places with `reach` characters behind each, joined where they meet."""
    longer: list[Spot] = []
    for start, end in spots:
        if longer and start <= longer[-1][1]:
            longer[-1] = (longer[-1][0], end + reach)
        else:
            longer.append((start, end + reach))
    return longer


def spread(pairs: Iterable[tuple[int, int]], width: int, size: int) -> list[Spot]:
    """Return the union of `[last - width, first + width)` over pairs (first, last) in order, within the text."""
    spots: list[Spot] = []
    start = end = -1
    for first, last in pairs:
        low, high = max(last - width, 0), min(first + width, size)
        if low <= end:
            end = max(high, end)
            continue
        if end >= 0:
            spots.append((start, end))
        start, end = low, high
    if end >= 0:
        spots.append((start, end))
    return spots
