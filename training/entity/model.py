"""The network in torch, the same sums as `gateway/detect/network.py`; exported to its arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from gateway.detect.words import MARKS, Vocabulary
from training.entity.tensors import LABELS

__all__ = ["Size", "Tagger", "WordRows"]


@dataclass(frozen=True)
class Size:
    """Widths of the network and rows of its table."""

    word_rows: int = 49152
    gram_rows: int = 65536
    shape_rows: int = 2048
    embedding: int = 64
    hidden: int = 64
    context: int = 16
    reach: int = 24


class WordRows:
    """Features of all distinct words of a corpus, computed once; word 0 is padding."""

    def __init__(self, words: list[str], vocabulary: Vocabulary) -> None:
        features = vocabulary.features(words)
        self._single = features.single
        self._grams = features.grams
        self._starts = np.append(features.starts, features.grams.size)
        self._marks = ((features.marks[:, None] >> np.arange(MARKS)) & 1).astype(np.float32)

    def of(self, words: npt.NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return (table rows, their weights, bag starts, marks) of words numbered from 1."""
        index = words - 1
        low, high = self._starts[index], self._starts[index + 1]
        counts = high - low
        total = counts + 4
        bags = np.cumsum(total) - total
        rows = np.empty(int(total.sum()), dtype=np.int64)
        weights = np.empty(rows.size, dtype=np.float32)
        singles = bags[:, None] + np.arange(4)
        rows[singles] = self._single[index]
        weights[singles] = 1.0
        owner = np.repeat(np.arange(index.size), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        place = bags[owner] + 4 + within
        rows[place] = self._grams[low[owner] + within]
        weights[place] = 1.0 / counts[owner]
        return (
            torch.from_numpy(rows),
            torch.from_numpy(weights),
            torch.from_numpy(bags),
            torch.from_numpy(self._marks[index]),
        )


class Tagger(nn.Module):
    """Label scores for a stream of words with padding between texts."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        rows = size.word_rows + size.gram_rows + size.shape_rows
        hidden = size.hidden
        self.table = nn.EmbeddingBag(rows, size.embedding, mode="sum", sparse=True)
        nn.init.normal_(self.table.weight, std=0.08)
        self.marks = nn.Parameter(torch.randn(MARKS, size.embedding) * 0.1)
        self.first = nn.Parameter(torch.randn(size.embedding, 5 * hidden) / (size.embedding * 2) ** 0.5)
        self.first_bias = nn.Parameter(torch.zeros(hidden))
        self.pool = nn.Parameter(torch.randn(size.embedding, size.context) / size.embedding**0.5)
        self.pool_in = nn.Parameter(torch.randn(size.context, hidden) / size.context**0.5)
        self.second = nn.Parameter(torch.randn(3 * hidden, hidden) / (3 * hidden) ** 0.5)
        self.second_bias = nn.Parameter(torch.zeros(hidden))
        self.third = nn.Parameter(torch.randn(3 * hidden, hidden) / (3 * hidden) ** 0.5)
        self.third_bias = nn.Parameter(torch.zeros(hidden))
        self.out = nn.Parameter(torch.randn(hidden, LABELS) / hidden**0.5)
        self.out_bias = nn.Parameter(torch.zeros(LABELS))
        self.register_buffer("probe", torch.zeros(hidden, 1))
        self.register_buffer("probe_bias", torch.ones(1))
        self.drop = nn.Dropout(0.15)

    def words(self, rows: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        """Return (words, E) vectors of distinct words; in training some lose their own row or their marks."""
        bags, weights, starts, marks = rows
        if self.training:
            weights = weights.clone()
            weights[starts[torch.rand(starts.shape[0]) < 0.2]] = 0.0
            marks = marks * (torch.rand(marks.shape[0], 1) > 0.15)
        vectors: Tensor = self.table(bags, starts, per_sample_weights=weights) + marks @ self.marks
        return self.drop(vectors)

    def forward(self, vectors: Tensor, places: Tensor, texts: Tensor) -> Tensor:
        """Return (tokens, LABELS) scores; arguments as for `first_layer`."""
        return self.upper_layers(self.first_layer(vectors, places, texts), places)

    def first_layer(self, vectors: Tensor, places: Tensor, texts: Tensor) -> Tensor:
        """Return (tokens, H) after the window of five words and the neighbourhood's average.

        Args:
            vectors: (words + 1, E), row 0 all nought.
            places: (tokens,) row of each token, 0 for padding.
            texts: (tokens, 2) where each token's text begins and ends.
        """
        hidden = self.size.hidden
        mask = (places > 0).float()[:, None]
        near = (vectors @ self.first)[places]
        state = near[:, 2 * hidden : 3 * hidden] + self.first_bias
        for shift in (-2, -1, 1, 2):
            state = state + _shifted(near[:, (shift + 2) * hidden : (shift + 3) * hidden], shift)
        far = (vectors @ self.pool)[places]
        sums = torch.cat([torch.zeros(1, far.shape[1], dtype=torch.float64), far.double().cumsum(0)])
        place = torch.arange(places.shape[0])
        low = torch.maximum(place - self.size.reach, texts[:, 0])
        high = torch.minimum(place + self.size.reach + 1, texts[:, 1])
        average = ((sums[high] - sums[low]) / (high - low).clamp(min=1)[:, None]).float()
        return self.drop(torch.relu(state + average @ self.pool_in) * mask)

    def upper_layers(self, state: Tensor, places: Tensor) -> Tensor:
        """Return (tokens, LABELS) scores from the first layer's output."""
        mask = (places > 0).float()[:, None]
        for shift, matrix, bias in ((1, self.second, self.second_bias), (2, self.third, self.third_bias)):
            wide = torch.cat([_shifted(state, -shift), state, _shifted(state, shift)], dim=1)
            state = (state + self.drop(torch.relu(wide @ matrix + bias))) * mask
        return state @ self.out + self.out_bias

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the weights as the gateway stores them: the table in int8 with a scale per row, the rest in float16."""
        found: dict[str, npt.NDArray[np.generic]] = {}
        for name, value in self.state_dict().items():
            array = value.detach().numpy().astype(np.float32)
            if name == "table.weight":
                scale = np.maximum(np.abs(array).max(axis=1), 1e-6) / 127
                scale = scale.astype(np.float16).astype(np.float32)
                found["table"] = np.rint(array / np.maximum(scale, 1e-7)[:, None]).clip(-127, 127).astype(np.int8)
                found["table_scale"] = scale.astype(np.float16)
            else:
                found[name] = array.astype(np.float16)
        return found


def _shifted(values: Tensor, shift: int) -> Tensor:
    """Return rows moved so that row t holds what was at t + shift; nought beyond the ends."""
    moved = torch.zeros_like(values)
    if shift > 0:
        moved[:-shift] = values[shift:]
    else:
        moved[-shift:] = values[:shift]
    return moved
