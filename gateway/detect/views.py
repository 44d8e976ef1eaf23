"""A text as it reads once a disguise is taken off, with the way back to the original.

Findings are made in the view and point into the original: each character of a view knows the span it came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

__all__ = ["Edit", "View", "joined", "plain", "rewritten"]


_GAP: Final = -1


class Edit(NamedTuple):
    """`text[start:end]` reads as `reading`."""

    start: int
    end: int
    reading: str


@dataclass(frozen=True, slots=True)
class View:
    """A reading of an original text.

    Attributes:
        text: the reading.
        starts: of each character of the reading, where its span in the original starts.
        ends: and where it ends.
    """

    text: str = field(repr=False)
    starts: list[int] = field(repr=False)
    ends: list[int] = field(repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that `text[start:end]` came from; `start` < `end`."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def is_whole(self, start: int, end: int) -> bool:
        """Tell whether `text[start:end]` is one piece of the original, or two with a gap between (see `joined`)."""
        return _GAP not in self.starts[start:end]

    def part(self, start: int, end: int) -> View:
        """Return the view of a part of the reading."""
        return View(self.text[start:end], self.starts[start:end], self.ends[start:end])

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
            low, high = view.original(start, end)
            starts += [low] * len(reading)
            ends += [high] * len(reading)
        reached = end
    pieces.append(view.text[reached:])
    starts += view.starts[reached:]
    ends += view.ends[reached:]
    return View("".join(pieces), starts, ends)
