"""What a request is about: hashed words in numpy, a linear model and a small network added together.

Decisions kept here:

* Two halves that err in different places. The linear half adds weights of words, their character n-grams and pairs of
  neighbours, by rarity, and generalises to what nobody wrote into the corpus. The network (two narrow convolutions,
  pooling, one hidden layer) knows what stands near what. Their logits are added, by weights that calibration found.
* Everything that depends on one word alone is kept for each distinct word: its sums for the linear half and the three
  products of the first convolution. A known word costs a look-up, and a text of 1 KB about 0.3 ms.
* A word or pair counts once in a unit, however often it is said there: else a log or a chat of the same few words would
  weigh as much as a long argument.
* Windows are pairs of neighbouring units of `UNIT` tokens, and a topic's probability is the highest of any window:
  one sensitive sentence in three pages of prose is seen, and length does not dilute.
* All segments of a request are read as one stream, in order, each after its keys (`diagnosis: F32.1`): a fact may
  be told over several turns or the leaves of a tool result.
* The labelling guide's levels exclude one another, so that they are three heads under one softmax, from which come the
  topics `sensitive` (moderate or high) and `highly_sensitive` (high); every other topic has a logistic head of its own.
* Topics come from words, not from findings: they stay the same when a transform puts surrogates in place of values,
  so that what is meant is judged again on what would be sent (invariant 1).
* The word cache is keyed by Python's salted hash of the word, never by the word (invariant 4), is bounded, and is
  begun anew when full: memory stays flat over any number of texts.
* Evidence (`explain`) costs a pass for each word and is therefore not part of `analyze`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from gateway.core.errors import DetectionError
from gateway.core.model import Finding, Segment, SegmentKind, Topics
from gateway.detect.words import TOKEN, FeatureRows, Vocabulary, without_surrogates

__all__ = [
    "LEVEL_HEADS",
    "LEVEL_TOPICS",
    "STRUCTURAL_KEYS",
    "UNIT",
    "HashedTopicModel",
    "TopicWeights",
    "pair_rows",
    "tokens_of",
]

LEVEL_HEADS = ("low", "moderate", "high")
"""The last three heads, under one softmax."""

LEVEL_TOPICS = ("sensitive", "highly_sensitive")
"""The last two topics, which come from these heads."""

UNIT = 64
"""Tokens of a unit; a window is two neighbouring units."""

_BATCH = 128 * UNIT
_LOOK = 3
"""Words on each side of a word that its activations depend on."""
_CACHED_WORDS = 3 * _BATCH
_EVIDENCE_WORDS = 6
_RARITY_STEPS = 20
_ADDRESS = "user@mail"
_MODEL = "/model"
"""The name of the model asked for is in every request and says nothing of it."""
_PAIR_FIRST, _PAIR_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)

STRUCTURAL_KEYS = frozenset(
    {
        *("messages", "content", "role", "text", "input", "output", "parts", "prompt", "system", "instructions"),
        *("tool_calls", "function", "arguments", "value", "data", "item", "items", "results", "result", "type"),
        *("model", "tool_call_id", "id", "metadata", "tools", "parameters", "properties", "description", "user"),
    }
)
"""Keys that say where a text stands in a request and nothing about what it is."""

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TopicWeights:
    """The trained arrays (`weights.npz`); D: word vector, H: channels, M: hidden, T: heads (see `LEVEL_HEADS`).

    Attributes:
        sizes: (3,): rows that features have for words, n-grams and shapes; the first two are powers of two.
        table: (rows, D) int8, the network's rows for words, n-grams (both folded to fewer, a power of two each) and
            shapes; times `scale`, (D,).
        folded: (2,): the table's rows for words and for n-grams.
        first: (3, D, H), `first_bias`: (H,): convolution over a word and its neighbours.
        second: (3, H, H), `second_bias`: (H,): the same with gaps of two words.
        hidden: (2 H, M), `hidden_bias`: (M,): on the window's highest and mean activations.
        heads: (M, T), `heads_bias`: (T,).
        linear: (words + n-grams, T) int8, times `linear_scale`, (T,); `linear_bias`: (T,).
        rarity: (words + n-grams,) uint8, how rare the row is: 20 times log(texts / texts that have it).
        pairs: (pairs, T) int8, times `linear_scale`; `pairs_rarity`: (pairs,) uint8; a power of two.
        slope: (2, T), `offset`: (T,): Platt's calibration of the logits of network and linear half; of the last three
            heads, one calibration for all: they exclude one another.
    """

    sizes: npt.NDArray[np.int64] = field(repr=False)
    table: npt.NDArray[np.int8] = field(repr=False)
    scale: F32 = field(repr=False)
    folded: npt.NDArray[np.int64] = field(repr=False)
    first: F32 = field(repr=False)
    first_bias: F32 = field(repr=False)
    second: F32 = field(repr=False)
    second_bias: F32 = field(repr=False)
    hidden: F32 = field(repr=False)
    hidden_bias: F32 = field(repr=False)
    heads: F32 = field(repr=False)
    heads_bias: F32 = field(repr=False)
    linear: npt.NDArray[np.int8] = field(repr=False)
    linear_scale: F32 = field(repr=False)
    linear_bias: F32 = field(repr=False)
    rarity: npt.NDArray[np.uint8] = field(repr=False)
    pairs: npt.NDArray[np.int8] = field(repr=False)
    pairs_rarity: npt.NDArray[np.uint8] = field(repr=False)
    slope: F32 = field(repr=False)
    offset: F32 = field(repr=False)

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
        kinds: dict[str, npt.DTypeLike] = dict.fromkeys(("table", "linear", "pairs"), np.int8)
        kinds |= dict.fromkeys(("rarity", "pairs_rarity"), np.uint8) | dict.fromkeys(("sizes", "folded"), np.int64)
        ready = {name: np.ascontiguousarray(arrays[name], dtype=kinds.get(name, np.float32)) for name in names}
        weights = cls(**ready)
        weights._check()
        return weights

    def _check(self) -> None:
        rows, width = self.table.shape
        channels, middle, topics = self.first_bias.size, self.hidden_bias.size, self.heads_bias.size
        pairs, known = self.pairs_rarity.size, self.rarity.size
        wanted = {
            "sizes": (3,),
            "scale": (width,),
            "folded": (2,),
            "first": (3, width, channels),
            "second": (3, channels, channels),
            "second_bias": (channels,),
            "hidden": (2 * channels, middle),
            "heads": (middle, topics),
            "linear": (known, topics),
            "linear_scale": (topics,),
            "linear_bias": (topics,),
            "pairs": (pairs, topics),
            "slope": (2, topics),
            "offset": (topics,),
        }
        wrong = [name for name, shape in wanted.items() if getattr(self, name).shape != shape]
        if wrong:
            raise ValueError(f"arrays of the wrong shape: {', '.join(wrong)}")
        words, grams, shapes = (int(size) for size in self.sizes)
        powers = (words, grams, pairs, *self.folded.tolist())
        if words + grams != known or int(self.folded.sum()) + shapes != rows or any(size & size - 1 for size in powers):
            raise ValueError("arrays of the wrong shape: table, linear or sizes")


def pair_rows(identities: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.int64]:
    """Return the rows of all pairs of neighbours along the last axis; `rows` is a power of two."""
    words = identities.astype(np.uint64)
    mixed = (words[..., :-1] * _PAIR_FIRST + words[..., 1:] + np.uint64(1)) * _PAIR_MIX
    return ((mixed >> np.uint64(33)) & np.uint64(rows - 1)).astype(np.int64)


class _WordCache:
    """For each distinct word seen: the first convolution's three products, and what the linear half adds.

    Attributes:
        products: (words, 3 H).
        sums: (words, T + 1): weights by rarity, and the squared rarity.
        identities: (words,): the row of the whole word, for pairs.
    """

    def __init__(self, width: int, topics: int) -> None:
        self.places: dict[int, int] = {}
        self.products = np.empty((_CACHED_WORDS, width), dtype=np.float32)
        self.sums = np.empty((_CACHED_WORDS, topics + 1), dtype=np.float32)
        self.identities = np.empty(_CACHED_WORDS, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Read:
    """How far a model has read: numbers, no words.

    Attributes:
        part: the part from which words are needed to go on.
        count: the words before it.
        units: units that are read, with all that they look at.
        last: what is known of the last of them.
        highest: each topic's highest probability in windows of them.
    """

    part: int = 0
    count: int = 0
    units: int = 0
    last: F32 | None = field(default=None, repr=False)
    highest: F32 | None = field(default=None, repr=False)

    def after(self, counts: Mapping[int, int], end: int, rows: F32, so_far: F32) -> Read:
        """Return where reading is after part `end`.

        Args:
            counts: words before each part.
            end: how many parts are read.
            rows: what is known of the units from this one's last on.
            so_far: highest probabilities up to each window of two of them.
        """
        units = max((counts[end] - _LOOK) // UNIT, 0)
        if units <= self.units:
            return Read(self.part, self.count, self.units, self.last, self.highest)
        needed = units * UNIT - _LOOK
        part = max(part for part, count in counts.items() if count <= needed)
        first = self.units - (self.last is not None)
        highest = self.highest
        closed = units - 1 - first
        if closed > 0:
            highest = so_far[closed - 1].copy()
            if self.highest is not None:
                highest = np.maximum(highest, self.highest)
        return Read(part, counts[part], units, rows[closed].copy(), highest)


@dataclass(frozen=True, slots=True)
class _Stream:
    """The tokens of all segments in order; `places`: (segment, start, end), start -1 for a key's word."""

    words: list[str] = field(repr=False)
    places: list[tuple[int, int, int]]


