"""The entity model's network: a small convolutional tagger in plain numpy; `_network.pyx` is the same, compiled.

Decisions kept here:

* Measured, not chosen by fashion: a spaCy CNN does 12,000 tokens a second on a core. Here everything that depends
  on one word alone (its hashed features, and the first layer's product with each of its five matrices) is computed
  once per distinct word and kept in a bounded table; what is left per token is six gathers and, for few, more.
* What a word gives is kept in whole numbers of 16 bits, for neighbours from -8 to 8 in steps of 1/4096, for all within
  reach from -16 to 16 in steps of 1/2048: half of the memory that known words wait for. (Among 10,000 words of users'
  texts the trained model's highest are 4.2 and 13.6.) Whoever trains another looks at `_LIMIT` first.
* The same numbers however a text is cut: every matrix product runs over blocks of `_BLOCK` rows, so that the BLAS takes
  the same path for any number of rows; the neighbourhood's average is summed in whole numbers; probabilities are
  rounded. Texts are judged one by one: without a compiler, plain beats fast.
* Most words are nothing. A probe on the first layer, fitted after training to let all but one in two thousand words of
  entities through, says where the other layers need to look; they are worked out there and nowhere else.
* A block's product stays below the size at which OpenBLAS starts threads: no thread explosion in a server.
* The word table lives in memory only and is bounded: when full it falls back to the familiar words, which the model
  brings along, so that memory stays flat over any number of texts and a new text costs little even at start.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gateway.core.errors import DetectionError
from gateway.detect.verdicts import Decoding, Verdict
from gateway.detect.words import MARKS, WORD_LIMIT, Vocabulary

__all__ = ["REACH_LIMIT", "Network", "NetworkWeights"]

REACH_LIMIT = 1024
"""Words on each side that an average may cover, at most."""

_PIECE = 1024
_LAYERS = 5
"""Words on each side of a token that the layers look at."""

_BLOCK = 16
_WINDOW = 5
_NEAR, _FAR = 4096.0, 2048.0
_LIMIT = 2**15 - 1
_TABLE = 16384
_FAMILIAR = 8192
_NOT_FINITE = "the entity model gave a number that is not finite"

F32 = npt.NDArray[np.float32]
I16 = npt.NDArray[np.int16]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NetworkWeights:
    """All numbers of a trained network, float32. E: embedding, H: hidden, C: context, L: labels.

    Attributes:
        table: (rows, E) embeddings of the vocabulary's rows; int8 if `table_scale` tells what one is of each row.
        marks: (MARKS, E) embeddings of the gazetteer's bits.
        first: (E, 5 * H) the first layer's five matrices side by side, for the words at -2 … +2.
        first_bias: (H,).
        pool: (E, C) what a word gives to its neighbourhood's average.
        pool_in: (C, H) what a token takes from that average.
        probe: (H, 1) and probe_bias: (1,): above nought where a word may be something.
        second, third: (3 * H, H) residual layers over neighbours at -1, 0, +1 and at -2, 0, +2.
        second_bias, third_bias: (H,).
        out: (H, L) and out_bias: (L,).
        table_scale: (rows,) or None. What is whole numbers on the disk stays so: a quarter of the memory to wait for.
    """

    table: F32 | npt.NDArray[np.int8] = field(repr=False)
    marks: F32 = field(repr=False)
    first: F32 = field(repr=False)
    first_bias: F32 = field(repr=False)
    pool: F32 = field(repr=False)
    pool_in: F32 = field(repr=False)
    probe: F32 = field(repr=False)
    probe_bias: F32 = field(repr=False)
    second: F32 = field(repr=False)
    second_bias: F32 = field(repr=False)
    third: F32 = field(repr=False)
    third_bias: F32 = field(repr=False)
    out: F32 = field(repr=False)
    out_bias: F32 = field(repr=False)
    table_scale: F32 | None = field(default=None, repr=False)

    def embeddings(self, rows: I64) -> F32:
        """Return (…, E): the table's `rows` as float32."""
        found: F32 = self.table[rows].astype(np.float32)
        if self.table_scale is not None:
            found *= self.table_scale[rows][..., None]
        return found

    @property
    def far(self) -> F32:
        """(E, H): what a word gives to the first layer of all within reach, on average."""
        with np.errstate(over="ignore"):  # `faults` tells
            product: F32 = (self.pool.astype(np.float64) @ self.pool_in).astype(np.float32)
        return product

    def faults(self, vocabulary: Vocabulary, labels: int) -> list[str]:
        """Return what does not fit together, in words; empty when all does."""
        if self.table.ndim != self.pool.ndim or self.pool.ndim != self.first_bias.ndim + 1:
            return ["table and pool must be matrices, first_bias a vector"]
        width, context, hidden = self.table.shape[1], self.pool.shape[1], self.first_bias.shape[0]
        wanted = {
            "table": (vocabulary.rows, width),
            "marks": (MARKS, width),
            "first": (width, _WINDOW * hidden),
            "first_bias": (hidden,),
            "pool": (width, context),
            "pool_in": (context, hidden),
            "probe": (hidden, 1),
            "probe_bias": (1,),
            "second": (3 * hidden, hidden),
            "second_bias": (hidden,),
            "third": (3 * hidden, hidden),
            "third_bias": (hidden,),
            "out": (hidden, labels),
            "out_bias": (labels,),
        }
        if self.table_scale is not None:
            wanted["table_scale"] = (vocabulary.rows,)
        found: dict[str, F32] = {name: getattr(self, name) for name in wanted}
        faults = vocabulary.faults()
        faults += [
            f"{name} has shape {found[name].shape}, expected {shape}"
            for name, shape in wanted.items()
            if found[name].shape != shape
        ]
        faults += [f"{name} holds a value that is not finite" for name in wanted if not np.isfinite(found[name]).all()]
        if not faults and not np.isfinite(self.far).all():
            faults.append("pool and pool_in give a value that is not finite")
        return faults


