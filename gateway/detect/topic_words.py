"""What the topic model knows of a word alone, kept for each distinct word: a known word costs a look-up.

Decisions kept here:

* Kept are its sums for the linear half and the three products of the first convolution: all that needs no neighbours.
* The cache is keyed by a salted hash of the word, never by the word (invariant 4), is bounded, and is begun anew when
  full: memory stays flat over any number of texts. Whoever still reads the old one keeps it until done.
* Rows are written before anyone is told where they stand, and never again: reading needs no lock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_weights import F32, TopicWeights
from gateway.detect.words import FeatureRows, Vocabulary

__all__ = ["BATCH", "CACHED", "RARITY_STEPS", "Known", "WordCache", "scored"]

BATCH = 128 * 64
"""Words that may be looked up at once."""
CACHED = 3 * BATCH
RARITY_STEPS = 20

I32 = npt.NDArray[np.int32]


class Known:
    """For each distinct word seen: what it gives to both halves, and a row.

    Attributes:
        places: where a word stands in the arrays, by Python's salted hash of it.
        products: (words, 3 H): of the first convolution, for the word before, itself, the word behind.
        sums: (words, T + 1): weights by rarity, and the squared rarity.
        identities: (words,): the row of the whole word, for pairs.
    """

    def __init__(self, width: int, topics: int) -> None:
        self.places: dict[int, int] = {}
        self.products = np.zeros((CACHED, width), dtype=np.float32)
        self.sums = np.zeros((CACHED, topics + 1), dtype=np.float32)
        self.identities = np.zeros(CACHED, dtype=np.uint64)


class WordCache:
    """Finds words, and learns those that are new; safe for threads."""

    def __init__(self, weights: TopicWeights) -> None:
        words, grams, shapes = (int(size) for size in weights.sizes)
        nothing = np.zeros(0, dtype=np.uint64)
        self._vocabulary = Vocabulary(words, grams, shapes, nothing, np.zeros(0, dtype=np.uint16))
        self._weights = weights
        self._table = weights.table.astype(np.float32) * weights.scale
        self._first = np.concatenate(list(weights.first), axis=1)
        self._linear = scored(weights.linear, weights.linear_scale, weights.rarity)
        self._lock = threading.Lock()
        self.known = self._empty()

    def _empty(self) -> Known:
        return Known(self._first.shape[1], self._weights.heads_bias.size)

    def look_up(self, words: Sequence[str]) -> tuple[Known, I32]:
        """Return what is known of at most `BATCH` words, and where each stands in it; new words are learnt first."""
        known = self.known
        keys = list(map(hash, words))
        places = list(map(known.places.get, keys))
        if None in places:
            with self._lock:
                known = self._learn(dict(zip(keys, words, strict=True)))
                places = [known.places[key] for key in keys]
        return known, np.array(places, dtype=np.int32)

    def _learn(self, words: Mapping[int, str]) -> Known:
        known = self.known
        fresh = [key for key in words if key not in known.places]
        if len(known.places) + len(fresh) > CACHED:
            known = self._empty()
            fresh = list(words)
        if fresh:
            at = len(known.places)
            here = slice(at, at + len(fresh))
            rows = self._vocabulary.features([words[key] for key in fresh])
            known.identities[here] = rows.single[:, 0]
            known.products[here] = self._vectors(rows) @ self._first
            known.sums[here] = self._linear[rows.single[:, 0]]
            known.sums[here] += np.add.reduceat(self._linear[rows.grams], rows.starts, axis=0)
            known.places.update(zip(fresh, range(at, at + len(fresh)), strict=True))
        self.known = known
        return known

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


def scored(weights: npt.NDArray[np.int8], scale: F32, rarity: npt.NDArray[np.uint8]) -> F32:
    """Return (rows, T + 1): weights by rarity, and the squared rarity."""
    rare = rarity.astype(np.float32)[:, None] / RARITY_STEPS
    made: F32 = np.concatenate((weights.astype(np.float32) * scale * rare, rare**2), axis=1)
    return made
