"""Bodies out of which messages are left because all is known of them (`history` says which, and why).

They are read without those messages, asked whether something in the rest needs the whole after all, and put together
again to leave: the known messages as they were rewritten before, around them what was made of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import overload

from gateway.core.errors import InvalidRequest, TransformError
from gateway.core.model import VALUE, Segment
from gateway.core.protocols import Dialect, Document, Gap
from gateway.detect.beginnings import field_of
from gateway.dialects.base import JsonDialect
from gateway.dialects.splice import Cut, applied
from gateway.dialects.turns import turn_of
from gateway.looked import Looked
from gateway.transforms.replayed import Replayed, Unsettled
from gateway.walls import are_simple

__all__ = ["Whole", "gap_in", "outgoing", "without"]


class Whole(Sequence[Segment]):
    """All segments of a body, for whoever asks; taken apart when first asked."""

    def __init__(self, dialect: Dialect, body: bytes) -> None:
        self._dialect = dialect
        self._body = body

    def __repr__(self) -> str:
        return f"Whole({len(self._body)} bytes)"

    @cached_property
    def _all(self) -> tuple[Segment, ...]:
        return tuple(self._dialect.segments(self._dialect.read(self._body)))

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, index: int) -> Segment: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Segment, ...]: ...
    def __getitem__(self, index: int | slice) -> Segment | tuple[Segment, ...]:
        return self._all[index]

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._all)


def without(dialect: JsonDialect, body: bytes, gap: Gap) -> Document:
    """Return the document of `body` without what is in `gap`.

    Raises:
        Unsettled: if that is none.
    """
    try:
        document = dialect.read(body[: gap.at] + body[gap.at + gap.size :])
    except InvalidRequest:
        raise Unsettled from None
    return replace(document, gap=gap)


def gap_in(segments: Sequence[Segment], gap: Gap) -> int:
    """Return how many of a document's segments stand before its gap.

    Raises:
        Unsettled: if something is among them that needs the whole document.
    """
    if not are_simple(segments, gap.field):
        raise Unsettled
    behind = gap.kept + gap.left_out
    for place, segment in enumerate(segments):
        if turn_of(segment.path, gap.field) >= behind:
            if gap.apart and _third_field(segments[place:]) == gap.apart:
                raise Unsettled
            return place
    raise Unsettled


def outgoing(
    dialect: JsonDialect, came: Looked, edits: Mapping[str, str], model: str | None, past: Replayed
) -> bytes | None:
    """Return the whole body, rewritten; None: nothing is to be changed in it.

    Raises:
        TransformError: as `Dialect.edit`.
    """
    document, gap = came.document, came.document.gap
    if gap is None:
        raise TransformError("Nothing is left out of the document.")
    made = sorted([*came.cuts(dialect, edits), *dialect.cuts(document, {}, model)])
    if not made and past.rewritten == past.source:
        return None
    source = came.source
    at = len(document.raw[: gap.at].decode())
    before = applied(source[:at], [cut for cut in made if cut.start < at])
    behind = applied(source[at:], [_moved(cut, -at) for cut in made if cut.start >= at])
    try:
        return f"{before}{past.rewritten}{behind}".encode()
    except UnicodeEncodeError:
        pass
    raise TransformError("An edit holds half of a surrogate pair.")


def _third_field(segments: Sequence[Segment]) -> str:
    """Return the field of the third leaf, where walls count them."""
    leaves = (segment for segment in segments if segment.kind is VALUE and segment.text)
    third = next(islice(leaves, 2, None), None)
    return "" if third is None else field_of(third)[1]


def _moved(cut: Cut, by: int) -> Cut:
    return cut._replace(start=cut.start + by, end=cut.end + by)
