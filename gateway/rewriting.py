"""How the messages of a conversation were rewritten, so that it can be done again without looking for anything.

What is remembered says where a string stands in the source, what is replaced in it, and by what: numbers, surrogates
and redactions, and no text. See `history`, which keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecoder
from typing import Final, NamedTuple

from gateway.core.model import Finding, Obligation, Segment
from gateway.core.protocols import Document, Gap
from gateway.dialects.base import JsonDialect
from gateway.dialects.splice import Cut, members, text_at
from gateway.dialects.strict_json import quote
from gateway.meaning import Reading
from gateway.transforms.apply import Transformation
from gateway.transforms.operators import KEEP, redacted
from gateway.transforms.replayed import Unsettled
from gateway.transforms.surrogates import Surrogates

__all__ = [
    "INSTRUCTIONS",
    "Leaf",
    "Looked",
    "Rewriting",
    "Rewritten",
    "kept",
    "rewritten",
    "turn_of",
    "weight",
    "within",
]

INSTRUCTIONS: Final = ("system", "developer")
"""Roles of what is no part of the talk."""
_DECODE: Final = JSONDecoder().raw_decode


class Leaf(NamedTuple):
    """A string that is rewritten, `source[at:end]`: offsets in code points.

    Attributes:
        spans: what is replaced in its text: start, end, what stands there, the type of a value that may come back.
        found: what was found in it: start, end, entity type.
        inner: the strings that are rewritten in it, if it holds JSON.
    """

    at: int
    end: int
    spans: tuple[tuple[int, int, str, str], ...]
    found: tuple[tuple[int, int, str], ...]
    inner: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """How the messages in a gap are rewritten.

    Attributes:
        leaves: what is rewritten in their source, in order.
        duties: entity type of what was found in them to what had to be done; None: nothing had.
        tally: entity type to operator to how often it was used.
    """

    leaves: tuple[Leaf, ...]
    duties: Mapping[str, Obligation | None]
    tally: Mapping[str, Mapping[str, int]]


class Looked(NamedTuple):
    """One look through a body: its bytes, what was read of them, and what came of it."""

    body: bytes
    document: Document
    segments: Sequence[Segment]
    reading: Reading


class Rewriting:
    """Makes what is to be remembered of a rewriting."""

    def __init__(
        self,
        dialect: JsonDialect,
        came: Looked,
        transformation: Transformation,
        obligations: Sequence[Obligation],
        mint: Surrogates,
        before: Rewritten | None,
    ) -> None:
        self._dialect = dialect
        self._came = came
        self._transformation = transformation
        self._duties = {duty.entity_type: duty for duty in obligations}
        self._surrogates = {pair.surrogate: pair for pair in mint.pairs.values()}
        self._redacted = {redacted(kind): kind for kind in self._duties}
        if len(self._redacted) < len(self._duties):
            self._redacted = {}
        self._before = before or Rewritten((), {}, {})
        self._found: dict[str, list[Finding]] = {}
        self._texts: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._tally: dict[str, dict[str, int]] = {}

    def upto(self, first: int, cut: int) -> Rewritten | None:
        """Return how messages before `cut` are rewritten, of which `first` is the first that is not known yet."""
        document, turns = self._came.document, self._dialect.turns
        duties: dict[str, Obligation | None] = dict(self._before.duties)
        self._tally = {kind: dict(used) for kind, used in self._before.tally.items()}
        for finding in self._came.reading.findings:
            if first <= turn_of(finding.path, turns) < cut:
                duty = self._duties.get(finding.entity_type)
                duties[finding.entity_type] = duty
                if duty is not None and duty.operator != KEEP:
                    self._found.setdefault(finding.path, []).append(finding)
        edits = {path: text for path, text in self._transformation.edits.items() if first <= turn_of(path, turns) < cut}
        if "*" in self._duties or not self._found.keys() <= edits.keys():
            return None
        self._texts = {segment.path: segment.text for segment in self._came.segments if segment.path in edits}
        gap = document.gap
        self._paths = {(within(path, gap) if gap else path): path for path in edits}
        source = document.raw.decode()
        at = members(source, turns)[gap.kept if gap else kept(document, turns)][0]
        shift = len(self._came.body[gap.at : gap.at + gap.size].decode()) - at if gap else -at
        made = self._dialect.cuts(document, {within: edits[path] for within, path in self._paths.items()}, None)
        leaves = [self._leaf(source, cut_) for cut_ in made]
        if None in leaves:
            return None
        new = (leaf._replace(at=leaf.at + shift, end=leaf.end + shift) for leaf in leaves if leaf is not None)
        return Rewritten((*self._before.leaves, *new), duties, self._tally)

    def _leaf(self, source: str, cut: Cut) -> Leaf | None:
        if cut.inner:
            text = text_at(source, cut.start)
            inner = [self._leaf(text, each) for each in cut.inner]
            return None if None in inner else Leaf(cut.start, cut.end, (), (), tuple(filter(None, inner)))
        path = self._paths.get(cut.path, "")
        if path not in self._texts or source[cut.start] != '"':
            return None
        text = self._texts[path]
        if text_at(source, cut.start) != text:
            return None
        spans = []
        for start, end, new in self._transformation.replaced[path]:
            kind = self._kind(text[start:end], new)
            if kind is None:
                return None
            spans.append((start, end, new, kind))
        found = tuple((each.start, each.end, each.entity_type) for each in self._found.get(path, ()))
        return Leaf(cut.start, cut.end, tuple(spans), found, ())

    def _kind(self, value: str, new: str) -> str | None:
        """Count what replaces `value`; return its type if it may come back, else nothing; None: it may show it."""
        pair = self._surrogates.get(new)
        if pair is not None and pair.value == value:
            duty = self._duties.get(pair.entity_type)
            if duty is None:
                return None
            self._count(pair.entity_type, duty.operator)
            return pair.entity_type
        kind = self._redacted.get(new)
        if kind is None:
            return None
        self._count(kind, "redact")
        return ""

    def _count(self, kind: str, operator: str) -> None:
        used = self._tally.setdefault(kind, {})
        used[operator] = used.get(operator, 0) + 1


def rewritten(source: str, leaves: Sequence[Leaf], values: dict[tuple[str, str], None], mint: Surrogates) -> str:
    """Return `source` rewritten; add what was found to `values`, and surrogates to the mint.

    Raises:
        Unsettled: if a value may not have the surrogate that it had.
    """
    pieces: list[str] = []
    shown = 0
    for leaf in leaves:
        text, _ = _DECODE(source, leaf.at)
        if leaf.inner:
            text = rewritten(text, leaf.inner, values, mint)
        else:
            for start, end, kind in leaf.found:
                values[text[start:end], kind] = None
            parts: list[str] = []
            begin = 0
            for start, end, new, kind in leaf.spans:
                if kind and not mint.recall(kind, text[start:end], new):
                    raise Unsettled
                parts += (text[begin:start], new)
                begin = end
            text = "".join((*parts, text[begin:]))
        pieces += (source[shown : leaf.at], quote(text))
        shown = leaf.end
    pieces.append(source[shown:])
    return "".join(pieces)


def turn_of(path: str, turns: str) -> int:
    """Return the number of the message that a path leads into; -1: into none."""
    _, _, behind = path.partition(f"/{turns}/")
    number = behind.partition("/")[0]
    return int(number) if path.startswith(f"/{turns}/") and number.isdecimal() else -1


def kept(document: Document, turns: str) -> int:
    """Return how many messages stand before those that are left out: instructions, and what was said first."""
    if document.gap is not None:
        return document.gap.kept
    messages = document.value[turns]
    said = (number for number, message in enumerate(messages, 1) if message.get("role") not in INSTRUCTIONS)
    return next(said, len(messages))


def within(path: str, gap: Gap) -> str:
    """Return where the document without the gap has what the body has at `path`."""
    number = turn_of(path, gap.field)
    if number < gap.kept + gap.left_out:
        return path
    head = f"/{gap.field}/{number}"
    return f"/{gap.field}/{number - gap.left_out}{path[len(head) :]}"


def weight(leaf: Leaf) -> int:
    """Return about how many numbers a leaf holds, to count its bytes."""
    return 1 + len(leaf.spans) + len(leaf.found) + sum(map(weight, leaf.inner))