def _rows(left: F32, right: F32) -> F32:
    """Return `left @ right`, each row computed alike whatever the number of rows."""
    count = left.shape[0]
    padded = -count % _BLOCK
    if padded:
        left = np.concatenate([left, np.zeros((padded, left.shape[1]), dtype=np.float32)])
    product: F32 = np.matmul(left.reshape(-1, _BLOCK, left.shape[1]), right)
    return product.reshape(-1, right.shape[1])[:count]


def _layer(state: F32, places: I64, shift: int, matrix: F32, bias: F32) -> F32:
    """Return `state` at `places` plus what the words at -shift, 0 and +shift of each say; beyond the text is nought."""
    here = state.take(places, 0)
    around = np.pad(state, ((shift, shift), (0, 0)))
    wide = np.concatenate([around.take(places, 0), here, around.take(places + 2 * shift, 0)], axis=1)
    change = _rows(wide, matrix)
    change += bias
    np.maximum(change, 0.0, out=change)
    change += here
    return change


class _WordTable:
    """What the network needs of each word seen lately."""

    def __init__(self, vocabulary: Vocabulary, weights: NetworkWeights, familiar: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._weights = weights
        self._average = weights.far
        hidden = weights.first_bias.shape[0]
        self._index: dict[str, int] = {}
        self._familiar: dict[str, int] = {}
        self._near = np.zeros((_TABLE, _WINDOW * hidden), dtype=np.int16)
        self._far = np.zeros((_TABLE, hidden), dtype=np.int16)
        self._lock = threading.Lock()
        self._learn(familiar[:_FAMILIAR])
        self._familiar = dict(self._index)

    def gather(self, words: Sequence[str]) -> tuple[I16, I16]:
        """Return (words, 5 * H) products, one is `_NEAR`, and (words, H) values to average, one is `_FAR`.

        Raises:
            DetectionError: if a number is not finite.
        """
        with self._lock:
            rows = list(map(self._index.get, words))
            places = np.array(self._learn(words) if None in rows else rows, dtype=np.int64)
            return self._near.take(places, 0), self._far.take(places, 0)

    def _learn(self, words: Sequence[str]) -> list[int]:
        every = {word[:WORD_LIMIT] for word in words}
        new = sorted(word for word in every if word not in self._index)
        if len(self._index) + len(new) > _TABLE:
            self._index = dict(self._familiar)
            new = sorted(word for word in every if word not in self._index)
        first = len(self._index)
        self._fill(new, first)
        self._index.update(zip(new, range(first, first + len(new)), strict=True))
        return [self._index[word[:WORD_LIMIT]] for word in words]

    def _fill(self, words: Sequence[str], first: int) -> None:
        if not words:
            return
        weights = self._weights
        features = self._vocabulary.features(words)
        vectors = weights.embeddings(features.single).sum(axis=1)
        counts = np.diff(np.append(features.starts, features.grams.size)).astype(np.float32)
        vectors += np.add.reduceat(weights.embeddings(features.grams), features.starts, axis=0) / counts[:, None]
        bits = (features.marks[:, None] >> np.arange(MARKS)) & 1
        vectors += _rows(bits.astype(np.float32), weights.marks)
        end = first + len(words)
        near, far = _rows(vectors, weights.first), _rows(vectors, self._average)
        hidden = weights.first_bias.shape[0]
        near[:, 2 * hidden : 3 * hidden] += weights.first_bias
        if not (np.isfinite(near).all() and np.isfinite(far).all()):
            raise DetectionError(_NOT_FINITE)
        self._near[first:end] = np.rint(near * np.float32(_NEAR)).clip(-_LIMIT, _LIMIT)
        self._far[first:end] = np.rint(far * np.float32(_FAR)).clip(-_LIMIT, _LIMIT)


class Network:
    """Words in, verdicts out. Safe to use from several threads.

    Args:
        vocabulary: maps words to rows.
        weights: without `faults`.
        decoding: how probabilities become verdicts.
        reach: words on each side of a token that its neighbourhood's average covers, at most `REACH_LIMIT`.
        familiar: frequent words, looked up at once and kept for good.

    Raises:
        ValueError: if `reach` is beyond its limit, or there are not as many thresholds as the labels have kinds.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        weights: NetworkWeights,
        decoding: Decoding,
        reach: int,
        familiar: Sequence[str] = (),
    ) -> None:
        if not 0 <= reach <= REACH_LIMIT:
            raise ValueError(f"a reach of {reach} words: at most {REACH_LIMIT}")
        if 2 * decoding.thresholds.size + 1 != weights.out_bias.size:
            raise ValueError("not as many thresholds as kinds")
        self._weights = weights
        self._decoding = decoding
        self._reach = reach
        self._table = _WordTable(vocabulary, weights, familiar)

    def judge(self, words: Sequence[str]) -> list[Verdict]:
        """Return the verdicts on the tokens of one text that may be something, in order.

        A long text is cut into pieces that overlap by all that a token depends on, so memory is bounded, the cost is
        linear, and no token is judged differently because of the cut.

        Raises:
            DetectionError: if a number is not finite.
        """
        halo = self._reach + _LAYERS
        verdicts: list[Verdict] = []
        for start in range(0, len(words), _PIECE):
            low, end = max(0, start - halo), min(start + _PIECE, len(words))
            places, probabilities = self.probabilities(words[low : end + halo], self._decoding.margin)
            own = (places >= start - low) & (places < end - low)
            verdicts += self._decoding.verdicts((places[own] + low).tolist(), probabilities[own])
        return verdicts

    def probabilities(self, words: Sequence[str], margin: float = -np.inf) -> tuple[I64, F32]:
        """Return the places of words that may be something, and (places, labels) probabilities, rounded to 4 decimals.

        No probabilities are given for words that the probe or `margin` leaves out.

        Args:
            words: a text's, at most 4,096, so that whole-number sums stay exact.
            margin: how much the logit of some label must at least be above that of the first ("outside").

        Raises:
            DetectionError: if a number is not finite.
        """
        weights = self._weights
        near, far = self._table.gather(words)
        hidden = weights.first_bias.shape[0]
        sums = near[:, 2 * hidden : 3 * hidden].astype(np.int32)
        sums[2:] += near[:-2, :hidden]
        sums[1:] += near[:-1, hidden : 2 * hidden]
        sums[:-1] += near[1:, 3 * hidden : 4 * hidden]
        sums[:-2] += near[2:, 4 * hidden :]
        state = sums.astype(np.float32)
        state /= np.float32(_NEAR)
        state += self._average(far)
        np.maximum(state, 0.0, out=state)
        hints = _rows(state, weights.probe)[:, 0]
        if not np.isfinite(hints).all():
            raise DetectionError(_NOT_FINITE)
        likely = hints > -weights.probe_bias
        places = np.flatnonzero(likely)
        if not places.size:
            return places, np.zeros((0, weights.out_bias.size), dtype=np.float32)
        nearby = np.flatnonzero(np.convolve(likely, (1, 0, 1, 0, 1))[2:-2])
        middle = np.zeros_like(state)
        middle[nearby] = _layer(state, nearby, 1, weights.second, weights.second_bias)
        logits = _rows(_layer(middle, places, 2, weights.third, weights.third_bias), weights.out)
        logits += weights.out_bias
        if not np.isfinite(logits).all():
            raise DetectionError(_NOT_FINITE)
        able = logits[:, 1:].max(axis=1) - logits[:, 0] >= margin
        places, logits = places[able], logits[able]
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        result: F32 = np.round(powers / powers.sum(axis=1, keepdims=True), 4)
        return places, result

    def _average(self, far: I16) -> F32:
        """Return the mean of `far` over the words within reach, by exact whole-number sums."""
        count = far.shape[0]
        sums = np.zeros((count + 1, far.shape[1]), dtype=np.int32)
        np.cumsum(far, axis=0, out=sums[1:])
        places = np.arange(count)
        low, high = np.maximum(places - self._reach, 0), np.minimum(places + self._reach + 1, count)
        average: F32 = (sums.take(high, 0) - sums.take(low, 0)).astype(np.float32)
        average *= (np.float32(1 / _FAR) / (high - low).astype(np.float32))[:, None]
        return average
