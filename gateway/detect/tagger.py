"""The entity model as a recognizer: names, places, addresses, ages, dates, what a form or a clinical note holds.

Decisions kept here:

* A long segment is cut into pieces that overlap by the network's whole reach, so memory is bounded, the cost is
  linear, and no token is judged differently because of the cut.
* The network knows `PUBLIC_PERSON` (a public figure, a character, a puzzle's Alice) besides `PERSON`. Both are
  reported as PERSON, since both are names; the score of the first kind is at most `PUBLIC_SCORE`, so that a policy
  with `min_score: 0.5` is raised by private people only, while nothing is hidden from one that wants every name.
* Decoding is a few comparisons for a whole batch: the kind with the highest probability, if that reaches its threshold,
  or six tenths of it beside a word that does; a new entity begins where "begin" clearly outweighs "continue". These
  numbers are the best of a small grid on the development sets (0.61 to 0.63 on interviews, 0.66 to 0.70 on posts).
* A single everyday word ("joke", "stones") is a name only where the network is nearly sure. The list holds what people
  write in lower case and hardly ever as a name, and no first or last name of the lists, so it hides no "Will".
* The words that lead to a short leaf (its JSON keys) are read in front of it: `{"patient": "Ernesto"}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gateway.core.model import Finding, Segment, SegmentKind
from gateway.detect.namesakes import with_namesakes
from gateway.detect.network import GAP, Network, NetworkWeights
from gateway.detect.topics import STRUCTURAL_KEYS
from gateway.detect.words import TOKEN, Vocabulary, fold, without_surrogates

__all__ = ["EVERYDAY_SCORE", "PRIVATE_SCORE", "PUBLIC_PERSON", "PUBLIC_SCORE", "EntityTagger", "TaggerSettings"]

PUBLIC_PERSON = "PUBLIC_PERSON"
"""The kind of label that is reported as PERSON with a low score."""

PUBLIC_SCORE = 0.4
"""Highest score of a name that is taken for a public figure's or a character's."""

EVERYDAY_SCORE = 0.9
"""Score from which an everyday word is a name after all."""

PRIVATE_SCORE = 0.5
"""Score from which a name is private; its other mentions in the same text count as much."""

_PIECE = 1024
_KEYS = 2
_SHORT = 160
_FEWEST = {"PERSON": 2, "STREET_ADDRESS": 5}
_NEIGHBOUR = 0.6
_REACH = 2
_BEGINS = 0.8
_POSSESSIVE = ("'s", "’s")

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TaggerSettings:
    """How probabilities become findings.

    Attributes:
        kinds: the entity kinds of the labels: label 0 is "outside", 2 * i + 1 begins, 2 * i + 2 continues `kinds[i]`.
        thresholds: kind to the lowest probability with which a token belongs to an entity of that kind; 0.5 if absent.
        private_share: of a name's probability, the share of PERSON (against PUBLIC_PERSON) from which it is private.
        famous_share: the same for a full name that the list of famous people holds.
        reach: words on each side of a token that its neighbourhood's average covers.
    """

    kinds: tuple[str, ...]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    private_share: float = 0.5
    famous_share: float = 0.98
    reach: int = 24


@dataclass(frozen=True)
class _Text:
    """A segment's tokens, after the `offset` code points of lead that were put in front of its own text."""

    source: str = field(repr=False)
    offset: int
    tokens: list[str] = field(repr=False)

    @classmethod
    def of(cls, segment: Segment) -> _Text:
        if segment.kind in (SegmentKind.OPAQUE, SegmentKind.NAME):
            return cls("", 0, [])
        lead = ""
        if segment.kind is SegmentKind.VALUE and segment.context and len(segment.text) <= _SHORT:
            keys = [key for key in segment.context[-_KEYS:] if key and key.lower() not in STRUCTURAL_KEYS]
            lead = " ".join(keys)[:_SHORT].replace("_", " ") + ": " if keys else ""
        source = lead + segment.text
        return cls(source, len(lead), without_surrogates(TOKEN.findall(source), source))

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Offsets of each token in `source`, looked for only when something was found."""
        return [match.span() for match in TOKEN.finditer(self.source)]

    @property
    def own_places(self) -> list[tuple[int, int]]:
        """Offsets in the segment's own text of its own tokens."""
        return [(start - self.offset, end - self.offset) for start, end in self.places if start >= self.offset]

    @property
    def own_tokens(self) -> list[str]:
        """The tokens that begin in the segment's own text."""
        return self.tokens[len(self.tokens) - len(self.own_places) :]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of one text's tokens: tokens[start:end] are judged, tokens[low:high] are looked at."""

    text: int
    low: int
    start: int
    end: int
    high: int


