"""The linear half of the topic model, for training: words, their n-grams and pairs of words, weighed by rarity.

It knows no order beyond two words, yet generalises better than the network to what nobody wrote into the corpus; the
two err in different places, so their logits are added (`train.py: calibrate`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from gateway.detect.topics import UNIT, pair_rows
from training.topics.network import Words

__all__ = ["LinearTopics"]


class LinearTopics(nn.Module):
    """`(sum of weights of a window's features) / sqrt(sum of their squared rarity)`, a logit for each topic."""

    def __init__(self, words: Words, ids: list[npt.NDArray[np.int64]], pairs: int, topics: int) -> None:
        super().__init__()
        singles, grams, _ = words.sizes
        self.single_rows, self.pairs = singles + grams, pairs
        self.weight = nn.EmbeddingBag(self.single_rows, topics, mode="sum")
        self.pair_weight = nn.Embedding(pairs, topics)
        nn.init.zeros_(self.weight.weight)
        nn.init.zeros_(self.pair_weight.weight)
        self.bias = nn.Parameter(torch.zeros(topics))
        single, pair = self._rarity(words, ids)
        self.register_buffer("rarity", single)
        self.register_buffer("pair_rarity", pair)

    def _rarity(self, words: Words, ids: list[npt.NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
        """Return log(texts / texts that have it) of each row; 0 for rows that one text alone has."""
        texts = len(ids)
        of_word = np.zeros(len(words.places))
        of_pair = np.zeros(self.pairs)
        identity = words.single[:, 0].numpy()
        for sequence in ids:
            of_word[np.unique(sequence)] += 1
            of_pair[np.unique(pair_rows(identity[sequence], self.pairs))] += 1
        of_row = np.zeros(self.single_rows)
        np.add.at(of_row, identity, of_word)
        lengths = (words.ends - words.starts).numpy()
        np.add.at(of_row, words.grams.numpy(), np.repeat(of_word, lengths))
        found = []
        for counts in (of_row, of_pair):
            rarity = np.log((texts + 1) / (np.minimum(counts, texts) + 1))
            rarity[counts < 2] = 0
            found.append(torch.tensor(np.round(rarity * 20).clip(0, 255) / 20, dtype=torch.float32))
        return found[0], found[1]

    def word_scores(self, words: Words, distinct: Tensor) -> tuple[Tensor, Tensor]:
        """Return (words, topics) and (words,): sums of weights and of squared rarity."""
        grams, begins = words.bags(distinct)
        single = words.single[distinct, 0]
        rows = torch.cat([grams, single])
        owner = torch.cat(
            [torch.bucketize(torch.arange(len(grams)), begins, right=True) - 1, torch.arange(len(single))]
        )
        order = torch.argsort(owner, stable=True)
        rows, owner = rows[order], owner[order]
        starts = torch.searchsorted(owner, torch.arange(len(distinct)))
        scores = self.weight(rows, starts, per_sample_weights=self.rarity[rows])
        norms = torch.zeros(len(distinct)).index_add_(0, owner, self.rarity[rows] ** 2)
        return scores, norms

    def forward(self, words: Words, ids: Tensor) -> Tensor:
        """Return (texts, windows, topics) logits for `Batch.ids`."""
        mask = (ids >= 0).float()
        distinct, place = torch.unique(ids.clamp(min=0), return_inverse=True)
        scores, norms = self.word_scores(words, distinct)
        sums, squares = scores[place] * mask[..., None], norms[place] * mask
        identity = words.single[distinct, 0][place]
        rows = torch.from_numpy(pair_rows(identity.numpy(), self.pairs))
        both = mask[:, 1:] * mask[:, :-1]
        rarity = self.pair_rarity[rows] * both
        sums = torch.cat([sums[:, :-1] + self.pair_weight(rows) * rarity[..., None], sums[:, -1:]], dim=1)
        squares = torch.cat([squares[:, :-1] + rarity**2, squares[:, -1:]], dim=1)
        units = ids.shape[1] // UNIT
        sums = sums.reshape(len(ids), units, UNIT, -1).sum(2)
        squares = squares.reshape(len(ids), units, UNIT).sum(2)
        if units > 1:
            sums, squares = sums[:, :-1] + sums[:, 1:], squares[:, :-1] + squares[:, 1:]
        return sums / squares.clamp(min=1).sqrt()[..., None] + self.bias

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the linear half's arrays of `TopicWeights`; weights of rows without rarity are left out."""
        single = (self.weight.weight * (self.rarity > 0)[:, None]).detach().numpy()
        pair = (self.pair_weight.weight * (self.pair_rarity > 0)[:, None]).detach().numpy()
        # the few largest weights are cut, so that the many small ones keep their precision
        scale = np.quantile(np.abs(np.concatenate([single[single.any(1)], pair[pair.any(1)]])), 0.9995, axis=0) / 127
        return {
            "linear": np.round(single / scale).clip(-127, 127).astype(np.int8),
            "linear_scale": scale.astype(np.float32),
            "linear_bias": self.bias.detach().numpy(),
            "rarity": np.round(self.rarity.numpy() * 20).astype(np.uint8),
            "pairs": np.round(pair / scale).clip(-127, 127).astype(np.int8),
            "pairs_rarity": np.round(self.pair_rarity.numpy() * 20).astype(np.uint8),
        }
