r"""Pointers to what an upstream keeps: which a body has, and what the vault's memory of them means for the request.

Decisions kept here:

* A pointer that the vault knows is the one string in a request that needs no scan: this gateway saw the upstream make
  it. It counts with what it points to instead: the level joins the judgement, and the body may go to the maker alone.
* A pointer that it doesn't know (never made here, expired, erased, somebody else's) lets the body go nowhere, not even
  to an upstream cleared for everything: that one may keep it for somebody else. All of these get one answer.
* Judged by the document's own steps, so a lookalike, an escape or JSON in a string can't pass for a known id: a
  pointer inside JSON in a string is no pointer of the API, and stays what it was, content that can't be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from typing import Any, Final

from gateway.core.light import light
from gateway.core.model import EMBEDDED, OPAQUE, Classification, Location, Reason, Segment, Sensitivity, Upstream
from gateway.core.protocols import Dialect, Document
from gateway.core.state import SERVER_STATE, Pair, Remembered, maker_of
from gateway.dialects.structure import Opaque, Structure

__all__ = ["Pointed", "may_point", "pointed", "pointers"]

_ESCAPED_LETTER: Final = re.compile(rb"\\u00[4-7]")
"""A letter, or the low line, that is written as an escape, so that a hint may be spelled with it."""


@light(frozen=True, slots=True)
class Pointed:
    """What a body points to.

    Attributes:
        segments: what is to be judged: everything but the pointers that the vault knows.
        unknown: paths of pointers that it doesn't know.
        known: what it remembers of the others, in the order of the document.
    """

    segments: tuple[Segment, ...]
    unknown: tuple[str, ...] = ()
    known: tuple[Remembered, ...] = field(default=(), repr=False)

    def may_go_to(self, upstream: Upstream) -> bool:
        """Whether `upstream` made everything that is pointed to."""
        return not self.unknown and (not self.known or self.makers == {maker_of(upstream)})

    @property
    def makers(self) -> frozenset[str]:
        """Who made what is pointed to."""
        return frozenset(record.maker for record in self.known)

    @property
    def level(self) -> Sensitivity:
        """The highest sensitivity of what is pointed to."""
        return max((record.level for record in self.known), default=Sensitivity.LOW)

    @property
    def conversation(self) -> str:
        """What surrogates of the conversation pointed to are keyed by; empty: the request begins one."""
        return next((record.conversation for record in self.known if record.kind.is_talk), "")

    @property
    def pairs(self) -> list[Pair]:
        """Surrogates in what is pointed to that answers may have restored."""
        return [pair for record in self.known for pair in record.pairs]

    @property
    def planted(self) -> list[str]:
        """Ends of ids that came in with earlier turns."""
        return [end for record in self.known for end in record.planted]

    def raised(self, judged: Classification) -> Classification:
        """Return `judged` with what is pointed to counted in (high-water mark)."""
        if not self.known:
            return judged
        level = self.level
        if level <= judged.sensitivity:
            return judged
        detail = f"{len(self.known)} pointers to what an upstream keeps, which is {level.label} sensitive"
        return replace(judged, sensitivity=level, reasons=(*judged.reasons, Reason(SERVER_STATE, detail, level)))


def pointers(document: Document, segments: Sequence[Segment]) -> dict[str, str]:
    """Return path to id of every pointer in a body, in its order.

    Args:
        document: the body.
        segments: all of its segments.
    """
    return {
        segment.path.removesuffix("@"): value
        for segment in segments
        if segment.kind is OPAQUE and segment.text == Opaque.SERVER_STATE
        if EMBEDDED not in segment.location and (value := _at(document.value, segment.location)) is not None
    }


def pointed(document: Document, segments: Sequence[Segment], known: Mapping[str, Remembered]) -> Pointed:
    """Return what a body points to, by what the vault knows (`known`: id to what is remembered)."""
    found = pointers(document, segments)
    if not found:
        return Pointed(tuple(segments))
    settled = {path for path, id_ in found.items() if id_ in known}
    return Pointed(
        tuple(segment for segment in segments if segment.path.removesuffix("@") not in settled),
        tuple(path for path in found if path not in settled),
        tuple(known[id_] for path, id_ in found.items() if path in settled),
    )


def may_point(dialect: Dialect, body: bytes) -> bool:
    """Whether `body` is worth looking for pointers. A wrong no is safe: an unknown pointer lets nothing out."""
    structure = getattr(dialect, "structure", None)
    if not isinstance(structure, Structure):
        return True
    # Two expressions, because each begins with a character of its own: what has none is passed over at once.
    return _telling(structure.hints).search(body) is not None or _ESCAPED_LETTER.search(body) is not None


@cache
def _telling(hints: frozenset[str]) -> re.Pattern[bytes]:
    """Return what matches any of `hints` in quotes."""
    words = "|".join(map(re.escape, sorted(hints))) or "(?!)"
    return re.compile(f'"(?:{words})"'.encode())


def _at(value: Any, location: Location) -> str | None:
    for step in location:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value if isinstance(value, str) else None
