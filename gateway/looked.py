"""One look through a body: its bytes, what was read of them, and what came of it.

The plan looks through what came in and the send gate through what would go out. Both looks are kept for the next turn
of the conversation (`history`), in which most of the body comes again.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import cached_property

from gateway.core.model import Segment
from gateway.core.protocols import Document
from gateway.dialects.base import JsonDialect
from gateway.dialects.splice import Cut, members
from gateway.dialects.turns import within
from gateway.meaning import Reading

__all__ = ["Looked"]


class Looked:
    """One look through a body.

    Args:
        body: its bytes.
        document: what it holds, without the messages of which all is known.
        segments: every leaf and key of the document.
        reading: what was found in them, and what that means.
    """

    def __init__(self, body: bytes, document: Document, segments: Sequence[Segment], reading: Reading) -> None:
        self.body, self.document, self.segments, self.reading = body, document, segments, reading
        self._places: tuple[str, list[tuple[int, int]]] | None = None
        self._cuts: tuple[Mapping[str, str], list[Cut]] | None = None

    def __repr__(self) -> str:
        return f"Looked({len(self.body)} bytes)"

    @cached_property
    def source(self) -> str:
        """The document's."""
        return self.document.raw.decode()

    @cached_property
    def left_out(self) -> str:
        """The source of the messages in the document's gap; most of a long body, so it is copied once."""
        gap = self.document.gap
        return str(memoryview(self.body)[gap.at : gap.at + gap.size], "utf-8") if gap else ""

    def settled(self, read: Container[bytes]) -> frozenset[tuple[str, str]]:
        """Return the values that were found before the gap, and behind it in blocks of these digests, with their types.

        What goes over seams may be found in those for what is new: then none of them.
        """
        reading = self.reading
        paths = {segment.path for block in reading.blocks[: reading.at] for segment in block.segments}
        if reading.told is None:
            behind = [block for block in reading.blocks[reading.at :] if block.digest in read]
            paths.update([segment.path for block in behind for segment in block.segments])
        known = [finding for finding in reading.own if finding.path in paths]
        paths = {finding.path for finding in known}
        texts = {segment.path: segment.text for segment in self.segments if segment.path in paths}
        return frozenset((texts[one.path][one.start : one.end], one.entity_type) for one in known)

    def places(self, turns: str) -> list[tuple[int, int]]:
        """Return where each message begins and ends in the source."""
        if self._places is None or self._places[0] != turns:
            self._places = turns, members(self.source, turns)
        return self._places[1]

    def cuts(self, dialect: JsonDialect, edits: Mapping[str, str]) -> list[Cut]:
        """Return what `edits`, by paths in the whole body, replace in the source; in order, and made once.

        Raises:
            TransformError: as `JsonDialect.cuts`.
        """
        if self._cuts is None or self._cuts[0] is not edits:
            gap = self.document.gap
            here = {within(path, gap): text for path, text in edits.items()} if gap else edits
            self._cuts = edits, dialect.cuts(self.document, here, None)
        return self._cuts[1]
