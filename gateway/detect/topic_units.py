"""The topic model's arithmetic: from words to units of `UNIT` words, from pairs of units to probabilities.

Decisions kept here:

* Two halves that err in different places. The linear half adds weights of words, their character n-grams and pairs of
  neighbours, by rarity, and generalises to what nobody wrote into the corpus. The network (two narrow convolutions,
  pooling, one hidden layer) knows what stands near what. Their logits are added, by weights that calibration found.
* A word or pair counts once in a unit, however often it is said there: else a log or a chat of the same few words would
  weigh as much as a long argument.
* `PlainUnits` says in numpy what is computed, and works everywhere. `CompiledUnits` computes it several times faster,
  where a C compiler was there at installation, and lets other threads run meanwhile.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_text import ADDRESS, tokens_of
from gateway.detect.topic_weights import F32, LEVEL_HEADS, TopicWeights
from gateway.detect.topic_words import BATCH, RARITY_STEPS, CompiledCache, Known, PlainCache, Tokens, scored

if TYPE_CHECKING:
    from gateway.detect._topics import Trail

__all__ = ["LOOK", "UNIT", "CompiledUnits", "PlainUnits", "Units", "pair_rows", "units_for"]

UNIT = 64
"""Tokens of a unit; a window is two neighbouring units."""
LOOK = 3
"""Words on each side of a word that its activations depend on."""
_PAIR_FIRST, _PAIR_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)

_Arithmetic: type[_topics.Arithmetic] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _tokens, _topics

    _Arithmetic = _topics.Arithmetic


def pair_rows(identities: npt.NDArray[np.integer], rows: int) -> npt.NDArray[np.int64]:
    """Return the rows of all pairs of neighbours along the last axis; `rows` is a power of two."""
    words = identities.astype(np.uint64)
    mixed = (words[..., :-1] * _PAIR_FIRST + words[..., 1:] + np.uint64(1)) * _PAIR_MIX
    return ((mixed >> np.uint64(33)) & np.uint64(rows - 1)).astype(np.int64)


class Units(ABC):
    """Reads words: T heads, H channels."""

    @property
    @abstractmethod
    def known(self) -> Known:
        """The words that are known at present."""

    def prepare(self) -> Iterator[None]:
        """Do, some with each step, what the first texts otherwise wait for."""
        yield from ()

    def trail(self) -> Trail | None:
        """Return what `read` may keep for another reading of nearly the same words; None if it keeps nothing."""
        return None

    @abstractmethod
    def read(
        self,
        pieces: list[str],
        skip: int,
        lead: int,
        last: F32 | None,
        before: F32 | None,
        trail: Trail | None = None,
    ) -> tuple[F32, Sequence[int], F32]:
        """Return units, how many tokens there are up to each piece's end, and what `highest` says of these units.

        Args:
            pieces: texts that are cut into tokens, each by itself.
            skip: tokens not to read.
            lead: so many after them belong to the unit before and are only looked at.
            last: the unit before, which then is the first of those that are returned.
            before: as for `highest`.
            trail: of another reading, or to be filled by this one.
        """

    @abstractmethod
    def units(self, words: Sequence[str], lead: int = 0) -> F32:
        """Return (units, 2 H + T + 2): highest activations, their sums, number of tokens, linear sums and squares.

        The first `lead` words belong to the unit before and are only looked at. No words are a unit, too.
        """

    @abstractmethod
    def halves(self, units: F32) -> tuple[F32, F32]:
        """Return (windows, T) logits of network and linear half for what `units` gives."""

    @abstractmethod
    def probabilities(self, units: F32) -> F32:
        """Return (windows, topics) for what `units` gives; NaN stays NaN."""

    @abstractmethod
    def highest(self, units: F32, before: F32 | None) -> F32:
        """Return (windows, topics): the highest probability up to each window; NaN from where there is one.

        Args:
            units: as `units` gives them.
            before: (topics,): what is highest of earlier windows.
        """

    @abstractmethod
    def _pool(self, known: Known, rows: npt.NDArray[np.int32], before: int, behind: int) -> F32:
        """Return the units of words, of which the first `before` and the last `behind` are only looked at."""

    def _batches(self, look_up: Callable[[int, int], tuple[Known, npt.NDArray[np.int32]]], begin: int, end: int) -> F32:
        """Return the units of the words `begin` to `end`, of which at most `LOOK` before them are looked at."""
        made = []
        for at in range(begin, max(end, begin + 1), BATCH):
            first, last = max(at - LOOK, 0), min(at + BATCH + LOOK, end)
            known, rows = look_up(first, last)
            made.append(self._pool(known, rows, at - first, max(last - at - BATCH, 0)))
        return made[0] if len(made) == 1 else np.concatenate(made)


class PlainUnits(Units):
    """The arithmetic in numpy."""

    def __init__(self, weights: TopicWeights) -> None:
        self._weights = weights
        self._pairs = scored(weights.pairs, weights.linear_scale, weights.pairs_rarity)
        self._cache = PlainCache(weights)

    @property
    def known(self) -> Known:
        """The words that are known at present."""
        return self._cache.known

    def read(
        self,
        pieces: list[str],
        skip: int,
        lead: int,
        last: F32 | None,
        before: F32 | None,
        trail: Trail | None = None,  # noqa: ARG002 - there is none
    ) -> tuple[F32, Sequence[int], F32]:
        """Do as `Units.read` says."""
        words = [tokens_of(piece) for piece in pieces]
        units = self.units(list(chain.from_iterable(words))[skip:], lead)
        if last is not None:
            units = np.concatenate((last[None], units))
        return units, list(accumulate(map(len, words))), self.highest(units, before)

    def units(self, words: Sequence[str], lead: int = 0) -> F32:
        """Do as `Units.units` says."""
        return self._batches(lambda first, last: self._cache.look_up(words[first:last]), lead, len(words))

    def _pool(self, known: Known, rows: npt.NDArray[np.int32], before: int, behind: int) -> F32:
        weights = self._weights
        channels, size = weights.first_bias.size, len(rows)
        products = known.products[rows]
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
        linear = known.sums[rows[before:end]] * ~_repeats(rows[before:end])[:, None]
        pairs = pair_rows(known.identities[rows], len(self._pairs))[before:end]
        linear[: pairs.size] += self._pairs[pairs] * ~_repeats(pairs)[:, None]
        return _by_unit(deep[before:end], linear)

    def halves(self, units: F32) -> tuple[F32, F32]:
        """Do as `Units.halves` says."""
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
        """Do as `Units.probabilities` says."""
        weights = self._weights
        near, linear = self.halves(units)
        logits = np.clip(near * weights.slope[0] + linear * weights.slope[1] + weights.offset, -30, 30)
        probabilities: F32 = 1 / (1 + np.exp(-logits[:, :-1]))  # the last two are written over
        levels = np.exp(logits[:, -len(LEVEL_HEADS) :])
        total = levels.sum(axis=1)
        probabilities[:, -2] = (levels[:, 1] + levels[:, 2]) / total
        probabilities[:, -1] = levels[:, 2] / total
        return probabilities

    def highest(self, units: F32, before: F32 | None) -> F32:
        """Do as `Units.highest` says."""
        probabilities = self.probabilities(units)
        if before is not None:
            probabilities[0] = np.maximum(probabilities[0], before)
        made: F32 = np.maximum.accumulate(probabilities, axis=0)
        return made


class CompiledUnits(Units):
    """The same, compiled (`_topics.pyx`); of a known word no string is made.

    Raises:
        ImportError: if it is not compiled.
    """

    def __init__(self, weights: TopicWeights) -> None:
        if _Arithmetic is None:
            raise ImportError("gateway.detect._topics is not compiled")
        arrays = weights.arrays()
        for name, rows in (
            ("second", np.concatenate(list(weights.second))),
            ("hidden", weights.hidden),
            ("heads", weights.heads),
        ):
            arrays[name] = weights.filled(rows)
        self._arithmetic = _Arithmetic(arrays, RARITY_STEPS)
        self._cache = CompiledCache(weights)
        self._address = _tokens.hash_word(ADDRESS)

    def prepare(self) -> Iterator[None]:
        """Do as `Units.prepare` says."""
        return self._cache.known.touch()

    @property
    def known(self) -> Known:
        """The words that are known at present."""
        return self._cache.known

    def trail(self) -> Trail:
        """Do as `Units.trail` says."""
        return _topics.Trail()

    def read(
        self,
        pieces: list[str],
        skip: int,
        lead: int,
        last: F32 | None,
        before: F32 | None,
        trail: Trail | None = None,
    ) -> tuple[F32, Sequence[int], F32]:
        """Do as `Units.read` says."""
        return self._arithmetic.read(self._cache, pieces, self._address, skip, lead, last, before, trail)

    def units(self, words: Sequence[str], lead: int = 0) -> F32:
        """Do as `Units.units` says."""
        count = len(words)
        keys = np.array([_tokens.hash_word(word) for word in words], dtype=np.uint64)
        ends = np.array([len(word) for word in words], dtype=np.int32)
        tokens = Tokens(
            keys, np.zeros(count, dtype=np.int32), ends, np.arange(1, count + 1, dtype=np.int64), list(words)
        )
        return self._batches(lambda first, last: self._cache.look_up(tokens, first, last), lead, count)

    def _pool(self, known: Known, rows: npt.NDArray[np.int32], before: int, behind: int) -> F32:
        return self._arithmetic.units(rows, before, behind, known.products, known.sums, known.identities)

    def halves(self, units: F32) -> tuple[F32, F32]:
        """Do as `Units.halves` says."""
        return self._arithmetic.halves(units)

    def probabilities(self, units: F32) -> F32:
        """Do as `Units.probabilities` says."""
        return self._arithmetic.probabilities(units)

    def highest(self, units: F32, before: F32 | None) -> F32:
        """Do as `Units.highest` says."""
        return self._arithmetic.highest(units, before)


def units_for(weights: TopicWeights) -> Units:
    """Return the fastest there is."""
    try:
        return CompiledUnits(weights)
    except ImportError:
        return PlainUnits(weights)


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
