"""What the topic model knows of a word alone, kept for each distinct word: a known word costs a look-up.

Decisions kept here:

* Kept are its sums for the linear half and the three products of the first convolution: all that needs no neighbours.
* The cache is keyed by a salted hash of the word, never by the word (invariant 4), is bounded, and is begun anew when
  full: memory stays flat over any number of texts. Whoever still reads the old one keeps it until done.
* Rows are written before anyone is told where they stand, and never again: reading needs no lock.
* `PlainCache` says in numpy what is computed; `CompiledCache` does it several times faster, and without copies of the
  tables in floating point.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_weights import F32, TopicWeights
from gateway.detect.words import WORD_LIMIT, FeatureRows, Vocabulary

__all__ = ["BATCH", "CACHED", "RARITY_STEPS", "CompiledCache", "Known", "PlainCache", "Tokens", "scored"]

BATCH = 128 * 64
"""Words that may be looked up at once."""
CACHED = 3 * BATCH
RARITY_STEPS = 20
"""What a rarity is stored times."""

I32 = npt.NDArray[np.int32]

_Learner: type[_topic_words.Learner] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _topic_words

    _Learner = _topic_words.Learner


class Known(Protocol):
    """For each distinct word seen, a row: what it gives to both halves."""

    @property
    def products(self) -> F32:
        """(words, 3 H): of the first convolution, for the word before, itself, the word behind."""

    @property
    def sums(self) -> F32:
        """(words, T + 1): weights by rarity, and the squared rarity."""

    @property
    def identities(self) -> npt.NDArray[np.uint64]:
        """(words,): the row of the whole word, for pairs."""

    def __len__(self) -> int:
        """Return how many rows are in use."""


class _PlainKnown:
    def __init__(self, weights: TopicWeights) -> None:
        self.rows: dict[int, int] = {}
        self.products = np.zeros((CACHED, 3 * weights.first_bias.size), dtype=np.float32)
        self.sums = np.zeros((CACHED, weights.heads_bias.size + 1), dtype=np.float32)
        self.identities = np.zeros(CACHED, dtype=np.uint64)

    def __len__(self) -> int:
        return len(self.rows)


class PlainCache:
    """Finds words, and learns those that are new, in numpy; safe for threads.

    Attributes:
        known: the words that are found at present.
    """

    def __init__(self, weights: TopicWeights) -> None:
        words, grams, shapes = (int(size) for size in weights.sizes)
        nothing = np.zeros(0, dtype=np.uint64)
        self._vocabulary = Vocabulary(words, grams, shapes, nothing, np.zeros(0, dtype=np.uint16))
        self._weights = weights
        self._table = weights.table.astype(np.float32) * weights.scale
        self._first = np.concatenate(list(weights.first), axis=1)
        self._linear = scored(weights.linear, weights.linear_scale, weights.rarity)
        self._lock = threading.Lock()
        self.known = _PlainKnown(weights)

    def look_up(self, words: Sequence[str]) -> tuple[Known, I32]:
        """Return what is known of at most `BATCH` words, and the row of each; new ones are learnt first."""
        known = self.known
        # Nothing behind the limit is seen of a word. Bytes: to `hash`, Chinese characters are the ASCII word that
        # lies in memory as they do.
        keys = [hash(word[:WORD_LIMIT].encode("utf-8", "surrogatepass")) for word in words]
        rows = list(map(known.rows.get, keys))
        if None in rows:
            with self._lock:
                known = self._learn(dict(zip(keys, words, strict=True)))
                rows = [known.rows[key] for key in keys]
        return known, np.array(rows, dtype=np.int32)

    def _learn(self, words: Mapping[int, str]) -> _PlainKnown:
        """Return what holds all words; a full one is left to those who still read it."""
        known = self.known
        fresh = [key for key in words if key not in known.rows]
        if len(known) + len(fresh) > CACHED:
            known = _PlainKnown(self._weights)
            fresh = list(words)
        if fresh:
            at = len(known)
            here = slice(at, at + len(fresh))
            rows = self._vocabulary.features([words[key] for key in fresh])
            known.identities[here] = rows.single[:, 0]
            known.products[here] = self._vectors(rows) @ self._first
            known.sums[here] = self._linear[rows.single[:, 0]]
            known.sums[here] += np.add.reduceat(self._linear[rows.grams], rows.starts, axis=0)
            known.rows.update(zip(fresh, range(at, at + len(fresh)), strict=True))
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


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of texts, as `_tokens.Pieces.numbers` gives them, and the texts.

    Attributes:
        keys: their hashes.
        starts: where each starts in its text.
        ends: where it ends.
        bounds: how many tokens there are up to the end of each text.
        pieces: the texts.
    """

    keys: npt.NDArray[np.uint64]
    starts: I32
    ends: I32
    bounds: npt.NDArray[np.int64]
    pieces: list[str] = field(repr=False)


class CompiledCache:
    """Finds words, and learns those that are new (`_topic_words.pyx`); safe for threads.

    Attributes:
        known: the words that are found at present.

    Raises:
        ImportError: if it is not compiled.
    """

    def __init__(self, weights: TopicWeights) -> None:
        if _Learner is None:
            raise ImportError("gateway.detect._topic_words is not compiled")
        arrays = weights.arrays() | {"first": weights.filled(np.concatenate(list(weights.first), axis=1))}
        self._learner = _Learner(arrays, RARITY_STEPS)
        self.known: _topic_words.Words = _topic_words.Words(self._learner, CACHED)

    def look_up(self, tokens: Tokens, begin: int, end: int) -> tuple[Known, I32]:
        """Return what is known of at most `BATCH` tokens from `begin` to `end`, and the row of each."""
        known = self.known
        given = (tokens.keys, tokens.starts, tokens.ends, tokens.bounds, tokens.pieces, begin, end)
        while (rows := known.look_up(*given)) is None:
            known = self.anew()
        return known, rows

    def anew(self) -> _topic_words.Words:
        """Return what is known from now on: nothing; a full one is left to those who still read it."""
        self.known = _topic_words.Words(self._learner, CACHED)
        return self.known


def scored(weights: npt.NDArray[np.int8], scale: F32, rarity: npt.NDArray[np.uint8]) -> F32:
    """Return (rows, T + 1): weights by rarity, and the squared rarity."""
    rare = rarity.astype(np.float32)[:, None] / RARITY_STEPS
    made: F32 = np.concatenate((weights.astype(np.float32) * scale * rare, rare**2), axis=1)
    return made
