"""The blocks of a body, by which what was found is remembered: a message, a tool, a parameter.

A block is known by a digest of its segments with paths from its own beginning, so that a message that has moved on in
the conversation is the same block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.light import light
from gateway.core.model import NAME, Finding, Segment
from gateway.detect.beginnings import End
from gateway.detect.memory import Scope
from gateway.detect.random_ids import ID_PLACES, is_random_id
from gateway.detect.splits import Border

__all__ = ["FINDING_BYTES", "Block", "Known", "Past", "blocks_of"]

FINDING_BYTES: Final = 130
"""What a remembered finding takes, roughly."""


@light(frozen=True, slots=True)
class Known:
    """What is known of a block: no text.

    Attributes:
        prefix: the path that it had.
        findings: in the order of its segments.
        leaves: how many values it has, and which of them may be a piece of something split.
        ends: the same, with what leaves show at their ends.
        notes: of each topic model that takes notes.
        told: the probabilities of topics of what is hidden in it behind disguises.
    """

    prefix: str
    findings: tuple[Finding, ...]
    leaves: tuple[int, tuple[Border, ...]]
    ends: tuple[int, tuple[End, ...]]
    notes: tuple[object, ...]
    told: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Past:
    """What was judged of the messages that a body's gap leaves out, and where models were at the end of those known.

    Numbers and findings, no text.

    Attributes:
        blocks: how many there are in the gap.
        findings: in them, in order.
        scores: how many of each entity type have which score (`policy.environment.tally`).
        told: the probabilities of topics of what is hidden in them behind disguises.
        chains: for each topic model that can resume, the digest of all blocks up to the end of the gap; else empty.
        reached: for each topic model, where it was after the last message that is known, or what it said by then, or
            what it noted in the gap.
    """

    blocks: int
    findings: tuple[Finding, ...]
    scores: Mapping[str, Mapping[float, int]]
    told: Mapping[str, float]
    chains: tuple[bytes, ...]
    reached: tuple[Any, ...]


@light(frozen=True, slots=True)
class Block:
    """Neighbouring segments that belong to one member of the body.

    Attributes:
        prefix: the first two steps of their paths.
        segments: in order.
        meant: those of them that are no names, and no random ids.
        digest: of them all, with paths from the prefix on.
    """

    prefix: str
    segments: list[Segment]
    meant: list[Segment]
    digest: bytes


def blocks_of(segments: Sequence[Segment], scope: Scope) -> list[Block]:
    """Return the segments by the first two steps of their paths: a message each, a tool each."""
    blocks: list[Block] = []
    run: list[Segment] = []
    meant: list[Segment] = []
    told: list[tuple[str, str, str, tuple[str, ...]]] = []
    prefix = within = ""
    begin = 0
    for segment in segments:
        path = segment.path
        if not run or not path.startswith(within):
            if run:
                blocks.append(Block(prefix, run, meant, scope.digest(told)))
                run, meant, told = [], [], []
            first = path.find("/", 1)
            second = path.find("/", first + 1) if first > 0 else -1
            prefix = path[: second if second > 0 else first] if first > 0 else path
            within = prefix + "/"
            begin = len(prefix)
        run.append(segment)
        if segment.kind is not NAME and not (path.endswith(ID_PLACES) and is_random_id(path, segment.text)):
            meant.append(segment)
        # Slices of an enumeration's members are plain strings.
        told.append((path[begin:], segment.kind[:], segment.text[:], segment.context))
    if run:
        blocks.append(Block(prefix, run, meant, scope.digest(told)))
    return blocks
