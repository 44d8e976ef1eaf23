"""The topic model's arithmetic: from words to units of `UNIT` words, from pairs of units to probabilities.

Decisions kept here:

* Two halves that err in different places. The linear half adds weights of words, their character n-grams and pairs of
  neighbours, by rarity, and generalises to what nobody wrote into the corpus. The network (two narrow convolutions,
  pooling, one hidden layer) knows what stands near what. Their logits are added, by weights that calibration found.
* A word or pair counts once in a unit, however often it is said there: else a log or a chat of the same few words would
  weigh as much as a long argument.
* `Units` says in numpy what is computed, and works everywhere. `CompiledUnits` computes it several times faster, where
  a C compiler was there at installation, and lets other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_weights import F32, LEVEL_HEADS, TopicWeights
from gateway.detect.topic_words import BATCH, RARITY_STEPS, Known, WordCache, scored

__all__ = ["LOOK", "UNIT", "CompiledUnits", "Units", "pair_rows", "units_for"]

UNIT = 64
"""Tokens of a unit; a window is two neighbouring units."""
LOOK = 3
"""Words on each side of a word that its activations depend on."""
_LANES = 64
_PAIR_FIRST, _PAIR_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)

_Arithmetic: type[_topics.Arithmetic] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _topics

    _Arithmetic = _topics.Arithmetic


def pair_rows(identities: npt.NDArray[np.integer], rows: int) -> npt.NDArray[np.int64]:
    """Return the rows of all pairs of neighbours along the last axis; `rows` is a power of two."""
    words = identities.astype(np.uint64)
    mixed = (words[..., :-1] * _PAIR_FIRST + words[..., 1:] + np.uint64(1)) * _PAIR_MIX
    return ((mixed >> np.uint64(33)) & np.uint64(rows - 1)).astype(np.int64)


class Units:
    """The arithmetic in numpy."""

    def __init__(self, weights: TopicWeights) -> None:
        self._weights = weights
        self._pairs = scored(weights.pairs, weights.linear_scale, weights.pairs_rarity)
        self.cache = WordCache(weights)

    def units(self, words: Sequence[str], lead: int = 0) -> F32:
        """Return (units, 2 H + T + 2): highest activations, their sums, number of tokens, linear sums and squares.

        The first `lead` words belong to the unit before and are only looked at. No words are a unit, too.
        """
        batches = []
        for at in range(lead, max(len(words), lead + 1), BATCH):
            before, behind = min(at, LOOK), min(at + BATCH + LOOK, len(words))
            known, places = self.cache.look_up(words[at - before : behind])
            batches.append(self._pool(known, places, before, max(behind - at - BATCH, 0)))
        return batches[0] if len(batches) == 1 else np.concatenate(batches)

    def _pool(self, known: Known, places: npt.NDArray[np.int32], before: int, behind: int) -> F32:
        """Return the units of words, of which the first `before` and the last `behind` are only looked at."""
        weights = self._weights
        channels, size = weights.first_bias.size, len(places)
        products = known.products[places]
        # rows 2 .. size + 1 are the tokens; the rest is the silence before and after a text
        layer = np.zeros((size + 4, channels), dtype=np.float32)
        body = layer[2 : size + 2]
        body += weights.first_bias + products[:, channels : 2 * channels]
        body[1:] += products[:-1, :channels]
        body[:-1] += products[1:, 2 * channels :]
        np.maximum(body, 0, out=body)
        deep = layer[:-4] @ weights.second[0] + body @ weights.second[1] + layer[4:] @ weights.second[2]
        deep = np.maximum(deep + weights.second_bias, 0)
        end = size - behind
        linear = known.sums[places[before:end]] * ~_repeats(places[before:end])[:, None]
        pairs = pair_rows(known.identities[places], len(self._pairs))[before:end]
        linear[: pairs.size] += self._pairs[pairs] * ~_repeats(pairs)[:, None]
        return _by_unit(deep[before:end], linear)

    def halves(self, units: F32) -> tuple[F32, F32]:
        """Return (windows, T) logits of network and linear half for what `units` gives."""
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

    def probabilities(self, units: F32) -> F32:
        """Return (windows, topics) for what `units` gives; NaN stays NaN."""
        weights = self._weights
        near, linear = self.halves(units)
        logits = np.clip(near * weights.slope[0] + linear * weights.slope[1] + weights.offset, -30, 30)
        probabilities: F32 = 1 / (1 + np.exp(-logits[:, :-1]))  # the last two are written over
        levels = np.exp(logits[:, -len(LEVEL_HEADS) :])
        total = levels.sum(axis=1)
        probabilities[:, -2] = (levels[:, 1] + levels[:, 2]) / total
        probabilities[:, -1] = levels[:, 2] / total
        return probabilities


class CompiledUnits(Units):
    """The same, compiled (`_topics.pyx`).

    Raises:
        ImportError: if it is not.
    """

    def __init__(self, weights: TopicWeights) -> None:
        if _Arithmetic is None:
            raise ImportError("gateway.detect._topics is not compiled")
        super().__init__(weights)
        arrays = {name: getattr(weights, name) for name in weights.__slots__}
        arrays["second"] = _filled(np.concatenate(list(weights.second), axis=1))
        arrays["hidden"], arrays["heads"] = _filled(weights.hidden), _filled(weights.heads)
        self._compiled = _Arithmetic(arrays, RARITY_STEPS)

    def _pool(self, known: Known, places: npt.NDArray[np.int32], before: int, behind: int) -> F32:
        return self._compiled.units(places, before, behind, known.products, known.sums, known.identities)

    def halves(self, units: F32) -> tuple[F32, F32]:
        """Return what the one in numpy does."""
        return self._compiled.halves(units)

    def probabilities(self, units: F32) -> F32:
        """Return what the one in numpy does."""
        return self._compiled.probabilities(units)


def units_for(weights: TopicWeights) -> Units:
    """Return the fastest there is."""
    return CompiledUnits(weights) if _Arithmetic is not None else Units(weights)


def _by_unit(deep: F32, linear: F32) -> F32:
    """Return each unit's highest activations and their sums, its number of words and the linear half's sums."""
    count, channels = deep.shape
    units = max(-(-count // UNIT), 1)
    # Whole units, filled up with nought: what activations have at least.
    filled = np.zeros((units * UNIT, channels + 1 + linear.shape[1]), dtype=np.float32)
    filled[:count] = np.concatenate((deep, np.ones((count, 1), dtype=np.float32), linear), axis=1)
    by_unit = filled.reshape(units, UNIT, -1)
    made: F32 = np.concatenate((by_unit[:, :, :channels].max(axis=1), by_unit.sum(axis=1)), axis=1)
    return made


def _repeats(places: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Return (n,): whether the same number stands before it in its unit."""
    units = np.arange(places.size) // UNIT
    _, first = np.unique(units * np.int64(1 << 32) + places, return_index=True)
    repeats = np.ones(places.size, dtype=np.bool_)
    repeats[first] = False
    return repeats


def _filled(rows: F32) -> F32:
    """Return `rows`, each filled up with nought to a multiple of `_LANES`."""
    made: F32 = np.pad(rows, ((0, 0), (0, -rows.shape[1] % _LANES)))
    return made
