"""What a request is about: a small network over hashed words, in numpy.

Decisions kept here:

* The network is a bag of features that depend on one word alone (`words.py`), two narrow convolutions, pooling over
  a window, and a logistic head for each topic. The first convolution is linear in the words, so its three products
  are kept for each distinct word: a known word costs one look-up, and a text of 1 KB about 0.15 ms.
* Windows are pairs of neighbouring units of `UNIT` tokens, and a topic's probability is the highest of any window:
  one sensitive sentence in three pages of prose is seen, and length does not dilute.
* All segments of a request are read as one stream, in order, each after its keys (`diagnosis: F32.1`): a fact may
  be told over several turns or the leaves of a tool result.
* Topics come from words, not from findings: they stay the same when a transform puts surrogates in place of values,
  so that what is meant is judged again on what would be sent (invariant 1).
* The word cache is keyed by Python's salted hash of the word, never by the word (invariant 4), is bounded, and is
  begun anew when full: memory stays flat over any number of texts.
* Evidence (`explain`) costs a pass for each word and is therefore not part of `analyze`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from gateway.core.errors import DetectionError
from gateway.core.model import Finding, Segment, SegmentKind, Topics
from gateway.detect.words import TOKEN, Vocabulary

__all__ = ["STRUCTURAL_KEYS", "UNIT", "HashedTopicModel", "TopicWeights"]

UNIT = 64
"""Tokens of a unit; a window is two neighbouring units."""

_BATCH = 128 * UNIT
_CACHED_WORDS = 3 * _BATCH
_EVIDENCE_WORDS = 6

STRUCTURAL_KEYS = frozenset(
    {
        *("messages", "content", "role", "text", "input", "output", "parts", "prompt", "system", "instructions"),
        *("tool_calls", "function", "arguments", "value", "data", "item", "items", "results", "result", "type"),
    }
)
"""Keys that say where a text stands in a request and nothing about what it is."""

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TopicWeights:
    """The trained arrays (`weights.npz`); D: word vector, H: channels, M: hidden, T: topics.

    Attributes:
        table: (rows, D) int8, rows of words, n-grams and shapes; times `scale`.
        scale: (D,).
        first: (3, D, H), `first_bias`: (H,): convolution over a word and its neighbours.
        second: (3, H, H), `second_bias`: (H,): the same with gaps of two words.
        hidden: (2 H, M), `hidden_bias`: (M,): on the window's highest and mean activations.
        heads: (M, T), `heads_bias`: (T,).
        slope: (T,), `offset`: (T,): Platt's calibration of the logits.
        sizes: (3,): rows for words, n-grams and shapes.
    """

    table: npt.NDArray[np.int8] = field(repr=False)
    scale: F32 = field(repr=False)
    first: F32 = field(repr=False)
    first_bias: F32 = field(repr=False)
    second: F32 = field(repr=False)
    second_bias: F32 = field(repr=False)
    hidden: F32 = field(repr=False)
    hidden_bias: F32 = field(repr=False)
    heads: F32 = field(repr=False)
    heads_bias: F32 = field(repr=False)
    slope: F32 = field(repr=False)
    offset: F32 = field(repr=False)
    sizes: npt.NDArray[np.int64] = field(repr=False)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> TopicWeights:
        """Return the weights in `arrays` (`numpy.load` of `weights.npz`).

        Raises:
            ValueError: if an array is missing or has the wrong shape.
        """
        names = [item.name for item in fields(cls)]
        missing = sorted(set(names) - set(arrays))
        if missing:
            raise ValueError(f"arrays missing: {', '.join(missing)}")
        kinds: dict[str, npt.DTypeLike] = {"table": np.int8, "sizes": np.int64}
        ready = {name: np.ascontiguousarray(arrays[name], dtype=kinds.get(name, np.float32)) for name in names}
        weights = cls(**ready)
        weights._check()
        return weights

    def _check(self) -> None:
        rows, width = self.table.shape
        channels, middle, topics = self.first_bias.size, self.hidden_bias.size, self.heads_bias.size
        wanted = {
            "scale": (width,),
            "first": (3, width, channels),
            "second": (3, channels, channels),
            "second_bias": (channels,),
            "hidden": (2 * channels, middle),
            "heads": (middle, topics),
            "slope": (topics,),
            "offset": (topics,),
            "sizes": (3,),
        }
        wrong = [name for name, shape in wanted.items() if getattr(self, name).shape != shape]
        if wrong or int(self.sizes.sum()) != rows:
            raise ValueError(f"arrays of the wrong shape: {', '.join(wrong or ['table'])}")


class _WordCache:
    """The first convolution's three products for each distinct word seen, (words, 3 H)."""

    def __init__(self, width: int) -> None:
        self.places: dict[int, int] = {}
        self.products = np.empty((_CACHED_WORDS, width), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Stream:
    """The tokens of all segments in order; `places`: (segment, start, end), start -1 for a key's word."""

    words: list[str] = field(repr=False)
    places: list[tuple[int, int, int]]


class HashedTopicModel:
    """A `TopicModel` of format `hashed-ngram-v1`."""

    def __init__(self, topics: Sequence[str], weights: TopicWeights) -> None:
        if len(topics) != weights.heads_bias.size or len(set(topics)) != len(topics):
            raise ValueError(f"{len(topics)} topic names for {weights.heads_bias.size} heads")
        self._names = tuple(topics)
        self._weights = weights
        words, grams, shapes = (int(size) for size in weights.sizes)
        nothing = np.zeros(0, dtype=np.uint64)
        self._vocabulary = Vocabulary(words, grams, shapes, nothing, np.zeros(0, dtype=np.uint16))
        self._table = weights.table.astype(np.float32) * weights.scale
        self._first = np.concatenate(list(weights.first), axis=1)
        self._second = weights.second.reshape(-1, weights.second.shape[2])
        self._cache = _WordCache(self._first.shape[1])
        self._lock = threading.Lock()

    @property
    def topics(self) -> frozenset[str]:
        """All topic names."""
        return frozenset(self._names)

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:  # noqa: ARG002 - see header
        """Return each topic's probability, the highest of any window.

        Raises:
            DetectionError: if the arithmetic gives no number.
        """
        words = [word for segment in segments for word in _words(segment)]
        highest = self._probabilities(self._units(words)).max(axis=0)
        if not np.isfinite(highest).all():
            raise DetectionError("the topic model gave no number")
        return Topics(probabilities=dict(zip(self._names, highest.tolist(), strict=True)))

    def explain(self, segments: Sequence[Segment], findings: Sequence[Finding], floor: float = 0.3) -> Topics:
        """Return `analyze` with evidence: for topics of at least `floor`, the words whose loss lowers it most."""
        topics = self.analyze(segments, findings)
        stream = _stream(segments)
        evidence: dict[str, tuple[tuple[str, int, int], ...]] = {}
        if stream.words:
            pooled = self._units(stream.words)
            windows = self._probabilities(pooled)
            for index, name in enumerate(self._names):
                if topics.probabilities[name] < floor:
                    continue
                begin = int(windows[:, index].argmax()) * UNIT
                spans = self._spans(stream, range(begin, min(begin + 2 * UNIT, len(stream.words))), index)
                evidence[name] = tuple((segments[place].path, start, end) for place, start, end in spans)
        return Topics(probabilities=topics.probabilities, evidence=evidence)

    def _spans(self, stream: _Stream, window: range, index: int) -> list[tuple[int, int, int]]:
        """Return the places of the words in `window` that speak most for topic number `index`, in order."""
        words = [stream.words[place] for place in window]
        base = float(self._probabilities(self._units(words))[:, index].max())
        drops = []
        for offset, place in enumerate(window):
            if stream.places[place][1] < 0 or not words[offset][0].isalnum():
                continue
            without = [*words[:offset], "·", *words[offset + 1 :]]
            drops.append((base - float(self._probabilities(self._units(without))[:, index].max()), place))
        best = sorted((drop for drop in drops if drop[0] > 0), reverse=True)[:_EVIDENCE_WORDS]
        return sorted(stream.places[place] for _, place in best)

    def _units(self, words: Sequence[str]) -> F32:
        """Return (units, 2 H + 1): of each unit's tokens the highest activations, their sums, and the number."""
        batches = [self._pool(words[at : at + _BATCH]) for at in range(0, max(len(words), 1), _BATCH)]
        return batches[0] if len(batches) == 1 else np.concatenate(batches)

    def _pool(self, words: Sequence[str]) -> F32:
        weights = self._weights
        channels, count = weights.first_bias.size, len(words)
        if not count:
            return np.zeros((1, 2 * channels + 1), dtype=np.float32)
        products = self._products(words)
        # rows 2 .. count + 1 are the tokens; the rest is the silence before and after a text
        layer = np.zeros((count + 4, channels), dtype=np.float32)
        body = layer[2 : count + 2]
        body += weights.first_bias
        body += products[:, channels : 2 * channels]
        body[1:] += products[:-1, :channels]
        body[:-1] += products[1:, 2 * channels :]
        np.maximum(body, 0, out=body)
        deep = np.concatenate((layer[:-4], body, layer[4:]), axis=1) @ self._second
        deep += weights.second_bias
        np.maximum(deep, 0, out=deep)
        begins = np.arange(0, count, UNIT)
        pooled = np.empty((begins.size, 2 * channels + 1), dtype=np.float32)
        pooled[:, :channels] = np.maximum.reduceat(deep, begins, axis=0)
        pooled[:, channels:-1] = np.add.reduceat(deep, begins, axis=0)
        pooled[:, -1] = np.diff(np.append(begins, count))
        return pooled

    def _products(self, words: Sequence[str]) -> F32:
        """Return (words, 3 H) from the cache, new words first put into it."""
        cache = self._cache
        keys = [hash(word) for word in words]
        places = [cache.places.get(key, -1) for key in keys]
        if -1 in places:
            with self._lock:
                cache = self._learn(dict(zip(keys, words, strict=True)))
                places = [cache.places[key] for key in keys]
        return cache.products[places] if places else cache.products[:0]

    def _learn(self, words: Mapping[int, str]) -> _WordCache:
        """Return a cache that holds all `words`, by their hashes; a full one is left to those who still read it."""
        cache = self._cache
        fresh = [key for key in words if key not in cache.places]
        if len(cache.places) + len(fresh) > _CACHED_WORDS:
            cache = _WordCache(self._first.shape[1])
            fresh = list(words)
        if fresh:
            at = len(cache.places)
            cache.products[at : at + len(fresh)] = self._vectors([words[key] for key in fresh]) @ self._first
            cache.places.update(zip(fresh, range(at, at + len(fresh)), strict=True))
        self._cache = cache
        return cache

    def _vectors(self, words: Sequence[str]) -> F32:
        """Return (words, D): the rows of the word, its shape, length and ending, and the mean of its n-grams."""
        rows = self._vocabulary.features(words)
        vectors: F32 = self._table[rows.single].sum(axis=1)
        sizes = np.diff(np.append(rows.starts, rows.grams.size)).astype(np.float32)
        vectors += np.add.reduceat(self._table[rows.grams], rows.starts, axis=0) / sizes[:, None]
        return vectors

    def _probabilities(self, units: F32) -> F32:
        """Return (windows, T) for the units that `_units` gives."""
        weights = self._weights
        channels = weights.first_bias.size
        highest: F32 = units[:, :channels]
        sums: F32 = units[:, channels:]
        if len(units) > 1:
            highest, sums = np.maximum(highest[:-1], highest[1:]), sums[:-1] + sums[1:]
        pooled: F32 = np.concatenate((highest, sums[:, :-1] / np.maximum(sums[:, -1:], 1)), axis=1)
        middle: F32 = np.maximum(pooled @ weights.hidden + weights.hidden_bias, 0)
        logits = (middle @ weights.heads + weights.heads_bias) * weights.slope + weights.offset
        probabilities: F32 = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        return probabilities


def _lead(segment: Segment) -> Iterable[str]:
    """Return the keys that say what the segment's text is."""
    return [key for key in segment.context[-2:] if key and key.lower() not in STRUCTURAL_KEYS]


def _words(segment: Segment) -> Iterator[str]:
    if segment.kind is SegmentKind.OPAQUE:
        return
    for key in _lead(segment):
        yield from TOKEN.findall(key)
        yield ":"
    yield from TOKEN.findall(segment.text)
    yield "\n"


def _stream(segments: Sequence[Segment]) -> _Stream:
    """Return the words of `_words` with their places."""
    words: list[str] = []
    places: list[tuple[int, int, int]] = []
    for index, segment in enumerate(segments):
        if segment.kind is SegmentKind.OPAQUE:
            continue
        texts = list(TOKEN.finditer(segment.text))
        lead = sum(1 for _ in _words(segment)) - len(texts) - 1
        words += _words(segment)
        places += [(index, -1, -1)] * lead
        places += [(index, match.start(), match.end()) for match in texts]
        places.append((index, -1, -1))
    return _Stream(words, places)