@dataclass(frozen=True, slots=True)
class _Labels:
    """Per word: its kind (-1: outside), the score, of a name's the private share, whether an entity begins here."""

    kinds: I64
    scores: F32
    shares: F32
    begins: Bools

    def part(self, window: slice) -> _Labels:
        return _Labels(self.kinds[window], self.scores[window], self.shares[window], self.begins[window])


class EntityTagger:
    """A `Recognizer` over trained weights.

    Args:
        vocabulary: maps words to rows of the weights.
        weights: without `faults`.
        settings: how probabilities become findings.
        name: becomes `Finding.recognizer`.
        familiar: frequent words; they cost nothing at their first use.
        famous: full names of public people.
        everyday: folded words that are hardly ever names.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        weights: NetworkWeights,
        settings: TaggerSettings,
        *,
        name: str = "entities",
        familiar: Sequence[str] = (),
        famous: Sequence[str] = (),
        everyday: Sequence[str] = (),
    ) -> None:
        self._name = name
        self._famous = frozenset(" ".join(fold(word) for word in who.split()) for who in famous)
        self._everyday = frozenset(everyday)
        self._settings = settings
        self._network = Network(vocabulary, weights, settings.reach, familiar)
        kinds = settings.kinds
        self._types = tuple("PERSON" if kind == PUBLIC_PERSON else kind for kind in kinds)
        self._thresholds = np.array([settings.thresholds.get(kind, 0.5) for kind in kinds], dtype=np.float32)
        both = PUBLIC_PERSON in kinds and "PERSON" in kinds
        self._names = (kinds.index("PERSON"), kinds.index(PUBLIC_PERSON)) if both else None

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def entity_types(self) -> frozenset[str]:
        """All types that findings can have."""
        return frozenset(self._types)

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return the entities of all segments, in the order of segments and offsets.

        Raises:
            DetectionError: if the network's numbers are not finite.
        """
        texts = [_Text.of(segment) for segment in segments]
        found: list[list[Finding]] = [[] for _ in texts]
        for batch in self._batches(texts):
            for piece, labels in self._judge(batch, texts):
                found[piece.text] += self._findings(segments[piece.text], texts[piece.text], piece, labels)
        findings: list[Finding] = []
        for text, own in zip(texts, found, strict=True):
            if any(finding.entity_type == "PERSON" for finding in own):
                findings += with_namesakes(own, text.own_tokens, text.own_places, PRIVATE_SCORE)
            else:
                findings += own
        return findings

    def _batches(self, texts: Sequence[_Text]) -> Iterator[list[_Piece]]:
        halo = self._network.halo
        batch: list[_Piece] = []
        size = 0
        for index, text in enumerate(texts):
            count = len(text.tokens)
            for start in range(0, count, _PIECE):
                end = min(start + _PIECE, count)
                piece = _Piece(index, max(0, start - halo), start, end, min(count, end + halo))
                length = piece.high - piece.low + GAP
                if batch and size + length > _PIECE:
                    yield batch
                    batch, size = [], 0
                batch.append(piece)
                size += length
        if batch:
            yield batch

    def _judge(self, batch: Sequence[_Piece], texts: Sequence[_Text]) -> Iterator[tuple[_Piece, _Labels]]:
        """Yield the labels of each piece that holds an entity."""
        words: list[str | None] = [None] * GAP
        places = []
        for piece in batch:
            places.append(len(words))
            words += texts[piece.text].tokens[piece.low : piece.high]
            words += [None] * GAP
        if len(batch) == 1:
            bounds: tuple[I64 | int, I64 | int] = (GAP, len(words) - GAP)
        else:
            bounds = _bounds(batch, places)
        # A kind has two labels, a name four: none counts unless one label reaches a quarter of what a neighbour needs.
        least = float(self._thresholds.min())
        maybe, probabilities = self._network.probabilities(words, *bounds, min(least * _NEIGHBOUR / 4, 0.5))
        if not maybe.size or probabilities[:, 0].min() > 1 - least + 1e-3:
            return
        labels = self._labels(len(words), maybe, probabilities)
        for piece, place in zip(batch, places, strict=True):
            window = slice(place + piece.start - piece.low, place + piece.end - piece.low)
            part = labels.part(window)
            if (part.kinds >= 0).any():
                yield piece, part

    def _labels(self, count: int, places: I64, probabilities: F32) -> _Labels:
        begin, go_on = probabilities[:, 1::2], probabilities[:, 2::2]
        each = begin + go_on
        shares = np.ones(each.shape[0], dtype=np.float32)
        if self._names is not None:
            person, public = self._names
            total = each[:, person] + each[:, public]
            shares = (each[:, person] / np.maximum(total, np.float32(1e-6))).astype(np.float32)
            each[:, person] = total
            each[:, public] = 0.0
            begin = begin.copy()
            begin[:, person] += begin[:, public]
        kinds = each.argmax(axis=1)
        rows = np.arange(kinds.size)
        scores = each[rows, kinds]
        inside = scores >= self._thresholds[kinds]
        unsure = scores >= self._thresholds[kinds] * np.float32(_NEIGHBOUR)
        for _ in range(_REACH):
            inside = inside | (unsure & _beside(inside, kinds, places))
        begins = begin[rows, kinds] >= scores * np.float32(_BEGINS)
        labels = _Labels(
            np.full(count, -1, dtype=np.int64),
            np.zeros(count, dtype=np.float32),
            np.zeros(count, dtype=np.float32),
            np.zeros(count, dtype=np.bool_),
        )
        labels.kinds[places] = np.where(inside, kinds, -1)
        labels.scores[places], labels.shares[places], labels.begins[places] = scores, shares, begins
        return labels

    def _findings(self, segment: Segment, text: _Text, piece: _Piece, labels: _Labels) -> Iterator[Finding]:
        places = text.places
        for first, last in _stretches(labels):
            start, end = max(places[piece.start + first][0], text.offset), places[piece.start + last][1]
            entity_type = self._types[int(labels.kinds[first])]
            if entity_type == "PERSON" and text.source.startswith(_POSSESSIVE, end - 2):
                end -= 2
            if _plausible(entity_type, text.source[start:end]):
                score = float(labels.scores[first : last + 1].mean())
                alone = entity_type == "PERSON" and first == last and score < EVERYDAY_SCORE
                if alone and fold(text.source[start:end]) in self._everyday:
                    continue
                if entity_type == "PERSON" and self._public(text.source[start:end], labels.shares[first : last + 1]):
                    score = min(score, PUBLIC_SCORE)
                yield Finding(
                    segment.path, entity_type, start - text.offset, end - text.offset, round(score, 4), self._name
                )

    def _public(self, name: str, shares: F32) -> bool:
        """Return whether the name counts as a public person's: by its surroundings, or more readily by the list."""
        listed = " ".join(fold(word) for word in name.split()) in self._famous
        least = self._settings.famous_share if listed else self._settings.private_share
        return float(shares.mean()) < least


