"""Up to where a conversation's messages may be left out, so that nothing in them can meet what comes behind.

Decisions kept here:

* A value may be split over leaves. What is put together then (`detect.seams`, `detect.splits`) goes from leaf to leaf
  in steps of one, two or three: from a leaf to one of the same field, and on from there only if that one is a piece,
  or of a few characters. So a way ends at a leaf of words, and at a change of the field. Messages are left out only up
  to where every way out of them has ended before the last leaf that is known; whatever is new stands behind that one.
* A leaf may be looked at from three leaves away without any way between them, so at least three stand behind what is
  left out. What is judged by what stands near (`reach`) decides, too.
* Two are enough where the leaf before them ends in no number and what comes third is of another field: but for digits,
  nothing goes on so far in another field. An answer to what a tool found, and the next question, are two; so the
  tool's records, which have dozens of leaves, need not be read again. What comes third is seen when it comes:
  `Gap.apart` says what it may not be.
* Only what is its own source may be left out: no content that cannot be read, no file, no `data:` URL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gateway.core.model import NAME, OPAQUE, VALUE, Segment
from gateway.detect.beginnings import FEW, field_of, follows, is_piece, same_field
from gateway.detect.splits import borders
from gateway.dialects.attachments import any_holds_url
from gateway.dialects.turns import turn_of

__all__ = ["Wall", "are_simple", "walls"]

_STEPS: Final = (1, 2, 3)
"""As far as `detect.seams` and `detect.splits` step."""
_MOST: Final = max(_STEPS)

_Open = tuple[bool, ...]
"""For each of the steps, whether what comes to a leaf by it may go on from there to what is behind the last leaf."""


class Wall(NamedTuple):
    """Up to where messages may be left out.

    Attributes:
        cut: the first message that stays.
        apart: a field, of which the third leaf from there on may not be; empty: that may be any.
    """

    cut: int
    apart: str


def walls(segments: Sequence[Segment], turns: str, first: int, reach: int) -> Iterator[Wall]:
    """Yield the last messages, not before `first`, so that nothing before them can meet what comes behind all of them.

    The last one yielded holds whatever comes; a later message may be yielded before, which holds if that is apart.

    Args:
        segments: of a document.
        turns: the key under which its messages stand.
        first: the first message that may be the one.
        reach: characters within which something may count together.
    """
    row: list[tuple[Segment, _Open]] = []
    size = 0
    last = near = -1
    inside = ""
    messages = f"/{turns}/"
    for segment in reversed(segments):
        path = segment.path
        if not (inside and path.startswith(inside)):
            number = turn_of(path, turns) if path.startswith(messages) else -1
            if number < first:
                continue
            if number != last:
                if size > reach and _is_shut(row):
                    if len(row) >= _MOST:
                        yield Wall(last, "")
                        return
                    near = last
                last, inside = number, f"{messages}{number}/"
        size += len(segment.text) + 1 if segment.kind is not NAME else 0
        if segment.kind is VALUE and segment.text:
            if near >= 0 and not any(border.last for border in borders((segment,))[1]):
                yield Wall(near, field_of(segment)[1])
            near = -1
            row.append((segment, _open(segment, row)))
    if size > reach and len(row) >= _MOST and _is_shut(row):
        yield Wall(last, "")


def _open(leaf: Segment, behind: Sequence[tuple[Segment, _Open]]) -> _Open:
    """Return whether one may come over `leaf` to the end, of which `behind` is in reverse order."""
    if len(leaf.text) > FEW and not is_piece(leaf.text):
        return (False,) * len(_STEPS)
    found = []
    for place, step in enumerate(_STEPS):
        open_ = step > len(behind)
        if not open_:
            other, its = behind[-step]
            open_ = its[place] and (follows(leaf, other) if step == 1 else same_field(leaf, other))
        found.append(open_)
    return tuple(found)


def _is_shut(row: Sequence[tuple[Segment, _Open]]) -> bool:
    """Tell whether no way from before the leaves in `row`, which are in reverse order, goes on from where it leads.

    They are three; or two, and then one way leads over both: in a step of three (`Wall.apart`).
    """
    return len(row) >= _MOST - 1 and not any(
        row[-before][1][place] for place, step in enumerate(_STEPS) for before in range(1, min(step, len(row)) + 1)
    )


def are_simple(segments: Sequence[Segment], turns: str) -> bool:
    """Tell whether each segment is its source and nothing more: the path of what was in a file has an `@`.

    A number that cannot be edited is that too where it is read every time: a `seed`, a limit in a tool's schema.
    """
    inside = f"/{turns}/"
    for segment in segments:
        if (
            segment.attachment is not None
            or "@" in segment.path
            or segment.kind is OPAQUE
            or not (segment.editable or segment.kind is NAME or not segment.path.startswith(inside))
        ):
            return False
    return not any_holds_url([segment.text for segment in segments])