class HashedTopicModel:
    """A `TopicModel` of format `hashed-ngram-v2`.

    Args:
        topics: a name for each head but the last three, then `LEVEL_TOPICS`.
        weights: of the heads, `LEVEL_HEADS` last.

    Raises:
        ValueError: if the names don't fit the heads.
    """

    def __init__(self, topics: Sequence[str], weights: TopicWeights) -> None:
        heads = weights.heads_bias.size
        own = heads - len(LEVEL_HEADS)
        if len(topics) != own + len(LEVEL_TOPICS) or len(set(topics)) != len(topics):
            raise ValueError(f"{len(topics)} topic names for {heads} heads")
        if tuple(topics[own:]) != LEVEL_TOPICS:
            raise ValueError(f"the last topics must be {' and '.join(LEVEL_TOPICS)}")
        self._names = tuple(topics)
        self._weights = weights
        nothing = np.zeros(0, dtype=np.uint64)
        words, grams, shapes = (int(size) for size in weights.sizes)
        self._vocabulary = Vocabulary(words, grams, shapes, nothing, np.zeros(0, dtype=np.uint16))
        self._table = weights.table.astype(np.float32) * weights.scale
        self._first = np.concatenate(list(weights.first), axis=1)
        self._linear = _scored(weights.linear, weights.linear_scale, weights.rarity)
        self._pairs = _scored(weights.pairs, weights.linear_scale, weights.pairs_rarity)
        self._cache = self._empty_cache()
        self._lock = threading.Lock()

    def _empty_cache(self) -> _WordCache:
        return _WordCache(self._first.shape[1], self._weights.heads_bias.size)

    @property
    def topics(self) -> frozenset[str]:
        """All topic names."""
        return frozenset(self._names)

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:  # noqa: ARG002 - see header
        """Return each topic's probability, the highest of any window.

        Raises:
            DetectionError: if the arithmetic gives no number.
        """
        return self.resume([segments], None, ())[0]

    def resume(
        self, parts: Sequence[Sequence[Segment]], state: Read | None, ends: Sequence[int]
    ) -> tuple[Topics, dict[int, Read]]:
        """Return what `analyze` would of all parts, and where reading is after so many as each of `ends` says.

        Only what `state` did not see is read: its last unit may look a few words ahead, so reading goes on there.

        Raises:
            DetectionError: if the arithmetic gives no number.
        """
        state = state or Read()
        counts = {state.part: state.count}
        words: list[str] = []
        told = _told(parts[: state.part])
        for number in range(state.part, len(parts)):
            words += _words(parts[number], told)
            counts[number + 1] = state.count + len(words)
        # The words before the first unit to be read, as far as that looks back; none at the beginning of all.
        lead = min(_LOOK, state.units * UNIT)
        rows = self._units(words[state.units * UNIT - lead - state.count :], lead)
        if state.last is not None:
            rows = np.concatenate((state.last[None], rows))
        windows = self._probabilities(rows)
        highest = windows.max(axis=0)
        if state.highest is not None:
            highest = np.maximum(highest, state.highest)
        if not np.isfinite(highest).all():
            raise DetectionError("the topic model gave no number")
        topics = Topics(probabilities=dict(zip(self._names, highest.tolist(), strict=True)))
        so_far = np.maximum.accumulate(windows, axis=0) if ends else windows
        reached = {end: state.after(counts, end, rows, so_far) for end in ends if end > state.part}
        return topics, reached

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

    def _units(self, words: Sequence[str], lead: int = 0) -> F32:
        """Return (units, 2 H + T + 2): highest activations, their sums, number of tokens, linear sums and squares.

        The first `lead` words belong to the unit before and are only looked at.
        """
        batches = []
        for at in range(lead, max(len(words), lead + 1), _BATCH):
            before, behind = min(at, _LOOK), min(at + _BATCH + _LOOK, len(words))
            batches.append(self._pool(words[at - before : behind], before, max(behind - at - _BATCH, 0)))
        return batches[0] if len(batches) == 1 else np.concatenate(batches)

    def _pool(self, words: Sequence[str], before: int, behind: int) -> F32:
        """Return the units of `words`, of which the first `before` and the last `behind` are only looked at."""
        weights = self._weights
        channels, count, topics = weights.first_bias.size, len(words), weights.heads_bias.size
        if not count:
            return np.zeros((1, 2 * channels + topics + 2), dtype=np.float32)
        cache, places = self._look_up(words)
        products = cache.products.take(places, 0)
        # rows 2 .. count + 1 are the tokens; the rest is the silence before and after a text
        layer = np.zeros((count + 4, channels), dtype=np.float32)
        body = layer[2 : count + 2]
        body += weights.first_bias
        body += products[:, channels : 2 * channels]
        body[1:] += products[:-1, :channels]
        body[:-1] += products[1:, 2 * channels :]
        np.maximum(body, 0, out=body)
        deep = layer[:-4] @ weights.second[0]
        deep += body @ weights.second[1]
        deep += layer[4:] @ weights.second[2]
        deep += weights.second_bias
        np.maximum(deep, 0, out=deep)
        pairs = pair_rows(cache.identities.take(places), len(self._pairs))
        if before or behind:
            count -= before + behind
            deep, places, pairs = deep[before : before + count], places[before : before + count], pairs[before:][:count]
        sums = cache.sums.take(places, 0)
        sums[_repeats(places)] = 0
        again = _repeats(pairs)
        said = self._pairs.take(pairs, 0)
        said[again] = 0
        sums[: pairs.size] += said
        # Whole units, filled up with nought: what activations have at least.
        units = -(-count // UNIT)
        filled = np.zeros((units * UNIT, channels + topics + 1), dtype=np.float32)
        filled[:count, :channels], filled[:count, channels:] = deep, sums
        by_unit = filled.reshape(units, UNIT, -1)
        pooled = np.empty((units, 2 * channels + topics + 2), dtype=np.float32)
        np.max(by_unit[:, :, :channels], axis=1, out=pooled[:, :channels])
        totals = by_unit.sum(axis=1)
        pooled[:, channels : 2 * channels] = totals[:, :channels]
        pooled[:, 2 * channels] = UNIT
        pooled[-1, 2 * channels] = count - (units - 1) * UNIT
        pooled[:, 2 * channels + 1 :] = totals[:, channels:]
        return pooled

    def _look_up(self, words: Sequence[str]) -> tuple[_WordCache, npt.NDArray[np.intp]]:
        """Return a cache that holds all `words`, and their places in it; new words are put into it first."""
        cache = self._cache
        keys = list(map(hash, words))
        places = list(map(cache.places.get, keys))
        if None in places:
            with self._lock:
                cache = self._learn(dict(zip(keys, words, strict=True)))
                places = [cache.places[key] for key in keys]
        return cache, np.array(places, dtype=np.intp)

    def _learn(self, words: Mapping[int, str]) -> _WordCache:
        """Return a cache that holds all `words`, by their hashes; a full one is left to those who still read it."""
        cache = self._cache
        fresh = [key for key in words if key not in cache.places]
        if len(cache.places) + len(fresh) > _CACHED_WORDS:
            cache = self._empty_cache()
            fresh = list(words)
        if fresh:
            at = len(cache.places)
            here = slice(at, at + len(fresh))
            rows = self._vocabulary.features([words[key] for key in fresh])
            cache.identities[here] = rows.single[:, 0]
            cache.products[here] = self._vectors(rows) @ self._first
            cache.sums[here] = self._linear[rows.single[:, 0]]
            cache.sums[here] += np.add.reduceat(self._linear[rows.grams], rows.starts, axis=0)
            cache.places.update(zip(fresh, range(at, at + len(fresh)), strict=True))
        self._cache = cache
        return cache

    def _vectors(self, rows: FeatureRows) -> F32:
        """Return (words, D): the rows of the word, its shape, length and ending, and the mean of its n-grams."""
        words, grams = (int(size) for size in self._weights.folded)
        singles = rows.single - (self._weights.rarity.size - words - grams)
        singles[:, 0] = rows.single[:, 0] & (words - 1)
        vectors: F32 = self._table[singles].sum(axis=1)
        sizes = np.diff(np.append(rows.starts, rows.grams.size)).astype(np.float32)
        folded = ((rows.grams - self._weights.sizes[0]) & (grams - 1)) + words
        vectors += np.add.reduceat(self._table[folded], rows.starts, axis=0) / sizes[:, None]
        return vectors

    def halves(self, words: Sequence[str]) -> tuple[F32, F32]:
        """Return (windows, heads) logits of network and linear half for a text's tokens: what calibration adds up."""
        return self._logits(self._units(words))

    def _logits(self, units: F32) -> tuple[F32, F32]:
        weights = self._weights
        channels = weights.first_bias.size
        highest: F32 = units[:, :channels]
        sums: F32 = units[:, channels:]
        if len(units) > 1:
            highest, sums = np.maximum(highest[:-1], highest[1:]), sums[:-1] + sums[1:]
        means = sums[:, :channels] / np.maximum(sums[:, channels : channels + 1], 1)
        pooled: F32 = np.concatenate((highest, means), axis=1)
        middle: F32 = np.maximum(pooled @ weights.hidden + weights.hidden_bias, 0)
        near: F32 = middle @ weights.heads + weights.heads_bias
        norms: F32 = np.sqrt(np.maximum(sums[:, -1:], 1))
        return near, sums[:, channels + 1 : -1] / norms + weights.linear_bias

    def _probabilities(self, units: F32) -> F32:
        """Return (windows, topics) for the units that `_units` gives."""
        weights = self._weights
        near, linear = self._logits(units)
        logits = np.clip(near * weights.slope[0] + linear * weights.slope[1] + weights.offset, -30, 30)
        probabilities: F32 = 1 / (1 + np.exp(-logits[:, :-1]))  # the last two are written over
        levels = np.exp(logits[:, -len(LEVEL_HEADS) :])
        total = levels.sum(axis=1)
        probabilities[:, -2] = (levels[:, 1] + levels[:, 2]) / total
        probabilities[:, -1] = levels[:, 2] / total
        return probabilities


def _repeats(places: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Return (n,): whether the same number stands before it in its unit."""
    units = np.arange(places.size) // UNIT
    _, first = np.unique(units * np.int64(1 << 32) + places, return_index=True)
    repeats = np.ones(places.size, dtype=np.bool_)
    repeats[first] = False
    return repeats


def _scored(weights: npt.NDArray[np.int8], scale: F32, rarity: npt.NDArray[np.uint8]) -> F32:
    """Return (rows, T + 1): weights by rarity, and the squared rarity."""
    rare = rarity.astype(np.float32)[:, None] / _RARITY_STEPS
    scored: F32 = np.concatenate((weights.astype(np.float32) * scale * rare, rare**2), axis=1)
    return scored


def tokens_of(text: str) -> list[str]:
    """Return the tokens of `text`; every e-mail address is the same one, since what it is made of tells of no topic."""
    tokens = without_surrogates(TOKEN.findall(text), text)
    return [_ADDRESS if "@" in token else token for token in tokens] if "@" in text else tokens


def _read(segments: Sequence[Segment], told: set[str]) -> Iterator[tuple[int, bool]]:
    """Yield (index, whether its keys must be told first) for the segments to read; told keys are not told again.

    `told` holds the keys told since the last value, before and after.
    """
    for index, segment in enumerate(segments):
        if segment.kind is SegmentKind.KEY:
            told.add(segment.text)
            yield index, False
        elif segment.kind is SegmentKind.VALUE and segment.path != _MODEL:
            yield index, not told.issuperset(segment.context[-1:])
            told.clear()


def _told(parts: Sequence[Sequence[Segment]]) -> set[str]:
    """Return the keys told since the last value of `parts`."""
    told: set[str] = set()
    for part in reversed(parts):
        for segment in reversed(part):
            if segment.kind is SegmentKind.KEY:
                told.add(segment.text)
            elif segment.kind is SegmentKind.VALUE and segment.path != _MODEL:
                return told
    return told


def _lead(segment: Segment) -> Iterator[str]:
    """Yield the words of the keys that say what the segment's text is."""
    for key in segment.context[-2:]:
        if key and key.lower() not in STRUCTURAL_KEYS:
            yield from tokens_of(key)
            yield ":"


def _words(segments: Sequence[Segment], told: set[str]) -> list[str]:
    words: list[str] = []
    for index, keys_first in _read(segments, told):
        segment = segments[index]
        if keys_first:
            words += _lead(segment)
        words += tokens_of(segment.text)
        words.append(":" if segment.kind is SegmentKind.KEY else "\n")
    return words


def _stream(segments: Sequence[Segment]) -> _Stream:
    """Return the words of `_words` with their places."""
    places: list[tuple[int, int, int]] = []
    for index, keys_first in _read(segments, set()):
        segment = segments[index]
        if keys_first:
            places += [(index, -1, -1)] * sum(1 for _ in _lead(segment))
        places += [(index, match.start(), match.end()) for match in TOKEN.finditer(segment.text)]
        places.append((index, -1, -1))
    return _Stream(_words(segments, set()), places)
