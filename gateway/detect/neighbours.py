"""The leaves around one, as `seams` puts them together: which follow, which may be pieces, how each begins.

A leaf is in as many rows as it has neighbours that show something, so each question is asked of it once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.core.model import Segment
from gateway.detect.beginnings import EDGE, FEW, follows, is_piece, same_field

__all__ = ["FEW_BEFORE", "MOST", "STRIDES", "WIDTH", "Leaves", "is_next"]

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
        starts: where each begins behind its white space, once `know` was asked for it; so of the others.
        heads: its first `EDGE` characters from there.
        inner: these without white space at their end: what stands in the next leaf follows at once.
    """

    def __init__(self, values: Sequence[Segment]) -> None:
        self.values = values
        self.starts = [0] * len(values)
        self.heads = [""] * len(values)
        self.inner = [""] * len(values)
        self._links: dict[int, dict[int, bool]] = {stride: {} for stride in STRIDES}
        self._pieces: dict[int, bool] = {}
        self._reached: dict[tuple[int, int], tuple[int, int, int, bool]] = {}
        self._led: dict[int, dict[int, int]] = {stride: {} for stride in STRIDES}

    def know(self, at: int) -> None:
        """Note how a leaf begins."""
        if not self.heads[at]:
            text = self.values[at].text
            start = self.starts[at] = len(text) - len(text.lstrip())
            head = self.heads[at] = text[start : start + EDGE]
            self.inner[at] = head.rstrip()

    def is_next(self, at: int, stride: int) -> bool:
        """Tell whether a leaf is of one kind with the one so far before it."""
        links = self._links[stride]
        known = links.get(at)
        if known is None:
            known = links[at] = is_next(self.values[at - stride], self.values[at], stride)
            self.know(at)
        return known

    def is_piece(self, at: int) -> bool:
        """Tell whether a leaf is a piece."""
        known = self._pieces.get(at)
        if known is None:
            known = self._pieces[at] = is_piece(self.values[at].text)
        return known

    def is_led_to(self, at: int, stride: int) -> bool:
        """Tell whether what goes on at the end of a leaf may have begun in the one so far before it."""
        text = self.values[at].text
        middle = len(text) <= FEW or (text[0] in "._-+%" and self.is_piece(at))
        return middle and at >= stride and self.is_next(at, stride)

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
        # Where the row of the last one ends is known: most of it is the row of this one.
        lane = stride, place % stride
        last, stop, width, ended = self._reached.get(lane, (place, 0, 0, True))
        if last < place < stop and self.is_piece(place):
            width -= sum(map(len, self._texts(range(last + stride, place + 1, stride))))
        else:
            stop, width, ended = place + stride, 0, False
        most = min(place + stride * MOST, len(self.values))
        while not ended and stop < most and width <= WIDTH:
            if not self.is_next(stop, stride):
                ended = True
                break
            width += len(self.values[stop].text)
            ended = not self.is_piece(stop)
            stop += stride
        self._reached[lane] = place, stop, width, ended
        return range(place + stride, stop, stride)

    def _texts(self, places: range) -> Iterator[str]:
        return (self.values[at].text for at in places)


def is_next(leaf: Segment, behind: Segment, stride: int) -> bool:
    """Tell whether a leaf so far behind another is of one kind with it."""
    return same_field(leaf, behind) if stride > 1 else follows(leaf, behind)
