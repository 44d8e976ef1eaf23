"""The leaves around one, as `seams` puts them together: which follow, which may be pieces, how each begins.

A leaf is in as many rows as it has neighbours that show something, so each question is asked of it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from gateway.core.model import Segment
from gateway.detect.beginnings import EDGE, FEW, field_of, is_piece

__all__ = ["FEW_BEFORE", "MOST", "STRIDES", "WIDTH", "Leaves"]

WIDTH: Final = 192
"""Characters behind which a row ends."""
FEW_BEFORE: Final = 16
"""Leaves that are looked at before one at most."""
STRIDES: Final = (1, 2, 3)
"""How far apart two leaves may stand that follow one another."""
MOST: Final = 24
"""Leaves that are put together at most."""


class Leaves:
    """The values of a document, and what was asked of them before: each is in many rows.

    Attributes:
        values: the leaves.
        starts: where each begins behind its white space.
        heads: its first `EDGE` characters from there.
        inner: these without white space at their end: what stands in the next leaf follows at once.
    """

    def __init__(self, values: Sequence[Segment]) -> None:
        self.values = values
        bare = [leaf.text.lstrip() for leaf in values]
        self.starts = [len(leaf.text) - len(text) for leaf, text in zip(values, bare, strict=True)]
        self.heads = [text[:EDGE] for text in bare]
        self.inner = [head.rstrip() for head in self.heads]
        self._contexts = [leaf.context for leaf in values]
        self._steps = [field_of(leaf) for leaf in values]
        self._pieces: dict[int, bool] = {}
        self._sizes: dict[int, int] = {}
        self._reached: dict[tuple[int, int], tuple[int, int, int, bool]] = {}
        self._led: dict[int, dict[int, int]] = {stride: {} for stride in STRIDES}

    def is_next(self, at: int, stride: int) -> bool:
        """Tell whether a leaf is of one kind with the one so far before it."""
        parent, name = self._steps[at]
        before, its = self._steps[at - stride]
        return name == its or (stride == 1 and parent == before)

    def is_behind(self, at: int, stride: int) -> bool:
        """Tell whether there is a leaf so far before one, and of one kind with it."""
        return at >= stride and self.is_next(at, stride)

    def is_piece(self, at: int) -> bool:
        """Tell whether a leaf is a piece."""
        known = self._pieces.get(at)
        if known is None:
            known = self._pieces[at] = is_piece(self.values[at].text)
        return known

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

    def behind(self, place: int, stride: int) -> range:
        """Return the places that the leaf at `place` may go on in: pieces, and the beginning of one that is not."""
        values, start = self.values, place + stride
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
