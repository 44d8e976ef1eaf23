"""What the topic model knows of a word alone, kept for each distinct word: a known word costs a look-up.

Decisions kept here:

* Kept are its sums for the linear half and the three products of the first convolution: all that needs no neighbours.
* The cache is keyed by a salted hash of the word, never by the word (invariant 4), is bounded, and is begun anew when
  full: memory stays flat over any number of texts. Whoever still reads the old one keeps it until done.
* Rows are written before anyone is told where they stand, and never again: reading needs no lock.
* `WordCache` says in numpy what is computed; `CompiledCache` does it several times faster, and without copies of the
  tables in floating point.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_weights import F32, TopicWeights
from gateway.detect.words import FeatureRows, Vocabulary

__all__ = [
    "BATCH",
    "CACHED",
    "RARITY_STEPS",
    "CompiledCache",
    "Keys",
    "Known",
    "PlainCache",
    "PlainPlaces",
    "WordCache",
    "scored",
]

BATCH = 128 * 64
"""Words that may be looked up at once."""
CACHED = 3 * BATCH
RARITY_STEPS = 20
"""What a rarity is stored times."""

I32 = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
"""Salted hashes of words."""

_Learner: type[_topic_words.Learner] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _topic_words

    _Learner = _topic_words.Learner


class Places(Protocol):
    """Which row a word has; rows are given in order."""

    def __len__(self) -> int: ...

    def find(self, keys: Keys) -> tuple[I32, bool]:
        """Return each word's row, -1 where it has none, and whether all have one."""

    def add(self, keys: Iterable[int]) -> None:
        """Give rows to words that have none."""


class PlainPlaces:
    """`Places` in Python.

    Attributes:
        rows: by the word's hash.
    """

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, keys: Keys) -> tuple[I32, bool]:
        """Do as `Places.find` says."""
        rows = np.array([self.rows.get(key, -1) for key in keys.tolist()], dtype=np.int32)
        return rows, not (rows < 0).any()

    def add(self, keys: Iterable[int]) -> None:
        """Do as `Places.add` says."""
        for key in keys:
            self.rows[key] = len(self.rows)


class Known:
    """For each distinct word seen: what it gives to both halves, and a row.

    Attributes:
        places: which row of the arrays a word has.
        products: (words, 3 H): of the first convolution, for the word before, itself, the word behind.
        sums: (words, T + 1): weights by rarity, and the squared rarity.
        identities: (words,): the row of the whole word, for pairs.
    """

    def __init__(self, places: Places, weights: TopicWeights) -> None:
        self.places = places
        self.products = np.zeros((CACHED, 3 * weights.first_bias.size), dtype=np.float32)
        self.sums = np.zeros((CACHED, weights.heads_bias.size + 1), dtype=np.float32)
        self.identities = np.zeros(CACHED, dtype=np.uint64)


class WordCache(ABC):
    """Finds words, and learns those that are new; safe for threads."""

    def __init__(self, weights: TopicWeights) -> None:
        words, grams, shapes = (int(size) for size in weights.sizes)
        nothing = np.zeros(0, dtype=np.uint64)
        self._vocabulary = Vocabulary(words, grams, shapes, nothing, np.zeros(0, dtype=np.uint16))
        self._weights = weights
        self._lock = threading.Lock()
        self.known = Known(self._places(), weights)

    @abstractmethod
    def _places(self) -> Places:
        """Return places of no words."""

    @abstractmethod
    def _write(self, rows: FeatureRows, products: F32, sums: F32) -> None:
        """Write what is known of words with these features."""

    def look_up(self, keys: Keys, word: Callable[[int], str], first: int = 0) -> tuple[Known, I32]:
        """Return what is known of at most `BATCH` words, and the row of each in it; new words are learnt first.

        Args:
            keys: the words' hashes.
            word: gives a word by its place in a text.
            first: the place of the first of these.
        """
        known = self.known
        rows, whole = known.places.find(keys)
        if not whole:
            with self._lock:
                known = self._learn(keys, word, first)
            rows, _ = known.places.find(keys)
        return known, rows

    def _learn(self, keys: Keys, word: Callable[[int], str], first: int) -> Known:
        """Return what holds all words; a full one is left to those who still read it."""
        known = self.known
        rows, _ = known.places.find(keys)
        fresh = {int(keys[place]): place for place in np.flatnonzero(rows < 0).tolist()}
        if len(known.places) + len(fresh) > CACHED:
            known = Known(self._places(), self._weights)
            fresh = {key: place for place, key in enumerate(keys.tolist())}
        if fresh:
            at = len(known.places)
            here = slice(at, at + len(fresh))
            features = self._vocabulary.features([word(first + place) for place in fresh.values()])
            known.identities[here] = features.single[:, 0]
            self._write(features, known.products[here], known.sums[here])
            known.places.add(fresh)
        self.known = known
        return known


class PlainCache(WordCache):
    """A cache in numpy."""

    def __init__(self, weights: TopicWeights) -> None:
        super().__init__(weights)
        self._table = weights.table.astype(np.float32) * weights.scale
        self._first = np.concatenate(list(weights.first), axis=1)
        self._linear = scored(weights.linear, weights.linear_scale, weights.rarity)

    def _places(self) -> Places:
        return PlainPlaces()

    def _write(self, rows: FeatureRows, products: F32, sums: F32) -> None:
        products[:] = self._vectors(rows) @ self._first
        sums[:] = self._linear[rows.single[:, 0]] + np.add.reduceat(self._linear[rows.grams], rows.starts, axis=0)

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


class CompiledCache(WordCache):
    """A compiled cache (`_topic_words.pyx`).

    Raises:
        ImportError: if it is not compiled.
    """

    def __init__(self, weights: TopicWeights) -> None:
        if _Learner is None:
            raise ImportError("gateway.detect._topic_words is not compiled")
        super().__init__(weights)
        arrays = weights.arrays() | {"first": weights.filled(np.concatenate(list(weights.first), axis=1))}
        self._learner = _Learner(arrays, RARITY_STEPS)

    def _places(self) -> Places:
        return _topic_words.Places(CACHED)

    def _write(self, rows: FeatureRows, products: F32, sums: F32) -> None:
        self._learner.learn(rows.single, rows.grams, rows.starts, products, sums)


def scored(weights: npt.NDArray[np.int8], scale: F32, rarity: npt.NDArray[np.uint8]) -> F32:
    """Return (rows, T + 1): weights by rarity, and the squared rarity."""
    rare = rarity.astype(np.float32)[:, None] / RARITY_STEPS
    made: F32 = np.concatenate((weights.astype(np.float32) * scale * rare, rare**2), axis=1)
    return made
