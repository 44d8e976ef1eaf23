"""How the messages of a conversation were rewritten, so that it can be done again without looking for anything.

What is remembered says where a string stands in the source, what is replaced in it, and by what: numbers, surrogates
and redactions, and no text. See `history`, which keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from json import JSONDecoder
from typing import Final, NamedTuple

from gateway.core.model import Finding, Obligation
from gateway.dialects.base import JsonDialect
from gateway.dialects.splice import Cut, text_at
from gateway.dialects.strict_json import quote
from gateway.dialects.turns import turn_of, within
from gateway.looked import Looked
from gateway.transforms.apply import Transformation
from gateway.transforms.operators import KEEP, redacted
from gateway.transforms.replayed import HEXADECIMAL, Unsettled, telling
from gateway.transforms.surrogates import ID_LENGTH, Surrogates

__all__ = ["Leaf", "Rewriting", "Rewritten", "rewritten"]

_DECODE: Final = JSONDecoder().raw_decode


class Found(NamedTuple):
    """A value that was found, and the word in it that tells (`telling`); offsets in code points.

    Attributes:
        start: where the value begins.
        end: where it ends.
        kind: its entity type.
        word: where that word begins.
        word_end: where it ends; there too, if the value is not looked for elsewhere.
    """

    start: int
    end: int
    kind: str
    word: int
    word_end: int


class Leaf(NamedTuple):
    """A string that is rewritten, `source[at:end]`: offsets in code points.

    Attributes:
        spans: what is replaced in its text: start, end, what stands there, the type of a value that may come back.
        found: what was found in its text.
        inner: the strings that are rewritten in it, if it holds JSON.
    """

    at: int
    end: int
    spans: tuple[tuple[int, int, str, str], ...]
    found: tuple[Found, ...]
    inner: tuple[Leaf, ...]


class Plain(NamedTuple):
    """Strings that are rewritten in the source itself, where nothing is escaped that matters; most are.

    A long conversation has hundreds of values, so they are taken out of the source without a step of Python for each.

    Attributes:
        values: what is replaced.
        between: what stays: before the first, and between two. It begins where the first string does.
        put: what stands in their place.
        kinds: the types of those that may come back; empty for others.
        found: what was found; mostly the very same, and no other tuple then.
        found_as: as what.
        words: the words in it that tell.
    """

    values: tuple[slice, ...]
    between: tuple[slice, ...]
    put: tuple[str, ...]
    kinds: tuple[str, ...]
    found: tuple[slice, ...]
    found_as: tuple[str, ...]
    words: tuple[slice, ...]

    def and_then(self, other: Plain) -> Plain:
        """Return both, of which the other comes behind."""
        between = slice(self.values[-1].stop, other.between[0].stop)
        values = self.values + other.values
        same = self.found is self.values and other.found is other.values
        return Plain(
            values,
            (*self.between, between, *other.between[1:]),
            self.put + other.put,
            self.kinds + other.kinds,
            values if same else self.found + other.found,
            self.found_as + other.found_as,
            self.words + other.words,
        )

    def done(self, source: str, values: dict[tuple[str, str], str], mint: Surrogates) -> list[str]:
        """Return the pieces that `source` becomes, up to the last value; add to `values` and the mint."""
        take = source.__getitem__
        own = [*map(take, self.values)]
        found = own if self.found is self.values else map(take, self.found)
        values.update(zip(zip(found, self.found_as, strict=True), map(take, self.words), strict=True))
        if not mint.recall(zip(self.kinds, own, self.put, strict=True)):
            raise Unsettled
        return [*chain.from_iterable(zip(map(take, self.between), self.put, strict=True))]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """How the messages in a gap are rewritten.

    Attributes:
        leaves: what is rewritten in their source, in order.
        duties: entity type of what was found in the body to what had to be done; None: nothing had.
        tally: entity type to operator to how often it was used.
        weight: about how many numbers the leaves hold.
        escaped: whether the messages' source holds characters in hexadecimal; looking for that in all takes its time.
    """

    leaves: tuple[Leaf | Plain, ...]
    duties: Mapping[str, Obligation | None]
    tally: Mapping[str, Mapping[str, int]]
    weight: int = 0
    escaped: bool = False


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
        self._pairs = mint.pairs
        self._redacted = {redacted(kind): kind for kind in self._duties}
        if len(self._redacted) < len(self._duties):
            self._redacted = {}
        self._before = before or Rewritten((), {}, {})
        if not obligations:
            # Nothing is rewritten now, in what is known neither.
            duties = dict.fromkeys(self._before.duties)
            self._before = Rewritten((), duties, {}, escaped=self._before.escaped)
        self._found: dict[str, list[Finding]] = {}
        self._texts: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._tally: dict[str, dict[str, int]] = {}

    def upto(self, first: int, cut: int) -> Rewritten | None:
        """Return how messages before `cut` are rewritten, of which `first` is the first that is not known yet."""
        document, turns = self._came.document, self._dialect.turns
        duties: dict[str, Obligation | None] = dict(self._before.duties)
        self._tally = {kind: dict(used) for kind, used in self._before.tally.items()}
        for finding in self._came.reading.own:
            # What is found elsewhere in the body is replaced in them too, wherever it stands again.
            duty = self._duties.get(finding.entity_type)
            duties[finding.entity_type] = duty
            if duty is not None and duty.operator != KEEP and first <= turn_of(finding.path, turns) < cut:
                self._found.setdefault(finding.path, []).append(finding)
        if any(first <= turn_of(path, turns) < cut for path, _ in self._transformation.undischarged):
            return None
        edited = {path for path in self._transformation.edits if first <= turn_of(path, turns) < cut}
        if "*" in self._duties or not self._found.keys() <= edited:
            return None
        self._texts = {segment.path: segment.text for segment in self._came.segments if segment.path in edited}
        gap = document.gap
        self._paths = {(within(path, gap) if gap else path): path for path in edited}
        source = self._came.source
        places = self._came.places(turns)
        at = places[gap.kept if gap else first][0]
        until = places[cut - gap.left_out if gap else cut][0]
        shift = len(self._came.left_out) - at
        made = self._came.cuts(self._dialect, self._transformation.edits)
        leaves = [*self._before.leaves]
        heavy = self._before.weight
        for each in made:
            if at <= each.start < until:
                leaf = self._leaf(source, each)
                if leaf is None:
                    return None
                heavy += _weight(leaf)
                plain = _plain(source, leaf, each.new, shift)
                if plain is None:
                    leaves.append(leaf._replace(at=leaf.at + shift, end=leaf.end + shift))
                elif leaves and isinstance(leaves[-1], Plain):
                    leaves[-1] = leaves[-1].and_then(plain)
                else:
                    leaves.append(plain)
        escaped = self._before.escaped or source.find(HEXADECIMAL, at, until) >= 0
        return Rewritten(tuple(leaves), duties, self._tally, heavy, escaped)

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
        found = tuple(_found(text, each.start, each.end, each.entity_type) for each in self._found.get(path, ()))
        return Leaf(cut.start, cut.end, tuple(spans), found, ())

    def _kind(self, value: str, new: str) -> str | None:
        """Count what replaces `value`; return its type if it may come back, else nothing; None: it may show it."""
        pair = self._pairs.get(new[-ID_LENGTH - 1 : -1])
        if pair is not None and pair.surrogate == new and pair.value == value:
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


def rewritten(source: str, leaves: Sequence[Leaf | Plain], values: dict[tuple[str, str], str], mint: Surrogates) -> str:
    """Return `source` rewritten; add what was found to `values`, with the word that tells, and surrogates to the mint.

    Raises:
        Unsettled: if a value may not have the surrogate that it had.
    """
    pieces: list[str] = []
    shown = 0
    for leaf in leaves:
        if isinstance(leaf, Plain):
            pieces += (source[shown : leaf.between[0].start], *leaf.done(source, values, mint))
            shown = leaf.values[-1].stop
            continue
        text, _ = _DECODE(source, leaf.at)
        for start, end, kind, word, word_end in leaf.found:
            values[text[start:end], kind] = text[word:word_end]
        if not mint.recall([(kind, text[start:end], new) for start, end, new, kind in leaf.spans]):
            raise Unsettled
        text = rewritten(text, leaf.inner, values, mint) if leaf.inner else _replaced(text, leaf.spans)
        pieces += (source[shown : leaf.at], quote(text))
        shown = leaf.end
    pieces.append(source[shown:])
    return "".join(pieces)


def _replaced(text: str, spans: Iterable[tuple[int, int, str, str]]) -> str:
    pieces: list[str] = []
    shown = 0
    for start, end, new, _ in spans:
        pieces += (text[shown:start], new)
        shown = end
    return "".join((*pieces, text[shown:]))


def _plain(source: str, leaf: Leaf, new: str, shift: int) -> Plain | None:
    """Return `leaf` as something done in the source itself; None if the source would not become `new` so.

    That it becomes `new` is tried out here: the same is done to the very same source each time, of which the offsets
    are `shift` more.
    """
    spans: list[tuple[int, int, str, str]] = []
    shown = 0
    text = source[leaf.at : leaf.end]
    replaced, told = _told(source, leaf)
    for value, put, kind in replaced:
        start = text.find(value, shown)
        if start < 0:
            return None
        shown = start + len(value)
        spans.append((start, shown, put, kind))
    if not spans or _replaced(text, spans) != new:
        return None
    found: list[Found] = []
    for value, kind in told:
        start = text.find(value)
        if start < 0:
            return None
        found.append(_found(text, start, start + len(value), kind))
    at = leaf.at + shift
    values = tuple(slice(at + start, at + end) for start, end, _, _ in spans)
    begins = (at, *(value.stop for value in values))
    places = tuple(slice(at + each.start, at + each.end) for each in found)
    return Plain(
        values,
        tuple(slice(begin, value.start) for begin, value in zip(begins, values, strict=False)),
        tuple(put for _, _, put, _ in spans),
        tuple(kind for *_, kind in spans),
        values if places == values else places,
        tuple(each.kind for each in found),
        tuple(slice(at + each.word, at + each.word_end) for each in found),
    )


def _told(source: str, leaf: Leaf) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """Return what is replaced in a leaf, by what, as what, and what was found in it, as what; in order."""
    text, _ = _DECODE(source, leaf.at)
    replaced = [(text[start:end], new, kind) for start, end, new, kind in leaf.spans]
    found = [(text[each.start : each.end], each.kind) for each in leaf.found]
    for inner in leaf.inner:
        more = _told(text, inner)
        replaced += more[0]
        found += more[1]
    return replaced, found


def _found(text: str, start: int, end: int, kind: str) -> Found:
    word, word_end = telling(text[start:end])
    return Found(start, end, kind, start + word, start + word_end)


def _weight(leaf: Leaf) -> int:
    """Return about how many numbers a leaf holds, to count its bytes."""
    return 1 + len(leaf.spans) + len(leaf.found) + sum(map(_weight, leaf.inner))
