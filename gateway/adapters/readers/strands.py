"""Texts that are gathered from pieces of a source, and edits put back into the very pieces.

A name in a Word file may stand in three runs, a cell's text in a table that many cells share, a link's title in a tag.
A strand is the text as a person reads it, with each piece's place in the source; an edit of a span changes the pieces
under it and nothing else, so a file stays as it was byte for byte around them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gateway.core.errors import TransformError
from gateway.core.files import Passage, Replacement
from gateway.transforms.spans import replaced

__all__ = ["Piece", "Strand", "edited_source", "passages_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a strand's text.

    Attributes:
        at: where it begins in the text.
        text: what it adds, decoded.
        ranges: where it stands in the source, each with its decoded text the same; none: it stands nowhere (a tab).
        escape: writes text in the way of the source.
    """

    at: int
    text: str = field(repr=False)
    ranges: Sequence[tuple[int, int]]
    escape: Callable[[str], str]


@dataclass(slots=True)
class Strand:
    """A text and its pieces, in order."""

    place: str
    pieces: list[Piece] = field(default_factory=list, repr=False)
    editable: bool = True
    prose: bool = True
    length: int = 0

    def add(self, text: str, ranges: Sequence[tuple[int, int]] = (), escape: Callable[[str], str] = str) -> None:
        """Add a piece to the end."""
        if text:
            self.pieces.append(Piece(self.length, text, ranges, escape))
            self.length += len(text)

    @property
    def text(self) -> str:
        """The text as a person reads it."""
        return "".join(piece.text for piece in self.pieces)


def passages_of(strands: Sequence[Strand]) -> list[Passage]:
    """Return the strands that say something, as passages."""
    found = ((strand, strand.text) for strand in strands)
    return [Passage(strand.place, text, strand.editable, strand.prose) for strand, text in found if text.strip()]


def edited_source(source: str, strands: Sequence[Strand], edits: Mapping[str, Sequence[Replacement]]) -> str:
    """Return `source` with spans of the strands' texts replaced.

    Raises:
        TransformError: if a span has no place in the source, or two edits meet.
    """
    changes: list[tuple[int, int, str]] = []
    by_place = {strand.place: strand for strand in strands}
    for place, spans in edits.items():
        strand = by_place.get(place)
        if strand is None or not strand.editable:
            raise TransformError("An edit found no place in a file.")
        changes += _changes(source, strand, spans)
    changes.sort()
    if any(before[1] > after[0] for before, after in pairwise(changes)):
        raise TransformError("Two edits of a file meet.")
    return replaced(source, 0, len(source), changes)


def _changes(source: str, strand: Strand, spans: Sequence[Replacement]) -> list[tuple[int, int, str]]:
    """Return what to change in the source; the new text stands where the span's first piece does."""
    starts = [piece.at for piece in strand.pieces]
    by_piece: dict[int, list[Replacement]] = {}
    for start, end, new in spans:
        index = max(bisect_right(starts, start) - 1, 0)
        rest: str | None = new
        while index < len(strand.pieces) and strand.pieces[index].at < end:
            piece = strand.pieces[index]
            if piece.ranges:
                low, high = max(start - piece.at, 0), min(end - piece.at, len(piece.text))
                by_piece.setdefault(index, []).append((low, high, rest or ""))
                rest = None
            index += 1
        if rest is not None:
            raise TransformError("An edit found no place in a file.")
    changes = []
    for index, cuts in by_piece.items():
        piece = strand.pieces[index]
        for start, end in piece.ranges:
            if source[start:end] == piece.text:
                changes += [(start + low, start + high, piece.escape(new)) for low, high, new in cuts]
            else:
                changes.append((start, end, piece.escape(replaced(piece.text, 0, len(piece.text), cuts))))
    return changes
