"""The linear half of the topic model, for training: words, their n-grams and pairs of words, weighed by rarity.

It knows no order beyond two words, yet generalises better than the network to what nobody wrote into the corpus; the
two err in different places, so their logits are added (`train.py: calibrate`). Each head is a logistic regression of
its own, by averaged stochastic gradient descent: seconds a head, and better than one descent over all heads at once.

Features are those of the gateway, counted in windows of two units as the gateway counts them. A long harmless text is
harmless in each of its windows; of a long sensitive one only the window that most looks so is learned from, by a first
fit on short texts, since the others may be anything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import SGDClassifier

from gateway.detect.topic_units import UNIT, pair_rows
from training.topics.network import Words

__all__ = ["LinearTopics"]

GRAM_RARITY = 0.5
"""An n-gram's rarity counts half: a word has twenty of them."""
WINDOW = 2 * UNIT
_ALPHA, _PASSES = 1e-6, 12

F32 = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class LinearTopics:
    """`(sum of weights of a window's features) / sqrt(sum of their squared rarity) + bias`, a logit for each head."""

    def __init__(self, words: Words, texts: Sequence[Ids], pairs: int) -> None:
        self._words, self._pairs = words, pairs
        rows = words.sizes[0] + words.sizes[1]
        own = words.single[:, 0].numpy()
        lengths = (words.ends - words.starts).numpy()
        places = np.concatenate([np.arange(len(own)), np.repeat(np.arange(len(own)), lengths)])
        columns = np.concatenate([own, words.grams.numpy()])
        ones = np.ones(len(columns), dtype=np.float32)
        self._of_word = sparse.csr_matrix((ones, (places, columns)), shape=(len(own), rows))
        self._identity = own
        self.rarity = self._rarity(texts)

    def _rarity(self, texts: Sequence[Ids]) -> F32:
        """Return log(texts / texts that have it) of each feature, 0 for those that one text alone has."""
        counts = self._counts(texts)
        found = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.where(found > 1, np.log((len(texts) + 1) / (found + 1)), 0)
        singles, grams, _ = self._words.sizes
        rarity[singles : singles + grams] *= GRAM_RARITY
        rounded: F32 = (np.round(rarity * 20).clip(0, 255) / 20).astype(np.float32)
        return rounded

    def _counts(self, texts: Sequence[Ids]) -> sparse.csr_matrix:
        """Return (texts, features): how often each word row, n-gram row and pair row is in a text, once in a unit."""
        follows = [_once(pair_rows(self._identity[text], self._pairs)) for text in texts]
        texts = [_once(text) for text in texts]
        at = np.cumsum([0, *map(len, texts)])
        flat = np.concatenate(texts)
        shape = (len(texts), len(self._identity))
        words = sparse.csr_matrix((np.ones(len(flat), dtype=np.float32), flat, at), shape=shape)
        ends = np.cumsum([0, *map(len, follows)])
        ones = np.ones(ends[-1], dtype=np.float32)
        pairs = sparse.csr_matrix((ones, np.concatenate(follows), ends), shape=(len(texts), self._pairs))
        counts = sparse.hstack([words @ self._of_word, pairs]).tocsr()
        counts.sum_duplicates()
        return counts

    def features(self, texts: Sequence[Ids]) -> sparse.csr_matrix:
        """Return (texts, features), weighed by rarity, each text to the length that the gateway gives it."""
        counts = self._counts(texts)
        squares = counts @ (self.rarity**2)
        counts.data *= self.rarity[counts.indices]
        counts.eliminate_zeros()
        return sparse.diags((1 / np.sqrt(np.maximum(squares, 1))).astype(np.float32)) @ counts

    def fit(self, texts: Sequence[Ids], labels: F32, weights: F32, low: int) -> None:
        """Learn `labels` (texts, heads), NaN where not known; head number `low` says which texts are harmless."""
        windows, source = _windows(texts)
        single = np.bincount(source, minlength=len(texts))[source] == 1
        harmless = labels[source, low] == 1
        share = weights[source] / np.sqrt(np.bincount(source, minlength=len(texts))[source])
        features = self.features(windows)
        first = np.flatnonzero(single | harmless)
        score = _logistic(features[first], labels[source[first], low], share[first]).decision_function(features)
        order = np.lexsort((score, source))  # of each text, the window that looks least harmless comes first
        worst = np.zeros(len(windows), dtype=bool)
        worst[order[np.concatenate([[True], source[order][1:] != source[order][:-1]])]] = True
        kept = np.flatnonzero(single | harmless | worst)
        scale = np.where(harmless, share, weights[source])[kept].astype(np.float32)
        heads = []
        for head in range(labels.shape[1]):
            wanted = labels[source[kept], head]
            known = ~np.isnan(wanted)
            heads.append(_logistic(features[kept[known]], wanted[known], scale[known]))
        self.weight = np.concatenate([head.coef_ for head in heads]).T.astype(np.float32)
        self.bias = np.array([head.intercept_[0] for head in heads], dtype=np.float32)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the linear half's arrays of `TopicWeights`; weights of rows without rarity are left out."""
        weight = self.weight * (self.rarity > 0)[:, None]
        # the few largest weights are cut, so that the many small ones keep their precision
        scale = np.quantile(np.abs(weight[weight.any(1)]), 0.9995, axis=0) / 127
        rows = np.round(weight / scale).clip(-127, 127).astype(np.int8)
        rarity = np.round(self.rarity * 20).astype(np.uint8)
        known = len(rows) - self._pairs
        return {
            "linear": rows[:known],
            "linear_scale": scale.astype(np.float32),
            "linear_bias": self.bias,
            "rarity": rarity[:known],
            "pairs": rows[known:],
            "pairs_rarity": rarity[known:],
        }


def _once(rows: Ids) -> Ids:
    """Return `rows` without those that stand before in their unit, as the gateway counts them."""
    units = np.arange(rows.size) // UNIT
    _, first = np.unique(units * np.int64(1 << 32) + rows, return_index=True)
    return rows[np.sort(first)]


def _windows(texts: Sequence[Ids]) -> tuple[list[Ids], npt.NDArray[np.int64]]:
    """Return the windows of all texts as the gateway cuts them, and for each the number of its text."""
    windows: list[Ids] = []
    source: list[int] = []
    for number, text in enumerate(texts):
        starts = range(0, max(len(text) - UNIT, 1), UNIT)
        windows += [text[start : start + WINDOW] for start in starts]
        source += [number] * len(starts)
    return windows, np.array(source)


def _logistic(features: sparse.csr_matrix, wanted: F32, weights: F32) -> SGDClassifier:
    model = SGDClassifier(
        loss="log_loss", alpha=_ALPHA, max_iter=_PASSES, tol=None, average=True, random_state=0, shuffle=True
    )
    return model.fit(features, wanted == 1, sample_weight=weights / weights.mean())