def _plausible(entity_type: str, text: str) -> bool:
    """Return whether `text` can be of the type at all: a formula's `N` is nobody, a number has a digit."""
    if entity_type == "RECORD_ID":
        return any(letter.isdigit() for letter in text)
    letters = sum(letter.isalnum() for letter in text)
    return letters >= _FEWEST.get(entity_type, 1)


def _bounds(batch: Sequence[_Piece], places: Sequence[int]) -> tuple[I64, I64]:
    """Return per word of a batch where its piece begins and ends; padding after a piece counts with it."""
    sizes = [piece.high - piece.low for piece in batch]
    first = np.zeros(GAP, dtype=np.int64)
    rows = [size + GAP for size in sizes]
    lows = np.concatenate([first, np.repeat(places, rows)])
    return lows, lows + np.concatenate([first, np.repeat(sizes, rows)])


def _beside(inside: Bools, kinds: I64, places: I64) -> Bools:
    """Return per word whether a neighbour of the same kind is inside an entity."""
    touch = (np.diff(places) == 1) & (kinds[1:] == kinds[:-1])
    beside = np.zeros_like(inside)
    beside[1:] |= touch & inside[:-1]
    beside[:-1] |= touch & inside[1:]
    return beside


def _stretches(labels: _Labels) -> Iterator[tuple[int, int]]:
    """Yield the first and last token of each entity."""
    inside = np.flatnonzero(labels.kinds >= 0)
    if not inside.size:
        return
    kinds, begins = labels.kinds[inside], labels.begins[inside]
    new = np.ones(inside.size, dtype=np.bool_)
    new[1:] = (np.diff(inside) > 1) | (kinds[1:] != kinds[:-1]) | begins[1:]
    firsts = inside[new]
    lasts = inside[np.append(new[1:], True)]
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)
