"""The network of `gateway/detect/topics.py`, for training: the same arithmetic in torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from gateway.detect.topic_text import tokens_of as read_tokens
from gateway.detect.topic_units import UNIT
from gateway.detect.words import Vocabulary

__all__ = ["Batch", "TopicNetwork", "Words", "tokens_of"]

_EMPTY = np.zeros(0, dtype=np.uint64)


def tokens_of(text: str) -> list[str]:
    """Return the tokens of one segment as the gateway reads them."""
    return [*read_tokens(text), "\n"]


class Words:
    """All distinct words of a data set with their rows of the table."""

    def __init__(self, sizes: tuple[int, int, int], texts: list[list[str]]) -> None:
        self.sizes = sizes
        self.places: dict[str, int] = {"·": 0}
        for tokens in texts:
            for token in tokens:
                self.places.setdefault(token, len(self.places))
        rows = Vocabulary(*sizes, _EMPTY, np.zeros(0, dtype=np.uint16)).features(list(self.places))
        self.single = torch.from_numpy(rows.single)
        self.grams = torch.from_numpy(rows.grams)
        self.starts = torch.from_numpy(rows.starts)
        self.ends = torch.cat([self.starts[1:], torch.tensor([len(rows.grams)])])

    def ids(self, tokens: list[str]) -> npt.NDArray[np.int64]:
        """Return the places of known `tokens`."""
        return np.fromiter((self.places[token] for token in tokens), dtype=np.int64, count=len(tokens))

    def bags(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return the n-gram rows of `words`, one bag after another, and where each begins."""
        starts, lengths = self.starts[words], self.ends[words] - self.starts[words]
        begins = torch.cumsum(lengths, 0) - lengths
        place = torch.arange(int(lengths.sum())) - torch.repeat_interleave(begins, lengths)
        return self.grams[torch.repeat_interleave(starts, lengths) + place], begins


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of equal number of units.

    Attributes:
        ids: (texts, units * UNIT), -1 where there is no token.
        labels: (texts, topics), NaN where not known.
        levels: (texts,): number of the level, -1 where not known.
        weights: (texts,).
    """

    ids: Tensor
    labels: Tensor
    levels: Tensor
    weights: Tensor


class TopicNetwork(nn.Module):
    """See `TopicWeights` for the arrays."""

    def __init__(
        self, sizes: tuple[int, int, int], folded: tuple[int, int], width: int, channels: int, middle: int, topics: int
    ) -> None:
        super().__init__()
        self.sizes, self.folded, self.width, self.channels = sizes, folded, width, channels
        self.table = nn.EmbeddingBag(sum(folded) + sizes[2], width, mode="mean")
        nn.init.normal_(self.table.weight, std=0.08)
        self.first = nn.Parameter(torch.randn(3, width, channels) * (1.5 / (3 * width) ** 0.5))
        self.first_bias = nn.Parameter(torch.zeros(channels))
        self.second = nn.Parameter(torch.randn(3, channels, channels) * (1.5 / (3 * channels) ** 0.5))
        self.second_bias = nn.Parameter(torch.zeros(channels))
        self.hidden = nn.Linear(2 * channels, middle)
        self.heads = nn.Linear(middle, topics)
        self.word_dropout, self.row_dropout = 0.1, 0.35
        self.dropout, self.dropout_hidden = nn.Dropout(0.15), nn.Dropout(0.3)

    def vectors(self, words: Words, distinct: Tensor) -> Tensor:
        """Return (words, width)."""
        grams, begins = words.bags(distinct)
        grams = ((grams - self.sizes[0]) & (self.folded[1] - 1)) + self.folded[0]
        rows = words.single[distinct] - (sum(self.sizes[:2]) - sum(self.folded))
        rows[:, 0] = words.single[distinct, 0] & (self.folded[0] - 1)
        single = self.table.weight[rows]
        if self.training:
            keep = (torch.rand(len(distinct)) > self.row_dropout).float()
            single = torch.cat([single[:, :1] * keep[:, None, None], single[:, 1:]], dim=1)
        return single.sum(1) + self.table(grams, begins)

    def forward(self, words: Words, ids: Tensor) -> Tensor:
        """Return (texts, windows, topics) logits for `Batch.ids`."""
        mask = ids >= 0
        if self.training:
            ids = torch.where(torch.rand(ids.shape) < self.word_dropout, torch.zeros_like(ids), ids)
        distinct, place = torch.unique(ids.clamp(min=0), return_inverse=True)
        shown = mask.unsqueeze(2).float()
        vectors = self.dropout(self.vectors(words, distinct))
        # known words cost one product each, as in the gateway
        products = [vectors @ self.first[tap] for tap in range(3)]
        left, here, right = (products[tap][place] * shown for tap in range(3))
        layer = here + self.first_bias
        layer = layer + nn.functional.pad(left, (0, 0, 1, 0))[:, :-1] + nn.functional.pad(right, (0, 0, 0, 1))[:, 1:]
        layer = torch.relu(layer) * shown
        around = nn.functional.pad(layer, (0, 0, 2, 2))
        wide = torch.cat([around[:, :-4], layer, around[:, 4:]], dim=2)
        deep = torch.relu(wide @ self.second.reshape(-1, self.channels) + self.second_bias)
        units = ids.shape[1] // UNIT
        deep = deep.reshape(len(ids), units, UNIT, self.channels)
        there = shown.reshape(len(ids), units, UNIT, 1)
        highest = (deep * there).amax(2)
        sums, counts = (deep * there).sum(2), there.sum(2)
        if units > 1:
            highest = torch.maximum(highest[:, :-1], highest[:, 1:])
            sums, counts = sums[:, :-1] + sums[:, 1:], counts[:, :-1] + counts[:, 1:]
        pooled = torch.cat([highest, sums / counts.clamp(min=1)], dim=2)
        return self.heads(self.dropout_hidden(torch.relu(self.hidden(self.dropout_hidden(pooled)))))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the network's arrays of `TopicWeights`, the table in whole numbers."""
        table = self.table.weight.detach().numpy()
        scale = np.abs(table).max(axis=0) / 127
        return {
            "table": np.round(table / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            "first": self.first.detach().numpy(),
            "first_bias": self.first_bias.detach().numpy(),
            "second": self.second.detach().numpy(),
            "second_bias": self.second_bias.detach().numpy(),
            "hidden": self.hidden.weight.detach().numpy().T,
            "hidden_bias": self.hidden.bias.detach().numpy(),
            "heads": self.heads.weight.detach().numpy().T,
            "heads_bias": self.heads.bias.detach().numpy(),
            "sizes": np.array(self.sizes, dtype=np.int64),
            "folded": np.array(self.folded, dtype=np.int64),
        }
