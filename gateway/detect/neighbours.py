"""The leaves around one, as `seams` puts them together: which follow, which may be pieces, how each begins.

A leaf is in as many rows as it has neighbours that show something, so each question is asked of it once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import Final, Protocol

from gateway.core.model import Segment
from gateway.detect.beginnings import EDGE, FEW, TEXTS, field_of, is_piece
from gateway.detect.prefixes import START

__all__ = ["FEW_BEFORE", "MOST", "STRIDES", "WIDTH", "Grid", "Leaves", "PlainGrid"]

WIDTH: Final = 192
"""Characters behind which a row ends."""
FEW_BEFORE: Final = 16
"""Leaves that are looked at before one at most."""
STRIDES: Final = (1, 2, 3)
"""How far apart two leaves may stand that follow one another."""
MOST: Final = 24
"""Leaves that are put together at most."""
_BANK_BEGINS: Final = re.compile(r"[A-Z]{2}\d{2}")


class Grid(Protocol):
    """Tells which leaves follow one another: those so far apart (`stride`) that are of one kind."""

    def is_next(self, place: int, stride: int) -> bool:
        """Tell whether a leaf is of one kind with the one so far before it."""

    def is_piece(self, place: int) -> bool:
        """Tell whether a leaf is a piece."""

    def behind(self, place: int, stride: int) -> range:
        """Return the places that the leaf at `place` may go on in: pieces, and the beginning of one that is not."""

    def are_items(self, place: int, stride: int, count: int) -> bool:
        """Tell whether a leaf and so many behind it all begin as a key does, or all as an IBAN."""


class PlainGrid:
    """The grid without what is compiled.

    Args:
        values: the leaves.
        heads: how each begins, without white space.
    """

    def __init__(self, values: Sequence[Segment], heads: Sequence[str]) -> None:
        self._values = values
        self._heads = heads
        self._steps = [field_of(leaf) for leaf in values]
        self._pieces: dict[int, bool] = {}
        self._reached: dict[tuple[int, int], tuple[int, int, int, bool]] = {}

    def is_next(self, place: int, stride: int) -> bool:
        """Tell whether a leaf is of one kind with the one so far before it."""
        parent, name = self._steps[place]
        before, its = self._steps[place - stride]
        return name == its or (stride == 1 and parent == before)

    def is_piece(self, place: int) -> bool:
        """Tell whether a leaf is a piece."""
        known = self._pieces.get(place)
        if known is None:
            known = self._pieces[place] = is_piece(self._values[place].text)
        return known

    def behind(self, place: int, stride: int) -> range:
        """Return the places that the leaf at `place` may go on in: pieces, and the beginning of one that is not."""
        values, start = self._values, place + stride
        if start >= len(values) or not self.is_next(start, stride):
            return range(start, start, stride)
        # Where the row of the last one ends is known: most of it is the row of this one.
        lane = stride, place % stride
        last, stop, width, ended = self._reached.get(lane, (place, 0, 0, True))
        if last < place < stop and self.is_piece(place):
            for at in range(last + stride, start, stride):
                width -= len(values[at].text)
        else:
            stop, width, ended = start, 0, False
        most = min(place + stride * MOST, len(values))
        while not ended and stop < most and width <= WIDTH:
            if not self.is_next(stop, stride):
                ended = True
                break
            width += len(values[stop].text)
            ended = not self.is_piece(stop)
            stop += stride
        self._reached[lane] = place, stop, width, ended
        return range(start, stop, stride)

    def are_items(self, place: int, stride: int, count: int) -> bool:
        """Tell whether a leaf and so many behind it all begin as a key does, or all as an IBAN."""
        heads = self._heads[place : place + stride * count + 1 : stride]
        return all(map(_BANK_BEGINS.match, heads)) or all(map(START.match, heads))


_grid: type[_leaves.Grid] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _leaves

    _grid = _leaves.Grid


def _grid_of(values: Sequence[Segment], heads: list[str]) -> Grid:
    if _grid is None:
        return PlainGrid(values, heads)
    return _grid(list(values), heads, WIDTH, MOST, TEXTS, is_piece, START.match)


class Leaves:
    """The values of a document, and what was asked of them before: each is in many rows.

    Attributes:
        values: the leaves.
        starts: where each begins behind its white space.
        heads: its first `EDGE` characters from there.
        inner: these without white space at their end: what stands in the next leaf follows at once.
        spaced: some of the leaves begin or end in white space.
        is_next, is_piece, behind, are_items: those of their `Grid`.
    """

    def __init__(self, values: Sequence[Segment]) -> None:
        self.values = values
        bare = [leaf.text.lstrip() for leaf in values]
        self.starts = [len(leaf.text) - len(text) for leaf, text in zip(values, bare, strict=True)]
        self.heads = [text[:EDGE] for text in bare]
        self.inner = [head.rstrip() for head in self.heads]
        self.spaced = any(self.starts) or any(map(str.isspace, [leaf.text[-1] for leaf in values]))
        grid = _grid_of(values, self.heads)
        self.is_next, self.is_piece, self.behind = grid.is_next, grid.is_piece, grid.behind
        self.are_items = grid.are_items
        self._contexts = [leaf.context for leaf in values]
        self._sizes: dict[int, int] = {}
        self._led: dict[int, dict[int, int]] = {stride: {} for stride in STRIDES}

    def is_behind(self, at: int, stride: int) -> bool:
        """Tell whether there is a leaf so far before one, and of one kind with it."""
        return at >= stride and self.is_next(at, stride)

    def size(self, at: int) -> int:
        """Return how many letters and digits a leaf has in its first characters."""
        known = self._sizes.get(at)
        if known is None:
            known = self._sizes[at] = sum(map(str.isalnum, self.heads[at]))
        return known

    def context(self, first: Segment, others: range) -> tuple[str, ...]:
        """Return the keys that lead to a leaf and to those at other places, each once."""
        own = first.context
        theirs = self._contexts[others.start : others.stop : others.step]
        if theirs.count(own) == len(theirs):  # most are elements of one list
            return own if len(own) <= 1 else tuple(dict.fromkeys(own))
        return tuple(dict.fromkeys(chain.from_iterable(dict.fromkeys((own, *theirs)))))

    def is_led_to(self, at: int, stride: int) -> bool:
        """Tell whether what goes on at the end of a leaf may have begun in the one so far before it."""
        text = self.values[at].text
        middle = len(text) <= FEW or (text[0] in "._-+%" and self.is_piece(at))
        return middle and self.is_behind(at, stride)

    def before(self, at: int, stride: int) -> int:
        """Return how many leaves before one may hold the beginning of what goes on at its end, none left out."""
        led = self._led[stride]
        count, one = 0, at
        while one not in led and count < FEW_BEFORE and self.is_led_to(one, stride):
            one -= stride
            count += 1
        count = led[at] = min(count + led.get(one, 0), FEW_BEFORE)
        return count
