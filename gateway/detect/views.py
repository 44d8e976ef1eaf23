"""A text as it reads once a disguise is taken off, with the way back to the original.

Findings are made in the view and point into the original: each character of a view knows the span it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import field
from typing import Final, NamedTuple

from gateway.core.light import light

__all__ = ["Edit", "View", "excerpts", "joined", "plain", "rewritten"]

_changes: Callable[[str, str, list[int], list[int]], list[tuple[int, int]]] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _odd

    _changes = _odd.changes

_GAP: Final = -1
_AROUND: Final = 160
"""Characters on both sides of a change that are read again with it."""
_WORD: Final = 40


class Edit(NamedTuple):
    """`text[start:end]` reads as `reading`."""

    start: int
    end: int
    reading: str


@light(frozen=True, slots=True)
class View:
    """A reading of an original text.

    Attributes:
        text: the reading.
        starts: of each character of the reading, where its span in the original starts.
        ends: and where it ends.
        parted: letters of other scripts are set apart from what they touch (`gateway.detect.borders`).
    """

    text: str = field(repr=False)
    starts: list[int] = field(repr=False)
    ends: list[int] = field(repr=False)
    parted: bool = False

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that `text[start:end]` came from; `start` < `end`."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def is_whole(self, start: int, end: int) -> bool:
        """Tell whether `text[start:end]` is one piece of the original, or two with a gap between (see `joined`)."""
        return _GAP not in self.starts[start:end]

    def part(self, start: int, end: int) -> View:
        """Return the view of a part of the reading."""
        return View(self.text[start:end], self.starts[start:end], self.ends[start:end])

    def changes(self, text: str) -> Iterable[tuple[int, int]]:
        """Return where the reading differs from the original `text`: starts and ends, in order, which may be equal."""
        if _changes is not None:
            return _changes(self.text, text, self.starts, self.ends)
        return self.differences(text)

    def differences(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield what `changes` returns, without what is compiled."""
        start = -1
        reached = self.starts[0] if self.starts else 0
        for place, (character, low, high) in enumerate(zip(self.text, self.starts, self.ends, strict=True)):
            if low == _GAP:
                # What stands between two excerpts is no change, nor is what follows it.
                reached = _GAP
            elif (reached not in (low, _GAP)) or high != low + 1 or text[low] != character:
                if start < 0:
                    start = place
                reached = high
                continue
            else:
                reached = high
            if start >= 0:
                yield start, place
                start = -1
        if start >= 0:
            yield start, len(self.text)

    def backwards(self) -> View:
        """Return the view that reads from the end to the start."""
        return View(self.text[::-1], self.starts[::-1], self.ends[::-1])


def joined(views: Iterable[View], gap: str) -> View:
    """Return several views as one, with `gap` between, which comes from nowhere."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for view in views:
        if texts:
            texts.append(gap)
            starts += [_GAP] * len(gap)
            ends += [_GAP] * len(gap)
        texts.append(view.text)
        starts += view.starts
        ends += view.ends
    return View("".join(texts), starts, ends)


def plain(text: str, start: int = 0, end: int | None = None) -> View:
    """Return the view in which a text, or a part of it, reads as it is."""
    places = list(range(start, (len(text) if end is None else end) + 1))
    return View(text[start:end], places[:-1], places[1:])


def rewritten(view: View, edits: Iterable[Edit]) -> View:
    """Return `view` with `edits` applied, which are in order and do not overlap.

    A reading of the same length as what it stands for is mapped character by character, any other as a whole.
    """
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    reached = 0
    for start, end, reading in edits:
        pieces += (view.text[reached:start], reading)
        starts += view.starts[reached:start]
        ends += view.ends[reached:start]
        if len(reading) == end - start:
            starts += view.starts[start:end]
            ends += view.ends[start:end]
        elif reading:
            # What is put in comes from between two characters.
            low, high = view.original(start, end) if start < end else (view.starts[start], view.starts[start])
            starts += [low] * len(reading)
            ends += [high] * len(reading)
        reached = end
    pieces.append(view.text[reached:])
    starts += view.starts[reached:]
    ends += view.ends[reached:]
    return View("".join(pieces), starts, ends)


def excerpts(view: View, text: str) -> Iterator[View]:
    """Yield the parts of `view` around what reads otherwise than `text`, which it is a view of."""
    low = high = -1
    for start, end in view.changes(text):
        if high >= 0 and start - _AROUND > high:
            yield view.part(_between_words(view.text, low), high)
            low = -1
        low = max(start - _AROUND, 0) if low < 0 else low
        high = min(end + _AROUND, len(view.text))
    if high >= 0:
        yield view.part(_between_words(view.text, low), high)


def _between_words(text: str, place: int) -> int:
    """Return `place` moved left to the beginning of a word, if there is one near: half a word reads as another."""
    for left in range(place, max(place - _WORD, 0), -1):
        if text[left - 1].isspace():
            return left
    return 0 if place <= _WORD else place
